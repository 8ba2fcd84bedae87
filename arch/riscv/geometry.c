// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The shapes of RISC-V translation: Sv39, Sv48, Sv57. */
#include <graticule/asm/caps.h>
#include <graticule/geometry.h>
#include <asm/pte.h>
#include "base/errno.h"

#define RISCV_PA_BITS 56 /* what an entry holds in each of the three modes */
#define NAPOT_BITS 4	 /* 64K, the only group that Svnapot defines */

const struct grt_geometry_choice grt_geometry_choices[] = {
	{ 12, 39, "sv39" },
	{ 12, 48, "sv48" },
	{ 12, 57, "sv57" },
};
const unsigned int grt_geometry_nr_choices = ARRAY_SIZE(grt_geometry_choices);

/* All of what layouts depend on. */
static const struct grt_mmu_caps everything = {
	.va_bits = 57,
	.pa_bits = RISCV_PA_BITS,
	.svnapot = true,
	.svpbmt = true,
};

int grt_geometry_init_shape(struct grt_geometry *g, const struct grt_geometry_shape *shape)
{
	/* What G-stage addresses have more, Sv39x4 and so on, is in the root. */
	unsigned int more = shape->stage2 ? 2 : 0, va_bits = shape->va_bits - more;

	if (shape->page_shift != 12 || (va_bits != 39 && va_bits != 48 && va_bits != 57) ||
	    shape->levels || shape->ds || shape->fwb)
		return -EINVAL;
	*g = (struct grt_geometry){
		.page_shift = 12,
		.va_bits = shape->va_bits,
		/* One tree translates both halves; a guest's addresses have none. */
		.upper_bits = (u8)(shape->stage2 ? shape->va_bits : va_bits - 1),
		.pa_bits =
			(u8)min_u64(shape->pa_bits ? shape->pa_bits : RISCV_PA_BITS, RISCV_PA_BITS),
		.levels = (u8)((va_bits - 12) / 9),
		.root_bits = (u8)(9 + more),
		.root_shift = (u8)(va_bits - 9),
		.format = GEOMETRY_FORMAT_PBMT,
		.stage2 = shape->stage2,
	};
	g->leaf_levels = (u8)(BIT(g->levels) - 1); /* a leaf may be at any level, the root's too */
	g->cont_bits[0] = NAPOT_BITS;
	return 0;
}

int grt_geometry_init(struct grt_geometry *g, unsigned int page_shift, unsigned int va_bits,
		      const struct grt_mmu_caps *caps)
{
	struct grt_geometry_shape shape = { .page_shift = 12, .va_bits = (u8)va_bits };

	if (!caps)
		caps = &everything;
	shape.pa_bits = caps->pa_bits;
	if (page_shift != 12 || va_bits > 57 || grt_geometry_init_shape(g, &shape))
		return -EINVAL;
	if (va_bits > caps->va_bits)
		return -EOPNOTSUPP;
	if (!caps->svpbmt)
		g->format = 0;
	if (!caps->svnapot)
		g->cont_bits[0] = 0;
	return 0;
}
