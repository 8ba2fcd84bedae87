/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Leaves of a tree with their accessed and dirty state, by the manuals' bits alone. */
#ifndef TESTS_HOST_AGE_UNITS_H
#define TESTS_HOST_AGE_UNITS_H

#include "tests/host/engine_trace.h"
#include "tests/host/entry_oracle.h"
#include "tests/host/random.h"

#define ACCESSED GRT_PGSTATE_ACCESSED
#define DIRTY GRT_PGSTATE_DIRTY
#define BOTH (ACCESSED | DIRTY)
#define MAX_UNITS (40U << 13)

static struct tables t;

/* ---- what an entry says ---- */

#ifdef GEOMETRY_FORMAT_PBMT
#define STATE_BITS (BIT(6) | BIT(7))
#define DBM 0ULL

static inline unsigned int raw_state(u64 val)
{
	return (val >> 6 & 1 ? ACCESSED : 0) | (val >> 7 & 1 ? DIRTY : 0);
}

static inline u64 raw_with_state(u64 val, unsigned int state, bool tracked)
{
	(void)tracked;
	return (val & ~STATE_BITS) | (state & ACCESSED ? BIT(6) : 0) | (state & DIRTY ? BIT(7) : 0);
}
#else
#define DBM BIT(51)
#define STATE_BITS (BIT(7) | BIT(10) | DBM | BIT(57))

/* Dirty: AP[2] is clear, or bit 57 remembers that it was before the leaf became read-only. */
static inline unsigned int raw_state(u64 val)
{
	return (val >> 10 & 1 ? ACCESSED : 0) | (!(val >> 7 & 1) || val >> 57 & 1 ? DIRTY : 0);
}

static inline bool raw_can_be_dirty(u64 val)
{
	return !(val >> 7 & 1) || val & DBM;
}

/* Writable and clean, and all of its group with it: DBM. */
static inline u64 raw_with_state(u64 val, unsigned int state, bool tracked)
{
	val = (val & ~BIT(10)) | (state & ACCESSED ? BIT(10) : 0);
	if (!raw_can_be_dirty(val))
		return (val & ~BIT(57)) | (state & DIRTY ? BIT(57) : 0);
	if (!tracked)
		return val & ~(BIT(7) | DBM);
	return (val & ~BIT(7)) | DBM | (state & DIRTY ? 0 : BIT(7));
}
#endif

/* ---- leaves ---- */

/** struct unit - a leaf or group, or from the engine's mouth, what it said of one */
struct unit {
	u64 start;
	u64 end;
	unsigned int level;
	unsigned int state;
	bool group;
	bool tracked;
};

struct units {
	struct unit unit[MAX_UNITS];
	unsigned int nr;
};

static struct units before, said;
static u64 first, pages;

static inline u64 *entry_of(u64 page, unsigned int *level)
{
	*level = t.g.levels - 1U;
	return raw_entry_of(&t, t.pt.root, page, level);
}

static inline unsigned int unit_entries(const struct raw_unit *u)
{
	return (unsigned int)((u->end - u->start) >> raw_page_shift(&t.g, u->level));
}

/* The leaves that hardware may use and that overlap pages [s, e). */
static inline void find_units(u64 s, u64 e, struct units *units)
{
	struct raw_unit u;

	units->nr = 0;
	for (u64 page = s; page < e; page++) {
		struct unit *unit = &units->unit[units->nr];
		unsigned int level;
		u64 *entry;

		if (!raw_unit_of(&t, page, &u)) {
			page |= BIT(raw_page_shift(&t.g, u.level)) - 1;
			continue;
		}
		page = u.end - 1;
		if (!u.visible)
			continue;
		entry = entry_of(u.start, &level);
		*unit = (struct unit){
			u.start, u.end, u.level, 0, raw_contiguous(level, *entry), *entry & DBM
		};
		for (unsigned int i = 0; i < unit_entries(&u); i++)
			unit->state |= raw_state(entry[i]);
		assert_true(++units->nr < MAX_UNITS);
	}
}

/* Without anybody's noticing. */
static inline void poke(u64 *entry, u64 val)
{
	*entry = val;
	if (t.pt.live)
		memcpy(watch.shadow + ((u8 *)entry - t.memory), entry, 8);
}

/* As hardware or somebody else did: in a group any of the entries says it. */
static inline void touch_at_random(void)
{
	find_units(first, first + pages, &before);
	for (const struct unit *u = before.unit; u < before.unit + before.nr; u++) {
		unsigned int level, often = random() % 3 ? 2 : 60;
		u64 *entry = entry_of(u->start, &level);
		u64 n = (u->end - u->start) >> raw_page_shift(&t.g, level);
		bool tracked = random() % 2;

		for (u64 i = 0; i < n; i++) {
			unsigned int state = (random() % (long)often ? 0 : ACCESSED) |
					     (random() % (long)often ? 0 : DIRTY);

			poke(entry + i, raw_with_state(entry[i], state, tracked));
		}
	}
}

#endif
