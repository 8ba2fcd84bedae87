// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changing the attributes of what is mapped: any range, whatever has to be done before. */
#include "generic/pgtable_internal.h"

/**
 * struct run - consecutive entries of a table that differ in nothing but their addresses
 * @first: the first one, in a table that is mapped
 * @nr: how many
 * @changes: they become something else
 * @new: what the first one becomes: the same bits change in all of them
 * @step: how it gets there
 * @pages: what they map, also beyond the range
 */
struct run {
	struct table_entry first;
	unsigned int nr;
	bool changes;
	pte_t new;
	enum pte_step step;
	struct page_range pages;
};

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

/* Are groups to be taken apart before they change? */
static bool wants_apart(const struct protect *p, const struct run *run)
{
	const struct geometry *g = p->op.pt->g;
	unsigned int level = run->first.level;
	pte_t alone;

	if (run->step != PTE_STEP_BREAK || !pte_contiguous(g, level, run->first.pte))
		return false;
	alone = pte_single(g, level, run->first.pte, run->pages.start);
	return pgtable_step(p->op.pt, level, run->first.pte, alone) == PTE_STEP_INVALIDATE &&
	       pgtable_step(p->op.pt, level, alone, pte_edit(g, alone, p->set, p->clear)) !=
		       PTE_STEP_BREAK;
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

/* The entry of @page and those after it in the range that are like it. */
static void find_run(struct protect *p, u64 page, struct run *run)
{
	const struct geometry *g = p->op.pt->g;
	struct table_entry e = table_find(p->op.pt, page);
	unsigned int shift = level_page_shift(g, e.level);
	u64 in_range = ((p->edges.range.end - 1) >> shift) - (page >> shift) + 1;

	run->first = e;
	run->nr = count_alike(p, &e, (unsigned int)min_u64(e.nr, in_range));
	run->pages.start = page >> shift << shift;
	run->pages.end = run->pages.start + ((u64)run->nr << shift);
	run->new = pte_edit(g, e.pte, p->set, p->clear);
	run->changes = (run->new.val != e.pte.val) && entry_maps(g, e.level, e.pte);
	run->step = run->changes ? pgtable_step(p->op.pt, e.level, e.pte, run->new) : PTE_STEP_NONE;
}

/* What is done with a run that changes. */
typedef int (*run_fn)(struct protect *p, const struct run *run);

static int for_each_run(struct protect *p, run_fn fn)
{
	u64 page = p->edges.range.start;
	int err = 0;

	while (page < p->edges.range.end && !err) {
		struct run run;

		find_run(p, page, &run);
		if (run.changes)
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
	const struct page_range *r = &p->edges.range;
	unsigned int level = run->first.level;
	u64 n = level_pages(g, level);

	if (p->set & (PGATTR_WRITE | PGATTR_EXEC) &&
	    pgattr_refused(p->op.pt, pte_attr(g, run->new)))
		return -EINVAL;
	if (run->step == PTE_STEP_REFUSE)
		return -EPERM;
	p->shows |= pte_hidden(run->first.pte) && !pte_hidden(run->new);
	if (pte_contiguous(g, level, run->first.pte)) {
		n <<= g->cont_bits[level];
		p->apart |= wants_apart(p, run);
	}
	if (align_down(run->pages.start, n) < r->start)
		p->edges.start = (struct split_edge){ true, (u8)level, run->first.pte };
	if (align_up(run->pages.end, n) > r->end)
		p->edges.end = (struct split_edge){ true, (u8)level, run->first.pte };
	return 0;
}

static int take_apart(struct protect *p, const struct run *run)
{
	const struct table_entry *e = &run->first;

	if (!wants_apart(p, run))
		return 0;
	pgtable_ungroup(p->op.pt->g, e->t, e->level, e->index, run->pages.start, run->nr);
	p->op.batch->resized = true;
	pgtable_op_changed(&p->op, run->pages, e->level);
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
	p->mixed = false;
	p->edges.start.cut = false;
	p->edges.end.cut = false;
	*tables = 0;
	err = for_each_run(p, check_run);
	if (!err && (p->edges.start.cut || p->edges.end.cut))
		err = pgtable_plan_edges(p->op.pt, &p->edges, tables);
	return err;
}

static int reserve(struct protect *p)
{
	u64 tables;
	int err;

	do {
		err = plan(p, &tables);
		if (!err)
			err = pgtable_op_reserve(&p->op, tables);
	} while (err == -EAGAIN);
	return err;
}

/* Nothing changes its size. */
static bool in_place(const struct protect *p)
{
	return !p->edges.start.cut && !p->edges.end.cut && !p->apart;
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

static int begin(struct protect *p, struct pgtable *pt, virt_addr_t va, u64 size, pgattr_t set,
		 pgattr_t clear)
{
	if (pgtable_check_range(pt, va, size, &p->edges.range) ||
	    (set | clear) & ~PGATTR_PROTECT_MASK)
		return -EINVAL;
	pgtable_op_begin(&p->op, pt);
	p->op.breaking = true;
	p->set = set;
	p->clear = clear;
	p->apart = false;
	p->shows = false;
	p->mixed = false;
	p->uniform = false;
	p->low_level = geometry_root_level(pt->g);
	return 0;
}

int pgtable_plan_protect_runs(struct pgtable *pt, virt_addr_t va, u64 size, pgattr_t set,
			      pgattr_t clear, struct pgtable_plan *sum)
{
	struct protect p;
	u64 tables;
	int err = begin(&p, pt, va, size, set, clear);

	if (!err)
		err = plan(&p, &tables);
	if (err)
		return err;
	sum->tables += tables;
	sum->mixed |= p.mixed;
	sum->prepare |= !in_place(&p) || p.shows;
	return 0;
}

int pgtable_protect_runs(struct pgtable *pt, virt_addr_t va, u64 size, pgattr_t set, pgattr_t clear)
{
	struct protect p;
	int err = begin(&p, pt, va, size, set, clear);

	if (err)
		return err;
	err = reserve(&p);
	if (!err) {
		pgtable_split_edges(&p.op, &p.edges);
		take_groups_apart(&p);
		p.uniform = !p.mixed && in_place(&p);
		change(&p);
	}
	return pgtable_op_end(&p.op, err);
}

int pgtable_protect_runs_in_place(struct pgtable *pt, virt_addr_t va, u64 size, pgattr_t set,
				  pgattr_t clear, bool uniform)
{
	struct protect p;
	int err = begin(&p, pt, va, size, set, clear);

	if (err)
		return err;
	p.uniform = uniform;
	change(&p);
	return pgtable_op_end(&p.op, 0);
}
