// SPDX-License-Identifier: GPL-2.0
/* The words of a command line, one in each line of the input. */
#include "stubs.h"

#define MAX_WORDS	64

struct mnl_socket *mnl_socket_open2(int bus, int flags)
{
	(void)bus;
	(void)flags;
	errno = ENOENT;
	return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *argv[MAX_WORDS + 2] = { (char *)"homeport" };
	char *copy = malloc(size + 1), *rest = copy;
	int argc = 1;

	silence();
	memcpy(copy, data, size);
	copy[size] = '\0';
	while (argc <= MAX_WORDS && (argv[argc] = strsep(&rest, "\n")))
		argc++;
	argv[argc] = NULL;
	show_stats = false;
	homeport_main(argc, argv);
	free(copy);
	return 0;
}
