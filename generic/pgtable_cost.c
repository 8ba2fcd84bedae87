// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a mapping will need, before it is made: arithmetic on the range, and for the tables that are
 * there already a look at them.
 */
#include "generic/pgtable_internal.h"

/* ---- which leaves ---- */

/* What GRT_MAP_SPLITTABLE stands for. */
static grt_attr_t live_limits(const struct grt_pgtable *pt)
{
	const struct grt_geometry *g = pt->g;
	pte_t block = pte_leaf(g, 1, 0, GRT_ATTR_KERNEL_RW);

	/* Where a block can be split live a group can be taken apart, which grt_protect() does. */
	if (pte_step(pt->caps, g, 1, block, pte_table(g, 0)) != PTE_STEP_INVALIDATE)
		return GRT_MAP_PAGES_ONLY | GRT_MAP_NO_CONT;
	return 0;
}

void leaf_rule_init(struct leaf_rule *rule, const struct grt_pgtable *pt, u64 offset,
		    grt_attr_t limits)
{
	const struct grt_geometry *g = pt->g;
	unsigned int shift = grt_geometry_page_shift(g), levels;

	*rule = (struct leaf_rule){ .g = g, .offset = offset, .limits = limits };
	if (limits & GRT_MAP_SPLITTABLE && pt->caps)
		limits |= live_limits(pt);
	levels = limits & GRT_MAP_PAGES_ONLY ? 1 : g->levels;
	for (unsigned int level = 0; level < levels; level++, shift += grt_geometry_index_bits(g)) {
		unsigned int cont = limits & GRT_MAP_NO_CONT ? 0 : g->cont_bits[level];

		if (level &&
		    (!grt_geometry_leaf_allowed(g, level) || !is_aligned(rule->offset, BIT(shift))))
			break;
		rule->max_level = (u8)level;
		if (cont && is_aligned(rule->offset, BIT(shift + cont)))
			rule->groups |= (u8)BIT(level);
	}
}

int grt_run_leaf(const struct grt_pgtable *pt, const struct grt_run *run, grt_virt_t va,
		 struct grt_leaf *leaf)
{
	struct leaf_rule rule = { .g = NULL };

	if (va - run->va >= run->size)
		return -EINVAL;
	leaf_rule_set(&rule, pt, run);
	*leaf = (struct grt_leaf){
		.attr = run->attr & ~(GRT_MAP_MASK | GRT_MAP_OLD | GRT_MAP_CLEAN),
		.state = (u8)pte_state(pgtable_leaf_entry(pt, 0, 0, run->attr)),
	};
	/* From the largest down; a group of a level is smaller than an entry of the next. */
	for (int level = rule.max_level; level >= 0; level--) {
		for (int group = rule.groups >> level & 1; group >= 0; group--) {
			leaf->level = (u8)level;
			leaf->contiguous = group;
			leaf->size = group ? grt_geometry_group_size(pt->g, leaf->level)
					   : grt_geometry_level_size(pt->g, leaf->level);
			leaf->va = align_down(va, leaf->size);
			leaf->pa = leaf->va + rule.offset;
			/* A group is made of leaves of its level, whichever block it lies in. */
			if (leaf->va >= run->va && leaf->va - run->va + leaf->size <= run->size)
				return 0;
		}
	}
	return -EINVAL;
}

/* Leaves of @level in [a, b), which is made of whole entries: single ones and groups. */
static void count_level(const struct leaf_rule *rule, unsigned int level, u64 a, u64 b,
			struct grt_cost *cost)
{
	u64 single, group = group_pages(rule->g, level), groups = 0;

	if (a >= b)
		return;
	single = (b - a) >> level_page_shift(rule->g, level);
	if (rule->groups & BIT(level) && align_up(a, group) < align_down(b, group))
		groups = (align_down(b, group) - align_up(a, group)) / group;
	cost->leaves[level][0] += single - (groups << rule->g->cont_bits[level]);
	cost->leaves[level][1] += groups;
}

/*
 * Leaves of [s, e) that are no larger than @top's. What level l + 1 covers is a hole in what level l
 * covers, so that each level is at most two runs.
 */
static void count_leaves(const struct leaf_rule *rule, unsigned int top, u64 s, u64 e,
			 struct grt_cost *cost)
{
	u64 hole_start = 0, hole_end = 0;

	for (int level = (int)top; level >= 0; level--) {
		u64 n = level_pages(rule->g, level), a = align_up(s, n), b = align_down(e, n);

		if (a >= b)
			continue;
		if (hole_start == hole_end) {
			count_level(rule, level, a, b, cost);
		} else {
			count_level(rule, level, a, hole_start, cost);
			count_level(rule, level, hole_end, b, cost);
		}
		hole_start = a;
		hole_end = b;
	}
}

/* ---- which tables ---- */

/* Tables of one level, numbered from address 0 up: how many, the first and the last. */
struct table_run {
	u64 nr;
	u64 first;
	u64 last;
};

/*
 * Tables of 1 << @shift pages that a mapping of [s, e) has: all that it touches; where there are larger
 * leaves only those that an end of the range cuts.
 */
static struct table_run tables_of(unsigned int shift, bool leaves_above, u64 s, u64 e)
{
	u64 mask = BIT(shift) - 1;
	struct table_run run = { 0, s >> shift, (e - 1) >> shift };

	if (!leaves_above) {
		run.nr = run.last - run.first + 1;
		return run;
	}
	if (!(s & mask))
		run.first = run.last;
	if (!(e & mask))
		run.last = run.first;
	if (s & mask || e & mask)
		run.nr = run.first == run.last ? 1 : 2;
	return run;
}

/* ---- adding up mappings ---- */

/* Tables only. */
static void count_from(struct grt_cost *cost, const struct grt_geometry *g,
		       const struct grt_pgtable *pt)
{
	cost->g = g;
	cost->pt = pt;
	cost->tables = 0;
	for (unsigned int level = 0; level < GRT_GEOMETRY_MAX_LEVELS; level++)
		cost->last_table[level] = 0;
}

/* New ones. Of those that mappings before this one need, only the last may be the first of them. */
static void add_tables(struct grt_cost *cost, const struct table_run *run, unsigned int level)
{
	if (!run->nr)
		return;
	cost->tables += run->nr - (cost->last_table[level] == run->first + 1);
	cost->last_table[level] = run->last + 1;
}

/* The tables of a mapping of [s, e) where tables of @top and above are there, and none below. */
static void add_tables_below(struct grt_cost *cost, const struct leaf_rule *rule, unsigned int top,
			     u64 s, u64 e)
{
	const unsigned int bits = grt_geometry_index_bits(rule->g);
	unsigned int shift = bits;

	for (unsigned int level = 0; level < top; level++, shift += bits) {
		struct table_run run = tables_of(shift, level < rule->max_level, s, e);

		add_tables(cost, &run, level);
	}
}

/* ---- against the tables that are there ---- */

/**
 * struct missing - a look for what a tree lacks
 * @cost: that is added to
 * @rule: of the mapping
 * @plan: what is mapped is in the way, and leaves are not counted; else it is passed over
 */
struct missing {
	struct grt_cost *cost;
	const struct leaf_rule *rule;
	bool plan;
};

/* Pages [s, e), where a table of @level has entries but no tables. */
static void add_gap(const struct missing *m, unsigned int level, u64 s, u64 e)
{
	if (s >= e)
		return;
	add_tables_below(m->cost, m->rule, level, s, e);
	if (!m->plan)
		count_leaves(m->rule, (unsigned int)min_u64(level, m->rule->max_level), s, e,
			     m->cost);
}

/*
 * In the tree: from one table to the next, what is mapped afresh is arithmetic. Return: false where
 * something is in the way.
 */
static bool add_missing(const struct missing *m, struct page_range range)
{
	u64 gap = range.start;
	struct cursor c;
	struct span s;
	bool ok = true;

	cursor_begin(&c, m->cost->pt, range);
	do {
		/* In a table of pages nothing is missing, and only a plan asks what is in the way. */
		while (ok && (c.level || m->plan) && cursor_next(&c, &s)) {
			if (pte_is_table(c.pt->g, s.level, s.first)) {
				cursor_enter(&c, &s);
				add_gap(m, s.level, gap, c.page);
				gap = c.page;
			} else if (s.first.val) {
				ok = !m->plan;
			}
		}
		add_gap(m, c.level, gap, c.at.end);
		gap = c.page = c.at.end;
	} while (ok && cursor_on(&c));
	cursor_end(&c);
	return ok;
}

void grt_cost_add(struct grt_cost *cost, const struct grt_run *run)
{
	const struct grt_pgtable none = { .g = cost->g };
	struct leaf_rule rule = { .g = NULL };
	const struct missing m = { .cost = cost, .rule = &rule };
	struct page_range r;

	if (cost->pt ? pgtable_check_range(cost->pt, run->va, run->size, &r)
		     : pgtable_pages(cost->g, run->va, run->size, &r))
		return;
	leaf_rule_set(&rule, cost->pt ? cost->pt : &none, run);
	if (cost->pt)
		add_missing(&m, r);
	else
		add_gap(&m, grt_geometry_root_level(cost->g), r.start, r.end);
}

static int check_run(const struct grt_pgtable *pt, const struct grt_run *run, struct page_range *r)
{
	const unsigned int shift = grt_geometry_page_shift(pt->g);
	const u64 last = run->size - 1;

	if (!run->size || (run->va | run->pa | run->size) & (BIT(shift) - 1) ||
	    !pgtable_serves(pt, run->va, run->va + last) || pgtable_check_attr(pt, run->attr))
		return -EINVAL;
	if (run->pa + last < run->pa || (run->pa + last) >> pt->g->pa_bits)
		return -ERANGE;
	r->start = run->va >> shift;
	r->end = r->start + (run->size >> shift);
	return 0;
}

/* The page up to which the entries of the root from that of page @s on are empty, if [s, e) is below it. */
static u64 bare_end(const struct grt_pgtable *pt, u64 s, u64 e)
{
	unsigned int level = grt_geometry_root_level(pt->g), shift = level_page_shift(pt->g, level);
	u64 n = ((e - 1) >> shift) - (s >> shift) + 1, *t = table_map(pt, pt->root);
	bool empty = empty_entries(t + page_index(pt->g, level, s), n) == n;

	table_unmap(pt, t);
	return empty ? ((s >> shift) + n) << shift : 0;
}

int pgtable_plan_runs(const struct grt_pgtable *pt, const struct grt_run *runs, unsigned int nr,
		      struct leaf_rule *rule, struct map_plan *plan)
{
	const struct missing m = { .cost = &plan->cost, .rule = rule, .plan = true };
	const unsigned int root = grt_geometry_root_level(pt->g);
	struct page_range r = { 0, 0 };
	bool all_bare = true;
	u64 bare = 0, end = 0;

	count_from(&plan->cost, pt->g, pt);
	rule->g = NULL;
	for (const struct grt_run *run = runs; run < runs + nr; run++) {
		int err = check_run(pt, run, &r);

		if (err)
			return err;
		if (r.start < end)
			return -EINVAL;
		end = r.end;
		if (end > bare)
			bare = bare_end(pt, r.start, end);
		leaf_rule_set(rule, pt, run);
		if (bare) {
			add_tables_below(&plan->cost, rule, root, r.start, end);
			continue;
		}
		all_bare = false;
		if (!add_missing(&m, r))
			return -EEXIST;
		if (pgtable_limits_refuse(pt, r, run->attr))
			return -EPERM;
	}
	plan->bare = all_bare;
	plan->span =
		(struct page_range){ nr ? runs->va >> grt_geometry_page_shift(pt->g) : 0, end };
	return 0;
}
