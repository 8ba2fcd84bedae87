// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The allocator of virtual addresses against a flat map of pages. */
/* link: mm/va_space.c mm/pool.c mm/page_alloc.c mm/memblock.c mm/address.c mm/report.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "mm/va_space.h"
#include "tests/host/mm_arena.h"
#include "tests/host/random.h"

#define START 0xffffffc000100000ULL
#define SLOTS 700
#define MAX_AREAS 256
#define UNIT 0x1000ULL

static struct va_space space;
static struct va_area *flat[SLOTS];
static struct va_area *areas[MAX_AREAS];

static void start(u64 memory)
{
	arena_init(PAGE_SHIFT_MIN);
	memblock_add(&arena_mb, ARENA_BASE, memory);
	page_alloc_init(&arena_mb);
	va_space_init(&space, START, START + SLOTS * UNIT);
	memset(flat, 0, sizeof(flat));
	memset(areas, 0, sizeof(areas));
	random_begin(1);
}

static bool slots_free(u64 at, u64 n)
{
	for (u64 i = at; i < at + n; i++)
		if (i >= SLOTS || flat[i])
			return false;
	return true;
}

/* The lowest place that fits, or SLOTS. */
static u64 flat_find(u64 n, u64 align)
{
	for (u64 i = 0; i + n <= SLOTS; i++)
		if (is_aligned(START + i * UNIT, align) && slots_free(i, n))
			return i;
	return SLOTS;
}

static void flat_set(u64 at, u64 n, struct va_area *area)
{
	for (u64 i = at; i < at + n; i++)
		flat[i] = area;
}

/* Order, balance, and what each node says of its subtree. Returns the number of areas. */
static unsigned int check_tree(const struct va_area *t, grt_virt_t low, grt_virt_t high,
			       unsigned int *height)
{
	unsigned int h[2], n;

	*height = 0;
	if (!t)
		return 0;
	assert_true(low <= t->start && t->start < t->end && t->end <= high);
	n = check_tree(t->child[0], low, t->start, &h[0]);
	n += check_tree(t->child[1], t->end, high, &h[1]);
	assert_true(h[0] <= h[1] + 1 && h[1] <= h[0] + 1);
	*height = 1 + (h[0] > h[1] ? h[0] : h[1]);
	assert_int_equal(t->height, *height);
	return n + 1;
}

static void check_space(void)
{
	unsigned int height, n = 0;

	for (unsigned int i = 0; i < SLOTS; i++) {
		n += flat[i] && (!i || flat[i] != flat[i - 1]);
		assert_ptr_equal(va_space_find(&space,
					       START + i * UNIT + (unsigned int)rand() % UNIT),
				 flat[i]);
	}
	assert_int_equal(check_tree(space.root, space.start, space.end, &height), n);
	assert_null(va_space_find(&space, START - 1));
	assert_null(va_space_find(&space, START + SLOTS * UNIT));
}

static void random_take(struct va_area **slot)
{
	u64 n = 1 + (u64)rand() % (rand() % 8 ? 8 : 60), align = UNIT << rand() % 6;
	bool fits = flat_find(n, align) < SLOTS;

	*slot = va_space_take(&space, n * UNIT, align);
	assert_int_equal(!!*slot, fits);
	if (fits) {
		u64 at = ((*slot)->start - START) / UNIT;

		assert_true(is_aligned((*slot)->start, align));
		assert_int_equal((*slot)->end - (*slot)->start, n * UNIT);
		assert_true(slots_free(at, n));
		flat_set(at, n, *slot);
	}
}

static void release(struct va_area **slot)
{
	flat_set(((*slot)->start - START) / UNIT, ((*slot)->end - (*slot)->start) / UNIT, NULL);
	va_space_give(&space, *slot);
	*slot = NULL;
}

static void test_random_take_and_give(void **state)
{
	u64 free;

	(void)state;
	start(MIB(1));
	free = page_alloc_available();
	for (unsigned int i = 0; i < 40000; i++) {
		struct va_area **slot = &areas[rand() % MAX_AREAS];

		/* Sometimes nearly full, sometimes nearly empty. */
		if (*slot && rand() % 100 < (i / 4000 % 2 ? 80 : 30))
			release(slot);
		else if (!*slot)
			random_take(slot);
		if (i % 16 == 0)
			check_space();
	}
	for (unsigned int i = 0; i < MAX_AREAS; i++)
		if (areas[i])
			release(&areas[i]);
	check_space();
	assert_null(space.root);
	assert_int_equal(page_alloc_available(), free);
}

static void test_page_aligned_requests_take_the_lowest_fit(void **state)
{
	(void)state;
	start(MIB(1));
	for (unsigned int i = 0; i < 4000; i++) {
		struct va_area **slot = &areas[rand() % MAX_AREAS];
		u64 n = 1 + (u64)rand() % 9, want;

		if (*slot) {
			release(slot);
			continue;
		}
		want = flat_find(n, UNIT);
		*slot = va_space_take(&space, n * UNIT, UNIT);
		assert_int_equal(!*slot, want == SLOTS);
		if (*slot) {
			assert_int_equal((*slot)->start, START + want * UNIT);
			assert_true(slots_free(want, n));
			flat_set(want, n, *slot);
		}
	}
}

static void test_blocked_addresses_are_never_given(void **state)
{
	u64 taken = 0;

	(void)state;
	start(MIB(1));
	assert_int_equal(va_space_block(&space, START + 100 * UNIT, START + 300 * UNIT), 0);
	assert_null(va_space_take(&space, 401 * UNIT, UNIT));
	for (struct va_area *a; (a = va_space_take(&space, UNIT, UNIT)); taken++)
		assert_true(a->end <= START + 100 * UNIT || a->start >= START + 300 * UNIT);
	assert_int_equal(taken, SLOTS - 200);
}

static void test_absurd_requests(void **state)
{
	(void)state;
	start(MIB(1));
	assert_null(va_space_take(&space, 0, UNIT));
	assert_null(va_space_take(&space, ~0ULL, UNIT));
	assert_null(va_space_take(&space, (SLOTS + 1) * UNIT, UNIT));
	assert_null(va_space_take(&space, UNIT, 1ULL << 63));
	assert_null(space.root);
}

static void test_no_memory_for_an_area(void **state)
{
	(void)state;
	start(UNIT * 2);
	for (unsigned int i = 0; i < SLOTS; i++) {
		struct va_area *a = va_space_take(&space, UNIT, UNIT);

		if (!a)
			break;
		flat_set((a->start - START) / UNIT, 1, a);
	}
	assert_false(slots_free(0, 1));
	assert_true(slots_free(SLOTS - 1, 1));
	check_space();
	assert_int_equal(va_space_block(&space, START + (SLOTS - 1) * UNIT, START + SLOTS * UNIT),
			 -ENOMEM);
	check_space();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_take_and_give),
		cmocka_unit_test(test_page_aligned_requests_take_the_lowest_fit),
		cmocka_unit_test(test_blocked_addresses_are_never_given),
		cmocka_unit_test(test_absurd_requests),
		cmocka_unit_test(test_no_memory_for_an_area),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
