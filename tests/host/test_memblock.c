// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* memblock against a flat map with one set of flags for each byte of a small memory. */
/* link: mm/memblock.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/host/memblock_storage.h"
#include "tests/host/random.h"

#define MAX_RANGES 256
#define SPAN 4096
#define BASE 0x80000000ULL

enum { RAM = 1, RESERVED = 2, NOMAP = 4 };

static struct memblock mb;
static struct memblock_storage lists;
static struct grt_mem_range others[MAX_RANGES];
static unsigned char flat[SPAN];

static int reset(void **state)
{
	(void)state;
	memblock_storage_init(&mb, &lists, MAX_RANGES);
	memset(flat, 0, sizeof(flat));
	random_begin(1);
	return 0;
}

static void flat_set(unsigned int start, unsigned int size, unsigned char set, unsigned char clear)
{
	for (unsigned int i = start; i < start + size; i++)
		flat[i] = (unsigned char)((flat[i] & ~clear) | set);
}

static void check_list(const struct memblock_list *list, unsigned char flag)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < SPAN;) {
		unsigned int end = i;

		while (end < SPAN && flat[end] & flag)
			end++;
		if (end > i) {
			assert_true(n < list->nr);
			assert_int_equal(list->range[n].start, BASE + i);
			assert_int_equal(list->range[n++].size, end - i);
		}
		i = end > i ? end : i + 1;
	}
	assert_int_equal(n, list->nr);
}

static void check_free(void)
{
	grt_phys_t cursor = 0;
	struct grt_mem_range r;
	u64 total = 0;

	for (unsigned int i = 0; i < SPAN;) {
		unsigned int end = i;

		while (end < SPAN && flat[end] == RAM)
			end++;
		if (end > i) {
			assert_true(memblock_next_free(&mb, &cursor, &r));
			assert_int_equal(r.start, BASE + i);
			assert_int_equal(r.size, end - i);
			total += r.size;
		}
		i = end > i ? end : i + 1;
	}
	assert_false(memblock_next_free(&mb, &cursor, &r));
	assert_int_equal(memblock_free_bytes(&mb), total);
}

/*
 * Every whole page of bytes that are RAM and not no-map is mappable; neighbouring pages are one
 * range.
 */
static void check_mappable(unsigned int page)
{
	struct grt_mem_range out[SPAN];
	int nr = memblock_mappable(&mb, page, out, SPAN), n = 0;

	for (unsigned int i = 0; i < SPAN; i += page) {
		bool whole = true, covered;

		for (unsigned int b = i; b < i + page; b++)
			whole = whole && (flat[b] & (RAM | NOMAP)) == RAM;
		while (n < nr && out[n].start + out[n].size <= BASE + i)
			n++;
		covered = n < nr && out[n].start <= BASE + i;
		assert_int_equal(whole, covered);
	}
	for (int i = 0; i < nr; i++) {
		assert_true(is_aligned(out[i].start | out[i].size, page));
		assert_true(!i || out[i - 1].start + out[i - 1].size <= out[i].start);
	}
	if (nr)
		assert_int_equal(memblock_mappable(&mb, page, out, (unsigned int)nr - 1), -E2BIG);
}

/* The highest fit, found the slow way. */
static grt_phys_t flat_alloc(unsigned int size, unsigned int align, unsigned int min,
			     unsigned int max)
{
	for (int start = (int)max - (int)size; start >= (int)min; start--) {
		unsigned int n = 0;

		if ((BASE + (unsigned int)start) % align)
			continue;
		while (n < size && flat[start + (int)n] == RAM)
			n++;
		if (n == size)
			return BASE + (unsigned int)start;
	}
	return GRT_PHYS_NONE;
}

static void check_contains(unsigned int start, unsigned int size)
{
	bool any = false, all = true;

	for (unsigned int i = start; i < start + size; i++) {
		any = any || flat[i] & RESERVED;
		all = all && flat[i] & RESERVED;
	}
	assert_int_equal(memblock_overlaps(&mb.reserved, BASE + start, size), any);
	assert_int_equal(memblock_contains(&mb.reserved, BASE + start, size), all);
}

static void random_alloc(void)
{
	unsigned int size = 1 + (unsigned int)rand() % 200, align = 1U << rand() % 8;
	unsigned int min = (unsigned int)rand() % SPAN;
	unsigned int max = min + (unsigned int)rand() % (SPAN - min);
	grt_phys_t want = flat_alloc(size, align, min, max);
	grt_phys_t got = memblock_alloc(&mb, size, align, BASE + min, BASE + max);

	assert_int_equal(got, want);
	if (got != GRT_PHYS_NONE)
		flat_set((unsigned int)(got - BASE), size, RESERVED, 0);
}

static void random_op(void)
{
	unsigned int start = (unsigned int)rand() % SPAN;
	unsigned int size = (unsigned int)rand() % 400 % (SPAN - start);
	grt_phys_t pa = BASE + start;

	switch (rand() % 8) {
	case 0:
	case 1:
		assert_int_equal(memblock_add(&mb, pa, size), 0);
		flat_set(start, size, RAM, 0);
		break;
	case 2:
		assert_int_equal(memblock_remove(&mb, pa, size / 4), 0);
		flat_set(start, size / 4, 0, RAM);
		break;
	case 3:
		assert_int_equal(memblock_reserve(&mb, pa, size / 4), 0);
		flat_set(start, size / 4, RESERVED, 0);
		break;
	case 4:
		assert_int_equal(memblock_release(&mb, pa, size), 0);
		flat_set(start, size, 0, RESERVED);
		break;
	case 5:
		if (rand() % 4)
			break;
		assert_int_equal(memblock_nomap(&mb, pa, size / 16), 0);
		flat_set(start, size / 16, NOMAP, 0);
		break;
	case 6:
		random_alloc();
		break;
	default:
		check_contains(start, size);
	}
}

static void test_random_operations(void **state)
{
	(void)state;
	for (unsigned int round = 0; round < 20; round++) {
		reset(NULL);
		random_begin(round + 1);
		for (unsigned int i = 0; i < 300; i++) {
			random_op();
			check_list(&mb.memory, RAM);
			check_list(&mb.reserved, RESERVED);
			check_list(&mb.nomap, NOMAP);
			check_free();
		}
		for (unsigned int page = 1; page <= 64; page *= 4)
			check_mappable(page);
	}
}

static void test_limit(void **state)
{
	const struct grt_mem_range nothing = { 0, 0 }, image = { 0x5800, 0x2900 };
	struct memblock_list left_out;

	(void)state;
	memblock_list_init(&left_out, others, MAX_RANGES);
	memblock_add(&mb, 0x1000, 0x1000);
	memblock_add(&mb, 0x4000, 0x2000);
	memblock_add(&mb, 0x8000, 0x1000);
	assert_int_equal(memblock_limit(&mb, 0x4000, &nothing, &left_out), 0);
	assert_int_equal(left_out.nr, 0);
	assert_int_equal(memblock_limit(&mb, 0x2800, &nothing, &left_out), 0);
	assert_int_equal(memblock_list_bytes(&left_out), 0x1800);
	assert_int_equal(left_out.nr, 2);
	assert_true(memblock_contains(&left_out, 0x5800, 0x800));
	assert_true(memblock_contains(&left_out, 0x8000, 0x1000));
	assert_int_equal(mb.memory.nr, 2);
	assert_int_equal(memblock_total(&mb), 0x2800);
	assert_true(memblock_contains(&mb.memory, 0x4000, 0x1800));
	assert_false(memblock_contains(&mb.memory, 0x4000, 0x1801));
	assert_int_equal(memblock_limit(&mb, 0x2800, &image, &left_out), 0);
	assert_true(memblock_contains(&mb.memory, 0x4000, 0x4100) && mb.memory.nr == 2);
	assert_true(memblock_contains(&left_out, 0x8100, 0xf00) && left_out.nr == 1);
	assert_int_equal(memblock_limit(&mb, 0, &nothing, &left_out), 0);
	assert_int_equal(mb.memory.nr, 0);
}

static void test_keep(void **state)
{
	struct memblock_list list;

	(void)state;
	for (u64 i = 1; i < 5; i++)
		memblock_add(&mb, i * 0x1000, 0x800);
	list = mb.memory;
	memblock_list_move(&list, others, MAX_RANGES);
	assert_int_equal(memblock_list_keep(&list, (struct grt_mem_range){ 0, BIT(56) }), 0);
	assert_int_equal(memblock_list_keep(&list, (struct grt_mem_range){ 0x2400, 0x2000 }),
			 0x1000);
	assert_int_equal(memblock_list_bytes(&list), 0x1000);
	assert_true(list.nr == 3 && list.range[0].start == 0x2400 && list.range[2].size == 0x400);
	assert_int_equal(memblock_list_keep(&list, (struct grt_mem_range){ 0x100000, BIT(40) }),
			 0x1000);
	assert_int_equal(list.nr, 0);
}

static void test_bad_ranges(void **state)
{
	(void)state;
	assert_int_equal(memblock_add(&mb, ~0ULL, 2), -EINVAL);
	assert_int_equal(memblock_add(&mb, 0x1000, ~0ULL), -EINVAL);
	assert_int_equal(memblock_add(&mb, ~0ULL, 1), -EINVAL);
	assert_int_equal(memblock_add(&mb, 0x1000, 0), 0);
	assert_int_equal(mb.memory.nr, 0);
	assert_int_equal(memblock_remove(&mb, ~0ULL, 2), -EINVAL);
	assert_int_equal(memblock_alloc(&mb, 1, 1, 0, GRT_PHYS_NONE), GRT_PHYS_NONE);
	assert_int_equal(memblock_add(&mb, BIT(55), BIT(55)), 0);
	assert_int_equal(memblock_alloc(&mb, 0, 1, 0, GRT_PHYS_NONE), GRT_PHYS_NONE);
	assert_int_equal(memblock_alloc(&mb, ~0ULL, 1, 0, GRT_PHYS_NONE), GRT_PHYS_NONE);
	assert_int_equal(memblock_alloc(&mb, 1, 1, 0, GRT_PHYS_NONE), BIT(56) - 1);
	assert_false(memblock_overlaps(&mb.memory, 0, 0));
	assert_true(memblock_overlaps(&mb.memory, 0, ~0ULL));
}

static void test_full_list_changes_nothing(void **state)
{
	static struct list_copy before;

	(void)state;
	for (u64 i = 0; i < MAX_RANGES; i++)
		assert_int_equal(memblock_add(&mb, i * 16, 8), 0);
	list_copy(&before, &mb.memory);
	assert_int_equal(memblock_add(&mb, 1ULL << 30, 8), -E2BIG);
	assert_int_equal(memblock_remove(&mb, 34, 2), -E2BIG);
	assert_true(list_same(&before, &mb.memory));
	assert_int_equal(memblock_add(&mb, 8, 8), 0);
	assert_int_equal(mb.memory.nr, MAX_RANGES - 1);
	assert_int_equal(memblock_remove(&mb, 34, 2), 0);
	assert_int_equal(mb.memory.nr, MAX_RANGES);
	assert_int_equal(memblock_add(&mb, 0, 1ULL << 40), 0);
	assert_int_equal(mb.memory.nr, 1);
}

/* When there is no room to note a reservation, nothing is handed out. */
static void test_alloc_with_full_list(void **state)
{
	(void)state;
	memblock_add(&mb, 0, 1 << 20);
	for (u64 i = 0; i < MAX_RANGES; i++)
		assert_int_equal(memblock_reserve(&mb, i * 16, 8), 0);
	assert_int_equal(memblock_alloc(&mb, 8, 8, 0, 1 << 20), GRT_PHYS_NONE);
	assert_int_equal(memblock_alloc(&mb, 8, 8, 0, 256), 248);
}

/* ---- lists that grow ---- */

static unsigned int growths, refuse_after;

/* To storage for one range more, elsewhere: what was kept of the old one is wrong from now on. */
static bool grow_by_one(struct memblock *m, struct memblock_list *list)
{
	static struct grt_mem_range spare[2][3][STORAGE_RANGES];
	unsigned int which = list == &m->memory ? 0 : list == &m->reserved ? 1 : 2;
	struct grt_mem_range *to = spare[list->range == spare[0][which]][which], *old;

	if (growths == refuse_after)
		return false;
	growths++;
	old = memblock_list_move(list, to, list->max + 1);
	memset(old, 0xa5, list->nr * sizeof(*old));
	return true;
}

static void test_growing_lists(void **state)
{
	(void)state;
	refuse_after = ~0U;
	for (unsigned int round = 0; round < 20; round++) {
		reset(NULL);
		mb.memory.max = mb.reserved.max = mb.nomap.max = 0;
		mb.grow = grow_by_one;
		random_begin(round + 1);
		for (unsigned int i = 0; i < 300; i++) {
			random_op();
			check_list(&mb.memory, RAM);
			check_list(&mb.reserved, RESERVED);
			check_list(&mb.nomap, NOMAP);
			check_free();
		}
	}
	assert_true(growths > 100);
}

static void test_no_memory_to_grow(void **state)
{
	static struct list_copy before;

	(void)state;
	for (u64 i = 0; i < MAX_RANGES; i++)
		assert_int_equal(memblock_add(&mb, i * 16, 8), 0);
	list_copy(&before, &mb.memory);
	mb.grow = grow_by_one;
	refuse_after = growths = 0;
	assert_int_equal(memblock_add(&mb, 1ULL << 30, 8), -ENOMEM);
	assert_int_equal(memblock_remove(&mb, 34, 2), -ENOMEM);
	assert_false(memblock_room(&mb, &mb.memory, 1));
	assert_true(list_same(&before, &mb.memory));
	refuse_after = 3;
	assert_true(memblock_room(&mb, &mb.memory, 3));
	assert_false(memblock_room(&mb, &mb.memory, 4));
	assert_true(list_same(&before, &mb.memory));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_random_operations, reset),
		cmocka_unit_test_setup(test_limit, reset),
		cmocka_unit_test_setup(test_keep, reset),
		cmocka_unit_test_setup(test_bad_ranges, reset),
		cmocka_unit_test_setup(test_full_list_changes_nothing, reset),
		cmocka_unit_test_setup(test_alloc_with_full_list, reset),
		cmocka_unit_test_setup(test_growing_lists, reset),
		cmocka_unit_test_setup(test_no_memory_to_grow, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
