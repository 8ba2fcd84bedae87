/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the planner's tests share. */
#ifndef TESTS_LAYOUT_SUPPORT_H
#define TESTS_LAYOUT_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <graticule/geometry.h>
#include <graticule/layout.h>
#include "base/types.h"
#include "base/errno.h"

#define IMAGE_ALIGN KIB(64)

/* A small generator of its own, so that failures repeat. */
static inline u64 test_random(u64 *state)
{
	u64 x = *state;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return *state = x;
}

static inline struct grt_layout_input test_input(const struct grt_geometry *g,
						 const struct grt_mem_range *ram, unsigned int nr)
{
	return (struct grt_layout_input){
		.g = g,
		.memory = { ram, nr },
		.image_pa = align_up(ram[0].start, MIB(2)) + MIB(2),
		.image_size = MIB(2),
		.image_align = IMAGE_ALIGN,
		.struct_page_size = 32,
	};
}

/* The geometry of one of the architecture's choices, on a CPU that can do everything. */
static inline struct grt_geometry test_geometry(unsigned int choice)
{
	struct grt_geometry g;

	assert_int_equal(grt_geometry_init(&g, grt_geometry_choices[choice].page_shift,
					   grt_geometry_choices[choice].va_bits, NULL),
			 0);
	return g;
}

static inline grt_virt_t test_last(const struct grt_region *r)
{
	return r->start + (r->size - 1);
}

/* The n-th region with @id, from 0. */
static inline const struct grt_region *test_region(const struct grt_layout *l,
						   enum grt_region_id id, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < l->nr; i++)
		if (l->region[i].id == id && n-- == 0)
			return &l->region[i];
	return NULL;
}

#endif
