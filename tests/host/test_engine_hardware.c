// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Operations while hardware sets accessed and dirty state in the leaves: none of it is lost, and none is
 * invented, but that a leaf has one state for all of its pages.
 */
#include "tests/host/fake_ageing.h"
#include "tests/host/random.h"

static struct tables t;
static bool mapped[FAKE_PAGES];
static unsigned int collapsed, refused;

static grt_virt_t address(u64 page)
{
	return page << t.g.page_shift;
}

/* Every leaf says what was set in its pages, and nothing that none of them may say. */
static int check_leaf(const struct grt_leaf *leaf, void *arg)
{
	u64 from = max_u64(leaf->va >> t.g.page_shift, fake.first) - fake.first;
	u64 to = min_u64(((leaf->va + leaf->size - 1) >> t.g.page_shift) + 1,
			 fake.first + fake.pages) -
		 fake.first;
	u8 set = 0, may = 0;

	(void)arg;
	for (u64 p = from; p < to; p++) {
		assert_true(mapped[p]);
		set |= fake.set[p];
		may |= fake.may[p];
	}
	assert_int_equal(set & ~leaf->state, 0);
	assert_int_equal(leaf->state & ~may, 0);
	memset(fake.may + from, may, to - from);
	return 0;
}

static void check(void)
{
	struct grt_leaf leaf;
	u64 page;

	fake.off = true;
	assert_int_equal(grt_walk(&t.pt, address(fake.first), fake.pages << t.g.page_shift,
				  check_leaf, NULL),
			 0);
	page = fake.first + (u64)random() % fake.pages;
	if (!grt_translate(&t.pt, address(page), &leaf))
		check_leaf(&leaf, NULL);
	fake.off = false;
}

static void forget(u64 page, u64 nr, bool is_mapped, unsigned int state)
{
	memset(mapped + (page - fake.first), is_mapped, nr);
	memset(fake.set + (page - fake.first), (int)state, nr);
	memset(fake.may + (page - fake.first), (int)state, nr);
}

/* ---- random operations ---- */

static grt_phys_t memory_of(u64 page)
{
	return (page - fake.first + (GIB(1) >> t.g.page_shift)) << t.g.page_shift;
}

static void random_range(u64 *page, u64 *nr)
{
	u64 block = BIT(t.g.page_shift - 3), units[] = { 1, 1, 16, 128, block, block };
	u64 unit = units[(unsigned int)random() % ARRAY_SIZE(units)];

	*page = align_down((u64)random() % fake.pages, unit);
	*nr = min_u64(unit * (1 + (u64)random() % 3), fake.pages - *page);
	*page += fake.first;
}

static void do_map(u64 page, u64 nr)
{
	grt_attr_t attr = GRT_ATTR_READ;
	unsigned int state = GRT_PGSTATE_ACCESSED;

	attr |= random() % 4 ? GRT_ATTR_WRITE : 0;
	attr |= random() % 4 ? GRT_MAP_OLD : 0;
	attr |= random() % 4 ? GRT_MAP_CLEAN : 0;
	attr |= random() % 2 ? GRT_MAP_PAGES_ONLY : 0;
	attr |= random() % 4 ? 0 : GRT_MAP_NO_CONT;
	if (attr & GRT_MAP_OLD)
		state = 0;
	if ((attr & (GRT_ATTR_WRITE | GRT_MAP_CLEAN)) == GRT_ATTR_WRITE)
		state |= GRT_PGSTATE_DIRTY;
	for (u64 p = page; p < page + nr; p++)
		if (mapped[p - fake.first])
			return;
	/* Nobody can touch it before it is mapped. */
	for (u64 p = page - fake.first; p < page - fake.first + nr; p++)
		mapped[p] = true, fake.set[p] = fake.may[p] = (u8)state;
	assert_int_equal(grt_map(&t.pt, address(page), memory_of(page), nr << t.g.page_shift, attr),
			 0);
}

static void tell(const struct grt_leaf *leaf, unsigned int nr, void *data)
{
	u64 *told = data;

	for (; nr; nr--, leaf++) {
		check_leaf(leaf, NULL);
		*told += leaf->size >> t.g.page_shift;
	}
}

/* What is reported says all that was set until nobody could any more. */
static void do_unmap(u64 page, u64 nr)
{
	u64 told = 0, there = 0;

	for (u64 p = page; p < page + nr; p++)
		there += mapped[p - fake.first];
	if (random() % 2) {
		assert_int_equal(grt_unmap(&t.pt, address(page), nr << t.g.page_shift), 0);
	} else {
		assert_int_equal(grt_unmap_report(&t.pt, address(page), nr << t.g.page_shift, tell,
						  &told),
				 0);
		assert_int_equal(told, there);
	}
	forget(page, nr, false, 0);
	fake_hardware_unmapped();
}

static void do_protect(u64 page, u64 nr)
{
	static const grt_attr_t change[][2] = {
		{ GRT_ATTR_WRITE | GRT_MAP_CLEAN, GRT_ATTR_EXEC },
		{ GRT_ATTR_WRITE | GRT_MAP_CLEAN, 0 },
		{ 0, GRT_ATTR_WRITE },
		{ GRT_ATTR_EXEC, GRT_ATTR_WRITE },
		{ GRT_ATTR_SOFT0, 0 },
		{ 0, GRT_ATTR_SOFT0 },
		{ 0, GRT_ATTR_READ },
		{ GRT_ATTR_READ, 0 },
		{ GRT_ATTR_READ, 0 },
		{ GRT_ATTR_GLOBAL, 0 },
		{ 0, GRT_ATTR_GLOBAL },
	};
	const grt_attr_t *c = change[(unsigned int)random() % ARRAY_SIZE(change)];

	int err = grt_protect(&t.pt, address(page), nr << t.g.page_shift, c[0], c[1]);

	assert_true(!err || (err == -EINVAL && c[0] & (GRT_ATTR_WRITE | GRT_ATTR_EXEC)));
}

static void do_remap(u64 page)
{
	struct grt_leaf leaf;

	fake.off = true;
	if (!grt_translate(&t.pt, address(page), &leaf)) {
		fake.off = false;
		/* Whatever is set until then is about the old page. */
		assert_int_equal(grt_remap(&t.pt, address(page), memory_of(page) + GIB(8),
					   BIT(t.g.page_shift),
					   GRT_ATTR_READ | GRT_ATTR_WRITE | GRT_MAP_OLD |
						   GRT_MAP_CLEAN),
				 0);
		fake.off = true;
		assert_int_equal(grt_translate(&t.pt, address(page), &leaf), 0);
		assert_int_equal(leaf.size, BIT(t.g.page_shift));
		fake.set[page - fake.first] = leaf.state;
		fake.may[page - fake.first] = leaf.state;
	}
	fake.off = false;
}

/* A block by pages that are all alike, put together while they are used. */
static void do_whole(u64 page)
{
	const u64 block = BIT(t.g.page_shift - 3);

	page = align_down(page, block);
	do_unmap(page, block);
	forget(page, block, true, 0);
	assert_int_equal(grt_map(&t.pt, address(page), memory_of(page), block << t.g.page_shift,
				 GRT_ATTR_READ | GRT_ATTR_WRITE | GRT_MAP_OLD | GRT_MAP_CLEAN |
					 GRT_MAP_PAGES_ONLY),
			 0);
	assert_int_equal(
		grt_collapse(&t.pt, address(page), block << t.g.page_shift, GRT_EXTENT_INSIDE), 0);
}

/*
 * On arm64 a group whose first page is clean and another one is dirty would change its size and AP[2] at
 * once, which is refused (A4).
 */
static void do_collapse(u64 page, u64 nr, enum grt_extent extent)
{
	int err = grt_collapse(&t.pt, address(page), nr << t.g.page_shift, extent);

#ifndef GEOMETRY_FORMAT_PBMT
	if (err == -EPERM) {
		refused++;
		return;
	}
#endif
	assert_int_equal(err, 0);
	collapsed++;
}

static void do_age(u64 page, u64 nr)
{
	unsigned int what = 1 + (unsigned int)random() % 3;

	memset(taken, 0, sizeof(taken));
	assert_int_equal(grt_age(&t.pt, address(page), nr << t.g.page_shift, what | GRT_AGE_CLEAR,
				 take, NULL),
			 0);
	fake.off = true;
	assert_int_equal(grt_walk(&t.pt, address(fake.first), fake.pages << t.g.page_shift,
				  check_taken, NULL),
			 0);
	fake.off = false;
}

static void one_operation(void)
{
	u64 page, nr;

	random_range(&page, &nr);
	fake.near = page;
	fake.rate = 6U << (random() % 10);
	switch (random() % 17) {
	case 0 ... 3:
		do_map(page, nr);
		break;
	case 4:
		do_unmap(page, nr);
		break;
	case 5 ... 7:
		do_protect(page, nr);
		for (unsigned int i = 0; i < 40; i++) {
			fake.near = page + (u64)random() % nr;
			do_protect(fake.near, 1);
		}
		break;
	case 8:
		assert_int_equal(grt_split(&t.pt, address(page)),
				 mapped[page - fake.first] ? 0 : -EINVAL);
		break;
	case 9:
		do_remap(page);
		break;
	case 10 ... 11:
		do_whole(page);
		break;
	case 12 ... 14:
		do_age(page, nr);
		break;
	default:
		do_collapse(page, nr, random() % 2 ? GRT_EXTENT_INSIDE : GRT_EXTENT_AROUND);
		break;
	}
}

static void begin(const struct grt_geometry_choice *c)
{
	u64 pages = c->page_shift > 14 ? 2ULL << 13 : 4ULL << (c->page_shift - 3);

	tables_init(&t, c, true);
	memset(mapped, 0, sizeof(mapped));
	fake_hardware_begin(&t, grt_geometry_upper_start(&t.g) >> c->page_shift, pages);
}

static void end(void)
{
	fake_hardware_end();
	check_tree(&t);
	t.pt.live = false;
	tables_done(&t);
}

static void nothing_is_lost_or_invented(void **state)
{
	struct grt_tlb_batch batch;
	u64 stale = 0;

	(void)state;
	collapsed = refused = 0;
	nr_taken = nr_again = 0;
	for (unsigned int seed = 1; seed <= 2; seed++) {
		for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
			random_begin(seed);
			begin(&grt_geometry_choices[i]);
			for (unsigned int round = 0; round < 200; round++) {
				if (seed == 2 && round % 5 == 0)
					grt_batch_begin(&t.pt, &batch);
				one_operation();
				if (seed == 2 && round % 5 == 4)
					assert_int_equal(grt_batch_commit(&t.pt), 0);
				check();
			}
			assert_true(fake.actions > 1000);
			stale += fake.stale;
			end();
		}
	}
	assert_true(stale > 8); /* a report commits, and whoever is fenced forgets */
	assert_true(collapsed > 10 * refused && collapsed > 100);
	assert_true(nr_taken > 3000 && nr_again > 1000);
}

/* Only the entry that translates one page is touched, before the engine's accesses of that entry. */
static void touch_exactly(const u64 *entry)
{
	const unsigned int bits = t.g.page_shift - 3;
	unsigned int level = grt_geometry_root_level(&t.g);
	grt_phys_t table = t.pt.root;

	for (;; level--) {
		const u64 *e = tables_memory(&t, table) +
			       ((fake.near >> level * bits) & (raw_entries(&t.g, level) - 1));

		if (!raw_table(level, *e)) {
			if (e == entry && !fake.off && random() % 8 == 0)
				fake_access(level, table, fake.near, random() % 2);
			return;
		}
		table = raw_phys(&t.g, *e);
	}
}

/* One page, which is a leaf of its own, or a part of a block: little time between a load and a store. */
static void single_page(u64 nr)
{
	static const grt_attr_t change[][2] = {
		{ GRT_ATTR_SOFT0, 0 },
		{ 0, GRT_ATTR_WRITE },
		{ GRT_ATTR_EXEC, GRT_ATTR_WRITE },
		{ 0, GRT_ATTR_READ },
	};
	const grt_attr_t *c = change[(unsigned int)random() % ARRAY_SIZE(change)];
	u64 page = fake.first + (u64)random() % nr;

	fake.off = true;
	forget(fake.first, nr, true, 0);
	assert_int_equal(grt_map(&t.pt, address(fake.first), memory_of(fake.first),
				 nr << t.g.page_shift,
				 GRT_ATTR_READ | GRT_ATTR_WRITE | GRT_MAP_OLD | GRT_MAP_CLEAN),
			 0);
	fake.near = page;
	fake.off = false;
	assert_int_equal(grt_protect(&t.pt, address(page), BIT(t.g.page_shift), c[0], c[1]), 0);
	if (!c[0] && c[1] == GRT_ATTR_READ)
		assert_int_equal(grt_protect(&t.pt, address(page), BIT(t.g.page_shift),
					     GRT_ATTR_READ, 0),
				 0);
	check();
	fake.off = true;
	do_unmap(fake.first, nr);
}

static void single_pages_keep_what_is_set_while_they_change(void **state)
{
	(void)state;
	random_begin(3);
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		u64 block = BIT(grt_geometry_choices[i].page_shift - 3);

		begin(&grt_geometry_choices[i]);
		/* A neighbour, so that its table stays. */
		forget(fake.first + 1, 1, true, 3);
		forget(fake.first + block, 1, true, 3);
		assert_int_equal(grt_map(&t.pt, address(fake.first + 1), GIB(2),
					 BIT(t.g.page_shift), GRT_ATTR_READ | GRT_ATTR_WRITE),
				 0);
		assert_int_equal(grt_map(&t.pt, address(fake.first + block), GIB(3),
					 BIT(t.g.page_shift), GRT_ATTR_READ | GRT_ATTR_WRITE),
				 0);
		mmu_host.hardware = touch_exactly;
		for (unsigned int round = 0; round < 300; round++)
			single_page(1);
		do_unmap(fake.first + 1, 1);
		for (unsigned int round = 0; round < 100; round++)
			single_page(block);
		assert_true(fake.actions > 100);
		end();
	}
}

static void expect_state(u64 page, unsigned int state)
{
	struct grt_leaf leaf;

	assert_int_equal(grt_translate(&t.pt, address(page), &leaf), 0);
	assert_int_equal(leaf.state, state);
}

/* What was written is the old memory: the new one begins as it is asked for, part of a larger leaf or not. */
static void other_memory_has_its_own_state(void **state)
{
	const grt_attr_t fresh = GRT_ATTR_READ | GRT_ATTR_WRITE | GRT_MAP_OLD | GRT_MAP_CLEAN;

	(void)state;
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		u64 block, page, size;

		begin(&grt_geometry_choices[i]);
		fake.off = true;
		size = BIT(t.g.page_shift);
		block = BIT(t.g.page_shift - 3);
		page = fake.first + 5;
		assert_int_equal(grt_map(&t.pt, address(fake.first), GIB(1), block * size, fresh),
				 0);
		fake_access(grt_geometry_root_level(&t.g), t.pt.root, page, true);
		expect_state(page, 3);
		assert_int_equal(grt_remap(&t.pt, address(page), GIB(8), size, fresh), 0);
		expect_state(page, 0);
		expect_state(page - 1, 3);
		expect_state(page + 1, 3);
		fake_access(grt_geometry_root_level(&t.g), t.pt.root, page, true);
		expect_state(page, 3);
		assert_int_equal(grt_remap(&t.pt, address(page), GIB(9), size, fresh), 0);
		expect_state(page, 0);
		assert_int_equal(grt_remap(&t.pt, address(page), GIB(8), size,
					   GRT_ATTR_READ | GRT_ATTR_WRITE),
				 0);
		expect_state(page, 3);
		forget(fake.first, block, true, 3);
		end();
	}
}

/* Groups that are dirty since they were mapped become clean, in place, by pages, or broken for a moment. */
static void groups_lose_nothing_as_they_become_clean(void **state)
{
	(void)state;
	random_begin(4);
	for (unsigned int i = 0; i < grt_geometry_nr_choices * 8; i++) {
		begin(&grt_geometry_choices[i / 8]);
#ifndef GEOMETRY_FORMAT_PBMT
		t.caps.bbm = (u8)(i % 4);
#endif
		forget(fake.first, fake.pages, true, GRT_PGSTATE_DIRTY);
		assert_int_equal(
			grt_map(&t.pt, address(fake.first), GIB(4), fake.pages << t.g.page_shift,
				GRT_ATTR_READ | GRT_ATTR_WRITE | GRT_MAP_OLD | GRT_MAP_PAGES_ONLY),
			0);
		fake.rate = 12;
		for (unsigned int round = 0; round < 3; round++) {
			do_age(fake.first + (u64)random() % fake.pages, 1);
			do_age(fake.first, fake.pages);
			check();
		}
		end();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(other_memory_has_its_own_state),
		cmocka_unit_test(nothing_is_lost_or_invented),
		cmocka_unit_test(single_pages_keep_what_is_set_while_they_change),
		cmocka_unit_test(groups_lose_nothing_as_they_become_clean),
	};

	return run_both_ways(tests);
}
