/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A watch on every store and every barrier of a live tree: tables are ordered before they are linked,
 * valid entries change only in ways that the manuals allow (entry_oracle.h, which knows nothing of
 * pte_step()), and whatever a TLB may hold of an old entry is invalidated, completely and everywhere,
 * before the operation ends or a table is freed.
 */
#ifndef TESTS_HOST_ENGINE_TRACE_H
#define TESTS_HOST_ENGINE_TRACE_H

#include "tests/host/entry_oracle.h"
#include <asm/regime.h>

#define MAX_STALE 400000
#define WATCH_SELF 3U

/* RISC-V: a fence by address is about leaves only, whether a table goes or comes (R2). */
#ifdef GEOMETRY_FORMAT_PBMT
#define LINK_IS_NONLEAF true
#else
#define LINK_IS_NONLEAF false
#endif

/* What a store leaves to be done, for one entry. */
struct stale {
	grt_virt_t va;
	grt_virt_t last;
	bool nonleaf;
	bool added; /* was invalid */
	u8 state;
};

/**
 * struct watch - the watch
 * @shadow: what memory held before a store
 * @stored: time of the last store into each table page
 * @linked: pages that a walk could reach at some time
 * @level: level of those, and the first address that they translate in @va
 * @nr_old: those of @stale that were valid
 * @ordered: time of the last barrier that orders stores
 * @unbroken: what translates has to do so at every moment
 */
struct watch {
	struct tables *t;
	u8 *shadow;
	u64 now;
	u64 ordered;
	u64 stored[TABLE_PAGES];
	bool linked[TABLE_PAGES];
	unsigned int level[TABLE_PAGES];
	grt_virt_t va[TABLE_PAGES];
	struct stale *stale;
	unsigned int nr;
	unsigned int nr_old;
	bool svinval_open;
	bool unbroken;
};

static struct watch watch;

/* ---- stores ---- */

static inline u64 watch_page(grt_phys_t table)
{
	return (table - TABLE_BASE) >> watch.t->g.page_shift;
}

/* A table that becomes reachable, and all below it: their stores must have been ordered. */
static inline void watch_linked(unsigned int level, grt_phys_t table, grt_virt_t va)
{
	const struct grt_geometry *g = &watch.t->g;
	const u64 *t = tables_memory(watch.t, table);

	assert_true(watch.stored[watch_page(table)] < watch.ordered);
	watch.linked[watch_page(table)] = true;
	watch.level[watch_page(table)] = level;
	watch.va[watch_page(table)] = va;
	for (unsigned int i = 0; level && i < grt_geometry_entries(g, level); i++)
		if (raw_table(level, t[i]))
			watch_linked(level - 1, raw_phys(g, t[i]),
				     va + i * grt_geometry_level_size(g, level));
}

static inline void watch_change(unsigned int level, grt_virt_t va, u64 old, u64 new)
{
	const struct tables *t = watch.t;
	enum needs needs = raw_needs(&t->caps, &t->g, level, old, new);
	bool table = raw_table(level, old) || (LINK_IS_NONLEAF && raw_table(level, new));

	assert_true(needs != NEEDS_BREAK && needs != NEEDS_MIRACLE);
	assert_true(!watch.unbroken || !raw_valid(old) || raw_valid(new));
	if (raw_table(level, new))
		watch_linked(level - 1, raw_phys(&t->g, new), va);
	if (needs == NEEDS_NOTHING || !(raw_valid(old) || raw_valid(new)) ||
	    (raw_valid(old) && needs == NEEDS_WRITE))
		return;
	assert_true(watch.nr < MAX_STALE);
	/* A new translation of what may still be cached otherwise would be a change without a break. */
	for (unsigned int i = 0; !raw_valid(old) && watch.nr_old && i < watch.nr; i++)
		assert_true(watch.stale[i].added || watch.stale[i].va > va ||
			    watch.stale[i].last < va);
	watch.stale[watch.nr++] = (struct stale){
		.va = va,
		.last = va + grt_geometry_level_size(&t->g, level) - 1,
		.nonleaf = table,
		.added = !raw_valid(old),
	};
	watch.nr_old += raw_valid(old);
}

static inline void watch_store(const u64 *entry, u64 val)
{
	struct tables *t = watch.t;
	u64 offset = (u64)((const u8 *)entry - t->memory), page = offset >> t->g.page_shift;
	unsigned int index = (unsigned int)(offset & (BIT(t->g.page_shift) - 1)) / 8;
	unsigned int level = watch.level[page];
	u64 *old = (u64 *)(watch.shadow + offset);

	watch.stored[page] = ++watch.now;
	if (watch.linked[page])
		watch_change(level, watch.va[page] + index * grt_geometry_level_size(&t->g, level),
			     *old, val);
	*old = val;
}

/* ---- barriers and invalidations ---- */

static inline void watch_drop_done(u8 done)
{
	unsigned int out = 0;

	for (unsigned int i = 0; i < watch.nr; i++) {
		if (watch.stale[i].state != done)
			watch.stale[out++] = watch.stale[i];
		else
			watch.nr_old -= !watch.stale[i].added;
	}
	watch.nr = out;
}

static inline void watch_advance(u8 from, u8 to)
{
	for (unsigned int i = 0; i < watch.nr; i++)
		if (watch.stale[i].state == from)
			watch.stale[i].state = to;
}

/* The addresses [va, last] are invalidated, in leaf entries only or in all. */
static inline void watch_cover(grt_virt_t va, grt_virt_t last, bool leaf_only, u8 need, u8 set)
{
	for (unsigned int i = 0; i < watch.nr; i++) {
		struct stale *s = &watch.stale[i];

		if ((s->state & need) == need && va <= s->last && last >= s->va &&
		    !(leaf_only && s->nonleaf))
			s->state |= set;
	}
}

#ifdef GEOMETRY_FORMAT_PBMT
enum { LOCAL = 1, FENCED = 2, NEAR = 4, FAR = 8, SINVAL = 16, DONE = LOCAL | FENCED | NEAR | FAR };

static inline void watch_barrier(enum mmu_event event, u64 a, u64 b)
{
	bool all = b == SBI_RFENCE_SIZE_ALL;

	switch (event) {
	case MMU_SFENCE_ALL:
		watch_cover(0, ~0ULL, false, 0, LOCAL);
		break;
	case MMU_SFENCE_VA:
		watch_cover(a, a, true, 0, LOCAL);
		break;
	case MMU_SFENCE_W_INVAL:
		watch.svinval_open = true;
		break;
	case MMU_SINVAL_VA:
		assert_true(watch.svinval_open);
		watch_cover(a, a, true, 0, SINVAL);
		break;
	case MMU_SFENCE_INVAL_IR:
		watch.svinval_open = false;
		for (unsigned int i = 0; i < watch.nr; i++)
			if (watch.stale[i].state & SINVAL)
				watch.stale[i].state = (watch.stale[i].state & ~SINVAL) | LOCAL;
		break;
	case MMU_ORDER_REMOTE:
		watch_cover(0, ~0ULL, false, 0, FENCED);
		break;
	case MMU_REMOTE_SFENCE:
		assert_true(mmu_host.remote_base == 0 || mmu_host.remote_base == 64);
		assert_int_equal(mmu_host.remote_mask, mmu_host.remote_base ? 0x40 : 0x21);
		watch_cover(all ? 0 : a, all ? ~0ULL : a + b - 1, !all, FENCED,
			    mmu_host.remote_base ? FAR : NEAR);
		watch_drop_done(DONE);
		break;
	default:
		break;
	}
}
#else
enum { DSB = 1, TLBI = 2 };

static inline void watch_tlbi(enum tlbi_op op, u64 operand)
{
	const struct grt_geometry *g = &watch.t->g;
	bool range = op == TLBI_RANGE || op == TLBI_RANGE_LAST;
	bool last_only = op == TLBI_VA_LAST || op == TLBI_RANGE_LAST;
	unsigned int scale = operand >> 44 & 3, num = operand >> 39 & 31;
	unsigned int shift = g->format == GEOMETRY_FORMAT_LPA2 ? 16 : g->page_shift;
	grt_virt_t va = (grt_virt_t)((s64)(operand << 20) >> 20) << 12;

	if (range) {
		assert_int_equal(operand >> 46 & 3, (g->page_shift - 10) / 2);
		va = (grt_virt_t)((s64)(operand << 27) >> 27) << shift;
	}
	if (op == TLBI_ALL)
		watch_cover(0, ~0ULL, false, DSB, TLBI);
	else
		watch_cover(va,
			    range ? va + (((num + 1ULL) << (5 * scale + 1)) << g->page_shift) - 1
				  : va,
			    last_only, DSB, TLBI);
}

static inline void watch_barrier(enum mmu_event event, u64 a, u64 b)
{
	switch (event) {
	case MMU_DSB_ISHST:
		watch_advance(0, DSB);
		break;
	case MMU_DSB_ISH:
		watch_advance(0, DSB);
		for (unsigned int i = 0; i < watch.nr; i++)
			if (watch.stale[i].state & TLBI && !watch.stale[i].added)
				watch.stale[i].state = 0xff;
		watch_drop_done(0xff);
		break;
	case MMU_ISB: /* new entries are usable */
		for (unsigned int i = 0; i < watch.nr; i++)
			if (watch.stale[i].state & DSB && watch.stale[i].added)
				watch.stale[i].state = 0xff;
		watch_drop_done(0xff);
		break;
	case MMU_TLBI:
		watch_tlbi((enum tlbi_op)a, b);
		break;
	default:
		break;
	}
}
#endif

static inline void watch_event(void *arg, enum mmu_event event, const u64 *entry, u64 a, u64 b)
{
	(void)arg;
	if (event == MMU_STORE) {
		watch_store(entry, a);
		return;
	}
	if (event == MMU_ORDER || event == MMU_DSB_ISHST || event == MMU_DSB_ISH)
		watch.ordered = ++watch.now;
	watch_barrier(event, a, b);
}

static inline u64 watch_self(void)
{
	return WATCH_SELF;
}

/* A table that was linked is freed when nothing stale is left. */
static inline void watch_free(struct grt_pgtable *pt, grt_phys_t table)
{
	if (watch.linked[watch_page(table)])
		for (unsigned int i = 0; i < watch.nr; i++)
			assert_true(watch.stale[i].added);
	watch.linked[watch_page(table)] = false;
	tables_free(pt, table);
}

static inline void watch_begin(struct tables *t)
{
	memset(&watch, 0, sizeof(watch));
	watch.t = t;
	watch.now = 1;
	watch.shadow = calloc(TABLE_PAGES, BIT(t->g.page_shift));
	watch.stale = malloc(MAX_STALE * sizeof(*watch.stale));
	assert_true(watch.shadow && watch.stale);
	watch.linked[watch_page(t->pt.root)] = true;
	watch.level[watch_page(t->pt.root)] = grt_geometry_root_level(&t->g);
	/* The kernel's half; where one tree translates both, its entries come in the second half. */
	watch.va[watch_page(t->pt.root)] = ~0ULL << t->g.va_bits;
	t->ops.free = watch_free;
	t->pt.domain = &t->domain;
	t->domain.this_cpu = watch_self;
	t->domain.fence = ARCH_TLB_FENCE;
	t->domain.online[0] = 0x21 | BIT(WATCH_SELF); /* harts 0, 3 (this one) and 5 */
	t->domain.online[1] = 0x40;		      /* and 70 */
	mmu_host.trace = watch_event;
}

/* The operation, or the batch, is complete: nothing may be left to do. */
static inline void watch_complete(void)
{
	assert_int_equal(watch.nr, 0);
}

static inline void watch_end(void)
{
	mmu_host.trace = NULL;
	watch.t->ops.free = tables_free;
	watch.t->pt.domain = NULL;
	free(watch.shadow);
	free(watch.stale);
}

#endif
