// SPDX-License-Identifier: GPL-2.0
/*
 * The words of homeport(8), without the module.
 *
 * help: in every place, on stdout, with 0
 * grammar: 1. read the usage lines of every object
 *	2. make every command that they allow
 *	3. the tool takes each, so that only the module is missing
 *	4. with one word more, or with a word cut short, it takes none
 * wrong: what makes no sense is refused with 1, and the word is named
 * no_module: what makes sense ends with 2, and nothing on stdout
 * output: what cannot be written is no success
 */
#include <ctype.h>

#include "kselftest_harness.h"

#include "cli.h"
#include "module.h"

#define MAX_COMMANDS	512

static struct hp_cli cli;

FIXTURE(words)
{
};

FIXTURE_SETUP(words)
{
	if (!hp_cli_path())
		HP_SKIP("no homeport(8) here: HP_CLI may name it");
	ASSERT_FALSE(hp_module_present("homeport")) {
		TH_LOG("homeport is loaded already: unload it first");
	}
}

FIXTURE_TEARDOWN(words)
{
}

/* A set of commands that grows. */
struct commands {
	int nr;
	char line[MAX_COMMANDS][256];
};

static void add_command(struct commands *c, const char *line)
{
	if (c->nr < MAX_COMMANDS)
		snprintf(c->line[c->nr++], sizeof(c->line[0]), "%s", line);
}

/* A value for a word that stands for one. */
static const char *value_of(const char *name)
{
	static const char *const values[][2] = {
		{ "ID", "1" }, { "PORTS", "8000-8080" }, { "FAMILY", "inet" },
		{ "ADDRESS", "192.0.2.1" }, { "MS", "1000" },
		{ "SETTING", "grace 250" }, { "INDEX", "0" }, { "PID", "1" },
		{ "SECONDS", "0.5" }, { "COUNT", "2" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(values); i++)
		if (!strcmp(values[i][0], name))
			return values[i][1];
	return NULL;
}

static void append(struct commands *to, const char *word)
{
	int i;

	for (i = 0; i < to->nr; i++) {
		size_t len = strlen(to->line[i]);

		snprintf(to->line[i] + len, sizeof(to->line[i]) - len, "%s%s",
			 len ? " " : "", word);
	}
}

static void merge(struct commands *to, const struct commands *from)
{
	int i;

	for (i = 0; i < from->nr; i++)
		add_command(to, from->line[i]);
}

/* Goes on with each of @done as the grammar at *words allows, up to its end. */
static bool expand(char ***words, struct commands *done, const char *end)
{
	struct commands *all = calloc(1, sizeof(*all));
	struct commands *one = malloc(sizeof(*one));
	bool ok = true;

	/* @one: this alternative; @all: those before it */
	*one = *done;
	for (; ok && **words && strcmp(**words, end); (*words)++) {
		char *word = **words;

		if (!strcmp(word, "|")) {
			merge(all, one);
			*one = *done;
		} else if (!strcmp(word, "[")) {
			struct commands *without = malloc(sizeof(*without));

			*without = *one;
			(*words)++;
			ok = expand(words, one, "]");
			merge(one, without);
			free(without);
		} else if (!strcmp(word, "{")) {
			(*words)++;
			ok = expand(words, one, "}");
		} else if (isupper(word[0])) {
			ok = value_of(word);
			append(one, ok ? value_of(word) : "?");
		} else {
			append(one, word);
		}
	}
	merge(all, one);
	*done = *all;
	free(one);
	free(all);
	return ok;
}

/* All that one usage line allows, without the name of the tool. */
static bool expand_line(const char *line, struct commands *c)
{
	char copy[512], *words[64] = { NULL }, **at = words, *save, *word;
	int n = 0;

	snprintf(copy, sizeof(copy), "%s", line);
	for (word = strtok_r(copy, " ", &save); word && n < 63;
	     word = strtok_r(NULL, " ", &save))
		words[n++] = word;
	memset(c, 0, sizeof(*c));
	add_command(c, "");
	return n && expand(&at, c, "");
}

/* All commands that the help of @object knows. */
static bool commands_of(const char *object, struct commands *all)
{
	char words[64], *line, *save = NULL, *usage;
	struct commands *c = malloc(sizeof(*c));
	bool ok = true;

	snprintf(words, sizeof(words), "%.32s help", object);
	memset(all, 0, sizeof(*all));
	if (hp_cli(&cli, words) || cli.status)
		return false;
	for (line = strtok_r(cli.out, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		usage = strstr(line, "homeport ");
		if (!usage || strstr(line, ":="))
			continue;
		ok = ok && expand_line(usage + strlen("homeport "), c);
		merge(all, c);
	}
	free(c);
	return ok && all->nr;
}

/* The objects, as the help names them. */
static int objects(char names[16][32])
{
	static const char before[] = "OBJECT := { ";
	char *at, *save, *word;
	int n = 0;

	if (hp_cli(&cli, "help") || !(at = strstr(cli.out, before)))
		return 0;
	at += strlen(before);
	at[strcspn(at, "}")] = '\0';
	for (word = strtok_r(at, " |", &save); word && n < 16;
	     word = strtok_r(NULL, " |", &save))
		snprintf(names[n++], 32, "%s", word);
	return n;
}

#define EXPECT_HELP(line) do {						\
	ASSERT_EQ(0, hp_cli(&cli, line));				\
	EXPECT_EQ(0, cli.status);					\
	EXPECT_EQ(0, strncmp(cli.out, "Usage: homeport", 15)) {		\
		TH_LOG("\"%s\" prints: %s", line, cli.out);		\
	}								\
	EXPECT_STREQ("", cli.err);					\
} while (0)

TEST_F(words, help)
{
	static const char *const more[] = {
		"help", "show help", "show nonsense help", "-j help",
	};
	char names[16][32], line[256];
	int i, n = objects(names);
	size_t k;

	EXPECT_HELP("help");
	EXPECT_HELP("-h");
	EXPECT_HELP("-help");
	EXPECT_HELP("--help");
	EXPECT_HELP("-j -p help");
	ASSERT_LE(5, n);
	for (i = 0; i < n; i++) {
		for (k = 0; k < ARRAY_SIZE(more); k++) {
			snprintf(line, sizeof(line), "%.31s %s", names[i],
				 more[k]);
			EXPECT_HELP(line);
		}
	}
	EXPECT_HELP("rule add help");
	EXPECT_HELP("rule add port 80 help");
	EXPECT_HELP("rule del id help");
	EXPECT_HELP("rule set id 1 grace help");
	EXPECT_HELP("group release help");
	EXPECT_HELP("listener drain pid help");
}

TEST_F(words, version)
{
	ASSERT_EQ(0, hp_cli(&cli, "-V"));
	EXPECT_EQ(0, cli.status);
	EXPECT_EQ(0, strncmp(cli.out, "homeport utility, ", 18));
	EXPECT_STREQ("", cli.err);
}

static void expect_status(struct __test_metadata *_metadata, const char *line,
			  int status)
{
	ASSERT_EQ(0, hp_cli(&cli, line));
	EXPECT_EQ(status, cli.status) {
		TH_LOG("\"homeport %s\": %s", line, cli.err);
	}
	EXPECT_STREQ("", cli.out) {
		TH_LOG("\"homeport %s\" prints on stdout", line);
	}
	EXPECT_NE('\0', cli.err[0]) {
		TH_LOG("\"homeport %s\" says nothing", line);
	}
}

/*
 * Not an object of the module: it needs none, has exit codes of its own, and
 * options that would make too many commands here. nic_cli tests it.
 */
static bool is_apart(const char *object)
{
	return !strcmp(object, "nic") || !strcmp(object, "doctor");
}

/* Without the last letter of its last word that is no value. */
static bool shorten(char *line)
{
	char *at = line + strlen(line);

	while (at > line && !islower(at[-1]))
		at--;
	while (at > line && at[-1] != ' ')
		at--;
	if (!islower(*at) || !islower(at[1]))
		return false;
	line = at + strcspn(at, " ");
	memmove(line - 1, line, strlen(line) + 1);
	return true;
}

TEST_F_TIMEOUT(words, grammar, HP_TEST_LIMIT)
{
	struct commands *all = malloc(sizeof(*all));
	char names[16][32], line[300];
	int i, k, n = objects(names);

	ASSERT_LE(5, n);
	for (i = 0; i < n; i++) {
		if (is_apart(names[i]))
			continue;
		ASSERT_TRUE(commands_of(names[i], all)) {
			TH_LOG("cannot read the help of \"%s\"", names[i]);
		}
		for (k = 0; k < all->nr; k++) {
			expect_status(_metadata, all->line[k], 2);
			snprintf(line, sizeof(line), "%.255s nonsense",
				 all->line[k]);
			expect_status(_metadata, line, 1);
			snprintf(line, sizeof(line), "%s", all->line[k]);
			/* an address or family cut short is wrong too */
			if (shorten(line))
				expect_status(_metadata, line, 1);
		}
	}
	free(all);
}

TEST_F(words, wrong)
{
	/* a command, and the word at fault */
	static const char *const wrong[][2] = {
		{ "nonsense", "nonsense" },
		{ "tops", "tops" },
		{ "rules", "rules" },
		{ "-x rule", "-x" },
		{ "-jp rule", "-jp" },
		{ "--nonsense", "--nonsense" },
		{ "rule nonsense", "nonsense" },
		{ "rule -j", "-j" },
		{ "rule add port", "port" },
		{ "rule add", "port" },
		{ "rule add family inet", "port" },
		{ "rule add port 0", "0" },
		{ "rule add port 65536", "65536" },
		{ "rule add port 70000", "70000" },
		{ "rule add port 4294967376", "4294967376" },
		{ "rule add port 18446744073709551696", "18446744073709551696" },
		{ "rule add port abc", "abc" },
		{ "rule add port -1", "-1" },
		{ "rule add port +80", "+80" },
		{ "rule add port 80x", "80x" },
		{ "rule add port 0x50", "0x50" },
		{ "rule add port 80-", "80-" },
		{ "rule add port -80", "-80" },
		{ "rule add port 80-70", "80-70" },
		{ "rule add port 1-2-3", "1-2-3" },
		{ "rule add port 80 port 81", "port" },
		{ "rule add port 80 family inet family inet", "family" },
		{ "rule add port 80 family inet5", "inet5" },
		{ "rule add port 80 addr 192.0.2", "192.0.2" },
		{ "rule add port 80 addr 192.0.2.256", "192.0.2.256" },
		{ "rule add port 80 addr 192.0.2.1/24", "192.0.2.1/24" },
		{ "rule add port 80 addr fe80::1%lo", "fe80::1%lo" },
		{ "rule add port 80 addr ::1 family inet", "::1" },
		{ "rule add port 80 addr 127.0.0.1 family inet6", "127.0.0.1" },
		{ "rule del id 0", "0" },
		{ "rule del id 4294967296", "4294967296" },
		{ "rule del id one", "one" },
		{ "rule del 1", "1" },
		{ "rule add port 80 grace", "grace" },
		{ "rule add port 80 grace -1", "-1" },
		{ "rule add port 80 grace 5s", "5s" },
		{ "rule add port 80 grace 3600001", "3600001" },
		{ "rule add port 80 grace 1 grace 2", "grace" },
		{ "rule add port 80 stall 60001", "60001" },
		{ "rule add port 80 rescue 1 rescue 2", "rescue" },
		{ "rule set id 1 bound 100001", "100001" },
		{ "rule set id 1 stall 1 bound", "bound" },
		{ "rule set", "id" },
		{ "rule set grace 1", "grace" },
		{ "rule set id 0 grace 1", "0" },
		{ "rule set id 1", "grace" },
		{ "rule set id 1 port 80", "port" },
		{ "rule set id 1 grace x", "x" },
		{ "rule set id 1 grace 1 grace 1", "grace" },
		{ "group release", "release" },
		{ "group release 1", "1" },
		{ "group release id 0", "0" },
		{ "group release port 80", "release" },
		{ "listener drain", "pid" },
		{ "listener drain 1", "1" },
		{ "listener drain pid 0", "0" },
		{ "listener drain pid self", "self" },
		{ "listener drain group", "group" },
		{ "listener drain group 1 index", "index" },
		{ "listener drain group 1 index -1", "-1" },
		{ "listener undrain group 1 pid 1", "pid" },
		{ "listener undrain pid 1 pid 1", "pid" },
		{ "rule del id 1 id 2", "id" },
		{ "group show id", "id" },
		{ "group show port 0", "0" },
		{ "group add", "add" },
		{ "listener show id 1", "id" },
		{ "stat reset", "reset" },
		{ "monitor all", "all" },
		{ "top -x", "-x" },
		{ "top all", "all" },
		{ "top -b -b", "-b" },
		{ "top -d", "-d" },
		{ "top -d 0", "0" },
		{ "top -d 0.09", "0.09" },
		{ "top -d 3601", "3601" },
		{ "top -d 99999999999999999999", "99999999999999999999" },
		{ "top -d 1.", "1." },
		{ "top -d .5", ".5" },
		{ "top -d 1e3", "1e3" },
		{ "top -d 1,5", "1,5" },
		{ "top -d -1", "-1" },
		{ "top -d 1s", "1s" },
		{ "top -d 1 -d 2", "-d" },
		{ "top -n 0", "0" },
		{ "top -n 1.5", "1.5" },
		{ "top -n 1 -n 1", "-n" },
		{ "-j top", "top" },
	};
	char quoted[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		expect_status(_metadata, wrong[i][0], 1);
		snprintf(quoted, sizeof(quoted), "\"%s\"", wrong[i][1]);
		EXPECT_TRUE(!!strstr(cli.err, quoted)) {
			TH_LOG("\"%s\" is refused without naming %s: %s",
			       wrong[i][0], quoted, cli.err);
		}
	}
	expect_status(_metadata, "", 1);
	expect_status(_metadata, "-j", 1);
}

TEST_F(words, no_module)
{
	static const char *const commands[] = {
		"rule", "-j rule show", "rule add port 80", "rule del id 1",
		"group", "listener", "-s stat", "monitor",
		"top", "top -b",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		expect_status(_metadata, commands[i], 2);
		EXPECT_TRUE(!!strstr(cli.err, "not loaded"));
	}
}

TEST_F(words, output)
{
	char command[512];
	int status;

	snprintf(command, sizeof(command), "%s help >/dev/full 2>/dev/null",
		 hp_cli_path());
	status = system(command);
	EXPECT_EQ(2, WEXITSTATUS(status));
}

/* That the checker of the other tests sees what is no JSON. */
TEST(json)
{
	static const char *const good[] = {
		"[]", "{}", "[{\"a\":1,\"b\":[true,null]}]", "-0.5e+3", "\"\\u00e4\"",
		" [ 1 , 2 ] ", "{\"a\\\"b\":\"\"}",
	};
	static const char *const bad[] = {
		"", "[", "[1,]", "{\"a\"}", "{a:1}", "[1 2]", "01", "[]]", "'a'",
		"\"\n\"", "\"\\x\"", "{\"a\":1,}", "nul",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		EXPECT_TRUE(hp_json_valid(good[i])) {
			TH_LOG("%s", good[i]);
		}
	}
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_FALSE(hp_json_valid(bad[i])) {
			TH_LOG("%s", bad[i]);
		}
	}
}

TEST_HARNESS_MAIN
