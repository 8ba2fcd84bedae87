// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What grt_cost_add() and a dry grt_map() say that mappings need, against what they take: in every
 * layout, in trees that are filled in many ways. The reference is the engine itself at work on the same
 * tables without their leaves, so that nothing is in the way there.
 */
#include "tests/host/engine_arena.h"
#include "tests/dry_map.h"
#include "tests/host/random.h"

#define TREES 30
#define PROBES 30
#define MAX_RUNS 4
#define MAX_TABLES 200
#define MAX_NR_LEAVES 20000

static struct tables t, bare;

static u64 pages_of(u64 bytes)
{
	return bytes >> t.g.page_shift;
}

static grt_virt_t address(u64 page)
{
	return page << t.g.page_shift;
}

/* ---- ranges ---- */

/* The top of the address space: some entries of the largest level that may be a leaf. */
static u64 playground(u64 *start)
{
	unsigned int top = grt_geometry_root_level(&t.g);
	u64 size;

	while (!grt_geometry_leaf_allowed(&t.g, top))
		top--;
	size = min_u64(BIT(t.g.upper_bits), 6 * grt_geometry_level_size(&t.g, top));
	*start = BIT(64 - t.g.page_shift) - pages_of(size);
	return pages_of(size);
}

/* Ends lie on, or a little off, the boundaries of some level. */
static void random_range(u64 *s, u64 *e)
{
	unsigned int level = (unsigned int)random() % t.g.levels;
	u64 start, nr = playground(&start), unit, end = start + nr;

	while (pages_of(grt_geometry_level_size(&t.g, level)) > nr)
		level--;
	unit = pages_of(grt_geometry_level_size(&t.g, level));
	*s = start + random_u64() % nr;
	if (random() % 4)
		*s = align_down(*s, unit);
	*e = *s + unit * (1 + (u64)random() % 9);
	if (random() % 3 == 0)
		*e -= random_u64() % min_u64(40, *e - *s);
	if (random() % 3 == 0)
		*s += random_u64() % min_u64(40, *e - *s);
	*e = min_u64(*e, end);
}

static struct grt_run random_run(u64 s, u64 e)
{
	u64 frame = s & (BIT(t.g.pa_bits - t.g.page_shift - 2) - 1);
	grt_attr_t limits = 0;

	if (random() % 2)
		frame ^= BIT((unsigned int)random() % (t.g.pa_bits - t.g.page_shift - 3));
	if (e - s < 20000 && random() % 4 == 0)
		limits |= GRT_MAP_PAGES_ONLY;
	if (random() % 4 == 0)
		limits |= GRT_MAP_NO_CONT;
	return (struct grt_run){ address(s), address(frame), address(e - s),
				 GRT_ATTR_KERNEL_RW | limits };
}

/* ---- what maps, and what the tables are ---- */

static int count_leaf(const struct grt_leaf *leaf, void *arg)
{
	u64(*count)[2] = arg;

	count[leaf->level][leaf->contiguous]++;
	return 0;
}

static void add_leaves(const struct tables *in, const struct grt_run *run, u64 (*count)[2])
{
	assert_int_equal(grt_walk(&in->pt, run->va, run->size, count_leaf, count), 0);
}

/* The tables of @table and below it, without what they map. */
static grt_phys_t copy_tables(unsigned int level, grt_phys_t table)
{
	grt_phys_t copy =
		level == grt_geometry_root_level(&t.g) ? bare.pt.root : tables_alloc(&bare.pt);
	const u64 *from = tables_memory(&t, table);

	assert_true(copy != GRT_PHYS_NONE);
	bare.pt.tables += copy != bare.pt.root;
	for (unsigned int i = 0; i < grt_geometry_entries(&t.g, level); i++) {
		pte_t pte = pte_make(from[i]);
		u64 link = 0;

		if (level && pte_is_table(&t.g, level, pte))
			link = pte_table(&t.g, copy_tables(level - 1, pte_table_phys(&t.g, pte)))
				       .val;
		tables_memory(&bare, copy)[i] = link;
	}
	return copy;
}

/* ---- random trees ---- */

/* A table that maps nothing, as another kernel may keep one, where an entry is empty. */
static void plant_table(void)
{
	grt_phys_t table = t.pt.root;
	u64 s, e, *entry;

	random_range(&s, &e);
	for (unsigned int level = grt_geometry_root_level(&t.g); level; level--) {
		entry = &tables_memory(&t, table)[grt_geometry_index(&t.g, level, address(s))];
		if (!*entry) {
			grt_phys_t new = tables_alloc(&t.pt);

			assert_true(new != GRT_PHYS_NONE);
			memset(tables_memory(&t, new), 0, BIT(t.g.page_shift));
			*entry = pte_table(&t.g, new).val;
			t.pt.tables++;
			if (random() % 2)
				return;
		}
		if (!pte_is_table(&t.g, level, pte_make(*entry)))
			return;
		table = pte_table_phys(&t.g, pte_make(*entry));
	}
}

/* Map it, unless that takes too many tables to hold or leaves to walk. */
static void fill(const struct grt_run *run)
{
	struct grt_cost cost;
	u64 leaves = 0;

	if (dry_map(&t.pt, run, &cost))
		return;
	for (unsigned int l = 0; l < GRT_GEOMETRY_MAX_LEVELS; l++)
		leaves += cost.leaves[l][0] + cost.leaves[l][1];
	if (t.pt.tables + cost.tables <= MAX_TABLES && leaves <= MAX_NR_LEAVES)
		assert_int_equal(grt_map(&t.pt, run->va, run->pa, run->size, run->attr), 0);
}

static void change_tree(void)
{
	struct grt_run run;
	u64 s, e;

	random_range(&s, &e);
	run = random_run(s, e);
	switch (random() % 12) {
	case 0:
		assert_int_equal(grt_unmap(&t.pt, run.va, run.size), 0);
		break;
	case 1: /* hidden leaves map as much as others */
		assert_int_equal(grt_protect(&t.pt, run.va, run.size, 0, GRT_ATTR_READ), 0);
		break;
	case 2:
		grt_split(&t.pt, run.va);
		break;
	case 3 ... 4:
		if (t.pt.tables < MAX_TABLES)
			plant_table();
		break;
	default:
		fill(&run);
	}
}

/* ---- probes ---- */

static unsigned int random_list(struct grt_run *runs)
{
	unsigned int nr = 0, want = 1 + (unsigned int)random() % MAX_RUNS;
	u64 last = 0, s, e;

	for (unsigned int tries = 0; nr < want && tries < 8; tries++) {
		random_range(&s, &e);
		if (nr && random() % 2) { /* right after the one before, or in the same table */
			u64 size = e - s;

			s = last + (random() % 2 ? random_u64() % 600 : 0);
			e = s + size;
		}
		if (s < last || s >= BIT(64 - t.g.page_shift) || e > BIT(64 - t.g.page_shift))
			continue;
		runs[nr++] = random_run(s, e);
		last = e;
	}
	return nr;
}

static bool is_small(const struct grt_cost *cost)
{
	u64 leaves = 0;

	for (unsigned int l = 0; l < GRT_GEOMETRY_MAX_LEVELS; l++)
		leaves += cost->leaves[l][0] + (cost->leaves[l][1] << t.g.cont_bits[l]);
	return cost->tables <= MAX_TABLES && leaves <= MAX_NR_LEAVES;
}

/* The runs as one, with @cost->tables allocations and not one more. */
static void expect_cost(struct tables *in, const struct grt_run *runs, unsigned int nr,
			const struct grt_cost *cost)
{
	u64 leaves[GRT_GEOMETRY_MAX_LEVELS][2] = { 0 }, tables = in->pt.tables;

	in->fail_at = cost->tables + 1;
	assert_int_equal(grt_map_runs(&in->pt, runs, nr), 0);
	in->fail_at = 0;
	assert_int_equal(in->pt.tables - tables, cost->tables);
	for (unsigned int i = 0; i < nr; i++)
		add_leaves(in, &runs[i], leaves);
	assert_memory_equal(leaves, cost->leaves, sizeof(leaves));
}

/* Return: how many runs, where they were mapped for good. */
static unsigned int probe(void)
{
	struct grt_cost sum = { .g = &t.g, .pt = &t.pt }, cost;
	struct grt_run runs[MAX_RUNS];
	unsigned int nr = random_list(runs);
	bool free = true;

	for (unsigned int i = 0; i < nr; i++) {
		grt_cost_add(&sum, &runs[i]);
		free = free && !dry_map(&t.pt, &runs[i], &cost);
	}
	if (!nr || !is_small(&sum))
		return 0;
	if (nr == 1 && free)
		assert_memory_equal(&sum, &cost, sizeof(sum));

	tables_init(&bare, &(struct grt_geometry_choice){ t.g.page_shift, t.g.va_bits, NULL },
		    false);
	copy_tables(grt_geometry_root_level(&t.g), t.pt.root);
	expect_cost(&bare, runs, nr, &sum);
	/* What is mapped needs nothing any more. */
	cost = (struct grt_cost){ .g = &t.g, .pt = &bare.pt };
	for (unsigned int i = 0; i < nr; i++)
		grt_cost_add(&cost, &runs[i]);
	assert_int_equal(cost.tables, 0);
	tables_done(&bare);

	if (!free || t.pt.tables + sum.tables > MAX_TABLES)
		return 0;
	expect_cost(&t, runs, nr, &sum);
	return nr;
}

/* Without a tree: what the same mappings take in one that has nothing but its root. */
static void probe_new(void)
{
	struct grt_cost cost = { .g = &t.g };
	struct grt_run runs[MAX_RUNS];
	unsigned int nr = random_list(runs);

	for (unsigned int i = 0; i < nr; i++)
		grt_cost_add(&cost, &runs[i]);
	if (!nr || !is_small(&cost))
		return;
	tables_init(&bare, &(struct grt_geometry_choice){ t.g.page_shift, t.g.va_bits, NULL },
		    false);
	expect_cost(&bare, runs, nr, &cost);
	tables_done(&bare);
}

static void random_trees(const struct grt_geometry_choice *c)
{
	unsigned int mapped = 0;

	for (unsigned int tree = 0; tree < TREES; tree++) {
		random_begin(tree + 1);
		tables_init(&t, c, false);
		for (unsigned int i = 0; i < 4 * tree; i++)
			change_tree();
		for (unsigned int i = 0; i < PROBES; i++) {
			mapped += probe();
			probe_new();
			change_tree();
		}
		tables_done(&t);
	}
	assert_true(mapped > TREES);
}

static void costs_are_what_mappings_take_in_any_tree(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++)
		random_trees(&grt_geometry_choices[i]);
}

/* ---- a tree that has it all ---- */

/* At an offset that lets no larger leaf fit: three tables, the one in the middle full. */
static void full_middle_table(const struct grt_geometry_choice *c)
{
	unsigned int level;
	struct grt_cost cost;
	struct grt_run run;

	tables_init(&t, c, false);
	level = (unsigned int)min_u64(2, grt_geometry_root_level(&t.g));
	run = (struct grt_run){ 0 - 4 * grt_geometry_level_size(&t.g, level),
				grt_geometry_level_size(&t.g, level - 1),
				3 * grt_geometry_level_size(&t.g, level), GRT_ATTR_KERNEL_RW };
	assert_int_equal(dry_map(&t.pt, &run, &cost), 0);
	assert_true(cost.tables >= 3);
	expect_cost(&t, &run, 1, &cost);
	cost = (struct grt_cost){ .g = &t.g, .pt = &t.pt };
	grt_cost_add(&cost, &run);
	assert_int_equal(cost.tables, 0);
	tables_done(&t);
}

static void a_map_that_is_there_needs_nothing(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++)
		full_middle_table(&grt_geometry_choices[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(costs_are_what_mappings_take_in_any_tree),
		cmocka_unit_test(a_map_that_is_there_needs_nothing),
	};

	return run_both_ways(tests);
}
