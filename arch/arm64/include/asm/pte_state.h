/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Accessed and dirty state of leaves of VMSAv8-64. Both architectures have a header of this name. */
#ifndef ASM_PTE_STATE_H
#define ASM_PTE_STATE_H

#include <asm/pte.h>
#include "base/types.h"

/** pte_state() - GRT_PGSTATE_* of a leaf. */
static inline unsigned int pte_state(pte_t pte)
{
	bool dirty = !(pte.val & PTE_AP_RO) || pte.val & PTE_WAS_DIRTY;

	return (pte.val & PTE_AF ? GRT_PGSTATE_ACCESSED : 0) | (dirty ? GRT_PGSTATE_DIRTY : 0);
}

/** pte_with_state() - the leaf with another one. */
static inline pte_t pte_with_state(pte_t pte, unsigned int state)
{
	bool writable = (pte.val & (PTE_AP_RO | PTE_DBM)) != PTE_AP_RO;
	u64 val = pte.val & ~(PTE_AF | PTE_WAS_DIRTY);

	val |= state & GRT_PGSTATE_ACCESSED ? PTE_AF : 0;
	if (state & GRT_PGSTATE_DIRTY)
		val = writable ? val & ~PTE_AP_RO : val | PTE_WAS_DIRTY;
	else if (writable)
		val |= PTE_AP_RO | PTE_DBM;
	return pte_make(val);
}

/** pte_hardware_bits() - those that hardware may change in the leaf, where the regime lets it. */
static inline u64 pte_hardware_bits(pte_t pte)
{
	return PTE_AF | (pte.val & PTE_DBM ? PTE_AP_RO : 0);
}

/** pte_state_bit() - the bit that says so, and is all that goes where it does; 0: there is none. */
static inline u64 pte_state_bit(unsigned int state)
{
	return state == GRT_PGSTATE_ACCESSED ? PTE_AF : 0;
}

/** pte_leaf_bits() - what makes a leaf of an entry of @level that leads to no table; all: nothing does. */
static inline u64 pte_leaf_bits(const struct grt_geometry *g, unsigned int level)
{
	if (!level)
		return PTE_VALID | PTE_TABLE;
	return grt_geometry_leaf_allowed(g, level) ? PTE_VALID : ~0ULL;
}

/** pte_may_flip() - is it right to invert @flip in it, whatever hardware has written by then? */
static inline bool pte_may_flip(pte_t pte, u64 flip)
{
	return !(flip & (PTE_AF | (pte.val & PTE_DBM ? PTE_AP_RO | PTE_DBM : 0)));
}

/** pte_kind() - what must agree for leaves to become one: all but address, size, accessed and dirty. */
static inline u64 pte_kind(const struct grt_geometry *g, pte_t pte)
{
	u64 val = pte.val & ~(pte_phys_mask(g) | PTE_CONT | PTE_TABLE | PTE_AF | PTE_WAS_DIRTY);

	return val & PTE_DBM ? val & ~(PTE_DBM | PTE_AP_RO) : val;
}

#endif
