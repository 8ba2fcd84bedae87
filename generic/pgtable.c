// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A tree of tables: its beginning and end, and what all operations on it share. */
#include <asm/regime.h>
#include "generic/pgtable_internal.h"

static int set_up(struct pgtable *pt, const struct pgtable_config *c)
{
	const struct pgtable_ops *ops = c->ops;

	if (!c->g || !c->caps || !ops || !ops->alloc || !ops->free || !(ops->map || ops->offset) ||
	    !regime_exists(c->g, &c->regime) || !arch_domain_complete(c->domain))
		return -EINVAL;
	*pt = (struct pgtable){
		.g = c->g,
		.caps = c->caps,
		.regime = c->regime,
		.root = PHYS_NONE,
		.ops = ops,
		.ctx = c->ctx,
		.domain = c->domain,
		.spare = PHYS_NONE,
	};
	return 0;
}

int pgtable_init(struct pgtable *pt, const struct pgtable_config *config)
{
	u64 *root;

	if (set_up(pt, config))
		return -EINVAL;
	pt->root = pt->ops->alloc(pt);
	if (pt->root == PHYS_NONE)
		return -ENOMEM;
	root = table_map(pt, pt->root);
	mmu_fill_entries(root, 0, 0, geometry_entries(pt->g, geometry_root_level(pt->g)));
	table_unmap(pt, root);
	pt->tables = 1;
	return 0;
}

/** struct entries - those of a table from @first to before @end. */
struct entries {
	unsigned int first;
	unsigned int end;
};

/* Of the root those of the half that the tree serves: the others are somebody else's. */
static struct entries own_entries(const struct pgtable *pt, unsigned int level)
{
	unsigned int n = geometry_entries(pt->g, level);
	struct entries all = { 0, n };

	if (level < geometry_root_level(pt->g) || pt->g->upper_bits == pt->g->va_bits)
		return all;
	all.first = pt->regime.half & REGIME_LOWER ? 0 : n / 2;
	all.end = pt->regime.half & REGIME_UPPER ? n : n / 2;
	return all;
}

/* Count @table and those below it, at most @max in the whole tree. */
static int count_tables(struct pgtable *pt, unsigned int level, phys_addr_t table, u64 max)
{
	struct entries own = own_entries(pt, level);
	int err = 0;
	u64 *t;

	if (table >> pt->g->pa_bits || !is_aligned(table, geometry_page_size(pt->g)) ||
	    (pt->ops->contains && !pt->ops->contains(pt, table)))
		return -EINVAL;
	if (pt->tables == max)
		return -E2BIG;
	pt->tables++;
	t = table_map(pt, table);
	for (unsigned int i = own.first; level && i < own.end && !err; i++) {
		pte_t pte = table_get(t, i);

		if (pte_is_table(pt->g, level, pte))
			err = count_tables(pt, level - 1, pte_table_phys(pt->g, pte), max);
	}
	table_unmap(pt, t);
	return err;
}

int pgtable_adopt(struct pgtable *pt, const struct pgtable_config *config, phys_addr_t root,
		  u64 max_tables)
{
	int err = set_up(pt, config);

	if (!err)
		err = count_tables(pt, geometry_root_level(pt->g), root, max_tables);
	if (err)
		return err;
	pt->root = root;
	pt->live = true;
	return 0;
}

static void destroy_table(struct pgtable *pt, unsigned int level, phys_addr_t table)
{
	struct entries own = own_entries(pt, level);
	u64 *t = table_map(pt, table);

	for (unsigned int i = own.first; level && i < own.end; i++) {
		pte_t pte = table_get(t, i);

		if (pte_is_table(pt->g, level, pte))
			destroy_table(pt, level - 1, pte_table_phys(pt->g, pte));
	}
	table_unmap(pt, t);
	pt->ops->free(pt, table);
	pt->tables--;
}

void pgtable_destroy(struct pgtable *pt)
{
	destroy_table(pt, geometry_root_level(pt->g), pt->root);
	pt->root = PHYS_NONE;
}

void pgtable_batch_begin(struct pgtable *pt, struct tlb_batch *batch)
{
	tlb_batch_init(batch);
	pt->batch = batch;
}

int pgtable_batch_commit(struct pgtable *pt)
{
	struct tlb_batch *batch = pt->batch;

	pt->batch = NULL;
	return tlb_batch_commit(pt, batch);
}

/* ---- chains of table pages ---- */

void pgtable_chain_push(struct pgtable *pt, phys_addr_t *head, phys_addr_t table)
{
	u64 *t = table_map(pt, table);

	mmu_store_entry(t, *head == PHYS_NONE ? CHAIN_END : *head);
	table_unmap(pt, t);
	*head = table;
}

phys_addr_t pgtable_chain_pop(struct pgtable *pt, phys_addr_t *head)
{
	phys_addr_t table = *head;
	u64 *t = table_map(pt, table);
	u64 next = mmu_load_entry(t);

	table_unmap(pt, t);
	*head = next == CHAIN_END ? PHYS_NONE : next;
	return table;
}

/* ---- an operation ---- */

/* One that was put aside for this, or a new one. */
static phys_addr_t table_alloc(struct pgtable *pt)
{
	if (!pt->spares)
		return pt->ops->alloc(pt);
	pt->spares--;
	return pgtable_chain_pop(pt, &pt->spare);
}

int pgtable_op_reserve(struct pgtable_op *op, u64 tables)
{
	const struct pgtable_ops *ops = op->pt->ops;
	u64 turn = op->pt->turn;

	if (tables <= op->reserved)
		return 0;
	/* Where it is sure that they can be had later, no page is touched before it is filled. */
	if (ops->available) {
		if (ops->available(op->pt) + op->pt->spares < tables)
			return -ENOMEM;
		op->reserved = tables;
	}
	while (op->reserved < tables) {
		phys_addr_t table = table_alloc(op->pt);

		if (table == PHYS_NONE)
			return -ENOMEM;
		if (op->nr_ready < OP_READY)
			op->ready[op->nr_ready++] = table;
		else
			pgtable_chain_push(op->pt, &op->reserve, table);
		op->reserved++;
	}
	return op->pt->turn == turn ? 0 : -EAGAIN;
}

int pgtable_reserve(struct pgtable *pt, u64 tables)
{
	if (!pt->spares)
		pt->spare = PHYS_NONE;
	while (pt->spares < tables) {
		phys_addr_t table = pt->ops->alloc(pt);

		if (table == PHYS_NONE) {
			pgtable_unreserve(pt);
			return -ENOMEM;
		}
		pgtable_chain_push(pt, &pt->spare, table);
		pt->spares++;
	}
	return 0;
}

void pgtable_unreserve(struct pgtable *pt)
{
	for (; pt->spares; pt->spares--)
		pt->ops->free(pt, pgtable_chain_pop(pt, &pt->spare));
}

phys_addr_t pgtable_op_take(struct pgtable_op *op)
{
	op->reserved--;
	op->pt->tables++;
	if (op->nr_ready)
		op->last = op->ready[--op->nr_ready];
	else if (op->reserve != PHYS_NONE)
		op->last = pgtable_chain_pop(op->pt, &op->reserve);
	else
		op->last = table_alloc(op->pt);
	return op->last;
}

phys_addr_t pgtable_op_take_run(struct pgtable_op *op, u64 *nr)
{
	struct pgtable *pt = op->pt;
	phys_addr_t first;

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

void pgtable_op_drop(struct pgtable_op *op, phys_addr_t table)
{
	op->pt->tables--;
	op->batch->nonleaf = true;
	pgtable_chain_push(op->pt, &op->batch->free_list, table);
}

void pgtable_op_park(struct pgtable_op *op, phys_addr_t table, unsigned int index)
{
	struct parked_run *run = &op->parked[op->nr_parked];

	if (op->nr_parked && run[-1].table == table && run[-1].first + run[-1].nr == (int)index) {
		run[-1].nr++;
		return;
	}
	if (op->nr_parked == PARKED_RUNS) {
		pgtable_op_unpark(op);
		run = op->parked;
	}
	*run = (struct parked_run){ .table = table, .first = (u16)index, .nr = 1 };
	op->nr_parked++;
}

static void unpark_run(struct pgtable *pt, const struct parked_run *run)
{
	u64 *t = table_map(pt, run->table);

	for (unsigned int i = run->first; i < run->first + (unsigned int)run->nr; i++)
		table_set(t, i, pte_unpark(table_get(t, i)));
	table_unmap(pt, t);
}

void pgtable_op_hold(struct pgtable_op *op, phys_addr_t table)
{
	struct tlb_batch *batch = op->batch;

	op->pt->tables--;
	batch->nonleaf = true;
	batch->held[batch->nr_held++] = table;
	if (batch->nr_held == TLB_BATCH_HELD)
		pgtable_op_commit(op);
}

void pgtable_op_unpark(struct pgtable_op *op)
{
	if (!op->nr_parked)
		return;
	if (op->breaking)
		pgtable_op_commit(op);
	else
		mmu_order_tables();
	for (unsigned int i = 0; i < op->nr_parked; i++)
		unpark_run(op->pt, &op->parked[i]);
	op->nr_parked = 0;
}

void pgtable_op_settle(struct pgtable_op *op, struct page_range r)
{
	if (op->pt->live && tlb_batch_overlaps(op->batch, page_address(op->pt->g, r.start),
					       page_last(op->pt->g, r.end)))
		pgtable_op_commit(op);
}

void pgtable_op_give_back(struct pgtable_op *op)
{
	while (op->nr_ready)
		op->pt->ops->free(op->pt, op->ready[--op->nr_ready]);
	while (op->reserve != PHYS_NONE)
		op->pt->ops->free(op->pt, pgtable_chain_pop(op->pt, &op->reserve));
}
