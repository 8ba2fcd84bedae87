// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Any bytes as memory, image and seed: a plan keeps all rules, or names the one that can't be met. */
#include <stdlib.h>
#include <string.h>
#include <graticule/layout.h>
#include "base/types.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

#define MAX_RANGES 16

static u64 take(const u8 **data, size_t *size, unsigned int bytes)
{
	u64 x = 0;

	for (; bytes && *size; bytes--, ++*data, --*size)
		x = x << 8 | **data;
	return x;
}

/* Sorted and disjoint, as memblock has them: gaps and sizes of any magnitude. */
static unsigned int take_memory(const u8 **data, size_t *size, u64 page,
				struct grt_mem_range *range)
{
	unsigned int nr = (unsigned int)take(data, size, 1) % (MAX_RANGES + 1), n = 0;
	u64 at = 0;

	for (; n < nr; n++) {
		u64 gap = take(data, size, 2) << take(data, size, 1) % 40;
		u64 bytes = take(data, size, 2) << take(data, size, 1) % 40;

		range[n].start = align_up(at + gap, page);
		range[n].size = align_up(bytes + 1, page);
		at = range[n].start + range[n].size;
	}
	return n;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	unsigned int choice = (unsigned int)take(&data, &size, 1) % grt_geometry_nr_choices;
	u8 flags = (u8)take(&data, &size, 1);
	struct grt_mem_range range[MAX_RANGES];
	struct grt_layout_input in = { .struct_page_size = 64 };
	struct grt_geometry g;
	struct grt_layout l;

	if (grt_geometry_init(&g, grt_geometry_choices[choice].page_shift,
			      grt_geometry_choices[choice].va_bits, NULL))
		abort();
	in.g = &g;
	in.memory.ranges = range;
	in.memory.nr = take_memory(&data, &size, grt_geometry_page_size(&g), range);
	if (flags & 16) { /* some of it comes later */
		in.later = in.memory;
		in.memory.nr = (unsigned int)take(&data, &size, 1) % (in.memory.nr + 1);
		in.later.ranges += in.memory.nr;
		in.later.nr -= in.memory.nr;
	}
	in.image_align = flags & 1 ? MIB(2) : grt_geometry_page_size(&g);
	in.image_pa = take(&data, &size, 3) << 21;
	in.image_size = take(&data, &size, 4);
	in.text_end = (flags >> 4) * KIB(64); /* the flags have no other use for these bits */
	in.rodata_end = in.text_end + (in.image_pa >> 21 & 3) * KIB(64);
	in.rodata_writable = in.image_pa >> 23 & 1;
	in.truncate = flags & 2;
	in.kaslr = flags & 4;
	in.policy = flags & 8 ? GRT_LAYOUT_TEXT_REGION : GRT_LAYOUT_DEFAULT;
	in.seed = take(&data, &size, 8);
	if (grt_layout_plan(&in, &l) ? !l.error || !*l.error : grt_layout_check(&in, &l) != NULL)
		abort();
	return 0;
}
