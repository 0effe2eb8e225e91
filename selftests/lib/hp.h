/* SPDX-License-Identifier: GPL-2.0 */
/* hp.h - what all tests need: time, skips, namespaces, errors */
#ifndef HP_H
#define HP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

/* How long to wait for what should happen at once, in milliseconds. */
#define HP_SOON		2000
/* For what takes the kernel a while: a module's end, a decayed home. */
#define HP_LATER	20000

/* Seconds that one test may take, even emulated; for TEST_F_TIMEOUT(). */
#define HP_TEST_LIMIT	110

/* Milliseconds from now, longer where KSFT_MACHINE_SLOW says so. */
u64 hp_deadline(unsigned int ms);
u64 hp_now(void);
/* Milliseconds left, 0 when it is over; for poll(). */
int hp_left(u64 deadline);
/* The machine is slow: less of everything. */
bool hp_slow(void);
/* A skip is a failure here: in CI nothing may be missing unseen. */
bool hp_expect_all(void);

/*
 * HP_WAIT_FOR(condition, milliseconds): true once it holds. It looks at
 * once, then ever less often, and a last time when the time is over.
 */
struct hp_wait {
	u64 deadline;
	unsigned int round;
	bool over;
};

bool hp_wait_next(struct hp_wait *w);

#define HP_WAIT_FOR(cond, ms) ({					\
	struct hp_wait __w = { .deadline = hp_deadline(ms) };		\
	bool __ok = false;						\
									\
	while (!__ok && hp_wait_next(&__w))				\
		__ok = (cond);						\
	__ok;								\
})

/* Writes a string to a file, as echo does. 0 or -errno. */
int hp_write(const char *path, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* As echo does with >>. */
int hp_append(const char *path, const char *text);
/* Reads a small file without its last newline. 0 or -errno. */
int hp_read(const char *path, char *buf, size_t size);

/* A network namespace of one's own, loopback up. 0 or -errno. */
int hp_netns_enter(void);
int hp_link_up(const char *dev);

/* In a test or a fixture: leaves it, says why, and fails where all is expected. */
#define HP_SKIP(fmt, ...) do {						\
	if (hp_expect_all())						\
		ASSERT_TRUE(!"skipped, but all is expected") {		\
			TH_LOG(fmt, ##__VA_ARGS__);			\
		}							\
	SKIP(return, fmt, ##__VA_ARGS__);				\
} while (0)

#endif /* HP_H */
