// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Readers without the lock: every order in which the loads of a lookup can lie among the stores of
 * operations. These are done first and their stores noted; then a load is answered with what was there
 * after the first so many of them. What a reader finds has to be what was mapped before, between or
 * after them.
 */
#include "tests/host/engine_arena.h"
#include "tests/host/random.h"

#define MAX_STEPS 200000
#define MAX_LOADS 20000
#define MAX_STATES 4
#define PROBES 8

/* A store into a table that a walk may see, and what was there before. */
struct change {
	const u64 *entry;
	u64 was;
	unsigned int before; /* the change of the same entry before this one, plus one */
};

static struct tables t;
static struct change changes[MAX_STEPS];
static unsigned int nr_changes;
/* By table page: what it holds, whether a walk could reach it at some time, and at which level. */
static u8 *shadow;
static unsigned int *newest; /* by word: its last change, plus one */
static bool linked[TABLE_PAGES];
static unsigned int level_of[TABLE_PAGES];

/* ---- the writer ---- */

static u64 page_of(grt_phys_t table)
{
	return (table - TABLE_BASE) >> t.g.page_shift;
}

/* A walk may see the table, and those below it, from now on. */
static void link_table(unsigned int level, grt_phys_t table)
{
	u64 n = page_of(table), size = BIT(t.g.page_shift);
	const u64 *e = tables_memory(&t, table);

	linked[n] = true;
	level_of[n] = level;
	memcpy(shadow + n * size, e, size);
	for (unsigned int i = 0; level && i < grt_geometry_entries(&t.g, level); i++)
		if (pte_is_table(&t.g, level, pte_make(e[i])))
			link_table(level - 1, pte_table_phys(&t.g, pte_make(e[i])));
}

static void note_store(void *arg, enum mmu_event event, const u64 *entry, u64 a, u64 b)
{
	u64 offset = (u64)((const u8 *)entry - t.memory), n = offset >> t.g.page_shift;
	pte_t new = pte_make(a);

	(void)arg;
	(void)b;
	if (event != MMU_STORE || !linked[n])
		return;
	assert_true(nr_changes < MAX_STEPS);
	changes[nr_changes++] =
		(struct change){ entry, *(u64 *)(shadow + offset), newest[offset / 8] };
	newest[offset / 8] = nr_changes;
	*(u64 *)(shadow + offset) = a;
	if (level_of[n] && pte_is_table(&t.g, level_of[n], new))
		link_table(level_of[n] - 1, pte_table_phys(&t.g, new));
}

/* Pages come back when no reader is left that may have seen them, which is at the end. */
static bool waiting[TABLE_PAGES];

static void free_later(struct grt_pgtable *pt, grt_phys_t table)
{
	(void)pt;
	waiting[page_of(table)] = true;
}

/* ---- the reader ---- */

/* Changes that have happened at the moment of each of the reader's loads. */
static unsigned int now[MAX_LOADS], nr_loads, max_loads;

static u64 load_at(const u64 *entry)
{
	unsigned int at = now[nr_loads < max_loads ? nr_loads : max_loads - 1];
	u64 val = __atomic_load_n(entry, __ATOMIC_RELAXED);

	nr_loads++;
	/* The first one that had not happened yet says what was there. */
	for (unsigned int n = newest[((const u8 *)entry - t.memory) / 8]; n > at;
	     n = changes[n - 1].before)
		val = changes[n - 1].was;
	return val;
}

/* ---- what may be found ---- */

struct found {
	u64 mapped; /* no padding: it is compared */
	grt_phys_t pa;
	grt_attr_t attr;
};

static grt_virt_t probe[PROBES];
static struct found state[MAX_STATES][PROBES];
static unsigned int nr_states;
static bool may_break;
static u64 nr_bad, nr_found[MAX_STATES];

static struct found look(grt_virt_t va)
{
	struct grt_leaf leaf;

	if (grt_translate(&t.pt, va, &leaf))
		return (struct found){ 0 };
	return (struct found){ true, leaf.pa + (va - leaf.va), leaf.attr };
}

static void note_state(void)
{
	for (unsigned int i = 0; i < PROBES; i++)
		state[nr_states][i] = look(probe[i]);
	nr_states++;
}

static bool allowed(unsigned int i, const struct found *f)
{
	for (unsigned int s = 0; s < nr_states; s++) {
		if (f->mapped == state[s][i].mapped &&
		    (!f->mapped || (f->pa == state[s][i].pa && f->attr == state[s][i].attr))) {
			nr_found[s]++;
			return true;
		}
	}
	return may_break && !f->mapped;
}

static void try_once(unsigned int i)
{
	struct found f;

	nr_loads = 0;
	f = look(probe[i]);
	nr_bad += !allowed(i, &f);
}

/* Each place of load @k and those after it among the steps from @from on. */
static void try_all(unsigned int i, unsigned int k, unsigned int from)
{
	if (k == max_loads) {
		try_once(i);
		return;
	}
	for (unsigned int s = from; s <= nr_changes; s++) {
		now[k] = s;
		try_all(i, k + 1, s);
	}
}

/** struct seen - where a walk has come to, and what it has reported */
struct seen {
	grt_virt_t end;
	bool probe[PROBES];
};

static int see(const struct grt_leaf *leaf, void *arg)
{
	struct seen *seen = arg;

	/* On and on; one that has become larger may overlap those before it. */
	nr_bad += leaf->va + leaf->size <= seen->end && seen->end;
	seen->end = leaf->va + leaf->size;
	for (unsigned int i = 0; i < PROBES; i++) {
		struct found f = { true, leaf->pa + (probe[i] - leaf->va), leaf->attr };

		if (probe[i] - leaf->va >= leaf->size)
			continue;
		nr_bad += !allowed(i, &f);
		seen->probe[i] = true;
	}
	return 0;
}

/* What is mapped all the time is reported. */
static void check_seen(const struct seen *seen)
{
	for (unsigned int i = 0; i < PROBES; i++) {
		bool always = !may_break;

		for (unsigned int s = 0; s < nr_states; s++)
			always &= state[s][i].mapped;
		nr_bad += always && !seen->probe[i];
	}
}

/* Loads come at random moments, and later ones never earlier. */
static void try_walks(unsigned int n)
{
	const u64 size = 4 * grt_geometry_level_size(&t.g, 1);

	max_loads = MAX_LOADS;
	for (; n; n--) {
		unsigned int s = 0, rate = 1 + (unsigned int)random() % 60;
		struct seen seen = { 0 };

		for (unsigned int k = 0; k < max_loads; k++) {
			s += (unsigned int)random() % rate == 0 && s < nr_changes
				     ? 1 + (unsigned int)random() % 2
				     : 0;
			s = s > nr_changes ? nr_changes : s;
			now[k] = s;
		}
		nr_loads = 0;
		assert_int_equal(grt_walk(&t.pt, grt_geometry_upper_start(&t.g), size, see, &seen),
				 0);
		check_seen(&seen);
	}
}

/* ---- the cases ---- */

static grt_virt_t base(void)
{
	return grt_geometry_upper_start(&t.g);
}

static u64 page(void)
{
	return grt_geometry_page_size(&t.g);
}

static u64 block(void)
{
	return grt_geometry_level_size(&t.g, 1);
}

/* A block, pages that could be one, a group, and a page with neighbours. */
static void prepare(void)
{
	assert_int_equal(grt_map(&t.pt, base(), block(), block(), GRT_ATTR_KERNEL_RW), 0);
	assert_int_equal(grt_map(&t.pt, base() + block(), 2 * block(), block(),
				 GRT_ATTR_KERNEL_RW | GRT_MAP_PAGES_ONLY | GRT_MAP_NO_CONT),
			 0);
	assert_int_equal(grt_map(&t.pt, base() + 2 * block(), 7 * block(),
				 grt_geometry_group_size(&t.g, 0), GRT_ATTR_KERNEL_RX),
			 0);
	assert_int_equal(grt_map(&t.pt, base() + 3 * block() + page(), 0, 3 * page(),
				 GRT_ATTR_KERNEL_RO),
			 0);
}

static int split_block(void)
{
	return grt_split(&t.pt, base() + 5 * page());
}

static int protect_page(void)
{
	return grt_protect(&t.pt, base() + 5 * page(), page(), 0, GRT_ATTR_WRITE);
}

static int hide_page(void)
{
	return grt_protect(&t.pt, base() + block() + 5 * page(), page(), 0, GRT_ATTR_READ);
}

static int collapse(void)
{
	return grt_collapse(&t.pt, base() + block(), block(), GRT_EXTENT_INSIDE);
}

static int unmap_all(void)
{
	return grt_unmap(&t.pt, base(), 4 * block());
}

static void tell(const struct grt_leaf *leaf, unsigned int nr, void *data)
{
	(void)leaf;
	(void)nr;
	(void)data;
}

static int report_all(void)
{
	return grt_unmap_report(&t.pt, base(), 4 * block(), tell, NULL);
}

static int report_last(void)
{
	return grt_unmap_report(&t.pt, base() + 3 * block() + page(), 3 * page(), tell, NULL);
}

static int unmap_last(void)
{
	return grt_unmap(&t.pt, base() + 3 * block() + page(), 3 * page());
}

static int map_there(void)
{
	return grt_map(&t.pt, base() + 3 * block() + page(), GIB(1), 3 * page(),
		       GRT_ATTR_KERNEL_RW);
}

static int map_blocks(void)
{
	return grt_map(&t.pt, base() + block(), GIB(1), block(),
		       GRT_ATTR_KERNEL_RO | GRT_MAP_PAGES_ONLY | GRT_MAP_NO_CONT);
}

static int remap(void)
{
	return grt_remap(&t.pt, base() + 3 * block() + 2 * page(), GIB(2), page(),
			 GRT_ATTR_KERNEL_RW);
}

static int change_group(void)
{
	return grt_protect(&t.pt, base() + 2 * block(), grt_geometry_group_size(&t.g, 0),
			   GRT_ATTR_SOFT0, 0);
}

/* @breaks: an address may be seen unmapped in between. */
static const struct {
	int (*op[MAX_STATES - 1])(void);
	bool breaks;
} cases[] = {
	{ { split_block }, false },
	{ { protect_page }, false },
	{ { hide_page }, false },
	{ { collapse }, false },
	{ { change_group }, true },
	{ { remap }, true },
	{ { unmap_last, map_there }, false },
	{ { collapse, split_block }, false },
	{ { unmap_all, map_there, map_blocks }, false },
	{ { unmap_last, split_block, map_there }, false },
	{ { report_all, map_there, map_blocks }, false },
	{ { report_last, map_there }, false },
};

static void begin(const struct grt_geometry_choice *c)
{
	tables_init(&t, c, true);
	t.ops.free = free_later;
	prepare();
	memset(waiting, 0, sizeof(waiting));
	memset(linked, 0, sizeof(linked));
	link_table(grt_geometry_root_level(&t.g), t.pt.root);
	nr_states = 0;
	probe[0] = base();
	probe[1] = base() + 5 * page();
	probe[2] = base() + block();
	probe[3] = base() + block() + 5 * page();
	probe[4] = base() + 2 * block() + page();
	probe[5] = base() + 3 * block() + page();
	probe[6] = base() + 3 * block() + 2 * page();
	probe[7] = base() + 3 * block() + 9 * page();
}

static void end(void)
{
	mmu_host.load = NULL;
	mmu_host.trace = NULL;
	while (nr_changes)
		newest[((const u8 *)changes[--nr_changes].entry - t.memory) / 8] = 0;
	t.ops.free = tables_free;
	for (u64 n = 0; n < TABLE_PAGES; n++)
		if (waiting[n])
			tables_free(&t.pt, TABLE_BASE + (n << t.g.page_shift));
	t.pt.live = false;
	tables_done(&t);
}

static void run_case(const struct grt_geometry_choice *c, unsigned int n)
{
	begin(c);
	memset(nr_found, 0, sizeof(nr_found));
	may_break = cases[n].breaks;
	note_state();
	mmu_host.trace = note_store;
	for (unsigned int i = 0; i < MAX_STATES - 1 && cases[n].op[i]; i++) {
		unsigned int before = nr_changes;

		assert_int_equal(cases[n].op[i](), 0);
		assert_true(nr_changes > before);
		note_state();
	}
	mmu_host.trace = NULL;
	mmu_host.load = load_at;
	for (unsigned int i = 0; i < PROBES; i++) {
		max_loads = t.g.levels;
		if (nr_changes <= 12)
			try_all(i, 0, 0);
		else
			for (unsigned int k = 0; k < 2000; k++) {
				for (unsigned int l = 0, s = 0; l < max_loads; l++) {
					s += (unsigned int)(random_u64() % (nr_changes - s + 1));
					now[l] = s;
				}
				try_once(i);
			}
	}
	try_walks(20);
	/* Some were early, and some late. */
	assert_true(nr_found[0] > 0);
	assert_true(nr_states == 1 || !memcmp(state[0], state[nr_states - 1], sizeof(state[0])) ||
		    nr_found[nr_states - 1] > 0);
	end();
}

static void run_all(void)
{
	shadow = malloc((u64)TABLE_PAGES << 16);
	newest = calloc((u64)TABLE_PAGES << 13, sizeof(*newest));
	assert_true(shadow && newest);
	nr_changes = 0;
	nr_bad = 0;
	random_begin(1);
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++)
		for (unsigned int n = 0; n < ARRAY_SIZE(cases); n++)
			run_case(&grt_geometry_choices[i], n);
	free(shadow);
	free(newest);
}

static void a_reader_finds_what_was_mapped_before_or_after(void **s)
{
	(void)s;
	run_all();
	assert_int_equal(nr_bad, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reader_finds_what_was_mapped_before_or_after),
	};

	return run_both_ways(tests);
}
