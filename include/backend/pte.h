/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is the same of entries on every architecture, for its asm/pte.h. */
#ifndef BACKEND_PTE_H
#define BACKEND_PTE_H

#include "base/types.h"

typedef struct {
	u64 val;
} pte_t;

static inline pte_t pte_make(u64 val)
{
	return (pte_t){ val };
}

/** pte_opaque() - the same number; a compiler would keep two of what it can tell from one. */
static __force_inline s64 pte_opaque(s64 x)
{
	asm("" : "+r"(x));
	return x;
}

/* Hardware looks at nothing but this bit of an entry that lacks it. */
#define PTE_VALID BIT(0)
/* Only in entries without it: in others these bits are hardware's, or somebody else's. */
#define PTE_PARKED BIT(58)
#define PTE_HIDDEN BIT(59) /* a leaf that hardware must not see */

static inline bool pte_valid(pte_t pte)
{
	return pte.val & PTE_VALID;
}

/** pte_hidden() - a leaf that is invalid to hardware and keeps everything else. */
static inline bool pte_hidden(pte_t pte)
{
	return (pte.val & (PTE_VALID | PTE_HIDDEN)) == PTE_HIDDEN;
}

/** pte_reveal() - @val, which a leaf @old becomes, with the mark of a hidden one where it is that. */
static __force_inline u64 pte_reveal(pte_t old, u64 val)
{
	return (val & ~(old.val & PTE_VALID ? 0 : PTE_HIDDEN)) | (val & PTE_VALID ? 0 : PTE_HIDDEN);
}

/** pte_park() - the entry made invalid, to be made valid again by pte_unpark() and by nothing else. */
static inline pte_t pte_park(pte_t pte)
{
	return pte_make((pte.val & ~PTE_VALID) | PTE_PARKED);
}

static inline bool pte_parked(pte_t pte)
{
	return (pte.val & (PTE_VALID | PTE_PARKED)) == PTE_PARKED;
}

static inline pte_t pte_unpark(pte_t pte)
{
	return pte_make((pte.val & ~PTE_PARKED) | PTE_VALID);
}

#endif
