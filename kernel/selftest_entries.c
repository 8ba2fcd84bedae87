// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Self-test of the loops in asm/mmu_ops.h, which tests on the host replace: every length around where
 * they change from one way to another, at every place in a cache line, against one entry at a time.
 */
#include <asm/mmu_ops.h>
#include "base/errno.h"
#include "kernel/arch.h"
#include "kernel/boot.h"
#include "kernel/selftest.h"
#include "mm/vmalloc.h"

#define LENGTHS 521U /* more than two rounds of the longest loop */
#define PLACES 8U
#define ENTRIES (PLACES + LENGTHS + 1)
#define OUTSIDE 0x5a5a0000a5a5ULL

struct run {
	struct ktap *t;
	u64 *table;
	unsigned int place;
	unsigned int n;
};

static void prepare(const struct run *r)
{
	for (unsigned int i = 0; i < ENTRIES; i++)
		r->table[i] = OUTSIDE + i;
}

static bool inside(const struct run *r, unsigned int i)
{
	return i - r->place < r->n;
}

static void check_fill(const struct run *r, u64 first, u64 step)
{
	prepare(r);
	mmu_fill_entries(r->table + r->place, first, step, r->n);
	for (unsigned int i = 0; i < ENTRIES; i++) {
		u64 expected = inside(r, i) ? first + (i - r->place) * step : OUTSIDE + i;

		if (r->table[i] != expected) {
			ktap_fail(r->t, "fill of %u at %u: entry %u", r->n, r->place, i);
			return;
		}
	}
}

static void check_flip(const struct run *r, u64 flip)
{
	prepare(r);
	mmu_flip_entries(r->table + r->place, flip, r->n);
	for (unsigned int i = 0; i < ENTRIES; i++) {
		if (r->table[i] != ((OUTSIDE + i) ^ (inside(r, i) ? flip : 0))) {
			ktap_fail(r->t, "flip of %u at %u: entry %u", r->n, r->place, i);
			return;
		}
	}
}

/* Up to an entry that lacks @bit or has it, groups of 16 whole or not at all; the rest stays as it is. */
static void check_copy(const struct run *r, u64 *copy, const struct entry_edits *e, u64 bit,
		       unsigned int odd)
{
	unsigned int done;

	for (unsigned int i = 0; i < ENTRIES; i++) {
		r->table[i] = (u64)i << 12 | e->need | e->to.clear;
		copy[i] = OUTSIDE;
	}
	if (odd < r->n)
		r->table[r->place + odd] ^= bit;
	done = mmu_copy_entries(copy + r->place, r->table + r->place, e, r->n);
	if (done > r->n || (bit && done > odd) || (!bit && done != r->n))
		ktap_fail(r->t, "copy of %u at %u: %u", r->n, r->place, done);
	for (unsigned int i = 0; i < ENTRIES; i++) {
		u64 was = ((u64)i << 12 | e->need | e->to.clear) ^
			  (i == r->place + odd && odd < r->n ? bit : 0);
		bool in = i - r->place < done;

		if (r->table[i] != (in ? entry_edit(was, &e->from) : was) ||
		    copy[i] != (in ? entry_edit(was, &e->to) : OUTSIDE)) {
			ktap_fail(r->t, "copy of %u at %u: entry %u", r->n, r->place, i);
			return;
		}
	}
}

static void check_copies(const struct run *r, u64 *copy)
{
	static const struct entry_edits edits[] = {
		{ .need = 1, .none = BIT(52), .to = { 0, BIT(7) }, .from = { 0, BIT(7) } },
		{ .need = 0, .to = { BIT(2), 0 }, .from = { BIT(2), 0 } },
		{ .need = 1, .to = { BIT(2), BIT(8) }, .from = { 0, 0 } },
		{ .need = 1, .to = { 0, 0 }, .from = { BIT(2), BIT(9) } },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(edits); i++)
		for (unsigned int odd = 0; odd <= r->n; odd += 1 + r->n / 3) {
			check_copy(r, copy, &edits[i], edits[i].need, odd);
			check_copy(r, copy, &edits[i], edits[i].none, odd);
		}
}

/* One entry differs, in a bit that counts; all do in one that does not. */
static void check_same(const struct run *r, unsigned int odd)
{
	const u64 counts = BIT(54), ignored = 0xffff0000;

	for (unsigned int i = 0; i < ENTRIES; i++)
		r->table[i] = (i << 16 & ignored) | 3;
	r->table[r->place + odd] ^= counts;
	if (mmu_same_entries(r->table + r->place, ~ignored, r->n) != (odd ? odd : 1))
		ktap_fail(r->t, "same of %u at %u: entry %u differs", r->n, r->place, odd);
}

/* What is skipped is empty, and the first entry that is not stays. */
static void check_empty(const struct run *r, unsigned int full)
{
	unsigned int skipped;

	for (unsigned int i = 0; i < ENTRIES; i++)
		r->table[i] = inside(r, i) ? 0 : 1;
	r->table[r->place + full] = BIT(full & 63);
	skipped = mmu_skip_empty(r->table + r->place, r->n);
	if (skipped > full)
		ktap_fail(r->t, "empty of %u at %u: %u skipped over %u", r->n, r->place, skipped,
			  full);
}

/* Those that have all that is looked for lose a bit of it: all, or all but each @nth. */
static void check_take(const struct run *r, unsigned int nth)
{
	const u64 look = BIT(6) | BIT(10), clear = BIT(10);
	u64 taken[(LENGTHS + 63) / 64] = { 0 };

	for (unsigned int i = 0; i < ENTRIES; i++)
		r->table[i] = (u64)i << 12 | (i % nth ? look : clear);
	mmu_take_entries(&boot_info.caps, r->table + r->place, look, clear, r->n, taken);
	for (unsigned int i = 0; i < ENTRIES; i++) {
		bool takes = i % nth && inside(r, i);
		unsigned int n = i - r->place;
		u64 was = (u64)i << 12 | (i % nth ? look : clear);

		if (r->table[i] != (takes ? was & ~clear : was) ||
		    (inside(r, i) && (taken[n / 64] >> n % 64 & 1) != takes)) {
			ktap_fail(r->t, "take of %u at %u: entry %u", r->n, r->place, i);
			return;
		}
	}
}

void test_entry_loops(struct ktap *t)
{
	struct run r = { .t = t, .table = vmalloc(ENTRIES * sizeof(u64)) };
	u64 *copy = vmalloc(ENTRIES * sizeof(u64));

	if (!r.table || !copy) {
		ktap_fail(t, "no memory");
		vfree(r.table);
		vfree(copy);
		return;
	}
	for (r.n = 0; r.n < LENGTHS; r.n++) {
		for (r.place = 0; r.place < PLACES; r.place += 1 + r.n / 40) {
			check_fill(&r, 0x68000040000703, 0x1000);
			check_fill(&r, 0, 0);
			check_fill(&r, 0x800000001007e74b, 0);
			check_flip(&r, BIT(63) | 1);
			check_take(&r, ENTRIES);
			check_take(&r, 3);
			if (!r.place)
				check_copies(&r, copy);
			for (unsigned int odd = 0; r.n > 1 && odd < r.n; odd += 1 + r.n / 8)
				check_same(&r, odd);
			for (unsigned int full = 0; full <= r.n; full += 1 + r.n / 8)
				check_empty(&r, full);
		}
	}
	vfree(r.table);
	vfree(copy);
}

void test_hypervisor_tree(struct ktap *t)
{
	unsigned int step = 0;
	int err = arch_hypervisor_test(&step);

	if (err == -ENODEV || err == -EOPNOTSUPP)
		ktap_skip(t, "not entered at such a level");
	else
		ktap_check(t, !err && step, "error %d after step %u", err, step);
}
