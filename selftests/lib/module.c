// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "module.h"

const char *hp_module_path(void)
{
	const char *path = getenv("HP_MODULE");

	return path && !access(path, R_OK) ? path : NULL;
}

bool hp_module_present(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/module/%s/initstate", name);
	return !access(path, F_OK);
}

int hp_module_load_file(const char *path, const char *params)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return -errno;
	ret = syscall(SYS_finit_module, fd, params, 0) ? -errno : 0;
	close(fd);
	return ret;
}

int hp_module_load_test(const char *name, const char *params)
{
	const char *dir = getenv("HP_TEST_MODULES"), *own = hp_module_path();
	const char *slash = own ? strrchr(own, '/') : NULL;
	char path[512];

	if (dir)
		snprintf(path, sizeof(path), "%s/%s.ko", dir, name);
	else
		snprintf(path, sizeof(path), "%.*s/%s.ko",
			 slash ? (int)(slash - own) : 1, slash ? own : ".",
			 name);
	return hp_module_load_file(path, params);
}

bool hp_kernel_is_patched(void)
{
	static int patched = -1;

	if (patched < 0)
		patched = hp_kernel_has("reuseport_owner_register");
	return patched;
}

static const char *attach_auto(void)
{
	return hp_kernel_is_patched() ? "native" : "ftrace";
}

const char *hp_module_attach(void)
{
	return getenv("HP_ATTACH") ?: attach_auto();
}

/* How a module with these parameters has to attach. */
static const char *attach_of(const char *params)
{
	const char *word = strstr(params, "attach=");

	if (!word)
		return hp_module_attach();
	word += strlen("attach=");
	return strcmp(word, "auto") ? word : attach_auto();
}

/* It is there; but as it was asked to? */
static int check_attach(struct hp_klog *log, const char *attach)
{
	char words[64];

	snprintf(words, sizeof(words), "homeport:|attached by %s", attach);
	if (hp_klog_has(log, words))
		return 0;
	printf("# homeport is not attached by %s, but:\n# %s\n", attach,
	       hp_klog_read(log));
	hp_module_unload();
	return -EPROTO;
}

/* The last of the parameters, so that attach_of() needs no parser. */
int hp_module_load(const char *params)
{
	const char *path = hp_module_path(), *asked = getenv("HP_ATTACH");
	struct hp_klog *log = calloc(1, sizeof(*log));
	char all[512];
	int ret = -ENOENT;

	snprintf(all, sizeof(all), "%s", params);
	if (asked && !strstr(params, "attach="))
		snprintf(all, sizeof(all), "%s attach=%s", params, asked);
	hp_klog_open(log);
	if (path)
		ret = hp_module_load_file(path, all);
	if (!ret)
		ret = check_attach(log, attach_of(all));
	hp_klog_close(log);
	free(log);
	return ret;
}

int hp_module_unload_name(const char *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK) ? -errno : 0;
}

int hp_module_unload(void)
{
	return hp_module_unload_name("homeport");
}

static bool foreign;

static void unload_last(void)
{
	int ret;

	if (!hp_module_present("homeport"))
		return;
	ret = hp_module_unload();
	if (ret)
		printf("# homeport does not unload: %s\n", strerror(-ret));
}

void hp_module_begin(void)
{
	foreign = hp_module_present("homeport");
	if (!foreign)
		atexit(unload_last);
}

bool hp_module_foreign(void)
{
	return foreign;
}

int hp_modprobe(const char *name)
{
	char *argv[] = { "modprobe", "-q", (char *)name, NULL };
	int status;
	pid_t pid;

	pid = fork();
	if (!pid) {
		execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -errno;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -ENOENT;
}

int hp_klog_open(struct hp_klog *log)
{
	log->len = 0;
	log->text[0] = '\0';
	log->fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (log->fd < 0)
		return -errno;
	return lseek(log->fd, 0, SEEK_END) < 0 ? -errno : 0;
}

void hp_klog_close(struct hp_klog *log)
{
	if (log->fd >= 0)
		close(log->fd);
	log->fd = -1;
}

/* "6,1234,5678,-;the text\n KEY=value\n" */
static void add_message(struct hp_klog *log, char *message)
{
	char *text = strchr(message, ';');
	size_t len, room = sizeof(log->text) - 1 - log->len;

	if (!text)
		return;
	len = strcspn(++text, "\n") + 1;
	if (len > room)
		return;
	memcpy(log->text + log->len, text, len);
	log->len += len;
	log->text[log->len] = '\0';
}

const char *hp_klog_read(struct hp_klog *log)
{
	char message[8192];
	ssize_t n;

	for (;;) {
		n = read(log->fd, message, sizeof(message) - 1);
		if (n < 0 && errno == EPIPE)
			continue;	/* some were overwritten */
		if (n <= 0)
			break;
		message[n] = '\0';
		add_message(log, message);
	}
	return log->text;
}

static bool line_has(const char *line, const char *words)
{
	char *copy = strdup(words), *rest = copy, *word;
	bool all = true;

	while (all && (word = strsep(&rest, "|")))
		all = strcasestr(line, word);
	free(copy);
	return all;
}

bool hp_klog_has(struct hp_klog *log, const char *words)
{
	char *copy = strdup(hp_klog_read(log)), *rest = copy, *line;
	bool found = false;

	while (!found && (line = strsep(&rest, "\n")))
		found = *line && line_has(line, words);
	free(copy);
	return found;
}

const char *hp_klog_splat(struct hp_klog *log)
{
	static const char *const words[] = {
		"WARNING:", "BUG:", "Oops", "Call Trace:", "stall on CPU",
		"leaked", NULL,
	};
	const char *const *word;

	for (word = words; *word; word++)
		if (hp_klog_has(log, *word))
			return *word;
	return NULL;
}

static char *read_all(const char *path)
{
	FILE *f = fopen(path, "re");
	size_t size = 1 << 20, len;
	char *text;

	if (!f)
		return NULL;
	text = malloc(size);
	len = fread(text, 1, size - 1, f);
	text[len] = '\0';
	fclose(f);
	return text;
}

char *hp_enabled_functions(void)
{
	return read_all("/sys/kernel/tracing/enabled_functions") ?:
	       read_all("/sys/kernel/debug/tracing/enabled_functions");
}

bool hp_kernel_has(const char *symbol)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	char line[512], name[256];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f))
		found = sscanf(line, "%*s %*c %255s", name) == 1 &&
			!strcmp(name, symbol);
	if (f)
		fclose(f);
	return found;
}

bool hp_genl_family(const char *name)
{
	char buf[8192] = {};
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct mnl_socket *nl = mnl_socket_open(NETLINK_GENERIC);
	struct genlmsghdr *genl;
	ssize_t n = -1;

	nlh->nlmsg_type = GENL_ID_CTRL;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = CTRL_CMD_GETFAMILY;
	genl->version = 1;
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, name);
	if (nl && !mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) &&
	    mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) > 0)
		n = mnl_socket_recvfrom(nl, buf, sizeof(buf));
	if (nl)
		mnl_socket_close(nl);
	return n > 0 && nlh->nlmsg_type != NLMSG_ERROR;
}
