// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Accessed and dirty state of ranges, against tables that are read by the manuals' bits alone. */
#include <graticule/pgtable_age.h>
#include "tests/host/age_units.h"

/* ---- what is said ---- */

static void hear(const struct grt_age_bits *b, void *arg)
{
	u64 any = 0;

	assert_ptr_equal(arg, &said);
	assert_in_range(b->nr, 1, 512);
	for (unsigned int i = 0; i < (b->nr + 63) / 64; i++)
		any |= b->accessed[i] | b->dirty[i];
	assert_true(any);
	for (unsigned int i = 0; i < (b->nr + 63) / 64 * 64; i++) {
		unsigned int state = (b->accessed[i / 64] >> i % 64 & 1 ? ACCESSED : 0) |
				     (b->dirty[i / 64] >> i % 64 & 1 ? DIRTY : 0);
		bool group = b->groups[i / 64] >> i % 64 & 1;
		u64 start = (b->va + i * b->size) >> t.g.page_shift;

		assert_true(i < b->nr || !(state | group));
		if (!state)
			continue;
		assert_true(!said.nr || said.unit[said.nr - 1].end <= start);
		said.unit[said.nr++] = (struct unit){
			.start = start,
			.end = start + ((group ? b->group : b->size) >> t.g.page_shift),
			.state = state,
			.group = group,
		};
	}
}

static unsigned int sequences(void)
{
#ifdef GEOMETRY_FORMAT_PBMT
	return (unsigned int)mmu_host.count[MMU_ORDER_REMOTE];
#else
	return (unsigned int)mmu_host.count[MMU_DSB_ISH];
#endif
}

#ifdef GEOMETRY_FORMAT_PBMT
static void set_bbm(u8 bbm)
{
	(void)bbm;
}

static bool breaks(void)
{
	return false;
}
#else
static void set_bbm(u8 bbm)
{
	t.caps.bbm = bbm;
}

/* Only where sizes can't change live. */
static bool breaks(void)
{
	return t.caps.bbm < 2;
}
#endif

/* Clearing it needs another bit in each entry of a group, which can't be done in place below level 3. */
static bool is_apart(const struct unit *u, unsigned int what)
{
#ifdef GEOMETRY_FORMAT_PBMT
	(void)u, (void)what;
	return false;
#else
	unsigned int level;

	return t.pt.live && t.caps.bbm < 3 && what & GRT_AGE_CLEAR && what & DIRTY && u->group &&
	       !u->tracked && raw_can_be_dirty(*entry_of(u->start, &level));
#endif
}

/* How often there was something to see. */
enum seen { SEEN_LEAF, SEEN_GROUP, SEEN_UPPER, SEEN_APART, SEEN };
static unsigned int seen[SEEN];

/* All that overlaps was said, once, with what was asked for, and nothing else. */
static void check_said(unsigned int what, bool asked)
{
	unsigned int nr = 0;

	for (const struct unit *u = before.unit; u < before.unit + before.nr; u++) {
		bool apart = is_apart(u, what) && !breaks();
		u64 n = apart ? raw_group(&t.g, u->level) : 1, size = (u->end - u->start) / n;
		unsigned int state = u->state & what & BOTH;

		seen[SEEN_APART] += is_apart(u, what);
		for (u64 i = 0; i < n && state && asked; i++, nr++) {
			const struct unit *s = &said.unit[nr];

			assert_true(nr < said.nr);
			assert_int_equal(s->start, u->start + i * size);
			assert_int_equal(s->end, s->start + size);
			/* The pages of a group that was taken apart may each have their own. */
			assert_true(s->state == state || (apart && !(s->state & ~state)));
			assert_int_equal(s->group, u->group && !apart);
			seen[SEEN_LEAF]++;
			seen[SEEN_GROUP] += u->group;
			seen[SEEN_UPPER] += u->level > 0;
		}
	}
	assert_int_equal(said.nr, nr);
}

static unsigned int of(unsigned int what, unsigned int change)
{
	return what & change ? what & BOTH : 0;
}

/* Each entry says what it should, but for that it is as it was, and so is all else. */
static void check_left(const struct snapshot *old, unsigned int what)
{
	unsigned int set = of(what, GRT_AGE_SET), clear = of(what, GRT_AGE_CLEAR), level;
	u64 place[TABLE_PAGES], used = 0;

	for (u64 n = 0; n < TABLE_PAGES; n++) {
		place[n] = used << t.g.page_shift;
		used += old->used[n];
	}
	for (const struct unit *u = before.unit; u < before.unit + before.nr; u++) {
		u64 *entry = entry_of(u->start, &level);
		u64 n = (u->end - u->start) >> raw_page_shift(&t.g, level);
		u64 at = (u64)((u8 *)entry - t.memory), was;
		bool apart = is_apart(u, what);

		for (u64 i = 0; i < n; i++, at += 8, entry++) {
			memcpy(&was,
			       old->memory + place[at >> t.g.page_shift] +
				       (at & (BIT(t.g.page_shift) - 1)),
			       8);
			if (apart)
				assert_int_equal(raw_state(*entry) & clear, 0);
			else
				assert_int_equal(raw_state(*entry),
						 (raw_state(was) & ~clear) | set);
			assert_int_equal((*entry ^ was) & ~(STATE_BITS | (apart ? BIT(52) : 0)), 0);
			poke(entry, was);
		}
	}
	snapshot_equal(old, &t);
}

/* Is something that a TLB may hold of the leaf out of date then? No TLB holds software's bit 57. */
static bool must_be_forgotten(const struct unit *u, unsigned int what)
{
	unsigned int changes = u->state & of(what, GRT_AGE_CLEAR), level;
	const u64 *entry = entry_of(u->start, &level);

	for (u64 i = 0; i < (u->end - u->start) >> raw_page_shift(&t.g, level); i++)
		changes |= of(what, GRT_AGE_SET) & ~raw_state(entry[i]);
#ifndef GEOMETRY_FORMAT_PBMT
	changes &= raw_can_be_dirty(*entry) ? BOTH : ACCESSED;
#endif
	return changes;
}

/** enum way - how an operation is made */
enum way { WAY_ALONE, WAY_BATCH, WAY_DRY, WAYS };

static void age(u64 s, u64 e, unsigned int what, bool asked)
{
	assert_int_equal(grt_age(&t.pt, s << t.g.page_shift, (e - s) << t.g.page_shift, what,
				 asked ? hear : NULL, &said),
			 0);
}

static void dry(u64 s, u64 e, unsigned int what, struct grt_tlb_batch *batch)
{
	grt_batch_dry(&t.pt, batch);
	age(s, e, what, true);
	assert_int_equal(said.nr + mmu_host.count[MMU_STORE] + batch->tables, 0);
	assert_int_equal(grt_batch_run(&t.pt), 0);
}

/* One invalidation for all that has to be forgotten, and none where nothing has. */
static void check_cost(unsigned int forgotten, unsigned int apart)
{
	if (apart)
		assert_true(sequences() >= 1);
	else
		assert_int_equal(sequences(), t.pt.live && forgotten);
}

static void one_round(u64 s, u64 e, unsigned int what, enum way way, bool asked)
{
	unsigned int forgotten = 0, apart = 0;
	struct grt_tlb_batch batch;
	struct snapshot old;

	touch_at_random();
	find_units(s, e, &before);
	for (const struct unit *u = before.unit; u < before.unit + before.nr; u++) {
		forgotten += must_be_forgotten(u, what);
		apart += is_apart(u, what);
	}
	snapshot_take(&old, &t);
	memset(mmu_host.count, 0, sizeof(mmu_host.count));
	said.nr = 0;
	watch.unbroken = !breaks();
	if (way == WAY_BATCH)
		grt_batch_begin(&t.pt, &batch);
	if (way == WAY_DRY)
		dry(s, e, what, &batch);
	age(s, e, what, asked);
	if (way != WAY_ALONE) {
		assert_true(apart || !sequences());
		assert_int_equal(grt_batch_commit(&t.pt), 0);
	}
	watch.unbroken = false;
	if (what & GRT_AGE_STALE) {
		assert_int_equal(sequences(), 0);
		assert_int_equal(grt_tlb_invalidate_tree(&t.pt), 0);
	} else {
		check_cost(forgotten, apart);
	}
	if (t.pt.live)
		watch_complete();
	check_said(what, asked);
	check_left(&old, what);
	snapshot_drop(&old);
}

/* ---- random trees ---- */

static void random_range(u64 *s, u64 *e)
{
	const u64 block = BIT(t.g.page_shift - 3), group = raw_group(&t.g, 0);
	const u64 units[] = { 1, 1, 3, group, 64, block, block, 16 * block };
	u64 unit = units[(unsigned int)random() % ARRAY_SIZE(units)];

	*s = first + (u64)random() % pages / unit * unit;
	*e = min_u64(*s + unit * (1 + (u64)random() % 3), first + pages);
	if (random() % 8 == 0)
		*s = first, *e = first + pages;
}

static void map_at_random(void)
{
	const unsigned int shift = t.g.page_shift;
	const u64 block = BIT(shift - 3);
	grt_attr_t attr;
	u64 s, e;

	for (unsigned int i = 0; i < 24; i++) {
		random_range(&s, &e);
		attr = GRT_ATTR_READ | (random() % 4 ? GRT_ATTR_WRITE : 0);
		attr |= random() % 2 && e - s <= 3 * block ? GRT_MAP_PAGES_ONLY : 0;
		attr |= (random() % 4 ? 0 : GRT_MAP_NO_CONT) | (random() % 2 ? 0 : GRT_MAP_CLEAN);
		grt_map(&t.pt, s << shift, (s - first) << shift, (e - s) << shift, attr);
		if (i % 4 == 3 && e - s < 2 * block)
			assert_int_equal(grt_unmap(&t.pt, s << shift, min_u64(e - s, 5) << shift),
					 0);
		if (i % 4 == 2 && e - s < 2 * block)
			assert_int_equal(grt_protect(&t.pt, s << shift, min_u64(e - s, 3) << shift,
						     0, GRT_ATTR_READ),
					 0);
	}
}

static const unsigned int changes[] = {
	0,
	GRT_AGE_CLEAR,
	GRT_AGE_CLEAR,
	GRT_AGE_CLEAR,
	GRT_AGE_SET,
	GRT_AGE_SET | GRT_AGE_STALE,
	GRT_AGE_CLEAR | GRT_AGE_STALE,
};

static void rounds(const struct grt_geometry_choice *c, bool live, u8 bbm)
{
	tables_init(&t, c, live);
	first = grt_geometry_upper_start(&t.g) >> c->page_shift;
	pages = 40ULL << (c->page_shift - 3);
	if (live)
		watch_begin(&t);
	map_at_random();
	t.pt.regime.hardware_ad = random() % 2;
	set_bbm(bbm);
	for (unsigned int i = 0; i < 30; i++) {
		unsigned int what = 1 + (unsigned int)random() % 3;
		unsigned int change = changes[(unsigned int)random() % ARRAY_SIZE(changes)];
		u64 s, e;

		if (what & DIRTY && change & GRT_AGE_CLEAR)
			change = GRT_AGE_CLEAR;
		random_range(&s, &e);
		one_round(s, e, what | change, (enum way)((unsigned int)random() % WAYS),
			  !change || random() % 4);
	}
	set_bbm(3);
	if (live)
		watch_end();
	t.pt.live = false;
	tables_done(&t);
}

static void random_ranges_against_what_the_bits_say(void **state)
{
	(void)state;
	memset(seen, 0, sizeof(seen));
	random_begin(1);
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++)
		for (unsigned int live = 0; live < 2; live++)
			for (u8 bbm = 0; bbm < 4; bbm++)
				rounds(&grt_geometry_choices[i], live, bbm);
	assert_true(seen[SEEN_LEAF] > 5000 && seen[SEEN_GROUP] > 500 && seen[SEEN_UPPER] > 500);
#ifndef GEOMETRY_FORMAT_PBMT
	assert_true(seen[SEEN_APART] > 500);
#endif
}

/* ---- by hand ---- */

static void begin(const struct grt_geometry_choice *c, grt_attr_t attr)
{
	tables_init(&t, c, true);
	first = grt_geometry_upper_start(&t.g) >> c->page_shift;
	pages = BIT(c->page_shift - 3);
	watch_begin(&t);
	assert_int_equal(grt_map(&t.pt, first << c->page_shift, 0, pages << c->page_shift,
				 GRT_ATTR_KERNEL_RW | GRT_MAP_PAGES_ONLY | attr),
			 0);
	said.nr = 0;
	memset(mmu_host.count, 0, sizeof(mmu_host.count));
}

static void end(void)
{
	watch_complete();
	watch_end();
	t.pt.live = false;
	tables_done(&t);
}

/* What is set is seen once, in the leaf that it is in, whatever part of that is asked for. */
static void a_part_of_a_group_is_the_group(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		u64 n;

		begin(&grt_geometry_choices[i], GRT_MAP_OLD);
		n = raw_group(&t.g, 0);
		age(first + n + 1, first + n + 2, ACCESSED | GRT_AGE_SET, false);
		assert_int_equal(mmu_host.count[MMU_STORE], n);
		age(first, first + pages, ACCESSED, true);
		assert_int_equal(said.nr, 1);
		assert_int_equal(said.unit[0].start, first + n + (n == 1));
		assert_int_equal(said.unit[0].end, said.unit[0].start + n);
		assert_int_equal(said.unit[0].group, n > 1);
		said.nr = 0;
		age(first + 2 * n, first + pages, BOTH, true);
		for (unsigned int k = 0; k < said.nr; k++)
			assert_int_equal(said.unit[k].state, DIRTY);
		assert_int_equal(said.nr, (pages - 2 * n) / n);
		said.nr = 0;
		if (n > 1)
			age(first + n + 5, first + n + 6, ACCESSED | GRT_AGE_CLEAR, true);
		else
			age(first, first + 3, ACCESSED | GRT_AGE_CLEAR, true);
		assert_int_equal(said.nr, 1);
		assert_int_equal(mmu_host.count[MMU_STORE], 2 * n);
		said.nr = 0;
		age(first, first + pages, ACCESSED, true);
		assert_int_equal(said.nr, 0);
		end();
	}
}

static int wrong(grt_virt_t va, u64 size, unsigned int what, grt_age_fn fn)
{
	return grt_age(&t.pt, va, size, what, fn, &said);
}

static void wrong_arguments_change_nothing(void **state)
{
	const u64 page = BIT(grt_geometry_choices[0].page_shift);
	struct snapshot old;
	grt_virt_t va;

	(void)state;
	begin(&grt_geometry_choices[0], 0);
	va = first * page;
	snapshot_take(&old, &t);
	assert_int_equal(wrong(va, page, 0, hear), -EINVAL);
	assert_int_equal(wrong(va, page, GRT_AGE_CLEAR, hear), -EINVAL);
	assert_int_equal(wrong(va, page, ACCESSED | 32, hear), -EINVAL);
	assert_int_equal(wrong(va, page, ACCESSED | 1U << 31, hear), -EINVAL);
	assert_int_equal(wrong(va, page, ACCESSED, NULL), -EINVAL);
	assert_int_equal(wrong(va, page, ACCESSED | GRT_AGE_STALE, hear), -EINVAL);
	assert_int_equal(wrong(va, page, BOTH | GRT_AGE_CLEAR | GRT_AGE_STALE, hear), -EINVAL);
	assert_int_equal(wrong(va, page, DIRTY | GRT_AGE_CLEAR | GRT_AGE_STALE, NULL), -EINVAL);
	assert_int_equal(wrong(va, page, ACCESSED | GRT_AGE_CLEAR | GRT_AGE_SET, hear), -EINVAL);
	assert_int_equal(wrong(va, 0, ACCESSED | GRT_AGE_CLEAR, hear), -EINVAL);
	assert_int_equal(wrong(va + 8, page, ACCESSED | GRT_AGE_CLEAR, hear), -EINVAL);
	assert_int_equal(wrong(va, page + 8, ACCESSED | GRT_AGE_CLEAR, hear), -EINVAL);
	assert_int_equal(wrong(0, page, ACCESSED | GRT_AGE_CLEAR, hear), -EINVAL);
	assert_int_equal(wrong(va - page, page, ACCESSED | GRT_AGE_CLEAR, hear), -EINVAL);
	assert_int_equal(wrong(-page, 2 * page, ACCESSED | GRT_AGE_CLEAR, hear), -EINVAL);
	assert_int_equal(wrong(va, -va + page, ACCESSED | GRT_AGE_CLEAR, hear), -EINVAL);
	t.pt.fixed = true;
	assert_int_equal(wrong(va, page, ACCESSED, hear), -EOPNOTSUPP);
	t.pt.fixed = false;
	assert_int_equal(said.nr + sequences(), 0);
	snapshot_equal(&old, &t);
	/* To the last page of the half. */
	assert_int_equal(wrong(va, -va, ACCESSED | GRT_AGE_CLEAR, NULL), 0);
	snapshot_drop(&old);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_part_of_a_group_is_the_group),
		cmocka_unit_test(wrong_arguments_change_nothing),
		cmocka_unit_test(random_ranges_against_what_the_bits_say),
	};

	return run_both_ways(tests);
}
