/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A flat reference for a tree: runs of memory in ascending order, which know nothing of leaves. */
#ifndef TESTS_HOST_FLAT_MAP_H
#define TESTS_HOST_FLAT_MAP_H

#include "tests/host/engine_arena.h"

#define FLAT_MAX_RUNS 4096

/** struct flat_run - pages [@start, @end) map memory from page frame @frame on; not readable is hidden. */
struct flat_run {
	u64 start;
	u64 end;
	u64 frame;
	grt_attr_t attr;
};

struct flat_map {
	struct flat_run run[FLAT_MAX_RUNS];
	unsigned int nr;
};

/* Cut at @page, so that no run reaches over it. */
static inline void flat_cut(struct flat_map *f, u64 page)
{
	for (unsigned int i = 0; i < f->nr; i++) {
		struct flat_run *r = &f->run[i];

		if (r->start >= page || r->end <= page)
			continue;
		assert_true(f->nr < FLAT_MAX_RUNS);
		memmove(r + 1, r, (f->nr++ - i) * sizeof(*r));
		r[0].end = page;
		r[1].start = page;
		r[1].frame += page - r[0].start;
		return;
	}
}

static inline bool flat_mapped(const struct flat_map *f, u64 s, u64 e)
{
	for (unsigned int i = 0; i < f->nr; i++)
		if (f->run[i].start < e && f->run[i].end > s)
			return true;
	return false;
}

static inline void flat_add(struct flat_map *f, u64 s, u64 e, u64 frame, grt_attr_t attr)
{
	unsigned int i = 0;

	assert_true(f->nr < FLAT_MAX_RUNS);
	while (i < f->nr && f->run[i].start < s)
		i++;
	memmove(&f->run[i + 1], &f->run[i], (f->nr++ - i) * sizeof(f->run[0]));
	f->run[i] = (struct flat_run){ s, e, frame, attr };
}

static inline void flat_remove(struct flat_map *f, u64 s, u64 e)
{
	unsigned int out = 0;

	flat_cut(f, s);
	flat_cut(f, e);
	for (unsigned int i = 0; i < f->nr; i++)
		if (f->run[i].start < s || f->run[i].start >= e)
			f->run[out++] = f->run[i];
	f->nr = out;
}

/* Would any mapping of [s, e) be writable and executable with the edit? */
static inline bool flat_wx(const struct flat_map *f, u64 s, u64 e, struct grt_edit edit)
{
	for (unsigned int i = 0; i < f->nr; i++) {
		grt_attr_t new = (f->run[i].attr & ~edit.clear) | edit.set;

		if (f->run[i].start < e && f->run[i].end > s &&
		    new &GRT_ATTR_WRITE &&new &GRT_ATTR_EXEC)
			return true;
	}
	return false;
}

static inline void flat_edit(struct flat_map *f, u64 s, u64 e, struct grt_edit edit)
{
	flat_cut(f, s);
	flat_cut(f, e);
	for (unsigned int i = 0; i < f->nr; i++)
		if (f->run[i].start >= s && f->run[i].start < e)
			f->run[i].attr = (f->run[i].attr & ~edit.clear) | edit.set;
}

/* What @from has in [s, e) is in @to as well, with the edit. */
static inline void flat_copy(struct flat_map *to, struct flat_map *from, u64 s, u64 e,
			     struct grt_edit edit)
{
	flat_cut(from, s);
	flat_cut(from, e);
	for (unsigned int i = 0; i < from->nr; i++) {
		const struct flat_run *r = &from->run[i];

		if (r->start >= s && r->start < e)
			flat_add(to, r->start, r->end, r->frame,
				 (r->attr & ~edit.clear) | edit.set);
	}
}

/* Runs that continue one another become one: how they came about must not show. */
static inline void flat_merge(struct flat_map *f)
{
	unsigned int out = 0;

	for (unsigned int i = 0; i < f->nr; i++) {
		struct flat_run *last = out ? &f->run[out - 1] : NULL;

		if (last && last->end == f->run[i].start && last->attr == f->run[i].attr &&
		    last->frame + (last->end - last->start) == f->run[i].frame)
			last->end = f->run[i].end;
		else
			f->run[out++] = f->run[i];
	}
	f->nr = out;
}

static inline int flat_see(const struct grt_leaf *leaf, void *arg)
{
	struct flat_map *f = arg;
	u64 page = leaf->va >> 12, n = leaf->size >> 12;

	flat_add(f, page, page + n, leaf->pa >> 12, leaf->attr);
	flat_merge(f);
	return 0;
}

/* Is what the tree has in [@va, @va + @size) that of the reference, whose pages are all of 4K? */
static inline void flat_compare(struct flat_map *f, const struct grt_pgtable *pt, grt_virt_t va,
				u64 size)
{
	static struct flat_map seen, shown;

	seen.nr = 0;
	assert_int_equal(grt_walk(pt, va, size, flat_see, &seen), 0);
	flat_merge(f);
	shown.nr = 0;
	for (unsigned int i = 0; i < f->nr; i++)
		if (f->run[i].attr & GRT_ATTR_READ)
			shown.run[shown.nr++] = f->run[i];
	flat_merge(&shown);
	assert_int_equal(seen.nr, shown.nr);
	for (unsigned int i = 0; i < seen.nr; i++) {
		assert_int_equal(seen.run[i].start, shown.run[i].start);
		assert_int_equal(seen.run[i].end, shown.run[i].end);
		assert_int_equal(seen.run[i].frame, shown.run[i].frame);
		assert_int_equal(seen.run[i].attr, shown.run[i].attr);
	}
}

#endif
