/* SPDX-License-Identifier: GPL-2.0 */
/*
 * stage.h - what most tests begin with: a namespace, a client network, and
 * homeport with a rule
 *
 * Include it after kselftest_harness.h. The macros are for fixtures and tests.
 */
#ifndef HP_STAGE_H
#define HP_STAGE_H

#include "ctl.h"
#include "expect.h"
#include "module.h"

struct hp_stage {
	struct tun tun;
	struct hp_server server;
	struct hp_tally tally;
	struct hp_ctl ctl;
	struct hp_target to;
	u32 rule;
	int cpus[HP_MAX_CPUS];
	int nr;
};

/* @conf and the target of a server that has one worker per CPU. */
static inline void hp_stage_conf(struct hp_stage *s, int family, u16 port,
				 struct hp_server_conf *conf)
{
	s->to = (struct hp_target){ .family = family, .port = port };
	*conf = (struct hp_server_conf){
		.family = family, .v6only = true, .port = port,
		.workers = s->nr, .pin = s->cpus,
	};
}

#define HP_STAGE_OPEN(s, min_cpus) do {					\
	ASSERT_EQ(0, hp_netns_enter());					\
	(s)->nr = hp_cpus((s)->cpus);					\
	if ((s)->nr < (min_cpus))					\
		HP_SKIP("needs %d CPUs, there are %d", min_cpus, (s)->nr); \
	ASSERT_EQ(0, tun_open(&(s)->tun, 1));				\
} while (0)

/* homeport, without a rule in this namespace. */
#define HP_STAGE_LOAD(s) do {						\
	HP_NEED_MODULE();						\
	if (!hp_module_present("homeport"))				\
		HP_ASSERT_LOAD("");					\
	ASSERT_EQ(0, hp_ctl_open(&(s)->ctl));				\
} while (0)

/* homeport, which manages @port. */
#define HP_STAGE_MANAGE(s, port) do {					\
	HP_STAGE_LOAD(s);						\
	ASSERT_EQ(0, hp_rule_add(&(s)->ctl, 0, NULL, port, port,	\
				 &(s)->rule)) {				\
		TH_LOG("no rule for port %d: %s", port, (s)->ctl.message); \
	}								\
} while (0)

#define HP_STAGE_CLOSE(s) do {						\
	hp_server_stop(&(s)->server);					\
	if ((s)->tun.fd > 0)						\
		tun_close(&(s)->tun);					\
	hp_ctl_close(&(s)->ctl);					\
} while (0)

/* @each connections on every CPU, into a fresh tally. */
static inline int hp_stage_load(struct hp_stage *s, unsigned int each)
{
	memset(&s->tally, 0, sizeof(s->tally));
	return hp_load_all(&s->tun, &s->to, s->cpus, s->nr, each, &s->tally);
}

/* The same so that all CPUs together have at least @all. */
static inline int hp_stage_load_total(struct hp_stage *s, unsigned int all)
{
	return hp_stage_load(s, (all + s->nr - 1) / s->nr);
}

/* The last load, which homeport kept at home. What it did instead says why not. */
#define HP_EXPECT_HOME(s, what)						\
	HP_EXPECT_LOCAL_OR(&(s)->tally, 999, what, hp_load_text(&(s)->ctl, 0))

/* A few on each CPU: enough for each worker that gets one to be seen. */
#define HP_ROUND	8

/* Rounds of connections until all are local; all are served meanwhile. */
static inline bool hp_stage_becomes_local(struct hp_stage *s)
{
	u64 deadline = hp_deadline(HP_SOON);

	do {
		if (hp_stage_load(s, HP_ROUND) ||
		    s->tally.answered != s->tally.tried)
			return false;
		if (s->tally.local == s->tally.tried)
			return true;
	} while (hp_left(deadline));
	return false;
}

#define HP_EXPECT_BECOMES_LOCAL(s, what)				\
	EXPECT_TRUE(hp_stage_becomes_local(s)) {			\
		TH_LOG("%s: does not become local: %s", what,		\
		       hp_tally_text(&(s)->tally));			\
	}

/*
 * Rounds of connections until the homes are known, as a listener whose home is
 * not may get none in the first. All are served, or it is not settled.
 */
static inline bool hp_stage_settles(struct hp_stage *s, u32 group,
				    const int *homes, int nr, int source)
{
	u64 deadline = hp_deadline(HP_SOON);

	do {
		if (hp_stage_load(s, HP_ROUND) ||
		    s->tally.answered != s->tally.tried)
			return false;
		if (hp_homes_are(&s->ctl, group, homes, nr, source))
			return true;
	} while (hp_left(deadline));
	return false;
}

#define HP_EXPECT_SETTLES(s, group, homes, nr, source, what)		\
	EXPECT_TRUE(hp_stage_settles(s, group, homes, nr, source)) {	\
		TH_LOG("%s: homes are not learned: %s; %s", what,	\
		       hp_homes_text(&(s)->ctl, group),			\
		       hp_tally_text(&(s)->tally));			\
	}

#define HP_EXPECT_HOMES(s, group, homes, nr, source, what)		\
	EXPECT_TRUE(HP_WAIT_FOR(hp_homes_are(&(s)->ctl, group, homes, nr, \
					     source), HP_SOON)) {	\
		TH_LOG("%s: not the homes: %s", what,			\
		       hp_homes_text(&(s)->ctl, group));		\
	}

#endif /* HP_STAGE_H */
