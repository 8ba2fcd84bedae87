// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The page allocator against an array that says of each page who has it. */
/* link: mm/page_alloc.c mm/memblock.c mm/address.c mm/report.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "mm/report.h"
#include "tests/host/mm_arena.h"
#include "tests/host/random.h"

#define MAX_PAGES (ARENA_SIZE >> 12)
#define MAX_BLOCKS 256

struct block {
	grt_phys_t pa;
	u64 size; /* 0: none */
	unsigned int order;
	bool exact;
};

enum { NOT_OURS, FREE, TAKEN };

static unsigned char owner[MAX_PAGES];
static struct block block[MAX_BLOCKS];

static u64 index_of(grt_phys_t pa)
{
	return (pa - ARENA_BASE) >> PAGE_SHIFT;
}

static void set_owner(grt_phys_t pa, u64 size, unsigned char from, unsigned char to)
{
	for (u64 i = index_of(pa); i < index_of(pa + size + PAGE_SIZE - 1); i++) {
		assert_int_equal(owner[i], from);
		owner[i] = to;
	}
}

/* Three banks, the ends of which are no multiples of any page size; holes and reservations. */
static void start(unsigned int page_shift)
{
	grt_phys_t cursor = 0;
	struct grt_mem_range r;

	arena_init(page_shift);
	memblock_add(&arena_mb, ARENA_BASE + 0x123, MIB(100));
	memblock_add(&arena_mb, ARENA_BASE + MIB(101), MIB(3) - 0x55);
	memblock_add(&arena_mb, ARENA_BASE + MIB(128), MIB(128));
	memblock_reserve(&arena_mb, ARENA_BASE + MIB(7) + 0x777, MIB(2));
	memblock_reserve(&arena_mb, ARENA_BASE + MIB(99), MIB(1));
	memblock_nomap(&arena_mb, ARENA_BASE + MIB(50) + 0x10000, 0x30000);
	page_alloc_init(&arena_mb);
	memset(owner, NOT_OURS, sizeof(owner));
	memset(block, 0, sizeof(block));
	while (memblock_next_free(&arena_mb, &cursor, &r)) {
		grt_phys_t from = align_up(r.start, PAGE_SIZE);

		set_owner(from, align_down(r.start + r.size, PAGE_SIZE) - from, NOT_OURS, FREE);
	}
	random_begin(page_shift);
}

/*
 * The free lists hold exactly the free pages, in blocks that are aligned and could not be larger.
 */
static void check_counts(void)
{
	struct page_alloc_stats stats;
	u64 free = 0, listed = 0;

	for (u64 i = 0; i < ARENA_SIZE >> PAGE_SHIFT; i++)
		free += owner[i] == FREE;
	page_alloc_stats(&stats);
	for (unsigned int order = 0; order < PAGE_NR_ORDERS; order++)
		listed += stats.free_blocks[order] << order;
	assert_int_equal(stats.free, free);
	assert_int_equal(listed, free);
	assert_int_equal(page_alloc_available(), free);
	assert_true(stats.low <= free);
}

static struct page_alloc_stats stats_now(void)
{
	struct page_alloc_stats stats;

	page_alloc_stats(&stats);
	return stats;
}

static void check_as_at_start(const struct page_alloc_stats *first)
{
	struct page_alloc_stats now = stats_now();

	assert_int_equal(now.total, first->total);
	assert_int_equal(now.free, first->free);
	assert_memory_equal(now.free_blocks, first->free_blocks, sizeof(now.free_blocks));
}

static void alloc_block(struct block *b)
{
	b->exact = rand() % 2;
	b->order = (unsigned int)rand() % 8;
	b->size = PAGE_SIZE << b->order;
	if (b->exact) {
		u64 align = PAGE_SIZE << rand() % 5;

		b->size = 1 + (u64)rand() % (PAGE_SIZE * 150);
		b->pa = page_alloc_exact(b->size, align, 0);
		assert_true(b->pa == GRT_PHYS_NONE || is_aligned(b->pa, align));
	} else {
		b->pa = page_alloc(b->order, 0);
	}
	if (b->pa == GRT_PHYS_NONE) {
		b->size = 0;
		return;
	}
	assert_true(is_aligned(b->pa, b->exact ? PAGE_SIZE : b->size));
	set_owner(b->pa, b->size, FREE, TAKEN);
	*(u64 *)phys_to_virt(b->pa) = (u64)(uintptr_t)b;
}

static void free_block(struct block *b)
{
	assert_true(*(u64 *)phys_to_virt(b->pa) == (u64)(uintptr_t)b);
	if (b->exact)
		page_free_exact(b->pa, b->size);
	else
		page_free(b->pa, b->order);
	set_owner(b->pa, b->size, TAKEN, FREE);
	b->size = 0;
}

static void random_rounds(unsigned int rounds)
{
	struct page_alloc_stats first = stats_now();

	for (unsigned int i = 0; i < rounds; i++) {
		struct block *b = &block[rand() % MAX_BLOCKS];

		if (b->size)
			free_block(b);
		else
			alloc_block(b);
		if (i % 64 == 0)
			check_counts();
	}
	for (unsigned int i = 0; i < MAX_BLOCKS; i++)
		if (block[i].size)
			free_block(&block[i]);
	check_counts();
	check_as_at_start(&first);
}

static void test_random_no_page_is_lost_or_given_twice(void **state)
{
	u64 mistakes = mm_report_count();

	(void)state;
	for (unsigned int shift = PAGE_SHIFT_MIN; shift <= PAGE_SHIFT_MAX; shift += 2) {
		start(shift);
		random_rounds(6000);
		page_alloc_poison(true);
		random_rounds(300);
	}
	assert_int_equal(mm_report_count(), mistakes);
}

static void test_all_memory_can_be_taken_page_by_page(void **state)
{
	struct page_alloc_stats first, now;
	grt_phys_t pa, last = GRT_PHYS_NONE;
	u64 pages = 0;

	(void)state;
	start(PAGE_SHIFT_MAX);
	first = stats_now();
	while ((pa = page_alloc(0, 0)) != GRT_PHYS_NONE) {
		set_owner(pa, PAGE_SIZE, FREE, TAKEN);
		*(grt_phys_t *)phys_to_virt(pa) = last;
		last = pa;
		pages++;
	}
	assert_int_equal(pages, first.total);
	now = stats_now();
	assert_int_equal(now.free, 0);
	assert_int_equal(now.low, 0);
	assert_int_equal(now.failures, 1);
	assert_int_equal(page_alloc_exact(1, 1, 0), GRT_PHYS_NONE);
	for (; last != GRT_PHYS_NONE; last = pa) {
		pa = *(grt_phys_t *)phys_to_virt(last);
		page_free(last, 0);
	}
	check_as_at_start(&first);
}

static void test_largest_blocks_at_start(void **state)
{
	grt_phys_t pa;

	(void)state;
	start(PAGE_SHIFT_MIN);
	pa = page_alloc(page_order(MIB(128)), 0);
	assert_int_equal(pa, ARENA_BASE + MIB(128));
	assert_int_equal(page_alloc(page_order(MIB(128)), 0), GRT_PHYS_NONE);
	assert_int_equal(page_alloc(PAGE_NR_ORDERS, 0), GRT_PHYS_NONE);
	assert_int_equal(page_alloc_exact(~0ULL, 1, 0), GRT_PHYS_NONE);
	assert_int_equal(page_alloc_exact(0, 1, 0), GRT_PHYS_NONE);
	page_free(pa, page_order(MIB(128)));
}

static void test_page_order(void **state)
{
	(void)state;
	arena_page_shift(PAGE_SHIFT_MIN);
	assert_int_equal(page_order(0), 0);
	assert_int_equal(page_order(1), 0);
	assert_int_equal(page_order(PAGE_SIZE), 0);
	assert_int_equal(page_order(PAGE_SIZE + 1), 1);
	assert_int_equal(page_order(3 * PAGE_SIZE), 2);
	assert_int_equal(page_order(MIB(2)), 21 - PAGE_SHIFT);
}

static void test_exact_tail_goes_back(void **state)
{
	struct page_alloc_stats first;
	grt_phys_t pa;

	(void)state;
	start(PAGE_SHIFT_MIN);
	first = stats_now();
	for (u64 pages = 1; pages < 70; pages++) {
		pa = page_alloc_exact(pages * PAGE_SIZE, MIB(1), PAGE_ALLOC_ZERO);
		assert_true(is_aligned(pa, MIB(1)));
		assert_int_equal(stats_now().free, first.free - pages);
		for (u64 i = 0; i < pages * PAGE_SIZE; i += 8)
			assert_int_equal(*(u64 *)phys_to_virt(pa + i), 0);
		memset(phys_to_virt(pa), 0xff, pages * PAGE_SIZE);
		page_free_exact(pa, pages * PAGE_SIZE);
		check_as_at_start(&first);
	}
}

static void expect_mistake(u64 *mistakes, const struct page_alloc_stats *stats)
{
	struct page_alloc_stats now = stats_now();

	assert_int_equal(mm_report_count(), ++*mistakes);
	assert_int_equal(now.free, stats->free);
}

/*
 * Afterwards every page has been a block of its own, so that the struct page of each says what it
 * is.
 */
static void split_everything(void)
{
	grt_phys_t pa, last = GRT_PHYS_NONE;

	for (; (pa = page_alloc(0, 0)) != GRT_PHYS_NONE; last = pa)
		*(grt_phys_t *)phys_to_virt(pa) = last;
	for (; last != GRT_PHYS_NONE; last = pa) {
		pa = *(grt_phys_t *)phys_to_virt(last);
		page_free(last, 0);
	}
}

static void test_mistakes_are_reported_and_change_nothing(void **state)
{
	u64 mistakes = mm_report_count();
	struct page_alloc_stats stats;
	grt_phys_t pa, exact;

	(void)state;
	start(PAGE_SHIFT_MIN);
	split_everything();
	pa = page_alloc(3, 0);
	exact = page_alloc_exact(5 * PAGE_SIZE, 1, 0);
	stats = stats_now();
	page_free(pa, 2);
	expect_mistake(&mistakes, &stats);
	page_free(pa + PAGE_SIZE, 0);
	expect_mistake(&mistakes, &stats);
	page_free(pa + 8, 3);
	expect_mistake(&mistakes, &stats);
	page_free(pa, PAGE_NR_ORDERS);
	expect_mistake(&mistakes, &stats);
	page_free_exact(exact, 6 * PAGE_SIZE);
	expect_mistake(&mistakes, &stats);
	page_free_exact(exact, 0);
	expect_mistake(&mistakes, &stats);
	/* Reserved, although the struct page looked allocated before page_alloc_init(). */
	page_free(ARENA_BASE + MIB(8) + PAGE_SIZE, 0);
	expect_mistake(&mistakes, &stats);
	page_free(ARENA_BASE + MIB(99) + PAGE_SIZE, 0);
	expect_mistake(&mistakes, &stats);
	page_free_exact(exact, 5 * PAGE_SIZE);
	page_free(pa, 3);
	stats = stats_now();
	page_free(pa, 3);
	expect_mistake(&mistakes, &stats);
}

static void test_poison_finds_a_late_write(void **state)
{
	u64 mistakes = mm_report_count();
	grt_phys_t pa;

	(void)state;
	start(PAGE_SHIFT_MIN);
	page_alloc_poison(true);
	pa = page_alloc(4, 0);
	page_free(pa, 4);
	assert_int_equal(page_alloc(4, 0), pa);
	assert_int_equal(mm_report_count(), mistakes);
	page_free(pa, 4);
	pa += 5 * PAGE_SIZE;
	*(char *)phys_to_virt(pa + 3) = 0;
	for (grt_phys_t got = 0; got != pa;) {
		assert_int_equal(mm_report_count(), mistakes);
		got = page_alloc(0, 0);
		assert_int_not_equal(got, GRT_PHYS_NONE);
	}
	assert_int_equal(mm_report_count(), mistakes + 1);
}

static void test_reserved_memory_can_be_added_later(void **state)
{
	struct page_alloc_stats first;
	grt_phys_t pa = ARENA_BASE + MIB(7) + 0x777;

	(void)state;
	start(PAGE_SHIFT_MIN);
	first = stats_now();
	page_alloc_add(pa, MIB(2));
	assert_int_equal(stats_now().total, first.total + (MIB(2) >> PAGE_SHIFT) - 1);
	assert_int_equal(stats_now().free, first.free + (MIB(2) >> PAGE_SHIFT) - 1);
	page_alloc_add(pa, 5); /* no whole page */
	assert_int_equal(stats_now().total, first.total + (MIB(2) >> PAGE_SHIFT) - 1);
}

static void test_the_split_reserve_is_kept_apart(void **state)
{
	struct page_alloc_stats first;
	grt_phys_t pa, half = GRT_PHYS_NONE, got;

	(void)state;
	start(PAGE_SHIFT_MIN);
	assert_int_equal(page_alloc(0, PAGE_ALLOC_RESERVE), GRT_PHYS_NONE);
	do { /* the two halves of a larger block */
		pa = half;
		half = page_alloc(8, PAGE_ALLOC_ORDINARY);
	} while (half != pa + (PAGE_SIZE << 8) || !is_aligned(pa, PAGE_SIZE << 9));
	first = stats_now();
	page_free_to_reserve(half, 8);
	assert_int_equal(page_alloc_reserve_free(), 256);
	page_free(pa, 8); /* does not join its other half */
	assert_int_equal(stats_now().free, first.free + 512);
	assert_int_equal(stats_now().total, first.total);
	assert_int_equal(stats_now().reserve, 256);
	while ((got = page_alloc(8, PAGE_ALLOC_ORDINARY)) != GRT_PHYS_NONE)
		assert_int_not_equal(got, half);
	got = page_alloc(8, 0); /* there is nothing else */
	assert_int_equal(got, half);
	page_free(got, 8); /* and it stays in the reserve */
	assert_int_equal(page_alloc(8, PAGE_ALLOC_ORDINARY), GRT_PHYS_NONE);
	got = page_alloc(3, PAGE_ALLOC_RESERVE);
	assert_true(got >= half && got < half + (PAGE_SIZE << 8));
	assert_int_equal(page_alloc_reserve_free(), 256 - 8);
	page_free(got, 3);
	assert_int_equal(page_alloc(8, PAGE_ALLOC_RESERVE), half);
}

static void test_owned_is_what_was_allocated(void **state)
{
	grt_phys_t pa;

	(void)state;
	start(PAGE_SHIFT_MIN);
	pa = page_alloc_exact(11 * PAGE_SIZE, 0, 0);
	assert_true(page_alloc_owned(phys_to_page(pa), 11));
	assert_true(page_alloc_owned(phys_to_page(pa), 8));
	assert_false(page_alloc_owned(phys_to_page(pa), 7)); /* half of a block */
	assert_false(page_alloc_owned(phys_to_page(pa), 12));
	phys_to_page(pa + 8 * PAGE_SIZE)->flags = PAGE_PINNED;
	assert_false(page_alloc_owned(phys_to_page(pa), 11));
	page_free_exact(pa, 11 * PAGE_SIZE);
	assert_false(page_alloc_owned(phys_to_page(pa), 8));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_no_page_is_lost_or_given_twice),
		cmocka_unit_test(test_all_memory_can_be_taken_page_by_page),
		cmocka_unit_test(test_largest_blocks_at_start),
		cmocka_unit_test(test_page_order),
		cmocka_unit_test(test_exact_tail_goes_back),
		cmocka_unit_test(test_mistakes_are_reported_and_change_nothing),
		cmocka_unit_test(test_poison_finds_a_late_write),
		cmocka_unit_test(test_reserved_memory_can_be_added_later),
		cmocka_unit_test(test_the_split_reserve_is_kept_apart),
		cmocka_unit_test(test_owned_is_what_was_allocated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
