/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the harts' MMUs can do. */
#ifndef GRT_ASM_CAPS_H
#define GRT_ASM_CAPS_H

#include <graticule/types.h>

/**
 * struct grt_mmu_caps - what the MMU can do: the boot hart's, then what all harts have
 * @va_bits: widest satp mode: 39, 48 or 57
 * @pa_bits: physical address bits; 56 where nothing says otherwise
 * @svnapot: 64K NAPOT entries; "nocont" clears this
 * @svpbmt: page-based memory types
 * @svinval: SINVAL.VMA and its fences
 * @svadu: hardware updates the A and D bits
 * @svvptc: a new valid entry is seen within bounded time
 * @whole_fences: some hart has an erratum for which a fence that names an address or an ASID may do nothing
 *	(grt_errata_cip_1200()): only SFENCE.VMA x0, x0 is used
 */
struct grt_mmu_caps {
	uint8_t va_bits;
	uint8_t pa_bits;
	bool svnapot;
	bool svpbmt;
	bool svinval;
	bool svadu;
	bool svvptc;
	bool whole_fences;
};

#endif
