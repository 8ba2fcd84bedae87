// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What pte_step() says of a change is what the manuals say of its bits. */
#include "tests/host/entry_oracle.h"
#include "tests/host/random.h"
#include <asm/step.h>

#define PAIRS 4000
/* The mark of an entry of a group, which tables don't have. */
#ifdef GEOMETRY_FORMAT_PBMT
#define GROUP BIT(63)
#else
#define GROUP BIT(52)
#endif

/* Any entry, of those that a table may have: no group where there is none, nothing that is reserved. */
static u64 random_entry(const struct grt_geometry *g, unsigned int level)
{
	u64 entry = random_u64();

#ifdef GEOMETRY_FORMAT_PBMT
	u64 reserved = BITS(60, 54);

	if (level && random() % 3 == 0)
		entry &= ~BITS(3, 1);
#else
	u64 reserved = BITS(63, 60) | BITS(50, 48);

	if (!level)
		entry |= 2;
#endif
	if (raw_group(g, level) == 1)
		reserved |= GROUP;
	entry &= ~(reserved | BITS(59, 58)); /* those two are ours, and only in invalid entries */
	entry = random() % 8 ? entry | 1 : entry & ~1ULL;
	return raw_table(level, entry) ? entry & ~GROUP : entry;
}

static enum needs step(const struct grt_mmu_caps *caps, const struct grt_geometry *g,
		       unsigned int level, u64 old, u64 new)
{
	static const enum needs needs[] = {
		[PTE_STEP_NONE] = NEEDS_NOTHING,	  [PTE_STEP_WRITE] = NEEDS_WRITE,
		[PTE_STEP_INVALIDATE] = NEEDS_INVALIDATE, [PTE_STEP_BREAK] = NEEDS_BREAK,
		[PTE_STEP_REFUSE] = NEEDS_MIRACLE,
	};

	return needs[pte_step(caps, g, level, pte_make(old), pte_make(new))];
}

static void pairs_of(const struct grt_mmu_caps *caps, const struct grt_geometry *g,
		     unsigned int level, unsigned int *seen)
{
	for (unsigned int n = 0; n < PAIRS; n++) {
		u64 old = random_entry(g, level), new = random_entry(g, level);
		enum needs needs;

		/* Most often a few bits differ, one in eight times nothing. */
		if (random() % 4)
			new = old ^ ((old ^ new) & random_u64() & random_u64() & random_u64() &
				     random_u64() & random_u64());
		if (random() % 8 == 0)
			new = old;
		if (raw_table(level, new))
			new &= ~GROUP;
		needs = raw_needs(caps, g, level, old, new);
		assert_int_equal(step(caps, g, level, old, new), needs);
		seen[needs]++;
	}
}

/* Each bit of its own, in a leaf and in a table. */
static void bits_of(const struct grt_mmu_caps *caps, const struct grt_geometry *g,
		    unsigned int level)
{
	for (unsigned int bit = 0; bit < 64; bit++) {
		u64 old = random_entry(g, level) | 1, new = old ^ BIT(bit);

		if (bit > 57 && bit < 60)
			continue;
		if ((raw_group(g, level) == 1 || raw_table(level, new) || raw_table(level, old)) &&
		    (old | new) & GROUP)
			continue;
		assert_int_equal(step(caps, g, level, old, new),
				 raw_needs(caps, g, level, old, new));
	}
}

static void every_change_needs_what_the_manual_says(void **state)
{
	unsigned int seen[NEEDS_MIRACLE + 1] = { 0 };

	(void)state;
	random_begin(1);
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		const struct grt_geometry_choice *c = &grt_geometry_choices[i];
		struct grt_mmu_caps caps = all_caps();
		struct grt_geometry g;

		assert_int_equal(grt_geometry_init(&g, c->page_shift, c->va_bits, &caps), 0);
		for (unsigned int bbm = 0; bbm < 4; bbm++) {
#ifndef GEOMETRY_FORMAT_PBMT
			caps.bbm = (u8)bbm;
#endif
			for (unsigned int level = 0; level < g.levels; level++) {
				pairs_of(&caps, &g, level, seen);
				bits_of(&caps, &g, level);
			}
		}
	}
	for (unsigned int n = 0; n <= NEEDS_INVALIDATE; n++)
		assert_true(seen[n] > PAIRS);
#ifndef GEOMETRY_FORMAT_PBMT
	assert_true(seen[NEEDS_BREAK] > PAIRS && seen[NEEDS_MIRACLE] > PAIRS);
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_change_needs_what_the_manual_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
