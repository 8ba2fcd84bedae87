/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Tables read with nothing but the manuals' figures: bits by their numbers, not by the names of the code
 * under test. What a change of an entry needs, and which operations on a live tree have to be refused.
 *
 * arm64: Arm ARM D8.3, "Translation table descriptor formats", and D8.16, "Using break-before-make when
 * updating translation table entries". RISC-V: privileged specification, "Sv39" and what builds on it, and
 * "Supervisor Memory-Management Fence Instruction".
 */
#ifndef TESTS_HOST_ENTRY_ORACLE_H
#define TESTS_HOST_ENTRY_ORACLE_H

#include "tests/host/engine_arena.h"

enum needs {
	NEEDS_NOTHING, /* it is the same */
	NEEDS_WRITE,
	NEEDS_INVALIDATE,
	NEEDS_BREAK,
	NEEDS_MIRACLE, /* these CPUs can't while they use it */
};

#define BITS(high, low) ((~0ULL >> (63 - (high))) & (~0ULL << (low)))

static inline bool raw_valid(u64 entry)
{
	return entry & 1;
}

/* Of our own making, in an entry that hardware takes for invalid. */
static inline bool raw_hidden(u64 entry)
{
	return !raw_valid(entry) && entry & BIT(59);
}

#ifdef GEOMETRY_FORMAT_PBMT

static inline bool raw_table(unsigned int level, u64 entry)
{
	(void)level;
	return raw_valid(entry) && !(entry & BITS(3, 1)); /* R, W and X are 0 */
}

static inline grt_phys_t raw_phys(const struct grt_geometry *g, u64 entry)
{
	grt_phys_t pa = (entry & BITS(53, 10)) << 2;

	(void)g;
	return entry >> 63 ? pa & ~BITS(15, 12)
			   : pa; /* NAPOT: the lowest four bits say how large */
}

static inline bool raw_contiguous(unsigned int level, u64 entry)
{
	return !level && entry >> 63;
}

static inline unsigned int raw_group(const struct grt_geometry *g, unsigned int level)
{
	return !level && g->cont_bits[0] ? 16 : 1;
}

static inline bool raw_resizes_live(const struct grt_mmu_caps *caps)
{
	(void)caps;
	return true;
}

static inline enum needs raw_needs(const struct grt_mmu_caps *caps, const struct grt_geometry *g,
				   unsigned int level, u64 old, u64 new)
{
	(void)caps, (void)g, (void)level;
	if (old == new)
		return NEEDS_NOTHING;
	if (!raw_valid(old))
		return NEEDS_WRITE;
	if (raw_valid(new) && !((old ^ new) & ~BITS(9, 8))) /* RSW */
		return NEEDS_WRITE;
	return NEEDS_INVALIDATE;
}

#else

static inline bool raw_table(unsigned int level, u64 entry)
{
	return level && (entry & 3) == 3;
}

/* Where the output address is, and where its bits from 48 or 50 on are. */
static inline u64 raw_phys_bits(const struct grt_geometry *g)
{
	if (g->page_shift == 16)
		return BITS(47, 12);
	return g->va_bits == 52 ? BITS(49, g->page_shift) | BITS(9, 8) : BITS(47, g->page_shift);
}

static inline grt_phys_t raw_phys(const struct grt_geometry *g, u64 entry)
{
	if (g->page_shift == 16)
		return (entry & BITS(47, 16)) | (entry & BITS(15, 12)) << 36;
	if (g->va_bits == 52)
		return (entry & BITS(49, g->page_shift)) | (entry & BITS(9, 8)) << 42;
	return entry & BITS(47, g->page_shift);
}

static inline bool raw_contiguous(unsigned int level, u64 entry)
{
	return !raw_table(level, entry) && entry & BIT(52);
}

static inline unsigned int raw_group(const struct grt_geometry *g, unsigned int level)
{
	if (!g->cont_bits[0] || level > (g->page_shift == 12 ? 2 : 1))
		return 1;
	return g->page_shift == 12 ? 16 : g->page_shift == 16 || level ? 32 : 128;
}

static inline bool raw_resizes_live(const struct grt_mmu_caps *caps)
{
	return caps->bbm >= 2;
}

static inline enum needs raw_needs(const struct grt_mmu_caps *caps, const struct grt_geometry *g,
				   unsigned int level, u64 old, u64 new)
{
	u64 changed = old ^ new, software = BITS(58, 55), contiguous = BIT(52), af = BIT(10);
	u64 rights = BITS(54, 53) | BIT(51) | BITS(7, 6) | af; /* XN, DBM, AP */
	bool both_leaves = !raw_table(level, old) && !raw_table(level, new);

	(void)g;
	if (!changed)
		return NEEDS_NOTHING;
	if (!raw_valid(old))
		return NEEDS_WRITE;
	if (!raw_valid(new))
		return NEEDS_INVALIDATE;
	if (raw_table(level, old) != raw_table(level, new))
		return caps->bbm >= 2 ? NEEDS_INVALIDATE : NEEDS_MIRACLE;
	if (both_leaves && changed & contiguous) {
		if (changed & ~(contiguous | af | software)) /* more than the size */
			return NEEDS_BREAK;
		return caps->bbm >= 2 ? NEEDS_INVALIDATE : NEEDS_MIRACLE;
	}
	if (!(changed & ~software))
		return NEEDS_WRITE;
	/* From non-global to global, another address, memory type or shareability. */
	if (changed & ~(software | rights | BIT(11)) || (changed & BIT(11) && !(new &BIT(11))))
		return NEEDS_BREAK;
	/*
	 * One entry after the other: those of a group would disagree, which only level 3 permits, but on
	 * what hardware writes as well: AF, and AP[2] where DBM is set.
	 */
	if (!(changed & ~(software | af | (old & new &BIT(51) ? BIT(7) : 0))))
		return NEEDS_INVALIDATE;
	return both_leaves && old & contiguous && caps->bbm < 3 ? NEEDS_BREAK : NEEDS_INVALIDATE;
}

#endif

/* ---- what holds a page ---- */

/**
 * struct raw_unit - a leaf or a whole group
 * @start: to @end, in pages
 * @visible: hardware may use it; else it is hidden
 */
struct raw_unit {
	u64 start;
	u64 end;
	unsigned int level;
	bool visible;
};

static inline unsigned int raw_page_shift(const struct grt_geometry *g, unsigned int level)
{
	return level * (g->page_shift - 3U);
}

static inline unsigned int raw_entries(const struct grt_geometry *g, unsigned int level)
{
	unsigned int bits = g->page_shift - 3U, rest = g->va_bits - g->page_shift - level * bits;

	return 1U << (rest < bits ? rest : bits);
}

/* Where a walk for page @page ends that begins in the tree's @table of @level, which becomes the entry's. */
static inline u64 *raw_entry_of(const struct tables *t, grt_phys_t table, u64 page,
				unsigned int *level)
{
	for (;; (*level)--) {
		u64 *entry = tables_memory(t, table) + (page >> raw_page_shift(&t->g, *level) &
							(raw_entries(&t->g, *level) - 1));

		if (!raw_table(*level, *entry))
			return entry;
		table = raw_phys(&t->g, *entry);
	}
}

static inline bool raw_unit_of(const struct tables *t, u64 page, struct raw_unit *u)
{
	u64 entry, n;

	u->level = t->g.levels - 1U;
	entry = *raw_entry_of(t, t->pt.root, page, &u->level);
	u->visible = raw_valid(entry);
	if (!u->visible && !raw_hidden(entry))
		return false;
	n = 1ULL << raw_page_shift(&t->g, u->level);
	if (raw_contiguous(u->level, entry))
		n *= raw_group(&t->g, u->level);
	u->start = page & -n;
	u->end = u->start + n;
	return true;
}

/* Has the leaf or group to be cut that is in use on both sides of the start of page @at, and can't it be? */
static inline bool raw_cut_refused(const struct tables *t, u64 at)
{
	struct raw_unit u;

	return t->pt.live && !raw_resizes_live(&t->caps) && raw_unit_of(t, at, &u) && u.visible &&
	       u.start < at;
}

/* ---- what could be larger ---- */

static inline bool raw_alike(const struct tables *t, unsigned int level, const u64 *entry,
			     unsigned int n, u64 align)
{
	const struct grt_geometry *g = &t->g;
	u64 size = 1ULL << (raw_page_shift(g, level) + g->page_shift);
	grt_phys_t pa = raw_phys(g, *entry);
#ifdef GEOMETRY_FORMAT_PBMT
	u64 differs = BITS(53, 10) | BIT(63);
#else
	u64 differs = raw_phys_bits(g) | BIT(52);
#endif

	for (unsigned int i = 0; i < n; i++)
		if (!raw_valid(entry[i]) || raw_table(level, entry[i]) ||
		    (entry[i] ^ *entry) & ~differs || raw_phys(g, entry[i]) != pa + i * size)
			return false;
	return !(pa & (align - 1));
}

/* Does anything that lies in pages [s, e) whole make a larger leaf or a group? @page: the table's first. */
static inline bool raw_mergeable(const struct tables *t, unsigned int level, grt_phys_t table,
				 u64 page, u64 s, u64 e)
{
	const struct grt_geometry *g = &t->g;
	const u64 *entry = tables_memory(t, table);
	unsigned int n = raw_entries(g, level), group = raw_group(g, level);
	unsigned int shift = raw_page_shift(g, level);
	u64 size = 1ULL << (shift + g->page_shift);

	for (unsigned int i = 0; i < n; i++) {
		u64 at = page + ((u64)i << shift), end = at + (1ULL << shift);
		grt_phys_t below = raw_phys(g, entry[i]);

		if (at >= e || end <= s)
			continue;
		if (raw_table(level, entry[i]) &&
		    (raw_mergeable(t, level - 1, below, at, s, e) ||
		     (s <= at && end <= e && grt_geometry_leaf_allowed(g, level) &&
		      raw_alike(t, level - 1, tables_memory(t, below), raw_entries(g, level - 1),
				size))))
			return true;
		if (group > 1 && i % group == 0 && s <= at && at + ((u64)group << shift) <= e &&
		    grt_geometry_leaf_allowed(g, level) && !raw_contiguous(level, entry[i]) &&
		    raw_alike(t, level, &entry[i], group, group * size))
			return true;
	}
	return false;
}

static inline bool raw_collapse_refused(const struct tables *t, u64 s, u64 e)
{
	unsigned int root = t->g.levels - 1U, unused = 64U - t->g.upper_bits;
	u64 top = ~0ULL << (64 - unused) >> t->g.page_shift; /* the upper half's first page */
	u64 half = raw_entries(&t->g, root);

	if (!t->pt.live || raw_resizes_live(&t->caps))
		return false;
	/* Where one root translates both halves the upper one begins in its middle. */
	if (t->g.upper_bits != t->g.va_bits)
		top -= half / 2 << raw_page_shift(&t->g, root);
	return raw_mergeable(t, root, t->pt.root, top, s, e);
}

#endif
