// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The same random operations on two trees: one whose tables have to be mapped, which the general ways
 * serve, and one whose tables lie at an offset, which the short ways serve where they can. What an
 * operation returns and every entry agree after each one, and the second one keeps the step rules.
 */
#include "tests/host/engine_trace.h"
#include "tests/dry_map.h"
#include "tests/host/random.h"

#define ROUNDS 160
#define SEEDS 2
#define KEPT 16
#define MAX_TABLES_IN_USE 40

/* Pages [start, end). */
struct range {
	u64 start;
	u64 end;
};

enum kind { MAP, UNMAP, PROTECT, DRY_FIRST, SPLIT, COLLAPSE, KINDS };

struct operation {
	enum kind kind;
	struct range r;
	u64 frame;
	grt_attr_t attr;
	grt_attr_t set;
	grt_attr_t clear;
};

/* @busy: what the provider does to the tree when the first table is taken from it. */
struct side {
	struct tables t;
	struct grt_tlb_batch batch;
	struct operation nested;
	bool busy;
};

static struct side general, direct;
/* What has been tried: where nothing succeeds, or nothing is refused, the two agree on nothing. */
static unsigned int done[KINDS], refused[KINDS], nested[KINDS], nr_news;
static struct range kept[KEPT];
static unsigned int nr_kept;

/* How a sequence is run. */
struct mode {
	bool live;
	bool batched;
	bool news; /* of accesses and writes, from hardware */
	bool busy;
	bool broken_firmware;
	void (*caps)(struct grt_mmu_caps *caps);
};

/* ---- operations ---- */

static int run(struct grt_pgtable *pt, const struct operation *o)
{
	const unsigned int shift = pt->g->page_shift;
	grt_virt_t va = o->r.start << shift;
	u64 size = (o->r.end - o->r.start) << shift;
	struct grt_tlb_batch batch;
	int err;

	switch (o->kind) {
	case MAP:
		return grt_map(pt, va, o->frame << shift, size, o->attr);
	case UNMAP:
		return grt_unmap(pt, va, size);
	case PROTECT:
		return grt_protect(pt, va, size, o->set, o->clear);
	case DRY_FIRST:
		if (pt->batch)
			return grt_protect(pt, va, size, o->set, o->clear);
		grt_batch_dry(pt, &batch);
		err = grt_protect(pt, va, size, o->set, o->clear);
		if (!err)
			err = grt_batch_run(pt);
		if (!err)
			err = grt_protect(pt, va, size, o->set, o->clear);
		return grt_batch_commit(pt) ? -EIO : err;
	case SPLIT:
		return grt_split(pt, va);
	default:
		return grt_collapse(pt, va, size, GRT_EXTENT_AROUND);
	}
}

static grt_phys_t side_alloc(struct grt_pgtable *pt)
{
	struct side *s = (struct side *)pt->ctx;

	if (s->busy) {
		s->busy = false;
		nested[s->nested.kind] += !run(pt, &s->nested) && s == &direct;
	}
	return tables_alloc(pt);
}

/* ---- what is chosen ---- */

static struct range random_place(const struct grt_geometry *g)
{
	unsigned int top = grt_geometry_root_level(g), level;
	u64 end = BIT(64 - g->page_shift), span, at, size;
	struct range r;

	while (!grt_geometry_leaf_allowed(g, top))
		top--;
	level = random_below(top + 1);
	size = grt_geometry_level_size(g, level) >> g->page_shift;
	if (random_below(3) == 0)
		size <<= g->cont_bits[level];
	span = min_u64(BIT(g->upper_bits - g->page_shift),
		       4 * (grt_geometry_level_size(g, top) >> g->page_shift));
	at = end - span + random_u64() % span;
	if (random_below(2)) /* near the end, where much meets */
		at = end - min_u64(span, size * (1 + random_below(40)));
	r.start = align_down(at, size);
	r.end = r.start + size * (random_below(3) ? 1 : 1 + random_below(20));
	if (r.end > end)
		r.end = end;
	if (random_below(6) == 0)
		r.end -= random_u64() % min_u64(40, r.end - r.start);
	if (random_below(6) == 0)
		r.start += random_u64() % min_u64(40, r.end - r.start);
	return r;
}

/* One that was used before, a leaf or a part of it, or a new one. */
static struct range random_range(const struct grt_pgtable *pt)
{
	const struct grt_geometry *g = pt->g;
	struct grt_leaf leaf;
	struct range r;

	if (nr_kept && random_below(4)) {
		r = kept[random_below(nr_kept)];
		switch (random_below(5)) {
		case 0:
			r.start += random_u64() % (r.end - r.start);
			r.end = r.start + 1;
			break;
		case 1:
			r.start += random_u64() % (r.end - r.start);
			if (grt_translate(pt, r.start << g->page_shift, &leaf))
				break;
			r.start = leaf.va >> g->page_shift;
			r.end = r.start + (leaf.size >> g->page_shift);
			break;
		case 2:
			r.start += random_u64() % (r.end - r.start);
			r.end = r.start + 1 + random_u64() % (r.end - r.start);
			break;
		default:
			break;
		}
	} else {
		r = random_place(g);
	}
	kept[nr_kept < KEPT ? nr_kept++ : random_below(KEPT)] = r;
	return r;
}

static struct operation random_operation(const struct grt_pgtable *pt)
{
	static const grt_attr_t attr[] = {
		GRT_ATTR_KERNEL_RO,
		GRT_ATTR_KERNEL_RW,
		GRT_ATTR_KERNEL_RX,
		GRT_ATTR_READ | GRT_ATTR_USER,
		GRT_ATTR_KERNEL_RW | GRT_ATTR_DEVICE,
		GRT_ATTR_KERNEL_RO | GRT_ATTR_SOFT1,
		GRT_ATTR_WRITE,
		GRT_ATTR_KERNEL_RW | GRT_ATTR_EXEC,
	};
	static const grt_attr_t change[][2] = {
		{ GRT_ATTR_WRITE, GRT_ATTR_EXEC },
		{ 0, GRT_ATTR_WRITE },
		{ GRT_ATTR_EXEC, GRT_ATTR_WRITE },
		{ GRT_ATTR_SOFT0, 0 },
		{ 0, GRT_ATTR_SOFT0 | GRT_ATTR_SOFT1 },
		{ GRT_ATTR_EXEC, 0 },
		{ GRT_ATTR_GLOBAL, GRT_ATTR_USER },
		{ 0, GRT_ATTR_GLOBAL },
		{ 0, GRT_ATTR_READ },
		{ GRT_ATTR_SOFT0, GRT_ATTR_READ },
		{ GRT_ATTR_READ, 0 },
		{ GRT_ATTR_READ | GRT_ATTR_WRITE, GRT_ATTR_EXEC },
		{ GRT_ATTR_DEVICE, 0 },
	};
	const unsigned int shift = pt->g->page_shift;
	const grt_attr_t *c = change[random_below(ARRAY_SIZE(change))];
	struct operation o = {
		.kind = (enum kind)random_below(KINDS),
		.r = random_range(pt),
		.attr = attr[random_below(ARRAY_SIZE(attr))],
		.set = c[0],
		.clear = c[1],
	};

	if (o.kind == COLLAPSE && random_below(2))
		o.kind = MAP;
	o.frame = o.r.start & (BIT(pt->g->pa_bits - shift - 1) - 1);
	if (random_below(3) == 0) /* out of step with the address by a little or by much */
		o.frame ^= BIT(random_below(random_below(2) ? 12 : pt->g->pa_bits - shift));
	if (o.r.end - o.r.start < 2000 && random_below(6) == 0)
		o.attr |= GRT_MAP_PAGES_ONLY;
	if (random_below(8) == 0)
		o.attr |= GRT_MAP_NO_CONT;
	return o;
}

/* ---- what hardware stores ---- */

static u64 *entry_of(struct tables *t, u64 page)
{
	unsigned int level = grt_geometry_root_level(&t->g);
	u64 *entry = raw_entry_of(t, t->pt.root, page, &level);

	return raw_valid(*entry) ? entry : NULL;
}

static void news(void)
{
#ifdef GEOMETRY_FORMAT_PBMT
	const u64 bits = random_below(2) ? PTE_A : PTE_D;
#else
	const u64 bits = PTE_AF;
#endif
	const struct range *r = &kept[random_below(nr_kept)];
	u64 page = r->start + random_u64() % (r->end - r->start);
	u64 *a = entry_of(&general.t, page), *b = entry_of(&direct.t, page);

	assert_true(!a == !b);
	if (!a)
		return;
	nr_news++;
	*a ^= bits;
	*b ^= bits;
	if (watch.shadow)
		*(u64 *)(watch.shadow + ((u8 *)b - direct.t.memory)) = *b;
}

/* ---- comparing ---- */

static void compare_tables(unsigned int level, grt_phys_t a, grt_phys_t b)
{
	const struct grt_geometry *g = &general.t.g;
	const u64 *ta = tables_memory(&general.t, a), *tb = tables_memory(&direct.t, b);

	for (unsigned int i = 0; i < grt_geometry_entries(g, level); i++) {
		if (raw_table(level, ta[i])) {
			assert_true(raw_table(level, tb[i]));
			compare_tables(level - 1, raw_phys(g, ta[i]), raw_phys(g, tb[i]));
		} else {
			assert_int_equal(ta[i], tb[i]);
		}
	}
}

static void compare_lookups(void)
{
	const struct range *r = &kept[random_below(nr_kept)];
	grt_virt_t va =
		((r->start + random_u64() % (r->end - r->start)) << general.t.g.page_shift) + 123;
	struct grt_leaf a, b;
	int err = grt_translate(&general.t.pt, va, &a);

	assert_int_equal(grt_translate(&direct.t.pt, va, &b), err);
	if (err)
		return;
	assert_int_equal(a.va, b.va);
	assert_int_equal(a.size, b.size);
	assert_int_equal(a.pa, b.pa);
	assert_int_equal(a.attr, b.attr);
	assert_int_equal(a.level, b.level);
	assert_int_equal(a.contiguous, b.contiguous);
}

static void compare(const struct mode *mode)
{
	compare_lookups();
	compare_tables(grt_geometry_root_level(&general.t.g), general.t.pt.root, direct.t.pt.root);
	assert_int_equal(general.t.pt.tables, direct.t.pt.tables);
	if (mode->broken_firmware || direct.t.pt.batch)
		return;
	check_tree(&general.t);
	check_tree(&direct.t);
	if (mode->live)
		watch_complete();
}

/* ---- a sequence ---- */

static bool too_many_tables(const struct operation *o)
{
	const unsigned int shift = direct.t.g.page_shift;
	struct grt_cost cost;

	if (o->kind != MAP)
		return false;
	return !dry_map(&direct.t.pt,
			&(struct grt_run){ o->r.start << shift, o->frame << shift,
					   (o->r.end - o->r.start) << shift, o->attr },
			&cost) &&
	       cost.tables + direct.t.pt.tables > MAX_TABLES_IN_USE;
}

static void both(const struct mode *mode)
{
	struct operation o = random_operation(&direct.t.pt);
	u64 fail_at = random_below(10) == 0;
	u64 fences;
	bool busy = mode->busy && o.kind != DRY_FIRST && random_below(3) == 0;
	int a, b;

	general.nested = direct.nested = random_operation(&direct.t.pt);
	if (too_many_tables(&o) || too_many_tables(&direct.nested))
		return;
	mmu_host.remote_result = mode->broken_firmware && random_below(4) == 0 ? -1 : 0;
	general.busy = direct.busy = busy;
	general.t.fail_at = direct.t.fail_at = busy ? 0 : fail_at;
	mmu_host.trace = NULL;
	fences = mmu_host.count[MMU_REMOTE_SFENCE];
	a = run(&general.t.pt, &o);
	if (mmu_host.remote_result && mmu_host.count[MMU_REMOTE_SFENCE] != fences)
		assert_int_equal(a, -EIO);
	mmu_host.trace = mode->live && !mode->broken_firmware ? watch_event : NULL;
	b = run(&direct.t.pt, &o);
	mmu_host.trace = NULL;
	general.busy = direct.busy = false;
	general.t.fail_at = direct.t.fail_at = 0;
	assert_int_equal(a, b);
	done[o.kind] += !b;
	refused[o.kind] += !!b;
	if (mode->news && nr_kept && random_below(2))
		news();
}

static void begin(struct side *s, const struct grt_geometry_choice *c, const struct mode *mode,
		  bool is_direct)
{
	tables_direct = is_direct;
	tables_init(&s->t, c, mode->live);
	if (mode->caps)
		mode->caps(&s->t.caps);
	s->t.ops.alloc = side_alloc;
	s->busy = false;
}

static void end(struct side *s, const struct mode *mode)
{
	grt_pgtable_destroy(&s->t.pt);
	assert_int_equal(s->t.pt.tables, 0);
	assert_true(mode->broken_firmware || !s->t.nr_used);
	arena_give(s->t.memory);
}

static void open_batches(const struct mode *mode, unsigned int round)
{
	if (!mode->batched || round % 5)
		return;
	grt_batch_begin(&general.t.pt, &general.batch);
	grt_batch_begin(&direct.t.pt, &direct.batch);
}

static void close_batches(const struct mode *mode, unsigned int round)
{
	int a, b;

	if (!mode->batched || round % 5 != 4)
		return;
	a = grt_batch_commit(&general.t.pt);
	mmu_host.trace = mode->live && !mode->broken_firmware ? watch_event : NULL;
	b = grt_batch_commit(&direct.t.pt);
	mmu_host.trace = NULL;
	assert_int_equal(a, b);
}

static void run_sequence(const struct grt_geometry_choice *c, const struct mode *mode)
{
	nr_kept = 0;
	begin(&general, c, mode, false);
	begin(&direct, c, mode, true);
	if (mode->live)
		watch_begin(&direct.t);
	general.t.domain = direct.t.domain;
	general.t.pt.domain = direct.t.pt.domain ? &general.t.domain : NULL;
	for (unsigned int i = 0; i < ROUNDS; i++) {
		open_batches(mode, i);
		both(mode);
		close_batches(mode, i);
		compare(mode);
	}
	if (mode->live)
		watch_end();
	end(&general, mode);
	end(&direct, mode);
}

/* UNMAP and COLLAPSE are refused where the CPUs can't, or without memory: seldom. */
static void check_tried(const struct mode *mode)
{
	unsigned int sum = 0;

	for (unsigned int kind = 0; kind < KINDS; kind++) {
		assert_true(done[kind] >= 20);
		assert_true(kind == UNMAP || kind == COLLAPSE || refused[kind] >= 4);
		sum += nested[kind];
	}
	assert_true(mode->busy ? sum >= 10 : !sum);
	assert_true(mode->news ? nr_news >= 50 : !nr_news);
}

static void run_layouts(const struct mode *mode)
{
	memset(done, 0, sizeof(done));
	memset(refused, 0, sizeof(refused));
	memset(nested, 0, sizeof(nested));
	nr_news = 0;
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		for (unsigned int seed = 1; seed <= SEEDS; seed++) {
			random_begin(seed);
			run_sequence(&grt_geometry_choices[i], mode);
		}
	}
	check_tried(mode);
}

static void both_ways_agree(void **state)
{
	(void)state;
	run_layouts(&(struct mode){ .live = false, .news = true, .busy = true });
	run_layouts(&(struct mode){ .live = true, .news = true });
}

static void both_ways_agree_in_batches(void **state)
{
	(void)state;
	run_layouts(&(struct mode){ .live = true, .batched = true, .news = true });
}

static void both_ways_agree_where_the_provider_changes_the_tree(void **state)
{
	(void)state;
	run_layouts(&(struct mode){ .live = true, .busy = true });
	run_layouts(&(struct mode){ .live = true, .batched = true, .busy = true });
}

#ifdef GEOMETRY_FORMAT_PBMT
static void both_ways_report_a_fence_that_failed(void **state)
{
	(void)state;
	run_layouts(&(struct mode){ .live = true, .broken_firmware = true });
	run_layouts(&(struct mode){ .live = true, .batched = true, .broken_firmware = true });
}
#else
static void bbm_2(struct grt_mmu_caps *caps)
{
	caps->bbm = 2;
	caps->tlb_range = false;
}

static void bbm_0(struct grt_mmu_caps *caps)
{
	caps->bbm = 0;
}

static void both_ways_agree_below_bbm_3(void **state)
{
	(void)state;
	run_layouts(&(struct mode){ .live = true, .news = true, .caps = bbm_2 });
	run_layouts(&(struct mode){ .live = true, .batched = true, .news = true, .caps = bbm_2 });
	run_layouts(&(struct mode){ .live = true, .news = true, .caps = bbm_0 });
	run_layouts(&(struct mode){ .live = true, .batched = true, .busy = true, .caps = bbm_0 });
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways_agree),
		cmocka_unit_test(both_ways_agree_in_batches),
		cmocka_unit_test(both_ways_agree_where_the_provider_changes_the_tree),
#ifdef GEOMETRY_FORMAT_PBMT
		cmocka_unit_test(both_ways_report_a_fence_that_failed),
#else
		cmocka_unit_test(both_ways_agree_below_bbm_3),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
