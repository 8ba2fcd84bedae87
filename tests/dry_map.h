/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What pgtable_map() would do, for tests that decide by what it costs. */
#ifndef TESTS_DRY_MAP_H
#define TESTS_DRY_MAP_H

#include <graticule/pgtable.h>
#include <graticule/tlb.h>

/* Return: what pgtable_map() would return; then @cost is what it needs, counted in both ways. */
static inline int dry_map(struct pgtable *pt, const struct pgtable_run *run,
			  struct pgtable_cost *cost)
{
	struct tlb_batch batch, *open = pt->batch;
	int err;

	pgtable_batch_dry(pt, &batch);
	err = pgtable_map(pt, run->va, run->pa, run->size, run->attr);
	assert_int_equal(pgtable_batch_commit(pt), 0);
	pt->batch = open;
	*cost = (struct pgtable_cost){ .g = pt->g, .pt = pt };
	if (err)
		return err;
	pgtable_cost_add(cost, run);
	assert_int_equal(cost->tables, batch.tables);
	return 0;
}

#endif
