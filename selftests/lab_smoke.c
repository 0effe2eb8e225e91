// SPDX-License-Identifier: GPL-2.0
/*
 * Proves the lab itself, before any test of homeport relies on it:
 *
 *  1. the guest has as many CPUs online as the lab asked for (HP_CPUS)
 *  2. the tests run as a root that may mount
 *  3. the loopback device is up
 *  4. the module is where HP_MODULE says, and is one for this kernel
 */
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "kselftest_harness.h"

TEST(cpus_online)
{
	const char *want = getenv("HP_CPUS");

	if (!want)
		SKIP(return, "HP_CPUS is not set: not in the lab");
	EXPECT_EQ(atol(want), sysconf(_SC_NPROCESSORS_ONLN));
}

TEST(may_mount)
{
	char dir[] = "/tmp/lab_smoke.XXXXXX";

	ASSERT_NE(NULL, mkdtemp(dir));
	EXPECT_EQ(0, mount("tmpfs", dir, "tmpfs", 0, NULL));
	EXPECT_EQ(0, umount(dir));
	EXPECT_EQ(0, rmdir(dir));
}

TEST(loopback_up)
{
	struct ifreq ifr = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, ioctl(fd, SIOCGIFFLAGS, &ifr));
	EXPECT_NE(0, ifr.ifr_flags & IFF_UP);
	close(fd);
}

/* True if the file holds "vermagic=RELEASE ". */
static bool module_is_for(const char *path, const char *release)
{
	char want[128], *text;
	struct stat st;
	bool found;
	FILE *f;

	f = fopen(path, "r");
	if (!f || fstat(fileno(f), &st))
		return false;
	text = malloc(st.st_size);
	found = text && fread(text, st.st_size, 1, f) == 1;
	snprintf(want, sizeof(want), "vermagic=%s ", release);
	found = found && memmem(text, st.st_size, want, strlen(want));
	free(text);
	fclose(f);
	return found;
}

TEST(module_in_place)
{
	const char *path = getenv("HP_MODULE");
	struct utsname u;

	if (!path)
		SKIP(return, "HP_MODULE is not set: no module in this boot");
	ASSERT_EQ(0, uname(&u));
	EXPECT_EQ(0, access(path, R_OK)) {
		TH_LOG("no module at %s", path);
	}
	EXPECT_TRUE(module_is_for(path, u.release)) {
		TH_LOG("%s is not a module for %s", path, u.release);
	}
}

TEST_HARNESS_MAIN
