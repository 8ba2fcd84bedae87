// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Questions to a plan, and the rules of every plan as a check. */
#include <graticule/layout.h>
#include <backend/layout_rules.h>
#include "generic/layout_memory.h"

const struct region *layout_find(const struct layout *l, enum region_id id)
{
	unsigned int i;

	for (i = 0; i < l->nr; i++)
		if (l->region[i].id == id)
			return &l->region[i];
	return NULL;
}

static bool in_image(const struct region *r)
{
	return r->id == REGION_KERNEL || r->id == REGION_TEXT || r->id == REGION_RODATA ||
	       r->id == REGION_DATA;
}

struct region layout_image(const struct layout *l)
{
	struct region image = { .id = REGION_KERNEL, .name = "kernel" };
	unsigned int i;

	for (i = 0; i < l->nr; i++) {
		const struct region *r = &l->region[i];

		if (!in_image(r))
			continue;
		if (!image.size)
			image.start = r->start;
		image.size += r->size;
		image.perm |= r->perm;
	}
	return image;
}

const struct region *layout_region_of(const struct layout *l, virt_addr_t va)
{
	unsigned int i;

	for (i = 0; i < l->nr; i++)
		if (va - l->region[i].start < l->region[i].size)
			return &l->region[i];
	return NULL;
}

struct mem_range layout_room(const struct layout *l)
{
	const struct region *linear = layout_find(l, REGION_LINEAR);
	phys_addr_t start = linear->start - l->linear_offset;
	u64 limit = BIT(l->g->pa_bits);

	return (struct mem_range){ start,
				   start < limit ? min_u64(linear->size, limit - start) : 0 };
}

static const char *rebase_string(const char *s, u64 delta)
{
	return s ? (const char *)((uintptr_t)s + (uintptr_t)delta) : NULL;
}

void layout_rebase(struct layout *l, u64 delta)
{
	unsigned int i;

	l->g = (const struct geometry *)((uintptr_t)l->g + (uintptr_t)delta);
	l->error = rebase_string(l->error, delta);
	for (i = 0; i < l->nr; i++) {
		l->region[i].name = rebase_string(l->region[i].name, delta);
		l->region[i].note = rebase_string(l->region[i].note, delta);
	}
}

/* Last address of a region: its end may be 2^64. */
static virt_addr_t last(const struct region *r)
{
	return r->start + r->size - 1;
}

static bool in_window(const struct region *r)
{
	return in_image(r) || r->id == REGION_MODULES || r->id == REGION_BPF;
}

/* Regions fill the kernel's half one after the other, and only the window's parts touch. */
static const char *check_order(const struct layout *l)
{
	const struct region *r = l->region;
	virt_addr_t next = geometry_upper_start(l->g);
	unsigned int i;

	if (!l->nr)
		return "there are no regions";
	for (i = 0; i < l->nr; i++, r++) {
		if (r->start != next || !r->size || (i && !next))
			return "regions are not ordered, disjoint and complete";
		if (!is_aligned(r->start | r->size, geometry_page_size(l->g)))
			return "a region is not made of whole pages";
		if (i && r->id != REGION_GUARD && r[-1].id != REGION_GUARD &&
		    !(in_window(r) && in_window(r - 1)))
			return "two regions have no guard between them";
		next = r->start + r->size;
	}
	if (next || r[-1].id != REGION_GUARD)
		return "the end of the address space is not a guard";
	return NULL;
}

/* What occurs once does, and only vmalloc and modules occur more than once. */
static const char *check_presence(const struct layout *l)
{
	unsigned int count[REGION_NR] = { 0 };
	unsigned int i;

	for (i = 0; i < l->nr; i++)
		count[l->region[i].id]++;
	if (count[REGION_FIXMAP] != 1 || count[REGION_VMEMMAP] != 1 || count[REGION_BPF] != 1 ||
	    count[REGION_KERNEL] + count[REGION_TEXT] != 1 || count[REGION_LINEAR] != 1 ||
	    count[REGION_RODATA] > count[REGION_TEXT] || count[REGION_DATA] > count[REGION_TEXT])
		return "a region is missing or occurs twice";
	if (!count[REGION_VMALLOC] || !count[REGION_MODULES])
		return "there is no room for vmalloc or modules";
	return NULL;
}

/* Where the parts of the image are known, each has what it needs and no more. */
static const char *check_image_parts(const struct layout_input *in, const struct layout *l)
{
	const struct region *text = layout_find(l, REGION_TEXT);
	const struct region *rodata = layout_find(l, REGION_RODATA);
	const struct region *data = layout_find(l, REGION_DATA);
	u8 writable = in->rodata_writable ? REGION_PERM_W : 0;

	if (!text != !in->text_end)
		return "the parts of the image are not those that are known";
	if (!text)
		return NULL;
	if (text->size != in->text_end || text->perm != (REGION_PERM_R | REGION_PERM_X))
		return "the text region is not the image's code";
	if ((rodata ? rodata->size : 0) != in->rodata_end - in->text_end ||
	    (rodata && rodata->perm != (REGION_PERM_R | writable)))
		return "the rodata region is not the image's read-only data";
	if (data && data->perm != (REGION_PERM_R | REGION_PERM_W))
		return "the data region is not for data";
	return NULL;
}

/* Everything in the window is within its size of every byte of the image. */
static const char *check_window(const struct layout_input *in, const struct layout *l)
{
	struct region kernel = layout_image(l);
	u64 modules = 0;
	unsigned int i;

	if (kernel.start - l->kernel_offset != in->image_pa || kernel.size < in->image_size)
		return "the kernel's regions do not hold the image";
	if ((kernel.start ^ in->image_pa) & (in->image_align - 1))
		return "the image lost its alignment";
	for (i = 0; i < l->nr; i++) {
		const struct region *r = &l->region[i];

		if (!in_window(r))
			continue;
		if (max_u64(last(r), last(&kernel)) - min_u64(r->start, kernel.start) >=
		    LAYOUT_WINDOW_SIZE)
			return "a module or BPF address is out of the kernel's reach";
		if (r->id == REGION_MODULES)
			modules += r->size;
	}
	if (modules < LAYOUT_MODULES_MIN || layout_find(l, REGION_BPF)->size < LAYOUT_BPF_SIZE)
		return "modules or BPF have too little room";
	return NULL;
}

static const char *check_linear(const struct layout_input *in, const struct layout *l)
{
	const struct region *linear = layout_find(l, REGION_LINEAR);
	u64 limit = l->memory_end ? l->memory_end : ~0ULL;
	u64 lost = 0;
	unsigned int i;

	for (i = 0; i < in->memory.nr; i++) {
		const struct mem_range *r = &in->memory.ranges[i];
		u64 end = min_u64(r->start + r->size, limit);

		if (r->start + r->size > limit)
			lost += r->start + r->size - max_u64(r->start, limit);
		end = align_down(end, geometry_page_size(l->g));
		if (end <= align_up(r->start, geometry_page_size(l->g)))
			continue;
		if (r->start + l->linear_offset < linear->start ||
		    end - 1 + l->linear_offset - linear->start >= linear->size)
			return "memory lies outside the linear region";
		if ((end - 1) >> l->g->pa_bits)
			return "memory lies beyond the physical addresses that tables can hold";
	}
	return lost == l->lost_bytes ? NULL : "memory is lost without being counted";
}

/* If it all fits, there is room for it all. */
static const char *check_room(const struct layout_input *in, const struct layout *l)
{
	const struct layout_rules *rules = arch_layout_rules(in->policy);
	u64 page_size = geometry_page_size(l->g);
	struct span later = memory_span(&in->later, page_size, ~0ULL);
	struct span all = span_of_both(memory_span(&in->memory, page_size, ~0ULL), later);
	struct mem_range room = layout_room(l);

	if (!later.end || all.end > BIT(l->g->pa_bits) ||
	    !memory_fitting_leaf(l->g, &all,
				 memory_limit(l->g, in->struct_page_size, rules_own_window(rules))))
		return NULL;
	if (later.start < room.start || later.end - room.start > room.size)
		return "memory that may come later has no place";
	return NULL;
}

static const char *check_sizes(const struct layout_input *in, const struct layout *l)
{
	u64 pages = layout_find(l, REGION_LINEAR)->size >> geometry_page_shift(l->g);
	u64 vmalloc = 0;
	unsigned int i;

	if (layout_find(l, REGION_VMEMMAP)->size < pages * in->struct_page_size)
		return "vmemmap does not cover the linear region";
	if (layout_find(l, REGION_FIXMAP)->size < FIXMAP_SIZE)
		return "fixmap is too small";
	for (i = 0; i < l->nr; i++)
		if (l->region[i].id == REGION_VMALLOC)
			vmalloc += l->region[i].size;
	if (vmalloc < LAYOUT_VMALLOC_MIN - LAYOUT_WINDOW_SIZE - MIB(4))
		return "vmalloc is too small";
	return NULL;
}

const char *layout_check(const struct layout_input *in, const struct layout *l)
{
	const char *broken = check_order(l);

	if (!broken)
		broken = check_presence(l);
	if (!broken)
		broken = check_window(in, l);
	if (!broken)
		broken = check_image_parts(in, l);
	if (!broken)
		broken = check_linear(in, l);
	if (!broken)
		broken = check_room(in, l);
	if (!broken)
		broken = check_sizes(in, l);
	return broken;
}
