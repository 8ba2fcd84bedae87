// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "generic/chain.h"
#include "generic/pgtable_entry.h"

void pgtable_chain_push(struct grt_pgtable *pt, grt_phys_t *head, grt_phys_t table)
{
	u64 *t = table_map(pt, table);

	mmu_store_entry(t, *head == GRT_PHYS_NONE ? CHAIN_END : *head);
	table_unmap(pt, t);
	*head = table;
}

grt_phys_t pgtable_chain_pop(struct grt_pgtable *pt, grt_phys_t *head)
{
	grt_phys_t table = *head;
	u64 *t = table_map(pt, table);
	u64 next = mmu_load_entry(t);

	table_unmap(pt, t);
	*head = next == CHAIN_END ? GRT_PHYS_NONE : next;
	return table;
}
