/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What grt_map() would do, for tests that decide by what it costs. */
#ifndef TESTS_DRY_MAP_H
#define TESTS_DRY_MAP_H

#include <graticule/pgtable.h>
#include <graticule/tlb.h>

/* Return: what grt_map() would return; then @cost is what it needs, counted in both ways. */
static inline int dry_map(struct grt_pgtable *pt, const struct grt_run *run, struct grt_cost *cost)
{
	struct grt_tlb_batch batch, *open = pt->batch;
	int err;

	grt_batch_dry(pt, &batch);
	err = grt_map(pt, run->va, run->pa, run->size, run->attr);
	assert_int_equal(grt_batch_commit(pt), 0);
	pt->batch = open;
	*cost = (struct grt_cost){ .g = pt->g, .pt = pt };
	if (err)
		return err;
	grt_cost_add(cost, run);
	assert_int_equal(cost->tables, batch.tables);
	return 0;
}

#endif
