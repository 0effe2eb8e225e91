// SPDX-License-Identifier: GPL-2.0
/* homeport top: groups, listeners and the matrix, live */
#include "top.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#define BATCH_COLS	80
#define MOST_COLS	1000

struct top {
	bool batch;
	uint32_t frames;	/* to show; 0: without end */
	struct view view;
	struct snapshot now;
	struct top_holders holders;
	struct canvas canvas;
	int signals_fd;
	bool unloaded;
};

void top_help(FILE *to)
{
	fputs("Usage: homeport top [ -b ] [ -d SECONDS ] [ -n COUNT ]\n", to);
}

/* SECONDS, with a point or without: no locale, no exponent, nothing else. */
static bool parse_seconds(const char *word, unsigned int *ms)
{
	uint64_t value = 0, unit = 1000;
	const char *at = word;

	for (; *at >= '0' && *at <= '9' && value <= TOP_MS_MAX; at++)
		value = 10 * value + (*at - '0') * 1000;
	if (at != word && *at == '.' && at[1])
		for (at++; *at >= '0' && *at <= '9'; at++)
			value += (*at - '0') * (unit /= 10);
	if (at != word && !*at && value >= TOP_MS_MIN && value <= TOP_MS_MAX) {
		*ms = value;
		return true;
	}
	complain("\"%s\" is no interval: seconds are wanted, from 0.1 to 3600",
		 word);
	return false;
}

static bool parse_word(struct words *w, const char *word, struct top *t)
{
	const char *value;

	if (!strcmp(word, "-b")) {
		if (t->batch)
			return word_twice(word);
		t->batch = true;
		return true;
	}
	if (strcmp(word, "-d") && strcmp(word, "-n"))
		return word_wrong("top", word);
	if (word[1] == 'd' ? t->view.ms : t->frames)
		return word_twice(word);
	value = word_value(w, word);
	if (!value)
		return false;
	return word[1] == 'd' ? parse_seconds(value, &t->view.ms) :
				parse_id(value, "count", &t->frames);
}

static bool parse(struct words *w, struct top *t)
{
	const char *word;

	while ((word = word_next(w)))
		if (!parse_word(w, word, t))
			return false;
	if (!t->view.ms)
		t->view.ms = TOP_MS_DEFAULT;
	if (!print_json())
		return true;
	complain("\"top\" has no JSON: \"stat\" and \"listener\" have");
	return false;
}

/* These end it, but for the last, and are no failure. */
static int catch_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGWINCH);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void on_signals(struct top *t)
{
	struct signalfd_siginfo info;

	while (read(t->signals_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo != SIGWINCH)
			t->view.quit = true;
		else if (!t->batch)
			screen_resize();
	}
}

/*
 * The module may have gone, and even have come back: then all counters are
 * others. Returns an exit code.
 */
static int look_again(struct top *t, struct snapshot *s)
{
	snapshot_free(&t->now);
	genl_close();
	t->unloaded = !genl_open();
	return t->unloaded ? EXIT_KERNEL : snapshot_read(s, &t->holders);
}

static int look(struct top *t)
{
	struct snapshot s;
	int ret = snapshot_read(&s, &t->holders);

	if (ret && t->now.ns)
		ret = look_again(t, &s);
	if (ret)
		return ret;
	rates_since(&s, &t->now);
	snapshot_free(&t->now);
	t->now = s;
	if (t->batch)
		errors_tell();
	errors_last(t->view.message, sizeof(t->view.message));
	errors_forget();
	return EXIT_OK;
}

static uint64_t clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ull + ts.tv_nsec / 1000000;
}

/* Left until it is time for the next look; -1: there is none. */
static int left_ms(const struct top *t)
{
	uint64_t now = clock_ms(), next = t->now.ns / 1000000 + t->view.ms;

	if (t->view.paused)
		return -1;
	return next > now ? next - now : 0;
}

static bool show(struct top *t)
{
	int lines, cols;

	screen_size(&lines, &cols);
	if (lines != t->canvas.lines || cols != t->canvas.cols) {
		canvas_free(&t->canvas);
		if (!canvas_init(&t->canvas, lines, cols)) {
			complain("no memory");
			return false;
		}
	}
	frame_draw(&t->canvas, &t->view, &t->now);
	screen_show(&t->canvas);
	return true;
}

static void on_keys(struct top *t)
{
	enum key key;

	while ((key = screen_key()) != TOP_NO)
		view_key(&t->view, &t->now, key);
}

/* Returns what poll() does: 0 when it is time. */
static int wait_for_something(struct top *t)
{
	struct pollfd fds[] = {
		{ .fd = t->signals_fd, .events = POLLIN },
		{ .fd = t->batch ? -1 : STDIN_FILENO, .events = POLLIN },
	};
	int ret = poll(fds, ARRAY_SIZE(fds), left_ms(t));

	if (ret <= 0)
		return ret < 0 && errno == EINTR ? 1 : ret;
	if (fds[0].revents)
		on_signals(t);
	if (fds[1].revents & POLLIN)
		on_keys(t);
	else if (fds[1].revents)
		t->view.quit = true;	/* the terminal has gone */
	return ret;
}

/* Keys are answered at once, with what is known. Returns an exit code. */
static int run_screen(struct top *t)
{
	uint32_t left = t->frames;
	int ret = EXIT_OK;

	while (!ret && !t->view.quit) {
		if (!show(t))
			return EXIT_KERNEL;
		ret = wait_for_something(t);
		if (ret < 0)
			return EXIT_KERNEL;
		if (ret) {
			ret = EXIT_OK;
			continue;
		}
		if (left && !--left)
			break;
		ret = look(t);
	}
	return ret;
}

static int batch_cols(void)
{
	const char *columns = getenv("COLUMNS");
	int cols = columns ? atoi(columns) : 0;
	struct winsize size;

	if (cols <= 0 && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		cols = size.ws_col;
	if (cols <= 0)
		cols = BATCH_COLS;
	return cols < MOST_COLS ? cols : MOST_COLS;
}

/* Every frame has rates, so the first comes after an interval. */
static int run_batch(struct top *t)
{
	uint32_t left = t->frames;
	int ret = EXIT_OK;

	while (!ret && !t->view.quit) {
		ret = wait_for_something(t);
		if (ret < 0)
			return EXIT_KERNEL;
		if (ret) {
			ret = EXIT_OK;
			continue;
		}
		ret = look(t);
		if (!ret)
			ret = frame_print(stdout, &t->view, &t->now,
					  batch_cols());
		if (!ret && (fflush(stdout) || ferror(stdout)))
			ret = EXIT_KERNEL;
		if (left && !--left)
			break;
		if (!ret)
			putchar('\n');
	}
	return ret;
}

/* What is said meanwhile is said afterwards, unless it is of no use then. */
static int run(struct top *t)
{
	int ret = look(t);

	if (ret || !(t->batch || screen_open()))
		return EXIT_KERNEL;
	if (!errors_hold()) {
		screen_close();
		return EXIT_KERNEL;
	}
	t->view.shades = t->batch || screen_has_shades();
	ret = t->batch ? run_batch(t) : run_screen(t);
	screen_close();
	if (t->unloaded)
		errors_forget();
	errors_release();
	if (t->unloaded)
		complain("the kernel module was unloaded");
	return ret;
}

int top_main(struct words *w)
{
	struct top t = { 0 };
	int ret;

	if (!parse(w, &t))
		return EXIT_SYNTAX;
	if (!genl_open())
		return EXIT_KERNEL;
	t.signals_fd = catch_signals();
	ret = t.signals_fd < 0 ? EXIT_KERNEL : run(&t);
	snapshot_free(&t.now);
	top_holders_free(&t.holders);
	canvas_free(&t.canvas);
	if (t.signals_fd >= 0)
		close(t.signals_fd);
	return ret;
}
