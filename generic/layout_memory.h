/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Private to the planner: RAM as a list of ranges, and what of it a linear map can hold. */
#ifndef GENERIC_LAYOUT_MEMORY_H
#define GENERIC_LAYOUT_MEMORY_H

#include <graticule/layout.h>
#include "base/types.h"

/** struct span - [start, end); never reaches 2^64. */
struct span {
	u64 start;
	u64 end;
};

static inline u64 span_size(const struct span *s)
{
	return s->end - s->start;
}

/** span_of_both() - from the first to the last of two, of which one or both may be empty. */
static inline struct span span_of_both(struct span a, struct span b)
{
	if (!a.end || !b.end)
		return a.end ? a : b;
	return (struct span){ min_u64(a.start, b.start), max_u64(a.end, b.end) };
}

/** memory_check() - NULL, or what is wrong with a list of RAM, which may be empty. */
const char *memory_check(const struct grt_memory_map *m);

/** memory_span() - the whole pages of RAM, first to last, below @limit; end 0 where there are none. */
struct span memory_span(const struct grt_memory_map *m, u64 page_size, grt_phys_t limit);

/** memory_bytes_from() - bytes of RAM at and above @cut. */
u64 memory_bytes_from(const struct grt_memory_map *m, grt_phys_t cut);

/** memory_largest_leaf() - the largest leaf or group that is aligned and whole in RAM below @limit. */
u64 memory_largest_leaf(const struct grt_memory_map *m, const struct grt_geometry *g,
			grt_phys_t limit);

/**
 * memory_fitting_leaf() - the largest leaf or group that va and pa can agree modulo
 * @capacity: bytes that the linear region may have; alignment can waste a leaf at either end of it
 *
 * Return: its size, or 0 where @ram does not fit at all.
 */
u64 memory_fitting_leaf(const struct grt_geometry *g, const struct span *ram, u64 capacity);

/**
 * memory_keep_part() - as much of @all from its start on as a linear region holds with leaves of @leaf bytes
 * @ram: becomes that, if it is part of it
 *
 * Return: whether it is.
 */
bool memory_keep_part(struct span *ram, struct span all, u64 leaf, u64 capacity);

/**
 * memory_limit() - the largest linear region, in bytes, that leaves room for all the others
 * @own_window: the kernel's window is not part of vmalloc
 */
u64 memory_limit(const struct grt_geometry *g, u64 struct_page_size, bool own_window);

#endif
