/* SPDX-License-Identifier: GPL-2.0 */
/* homeport.h - what the files of this tool offer each other */
#ifndef HOMEPORT_H
#define HOMEPORT_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <libmnl/libmnl.h>
#include <linux/homeport.h>

/* Exit codes, as those of ip(8). */
enum {
	EXIT_OK,
	EXIT_SYNTAX,	/* the command makes no sense */
	EXIT_KERNEL,	/* it does, but could not be done */
};

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#endif

/* homeport.c: options, and the objects */

extern bool show_stats;

/* args.c: the words of a command */

struct words {
	int left;
	char **next;
};

struct range {
	uint16_t first;
	uint16_t last;
};

struct address {
	int family;		/* 0: none */
	uint8_t ip[16];
};

void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
const char *word_next(struct words *w);
const char *word_value(struct words *w, const char *key);
bool word_wrong(const char *object, const char *word);
bool word_twice(const char *word);
bool parse_u32(const char *word, const char *what, uint32_t *value);
bool parse_id(const char *word, const char *what, uint32_t *value);
bool parse_ports(const char *word, struct range *ports);
bool parse_family(const char *word, int *family);
bool parse_address(const char *word, int family, struct address *address);

/* genl.c: netlink, and nothing else knows it but by attributes */

/* Must be at least as much as the kernel puts into a part of a dump. */
#define GENL_BUFFER	(64 * 1024)

struct genl_request {
	struct nlmsghdr *nlh;
	char buf[512];
};

bool genl_open(void);
void genl_close(void);
void genl_begin(struct genl_request *req, uint8_t cmd);
int genl_do(struct genl_request *req, mnl_cb_t cb, void *data);
int genl_dump(struct genl_request *req, mnl_cb_t cb, void *data);
int genl_subscribe(void);
ssize_t genl_receive(void *buf, size_t size);
uint16_t genl_family(void);
void genl_attrs(const struct nlmsghdr *nlh, const struct nlattr **attrs,
		uint16_t max);
void genl_nested(const struct nlattr *nest, const struct nlattr **attrs,
		 uint16_t max);
uint64_t genl_uint(const struct nlattr *attr);
uint32_t genl_u32(const struct nlattr *attr);
uint16_t genl_u16(const struct nlattr *attr);

/*
 * print.c: text or JSON, from the same calls. What has a key goes to JSON, what
 * has a format goes to the text. In text, a table collects cells until its end
 * to find how wide they are; elsewhere text is printed as it comes.
 */

struct json_object;

void print_init(bool json, bool pretty);
void print_one_line(void);
bool print_json(void);
void print_array(const char *key);
void print_array_end(void);
void print_object(const char *key);
void print_object_end(void);
void print_json_u64(const char *key, uint64_t value);
void print_json_str(const char *key, const char *value);
void print_json_bool(const char *key, bool value);
void print_text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void print_column(const char *title, bool right);
void print_cell(void);
void print_table_end(void);
int print_flush(void);
/* A document that was made elsewhere, which it takes over. */
void print_document(struct json_object *document);

#define print_u64(key, fmt, value) do {			\
	uint64_t v_ = (value);				\
							\
	print_json_u64(key, v_);			\
	print_text(fmt, v_);				\
} while (0)

#define print_str(key, fmt, value) do {			\
	const char *v_ = (value);			\
							\
	print_json_str(key, v_);			\
	print_text(fmt, v_);				\
} while (0)

/* A word for each number; a number without one is shown as it is. */
struct names {
	const char *const *name;
	size_t nr;
};

void print_name(const char *key, const struct names *names, uint32_t value);
void print_family(const char *key, uint16_t family);
void print_address(const struct nlattr *addr);

/* names.c: such words */

extern const struct names names_group_state;
extern const struct names names_listener_state;
extern const struct names names_home_source;
extern const struct names names_attach;
extern const struct names names_feature;

void name_text(char *buf, size_t size, const struct names *names,
	       uint32_t value);

/* rule.c, group.c, listener.c, stat.c, monitor.c, top.c: the objects */

int rule_main(struct words *w);
void rule_help(FILE *to);
void rule_event(const struct nlmsghdr *nlh);

int group_main(struct words *w);
void group_help(FILE *to);
void group_name(const struct nlattr **attrs);
void group_event(const struct nlmsghdr *nlh);

int listener_main(struct words *w);
void listener_help(FILE *to);
void listener_event(const struct nlmsghdr *nlh);

int stat_main(struct words *w);
void stat_help(FILE *to);

int monitor_main(struct words *w);
void monitor_help(FILE *to);

int top_main(struct words *w);
void top_help(FILE *to);

/* doctor.c: all of it together */

int doctor_main(struct words *w);
void doctor_help(FILE *to);

/* nic/nic.c: a wing of its own, with exit codes of its own */

int nic_main(struct words *w);
void nic_help(FILE *to);

/* holders.c: who holds a socket */

struct holder {
	uint64_t inode;
	int pid;
	char command[16];
};

struct holders {
	struct holder *list;	/* sorted by inode, then pid */
	size_t nr;
};

void holders_find(struct holders *h, const uint64_t *inodes, size_t nr);
size_t holders_first(const struct holders *h, uint64_t inode);
void holders_free(struct holders *h);

/* cpus.c: which CPUs there are, and how to show many of them */

struct bin {
	char label[24];
};

struct bins {
	struct bin *list;
	unsigned int nr;
	unsigned int *of_cpu;	/* bin of each CPU */
	unsigned int cpus;
	const char *what;	/* NULL: a bin is a CPU */
};

bool bins_make(struct bins *bins, unsigned int cpus, unsigned int most);
void bins_free(struct bins *bins);
unsigned int cpus_online(void);

#endif /* HOMEPORT_H */
