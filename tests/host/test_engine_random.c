// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Random sequences of operations in every layout, against a flat reference: a list of runs of memory
 * that knows nothing of leaves. After each one the tree is checked, and walked, and compared.
 */
#include "tests/host/engine_trace.h"
#include "tests/dry_map.h"
#include "tests/host/random.h"

#define MAX_RUNS 1024
#define ROUNDS 300
#define ENOUGH 5

/* Pages [start, end) map memory from page frame @frame on, with @attr. */
struct run {
	u64 start;
	u64 end;
	u64 frame;
	grt_attr_t attr;
};

static struct run runs[MAX_RUNS];
static unsigned int nr_runs;
static struct tables t;
static struct leaves leaves;

/* What has been tried: a sequence in which nothing succeeds, or nothing is refused, shows nothing. */
enum operation { MAP, UNMAP, PROTECT, SPLIT, COLLAPSE, REMAP, OPERATIONS };
static unsigned int done[OPERATIONS], refused[OPERATIONS];

/* ---- the reference ---- */

/* Cut the list at @page, so that no run reaches over it. */
static void runs_cut(u64 page)
{
	for (unsigned int i = 0; i < nr_runs; i++) {
		struct run *r = &runs[i];

		if (r->start >= page || r->end <= page)
			continue;
		assert_true(nr_runs < MAX_RUNS);
		memmove(r + 1, r, (nr_runs - i) * sizeof(*r));
		nr_runs++;
		r[0].end = page;
		r[1].start = page;
		r[1].frame += page - r[0].start;
		return;
	}
}

/* Runs that continue one another become one: how they came about must not show. */
static void runs_merge(void)
{
	unsigned int out = 0;

	for (unsigned int i = 0; i < nr_runs; i++) {
		struct run *last = out ? &runs[out - 1] : NULL;

		if (last && last->end == runs[i].start && last->attr == runs[i].attr &&
		    last->frame + (last->end - last->start) == runs[i].frame)
			last->end = runs[i].end;
		else
			runs[out++] = runs[i];
	}
	nr_runs = out;
}

static bool runs_overlap(u64 s, u64 e)
{
	for (unsigned int i = 0; i < nr_runs; i++)
		if (runs[i].start < e && runs[i].end > s)
			return true;
	return false;
}

static const struct run *run_of(u64 page)
{
	for (unsigned int i = 0; i < nr_runs; i++)
		if (runs[i].start <= page && page < runs[i].end)
			return &runs[i];
	return NULL;
}

/* Would the attributes of the page change? */
static bool run_changes(u64 page, grt_attr_t set, grt_attr_t clear)
{
	const struct run *r = run_of(page);

	return r && ((r->attr & ~clear) | set) != r->attr;
}

static void runs_add(u64 s, u64 e, u64 frame, grt_attr_t attr)
{
	unsigned int i = 0;

	assert_true(nr_runs < MAX_RUNS);
	while (i < nr_runs && runs[i].start < s)
		i++;
	memmove(&runs[i + 1], &runs[i], (nr_runs - i) * sizeof(runs[0]));
	runs[i] = (struct run){ s, e, frame, attr };
	nr_runs++;
	runs_merge();
}

static void runs_remove(u64 s, u64 e)
{
	unsigned int out = 0;

	runs_cut(s);
	runs_cut(e);
	for (unsigned int i = 0; i < nr_runs; i++)
		if (runs[i].start < s || runs[i].start >= e)
			runs[out++] = runs[i];
	nr_runs = out;
}

/* Is anything to become writable and executable? */
static int runs_check(u64 s, u64 e, grt_attr_t set, grt_attr_t clear)
{
	for (unsigned int i = 0; i < nr_runs; i++) {
		grt_attr_t new = (runs[i].attr & ~clear) | set;

		if (runs[i].start < e && runs[i].end > s &&
		    new != runs[i].attr &&new &GRT_ATTR_WRITE &&new &GRT_ATTR_EXEC)
			return -EINVAL;
	}
	return 0;
}

static void runs_protect(u64 s, u64 e, grt_attr_t set, grt_attr_t clear)
{
	runs_cut(s);
	runs_cut(e);
	for (unsigned int i = 0; i < nr_runs; i++)
		if (runs[i].start >= s && runs[i].start < e)
			runs[i].attr = (runs[i].attr & ~clear) | set;
	runs_merge();
}

/* ---- comparing ---- */

static u64 page_of(grt_virt_t va)
{
	return va >> t.g.page_shift;
}

static void compare(void)
{
	struct run seen[MAX_RUNS];
	unsigned int nr = 0, n = 0;
	grt_virt_t start = grt_geometry_upper_start(&t.g);

	leaves_get(&t, start, 0 - start, &leaves);
	for (unsigned int i = 0; i < leaves.nr; i++) {
		const struct grt_leaf *l = &leaves.leaf[i];
		struct run r = { page_of(l->va), page_of(l->va) + page_of(l->size), page_of(l->pa),
				 l->attr };
		struct run *last = nr ? &seen[nr - 1] : NULL;

		if (last && last->end == r.start && last->attr == r.attr &&
		    last->frame + (last->end - last->start) == r.frame) {
			last->end = r.end;
		} else {
			assert_true(nr < MAX_RUNS);
			seen[nr++] = r;
		}
	}
	for (unsigned int i = 0; i < nr_runs; i++) {
		if (!(runs[i].attr & GRT_ATTR_READ))
			continue; /* hidden */
		assert_true(n < nr);
		assert_int_equal(seen[n].start, runs[i].start);
		assert_int_equal(seen[n].end, runs[i].end);
		assert_int_equal(seen[n].frame, runs[i].frame);
		assert_int_equal(seen[n++].attr, runs[i].attr);
	}
	assert_int_equal(n, nr);
	check_tree(&t);
}

/* ---- random ranges ---- */

/*
 * A range whose ends lie on, or a little off, the boundaries of some level. The playground is eight
 * entries of the root or 16 of its largest leaf, at the top of the address space, so that ranges meet.
 */
static void random_range(u64 *s, u64 *e)
{
	unsigned int top = grt_geometry_root_level(&t.g),
		     level = (unsigned int)random() % (top + 1);
	u64 size = grt_geometry_level_size(&t.g, level) >> t.g.page_shift;
	u64 end = BIT(64 - t.g.page_shift), span, at;

	if (nr_runs && random() % 4 == 0) { /* exactly what is mapped */
		const struct run *r = &runs[(unsigned int)random() % nr_runs];

		*s = r->start;
		*e = random() % 2 ? r->end : r->start + 1;
		return;
	}
	while (!grt_geometry_leaf_allowed(&t.g, top))
		top--;
	span = min_u64(BIT(t.g.upper_bits - t.g.page_shift),
		       16 * (grt_geometry_level_size(&t.g, top) >> t.g.page_shift));
	at = end - span + random_u64() % span;
	*s = random() % 4 ? align_down(at, size) : at;
	*e = *s + size * (1 + (u64)random() % 20);
	if (random() % 3 == 0)
		*e -= random_u64() % min_u64(40, *e - *s);
	if (random() % 3 == 0)
		*s += random_u64() % min_u64(40, *e - *s);
	if (*e > end || random() % 16 == 0)
		*e = end;
}

static grt_attr_t random_attr(void)
{
	static const grt_attr_t attr[] = {
		GRT_ATTR_KERNEL_RO,
		GRT_ATTR_KERNEL_RW,
		GRT_ATTR_KERNEL_RX,
		GRT_ATTR_READ | GRT_ATTR_USER,
		GRT_ATTR_KERNEL_RW | GRT_ATTR_DEVICE,
		GRT_ATTR_KERNEL_RO | GRT_ATTR_SOFT1,
		GRT_ATTR_WRITE | GRT_ATTR_GLOBAL, /* hidden */
	};

	return attr[(unsigned int)random() % ARRAY_SIZE(attr)];
}

/* ---- operations ---- */

static void check_estimate(const struct grt_cost *cost, u64 tables, u64 s, u64 e)
{
	u64 count[GRT_GEOMETRY_MAX_LEVELS][2] = { 0 };

	assert_int_equal(cost->tables, t.pt.tables - tables);
	leaves_get(&t, s << t.g.page_shift, (e - s) << t.g.page_shift, &leaves);
	for (unsigned int i = 0; i < leaves.nr; i++)
		count[leaves.leaf[i].level][leaves.leaf[i].contiguous]++;
	assert_memory_equal(count, cost->leaves, sizeof(count));
}

static u64 nr_leaves(const struct grt_cost *cost)
{
	u64 n = 0;

	for (unsigned int l = 0; l < GRT_GEOMETRY_MAX_LEVELS; l++)
		n += cost->leaves[l][0] + cost->leaves[l][1];
	return n;
}

/* The result is the one that was foretold. A CPU that can't refuses, and then nothing has changed. */
static void expect(enum operation op, int err, int expected)
{
	assert_int_equal(err, expected);
	done[op] += !err;
	refused[op] += err == -EPERM;
}

static void do_map(u64 s, u64 e)
{
	unsigned int shift = t.g.page_shift;
	grt_attr_t attr = random_attr(), limits = 0;
	u64 frame = s & (BIT(t.g.pa_bits - shift - 1) - 1), tables = t.pt.tables;
	struct grt_cost cost;
	struct grt_run run;
	int err;

	if (random() % 2)
		frame ^= BIT((unsigned int)random() % (t.g.pa_bits - shift));
	if (e - s < 2000 && random() % 4 == 0)
		limits |= GRT_MAP_PAGES_ONLY;
	if (random() % 8 == 0)
		limits |= GRT_MAP_NO_CONT;
	run = (struct grt_run){ s << shift, frame << shift, (e - s) << shift, attr | limits };
	err = dry_map(&t.pt, &run, &cost);
	if (!err && (cost.tables + t.pt.tables > 900 || nr_leaves(&cost) > 4000))
		return; /* too many to hold or to list */
	assert_int_equal(grt_map(&t.pt, run.va, run.pa, run.size, run.attr), err);
	if (runs_overlap(s, e)) {
		assert_int_equal(err,
				 frame + (e - s) > BIT(t.g.pa_bits - shift) ? -ERANGE : -EEXIST);
		return;
	}
	if (frame + (e - s) > BIT(t.g.pa_bits - shift)) {
		assert_int_equal(err, -ERANGE);
		return;
	}
	expect(MAP, err, 0);
	runs_add(s, e, frame, attr);
	if (attr & GRT_ATTR_READ) /* else nobody sees the leaves */
		check_estimate(&cost, tables, s, e);
}

static void do_unmap(u64 s, u64 e)
{
	int expected = raw_cut_refused(&t, s) || raw_cut_refused(&t, e) ? -EPERM : 0;

	expect(UNMAP, grt_unmap(&t.pt, s << t.g.page_shift, (e - s) << t.g.page_shift), expected);
	if (!expected)
		runs_remove(s, e);
}

static void do_protect(u64 s, u64 e)
{
	static const grt_attr_t change[][2] = {
		{ GRT_ATTR_WRITE, GRT_ATTR_EXEC },
		{ 0, GRT_ATTR_WRITE },
		{ GRT_ATTR_EXEC, GRT_ATTR_WRITE },
		{ GRT_ATTR_SOFT0, 0 },
		{ GRT_ATTR_EXEC, 0 },
		{ GRT_ATTR_GLOBAL, GRT_ATTR_USER },
		{ 0, GRT_ATTR_GLOBAL },
		{ GRT_ATTR_USER, GRT_ATTR_GLOBAL },
		{ 0, GRT_ATTR_READ },
		{ GRT_ATTR_READ, 0 },
		{ GRT_ATTR_READ | GRT_ATTR_WRITE, GRT_ATTR_EXEC },
	};
	const grt_attr_t *c = change[(unsigned int)random() % ARRAY_SIZE(change)];
	/* A leaf is cut where it changes and its part beyond the range does not. */
	bool cuts = (run_changes(s, c[0], c[1]) && raw_cut_refused(&t, s)) ||
		    (run_changes(e - 1, c[0], c[1]) && raw_cut_refused(&t, e));
	int expected = runs_check(s, e, c[0], c[1]);

	if (!expected && cuts)
		expected = -EPERM;
	expect(PROTECT,
	       grt_protect(&t.pt, s << t.g.page_shift, (e - s) << t.g.page_shift, c[0], c[1]),
	       expected);
	if (!expected)
		runs_protect(s, e, c[0], c[1]);
}

/* What remap has to say of a leaf of @level for [s, e): there is one, or a larger one that can be cut. */
static int remap_result(unsigned int level, u64 s, u64 e)
{
	struct raw_unit u;

	if (!grt_geometry_leaf_allowed(&t.g, level))
		return -EINVAL;
	if (!raw_unit_of(&t, s, &u))
		return -ENOENT;
	if (u.level < level)
		return -EINVAL;
	return raw_cut_refused(&t, s) || raw_cut_refused(&t, e) ? -EPERM : 0;
}

/* Other memory in the place of a leaf of any size, which is asked for, and cut out of a larger one. */
static void do_remap(u64 s)
{
	unsigned int level = (unsigned int)random() % t.g.levels, shift = t.g.page_shift;
	u64 size = grt_geometry_level_size(&t.g, level), pages = size >> shift, frame;
	grt_attr_t attr = random_attr();
	int expected;

	s = align_down(s, pages);
	frame = align_down(random_u64() & (BIT(t.g.pa_bits - shift) - 1), pages);
	expected = remap_result(level, s, s + pages);
	expect(REMAP, grt_remap(&t.pt, s << shift, frame << shift, size, attr), expected);
	if (!expected) {
		runs_remove(s, s + pages);
		runs_add(s, s + pages, frame, attr);
	}
}

static void do_split(u64 s)
{
	const struct run *r = run_of(s);
	int expected = !r ? -EINVAL : raw_cut_refused(&t, s) ? -EPERM : 0;
	struct grt_leaf leaf;

	expect(SPLIT, grt_split(&t.pt, s << t.g.page_shift), expected);
	if (expected || !(r->attr & GRT_ATTR_READ))
		return;
	assert_int_equal(grt_translate(&t.pt, s << t.g.page_shift, &leaf), 0);
	assert_int_equal(leaf.va, s << t.g.page_shift);
}

static void do_collapse(u64 s, u64 e)
{
	int expected = raw_collapse_refused(&t, s, e) ? -EPERM : 0;

	expect(COLLAPSE,
	       grt_collapse(&t.pt, s << t.g.page_shift, (e - s) << t.g.page_shift,
			    GRT_EXTENT_INSIDE),
	       expected);
}

static void one_operation(void)
{
	u64 s, e;

	random_range(&s, &e);
	switch (nr_runs > 200 ? 2 : random() % 10) {
	case 0 ... 1:
		do_map(s, e);
		break;
	case 2 ... 3:
		do_unmap(s, e);
		break;
	case 4 ... 5:
		do_protect(s, e);
		break;
	case 6 ... 7:
		do_split(s);
		break;
	case 8:
		do_collapse(s, e);
		break;
	case 9:
		do_remap(s);
		break;
	}
}

/* How a sequence is run: on which kind of tree, by which kind of CPU. */
struct mode {
	bool live;
	bool batched;
	void (*caps)(struct grt_mmu_caps *caps);
};

static void run_sequence(const struct grt_geometry_choice *c, const struct mode *mode)
{
	struct grt_tlb_batch batch;
	grt_virt_t start;

	nr_runs = 0;
	tables_init(&t, c, mode->live);
	if (mode->caps)
		mode->caps(&t.caps);
	if (mode->live)
		watch_begin(&t);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		if (mode->batched && i % 5 == 0)
			grt_batch_begin(&t.pt, &batch);
		one_operation();
		if (mode->batched && i % 5 == 4)
			assert_int_equal(grt_batch_commit(&t.pt), 0);
		if (t.pt.batch)
			continue;
		compare();
		if (mode->live)
			watch_complete();
	}
	if (mode->live)
		watch_end();
	/* Everything can be removed again, and nothing but the root is left. */
	t.pt.live = false;
	start = grt_geometry_upper_start(&t.g);
	assert_int_equal(grt_unmap(&t.pt, start, 0 - start), 0);
	assert_int_equal(t.pt.tables, 1);
	tables_done(&t);
}

/* Each operation has succeeded often, and been refused often where the CPUs @refuse, else never. */
static void run_layouts(const struct mode *mode, bool refuse)
{
	memset(done, 0, sizeof(done));
	memset(refused, 0, sizeof(refused));
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		for (unsigned int seed = 1; seed < 3; seed++) {
			random_begin(seed);
			run_sequence(&grt_geometry_choices[i], mode);
		}
	}
	for (unsigned int op = 0; op < OPERATIONS; op++) {
		assert_true(done[op] >= ENOUGH);
		assert_true(refuse && op != MAP ? refused[op] >= ENOUGH : !refused[op]);
	}
}

static void every_layout_agrees_with_the_reference(void **state)
{
	(void)state;
	run_layouts(&(struct mode){ .live = false }, false);
}

static void live_trees_agree_and_keep_the_step_rules(void **state)
{
	(void)state;
	run_layouts(&(struct mode){ .live = true }, false);
}

static void batches_agree_and_keep_the_step_rules(void **state)
{
	(void)state;
	run_layouts(&(struct mode){ .live = true, .batched = true }, false);
}

#ifdef GEOMETRY_FORMAT_PBMT
static void with_svinval(struct grt_mmu_caps *caps)
{
	caps->svinval = true;
}

static void other_cpus_agree_and_keep_the_step_rules(void **state)
{
	(void)state;
	run_layouts(&(struct mode){ .live = true, .caps = with_svinval }, false);
	run_layouts(&(struct mode){ .live = true, .batched = true, .caps = with_svinval }, false);
}
#else
static void bbm_2(struct grt_mmu_caps *caps)
{
	caps->bbm = 2;
	caps->tlb_range = false;
}

static void bbm_1(struct grt_mmu_caps *caps)
{
	caps->bbm = 1;
}

static void bbm_0(struct grt_mmu_caps *caps)
{
	caps->bbm = 0;
}

static void other_cpus_agree_and_keep_the_step_rules(void **state)
{
	(void)state;
	run_layouts(&(struct mode){ .live = true, .caps = bbm_2 }, false);
	run_layouts(&(struct mode){ .live = true, .batched = true, .caps = bbm_2 }, false);
	run_layouts(&(struct mode){ .live = true, .caps = bbm_0 }, true);
	run_layouts(&(struct mode){ .live = true, .batched = true, .caps = bbm_0 }, true);
	run_layouts(&(struct mode){ .live = true, .caps = bbm_1 }, true);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_layout_agrees_with_the_reference),
		cmocka_unit_test(live_trees_agree_and_keep_the_step_rules),
		cmocka_unit_test(batches_agree_and_keep_the_step_rules),
		cmocka_unit_test(other_cpus_agree_and_keep_the_step_rules),
	};

	return run_both_ways(tests);
}
