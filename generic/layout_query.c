// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Questions to a plan, and the rules of every plan as a check. */
#include <graticule/layout.h>
#include <backend/layout_rules.h>
#include "generic/layout_memory.h"

const struct grt_region *grt_layout_find(const struct grt_layout *l, enum grt_region_id id)
{
	unsigned int i;

	for (i = 0; i < l->nr; i++)
		if (l->region[i].id == id)
			return &l->region[i];
	return NULL;
}

static bool in_image(const struct grt_region *r)
{
	return r->id == GRT_REGION_KERNEL || r->id == GRT_REGION_TEXT ||
	       r->id == GRT_REGION_RODATA || r->id == GRT_REGION_DATA;
}

struct grt_region grt_layout_image(const struct grt_layout *l)
{
	struct grt_region image = { .id = GRT_REGION_KERNEL, .name = "kernel" };
	unsigned int i;

	for (i = 0; i < l->nr; i++) {
		const struct grt_region *r = &l->region[i];

		if (!in_image(r))
			continue;
		if (!image.size)
			image.start = r->start;
		image.size += r->size;
		image.perm |= r->perm;
	}
	return image;
}

const struct grt_region *grt_layout_region_of(const struct grt_layout *l, grt_virt_t va)
{
	unsigned int i;

	for (i = 0; i < l->nr; i++)
		if (va - l->region[i].start < l->region[i].size)
			return &l->region[i];
	return NULL;
}

struct grt_mem_range grt_layout_room(const struct grt_layout *l)
{
	const struct grt_region *linear = grt_layout_find(l, GRT_REGION_LINEAR);
	grt_phys_t start = linear->start - l->linear_offset;
	u64 limit = BIT(l->g->pa_bits);

	return (struct grt_mem_range){ start,
				       start < limit ? min_u64(linear->size, limit - start) : 0 };
}

static const char *rebase_string(const char *s, u64 delta)
{
	return s ? (const char *)((uintptr_t)s + (uintptr_t)delta) : NULL;
}

void grt_layout_rebase(struct grt_layout *l, u64 delta)
{
	unsigned int i;

	l->g = (const struct grt_geometry *)((uintptr_t)l->g + (uintptr_t)delta);
	l->error = rebase_string(l->error, delta);
	for (i = 0; i < l->nr; i++) {
		l->region[i].name = rebase_string(l->region[i].name, delta);
		l->region[i].note = rebase_string(l->region[i].note, delta);
	}
}

/* Last address of a region: its end may be 2^64. */
static grt_virt_t last(const struct grt_region *r)
{
	return r->start + r->size - 1;
}

static bool in_window(const struct grt_region *r)
{
	return in_image(r) || r->id == GRT_REGION_MODULES || r->id == GRT_REGION_BPF;
}

/* Regions fill the kernel's half one after the other, and only the window's parts touch. */
static const char *check_order(const struct grt_layout *l)
{
	const struct grt_region *r = l->region;
	grt_virt_t next = grt_geometry_upper_start(l->g);
	unsigned int i;

	if (!l->nr)
		return "there are no regions";
	for (i = 0; i < l->nr; i++, r++) {
		if (r->start != next || !r->size || (i && !next))
			return "regions are not ordered, disjoint and complete";
		if (!is_aligned(r->start | r->size, grt_geometry_page_size(l->g)))
			return "a region is not made of whole pages";
		if (i && r->id != GRT_REGION_GUARD && r[-1].id != GRT_REGION_GUARD &&
		    !(in_window(r) && in_window(r - 1)))
			return "two regions have no guard between them";
		next = r->start + r->size;
	}
	if (next || r[-1].id != GRT_REGION_GUARD)
		return "the end of the address space is not a guard";
	return NULL;
}

/* What occurs once does, and only vmalloc and modules occur more than once. */
static const char *check_presence(const struct grt_layout *l)
{
	unsigned int count[GRT_REGION_NR] = { 0 };
	unsigned int i;

	for (i = 0; i < l->nr; i++)
		count[l->region[i].id]++;
	if (count[GRT_REGION_FIXMAP] != 1 || count[GRT_REGION_VMEMMAP] != 1 ||
	    count[GRT_REGION_BPF] != 1 || count[GRT_REGION_KERNEL] + count[GRT_REGION_TEXT] != 1 ||
	    count[GRT_REGION_LINEAR] != 1 || count[GRT_REGION_RODATA] > count[GRT_REGION_TEXT] ||
	    count[GRT_REGION_DATA] > count[GRT_REGION_TEXT])
		return "a region is missing or occurs twice";
	if (!count[GRT_REGION_VMALLOC] || !count[GRT_REGION_MODULES])
		return "there is no room for vmalloc or modules";
	return NULL;
}

/* Where the parts of the image are known, each has what it needs and no more. */
static const char *check_image_parts(const struct grt_layout_input *in, const struct grt_layout *l)
{
	const struct grt_region *text = grt_layout_find(l, GRT_REGION_TEXT);
	const struct grt_region *rodata = grt_layout_find(l, GRT_REGION_RODATA);
	const struct grt_region *data = grt_layout_find(l, GRT_REGION_DATA);
	u8 writable = in->rodata_writable ? GRT_REGION_PERM_W : 0;

	if (!text != !in->text_end)
		return "the parts of the image are not those that are known";
	if (!text)
		return NULL;
	if (text->size != in->text_end || text->perm != (GRT_REGION_PERM_R | GRT_REGION_PERM_X))
		return "the text region is not the image's code";
	if ((rodata ? rodata->size : 0) != in->rodata_end - in->text_end ||
	    (rodata && rodata->perm != (GRT_REGION_PERM_R | writable)))
		return "the rodata region is not the image's read-only data";
	if (data && data->perm != (GRT_REGION_PERM_R | GRT_REGION_PERM_W))
		return "the data region is not for data";
	return NULL;
}

/* Everything in the window is within its size of every byte of the image. */
static const char *check_window(const struct grt_layout_input *in, const struct grt_layout *l)
{
	struct grt_region kernel = grt_layout_image(l);
	u64 modules = 0;
	unsigned int i;

	if (kernel.start - l->kernel_offset != in->image_pa || kernel.size < in->image_size)
		return "the kernel's regions do not hold the image";
	if ((kernel.start ^ in->image_pa) & (in->image_align - 1))
		return "the image lost its alignment";
	for (i = 0; i < l->nr; i++) {
		const struct grt_region *r = &l->region[i];

		if (!in_window(r))
			continue;
		if (max_u64(last(r), last(&kernel)) - min_u64(r->start, kernel.start) >=
		    GRT_LAYOUT_WINDOW_SIZE)
			return "a module or BPF address is out of the kernel's reach";
		if (r->id == GRT_REGION_MODULES)
			modules += r->size;
	}
	if (modules < GRT_LAYOUT_MODULES_MIN ||
	    grt_layout_find(l, GRT_REGION_BPF)->size < GRT_LAYOUT_BPF_SIZE)
		return "modules or BPF have too little room";
	return NULL;
}

static const char *check_linear(const struct grt_layout_input *in, const struct grt_layout *l)
{
	const struct grt_region *linear = grt_layout_find(l, GRT_REGION_LINEAR);
	u64 limit = l->memory_end ? l->memory_end : ~0ULL;
	u64 lost = 0;
	unsigned int i;

	for (i = 0; i < in->memory.nr; i++) {
		const struct grt_mem_range *r = &in->memory.ranges[i];
		u64 end = min_u64(r->start + r->size, limit);

		if (r->start + r->size > limit)
			lost += r->start + r->size - max_u64(r->start, limit);
		end = align_down(end, grt_geometry_page_size(l->g));
		if (end <= align_up(r->start, grt_geometry_page_size(l->g)))
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
static const char *check_room(const struct grt_layout_input *in, const struct grt_layout *l)
{
	const struct layout_rules *rules = arch_layout_rules(in->policy);
	u64 page_size = grt_geometry_page_size(l->g);
	struct span later = memory_span(&in->later, page_size, ~0ULL);
	struct span all = span_of_both(memory_span(&in->memory, page_size, ~0ULL), later);
	struct grt_mem_range room = grt_layout_room(l);

	if (!later.end || all.end > BIT(l->g->pa_bits) ||
	    !memory_fitting_leaf(l->g, &all,
				 memory_limit(l->g, in->struct_page_size, rules_own_window(rules))))
		return NULL;
	if (later.start < room.start || later.end - room.start > room.size)
		return "memory that may come later has no place";
	return NULL;
}

static const char *check_sizes(const struct grt_layout_input *in, const struct grt_layout *l)
{
	u64 pages = grt_layout_find(l, GRT_REGION_LINEAR)->size >> grt_geometry_page_shift(l->g);
	u64 vmalloc = 0;
	unsigned int i;

	if (grt_layout_find(l, GRT_REGION_VMEMMAP)->size < pages * in->struct_page_size)
		return "vmemmap does not cover the linear region";
	if (grt_layout_find(l, GRT_REGION_FIXMAP)->size < GRT_FIXMAP_SIZE)
		return "fixmap is too small";
	for (i = 0; i < l->nr; i++)
		if (l->region[i].id == GRT_REGION_VMALLOC)
			vmalloc += l->region[i].size;
	if (vmalloc < GRT_LAYOUT_VMALLOC_MIN - GRT_LAYOUT_WINDOW_SIZE - MIB(4))
		return "vmalloc is too small";
	return NULL;
}

const char *grt_layout_check(const struct grt_layout_input *in, const struct grt_layout *l)
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
