// SPDX-License-Identifier: GPL-2.0
/*
 * What is said on stderr while the screen belongs to the display: it goes into
 * a file in memory, from where the display may show it, and comes out at last.
 */
#include "top.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int held_fd = -1;
static int own_fd = -1;

/* False, with a complaint, if that cannot be. */
bool errors_hold(void)
{
	held_fd = memfd_create("homeport-errors", MFD_CLOEXEC);
	own_fd = dup(STDERR_FILENO);
	if (held_fd >= 0 && own_fd >= 0 && dup2(held_fd, STDERR_FILENO) >= 0)
		return true;
	complain("cannot hold back messages: %s", strerror(errno));
	errors_release();
	return false;
}

static ssize_t read_held(char *buf, size_t size)
{
	ssize_t len = held_fd < 0 ? 0 : pread(held_fd, buf, size - 1, 0);

	len = len > 0 ? len : 0;
	buf[len] = '\0';
	return len;
}

/* The last line, "" if there is none. */
void errors_last(char *buf, size_t size)
{
	char text[4096], *line;
	ssize_t len = read_held(text, sizeof(text));

	if (len && text[len - 1] == '\n')
		text[len - 1] = '\0';
	line = strrchr(text, '\n');
	snprintf(buf, size, "%.*s", (int)size - 1, line ? line + 1 : text);
}

/* As if it had not been said. */
void errors_forget(void)
{
	if (held_fd < 0)
		return;
	if (ftruncate(held_fd, 0) < 0 || lseek(held_fd, 0, SEEK_SET) < 0)
		complain("cannot forget messages: %s", strerror(errno));
}

/* What is held comes out now. */
void errors_tell(void)
{
	char text[4096];
	ssize_t len = read_held(text, sizeof(text));

	errors_forget();
	if (len)
		dprintf(own_fd, "%s", text);
}

/* From now on it is said at once again. */
void errors_release(void)
{
	errors_tell();
	if (own_fd >= 0) {
		dup2(own_fd, STDERR_FILENO);
		close(own_fd);
	}
	if (held_fd >= 0)
		close(held_fd);
	own_fd = -1;
	held_fd = -1;
}
