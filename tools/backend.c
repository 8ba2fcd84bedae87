// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The kernel's own planning, run on the host: compiled once for each architecture. */
#include <stdlib.h>
#include <asm/arch.h>
#include "mm/linear_map.h"
#include "mm/page.h"
#include "tools/backend_impl.h"

#define IMAGE_STEP MIB(2) /* both boot protocols load images at multiples of this */

/* Room for images that no loader would put where this memory is: only the number matters then. */
static grt_phys_t default_image_pa(const struct grt_memory_map *m, u64 size)
{
	unsigned int i, skip;

	/* A loader leaves the first block of RAM to firmware, if it can. */
	for (skip = 2; skip-- > 0;)
		for (i = 0; i < m->nr; i++) {
			const struct grt_mem_range *r = &m->ranges[i];
			u64 start = align_up(r->start, IMAGE_STEP) + skip * IMAGE_STEP;

			if (start >= r->start && size <= r->size &&
			    start - r->start <= r->size - size)
				return start;
		}
	return align_down(m->ranges[0].start, SECTION_ALIGN);
}

/* ---- leaves ---- */

static void section_cost(struct grt_cost *cost, const struct plan_result *res, u64 start, u64 end,
			 grt_attr_t attr)
{
	if (end > start)
		grt_cost_add(cost,
			     &(struct grt_run){ res->image_pa + start + res->layout.kernel_offset,
						res->image_pa + start, end - start, attr });
}

/* The leaves that are in @cost beyond those of @before. */
static void take_leaves(struct plan_result *res, enum grt_region_id id, const struct grt_cost *cost,
			const struct grt_cost *before)
{
	unsigned int level, group;

	for (level = 0; level < GRT_GEOMETRY_MAX_LEVELS; level++)
		for (group = 0; group < 2; group++)
			res->leaves.count[id][level][group] =
				cost->leaves[level][group] - before->leaves[level][group];
}

static void image_cost(const struct plan_request *req, struct plan_result *res, grt_attr_t limits,
		       struct grt_cost *cost)
{
	const struct image *i = &req->image;
	grt_attr_t rodata = req->rodata == RODATA_OFF ? GRT_ATTR_KERNEL_RW : GRT_ATTR_KERNEL_RO;
	const struct {
		enum grt_region_id id;
		u64 end;
		grt_attr_t attr;
	} parts[] = {
		{ GRT_REGION_TEXT, i->text_end, GRT_ATTR_KERNEL_RX },
		{ GRT_REGION_RODATA, i->rodata_end, rodata },
		{ i->text_end ? GRT_REGION_DATA : GRT_REGION_KERNEL,
		  align_up(i->size, SECTION_ALIGN), GRT_ATTR_KERNEL_RW },
	};
	u64 start = 0;

	for (unsigned int n = 0; n < ARRAY_SIZE(parts); n++) {
		struct grt_cost before = *cost;

		section_cost(cost, res, start, parts[n].end, parts[n].attr | limits);
		take_leaves(res, parts[n].id, cost, &before);
		start = parts[n].end;
	}
}

static void linear_cost(const struct plan_request *req, const struct plan_result *res,
			const struct grt_memory_map *memory, grt_attr_t limits,
			struct grt_cost *cost)
{
	const struct image *i = &req->image;
	struct linear_map lm = {
		.memory = *memory,
		.offset = res->layout.linear_offset,
		.readonly = { res->image_pa,
			      req->rodata == RODATA_OFF ? i->text_end : i->rodata_end },
		.limits = limits,
	};

	linear_map_cost(&lm, cost);
}

/* Both in one new tree, the lower first: they may share tables. */
static void count_leaves(const struct plan_request *req, const struct grt_memory_map *memory,
			 struct plan_result *res)
{
	struct grt_region image = grt_layout_image(&res->layout);
	bool linear_first = grt_layout_find(&res->layout, GRT_REGION_LINEAR)->start < image.start;
	grt_attr_t limits = req->nocont ? GRT_MAP_NO_CONT : 0;
	struct grt_cost cost = { .g = &res->geometry }, before;

	for (unsigned int i = 0; i < 2; i++) {
		before = cost;
		if (linear_first == !i) {
			linear_cost(req, res, memory, limits, &cost);
			take_leaves(res, GRT_REGION_LINEAR, &cost, &before);
		} else {
			image_cost(req, res, limits, &cost);
		}
	}
	res->tables = 1 + cost.tables;
}

/* Each end of a no-map range adds a range at most. */
static struct grt_mem_range *find_mappable(const struct memblock *mb, u64 page_size,
					   unsigned int *nr)
{
	unsigned int max = mb->memory.nr + mb->nomap.nr;
	struct grt_mem_range *ranges = calloc(max + 1, sizeof(*ranges));

	if (ranges)
		*nr = (unsigned int)memblock_mappable(mb, page_size, ranges, max);
	return ranges;
}

/* RAM that was cut off is not mapped. */
static void drop_lost(struct grt_mem_range *ranges, struct grt_memory_map *memory, grt_phys_t end)
{
	if (!end)
		return;
	while (memory->nr && ranges[memory->nr - 1].start >= end)
		memory->nr--;
	if (memory->nr) {
		struct grt_mem_range *last = &ranges[memory->nr - 1];

		last->size = min_u64(last->size, end - last->start);
	}
}

const char *backend_plan(const struct plan_request *req, struct plan_result *res)
{
	struct grt_mem_range *ranges, ram = memblock_span(&req->memory->memory, req->left_out);
	struct grt_memory_map memory = { &ram, 1 };
	struct grt_layout_input in;
	struct grt_mmu_caps caps;
	const char *error;

	backend_caps(req, &caps);
	if (grt_geometry_choose(req->page_shift, req->va_bits, &caps, &memory, &res->geometry,
				&res->note))
		return "no page size suits the CPU";
	ranges = find_mappable(req->memory, grt_geometry_page_size(&res->geometry), &memory.nr);
	if (!ranges)
		return "out of memory";
	memory.ranges = ranges;
	res->image_pa = req->image_pa;
	if (res->image_pa == GRT_PHYS_NONE)
		res->image_pa = memory.nr ? default_image_pa(&memory, req->image.size) : 0;
	in = (struct grt_layout_input){
		.g = &res->geometry,
		.memory = memory,
		.later = { req->left_out->range, req->left_out->nr },
		.image_pa = res->image_pa,
		.image_size = req->image.size,
		.text_end = req->image.text_end,
		.rodata_end = req->image.rodata_end,
		.rodata_writable = req->rodata == RODATA_OFF,
		.image_align = SECTION_ALIGN,
		.struct_page_size = sizeof(struct page),
		.policy = req->policy,
		.truncate = req->truncate,
		.kaslr = req->kaslr,
		.seed = req->seed,
	};
	if (grt_layout_plan(&in, &res->layout))
		return res->layout.error;
	error = grt_layout_check(&in, &res->layout);
	if (error)
		return error;
	res->no_room = memblock_list_keep(req->left_out, grt_layout_room(&res->layout));
	drop_lost(ranges, &memory, res->layout.memory_end);
	count_leaves(req, &memory, res);
	res->memory = memory;
	return NULL;
}
