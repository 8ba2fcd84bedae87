/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the files of the page-table engine share: an operation from its plan to its commit, and its parts. */
#ifndef GENERIC_PGTABLE_INTERNAL_H
#define GENERIC_PGTABLE_INTERNAL_H

#include <graticule/pgtable.h>
#include <graticule/tlb.h>
#include "generic/pgtable_entry.h"

/*
 * Chains of table pages through their first word. A page that was unlinked may still be walked: both a
 * page-aligned address and CHAIN_END are invalid as entries.
 */
#define CHAIN_END 2ULL

void pgtable_chain_push(struct pgtable *pt, phys_addr_t *head, phys_addr_t table);
phys_addr_t pgtable_chain_pop(struct pgtable *pt, phys_addr_t *head);

/* ---- an operation ---- */

/* What the splits at both ends of a range may need. */
#define OP_READY (2 * GEOMETRY_MAX_LEVELS)
#define PARKED_RUNS (2 * GEOMETRY_MAX_LEVELS)

/** struct parked_run - consecutive entries of a live table that wait to be made valid. */
struct parked_run {
	phys_addr_t table;
	u16 first;
	u16 nr;
};

/**
 * struct pgtable_op - an operation from its plan to its commit
 * @batch: the open batch of the table, or @local
 * @ready: tables that were allocated and not used yet, @nr_ready of them, and
 * @reserve: a chain of those for which there was no room
 * @last: the table that was taken last
 * @reserved: how many, or how many the provider is sure to have
 * @parked: entries that become valid at the next pgtable_op_unpark()
 * @commit_err: what a commit on the way returned
 * @breaking: they replace valid entries, which must be invalidated before (break-before-make)
 */
struct pgtable_op {
	struct pgtable *pt;
	struct tlb_batch *batch;
	phys_addr_t ready[OP_READY];
	unsigned int nr_ready;
	phys_addr_t reserve;
	phys_addr_t last;
	u64 reserved;
	unsigned int nr_parked;
	bool breaking;
	int commit_err;
	struct parked_run parked[PARKED_RUNS];
	struct tlb_batch local;
};

static inline void pgtable_op_begin(struct pgtable_op *op, struct pgtable *pt)
{
	op->pt = pt;
	pt->turn++;
	op->batch = pt->batch;
	op->nr_ready = 0;
	op->reserve = PHYS_NONE;
	op->reserved = 0;
	op->nr_parked = 0;
	op->breaking = false;
	op->commit_err = 0;
	if (!op->batch) {
		op->batch = &op->local;
		tlb_batch_init(&op->local);
	}
}

/**
 * pgtable_op_reserve() - have at least @tables tables in reserve
 *
 * Return: 0; -ENOMEM; -EAGAIN with the tables in reserve, where the provider has changed the tree
 * meanwhile: the plan has to be made again.
 */
int pgtable_op_reserve(struct pgtable_op *op, u64 tables);

/** pgtable_op_take() - a table from the reserve, now in use. */
phys_addr_t pgtable_op_take(struct pgtable_op *op);

/**
 * pgtable_op_take_run() - tables that follow one another, in physical memory and as table_map() sees them
 * @nr: how many at most; set to how many they are, at least 1
 */
phys_addr_t pgtable_op_take_run(struct pgtable_op *op, u64 *nr);

/** pgtable_op_drop() - a table that was unlinked: freed after the invalidation. */
void pgtable_op_drop(struct pgtable_op *op, phys_addr_t table);

/** pgtable_op_hold() - likewise, while what it maps stays mapped: it is not written before (rule C3). */
void pgtable_op_hold(struct pgtable_op *op, phys_addr_t table);

/** pgtable_op_park() - entry @index of @table was stored parked, and becomes valid later. */
void pgtable_op_park(struct pgtable_op *op, phys_addr_t table, unsigned int index);

/** pgtable_op_unpark() - make the parked entries valid, after the barrier or invalidation that it needs. */
void pgtable_op_unpark(struct pgtable_op *op);

/** pgtable_op_commit() - in the middle of an operation: commit what is pending, and go on. */
static inline void pgtable_op_commit(struct pgtable_op *op)
{
	int err = tlb_batch_commit(op->pt, op->batch);

	op->commit_err = err ? err : op->commit_err;
}

/** pgtable_op_before_resize() - sizes change next: commit what must not be pending then. */
static inline void pgtable_op_before_resize(struct pgtable_op *op)
{
	if (op->batch->edited && !pte_resize_may_wait(op->pt->caps))
		pgtable_op_commit(op);
}

/** pgtable_op_before_edit() - attributes change next: likewise. */
static inline void pgtable_op_before_edit(struct pgtable_op *op)
{
	if (op->batch->resized && !pte_resize_may_wait(op->pt->caps))
		pgtable_op_commit(op);
}

/** pgtable_op_settle() - entries in @r become valid: commit what is pending if it may concern them. */
void pgtable_op_settle(struct pgtable_op *op, struct page_range r);

/** pgtable_op_changed() - valid entries of @level in @r changed. */
static inline void pgtable_op_changed(struct pgtable_op *op, struct page_range r,
				      unsigned int level)
{
	if (op->pt->live)
		tlb_batch_change(op->batch, page_address(op->pt->g, r.start),
				 page_last(op->pt->g, r.end), level);
}

/** pgtable_op_added() - entries of @level in @r became valid. */
static inline void pgtable_op_added(struct pgtable_op *op, struct page_range r, unsigned int level)
{
	if (op->pt->live)
		tlb_batch_add(op->batch, page_address(op->pt->g, r.start),
			      page_last(op->pt->g, r.end), level);
}

/** pgtable_op_give_back() - tables that were reserved and not used. */
void pgtable_op_give_back(struct pgtable_op *op);

/** pgtable_op_end() - give the rest of the reserve back; commit, unless a batch is open. @err or -EIO. */
static inline int pgtable_op_end(struct pgtable_op *op, int err)
{
	if (op->nr_ready || op->reserve != PHYS_NONE)
		pgtable_op_give_back(op);
	if (op->batch == &op->local)
		pgtable_op_commit(op);
	return err ? err : op->commit_err;
}

/* ---- shared by several operations ---- */

/** pgtable_pages() - @va and @size as pages. Return: 0 or -EINVAL. */
static __force_inline int pgtable_pages(const struct geometry *g, virt_addr_t va, u64 size,
					struct page_range *r)
{
	unsigned int shift = geometry_page_shift(g);
	virt_addr_t last = va + size - 1;

	if (!size || !is_aligned(va | size, geometry_page_size(g)) || last < va)
		return -EINVAL;
	r->start = va >> shift;
	r->end = (last >> shift) + 1;
	return 0;
}

/** pgtable_check_range() - likewise, and in the half that the tree serves. */
static __force_inline int pgtable_check_range(const struct pgtable *pt, virt_addr_t va, u64 size,
					      struct page_range *r)
{
	return regime_serves(pt->g, &pt->regime, va, va + size - 1)
		       ? pgtable_pages(pt->g, va, size, r)
		       : -EINVAL;
}

/**
 * pgtable_check_attr() - 0, or -EINVAL for what no mapping may be
 *
 * No architecture has one that can be written and not read; execute-only is not offered.
 */
static inline int pgtable_check_attr(const struct pgtable *pt, pgattr_t attr)
{
	if (pgattr_refused(pt, attr) || !(attr & PGATTR_READ) ||
	    (attr & PGATTR_MEM_MASK) == PGATTR_MEM_MASK)
		return -EINVAL;
	return 0;
}

/**
 * struct leaf_rule - how pgtable_map() chooses leaves
 * @set: the rest is for a mapping that came before
 * @offset: physical minus virtual address, modulo 2^64
 * @limits: PGMAP_*
 * @max_level: largest leaf that alignment of one to the other, geometry and limits allow
 * @groups: bit l is set where groups of level l are allowed
 */
struct leaf_rule {
	bool set;
	const struct geometry *g;
	u64 offset;
	pgattr_t limits;
	u8 max_level;
	u8 groups;
};

void leaf_rule_init(struct leaf_rule *rule, const struct geometry *g, u64 offset, pgattr_t limits);

/** leaf_rule_set() - for another mapping, which has the same rule if offset and limits are the same. */
static inline void leaf_rule_set(struct leaf_rule *rule, const struct geometry *g, virt_addr_t va,
				 phys_addr_t pa, pgattr_t attr)
{
	pgattr_t limits = attr & (PGMAP_PAGES_ONLY | PGMAP_NO_CONT);

	if (!rule->set || rule->offset != pa - va || rule->limits != limits)
		leaf_rule_init(rule, g, pa - va, limits);
}

/**
 * struct map_plan - what pgtable_map_runs() needs to know
 * @rule: of the last run
 * @cost: its tables only
 * @span: from the first page of the first run to the last of the last; empty where there is none
 * @bare: no entry of the root that the runs need is in use
 */
struct map_plan {
	struct leaf_rule rule;
	struct pgtable_cost cost;
	struct page_range span;
	bool bare;
};

/** pgtable_plan_runs() - Return: what pgtable_map_runs() would return, -ENOMEM apart. */
int pgtable_plan_runs(const struct pgtable *pt, const struct pgtable_run *runs, unsigned int nr,
		      struct map_plan *plan);

/** pgtable_empty_entries() - entries from @index on, @max at most, that hold nothing at all. */
unsigned int pgtable_empty_entries(const u64 *t, unsigned int index, u64 max);

/**
 * pgtable_fill_leaves() - write @n consecutive leaves, one addition per entry wherever the format allows
 * @entry: the first, @index in its table; @n is not 0
 * @like: a leaf of any level with the attributes
 * @pa: physical address of the first
 * @groups: aligned runs become contiguous groups; @pa is congruent to @index then
 */
void pgtable_fill_leaves(const struct geometry *g, u64 *entry, unsigned int level,
			 unsigned int index, pte_t like, phys_addr_t pa, unsigned int n,
			 bool groups);

/**
 * struct leaf_entry - where a page is translated
 * @table: table that holds the entry, mapped by nobody
 * @unit: pages of the leaf, or of its contiguous group
 */
struct leaf_entry {
	phys_addr_t table;
	pte_t pte;
	u8 level;
	struct page_range unit;
};

/** pgtable_find_leaf() - Return: true with @leaf, maybe a hidden one, filled in where @page is mapped. */
bool pgtable_find_leaf(const struct pgtable *pt, u64 page, struct leaf_entry *leaf);

/**
 * struct split_edge - one end of a range
 * @cut: a leaf, or a group, reaches over it
 * @level: its level
 * @pte: an entry of it, or another one of the same kind
 */
struct split_edge {
	bool cut;
	u8 level;
	pte_t pte;
};

/** struct split_edges - where leaves have to be split. */
struct split_edges {
	struct page_range range;
	struct split_edge start;
	struct split_edge end;
};

/** pgtable_find_edges() - find the leaves that reach over the edges of @range. */
void pgtable_find_edges(const struct pgtable *pt, struct page_range range,
			struct split_edges *edges);

/** pgtable_plan_edges() - Return: the tables that the splits need, through @tables; 0 or -EPERM. */
int pgtable_plan_edges(const struct pgtable *pt, const struct split_edges *edges, u64 *tables);

/**
 * pgtable_ungroup() - @n entries of contiguous groups, from @index on, as single leaves
 * @page: that the first of them maps
 */
void pgtable_ungroup(const struct geometry *g, u64 *t, unsigned int level, unsigned int index,
		     u64 page, unsigned int n);

/** pgtable_cut_leaf() - split @leaf where its parts, or those of its group, reach over the edges. */
void pgtable_cut_leaf(struct pgtable_op *op, const struct leaf_entry *leaf,
		      const struct split_edges *edges);

/** pgtable_split_edges() - find the leaves, and do it. */
void pgtable_split_edges(struct pgtable_op *op, const struct split_edges *edges);

/* ---- pgtable_protect() of what is not one leaf, generic/pgtable_protect.c ---- */

#define PGATTR_PROTECT_MASK \
	(PGATTR_PERM_MASK | PGATTR_GLOBAL | PGATTR_SHARED | PGATTR_SOFT0 | PGATTR_SOFT1)

int pgtable_protect_runs(struct pgtable *pt, virt_addr_t va, u64 size, pgattr_t set,
			 pgattr_t clear);

/** pgtable_plan_protect_runs() - as pgtable_protect_plan(). */
int pgtable_plan_protect_runs(struct pgtable *pt, virt_addr_t va, u64 size, pgattr_t set,
			      pgattr_t clear, struct pgtable_plan *sum);

/** pgtable_protect_runs_in_place() - a plan says so; @uniform: and that no table has leaves of two kinds. */
int pgtable_protect_runs_in_place(struct pgtable *pt, virt_addr_t va, u64 size, pgattr_t set,
				  pgattr_t clear, bool uniform);

#endif
