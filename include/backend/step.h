/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a change of an entry may need, for every architecture's asm/step.h: the only one to include this,
 * after its asm/pte.h.
 */
#ifndef BACKEND_STEP_H
#define BACKEND_STEP_H

#include <backend/pte.h>

/** enum pte_step - what a change of an entry needs; the answer of pte_step(). */
enum pte_step {
	PTE_STEP_NONE,	     /* no change */
	PTE_STEP_WRITE,	     /* store, publish; nothing to invalidate */
	PTE_STEP_INVALIDATE, /* store, then invalidate before the caller relies on it */
	PTE_STEP_BREAK,	     /* store invalid, invalidate, wait, store: break-before-make */
	PTE_STEP_REFUSE,     /* not on a live table */
};

/** pte_resizes() - leaf to table, table to leaf, in or out of a contiguous group. */
static __force_inline bool pte_resizes(const struct grt_geometry *g, unsigned int level, pte_t old,
				       pte_t new)
{
	return pte_is_table(g, level, old) != pte_is_table(g, level, new) ||
	       pte_contiguous(g, level, old) != pte_contiguous(g, level, new);
}

#endif
