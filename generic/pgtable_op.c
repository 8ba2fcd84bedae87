// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "generic/pgtable_op.h"

/* One that was put aside for this, or a new one. */
static grt_phys_t table_alloc(struct grt_pgtable *pt)
{
	if (!pt->spares)
		return pt->ops->alloc(pt);
	pt->spares--;
	return pgtable_chain_pop(pt, &pt->spare);
}

int pgtable_op_reserve(struct pgtable_op *op, u64 tables)
{
	struct grt_pgtable *pt = op->pt;
	const struct grt_pgtable_ops *ops = pt->ops;
	u64 changes = pt->changes;

	if (tables <= op->reserved)
		return 0;
	/* Where it is sure that they can be had later, no page is touched before it is filled. */
	if (ops->available) {
		if (ops->available(pt) + pt->spares < tables)
			return -ENOMEM;
		op->reserved = tables;
	}
	while (op->reserved < tables) {
		grt_phys_t table = table_alloc(pt);

		if (table == GRT_PHYS_NONE)
			return -ENOMEM;
		if (op->nr_ready < OP_READY)
			op->ready[op->nr_ready++] = table;
		else
			pgtable_chain_push(pt, &op->reserve, table);
		op->reserved++;
	}
	return pt->changes == changes ? 0 : -EAGAIN;
}

int pgtable_op_run(struct pgtable_op *op, struct grt_pgtable *pt, int (*fn)(struct pgtable_op *op))
{
	int err;

	if (pt->fixed)
		return -EOPNOTSUPP;
	pgtable_op_begin(op, pt);
	do {
		op->dry = true;
		op->needed = 0;
		err = fn(op);
		if (!err && pt->batch && pt->batch->dry) {
			pt->batch->tables += op->needed;
			return 0;
		}
		op->dry = false;
		if (!err)
			err = pgtable_op_reserve(op, op->needed);
	} while (err == -EAGAIN);
	if (!err)
		err = fn(op);
	return pgtable_op_end(op, err);
}

grt_phys_t pgtable_op_take_other(struct pgtable_op *op)
{
	if (op->reserve != GRT_PHYS_NONE)
		return pgtable_chain_pop(op->pt, &op->reserve);
	return table_alloc(op->pt);
}

grt_phys_t pgtable_op_take_run(struct pgtable_op *op, u64 *nr)
{
	struct grt_pgtable *pt = op->pt;
	grt_phys_t first;

	*nr = min_u64(*nr, op->reserved);
	if (!pt->ops->alloc_run || pt->spares || op->nr_ready) {
		*nr = 1;
		return pgtable_op_take(op);
	}
	first = pt->ops->alloc_run(pt, nr);
	op->reserved -= *nr;
	pt->tables += *nr;
	return first;
}

void pgtable_op_drop(struct pgtable_op *op, grt_phys_t table)
{
	op->pt->tables--;
	pgtable_chain_push(op->pt, &op->batch->free_list, table);
}

void pgtable_op_hold(struct pgtable_op *op, grt_phys_t table, grt_phys_t leaf)
{
	struct grt_tlb_batch *batch = op->batch;

	op->pt->tables--;
	batch->held[batch->nr_held].table = table;
	batch->held[batch->nr_held++].leaf = leaf;
	if (batch->nr_held == GRT_TLB_BATCH_HELD)
		pgtable_op_commit(op);
}

void pgtable_op_give_back(struct pgtable_op *op)
{
	while (op->nr_ready)
		op->pt->ops->free(op->pt, op->ready[--op->nr_ready]);
	while (op->reserve != GRT_PHYS_NONE)
		op->pt->ops->free(op->pt, pgtable_chain_pop(op->pt, &op->reserve));
}

/* ---- several operations as one ---- */

static void open_batch(struct grt_pgtable *pt, struct grt_tlb_batch *batch, bool dry)
{
	tlb_batch_init(batch);
	batch->tables = 0;
	batch->dry = dry;
	batch->in_place = dry;
	batch->alike = dry;
	pt->batch = batch;
}

void grt_batch_begin(struct grt_pgtable *pt, struct grt_tlb_batch *batch)
{
	open_batch(pt, batch, false);
}

void grt_batch_dry(struct grt_pgtable *pt, struct grt_tlb_batch *batch)
{
	open_batch(pt, batch, true);
}

static void free_spares(struct grt_pgtable *pt)
{
	for (; pt->spares; pt->spares--)
		pt->ops->free(pt, pgtable_chain_pop(pt, &pt->spare));
}

int grt_batch_run(struct grt_pgtable *pt)
{
	struct grt_tlb_batch *batch = pt->batch;

	if (!pt->spares)
		pt->spare = GRT_PHYS_NONE;
	for (; pt->spares < batch->tables; pt->spares++) {
		grt_phys_t table = pt->ops->alloc(pt);

		if (table == GRT_PHYS_NONE)
			return -ENOMEM;
		pgtable_chain_push(pt, &pt->spare, table);
	}
	batch->dry = false;
	return 0;
}

int grt_batch_commit(struct grt_pgtable *pt)
{
	struct grt_tlb_batch *batch = pt->batch;

	free_spares(pt);
	pt->batch = NULL;
	return tlb_batch_commit(pt, batch);
}
