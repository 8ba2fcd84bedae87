/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * CPUs that set accessed and dirty state between any two accesses of the engine, by walks of their own: from
 * the root, or from a pointer to a table that they have cached and nobody has made them forget. They decode
 * entries by themselves. What they have set is remembered page by page.
 */
#ifndef TESTS_HOST_FAKE_HARDWARE_H
#define TESTS_HOST_FAKE_HARDWARE_H

#include "tests/host/entry_oracle.h"
#include "tests/host/random.h"

#define FAKE_PAGES (2U << 13)
#define FAKE_POINTERS 64

/**
 * struct fake_hardware - the CPUs, and what is known of pages [@first, @first + @pages)
 * @off: they do nothing now
 * @rate: how rarely they do something: where all is accessed and dirty already nothing can be lost
 * @near: page that they like best
 * @pointer: tables that they may go on walking: the first page that each maps, and its level
 * @set: page by page, state that must be seen: a CPU has set it, or the page began with it
 * @may: and that may be seen, because a leaf over the page has got it
 * @actions: how often they did something, @stale by way of a table that the tree has no more
 */
struct fake_hardware {
	struct tables *t;
	bool off;
	unsigned int rate;
	u64 near;
	u64 first;
	u64 pages;
	struct fake_pointer {
		grt_phys_t table;
		u64 page;
		unsigned int level;
	} pointer[FAKE_POINTERS];
	unsigned int nr_pointers;
	u8 set[FAKE_PAGES];
	u8 may[FAKE_PAGES];
	u64 actions;
	u64 stale;
};

static struct fake_hardware fake;

/* What a walk takes for a leaf, what can be written, and what it writes; the rest is in entry_oracle.h. */
#ifdef GEOMETRY_FORMAT_PBMT
static inline bool fake_leaf(unsigned int level, u64 val)
{
	(void)level;
	return val & 1 && val & 0xe;
}

static inline bool fake_writable(u64 val)
{
	return val & 4;
}

static inline u64 fake_touched(u64 val, bool write)
{
	return val | 0x40 | (write ? 0x80 : 0);
}
#else
static inline bool fake_leaf(unsigned int level, u64 val)
{
	return val & 1 && !(val & 2) == !!level;
}

static inline bool fake_writable(u64 val)
{
	return !(val & 0x80) || val >> 51 & 1;
}

static inline u64 fake_touched(u64 val, bool write)
{
	return (val & ~(write ? 0x80ULL : 0)) | 0x400;
}
#endif

static inline void fake_note(u64 start, u64 end, u64 page, unsigned int state)
{
	fake.set[page - fake.first] |= (u8)state;
	for (u64 p = max_u64(start, fake.first); p < min_u64(end, fake.first + fake.pages); p++)
		fake.may[p - fake.first] |= (u8)state;
}

static inline bool fake_reachable(unsigned int level, grt_phys_t at, grt_phys_t table)
{
	const u64 *t = tables_memory(fake.t, at);

	if (at == table)
		return true;
	for (unsigned int i = 0; level && i < raw_entries(&fake.t->g, level); i++)
		if (raw_table(level, t[i]) &&
		    fake_reachable(level - 1, raw_phys(&fake.t->g, t[i]), table))
			return true;
	return false;
}

static inline void fake_remember(grt_phys_t table, u64 page, unsigned int level)
{
	for (unsigned int i = 0; i < fake.nr_pointers; i++)
		if (fake.pointer[i].table == table)
			return;
	if (fake.nr_pointers < FAKE_POINTERS)
		fake.pointer[fake.nr_pointers++] = (struct fake_pointer){ table, page, level };
}

/* An access of @page by a walk that begins in a table of @level. */
static inline void fake_access(unsigned int level, grt_phys_t table, u64 page, bool write)
{
	const struct grt_geometry *g = &fake.t->g;
	const unsigned int bits = g->page_shift - 3;
	u64 *t, nr, start;
	unsigned int i;

	for (;; level--) {
		t = tables_memory(fake.t, table);
		i = (unsigned int)(page >> level * bits) & (raw_entries(g, level) - 1);
		if (!raw_table(level, t[i]))
			break;
		table = raw_phys(g, t[i]);
		fake_remember(table, page >> level * bits << level * bits, level - 1);
	}
	if (!fake_leaf(level, t[i]) || (write && !fake_writable(t[i])))
		return;
	nr = 1ULL << level * bits;
	start = page & -nr;
	if (raw_contiguous(level, t[i]) && g->cont_bits[level]) {
		unsigned int n = 1U << g->cont_bits[level];
		unsigned int other = (i & -n) | ((unsigned int)random() & (n - 1));

		start = page & -(nr * n);
		nr *= n;

		/* Any entry of a group may be the one that is cached and written. */
		if (fake_leaf(level, t[other]) && raw_contiguous(level, t[other]) &&
		    (!write || fake_writable(t[other])))
			i = other;
	}
	t[i] = fake_touched(t[i], write);
	fake.actions++;
	fake_note(start, start + nr, page, GRT_PGSTATE_ACCESSED | (write ? GRT_PGSTATE_DIRTY : 0));
}

/* What is mapped no more is of no interest, although they may walk it until the batch is committed. */
static inline void fake_hardware_unmapped(void)
{
	unsigned int left = 0;

	for (unsigned int i = 0; i < fake.nr_pointers; i++)
		if (fake_reachable(grt_geometry_root_level(&fake.t->g), fake.t->pt.root,
				   fake.pointer[i].table))
			fake.pointer[left++] = fake.pointer[i];
	fake.nr_pointers = left;
}

/* An access that uses @entry, whose table has been walked. */
static inline void fake_hardware_touch(const u64 *entry)
{
	const unsigned int bits = fake.t->g.page_shift - 3;
	grt_phys_t table =
		align_down((u64)((const u8 *)entry - fake.t->memory), BIT(bits + 3)) + TABLE_BASE;

	for (unsigned int i = 0; i < fake.nr_pointers; i++) {
		struct fake_pointer p = fake.pointer[i];
		u64 page;

		if (p.table != table)
			continue;
		page = p.page + ((((uintptr_t)entry >> 3) & (BIT(bits) - 1)) << p.level * bits);
		if (page - fake.first >= fake.pages)
			return;
		fake.stale += !fake_reachable(grt_geometry_root_level(&fake.t->g), fake.t->pt.root,
					      table);
		fake_access(p.level, table, page, random() % 2);
		return;
	}
}

/* Before the engine's access of @entry: often one of that very entry. */
static inline void fake_hardware_step(const u64 *entry)
{
	unsigned int what = (unsigned int)random() % fake.rate;
	u64 page = fake.first + (u64)random() % fake.pages;

	if (fake.off || what >= 6)
		return;
	if (what >= 2) {
		fake_hardware_touch(entry);
		return;
	}
	if (what)
		page = fake.near +
		       (random() % 2
				? 0
				: (u64)random() % min_u64(20, fake.first + fake.pages - fake.near));
	fake_access(grt_geometry_root_level(&fake.t->g), fake.t->pt.root, page, random() % 2);
}

/* After a store, by way of a table that the tree may have no more. */
static inline void fake_hardware_stale(void)
{
	const struct fake_pointer *p = &fake.pointer[(unsigned int)random() % FAKE_POINTERS];

	if (p < &fake.pointer[fake.nr_pointers] &&
	    !fake_reachable(grt_geometry_root_level(&fake.t->g), fake.t->pt.root, p->table))
		fake_hardware_touch(tables_memory(fake.t, p->table) +
				    random() % (long)BIT(fake.t->g.page_shift - 3));
}

static inline void fake_hardware_event(void *arg, enum mmu_event event, const u64 *entry, u64 a,
				       u64 b)
{
	(void)arg;
	(void)entry;
	(void)a;
	(void)b;
	/* The last step of an invalidation that is not of leaves only; forgetting too much does no harm. */
	if (event == MMU_SFENCE_ALL || event == MMU_DSB_ISH)
		fake.nr_pointers = 0;
	else
		for (unsigned int i = 0; i < 4; i++)
			fake_hardware_stale();
}

/* Whoever frees a table has made them forget it. */
static inline void fake_hardware_free(struct grt_pgtable *pt, grt_phys_t table)
{
	for (unsigned int i = 0; i < fake.nr_pointers; i++)
		assert_true(fake.pointer[i].table != table);
	tables_free(pt, table);
}

static inline void fake_hardware_begin(struct tables *t, u64 first, u64 pages)
{
	memset(&fake, 0, sizeof(fake));
	fake.t = t;
	fake.rate = 16;
	fake.first = fake.near = first;
	fake.pages = pages;
	t->ops.free = fake_hardware_free;
	t->pt.regime.hardware_ad = true;
	mmu_host.hardware = fake_hardware_step;
	mmu_host.trace = fake_hardware_event;
}

static inline void fake_hardware_end(void)
{
	mmu_host.hardware = NULL;
	mmu_host.trace = NULL;
	fake.t->ops.free = tables_free;
}

#endif
