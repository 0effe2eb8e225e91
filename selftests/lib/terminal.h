/* SPDX-License-Identifier: GPL-2.0 */
/* terminal.h - homeport(8) on a terminal that is the test */
#ifndef HP_TERMINAL_H
#define HP_TERMINAL_H

#include <sys/types.h>
#include <termios.h>

#include "hp.h"

/* What the terminal got, from the last hp_pty_forget() on. */
struct hp_pty {
	pid_t pid;
	int fd;
	struct termios before;
	size_t len;
	char buf[1 << 20];
};

/*
 * Runs it with the words of @line on a terminal of 24 x 80; @term and @no_color
 * are TERM and NO_COLOR, and NULL leaves them unset. 0 or -errno.
 */
int hp_pty_start(struct hp_pty *p, const char *line, const char *term,
		 const char *no_color);
void hp_pty_type(struct hp_pty *p, const char *keys);
/* As when a window is drawn larger; the program gets SIGWINCH. */
void hp_pty_resize(struct hp_pty *p, int lines, int cols);
void hp_pty_forget(struct hp_pty *p);
/* Until @text came, in one piece. False: not in time. */
bool hp_pty_wait(struct hp_pty *p, const char *text, unsigned int ms);
/* Did a colour come: SGR 30 to 49, 90 to 107? */
bool hp_pty_coloured(const struct hp_pty *p);
/* Is the terminal set as it was before? */
bool hp_pty_restored(struct hp_pty *p);
/*
 * Sends @signal, if not 0, and reads all until the end. Its exit status, or
 * -errno. The terminal stays, for hp_pty_restored(), until hp_pty_close().
 */
int hp_pty_stop(struct hp_pty *p, int signal);
/* The terminal goes away, and the program with it. */
void hp_pty_close(struct hp_pty *p);

#endif /* HP_TERMINAL_H */
