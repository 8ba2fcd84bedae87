/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the files of the page-table engine share.
 *
 * Ranges are half open and counted in pages of the geometry, so that a range that ends at 2^64 is
 * nothing special. Functions that work on one table take the part of the range that lies in it.
 */
#ifndef GENERIC_PGTABLE_INTERNAL_H
#define GENERIC_PGTABLE_INTERNAL_H

#include <graticule/pgtable.h>
#include <graticule/tlb.h>
#include <asm/mmu_ops.h>
#include <asm/pte.h>

/** struct page_range - pages [@start, @end). */
struct page_range {
	u64 start;
	u64 end;
};

/* ---- geometry in pages ---- */

static inline unsigned int level_page_shift(const struct geometry *g, unsigned int level)
{
	return level * geometry_index_bits(g);
}

/** level_pages() - pages that an entry of @level maps. */
static inline u64 level_pages(const struct geometry *g, unsigned int level)
{
	return BIT(level_page_shift(g, level));
}

/** group_pages() - pages of a contiguous group of @level, or of an entry where it has none. */
static inline u64 group_pages(const struct geometry *g, unsigned int level)
{
	return level_pages(g, level) << g->cont_bits[level];
}

static inline unsigned int page_index(const struct geometry *g, unsigned int level, u64 page)
{
	return (unsigned int)(page >> level_page_shift(g, level)) &
	       (geometry_entries(g, level) - 1);
}

static inline virt_addr_t page_address(const struct geometry *g, u64 page)
{
	return page << geometry_page_shift(g);
}

/** page_last() - the last address before page @end. */
static inline virt_addr_t page_last(const struct geometry *g, u64 end)
{
	return page_address(g, end) - 1;
}

/** entry_end() - the first page of @r beyond the entry of @level that holds @page. */
static inline u64 entry_end(const struct geometry *g, unsigned int level, u64 page, u64 end)
{
	return min_u64(end, align_down(page, level_pages(g, level)) + level_pages(g, level));
}

/* ---- access to tables ---- */

static inline u64 *table_map(const struct pgtable *pt, phys_addr_t table)
{
	return pt->ops->map(pt, table);
}

static inline void table_unmap(const struct pgtable *pt, u64 *table)
{
	if (pt->ops->unmap)
		pt->ops->unmap(pt, table);
}

static inline pte_t table_get(const u64 *table, unsigned int index)
{
	return pte_make(mmu_load_entry(&table[index]));
}

static inline void table_set(u64 *table, unsigned int index, pte_t pte)
{
	mmu_store_entry(&table[index], pte.val);
}

/**
 * struct table_entry - the entry of a page, as far down as there are tables
 * @table: the table that holds it, and @t where that is mapped
 * @nr: entries from it to the end of the table
 */
struct table_entry {
	phys_addr_t table;
	u64 *t;
	unsigned int level;
	unsigned int index;
	unsigned int nr;
	pte_t pte;
};

/** table_find() - the entry of @page; the caller unmaps its table. The way down, at its shortest. */
static inline struct table_entry table_find(const struct pgtable *pt, u64 page)
{
	const struct geometry *g = pt->g;
	unsigned int bits = geometry_index_bits(g), level = geometry_root_level(g);
	unsigned int shift = level * bits, entries = 1U << g->root_bits, index;
	phys_addr_t table = pt->root;
	pte_t pte;
	u64 *t;

	for (;; level--, shift -= bits, entries = 1U << bits) {
		t = table_map(pt, table);
		index = (unsigned int)(page >> shift) & (entries - 1);
		pte = table_get(t, index);
		if (!pte_is_table(g, level, pte))
			break;
		table_unmap(pt, t);
		table = pte_table_phys(g, pte);
	}
	return (struct table_entry){ table, t, level, index, entries - index, pte };
}

/** entry_maps() - a leaf, which hardware translates with or which is hidden from it. */
static inline bool entry_maps(const struct geometry *g, unsigned int level, pte_t pte)
{
	return pte_is_leaf(g, level, pte) || pte_hidden(pte);
}

/*
 * Chains of table pages through their first word. A page that was unlinked may still be walked: both a
 * page-aligned address and CHAIN_END are invalid as entries.
 */
#define CHAIN_END 2ULL

void pgtable_chain_push(struct pgtable *pt, phys_addr_t *head, phys_addr_t table);
phys_addr_t pgtable_chain_pop(struct pgtable *pt, phys_addr_t *head);

/* ---- an operation ---- */

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
 * @reserve: chain of tables that were allocated and not used yet
 * @reserved: how many, or how many the provider is sure to have
 * @parked: entries that become valid at the next pgtable_op_unpark()
 * @commit_err: what a commit on the way returned
 * @breaking: they replace valid entries, which must be invalidated before (break-before-make)
 */
struct pgtable_op {
	struct pgtable *pt;
	struct tlb_batch *batch;
	phys_addr_t reserve;
	u64 reserved;
	unsigned int nr_parked;
	bool breaking;
	int commit_err;
	struct parked_run parked[PARKED_RUNS];
	struct tlb_batch local;
};

void pgtable_op_begin(struct pgtable_op *op, struct pgtable *pt);

/** pgtable_op_reserve() - have at least @tables tables in reserve. Return: 0 or -ENOMEM. */
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

/** pgtable_op_before_resize() - sizes change next: commit what must not be pending then. */
void pgtable_op_before_resize(struct pgtable_op *op);

/** pgtable_op_before_edit() - attributes change next: likewise. */
void pgtable_op_before_edit(struct pgtable_op *op);

/** pgtable_op_settle() - entries in @r become valid: commit what is pending if it may concern them. */
void pgtable_op_settle(struct pgtable_op *op, struct page_range r);

/** pgtable_op_changed() - valid entries of @level in @r changed. */
void pgtable_op_changed(struct pgtable_op *op, struct page_range r, unsigned int level);

/** pgtable_op_added() - entries of @level in @r became valid. */
void pgtable_op_added(struct pgtable_op *op, struct page_range r, unsigned int level);

/** pgtable_op_end() - give the rest of the reserve back; commit, unless a batch is open. @err or -EIO. */
int pgtable_op_end(struct pgtable_op *op, int err);

/* ---- shared by several operations ---- */

/** pgtable_check_range() - @va and @size as pages in one half of the regime. Return: 0 or -EINVAL. */
int pgtable_check_range(const struct geometry *g, virt_addr_t va, u64 size, struct page_range *r);

/** pgtable_check_attr() - 0, or -EINVAL for what no mapping may be. */
int pgtable_check_attr(pgattr_t attr);

/**
 * struct leaf_rule - how pgtable_map() chooses leaves
 * @offset: physical minus virtual address, modulo 2^64
 * @max_level: largest leaf that alignment of one to the other, geometry and limits allow
 * @groups: bit l is set where groups of level l are allowed
 */
struct leaf_rule {
	const struct geometry *g;
	u64 offset;
	u8 max_level;
	u8 groups;
};

void leaf_rule_init(struct leaf_rule *rule, const struct geometry *g, virt_addr_t va,
		    phys_addr_t pa, pgattr_t attr);

/**
 * pgtable_plan_runs() - what pgtable_map_runs() needs: its tables only, in @cost
 * @span: from the first page of the first run to the last of the last; empty where there is none
 *
 * Return: what it would return, -ENOMEM apart.
 */
int pgtable_plan_runs(const struct pgtable *pt, pgtable_run_fn next, const void *arg,
		      struct pgtable_cost *cost, struct page_range *span);

/** pgtable_single_run() - the pgtable_run_fn of the one run that @arg points to. */
bool pgtable_single_run(const void *arg, u64 *cursor, struct pgtable_run *run);

/** pgtable_empty_entries() - entries from @index on, @max at most, that hold nothing at all. */
unsigned int pgtable_empty_entries(const u64 *t, unsigned int index, u64 max);

/**
 * pgtable_fill_leaves() - write @n leaves into consecutive entries
 * @table: first entry of the table
 * @like: a leaf of any level with the attributes
 * @pa: physical address of the first
 * @groups: make aligned runs contiguous groups; @pa is congruent then
 */
void pgtable_fill_leaves(const struct geometry *g, u64 *table, unsigned int level,
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
 * struct split_edges - where leaves have to be split: at the start and the end of a range
 * @range: the range
 * @at_start: a leaf reaches over its start; likewise @at_end
 */
struct split_edges {
	struct page_range range;
	bool at_start;
	bool at_end;
};

/** pgtable_find_edges() - find the leaves that reach over the edges of @range. */
void pgtable_find_edges(const struct pgtable *pt, struct page_range range,
			struct split_edges *edges);

/** pgtable_plan_edges() - Return: the tables that the splits need, through @tables; 0 or -EPERM. */
int pgtable_plan_edges(const struct pgtable *pt, const struct split_edges *edges, u64 *tables);

/** pgtable_split_edges() - do it. */
void pgtable_split_edges(struct pgtable_op *op, const struct split_edges *edges);

#endif
