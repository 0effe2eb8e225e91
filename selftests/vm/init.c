// SPDX-License-Identifier: GPL-2.0
/*
 * PID 1 of the VM lab's guest.
 *
 * Prepares the guest, runs the tests named in /vm/tests one by one, and powers
 * off. It speaks over four serial ports, so that no stream can garble another:
 *
 *	ttyS0	the kernel's console (and marks, so that a splat has its test)
 *	ttyS1	verdict: boot, start, end, kmemleak, files, done
 *	ttyS2	what the tests print, between ##vm-begin and ##vm-end
 *	ttyS3	a tar stream of /out, for the host
 *
 * Silence on ttyS1 is a failure: nothing here has to work for the host to
 * notice that something broke.
 *
 * Not a goal: services, logins, a shell of its own, being used outside the lab.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define MAX_ARGS	64
#define KLOG_CONSOLE_LEVEL	8
#define KMEMLEAK	"/sys/kernel/debug/kmemleak"
/* kmemleak does not report an object younger than this (MSECS_MIN_AGE) */
#define KMEMLEAK_MIN_AGE	6

struct test {
	char *name;
	int limit;
	char *argv[MAX_ARGS + 1];
};

static int verdict_fd = -1;
static int tap_fd = -1;
static int sig_fd = -1;

static void say(int fd, const char *fmt, ...)
{
	char buf[1024];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	if (len >= (int)sizeof(buf))
		len = sizeof(buf) - 1;
	if (fd >= 0 && write(fd, buf, len) < 0)
		return;		/* the host sees silence, which is a verdict */
}

/* A line in the kernel log, so that a splat can be told its test. */
static void mark(const char *word, const char *name)
{
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);

	say(fd, "<5>homeport-vm: %s %s\n", word, name);
	if (fd >= 0)
		close(fd);
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = write(fd, text, strlen(text));
	close(fd);
	return n < 0 ? -1 : 0;
}

static int open_port(const char *path)
{
	int fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct termios t;

	if (fd < 0)
		return -1;
	if (!tcgetattr(fd, &t)) {
		cfmakeraw(&t);
		tcsetattr(fd, TCSANOW, &t);
	}
	return fd;
}

static void mount_all(void)
{
	static const struct {
		const char *type, *where, *options;
	} fs[] = {
		{ "proc",	"/proc",		NULL },
		{ "sysfs",	"/sys",			NULL },
		{ "devtmpfs",	"/dev",			NULL },
		{ "devpts",	"/dev/pts",		"ptmxmode=0666" },
		{ "tmpfs",	"/dev/shm",		"mode=1777" },
		{ "tmpfs",	"/tmp",			"mode=1777" },
		{ "tmpfs",	"/run",			"mode=0755" },
		{ "tmpfs",	"/out",			"mode=0755" },
		{ "debugfs",	"/sys/kernel/debug",	NULL },
		{ "tracefs",	"/sys/kernel/tracing",	NULL },
		{ "securityfs",	"/sys/kernel/security",	NULL },
		{ "bpf",	"/sys/fs/bpf",		NULL },
		{ "cgroup2",	"/sys/fs/cgroup",	NULL },
	};
	size_t i;

	/* What this kernel lacks is for the test that needs it to report. */
	for (i = 0; i < sizeof(fs) / sizeof(fs[0]); i++) {
		mkdir(fs[i].where, 0755);
		mount(fs[i].type, fs[i].where, fs[i].type, 0, fs[i].options);
	}
	symlink("/proc/self/fd", "/dev/fd");
	symlink("/proc/self/fd/0", "/dev/stdin");
	symlink("/proc/self/fd/1", "/dev/stdout");
	symlink("/proc/self/fd/2", "/dev/stderr");
}

static void loopback_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	ioctl(fd, SIOCSIFFLAGS, &ifr);
	close(fd);
}

static void raise_limits(void)
{
	struct rlimit files = { 1 << 20, 1 << 20 };
	struct rlimit lock = { RLIM_INFINITY, RLIM_INFINITY };

	setrlimit(RLIMIT_NOFILE, &files);
	setrlimit(RLIMIT_MEMLOCK, &lock);
}

static void load_module(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST))
		say(verdict_fd, "warning cannot load %s: %s\n", path,
		    strerror(errno));
	if (fd >= 0)
		close(fd);
}

/* Calls fn for each line of a file of the initramfs; a missing file is empty. */
static void each_line(const char *path, void (*fn)(char *line))
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;

	if (!f)
		return;
	while (getline(&line, &size, f) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (*line)
			fn(line);
	}
	free(line);
	fclose(f);
}

static void load_line(char *line)
{
	load_module(line);
}

static void env_line(char *line)
{
	putenv(strdup(line));
}

static void prepare(void)
{
	sigset_t set;

	mount_all();
	verdict_fd = open_port("/dev/ttyS1");
	tap_fd = open_port("/dev/ttyS2");
	klogctl(KLOG_CONSOLE_LEVEL, NULL, 8);
	sethostname("homeport-vm", 11);
	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("HOME", "/root", 1);
	loopback_up();
	raise_limits();
	each_line("/vm/modules", load_line);
	each_line("/vm/env", env_line);

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sig_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void child_exec(struct test *t, int out)
{
	sigset_t none;
	int in = open("/dev/null", O_RDONLY);

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	dup2(in, 0);
	dup2(out, 1);
	dup2(out, 2);
	if (chdir("/root"))
		_exit(127);
	execv(t->argv[0], t->argv);
	dprintf(2, "Bail out! cannot run %s: %s\n", t->argv[0],
		strerror(errno));
	_exit(127);
}

/* Copies what is there from a test's pipe to the host. False: end of file. */
static bool pump(int from)
{
	char buf[4096];
	ssize_t n;

	while ((n = read(from, buf, sizeof(buf))) > 0) {
		ssize_t done = 0, w;

		while (done < n) {
			w = write(tap_fd, buf + done, n - done);
			if (w < 0)
				return false;
			done += w;
		}
	}
	return n < 0 && errno == EAGAIN;
}

/*
 * Reaps all that ended, the orphans that PID 1 inherits too. True once the
 * test itself has ended.
 */
static bool reap(pid_t test, int *status)
{
	struct signalfd_siginfo si;
	bool ended = false;
	pid_t pid;
	int st;

	while (read(sig_fd, &si, sizeof(si)) > 0)
		;
	while ((pid = waitpid(-1, &st, WNOHANG)) > 0) {
		if (pid == test) {
			*status = st;
			ended = true;
		}
	}
	return ended;
}

/* Returns false when the time is over before the test is. */
static bool follow(pid_t pid, int out, int limit, int *status)
{
	double deadline = now() + limit;
	struct pollfd p[2] = {
		{ .fd = sig_fd, .events = POLLIN },
		{ .fd = out, .events = POLLIN },
	};

	for (;;) {
		double left = deadline - now();

		if (left <= 0)
			return false;
		if (poll(p, 2, left * 1000 + 1) < 0 && errno != EINTR)
			return false;
		if (p[1].fd >= 0 && p[1].revents && !pump(out))
			p[1].fd = -1;
		if (reap(pid, status))
			return true;
	}
}

/* Nothing of a test outlives it: not its group, not a daemon it started. */
static void kill_rest(void)
{
	kill(-1, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
}

static void report_end(struct test *t, bool ended, int status, double start)
{
	char how[32];

	if (!ended)
		snprintf(how, sizeof(how), "timeout");
	else if (WIFSIGNALED(status))
		snprintf(how, sizeof(how), "signal=%d", WTERMSIG(status));
	else
		snprintf(how, sizeof(how), "exit=%d", WEXITSTATUS(status));
	mark("end", t->name);
	say(tap_fd, "\n##vm-end %s %s\n", t->name, how);
	tcdrain(tap_fd);
	say(verdict_fd, "end %s %s secs=%.1f\n", t->name, how, now() - start);
}

static void run_test(struct test *t)
{
	double start = now();
	int out[2], status = 0;
	bool ended;
	pid_t pid;

	say(verdict_fd, "start %s limit=%d\n", t->name, t->limit);
	say(tap_fd, "##vm-begin %s\n", t->name);
	mark("start", t->name);
	if (pipe2(out, O_CLOEXEC))
		return;		/* no end line: the host says "missing" */
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	pid = fork();
	if (!pid)
		child_exec(t, out[1]);
	close(out[1]);
	ended = pid > 0 && follow(pid, out[0], t->limit, &status);
	/* Where do they hang? The answer goes to the console. */
	if (!ended)
		write_file("/proc/sysrq-trigger", "w");
	kill_rest();
	pump(out[0]);
	close(out[0]);
	report_end(t, ended, status, start);
}

/* NAME <tab> LIMIT <tab> PROGRAM ARG... ; no quoting, there is no shell. */
static void test_line(char *line)
{
	struct test t = { .name = strsep(&line, "\t") };
	char *limit = strsep(&line, "\t");
	char *arg;
	int n = 0;

	if (!limit || !line) {
		say(verdict_fd, "warning bad line in /vm/tests: %s\n", t.name);
		return;
	}
	t.limit = atoi(limit);
	while (n < MAX_ARGS && (arg = strsep(&line, " ")))
		if (*arg)
			t.argv[n++] = arg;
	run_test(&t);
}

static void copy_to_console(const char *path)
{
	int in = open(path, O_RDONLY | O_CLOEXEC);
	int out = open("/dev/console", O_WRONLY | O_CLOEXEC);
	char buf[4096];
	ssize_t n;

	while (in >= 0 && (n = read(in, buf, sizeof(buf))) > 0)
		if (write(out, buf, n) < 0)
			break;
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
}

static bool file_has_text(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char c;
	bool some = fd >= 0 && read(fd, &c, 1) == 1;

	if (fd >= 0)
		close(fd);
	return some;
}

/*
 * Two scans: what changed since the last scan counts as alive, and in the first
 * all did. Before them, the age below which kmemleak keeps silent must pass.
 */
static void check_leaks(void)
{
	struct timespec age = { .tv_sec = KMEMLEAK_MIN_AGE };

	if (access(KMEMLEAK, W_OK))
		return;
	say(verdict_fd, "kmemleak scanning\n");
	nanosleep(&age, NULL);
	write_file(KMEMLEAK, "scan");
	write_file(KMEMLEAK, "scan");
	if (file_has_text(KMEMLEAK)) {
		copy_to_console(KMEMLEAK);
		say(verdict_fd, "kmemleak found\n");
	} else {
		say(verdict_fd, "kmemleak clean\n");
	}
}

static void send_files(void)
{
	static char *const argv[] = {
		"tar", "-c", "-f", "-", "-C", "/out", ".", NULL
	};
	int port = open_port("/dev/ttyS3");
	int status = -1;
	pid_t pid;

	if (port < 0)
		return;
	pid = fork();
	if (!pid) {
		dup2(port, 1);
		execv("/bin/busybox", argv);
		_exit(127);
	}
	if (pid > 0)
		waitpid(pid, &status, 0);
	tcdrain(port);
	close(port);
	say(verdict_fd, "files %s\n", status ? "failed" : "sent");
}

static void power_off(void)
{
	tcdrain(verdict_fd);
	tcdrain(tap_fd);
	sync();
	reboot(RB_POWER_OFF);
	reboot(RB_AUTOBOOT);	/* no power-off here: -no-reboot ends QEMU too */
	pause();
}

int main(void)
{
	struct utsname u;

	if (getpid() != 1) {
		fprintf(stderr, "init: runs only as PID 1 of the lab's guest\n");
		return 1;
	}
	prepare();
	uname(&u);
	say(verdict_fd, "boot %s cpus=%ld\n", u.release,
	    sysconf(_SC_NPROCESSORS_ONLN));
	if (!access(KMEMLEAK, W_OK))
		write_file(KMEMLEAK, "clear");
	each_line("/vm/tests", test_line);
	check_leaks();
	send_files();
	say(verdict_fd, "done\n");
	power_off();
	return 0;
}
