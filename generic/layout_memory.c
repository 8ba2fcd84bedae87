// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* RAM as the planner sees it, and what of it a linear map can hold. */
#include "generic/layout_memory.h"

static u64 range_end(const struct grt_mem_range *r)
{
	return r->start + r->size;
}

struct span memory_span(const struct grt_memory_map *m, u64 page_size, grt_phys_t limit)
{
	struct span ram = { 0, 0 };
	unsigned int i;

	for (i = 0; i < m->nr; i++) {
		u64 end = align_down(min_u64(range_end(&m->ranges[i]), limit), page_size);
		u64 start = align_up(m->ranges[i].start, page_size);

		if (start < m->ranges[i].start || start >= end)
			continue;
		if (!ram.end)
			ram.start = start;
		ram.end = end;
	}
	return ram;
}

const char *memory_check(const struct grt_memory_map *m)
{
	unsigned int i;

	for (i = 0; i < m->nr; i++) {
		const struct grt_mem_range *r = &m->ranges[i];

		if (!r->size)
			return "a memory range is empty";
		if (range_end(r) < r->start)
			return "a memory range ends beyond 2^64";
		if (i && r->start < range_end(r - 1))
			return "memory ranges are unsorted or overlap";
	}
	return NULL;
}

u64 memory_bytes_from(const struct grt_memory_map *m, grt_phys_t cut)
{
	u64 sum = 0;
	unsigned int i;

	for (i = 0; i < m->nr; i++)
		if (range_end(&m->ranges[i]) > cut)
			sum += range_end(&m->ranges[i]) - max_u64(m->ranges[i].start, cut);
	return sum;
}

/*
 * The largest linear region that leaves room for the others: vmemmap grows with it, and at most six
 * regions each lose one block to alignment and one to the guard before them.
 */
u64 memory_limit(const struct grt_geometry *g, u64 struct_page_size, bool own_window)
{
	u64 page_size = grt_geometry_page_size(g);
	u64 block = grt_geometry_level_size(g, 1);
	u64 others = GRT_LAYOUT_VMALLOC_MIN + GRT_FIXMAP_SIZE + 12 * block;
	u64 room;

	if (own_window)
		others += GRT_LAYOUT_WINDOW_SIZE;
	room = BIT(g->upper_bits) - others;
	return align_down(room / (page_size + struct_page_size) * page_size, block);
}

/* The sizes of leaves and contiguous groups, from the largest down; 0 after the last. */
struct leaf_sizes {
	const struct grt_geometry *g;
	unsigned int step; /* two for each level: the group, then the single entry */
};

static struct leaf_sizes leaf_sizes(const struct grt_geometry *g)
{
	return (struct leaf_sizes){ g, 2U * g->levels };
}

static u64 next_leaf_size(struct leaf_sizes *it)
{
	while (it->step) {
		unsigned int level = --it->step / 2;
		bool group = it->step & 1;

		if (grt_geometry_leaf_allowed(it->g, level) && (!group || it->g->cont_bits[level]))
			return group ? grt_geometry_group_size(it->g, level)
				     : grt_geometry_level_size(it->g, level);
	}
	return 0;
}

u64 memory_largest_leaf(const struct grt_memory_map *m, const struct grt_geometry *g,
			grt_phys_t limit)
{
	struct leaf_sizes it = leaf_sizes(g);
	u64 size;
	unsigned int i;

	while ((size = next_leaf_size(&it)))
		for (i = 0; i < m->nr; i++) {
			u64 start = align_up(m->ranges[i].start, size);
			u64 end = min_u64(range_end(&m->ranges[i]), limit);

			if (start >= m->ranges[i].start && start < end && end - start >= size)
				return size;
		}
	return grt_geometry_page_size(g);
}

/* Bytes that the linear region needs when va and pa agree modulo @leaf. */
static u64 linear_need(const struct span *ram, u64 leaf)
{
	return ram->end - align_down(ram->start, leaf);
}

u64 memory_fitting_leaf(const struct grt_geometry *g, const struct span *ram, u64 capacity)
{
	struct leaf_sizes it = leaf_sizes(g);
	u64 size;

	while ((size = next_leaf_size(&it)))
		if (linear_need(ram, size) <= capacity && size <= capacity - linear_need(ram, size))
			return size;
	return 0;
}

bool memory_keep_part(struct span *ram, struct span all, u64 leaf, u64 capacity)
{
	all.end = min_u64(all.end, align_down(all.start, leaf) + capacity - leaf);
	if (all.start > ram->start || all.end < ram->end)
		return false;
	*ram = all;
	return true;
}

bool grt_layout_memory_fits(const struct grt_geometry *g, const struct grt_memory_map *memory)
{
	struct span ram;

	if (memory_check(memory))
		return false;
	ram = memory_span(memory, grt_geometry_page_size(g), ~0ULL);
	return ram.end && ram.end <= BIT(g->pa_bits) &&
	       memory_fitting_leaf(g, &ram, memory_limit(g, GRT_LAYOUT_STRUCT_PAGE_MAX, false));
}
