// SPDX-License-Identifier: GPL-2.0
/*
 * homeport(8) with the module: what it shows, and what it says when refused.
 *
 * json: all that is shown is JSON with -j and -j -p, also of a process with a
 *	strange name, and has the keys that the man page tells
 * text: rules, groups and listeners are in their tables, counters add up
 * refused: the kernel's sentence comes first, exit code 2
 * rules: what was added is shown, and gone when deleted
 * monitor: 1. start it, in text and as JSON
 *	2. add a rule, open and close listeners, delete the rule
 *	3. each event is one line, at once
 *	4. SIGINT and SIGTERM end it with 0, the module's end with 2
 */
#include <signal.h>
#include <sys/prctl.h>

#include "kselftest_harness.h"

#include "cli.h"
#include "stage.h"

#define PORT		8140
#define LISTENERS	3
#define CONNECTIONS	20

static struct hp_stage stage;
static struct hp_cli cli;
static struct hp_cli_run run;

FIXTURE(show)
{
};

FIXTURE_SETUP(show)
{
	if (!hp_cli_path())
		HP_SKIP("no homeport(8) here: HP_CLI may name it");
	memset(&stage, 0, sizeof(stage));
	HP_STAGE_OPEN(&stage, 1);
	HP_STAGE_LOAD(&stage);
}

FIXTURE_TEARDOWN(show)
{
	HP_STAGE_CLOSE(&stage);
}

#define EXPECT_CLI(line, status_) do {					\
	ASSERT_EQ(0, hp_cli(&cli, line));				\
	EXPECT_EQ(status_, cli.status) {				\
		TH_LOG("homeport %s: %s", line, cli.err);		\
	}								\
} while (0)

#define EXPECT_HAS(text, part) do {					\
	EXPECT_TRUE(!!strstr(text, part)) {				\
		TH_LOG("no \"%s\" in: %s", part, text);			\
	}								\
} while (0)

/* A group with listeners, and connections that were accepted. */
static int serve(void)
{
	struct hp_server_conf conf = {
		.family = AF_INET, .port = PORT, .workers = LISTENERS,
	};
	int ret;

	stage.to = (struct hp_target){ .family = AF_INET, .port = PORT };
	ret = hp_server_start(&stage.server, &conf);
	if (!ret)
		ret = hp_group_wait(&stage.ctl, AF_INET, PORT, LISTENERS, NULL);
	return ret ?: hp_load(&stage.tun, &stage.to, stage.cpus[0], CONNECTIONS,
			      &stage.tally);
}

TEST_F(show, json)
{
	static const char *const shows[] = {
		"rule", "rule show id 1", "group", "group show id 1",
		"group show port all", "listener", "listener show group 1",
		"stat", "stat show group 1",
	};
	static const char *const keys[] = {
		"\"port_first\"", "\"port_last\"", "\"attach\"", "\"home\"",
		"\"holders\"", "\"backlog\"", "\"flow_cpu\"", "\"accepted_local\"",
	};
	static char all[sizeof(shows) / sizeof(shows[0]) * 65536];
	char line[64];
	size_t i;

	/* workers inherit it; a name is any bytes but 0 */
	prctl(PR_SET_NAME, "\"\\\n\x1b[31m{", 0, 0, 0);
	EXPECT_CLI("rule add port 8140", 0);
	ASSERT_EQ(0, serve());
	for (i = 0; i < ARRAY_SIZE(shows); i++) {
		snprintf(line, sizeof(line), "-j -p %s", shows[i]);
		EXPECT_CLI(line, 0);
		EXPECT_TRUE(hp_json_valid(cli.out)) {
			TH_LOG("%s: no JSON: %s", line, cli.out);
		}
		snprintf(line, sizeof(line), "-j %s", shows[i]);
		EXPECT_CLI(line, 0);
		EXPECT_TRUE(hp_json_valid(cli.out)) {
			TH_LOG("%s: no JSON: %s", line, cli.out);
		}
		EXPECT_EQ(strchr(cli.out, '\n'), strrchr(cli.out, '\n')) {
			TH_LOG("%s: more than one line", line);
		}
		EXPECT_STREQ("", cli.err);
		strcat(all, cli.out);
	}
	for (i = 0; i < ARRAY_SIZE(keys); i++)
		EXPECT_HAS(all, keys[i]);
}

TEST_F(show, empty)
{
	EXPECT_CLI("-j rule", 0);
	EXPECT_STREQ("[]\n", cli.out);
	EXPECT_CLI("-j group", 0);
	EXPECT_STREQ("[]\n", cli.out);
	EXPECT_CLI("-j listener", 0);
	EXPECT_STREQ("[]\n", cli.out);
	EXPECT_CLI("-j stat", 0);
	EXPECT_TRUE(hp_json_valid(cli.out));
	EXPECT_CLI("rule", 0);
	EXPECT_STREQ("ID  PORTS  FAMILY  ADDRESS  GROUPS  GRACE-MS  STALL  RESCUE  BOUND%\n",
		     cli.out);
}

static int count_lines(const char *text)
{
	int n = 0;

	while ((text = strchr(text, '\n'))) {
		text++;
		n++;
	}
	return n;
}

TEST_F(show, text)
{
	struct hp_stat_info *stat = malloc(sizeof(*stat));
	struct hp_group_info g;
	char words[64];

	EXPECT_CLI("rule add port 8140", 0);
	ASSERT_EQ(0, serve());
	ASSERT_EQ(0, hp_group_find(&stage.ctl, AF_INET, PORT, &g));

	EXPECT_CLI("group show port 8140", 0);
	EXPECT_EQ(2, count_lines(cli.out));
	EXPECT_HAS(cli.out, "0.0.0.0:8140");
	EXPECT_HAS(cli.out, "managed");
	EXPECT_HAS(cli.out, hp_module_attach());
	EXPECT_CLI("group show port 8141", 0);
	EXPECT_EQ(1, count_lines(cli.out));

	EXPECT_CLI("-s listener", 0);
	EXPECT_EQ(1 + LISTENERS, count_lines(cli.out));
	EXPECT_HAS(cli.out, "ACCEPTS");
	EXPECT_HAS(cli.out, "cli_show(");
	EXPECT_CLI("listener show group 77", 0);
	EXPECT_EQ(1, count_lines(cli.out));

	ASSERT_EQ(0, hp_stats(&stage.ctl, g.id, stat));
	EXPECT_CLI("stat", 0);
	EXPECT_HAS(cli.out, "0.0.0.0:8140");
	snprintf(words, sizeof(words), "accepted %d:", CONNECTIONS);
	EXPECT_HAS(cli.out, words);
	snprintf(words, sizeof(words), "local %llu (",
		 (unsigned long long)stat->picks[HOMEPORT_PICK_LOCAL]);
	EXPECT_HAS(cli.out, words);

	/* counters of groups that are gone are kept */
	EXPECT_CLI("rule del id 1", 0);
	EXPECT_CLI("stat", 0);
	EXPECT_HAS(cli.out, "gone");
	snprintf(words, sizeof(words), "accepted %d:", CONNECTIONS);
	EXPECT_HAS(cli.out, words);
	free(stat);
}

TEST_F(show, rules)
{
	EXPECT_CLI("rule add port 80", 0);
	EXPECT_STREQ("id 1\n", cli.out);
	EXPECT_CLI("-j rule add port 443 family inet6", 0);
	EXPECT_STREQ("{\"id\":2}\n", cli.out);
	EXPECT_CLI("rule add addr 192.0.2.1 port 8000-8080 grace 250", 0);
	EXPECT_CLI("rule add port 9000 addr :: family inet6", 0);
	EXPECT_CLI("rule", 0);
	EXPECT_STREQ("ID  PORTS      FAMILY  ADDRESS    GROUPS  GRACE-MS  STALL  RESCUE  BOUND%\n"
		     " 1  80         any     any             0         0     10      10     200\n"
		     " 2  443        inet6   any             0         0     10      10     200\n"
		     " 3  8000-8080  inet    192.0.2.1       0       250     10      10     200\n"
		     " 4  9000       inet6   ::              0         0     10      10     200\n",
		     cli.out);
	EXPECT_CLI("rule set id 3 grace 1500", 0);
	EXPECT_STREQ("", cli.out);
	EXPECT_CLI("rule set id 3 stall 5 rescue 0 bound 150", 0);
	EXPECT_STREQ("", cli.out);
	EXPECT_CLI("-j rule show id 3", 0);
	EXPECT_STREQ("[{\"id\":3,\"port_first\":8000,\"port_last\":8080,\"family\":\"inet\",\"addr\":\"192.0.2.1\",\"groups\":0,\"grace_ms\":1500,\"stall_ms\":5,\"rescue_ms\":0,\"bound_percent\":150}]\n",
		     cli.out);
	EXPECT_CLI("rule del id 3", 0);
	EXPECT_STREQ("", cli.out);
	EXPECT_CLI("rule show id 3", 2);
	EXPECT_CLI("rule del id 1", 0);
	EXPECT_CLI("rule del id 2", 0);
	EXPECT_CLI("rule del id 4", 0);
	EXPECT_CLI("rule add port all", 0);
	EXPECT_STREQ("id 5\n", cli.out);
	EXPECT_CLI("rule show", 0);
	EXPECT_HAS(cli.out, " 5  all ");
}

TEST_F(show, refused)
{
	static const char *const lines[] = {
		"rule add port 80", "rule add port 79-81", "-j rule add port all",
		"rule del id 99", "rule show id 99", "group show id 99",
		"-j group show id 99", "stat show group 99",
		"rule set id 99 grace 1", "group release id 99",
		"rule set id 1 bound 99", "rule add port 90 bound 1",
		"listener drain group 99", "listener undrain group 99 index 1",
	};
	size_t i;

	EXPECT_CLI("rule add port 80", 0);
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		EXPECT_CLI(lines[i], 2);
		EXPECT_EQ(0, strncmp(cli.err, "Error: ", 7)) {
			TH_LOG("%s: no sentence comes first: %s", lines[i],
			       cli.err);
		}
		EXPECT_HAS(cli.err, "kernel answers: ");
		EXPECT_STREQ("", cli.out) {
			TH_LOG("%s: something on stdout", lines[i]);
		}
	}
	EXPECT_CLI("-j rule", 0);
	EXPECT_STREQ("[{\"id\":1,\"port_first\":80,\"port_last\":80,\"groups\":0,\"grace_ms\":0,\"stall_ms\":10,\"rescue_ms\":10,\"bound_percent\":200}]\n",
		     cli.out);
}

/* The next line of the monitor has @event in it, and, if JSON, is valid. */
static bool next_is(const char *event, bool json, char *line, size_t size)
{
	return hp_cli_line(&run, line, size, HP_SOON) && strstr(line, event) &&
	       (!json || hp_json_valid(line));
}

/* A monitor that has subscribed: it is told of a rule that was added for it. */
static bool start_monitor(const char *words)
{
	char line[1024];
	struct hp_wait w = { .deadline = hp_deadline(HP_LATER) };
	u32 id;

	if (hp_cli_start(&run, words))
		return false;
	while (hp_wait_next(&w)) {
		if (hp_rule_add(&stage.ctl, 0, NULL, 1, 1, &id) ||
		    hp_rule_del(&stage.ctl, id))
			return false;
		if (!hp_cli_line(&run, line, sizeof(line), 100))
			continue;
		while (!strstr(line, "rule-del"))
			if (!hp_cli_line(&run, line, sizeof(line), HP_SOON))
				return false;
		/* more pairs may be under way */
		while (hp_cli_line(&run, line, sizeof(line), 100))
			;
		return true;
	}
	return false;
}

static void watch(struct __test_metadata *_metadata, const char *words,
		  bool json)
{
	static const char *const events[] = {
		"rule-add", "group-add", "listener-join", "listener-leave",
		"group-del", "rule-del",
	};
	struct hp_server_conf conf = {
		.family = AF_INET6, .v6only = true, .port = PORT, .workers = 1,
		.idle = true,
	};
	char line[1024];
	u32 id = 0;
	size_t i;

	ASSERT_TRUE(start_monitor(words)) {
		TH_LOG("\"%s\" does not begin", words);
	}
	for (i = 0; i < ARRAY_SIZE(events); i++) {
		switch (i) {
		case 0:
			ASSERT_EQ(0, hp_rule_add(&stage.ctl, 0, NULL, PORT,
						 PORT, &id));
			break;
		case 1:
			ASSERT_EQ(0, hp_server_start(&stage.server, &conf));
			break;
		case 3:
			hp_server_stop(&stage.server);
			break;
		case 5:
			ASSERT_EQ(0, hp_rule_del(&stage.ctl, id));
			break;
		}
		EXPECT_TRUE(next_is(events[i], json, line, sizeof(line))) {
			TH_LOG("%s: wanted %s, got: %s", words, events[i], line);
		}
	}
}

TEST_F(show, monitor)
{
	watch(_metadata, "monitor", false);
	EXPECT_EQ(0, hp_cli_stop(&run, SIGINT));
}

TEST_F(show, monitor_json)
{
	watch(_metadata, "-j -p monitor", true);
	EXPECT_EQ(0, hp_cli_stop(&run, SIGTERM));
}

TEST_F(show, monitor_unload)
{
	ASSERT_TRUE(start_monitor("monitor"));
	hp_ctl_close(&stage.ctl);
	EXPECT_EQ(0, hp_module_unload());
	EXPECT_EQ(2, hp_cli_stop(&run, 0));
}

TEST_HARNESS_MAIN
