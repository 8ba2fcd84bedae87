/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* An operation: run dry, given the tables that it needs, and run. */
#ifndef GENERIC_PGTABLE_OP_H
#define GENERIC_PGTABLE_OP_H

#include <backend/tlb.h>
#include "generic/chain.h"
#include "generic/pgtable_entry.h"

/* What the splits at both ends of a range may need. */
#define OP_READY (2 * GRT_GEOMETRY_MAX_LEVELS)
#define PARKED_SPANS (2 * GRT_GEOMETRY_MAX_LEVELS)

/** struct parked_span - entries of a live table that wait to be made valid; see generic/gate.h. */
struct parked_span {
	grt_phys_t table;
	u16 first;
	u16 nr;
};

/**
 * struct pgtable_op - an operation
 * @batch: the open batch of the tree, or @local
 * @dry: it stores nothing, and adds up in
 * @needed: the tables that it would take
 * @ready: tables that were allocated and not used yet, @nr_ready of them, and
 * @reserve: a chain of those for which there was no room
 * @last: the table that was taken last
 * @reserved: how many, or how many the provider is sure to have
 * @parked: entries that become valid at the next gate_open()
 * @broken: from the first to the last of them that replace a valid entry, which must be invalidated before
 *	(break-before-make); empty where none does
 * @commit_err: what a commit on the way returned
 */
struct pgtable_op {
	struct grt_pgtable *pt;
	struct grt_tlb_batch *batch;
	bool dry;
	u64 needed;
	grt_phys_t ready[OP_READY];
	unsigned int nr_ready;
	grt_phys_t reserve;
	grt_phys_t last;
	u64 reserved;
	unsigned int nr_parked;
	struct page_range broken;
	int commit_err;
	struct parked_span parked[PARKED_SPANS];
	struct grt_tlb_batch local;
};

static inline void pgtable_op_begin(struct pgtable_op *op, struct grt_pgtable *pt)
{
	op->pt = pt;
	pt->changes++;
	op->batch = pt->batch;
	op->dry = false;
	op->nr_ready = 0;
	op->reserve = GRT_PHYS_NONE;
	op->reserved = 0;
	op->nr_parked = 0;
	op->broken.end = 0;
	op->commit_err = 0;
	if (op->batch) {
		op->dry = op->batch->dry;
	} else {
		op->batch = &op->local;
		tlb_batch_init(&op->local);
	}
}

/**
 * pgtable_op_reserve() - have at least @tables tables in reserve
 *
 * Return: 0; -ENOMEM; -EAGAIN with the tables in reserve, where the provider has changed the tree
 * meanwhile: what was found dry may hold no longer.
 */
int pgtable_op_reserve(struct pgtable_op *op, u64 tables);

/** pgtable_op_take_other() - where none is ready. */
grt_phys_t pgtable_op_take_other(struct pgtable_op *op);

/** pgtable_op_take() - a table from the reserve, now in use; dry, 0. */
static inline grt_phys_t pgtable_op_take(struct pgtable_op *op)
{
	if (op->dry) {
		op->needed++;
		return 0;
	}
	op->reserved--;
	op->pt->tables++;
	op->last = op->nr_ready ? op->ready[--op->nr_ready] : pgtable_op_take_other(op);
	return op->last;
}

/**
 * pgtable_op_take_run() - tables that follow one another, in physical memory and as table_map() sees them
 * @nr: how many at most; set to how many they are, at least 1
 */
grt_phys_t pgtable_op_take_run(struct pgtable_op *op, u64 *nr);

/** pgtable_op_drop() - a table that was unlinked: freed after the invalidation. */
void pgtable_op_drop(struct pgtable_op *op, grt_phys_t table);

/**
 * pgtable_op_hold() - likewise, while what it maps stays mapped: it is not written before (rule C3)
 * @leaf: physical address of the entry that maps it now
 */
void pgtable_op_hold(struct pgtable_op *op, grt_phys_t table, grt_phys_t leaf);

/** pgtable_op_commit() - in the middle of an operation: commit what is pending, and go on. */
static inline void pgtable_op_commit(struct pgtable_op *op)
{
	int err = tlb_batch_commit(op->pt, op->batch);

	op->commit_err = err ? err : op->commit_err;
}

/** pgtable_op_give_back() - tables that were reserved and not used. */
void pgtable_op_give_back(struct pgtable_op *op);

/** pgtable_op_end() - give the rest of the reserve back; commit, unless a batch is open. @err or -EIO. */
static inline int pgtable_op_end(struct pgtable_op *op, int err)
{
	if (op->nr_ready || op->reserve != GRT_PHYS_NONE)
		pgtable_op_give_back(op);
	if (op->batch == &op->local)
		pgtable_op_commit(op);
	return err ? err : op->commit_err;
}

/**
 * pgtable_op_run() - begin an operation, run it dry, reserve, run it, end
 * @fn: does it. Dry it finds what forbids it; not dry it can't fail but where fencing other CPUs does
 *
 * Where the provider changes the tree while it makes tables, it is run dry again. Return: of @fn; -ENOMEM.
 */
int pgtable_op_run(struct pgtable_op *op, struct grt_pgtable *pt, int (*fn)(struct pgtable_op *op));

/** pgtable_op_batch() - operations on the tree are part of this one, until its batch is taken away again. */
static inline void pgtable_op_batch(struct pgtable_op *op)
{
	if (op->batch == &op->local)
		op->local.dry = op->local.in_place = op->local.alike = false;
	op->pt->batch = op->batch;
}

#endif
