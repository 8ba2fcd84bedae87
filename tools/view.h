/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A layout to look at: what is in the JSON that the kernel and the planner print. Plans take the same
 * way as files, so that they can't look different.
 */
#ifndef TOOLS_VIEW_H
#define TOOLS_VIEW_H

#include <stdio.h>
#include "base/types.h"

/** struct view_region - @last is its last address, because the end may be 2^64. */
struct view_region {
	const char *name;
	const char *perm;
	const char *note;
	u64 start;
	u64 last;
};

struct view_leaf {
	const char *region;
	unsigned int level;
	bool contiguous;
	u64 size;
	u64 count;
};

/**
 * struct view - a layout; all strings are printable ASCII
 * @title: what the user called it
 * @json: its text, one line
 * @tables: table pages; 0: not known
 * @cpus: CPUs of the kernel that printed it; 0: a plan
 * @kernel_bits: entropy; -1: not known; likewise @linear_bits
 */
struct view {
	const char *title;
	const char *json;
	const char *arch;
	const char *features;
	u64 page_size;
	unsigned int va_bits;
	unsigned int levels;
	u64 kernel_offset;
	u64 linear_offset;
	u64 tables;
	unsigned int cpus;
	int kernel_bits;
	int linear_bits;
	struct view_region *region;
	size_t nr_regions;
	struct view_leaf *leaf;
	size_t nr_leaves;
};

static inline u64 view_region_size(const struct view_region *r)
{
	return r->last - r->start + 1;
}

/** view_parse() - from the text of one JSON object; @place for error messages. Dies if malformed. */
void view_parse(const char *place, const char *title, const char *json, struct view *v);

/**
 * view_read() - from a file: a console log with "graticule-layout: {...}" lines, or JSON (one object or
 * a list of them)
 *
 * Return: the number of views, in @out, which the caller frees.
 */
size_t view_read(const char *path, struct view **out);

/** view_geometry() - "riscv sv48", "arm64 16K/47". */
const char *view_geometry(const struct view *v);

/** view_leaves() - the leaves of a region in words: "62 x 1G, 3 x 2M, 4 x 64K+"; groups have a plus. */
char *view_leaves(const struct view *v, const char *region);

#endif
