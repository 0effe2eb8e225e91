// SPDX-License-Identifier: GPL-2.0
#include "tar.h"

#include <string.h>

#define BLOCK	512

struct header {
	char name[100];
	char mode[8];
	char uid[8];
	char gid[8];
	char size[12];
	char mtime[12];
	char sum[8];
	char type;
	char link[100];
	char magic[8];
	char user[32];
	char group[32];
	char major[8];
	char minor[8];
	char prefix[155];
	char pad[12];
};

/* A long path is cut at a slash, its beginning goes elsewhere. */
static bool set_name(struct header *h, const char *path)
{
	const char *cut = path + strlen(path);
	size_t len = strlen(path);

	if (len <= sizeof(h->name)) {
		memcpy(h->name, path, len);
		return true;
	}
	for (cut = path + len - sizeof(h->name) - 1; *cut && *cut != '/'; cut++)
		;
	if (!*cut || (size_t)(cut - path) > sizeof(h->prefix))
		return false;
	memcpy(h->prefix, path, cut - path);
	memcpy(h->name, cut + 1, strlen(cut + 1));
	return true;
}

static void set_sum(struct header *h)
{
	const unsigned char *p = (const unsigned char *)h;
	unsigned int sum = 0;
	size_t i;

	memset(h->sum, ' ', sizeof(h->sum));
	for (i = 0; i < sizeof(*h); i++)
		sum += p[i];
	snprintf(h->sum, sizeof(h->sum), "%06o", sum);
}

static bool pad(FILE *f, size_t len)
{
	static const char zero[BLOCK];
	size_t rest = len % BLOCK ? BLOCK - len % BLOCK : 0;

	return fwrite(zero, 1, rest, f) == rest;
}

bool tar_add(FILE *f, const char *path, int mode, const char *text, size_t len,
	     const char *target)
{
	struct header h;

	memset(&h, 0, sizeof(h));
	if (target)
		len = 0;
	if (!set_name(&h, path) ||
	    (target && strlen(target) > sizeof(h.link)))
		return false;
	snprintf(h.mode, sizeof(h.mode), "%07o", mode & 0777);
	snprintf(h.uid, sizeof(h.uid), "%07o", 0);
	snprintf(h.gid, sizeof(h.gid), "%07o", 0);
	snprintf(h.size, sizeof(h.size), "%011o", (unsigned int)len);
	snprintf(h.mtime, sizeof(h.mtime), "%011o", 0);
	memcpy(h.magic, "ustar\00000", 8);
	h.type = target ? '2' : '0';
	if (target)
		memcpy(h.link, target, strlen(target));
	set_sum(&h);
	return fwrite(&h, sizeof(h), 1, f) == 1 &&
		fwrite(text, 1, len, f) == len && pad(f, len);
}

bool tar_end(FILE *f)
{
	static const char zero[2 * BLOCK];

	return fwrite(zero, sizeof(zero), 1, f) == 1;
}
