// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Rebuilding the tables of a range with single pages, off to the side, and linking them in one go. */
#include <graticule/pgtable_swap.h>
#include "generic/build.h"
#include "generic/pgtable_internal.h"

/**
 * struct rebuild - new tables at work
 * @range: what is to be in pages
 * @dry: only count
 * @tables: how many tables it takes
 */
struct rebuild {
	struct pgtable_op op;
	struct page_range range;
	bool dry;
	u64 tables;
};

static bool overlaps(const struct rebuild *b, u64 start, u64 nr)
{
	return start < b->range.end && start + nr > b->range.start;
}

static phys_addr_t new_table(struct rebuild *b)
{
	b->tables++;
	return b->dry ? 0 : pgtable_op_take(&b->op);
}

/* Tables below an entry of @level whose pages are all in a range: in pages of tables of each level. */
static u64 tables_below(const struct geometry *g, unsigned int level)
{
	u64 n = 0;

	for (unsigned int l = 1; l <= level; l++)
		n += level_pages(g, level) >> level_page_shift(g, l);
	return n;
}

static void fill(const struct rebuild *b, u64 *t, unsigned int level, pte_t like, phys_addr_t pa,
		 unsigned int from, unsigned int to, bool groups)
{
	const struct geometry *g = b->op.pt->g;

	struct span s = { .entry = t + from, .level = level, .index = from, .nr = to - from };

	if (t && from < to)
		build_leaves(g, &s,
			     pte_at(g, level, like,
				    pa + ((u64)from << geometry_level_shift(g, level))),
			     groups);
}

/*
 * A table of @level for what the leaf @like, of the level above, maps from page @start on: single pages
 * in the range, the largest leaves and groups around it.
 */
static phys_addr_t table_of_leaf(struct rebuild *b, unsigned int level, pte_t like, phys_addr_t pa,
				 u64 start)
{
	const struct geometry *g = b->op.pt->g;
	unsigned int n = geometry_entries(g, level), shift = level_page_shift(g, level);
	u64 low = max_u64(b->range.start, start),
	    high = min_u64(b->range.end, start + ((u64)n << shift));
	unsigned int first = (unsigned int)((low - start) >> shift);
	unsigned int end = (unsigned int)((high - 1 - start) >> shift) + 1;
	unsigned int group = 1U << g->cont_bits[level];
	unsigned int group_first = first & -group, group_end = (end + group - 1) & -group;
	phys_addr_t table;
	u64 *t;

	if (b->dry && low == start && high == start + ((u64)n << shift)) {
		b->tables += tables_below(g, level + 1);
		return 0;
	}
	table = new_table(b);
	t = b->dry ? NULL : table_map(b->op.pt, table);
	fill(b, t, level, like, pa, 0, group_first, group > 1);
	fill(b, t, level, like, pa, group_first, level ? first : end, false);
	for (unsigned int i = first; level && i < end; i++) {
		phys_addr_t to = pa + ((u64)i << geometry_level_shift(g, level));
		phys_addr_t below = table_of_leaf(b, level - 1, pte_at(g, level, like, to), to,
						  start + ((u64)i << shift));

		if (t)
			table_set(t, i, pte_table(g, below));
	}
	fill(b, t, level, like, pa, end, group_end, false);
	fill(b, t, level, like, pa, group_end, n, group > 1);
	if (t)
		table_unmap(b->op.pt, t);
	return table;
}

static bool changes(struct rebuild *b, unsigned int level, pte_t pte, u64 page);

/* Is there anything but single pages in the part of a table that lies in the range? */
static bool table_changes(struct rebuild *b, unsigned int level, phys_addr_t table, u64 start)
{
	const struct geometry *g = b->op.pt->g;
	u64 *t = table_map(b->op.pt, table);
	bool found = false;

	for (unsigned int i = 0; i < geometry_entries(g, level) && !found; i++)
		found = changes(b, level, table_get(t, i), start + i * level_pages(g, level));
	table_unmap(b->op.pt, t);
	return found;
}

/* Does the entry of @level that maps from @page on become another one? */
static bool changes(struct rebuild *b, unsigned int level, pte_t pte, u64 page)
{
	const struct geometry *g = b->op.pt->g;
	u64 group = group_pages(g, level);

	if (pte_is_table(g, level, pte))
		return overlaps(b, page, level_pages(g, level)) &&
		       table_changes(b, level - 1, pte_table_phys(g, pte), page);
	if (!entry_maps(g, level, pte))
		return false;
	if (pte_contiguous(g, level, pte))
		return overlaps(b, align_down(page, group), group);
	return level && overlaps(b, page, level_pages(g, level));
}

static phys_addr_t copy_table(struct rebuild *b, unsigned int level, phys_addr_t table, u64 start);

/* What the entry of @level that maps from @page on becomes. */
static pte_t rebuilt(struct rebuild *b, unsigned int level, pte_t pte, u64 page)
{
	const struct geometry *g = b->op.pt->g;
	phys_addr_t pa;

	if (!changes(b, level, pte, page))
		return pte;
	if (pte_is_table(g, level, pte))
		return pte_table(g, copy_table(b, level - 1, pte_table_phys(g, pte), page));
	pa = pte_leaf_phys(g, level, pte, page_address(g, page));
	pte = pte_at(g, level, pte, pa);
	if (!level || !overlaps(b, page, level_pages(g, level)))
		return pte;
	return pte_table(g, table_of_leaf(b, level - 1, pte, pa, page));
}

static phys_addr_t copy_table(struct rebuild *b, unsigned int level, phys_addr_t table, u64 start)
{
	const struct geometry *g = b->op.pt->g;
	phys_addr_t copy = new_table(b);
	u64 *from = table_map(b->op.pt, table), *to = b->dry ? NULL : table_map(b->op.pt, copy);

	for (unsigned int i = 0; i < geometry_entries(g, level); i++) {
		pte_t pte =
			rebuilt(b, level, table_get(from, i), start + i * level_pages(g, level));

		if (to)
			table_set(to, i, pte);
	}
	if (to)
		table_unmap(b->op.pt, to);
	table_unmap(b->op.pt, from);
	return copy;
}

/* ---- the run of entries ---- */

/*
 * The lowest table that holds all of the range, and the run of its entries, groups whole. Return: false where
 * the entries have to stay as they are, because other roots have them as well.
 */
static bool find_table(const struct pgtable *pt, const struct page_range *r,
		       struct pgtable_swap *swap)
{
	const struct geometry *g = pt->g;
	unsigned int level = geometry_root_level(g);
	phys_addr_t table = pt->root;
	bool kept = false;
	u64 group;

	for (; level; level--) {
		unsigned int index = page_index(g, level, r->start);
		u64 *t = table_map(pt, table);
		pte_t pte = table_get(t, index);

		table_unmap(pt, t);
		kept = pte_is_table(g, level, pte) && pte_kept(pte);
		if (index != page_index(g, level, r->end - 1) || !pte_is_table(g, level, pte))
			break;
		table = pte_table_phys(g, pte);
	}
	group = group_pages(g, level);
	swap->table = table;
	swap->level = (u8)level;
	swap->start = align_down(r->start, group);
	swap->end = align_up(r->end, group);
	swap->first = (u16)page_index(g, level, swap->start);
	swap->nr = (u16)((swap->end - swap->start) >> level_page_shift(g, level));
	return !kept;
}

/* Go through the entries of the run; with @next, store what becomes of them. */
static bool rebuild_run(struct rebuild *b, struct pgtable_swap *swap, u64 *next)
{
	struct pgtable *pt = b->op.pt;
	u64 *t = table_map(pt, swap->table), page = swap->start;
	bool any = false;

	swap->breaking = false;
	for (unsigned int i = swap->first; i < swap->first + (unsigned int)swap->nr; i++) {
		pte_t old = table_get(t, i), new;

		any |= changes(b, swap->level, old, page);
		new = rebuilt(b, swap->level, old, page);
		page += level_pages(pt->g, swap->level);
		if (!next)
			continue;
		table_set(next, i, new);
		switch (pte_step(pt->caps, pt->g, swap->level, old, new)) {
		case PTE_STEP_BREAK:
		case PTE_STEP_REFUSE:
			swap->breaking = true;
			break;
		default:
			break;
		}
	}
	table_unmap(pt, t);
	return any;
}

static void rebuild_begin(struct rebuild *b, struct pgtable *pt, const struct pgtable_swap *swap,
			  bool dry)
{
	pgtable_op_begin(&b->op, pt);
	b->range = (struct page_range){ swap->range_start, swap->range_end };
	b->dry = dry;
	b->tables = 0;
}

int pgtable_swap_begin(struct pgtable *pt, virt_addr_t va, u64 size, struct pgtable_swap *swap)
{
	struct page_range r;
	struct rebuild b;

	if (pgtable_check_range(pt, va, size, &r))
		return -EINVAL;
	*swap = (struct pgtable_swap){ .range_start = r.start, .range_end = r.end };
	if (!find_table(pt, &r, swap))
		return -EINVAL;
	rebuild_begin(&b, pt, swap, true);
	if (!rebuild_run(&b, swap, NULL))
		return -ENOENT;
	swap->tables = (s64)b.tables;
	return 0;
}

static int reserve(struct rebuild *b, struct pgtable_swap *swap)
{
	int err;

	do {
		b->tables = 0;
		rebuild_run(b, swap, NULL);
		err = pgtable_op_reserve(&b->op, b->tables);
	} while (err == -EAGAIN);
	return err;
}

int pgtable_swap_build(struct pgtable *pt, struct pgtable_swap *swap, phys_addr_t next)
{
	struct rebuild b;
	u64 *entries;
	int err;

	rebuild_begin(&b, pt, swap, true);
	err = reserve(&b, swap);
	if (err)
		return pgtable_op_end(&b.op, err);
	b.dry = false;
	b.tables = 0;
	swap->next = next;
	entries = table_map(pt, next);
	rebuild_run(&b, swap, entries);
	table_unmap(pt, entries);
	mmu_order_tables();
	swap->tables = (s64)b.tables;
	swap->built = true;
	return pgtable_op_end(&b.op, 0);
}

/* ---- replacing ---- */

static void run_batch(const struct pgtable *pt, const struct pgtable_swap *swap,
		      struct tlb_batch *batch)
{
	virt_addr_t start = page_address(pt->g, swap->start), last = page_last(pt->g, swap->end);

	tlb_batch_init(batch);
	tlb_batch_change(batch, start, last, 0);
	tlb_batch_add(batch, start, last, 0);
	batch->nonleaf = true;
	batch->linked = true;
}

/* Make the entries that change invalid; they keep what they were for exchange_run(). */
static void break_run(const struct pgtable_swap *swap, u64 *table, const u64 *next)
{
	for (unsigned int i = swap->first; i < swap->first + (unsigned int)swap->nr; i++) {
		pte_t old = table_get(table, i);

		if (old.val != table_get(next, i).val)
			table_set(table, i, pte_park(old));
	}
}

static void exchange_run(const struct pgtable_swap *swap, u64 *table, u64 *next)
{
	for (unsigned int i = swap->first; i < swap->first + (unsigned int)swap->nr; i++) {
		pte_t old = table_get(table, i), new = table_get(next, i);

		if (old.val == new.val)
			continue;
		table_set(table, i, new);
		table_set(next, i, pte_parked(old) ? pte_unpark(old) : old);
	}
}

void pgtable_swap_commit(struct pgtable *pt, struct pgtable_swap *swap, u64 *table, u64 *next)
{
	struct tlb_batch batch;

	swap->committed = true;
	if (swap->breaking) {
		break_run(swap, table, next);
		run_batch(pt, swap, &batch);
		swap->err = tlb_batch_commit(pt, &batch);
		tlb_batch_add(&batch, page_address(pt->g, swap->start), page_last(pt->g, swap->end),
			      0);
		batch.linked = true;
	} else {
		run_batch(pt, swap, &batch);
	}
	exchange_run(swap, table, next);
	if (tlb_batch_commit(pt, &batch))
		swap->err = -EIO;
}

/* ---- the end ---- */

/* Free the tables below @gone that are not below @kept, the entry that has its place. */
static void free_below(struct pgtable *pt, unsigned int level, pte_t gone, pte_t kept)
{
	bool table_kept = pte_is_table(pt->g, level, kept);
	phys_addr_t table;
	u64 *t, *k = NULL;

	if (gone.val == kept.val || !pte_is_table(pt->g, level, gone))
		return;
	table = pte_table_phys(pt->g, gone);
	t = table_map(pt, table);
	if (table_kept)
		k = table_map(pt, pte_table_phys(pt->g, kept));
	for (unsigned int i = 0; level > 1 && i < geometry_entries(pt->g, level - 1); i++)
		free_below(pt, level - 1, table_get(t, i), k ? table_get(k, i) : pte_make(0));
	if (k)
		table_unmap(pt, k);
	table_unmap(pt, t);
	pt->ops->free(pt, table);
	pt->tables--;
}

static u64 free_run(struct pgtable *pt, const struct pgtable_swap *swap)
{
	u64 *t = table_map(pt, swap->table), *next = table_map(pt, swap->next), before = pt->tables;

	for (unsigned int i = swap->first; i < swap->first + (unsigned int)swap->nr; i++)
		free_below(pt, swap->level, table_get(next, i), table_get(t, i));
	table_unmap(pt, next);
	table_unmap(pt, t);
	return before - pt->tables;
}

int pgtable_swap_end(struct pgtable *pt, struct pgtable_swap *swap)
{
	/* A CPU that was not fenced may still walk the old tables. */
	if (swap->built && !swap->err)
		swap->tables -= (s64)free_run(pt, swap);
	return swap->err;
}
