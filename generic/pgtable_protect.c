// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changing the attributes of what is mapped. */
#include "generic/pgtable_internal.h"
#include <asm/step.h>

#define PROTECT_MASK \
	(PGATTR_PERM_MASK | PGATTR_GLOBAL | PGATTR_SHARED | PGATTR_SOFT0 | PGATTR_SOFT1)

/**
 * struct protect - pgtable_protect() at work
 * @edges: the range, and while planning the edges that cut a leaf which changes
 * @apart: groups have to be taken apart, before the entries change each as a step of its own: so nobody
 *	sees a fault where a change of the group would need break-before-make
 * @shows: a hidden leaf becomes visible
 * @mixed: a table has entries of several kinds in the range
 * @uniform: it is known that none has
 * @low_level: lowest level of an entry that was broken and made again
 */
struct protect {
	struct pgtable_op op;
	struct split_edges edges;
	pgattr_t set;
	pgattr_t clear;
	bool apart;
	bool shows;
	bool mixed;
	bool uniform;
	unsigned int low_level;
};

/**
 * struct run - consecutive entries of a table that differ in nothing but their addresses
 * @first: the first one, in a table that is mapped
 * @nr: how many
 * @new: what the first one becomes: the same bits change in all of them
 * @attr: attributes of @new, and @step how it gets there; only where something changes
 * @pages: what they map, also beyond the range
 */
struct run {
	struct table_entry first;
	unsigned int nr;
	pte_t new;
	pgattr_t attr;
	enum pte_step step;
	struct page_range pages;
};

static pte_t protect_pte(const struct protect *p, pte_t pte, pgattr_t *attr)
{
	pgattr_t old = pte_attr(p->op.pt->g, pte);

	*attr = (old & ~p->clear) | p->set;
	return *attr == old ? pte : pte_with_attr(p->op.pt->g, pte, *attr);
}

static enum pte_step step_of(const struct protect *p, unsigned int level, pte_t old, pte_t new)
{
	const struct pgtable *pt = p->op.pt;

	return pt->live ? pte_step(pt->caps, pt->g, level, old, new) : PTE_STEP_WRITE;
}

/* @pte, the entry of @page, as one that is in no group. */
static pte_t single(const struct geometry *g, unsigned int level, pte_t pte, u64 page)
{
	return pte_at(g, level, pte, pte_leaf_phys(g, level, pte, page_address(g, page)));
}

/* Are groups to be taken apart before they change? */
static bool wants_apart(const struct protect *p, const struct run *run)
{
	const struct geometry *g = p->op.pt->g;
	unsigned int level = run->first.level;
	pgattr_t attr;
	pte_t alone;

	if (run->step != PTE_STEP_BREAK || !pte_contiguous(g, level, run->first.pte))
		return false;
	alone = single(g, level, run->first.pte, run->pages.start);
	return step_of(p, level, run->first.pte, alone) == PTE_STEP_INVALIDATE &&
	       step_of(p, level, alone, protect_pte(p, alone, &attr)) != PTE_STEP_BREAK;
}

/* How many of @nr entries are of one kind; a kind is all that is not address. */
static unsigned int count_alike(struct protect *p, const struct table_entry *first, unsigned int nr)
{
	unsigned int alike;

	if (nr == 1 || p->uniform)
		return nr;
	alike = mmu_same_entries(&first->t[first->index], ~pte_phys_mask(p->op.pt->g), nr);
	p->mixed |= alike < nr;
	return alike;
}

/* The entry of @page and those after it in the range that are like it. Return: does it change? */
static bool find_run(struct protect *p, u64 page, struct run *run)
{
	const struct geometry *g = p->op.pt->g;
	struct table_entry e = table_find(p->op.pt, page);
	unsigned int shift = level_page_shift(g, e.level);
	u64 in_range = ((p->edges.range.end - 1) >> shift) - (page >> shift) + 1;

	run->first = e;
	run->nr = count_alike(p, &e, (unsigned int)min_u64(e.nr, in_range));
	run->pages.start = align_down(page, BIT(shift));
	run->pages.end = run->pages.start + ((u64)run->nr << shift);
	if (!entry_maps(g, e.level, e.pte))
		return false;
	run->new = protect_pte(p, e.pte, &run->attr);
	run->step = step_of(p, e.level, e.pte, run->new);
	return run->new.val != e.pte.val;
}

/* What is done with a run that changes. */
typedef int (*run_fn)(struct protect *p, const struct run *run);

static int for_each_run(struct protect *p, run_fn fn)
{
	u64 page = p->edges.range.start;
	int err = 0;

	while (page < p->edges.range.end && !err) {
		struct run run;

		if (find_run(p, page, &run))
			err = fn(p, &run);
		table_unmap(p->op.pt, run.first.t);
		page = run.pages.end;
	}
	return err;
}

/*
 * May it change? A leaf that is cut will be single by then, whatever level its part is of, and a single
 * leaf's step does not depend on the level.
 */
static int check_run(struct protect *p, const struct run *run)
{
	const struct geometry *g = p->op.pt->g;
	unsigned int level = run->first.level;
	bool group = pte_contiguous(g, level, run->first.pte);
	u64 n = group ? group_pages(g, level) : level_pages(g, level);

	if (run->attr & PGATTR_WRITE && run->attr & PGATTR_EXEC)
		return -EINVAL;
	p->shows |= pte_hidden(run->first.pte) && !pte_hidden(run->new);
	p->edges.at_start |= align_down(run->pages.start, n) < p->edges.range.start;
	p->edges.at_end |= align_up(run->pages.end, n) > p->edges.range.end;
	p->apart |= wants_apart(p, run);
	return run->step == PTE_STEP_REFUSE ? -EPERM : 0;
}

static int take_apart(struct protect *p, const struct run *run)
{
	const struct geometry *g = p->op.pt->g;
	u64 page = run->pages.start;

	if (!wants_apart(p, run))
		return 0;
	for (unsigned int i = run->first.index; i < run->first.index + run->nr; i++) {
		table_set(run->first.t, i,
			  single(g, run->first.level, table_get(run->first.t, i), page));
		page += level_pages(g, run->first.level);
	}
	p->op.batch->resized = true;
	pgtable_op_changed(&p->op, run->pages, run->first.level);
	return 0;
}

/* Break-before-make: the entries are invalid until all that is to be invalidated is. */
static void park_run(struct protect *p, const struct run *run)
{
	u64 flip = run->first.pte.val ^ run->new.val;

	for (unsigned int i = run->first.index; i < run->first.index + run->nr; i++) {
		table_set(run->first.t, i,
			  pte_park(pte_make(table_get(run->first.t, i).val ^ flip)));
		pgtable_op_park(&p->op, run->first.table, i);
	}
	p->low_level = (unsigned int)min_u64(p->low_level, run->first.level);
}

/* The edges are split: all that changes lies in the range. */
static int change_run(struct protect *p, const struct run *run)
{
	if (run->step == PTE_STEP_BREAK)
		park_run(p, run);
	else
		mmu_flip_entries(&run->first.t[run->first.index], run->first.pte.val ^ run->new.val,
				 run->nr);
	if (run->step == PTE_STEP_INVALIDATE)
		p->op.batch->edited = true;
	if (run->step == PTE_STEP_BREAK || run->step == PTE_STEP_INVALIDATE)
		pgtable_op_changed(&p->op, run->pages, run->first.level);
	if (pte_hidden(run->first.pte) && !pte_hidden(run->new))
		pgtable_op_added(&p->op, run->pages, run->first.level);
	return 0;
}

/* Return: the tables that it takes, through @tables; 0 or what forbids it. */
static int plan(struct protect *p, u64 *tables)
{
	int err;

	p->apart = false;
	p->shows = false;
	p->edges.at_start = false;
	p->edges.at_end = false;
	*tables = 0;
	err = for_each_run(p, check_run);
	if (!err && (p->edges.at_start || p->edges.at_end))
		err = pgtable_plan_edges(p->op.pt, &p->edges, tables);
	return err;
}

/* An allocation may change the tree, so the plan is made again after it. */
static int reserve(struct protect *p)
{
	u64 tables;
	int err;

	for (;;) {
		err = plan(p, &tables);
		if (err || tables <= p->op.reserved)
			return err;
		err = pgtable_op_reserve(&p->op, tables);
		if (err)
			return err;
	}
}

static void take_groups_apart(struct protect *p)
{
	if (!p->apart)
		return;
	pgtable_op_before_resize(&p->op);
	for_each_run(p, take_apart);
}

/* Sizes are as they are to be. */
static void change(struct protect *p)
{
	pgtable_op_before_edit(&p->op);
	if (p->shows)
		pgtable_op_settle(&p->op, p->edges.range);
	for_each_run(p, change_run);
	if (p->op.nr_parked) {
		pgtable_op_unpark(&p->op);
		pgtable_op_added(&p->op, p->edges.range, p->low_level);
	}
}

/* The ordinary case: a range of one run that is changed in place. Return: whether it was that. */
static bool change_one_run(struct protect *p)
{
	struct run run;
	bool changes = find_run(p, p->edges.range.start, &run), one;

	one = run.pages.end >= p->edges.range.end &&
	      (!changes || (!check_run(p, &run) && run.step != PTE_STEP_BREAK &&
			    !p->edges.at_start && !p->edges.at_end));
	if (one && changes) {
		pgtable_op_before_edit(&p->op);
		if (p->shows)
			pgtable_op_settle(&p->op, p->edges.range);
		change_run(p, &run);
	}
	table_unmap(p->op.pt, run.first.t);
	return one;
}

/* Fill in @p but for its operation. */
static int protect_init(struct protect *p, struct pgtable *pt, virt_addr_t va, u64 size,
			pgattr_t set, pgattr_t clear)
{
	if (pgtable_check_range(pt->g, va, size, &p->edges.range) || (set | clear) & ~PROTECT_MASK)
		return -EINVAL;
	p->op.pt = pt;
	p->set = set;
	p->clear = clear;
	p->edges.at_start = false;
	p->edges.at_end = false;
	p->apart = false;
	p->shows = false;
	p->mixed = false;
	p->uniform = false;
	p->low_level = geometry_root_level(pt->g);
	return 0;
}

int pgtable_protect_plan(struct pgtable *pt, virt_addr_t va, u64 size, pgattr_t set, pgattr_t clear,
			 struct pgtable_plan *sum)
{
	struct protect p;
	u64 tables;
	int err = protect_init(&p, pt, va, size, set, clear);

	if (!err)
		err = plan(&p, &tables);
	if (err)
		return err;
	sum->tables += tables;
	sum->mixed |= p.mixed;
	sum->prepare |= p.edges.at_start || p.edges.at_end || p.apart || p.shows;
	return 0;
}

int pgtable_protect_planned(struct pgtable *pt, virt_addr_t va, u64 size, pgattr_t set,
			    pgattr_t clear, const struct pgtable_plan *sum)
{
	struct protect p;
	int err;

	if (sum->prepare)
		return pgtable_protect(pt, va, size, set, clear);
	err = protect_init(&p, pt, va, size, set, clear);
	if (err)
		return err;
	pgtable_op_begin(&p.op, pt);
	p.op.breaking = true;
	p.uniform = !sum->mixed;
	change(&p);
	return pgtable_op_end(&p.op, 0);
}

int pgtable_protect(struct pgtable *pt, virt_addr_t va, u64 size, pgattr_t set, pgattr_t clear)
{
	struct protect p;
	int err = protect_init(&p, pt, va, size, set, clear);

	if (err)
		return err;
	pgtable_op_begin(&p.op, pt);
	p.op.breaking = true;
	if (change_one_run(&p))
		return pgtable_op_end(&p.op, 0);
	err = reserve(&p);
	if (!err) {
		pgtable_split_edges(&p.op, &p.edges);
		take_groups_apart(&p);
		change(&p);
	}
	return pgtable_op_end(&p.op, err);
}
