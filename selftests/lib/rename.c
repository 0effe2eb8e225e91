// SPDX-License-Identifier: GPL-2.0
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rename.h"

static char *load(const char *path, size_t *size)
{
	FILE *f = fopen(path, "re");
	char *data = NULL;

	if (!f)
		return NULL;
	if (!fseek(f, 0, SEEK_END)) {
		*size = ftell(f);
		rewind(f);
		data = malloc(*size);
		if (data && fread(data, *size, 1, f) != 1) {
			free(data);
			data = NULL;
		}
	}
	fclose(f);
	return data;
}

static int store(const char *path, const char *data, size_t size)
{
	FILE *f = fopen(path, "we");
	int ret = 0;

	if (!f)
		return -errno;
	if (fwrite(data, size, 1, f) != 1)
		ret = -EIO;
	if (fclose(f))
		ret = -EIO;
	return ret;
}

/* Where the kernel looks for a module's name. */
static bool has_name(const char *section)
{
	return !strcmp(section, ".modinfo") ||
	       !strcmp(section, ".gnu.linkonce.this_module");
}

/* Whole strings, or the value of "name=". Returns how many. */
static int replace(char *data, size_t size, const char *old, const char *name)
{
	size_t len = strlen(old) + 1;
	char *end = data + size, *p = data;
	int nr = 0;

	while ((p = memmem(p, end - p, old, len))) {
		if (p == data || !p[-1] ||
		    (p - data >= 5 && !memcmp(p - 5, "name=", 5))) {
			memcpy(p, name, len);
			nr++;
		}
		p += len;
	}
	return nr;
}

static int rename_in(char *data, size_t size, const char *old, const char *name)
{
	const Elf64_Ehdr *elf = (void *)data;
	const Elf64_Shdr *sh;
	const char *strings;
	int i, nr = 0;

	if (size < sizeof(*elf) || memcmp(elf->e_ident, ELFMAG, SELFMAG))
		return -ENOEXEC;
	sh = (void *)(data + elf->e_shoff);
	strings = data + sh[elf->e_shstrndx].sh_offset;
	for (i = 0; i < elf->e_shnum; i++)
		if (has_name(strings + sh[i].sh_name))
			nr += replace(data + sh[i].sh_offset, sh[i].sh_size,
				      old, name);
	return nr >= 2 ? 0 : -ENOENT;
}

int hp_module_rename(const char *from, const char *to, const char *old,
		     const char *name)
{
	size_t size;
	char *data;
	int ret;

	if (strlen(old) != strlen(name))
		return -EINVAL;
	data = load(from, &size);
	if (!data)
		return -ENOENT;
	ret = rename_in(data, size, old, name);
	ret = ret ?: store(to, data, size);
	free(data);
	return ret;
}
