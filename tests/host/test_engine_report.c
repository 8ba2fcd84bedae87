// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Unmapping with a report of each leaf, against a flat reference and against what a walk saw before. */
#include "tests/host/engine_trace.h"
#include "tests/host/entry_oracle.h"
#include "tests/host/flat_map.h"
#include "tests/host/random.h"

#define ROUNDS 300

static struct tables t;
static struct flat_map flat;

/* What has been reported; until then no table is free, if there are @tables_before and nothing is split. */
static struct leaves told;
static u64 tables_before;

static u64 page_size(void)
{
	return grt_geometry_page_size(&t.g);
}

static u64 block_size(void)
{
	return grt_geometry_level_size(&t.g, 1);
}

static grt_virt_t base(void)
{
	return grt_geometry_upper_start(&t.g);
}

/* No CPU may use it any more, nobody else finds it, and the table that it was in may not be gone yet. */
static void tell(const struct grt_leaf *leaf, unsigned int nr, void *data)
{
	struct grt_leaf found;

	assert_ptr_equal(data, &t);
	assert_true(nr > 0);
	if (t.pt.live)
		watch_complete();
	if (tables_before)
		assert_int_equal(t.nr_used, tables_before);
	tables_before = 0;
	for (; nr; nr--, leaf++) {
		assert_true(!told.nr ||
			    told.leaf[told.nr - 1].va + told.leaf[told.nr - 1].size - 1 < leaf->va);
		assert_int_equal(grt_translate(&t.pt, leaf->va, &found), -ENOENT);
		leaves_add(leaf, &told);
	}
}

static int unmap(grt_virt_t va, u64 size)
{
	told.nr = 0;
	return grt_unmap_report(&t.pt, va, size, tell, &t);
}

static void begin(const struct grt_geometry_choice *c, bool live)
{
	tables_init(&t, c, live);
	flat.nr = 0;
	if (live)
		watch_begin(&t);
}

static void end(void)
{
	check_tree(&t);
	if (t.pt.live)
		watch_end();
	t.pt.live = false;
	tables_done(&t);
}

static void for_every_layout(void (*fn)(void), bool live)
{
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		begin(&grt_geometry_choices[i], live);
		fn();
		end();
	}
}

static void same_leaf(const struct grt_leaf *a, const struct grt_leaf *b)
{
	assert_int_equal(a->va, b->va);
	assert_int_equal(a->size, b->size);
	assert_int_equal(a->pa, b->pa);
	assert_int_equal(a->attr, b->attr);
	assert_int_equal(a->level, b->level);
	assert_int_equal(a->contiguous, b->contiguous);
	assert_int_equal(a->state, b->state);
}

/* ---- by hand ---- */

/* The largest leaf, a group of it, blocks, groups of pages, pages in no group, some of them old or clean. */
static void map_all_kinds(void)
{
	u64 block = block_size(), page = page_size();
	const grt_attr_t pages = GRT_MAP_PAGES_ONLY | GRT_MAP_NO_CONT;
	unsigned int top = grt_geometry_root_level(&t.g);
	u64 group = grt_geometry_group_size(&t.g, 1);
	grt_virt_t va = base();

	while (!grt_geometry_leaf_allowed(&t.g, top))
		top--;
	assert_int_equal(grt_map(&t.pt, va, block, 3 * block, GRT_ATTR_KERNEL_RW), 0);
	assert_int_equal(grt_map(&t.pt, va + 4 * block, block, block, GRT_ATTR_KERNEL_RW | pages),
			 0);
	assert_int_equal(grt_map(&t.pt, va + 5 * block, 5 * block, block,
				 GRT_ATTR_KERNEL_RX | GRT_MAP_PAGES_ONLY),
			 0);
	assert_int_equal(grt_map(&t.pt, va + 6 * block + page, page, 2 * page,
				 GRT_ATTR_KERNEL_RW | GRT_ATTR_SOFT0),
			 0);
	for (unsigned int i = 0; i < 70; i++)
		assert_int_equal(grt_map(&t.pt, va + 7 * block + i * page, (100 - i) * page, page,
					 GRT_ATTR_KERNEL_RW | (i % 3 ? 0 : GRT_MAP_OLD) |
						 (i % 5 ? 0 : GRT_MAP_CLEAN) |
						 (i / 13 % 2 ? GRT_ATTR_SOFT1 : 0)),
				 0);
	assert_int_equal(grt_unmap(&t.pt, va + 4 * block + 20 * page, 9 * page), 0);
	if (t.g.cont_bits[1])
		assert_int_equal(grt_map(&t.pt, va + group, group, group, GRT_ATTR_KERNEL_RW), 0);
	if (top > 1)
		assert_int_equal(grt_map(&t.pt, va + BIT(t.g.upper_bits - 1), 0,
					 grt_geometry_level_size(&t.g, top), GRT_ATTR_KERNEL_RW),
				 0);
}

/* Whatever a walk finds is reported: of all there is, and of what is left when its middle is gone. */
static void whole(void)
{
	static struct leaves before;
	u64 block = block_size(), all = BIT(t.g.upper_bits), page = page_size(), n;
	const struct {
		u64 start;
		u64 size;
	} part[] = { { 4 * block + 30 * page, 3 * block },
		     { 7 * block + 7 * page, 40 * page },
		     { 6 * block, 2 * block },
		     { 4 * block + 3 * page, page },
		     { 0, all } };

	map_all_kinds();
	for (unsigned int i = 0; i < ARRAY_SIZE(part); i++) {
		if (part[i].start) { /* what is cut is not what a walk would find before */
			grt_split(&t.pt, base() + part[i].start);
			grt_split(&t.pt, base() + part[i].start + part[i].size);
		}
		leaves_get(&t, base() + part[i].start, part[i].size, &before);
		n = mmu_host.count[MMU_TLBI] + mmu_host.count[MMU_SFENCE_ALL];
		tables_before = t.nr_used;
		assert_int_equal(unmap(base() + part[i].start, part[i].size), 0);
		assert_true(!t.pt.live || !before.nr ||
			    mmu_host.count[MMU_TLBI] + mmu_host.count[MMU_SFENCE_ALL] > n ||
			    mmu_host.count[MMU_SFENCE_VA]);
		assert_int_equal(told.nr, before.nr);
		for (unsigned int k = 0; k < told.nr; k++)
			same_leaf(&told.leaf[k], &before.leaf[k]);
		check_tree(&t);
	}
	assert_int_equal(t.pt.tables, 1);
	tables_before = 0;
	assert_int_equal(unmap(base(), all), 0);
	assert_int_equal(told.nr, 0);
}

static void what_a_walk_finds_is_reported(void **state)
{
	(void)state;
	for_every_layout(whole, true);
	for_every_layout(whole, false);
}

/* Hidden leaves are reported as what they were, and cost nothing that others don't. */
static void hidden(void)
{
	u64 block = block_size(), page = page_size(), before;
	grt_virt_t va = base() + 4 * block;
	struct grt_tlb_batch batch;

	map_all_kinds();
	grt_batch_begin(&t.pt, &batch);
	for (unsigned int i = 1; i < 20; i += 2)
		assert_int_equal(grt_protect(&t.pt, va + i * page, page, 0, GRT_ATTR_READ), 0);
	assert_int_equal(grt_batch_commit(&t.pt), 0);
	before = mmu_host.count[MMU_TLBI] + mmu_host.count[MMU_SFENCE_ALL] +
		 mmu_host.count[MMU_SFENCE_VA] + mmu_host.count[MMU_DSB_ISHST];
	for (unsigned int i = 1; i < 20; i += 2) {
		assert_int_equal(unmap(va + i * page, page), 0);
		assert_int_equal(told.nr, 1);
		same_leaf(&told.leaf[0],
			  &(struct grt_leaf){ .va = va + i * page,
					      .size = page,
					      .pa = block + i * page,
					      .attr = GRT_ATTR_KERNEL_RW & ~GRT_ATTR_READ,
					      .state = 3 });
	}
	assert_int_equal(mmu_host.count[MMU_TLBI] + mmu_host.count[MMU_SFENCE_ALL] +
				 mmu_host.count[MMU_SFENCE_VA] + mmu_host.count[MMU_DSB_ISHST],
			 before);
	assert_int_equal(unmap(va, 3 * page), 0);
	assert_int_equal(told.nr, 2);
	assert_int_equal(grt_unmap(&t.pt, base(), BIT(t.g.upper_bits)), 0);
}

static void what_is_hidden_is_reported_and_costs_no_invalidation(void **state)
{
	(void)state;
	for_every_layout(hidden, true);
	for_every_layout(hidden, false);
}

/* What is neither empty nor a leaf, as somebody else may have left it: it goes, and is not reported. */
static void nobodys(void)
{
	u64 block = block_size(), page = page_size();
	grt_virt_t va = base() + 4 * block;
	unsigned int level = t.g.levels - 1U;
	u64 *t0;

	map_all_kinds();
	t0 = raw_entry_of(&t, t.pt.root, va >> t.g.page_shift, &level);
	assert_int_equal(level, 0);
	t0[21] = BIT(13); /* in the hole, without its valid bit */
	t0[25] = BIT(13);
	assert_int_equal(unmap(va + 18 * page, 4 * page), 0);
	assert_int_equal(told.nr, 2);
	assert_int_equal(t0[21], 0);
	assert_int_equal(unmap(va, block), 0);
	assert_int_equal(told.nr, block / page - 9 - 2);
	assert_int_equal(grt_unmap(&t.pt, base(), BIT(t.g.upper_bits)), 0);
}

/* Marks of groups that are none, in the last places of tables: each entry is looked at, and none behind them. */
static void broken_groups(void)
{
	u64 block = block_size(), page = page_size();
	grt_virt_t va = base() + 4 * block, last = base() + BIT(t.g.upper_bits) - block;
	unsigned int level = t.g.levels - 1U;
	u64 *entry;

	if (!t.g.cont_bits[0])
		return;
	map_all_kinds();
	entry = raw_entry_of(&t, t.pt.root, (va + block - page) >> t.g.page_shift, &level);
	for (unsigned int i = 0; i < 3; i++)
		entry[-(int)i] = pte_mkcont(pte_make(entry[-(int)i])).val;
	told.nr = 0;
	assert_int_equal(unmap(va + 40 * page, block - 40 * page), 0);
	assert_true(told.nr >= block / page - 43 && told.nr <= block / page - 40);
	assert_int_equal(grt_map(&t.pt, last, 0, block, GRT_ATTR_KERNEL_RW | GRT_MAP_NO_CONT), 0);
	level = t.g.levels - 1U;
	entry = raw_entry_of(&t, t.pt.root, last >> t.g.page_shift, &level);
	if (t.g.cont_bits[level])
		*entry = pte_mkcont(pte_make(*entry)).val;
	assert_int_equal(unmap(base(), BIT(t.g.upper_bits)), 0);
	assert_int_equal(t.pt.tables, 1);
}

/* What goes reaches into a table from one side, and that is all there is in it or in those above. */
static void alone_at_an_edge(void)
{
	u64 block = block_size(), page = page_size();

	for (unsigned int i = 0; i < 4; i++) {
		grt_virt_t va = base() + 2 * block, from = i & 1 ? va - block : va + 30 * page;
		u64 tables, size = 2 * block + (i & 1 ? 30 * page : 0);

		assert_int_equal(grt_map(&t.pt, va, block, 70 * page, GRT_ATTR_KERNEL_RW), 0);
		assert_int_equal(grt_split(&t.pt, va + 30 * page), 0);
		tables = t.pt.tables;
		if (i & 1)
			size = block + 30 * page;
		if (i & 2)
			assert_int_equal(unmap(from, size), 0);
		else
			assert_int_equal(grt_unmap(&t.pt, from, size), 0);
		assert_int_equal(t.pt.tables, tables);
		check_tree(&t);
		assert_int_equal(unmap(base(), BIT(t.g.upper_bits)), 0);
		assert_int_equal(t.pt.tables, 1);
	}
}

static void what_is_left_at_an_edge_keeps_its_tables(void **state)
{
	(void)state;
	for_every_layout(alone_at_an_edge, true);
	for_every_layout(alone_at_an_edge, false);
	for_every_layout(broken_groups, false);
}

static void what_is_no_leaf_is_not_reported(void **state)
{
	(void)state;
	for_every_layout(nobodys, true);
	for_every_layout(nobodys, false);
}

/* An open batch is committed with all that it holds; a dry one is told what there would be to do. */
static void in_batch(void)
{
	u64 block = block_size(), page = page_size(), before;
	struct grt_tlb_batch batch;

	map_all_kinds();
	grt_batch_begin(&t.pt, &batch);
	assert_int_equal(grt_protect(&t.pt, base() + 4 * block, 3 * page, 0, GRT_ATTR_WRITE), 0);
	assert_int_equal(grt_unmap(&t.pt, base() + 6 * block, block), 0);
	before = t.nr_used;
	assert_int_equal(unmap(base() + 4 * block + 10 * page, 2 * page), 0);
	assert_int_equal(told.nr, 2);
	assert_true(t.nr_used < before);
	watch_complete();
	assert_int_equal(grt_batch_commit(&t.pt), 0);

	grt_batch_dry(&t.pt, &batch);
	assert_int_equal(unmap(base() + page, 2 * block), 0);
	assert_int_equal(told.nr, 0);
	assert_true(batch.tables > 0);
	assert_int_equal(grt_batch_run(&t.pt), 0);
	assert_int_equal(unmap(base() + page, 2 * block), 0);
	assert_true(told.nr > 0);
	assert_int_equal(grt_batch_commit(&t.pt), 0);
	assert_int_equal(grt_unmap(&t.pt, base(), BIT(t.g.upper_bits)), 0);
}

static void an_open_batch_is_committed(void **state)
{
	(void)state;
	for_every_layout(in_batch, true);
}

/* ---- what can't be done ---- */

static void failures(void)
{
	u64 block = block_size(), page = page_size();
	struct snapshot s;
	int err;

	map_all_kinds();
	snapshot_take(&s, &t);
	assert_int_equal(unmap(base(), 0), -EINVAL);
	assert_int_equal(unmap(base() + 1, page), -EINVAL);
	assert_int_equal(unmap(base() - page, 2 * page), -EINVAL);
	assert_int_equal(grt_unmap_report(&t.pt, base(), page, NULL, NULL), -EINVAL);
	assert_int_equal(grt_unmap_report(&t.pt, base(), 8 * block, NULL, NULL), -EINVAL);
	for (u64 n = 1;; n++) {
		t.fail_at = n;
		err = unmap(base() + page, block);
		t.fail_at = 0;
		if (!err)
			break;
		assert_int_equal(err, -ENOMEM);
		assert_int_equal(told.nr, 0);
		snapshot_equal(&s, &t);
	}
	snapshot_drop(&s);
	assert_true(told.nr > 0);
	assert_int_equal(grt_unmap(&t.pt, base(), BIT(t.g.upper_bits)), 0);
}

static void a_failure_reports_nothing(void **state)
{
	(void)state;
	for_every_layout(failures, true);
	for_every_layout(failures, false);
}

#ifdef GEOMETRY_FORMAT_PBMT
static int fence_fails(const struct grt_tlb_domain *domain, u64 mask, u64 start,
		       const struct grt_tlb_fence *what)
{
	(void)domain;
	(void)mask;
	(void)start;
	(void)what;
	return -EIO;
}

/* Nobody knows what other CPUs still use: nothing is reported, no table is freed, and the range is empty. */
static void unfenced(void)
{
	u64 block = block_size(), page = page_size(), leaked;
	const u64 part[][2] = { { 4 * block + page, page },
				{ 4 * block + 2 * page, 5 * page },
				{ 4 * block + 8 * page, 2 * block },
				{ 7 * block, block },
				{ 0, BIT(t.g.upper_bits) } };

	map_all_kinds();
	t.domain.online[0] = 3;
	t.domain.fence = fence_fails;
	t.pt.domain = &t.domain;
	leaked = t.nr_used;
	for (unsigned int i = 0; i < ARRAY_SIZE(part); i++) {
		assert_int_equal(unmap(base() + part[i][0], part[i][1]), -EIO);
		assert_int_equal(told.nr, 0);
		assert_true(t.nr_used >= leaked);
		assert_int_equal(check_table(&t, grt_geometry_root_level(&t.g), t.pt.root, 0),
				 t.pt.tables);
		t.pt.live = false; /* nothing but the place is left */
		assert_int_equal(unmap(base() + part[i][0], part[i][1]), 0);
		assert_int_equal(told.nr, 0);
		t.pt.live = true;
	}
	assert_int_equal(t.pt.tables, 1);
	memset(t.used, 0, sizeof(t.used));
	t.used[(t.pt.root - TABLE_BASE) >> t.g.page_shift] = true;
	t.nr_used = 1;
}

static void after_a_fence_that_failed_nothing_is_free(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		tables_init(&t, &grt_geometry_choices[i], true);
		unfenced();
		t.pt.domain = NULL;
		t.pt.live = false;
		tables_done(&t);
	}
}
#endif

/* ---- by chance ---- */

static struct flat_map seen;

static void flat_tell(const struct grt_leaf *leaf, unsigned int nr, void *data)
{
	tell(leaf, nr, data);
	for (; nr; nr--, leaf++)
		flat_see(leaf, &seen);
}

/* What the reference has in [s, e), and no more of it after that. */
static void flat_take(u64 s, u64 e)
{
	static struct flat_map gone;

	gone.nr = 0;
	flat_copy(&gone, &flat, s, e, (struct grt_edit){ 0, 0 });
	flat_remove(&flat, s, e);
	flat_merge(&gone);
	assert_int_equal(seen.nr, gone.nr);
	for (unsigned int i = 0; i < gone.nr; i++) {
		assert_int_equal(seen.run[i].start, gone.run[i].start);
		assert_int_equal(seen.run[i].end, gone.run[i].end);
		assert_int_equal(seen.run[i].frame, gone.run[i].frame);
		assert_int_equal(seen.run[i].attr, gone.run[i].attr);
	}
}

static void random_range(grt_virt_t *va, u64 *size)
{
	u64 page = page_size(), area = 24 * block_size(), unit = random() % 2 ? page : block_size();

	*va = align_down(random_u64() % area, unit);
	*size = min_u64((1 + random_u64() % 20) * unit, area - *va);
	if (random() % 8 == 0)
		*size = area - *va;
	*va += base();
}

static void one_operation(void)
{
	static const grt_attr_t attr[] = { GRT_ATTR_KERNEL_RO, GRT_ATTR_KERNEL_RW,
					   GRT_ATTR_KERNEL_RX | GRT_ATTR_SOFT0,
					   GRT_ATTR_WRITE | GRT_ATTR_GLOBAL };
	grt_attr_t a = attr[(unsigned int)random() % ARRAY_SIZE(attr)];
	u64 size, s, e;
	grt_virt_t va;

	random_range(&va, &size);
	s = va >> 12;
	e = s + (size >> 12);
	if (random() % 3) {
		grt_phys_t pa = (va - base()) ^ (random() % 4 ? 0 : page_size());
		int err = grt_map(&t.pt, va, pa, size, a | (random() % 3 ? 0 : GRT_MAP_PAGES_ONLY));

		if (flat_mapped(&flat, s, e))
			assert_int_equal(err, -EEXIST);
		else if (!err)
			flat_add(&flat, s, e, pa >> 12, a);
		return;
	}
	seen.nr = told.nr = 0;
	assert_int_equal(grt_unmap_report(&t.pt, va, size, flat_tell, &t), 0);
	flat_take(s, e);
}

static void random_ranges(void)
{
	for (unsigned int i = 0; i < ROUNDS; i++) {
		one_operation();
		if (t.pt.live)
			watch_complete();
		check_tree(&t);
		flat_compare(&flat, &t.pt, base(), BIT(t.g.upper_bits));
	}
	seen.nr = told.nr = 0;
	assert_int_equal(grt_unmap_report(&t.pt, base(), BIT(t.g.upper_bits), flat_tell, &t), 0);
	flat_take(0, ~0ULL);
	assert_int_equal(t.pt.tables, 1);
}

static void random_ranges_agree_with_the_reference(void **state)
{
	(void)state;
	random_begin(1);
	for_every_layout(random_ranges, true);
	for_every_layout(random_ranges, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_walk_finds_is_reported),
		cmocka_unit_test(what_is_hidden_is_reported_and_costs_no_invalidation),
		cmocka_unit_test(what_is_no_leaf_is_not_reported),
		cmocka_unit_test(what_is_left_at_an_edge_keeps_its_tables),
		cmocka_unit_test(an_open_batch_is_committed),
		cmocka_unit_test(a_failure_reports_nothing),
#ifdef GEOMETRY_FORMAT_PBMT
		cmocka_unit_test(after_a_fence_that_failed_nothing_is_free),
#endif
		cmocka_unit_test(random_ranges_agree_with_the_reference),
	};

	return run_both_ways(tests);
}
