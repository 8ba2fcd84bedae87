// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The planner. Inside, an address is its distance from the start of the kernel's half: at most 2^56,
 * so that sums and rounding can't wrap, which they could at 2^64.
 */
#include <graticule/layout.h>
#include <backend/layout_rules.h>
#include "base/errno.h"
#include "base/string.h"
#include "generic/layout_memory.h"
#include "generic/layout_place.h"

static int fail(struct plan *p, int err, const char *rule)
{
	p->out->error = rule;
	return err;
}

/* One of @n with equal chance: the next output of a 64-bit counter through a strong mixer. */
static u64 draw(struct plan *p, u64 n)
{
	p->random += 0x9e3779b97f4a7c15;
	return p->in->kaslr ? mix_u64(p->random) % n : 0;
}

/* ---- input ---- */

static const char *check_image(const struct grt_layout_input *in)
{
	u64 align = in->image_align;

	if (!align || align & (align - 1))
		return "the image's alignment is no power of two";
	if (!is_aligned(in->image_pa, grt_geometry_page_size(in->g)))
		return "the image does not start at a page";
	if (!in->image_size || in->image_size > GRT_LAYOUT_WINDOW_SIZE)
		return "the image is empty or larger than its window";
	if (in->text_end && (in->text_end > in->rodata_end || in->rodata_end > in->image_size))
		return "the image is not code, read-only data and data, in this order";
	if (in->text_end &&
	    !is_aligned(in->text_end | in->rodata_end, grt_geometry_page_size(in->g)))
		return "a part of the image does not end at a page";
	if (in->image_pa + in->image_size < in->image_pa ||
	    (in->image_pa + in->image_size - 1) >> in->g->pa_bits)
		return "the image lies beyond the physical addresses that tables can hold";
	if (!in->struct_page_size || in->struct_page_size & (in->struct_page_size - 1) ||
	    in->struct_page_size > GRT_LAYOUT_STRUCT_PAGE_MAX)
		return "the size of struct page is no power of two or too large";
	return NULL;
}

/* ---- linear map ---- */

static u64 linear_capacity(const struct plan *p)
{
	return memory_limit(p->in->g, p->in->struct_page_size, rules_own_window(p->rules));
}

/* Keep only RAM below @cut, if that is allowed. */
static int cut_memory(struct plan *p, grt_phys_t cut, const char *rule)
{
	const struct grt_layout_input *in = p->in;

	if (!in->truncate)
		return fail(p, -ERANGE, rule);
	p->ram = memory_span(&in->memory, grt_geometry_page_size(in->g), cut);
	if (!p->ram.end)
		return fail(p, -ERANGE, "no memory lies where the linear map could hold it");
	if (in->image_pa + in->image_size > cut)
		return fail(p, -ERANGE, "the image lies in memory that would be cut off");
	p->out->memory_end = cut;
	p->out->lost_bytes = memory_bytes_from(&in->memory, cut);
	return 0;
}

/*
 * Room for what may come later, too: if there isn't so much, for the lowest of it, and not at the cost of the
 * leaves that RAM can use.
 */
static void keep_room(struct plan *p, u64 capacity)
{
	const struct grt_layout_input *in = p->in;
	const struct grt_geometry *g = in->g;
	struct span later = memory_span(&in->later, grt_geometry_page_size(g), BIT(g->pa_bits));
	struct span all = span_of_both(p->ram, later);
	u64 leaf = memory_fitting_leaf(g, &all, capacity);

	if (leaf) {
		p->ram = all;
		p->leaf = leaf;
		return;
	}
	leaf = min_u64(p->leaf, memory_largest_leaf(&in->memory, g, p->ram.end));
	leaf = max_u64(leaf, p->block);
	if (!memory_keep_part(&p->ram, all, leaf, capacity)) {
		all.start = p->ram.start;
		memory_keep_part(&p->ram, all, leaf, capacity);
	}
	p->leaf = memory_fitting_leaf(g, &p->ram, capacity);
}

/* Decide which RAM there is, and modulo what its virtual and physical addresses agree. */
static int measure_memory(struct plan *p)
{
	const struct grt_geometry *g = p->in->g;
	u64 capacity = linear_capacity(p);
	int err;

	p->ram = memory_span(&p->in->memory, grt_geometry_page_size(g), ~0ULL);
	if (!p->ram.end)
		return fail(p, -EINVAL, "there is no whole page of memory");
	if (p->ram.end > BIT(g->pa_bits)) {
		err = cut_memory(p, BIT(g->pa_bits),
				 "memory lies beyond the physical addresses that tables can hold");
		if (err)
			return err;
	}
	p->leaf = memory_fitting_leaf(g, &p->ram, capacity);
	if (!p->leaf) {
		p->leaf = p->block;
		err = cut_memory(p, align_down(p->ram.start, p->block) + capacity - p->block,
				 "memory spans more than the linear map can hold");
		if (err)
			return err;
	} else if (p->in->later.nr) {
		keep_room(p, capacity);
	}
	p->base = align_down(p->ram.start, p->leaf);
	return 0;
}

/* ---- placing ---- */

/* Size of a region that is neither the linear map nor the window. */
static u64 fixed_size(const struct plan *p, unsigned int id)
{
	u64 pages = span_size(&p->linear) >> grt_geometry_page_shift(p->in->g);

	return id == GRT_REGION_FIXMAP ? GRT_FIXMAP_SIZE
				       : align_up(pages * p->in->struct_page_size, p->block);
}

static struct span *fixed_span(struct plan *p, unsigned int id)
{
	return id == GRT_REGION_FIXMAP ? &p->fixmap : &p->vmemmap;
}

/* From the bottom up to vmalloc. */
static void place_low(struct plan *p)
{
	u64 cursor = p->block;
	unsigned int i;

	for (i = 0; p->rules->order[i] != GRT_REGION_VMALLOC; i++) {
		unsigned int id = p->rules->order[i];

		if (id != GRT_REGION_LINEAR) {
			struct span *s = fixed_span(p, id);

			s->start = cursor;
			s->end = cursor + fixed_size(p, id);
			cursor = s->end;
		} else {
			cursor = p->linear.end;
		}
		cursor = align_up(cursor, p->block) + p->block;
	}
	p->vmalloc.start = cursor;
}

/* From the top, whose last block stays free for error pointers, down to vmalloc. */
static void place_high(struct plan *p)
{
	u64 cursor = p->half - p->block;
	unsigned int i;

	for (i = p->rules->nr - 1U; p->rules->order[i] != GRT_REGION_VMALLOC; i--) {
		unsigned int id = p->rules->order[i];

		if (id == GRT_REGION_KERNEL) {
			cursor = p->window.start;
		} else if (id == GRT_REGION_LINEAR) {
			cursor = p->linear.start;
		} else {
			struct span *s = fixed_span(p, id);

			s->start = align_down(cursor - fixed_size(p, id), p->block);
			s->end = s->start + fixed_size(p, id);
			cursor = s->start;
		}
		cursor = align_down(cursor, p->block) - p->block;
	}
	p->vmalloc.end = cursor;
}

/* The linear region is its half of the half, and grows into the other when RAM needs it. */
static void place_linear(struct plan *p)
{
	bool own_window = rules_own_window(p->rules);
	u64 need = align_up(p->ram.end - p->base, p->block);
	u64 end = p->half - p->block;

	if (own_window) {
		p->window = (struct span){ p->half - GRT_LAYOUT_WINDOW_SIZE, end };
		end = p->window.start - p->block;
	}
	if (p->rules->order[0] == GRT_REGION_LINEAR)
		p->linear = (struct span){ 0, max_u64(p->half / 2, need) };
	else
		p->linear =
			(struct span){ align_down(min_u64(p->half / 2, end - need), p->leaf), end };
}

static int place_regions(struct plan *p)
{
	place_linear(p);
	place_low(p);
	place_high(p);
	if (p->vmalloc.end < p->vmalloc.start + GRT_LAYOUT_VMALLOC_MIN)
		return fail(p, -ENOSPC, "no room is left for vmalloc");
	return 0;
}

/* ---- KASLR ---- */

/*
 * The end of vmalloc that holds the window moves over up to half of vmalloc, window by window, so
 * that no two draws give the same address. Returns the number of places.
 */
static u64 slide_vmalloc(struct plan *p)
{
	u64 size = span_size(&p->vmalloc);
	u64 room = min_u64(size / 2, size - GRT_LAYOUT_VMALLOC_MIN);
	u64 places = room / GRT_LAYOUT_WINDOW_SIZE + 1;
	u64 slide = draw(p, places) * GRT_LAYOUT_WINDOW_SIZE;

	if (p->rules->window_high) {
		p->vmalloc.end -= slide;
		p->window =
			(struct span){ p->vmalloc.end - GRT_LAYOUT_WINDOW_SIZE, p->vmalloc.end };
	} else {
		p->vmalloc.start += slide;
		p->window = (struct span){ p->vmalloc.start,
					   p->vmalloc.start + GRT_LAYOUT_WINDOW_SIZE };
	}
	return places;
}

/* The image goes to the window's start, or with KASLR as far up as its companions leave room. */
static int place_image(struct plan *p)
{
	u64 places = p->window.end ? 1 : slide_vmalloc(p);
	u64 first = p->window.start + (p->in->image_pa & (p->image_align - 1));
	u64 need = p->image_size + GRT_LAYOUT_BPF_SIZE + GRT_LAYOUT_MODULES_MIN;
	u64 steps;

	if (first + need > p->window.end)
		return fail(p, -ENOSPC, "the image, BPF and modules do not fit their window");
	steps = (p->window.end - first - need) / p->image_align + 1;
	p->kernel = first + draw(p, steps) * p->image_align;
	if (p->in->kaslr)
		p->out->kernel_bits = (u8)log2_floor(places * steps);
	return 0;
}

/*
 * The linear map moves by leaves as large as RAM can use, so that none gets smaller. Room for memory
 * that is added later stays above it: as much as there is RAM and 64 GiB at least, half of it all
 * at most.
 */
static void slide_linear(struct plan *p)
{
	const struct grt_layout_input *in = p->in;
	u64 need = align_up(p->ram.end - p->base, p->block);
	u64 room = span_size(&p->linear) - need;
	u64 unit, places;

	if (!in->kaslr)
		return;
	unit = max_u64(memory_largest_leaf(&in->memory, in->g, p->ram.end),
		       memory_largest_leaf(&in->later, in->g, p->ram.end));
	unit = min_u64(unit, p->leaf);
	room -= min_u64(room / 2, max_u64(need, GIB(64)));
	places = room / unit + 1;
	p->linear.start += draw(p, places) * unit;
	p->out->linear_bits = (u8)log2_floor(places);
}

int grt_layout_plan(const struct grt_layout_input *in, struct grt_layout *out)
{
	struct plan p = { .in = in, .out = out, .random = in->seed };
	int err;

	memset(out, 0, sizeof(*out));
	out->g = in->g;
	p.rules = arch_layout_rules(in->policy);
	if (!p.rules)
		return fail(&p, -EINVAL, "the architecture has no such policy");
	out->error = in->memory.nr ? memory_check(&in->memory) : "there is no memory";
	if (!out->error)
		out->error = memory_check(&in->later);
	if (!out->error)
		out->error = check_image(in);
	if (out->error)
		return -EINVAL;
	p.half = BIT(in->g->upper_bits);
	p.block = grt_geometry_level_size(in->g, 1);
	p.image_align = max_u64(in->image_align, grt_geometry_page_size(in->g));
	p.image_size = align_up(in->image_size, p.image_align);
	err = measure_memory(&p);
	if (!err)
		err = place_regions(&p);
	if (!err)
		err = place_image(&p);
	if (err)
		return err;
	slide_linear(&p);
	layout_emit(&p);
	out->linear_offset = grt_geometry_upper_start(in->g) + p.linear.start - p.base;
	out->kernel_offset = grt_geometry_upper_start(in->g) + p.kernel - in->image_pa;
	return 0;
}
