// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Placement rules of RISC-V. */
#include <graticule/geometry.h>
#include <backend/layout_rules.h>

/* The window ends vmalloc: kernel = VMALLOC_END - 2 GiB + 1, plus the KASLR offset. */
static const struct layout_rules rules_default = {
	.order = { GRT_REGION_FIXMAP, GRT_REGION_VMEMMAP, GRT_REGION_VMALLOC, GRT_REGION_LINEAR },
	.nr = 4,
	.window_high = true,
};

/* The window ends the address space, so that the image is linked at one address in every mode. */
static const struct layout_rules rules_text_region = {
	.order = { GRT_REGION_FIXMAP, GRT_REGION_VMEMMAP, GRT_REGION_VMALLOC, GRT_REGION_LINEAR,
		   GRT_REGION_KERNEL },
	.nr = 5,
};

const struct layout_rules *arch_layout_rules(enum grt_layout_policy policy)
{
	switch (policy) {
	case GRT_LAYOUT_DEFAULT:
		return &rules_default;
	case GRT_LAYOUT_TEXT_REGION:
		return &rules_text_region;
	}
	return NULL;
}

/*
 * A pair of AUIPC and JALR reaches +-2 GiB (unprivileged specification, 2.4 and 2.5.1), and so does the
 * medany code model: all of the window is within that distance of all of the image.
 */
unsigned int arch_layout_window(u64 image_size, u64 room,
				struct layout_piece piece[LAYOUT_MAX_PIECES])
{
	(void)image_size;
	piece[0] = (struct layout_piece){ GRT_REGION_BPF, GRT_LAYOUT_BPF_SIZE,
					  "BPF programs, +-2 GiB of the kernel" };
	piece[1] = (struct layout_piece){ GRT_REGION_MODULES, room - GRT_LAYOUT_BPF_SIZE,
					  "modules, +-2 GiB of the kernel" };
	return 2;
}

/* The widest that the hart has. */
const struct geometry_preference arch_geometry_preference[] = { { 12, 57 },
								{ 12, 48 },
								{ 12, 39 } };
const unsigned int arch_geometry_nr_preferences = ARRAY_SIZE(arch_geometry_preference);
