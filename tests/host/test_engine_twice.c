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
	pgattr_t attr;
	pgattr_t set;
	pgattr_t clear;
};

/* @busy: what the provider does to the tree when the first table is taken from it. */
struct side {
	struct tables t;
	struct tlb_batch batch;
	struct operation nested;
	bool busy;
};

static struct side general, direct;
static struct range kept[KEPT];
static unsigned int nr_kept;

/* How a sequence is run. */
struct mode {
	bool live;
	bool batched;
	bool news; /* of accesses and writes, from hardware */
	bool busy;
	bool broken_firmware;
	void (*caps)(struct mmu_caps *caps);
};

static u64 random_u64(void)
{
	return (u64)random() << 42 ^ (u64)random() << 21 ^ (u64)random();
}

static unsigned int random_below(unsigned int n)
{
	return (unsigned int)random() % n;
}

/* ---- operations ---- */

static int run(struct pgtable *pt, const struct operation *o)
{
	const unsigned int shift = pt->g->page_shift;
	virt_addr_t va = o->r.start << shift;
	u64 size = (o->r.end - o->r.start) << shift;
	struct tlb_batch batch;
	int err;

	switch (o->kind) {
	case MAP:
		return pgtable_map(pt, va, o->frame << shift, size, o->attr);
	case UNMAP:
		return pgtable_unmap(pt, va, size);
	case PROTECT:
		return pgtable_protect(pt, va, size, o->set, o->clear);
	case DRY_FIRST:
		if (pt->batch)
			return pgtable_protect(pt, va, size, o->set, o->clear);
		pgtable_batch_dry(pt, &batch);
		err = pgtable_protect(pt, va, size, o->set, o->clear);
		if (!err)
			err = pgtable_batch_run(pt);
		if (!err)
			err = pgtable_protect(pt, va, size, o->set, o->clear);
		return pgtable_batch_commit(pt) ? -EIO : err;
	case SPLIT:
		return pgtable_split(pt, va);
	default:
		return pgtable_collapse(pt, va, size, PGTABLE_AROUND);
	}
}

static phys_addr_t side_alloc(struct pgtable *pt)
{
	struct side *s = (struct side *)pt->ctx;

	if (s->busy) {
		s->busy = false;
		run(pt, &s->nested);
	}
	return tables_alloc(pt);
}

/* ---- what is chosen ---- */

static struct range random_place(const struct geometry *g)
{
	unsigned int top = geometry_root_level(g), level;
	u64 end = BIT(64 - g->page_shift), span, at, size;
	struct range r;

	while (!geometry_leaf_allowed(g, top))
		top--;
	level = random_below(top + 1);
	size = geometry_level_size(g, level) >> g->page_shift;
	if (random_below(3) == 0)
		size <<= g->cont_bits[level];
	span = min_u64(BIT(g->upper_bits - g->page_shift),
		       4 * (geometry_level_size(g, top) >> g->page_shift));
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
static struct range random_range(const struct pgtable *pt)
{
	const struct geometry *g = pt->g;
	struct pgtable_leaf leaf;
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
			if (pgtable_translate(pt, r.start << g->page_shift, &leaf))
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

static struct operation random_operation(const struct pgtable *pt)
{
	static const pgattr_t attr[] = {
		PGATTR_KERNEL_RO,
		PGATTR_KERNEL_RW,
		PGATTR_KERNEL_RX,
		PGATTR_READ | PGATTR_USER,
		PGATTR_KERNEL_RW | PGATTR_DEVICE,
		PGATTR_KERNEL_RO | PGATTR_SOFT1,
		PGATTR_WRITE,
		PGATTR_KERNEL_RW | PGATTR_EXEC,
	};
	static const pgattr_t change[][2] = {
		{ PGATTR_WRITE, PGATTR_EXEC },
		{ 0, PGATTR_WRITE },
		{ PGATTR_EXEC, PGATTR_WRITE },
		{ PGATTR_SOFT0, 0 },
		{ 0, PGATTR_SOFT0 | PGATTR_SOFT1 },
		{ PGATTR_EXEC, 0 },
		{ PGATTR_GLOBAL, PGATTR_USER },
		{ 0, PGATTR_GLOBAL },
		{ 0, PGATTR_READ },
		{ PGATTR_SOFT0, PGATTR_READ },
		{ PGATTR_READ, 0 },
		{ PGATTR_READ | PGATTR_WRITE, PGATTR_EXEC },
		{ PGATTR_DEVICE, 0 },
	};
	const unsigned int shift = pt->g->page_shift;
	const pgattr_t *c = change[random_below(ARRAY_SIZE(change))];
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
		o.attr |= PGMAP_PAGES_ONLY;
	if (random_below(8) == 0)
		o.attr |= PGMAP_NO_CONT;
	return o;
}

/* ---- what hardware stores ---- */

static u64 *entry_of(struct tables *t, virt_addr_t va)
{
	unsigned int level = geometry_root_level(&t->g);
	u64 *table = tables_memory(t, t->pt.root), *entry;

	for (;; level--) {
		entry = table + geometry_index(&t->g, level, va);
		if (!pte_is_table(&t->g, level, pte_make(*entry)))
			return pte_is_leaf(&t->g, level, pte_make(*entry)) ? entry : NULL;
		table = tables_memory(t, pte_table_phys(&t->g, pte_make(*entry)));
	}
}

static void news(void)
{
#ifdef GEOMETRY_FORMAT_PBMT
	const u64 bits = random_below(2) ? PTE_A : PTE_D;
#else
	const u64 bits = PTE_AF;
#endif
	const struct range *r = &kept[random_below(nr_kept)];
	virt_addr_t va = (r->start + random_u64() % (r->end - r->start)) << general.t.g.page_shift;
	u64 *a = entry_of(&general.t, va), *b = entry_of(&direct.t, va);

	assert_true(!a == !b);
	if (!a)
		return;
	*a ^= bits;
	*b ^= bits;
	if (watch.shadow)
		*(u64 *)(watch.shadow + ((u8 *)b - direct.t.memory)) = *b;
}

/* ---- comparing ---- */

static void compare_tables(unsigned int level, phys_addr_t a, phys_addr_t b)
{
	const struct geometry *g = &general.t.g;
	const u64 *ta = tables_memory(&general.t, a), *tb = tables_memory(&direct.t, b);

	for (unsigned int i = 0; i < geometry_entries(g, level); i++) {
		if (pte_is_table(g, level, pte_make(ta[i]))) {
			assert_true(pte_is_table(g, level, pte_make(tb[i])));
			compare_tables(level - 1, pte_table_phys(g, pte_make(ta[i])),
				       pte_table_phys(g, pte_make(tb[i])));
		} else {
			assert_int_equal(ta[i], tb[i]);
		}
	}
}

static void compare_lookups(void)
{
	const struct range *r = &kept[random_below(nr_kept)];
	virt_addr_t va =
		((r->start + random_u64() % (r->end - r->start)) << general.t.g.page_shift) + 123;
	struct pgtable_leaf a, b;
	int err = pgtable_translate(&general.t.pt, va, &a);

	assert_int_equal(pgtable_translate(&direct.t.pt, va, &b), err);
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
	compare_tables(geometry_root_level(&general.t.g), general.t.pt.root, direct.t.pt.root);
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
	struct pgtable_cost cost;

	if (o->kind != MAP)
		return false;
	return !dry_map(&direct.t.pt,
			&(struct pgtable_run){ o->r.start << shift, o->frame << shift,
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
	if (mode->news && nr_kept && random_below(2))
		news();
}

static void begin(struct side *s, const struct geometry_choice *c, const struct mode *mode,
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
	pgtable_destroy(&s->t.pt);
	assert_int_equal(s->t.pt.tables, 0);
	assert_true(mode->broken_firmware || !s->t.nr_used);
	arena_give(s->t.memory);
}

static void open_batches(const struct mode *mode, unsigned int round)
{
	if (!mode->batched || round % 5)
		return;
	pgtable_batch_begin(&general.t.pt, &general.batch);
	pgtable_batch_begin(&direct.t.pt, &direct.batch);
}

static void close_batches(const struct mode *mode, unsigned int round)
{
	int a, b;

	if (!mode->batched || round % 5 != 4)
		return;
	a = pgtable_batch_commit(&general.t.pt);
	mmu_host.trace = mode->live && !mode->broken_firmware ? watch_event : NULL;
	b = pgtable_batch_commit(&direct.t.pt);
	mmu_host.trace = NULL;
	assert_int_equal(a, b);
}

static void run_sequence(const struct geometry_choice *c, const struct mode *mode)
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

static void run_layouts(const struct mode *mode)
{
	for (unsigned int i = 0; i < geometry_nr_choices; i++) {
		for (unsigned int seed = 1; seed <= SEEDS; seed++) {
			random_begin(seed);
			run_sequence(&geometry_choices[i], mode);
		}
	}
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
static void bbm_2(struct mmu_caps *caps)
{
	caps->bbm = 2;
	caps->tlb_range = false;
}

static void bbm_0(struct mmu_caps *caps)
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
