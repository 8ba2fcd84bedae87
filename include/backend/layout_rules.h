/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What an architecture tells the planner: the order of the regions, where the window of kernel and
 * modules lies, what goes into it, and which geometry it prefers. Implemented in arch/<a>/layout.c.
 */
#ifndef BACKEND_LAYOUT_RULES_H
#define BACKEND_LAYOUT_RULES_H

#include <graticule/layout.h>
#include "base/types.h"

#define LAYOUT_MAX_ORDER 6

/**
 * struct layout_rules - placement rules of one policy
 * @order: FIXMAP, VMEMMAP, VMALLOC and LINEAR from the lowest to the highest; VMALLOC gets what the
 *	others leave. KERNEL, where it occurs, is a window of its own at the end of the address space
 * @nr: how many
 * @window_high: the window is the end of vmalloc, not its start
 */
struct layout_rules {
	u8 order[LAYOUT_MAX_ORDER];
	u8 nr;
	bool window_high;
};

/** rules_own_window() - is the kernel's window a part of the address space of its own? */
static inline bool rules_own_window(const struct layout_rules *rules)
{
	return rules->order[rules->nr - 1] == GRT_REGION_KERNEL;
}

/** arch_layout_rules() - the rules of @policy, or NULL where the architecture does not have it. */
const struct layout_rules *arch_layout_rules(enum grt_layout_policy policy);

#define LAYOUT_MAX_PIECES 3

/** struct layout_piece - a part of the window, of GRT_REGION_MODULES or GRT_REGION_BPF. */
struct layout_piece {
	u8 id;
	u64 size;
	const char *note;
};

/**
 * arch_layout_window() - share out the window behind the image
 * @image_size: bytes of the image
 * @room: bytes from the image's end to the window's end: at least GRT_LAYOUT_BPF_SIZE +
 *	GRT_LAYOUT_MODULES_MIN
 * @piece: filled in, in ascending order; the sizes add up to @room
 *
 * Return: the number of pieces.
 */
unsigned int arch_layout_window(u64 image_size, u64 room,
				struct layout_piece piece[LAYOUT_MAX_PIECES]);

/** struct geometry_preference - a geometry, by what names it. */
struct geometry_preference {
	u8 page_shift;
	u8 va_bits;
};

/* What to boot with when nobody asks for anything: the first that CPU and memory suit. */
extern const struct geometry_preference arch_geometry_preference[];
extern const unsigned int arch_geometry_nr_preferences;

#endif
