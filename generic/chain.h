/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Chains of table pages through their first word. A page that was unlinked may still be walked: both a
 * page-aligned address and CHAIN_END are invalid as entries.
 */
#ifndef GENERIC_CHAIN_H
#define GENERIC_CHAIN_H

#include <graticule/pgtable.h>

#define CHAIN_END 2ULL

/** pgtable_chain_push() - @table goes in front; an empty chain is GRT_PHYS_NONE. */
void pgtable_chain_push(struct grt_pgtable *pt, grt_phys_t *head, grt_phys_t table);

/** pgtable_chain_pop() - take the first one out of a chain that is not empty. */
grt_phys_t pgtable_chain_pop(struct grt_pgtable *pt, grt_phys_t *head);

#endif
