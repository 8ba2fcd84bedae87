// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The shapes of RISC-V translation: Sv39, Sv48, Sv57. */
#include <graticule/asm/caps.h>
#include <graticule/geometry.h>
#include <asm/pte.h>
#include "base/errno.h"

#define RISCV_PA_BITS 56 /* what an entry holds in each of the three modes */
#define NAPOT_BITS 4	 /* 64K, the only group that Svnapot defines */

const struct geometry_choice geometry_choices[] = {
	{ 12, 39, "sv39" },
	{ 12, 48, "sv48" },
	{ 12, 57, "sv57" },
};
const unsigned int geometry_nr_choices = ARRAY_SIZE(geometry_choices);

static const struct mmu_caps everything = {
	.va_bits = 57,
	.pa_bits = RISCV_PA_BITS,
	.svnapot = true,
	.svpbmt = true,
	.svinval = true,
	.svadu = true,
	.svvptc = true,
};

int geometry_init(struct geometry *g, unsigned int page_shift, unsigned int va_bits,
		  const struct mmu_caps *caps)
{
	unsigned int pa_bits;

	if (!caps)
		caps = &everything;
	if (page_shift != 12 || (va_bits != 39 && va_bits != 48 && va_bits != 57))
		return -EINVAL;
	if (va_bits > caps->va_bits)
		return -EOPNOTSUPP;
	pa_bits = (unsigned int)min_u64(caps->pa_bits, RISCV_PA_BITS);
	*g = (struct geometry){
		.page_shift = 12,
		.va_bits = (u8)va_bits,
		.upper_bits = (u8)(va_bits - 1), /* one tree translates both halves */
		.pa_bits = (u8)pa_bits,
		.levels = (u8)((va_bits - 12) / 9),
		.root_bits = 9,
		.root_shift = (u8)(va_bits - 9),
		.format = caps->svpbmt ? GEOMETRY_FORMAT_PBMT : 0,
	};
	g->leaf_levels = (u8)(BIT(g->levels) - 1); /* a leaf may be at any level, the root's too */
	if (caps->svnapot)
		g->cont_bits[0] = NAPOT_BITS;
	return 0;
}
