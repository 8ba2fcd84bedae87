// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Placement rules of arm64. */
#include <graticule/geometry.h>
#include <backend/layout_rules.h>

static const struct layout_rules rules_default = {
	.order = { GRT_REGION_LINEAR, GRT_REGION_VMALLOC, GRT_REGION_VMEMMAP, GRT_REGION_FIXMAP },
	.nr = 4,
};

const struct layout_rules *arch_layout_rules(enum grt_layout_policy policy)
{
	return policy == GRT_LAYOUT_DEFAULT ? &rules_default : NULL;
}

/* B and BL have a signed 26-bit offset in words (Arm ARM, C6.2 "BL"). */
#define DIRECT_BRANCH_REACH MIB(128)

/*
 * Modules as near to the image as can be: those that end within 128 MiB of its first byte, and so of
 * each of its bytes, branch directly. Beyond, a PLT entry (ADRP, ADD, BR: +-4 GiB) goes between.
 */
unsigned int arch_layout_window(u64 image_size, u64 room,
				struct layout_piece piece[LAYOUT_MAX_PIECES])
{
	u64 modules = room - GRT_LAYOUT_BPF_SIZE;
	u64 direct = 0;
	unsigned int nr = 0;

	if (image_size < DIRECT_BRANCH_REACH)
		direct = min_u64(DIRECT_BRANCH_REACH - image_size, modules);
	if (direct)
		piece[nr++] = (struct layout_piece){ GRT_REGION_MODULES, direct,
						     "modules, direct branches reach the kernel" };
	if (modules > direct)
		piece[nr++] = (struct layout_piece){ GRT_REGION_MODULES, modules - direct,
						     "modules, through PLTs" };
	piece[nr++] = (struct layout_piece){ GRT_REGION_BPF, GRT_LAYOUT_BPF_SIZE,
					     "BPF programs, +-2 GiB of the kernel" };
	return nr;
}

/*
 * 4K pages and 48 bits, which every CPU has. Wider where memory needs it; 64K pages last, because of
 * what they waste, for CPUs whose 52 bits need them (FEAT_LPA and FEAT_LVA without FEAT_LPA2).
 */
const struct geometry_preference arch_geometry_preference[] = {
	{ 12, 48 }, { 12, 52 }, { 12, 39 }, { 14, 48 }, { 14, 52 },
	{ 14, 47 }, { 14, 36 }, { 16, 48 }, { 16, 52 }, { 16, 42 },
};
const unsigned int arch_geometry_nr_preferences = ARRAY_SIZE(arch_geometry_preference);
