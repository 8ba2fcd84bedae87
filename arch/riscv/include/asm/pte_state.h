/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Accessed and dirty state of leaves of Sv39 to Sv57. Both architectures have a header of this name. */
#ifndef ASM_PTE_STATE_H
#define ASM_PTE_STATE_H

#include <asm/pte.h>

_Static_assert(PTE_A >> 6 == GRT_PGSTATE_ACCESSED && PTE_D >> 6 == GRT_PGSTATE_DIRTY,
	       "pte_state() shifts them");

/** pte_state() - GRT_PGSTATE_* of a leaf. */
static inline unsigned int pte_state(pte_t pte)
{
	return pte.val >> 6 & 3;
}

/** pte_with_state() - the leaf with another one. */
static inline pte_t pte_with_state(pte_t pte, unsigned int state)
{
	return pte_make((pte.val & ~(PTE_A | PTE_D)) | (u64)state << 6);
}

/** pte_hardware_bits() - those that hardware may change in the leaf, where the regime lets it. */
static inline u64 pte_hardware_bits(pte_t pte)
{
	return PTE_A | (pte.val & PTE_W ? PTE_D : 0);
}

/** pte_state_bit() - the bit that says so, and is all that goes where it does; 0: there is none. */
static inline u64 pte_state_bit(unsigned int state)
{
	return state == (GRT_PGSTATE_ACCESSED | GRT_PGSTATE_DIRTY) ? 0 : (u64)state << 6;
}

/**
 * pte_leaf_bits() - what makes a leaf of an entry of @level that leads to no table
 *
 * And W without R, or nothing but V in a table of pages: reserved, and no access gets past them.
 */
static inline u64 pte_leaf_bits(const struct grt_geometry *g, unsigned int level)
{
	(void)g;
	(void)level;
	return PTE_V;
}

/** pte_may_flip() - is it right to invert @flip in it, whatever hardware has written by then? */
static inline bool pte_may_flip(pte_t pte, u64 flip)
{
	return !(flip & pte_hardware_bits(pte));
}

/** pte_kind() - what must agree for leaves to become one: all but address, size, accessed and dirty. */
static inline u64 pte_kind(const struct grt_geometry *g, pte_t pte)
{
	(void)g;
	return pte.val & ~(PTE_PPN_MASK | PTE_N | PTE_A | PTE_D);
}

#endif
