/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Somebody's physical memory: where a dump reads tables. */
#ifndef TOOLS_SOURCE_H
#define TOOLS_SOURCE_H

#include "base/types.h"

/** struct segment - physical addresses [@pa, @pa + @size), which are in @fd from @offset on. */
struct segment {
	u64 pa;
	u64 size;
	u64 offset;
	int fd;
};

/**
 * struct source - physical memory
 * @name: of it, for messages; from outside
 * @arch: what the source says it is of; NULL: nothing
 * @cpus: how many CPUs' registers it tells of
 * @vmcoreinfo: what a Linux kernel says of itself, "KEY=VALUE" lines; NULL: nothing
 * @segment: the memory there is, @nr of them, ascending and disjoint
 * @read: how it is read, where that isn't from @segment's files
 * @live: it has registers: tools/source_gdb.h
 * @reads: how often it was asked, and for how many @bytes
 */
struct source {
	const char *name;
	const char *arch;
	unsigned int cpus;
	char *vmcoreinfo;
	struct segment *segment;
	size_t nr;
	bool (*read)(struct source *s, u64 pa, void *buf, size_t len);
	bool live;
	u64 reads;
	u64 bytes;
};

/** source_raw() - FILE@BASE[,FILE@BASE...], or die. */
struct source *source_raw(const char *arg);

/** source_core() - an ELF64 core with physical addresses, or die. */
struct source *source_core(const char *path);

/** source_read() - all of [@pa, @pa + @len). Return: false where the source lacks some of it. */
bool source_read(struct source *s, u64 pa, void *buf, size_t len);

/** source_add() - one more segment, in any order. */
void source_add(struct source *s, const struct segment *segment);

/** source_sort() - after the last one; what two of them have is the lower one's. Return: is there any? */
bool source_sort(struct source *s);

void source_close(struct source *s);

#endif
