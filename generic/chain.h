/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Chains of table pages through their first word. A page that was unlinked may still be walked: both a
 * page-aligned address and CHAIN_END are invalid as entries.
 */
#ifndef GENERIC_CHAIN_H
#define GENERIC_CHAIN_H

#include <graticule/pgtable.h>

#define CHAIN_END 2ULL

/** pgtable_chain_push() - @table goes in front; an empty chain is PHYS_NONE. */
void pgtable_chain_push(struct pgtable *pt, phys_addr_t *head, phys_addr_t table);

/** pgtable_chain_pop() - take the first one out of a chain that is not empty. */
phys_addr_t pgtable_chain_pop(struct pgtable *pt, phys_addr_t *head);

#endif
