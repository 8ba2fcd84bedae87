/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* An entry as a value of a type of its own, for every architecture's asm/pte.h. */
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

#endif
