/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the planner's two halves share: where everything goes, and what comes out. */
#ifndef GENERIC_LAYOUT_PLACE_H
#define GENERIC_LAYOUT_PLACE_H

#include <graticule/layout.h>
#include <backend/layout_rules.h>
#include "generic/layout_memory.h"

/* General vmalloc keeps this far from the window, whose neighbours may be writable. */
#define WINDOW_GUARD MIB(2)

/**
 * struct plan - a plan in the making
 * @half: size of the kernel's half
 * @block: size of the leaves above pages: regions start at multiples, so that they can use them
 * @ram: first to last whole page of RAM that there is to be room for, physical
 * @base: what the linear region's start maps: @ram.start rounded down to @leaf
 * @leaf: va == pa modulo this in the linear map
 * @image_size: of the kernel region, a multiple of @image_align
 * @image_align: what the image's address keeps modulo @in->image_align
 */
struct plan {
	const struct grt_layout_input *in;
	const struct layout_rules *rules;
	struct grt_layout *out;
	u64 half;
	u64 block;
	struct span ram;
	grt_phys_t base;
	u64 leaf;
	u64 image_size;
	u64 image_align;
	struct span linear;
	struct span vmemmap;
	struct span fixmap;
	struct span vmalloc;
	struct span window;
	u64 kernel;
	u64 random;
};

/** layout_emit() - the regions of a plan in which everything has its place, and the guards between them. */
void layout_emit(struct plan *p);

#endif
