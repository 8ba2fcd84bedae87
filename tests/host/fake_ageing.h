/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Accessed and dirty state that is taken while fake_hardware.h sets it. */
#ifndef TESTS_HOST_FAKE_AGEING_H
#define TESTS_HOST_FAKE_AGEING_H

#include <graticule/pgtable_age.h>
#include "tests/host/fake_hardware.h"

static u8 taken[FAKE_PAGES];
static u64 nr_taken, nr_again;

static inline void take(const struct grt_age_bits *b, void *arg)
{
	(void)arg;
	for (unsigned int i = 0; i < b->nr; i++) {
		unsigned int state = (unsigned int)(b->accessed[i / 64] >> i % 64 & 1) |
				     (unsigned int)(b->dirty[i / 64] >> i % 64 & 1) << 1;
		u64 size = b->groups[i / 64] >> i % 64 & 1 ? b->group : b->size;
		u64 page = ((b->va + i * b->size) >> fake.t->g.page_shift) - fake.first;

		for (u64 p = page; state && p < page + (size >> fake.t->g.page_shift); p++)
			taken[p] |= (u8)state;
		nr_taken += state != 0;
	}
}

/* What was set is taken or still there, and neither is anything else; what is taken counts no more. */
static inline int check_taken(const struct grt_leaf *leaf, void *arg)
{
	u64 page = (leaf->va >> fake.t->g.page_shift) - fake.first,
	    end = page + (leaf->size >> fake.t->g.page_shift);
	u8 set = 0, may = 0, seen = leaf->state;

	(void)arg;
	for (u64 p = page; p < end; p++) {
		set |= fake.set[p];
		may |= fake.may[p];
		seen |= taken[p];
		nr_again += taken[p] & leaf->state;
	}
	assert_int_equal(set & ~seen, 0);
	assert_int_equal(seen & ~may, 0);
	for (u64 p = page; p < end; p++) {
		fake.set[p] &= leaf->state;
		fake.may[p] = may & leaf->state;
	}
	return 0;
}

#endif
