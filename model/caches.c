// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Caches of data: memory that is used by way of mappings that differ in their type (Arm ARM B2,
 * "Mismatched memory attributes"; Priv, "Svpbmt"). What is or was mapped cacheable may be in them, and have
 * been written there; what was written past them may be hidden by a line from before.
 */
#include <stdlib.h>
#include <string.h>
#include "model/model_internal.h"

#define LINE 64

/* The first range of @s that ends behind @at. */
static unsigned int find(const struct model_ranges *s, u64 at)
{
	unsigned int low = 0, high = s->nr;

	while (low < high) {
		unsigned int mid = (low + high) / 2;

		if (s->range[mid].end > at)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

static bool hits(const struct model_ranges *s, u64 start, u64 end)
{
	unsigned int n = find(s, start);

	return n < s->nr && s->range[n].start < end;
}

/* [start, end) in place of ranges @n to @n + @count - 1, or nothing if it is empty. */
static void replace(struct model_ranges *s, unsigned int n, unsigned int count, u64 start, u64 end)
{
	unsigned int add = start < end;

	if (s->nr + add > s->max) {
		s->max = s->max ? 2 * s->max : 64;
		s->range = realloc(s->range, s->max * sizeof(*s->range));
		if (!s->range)
			abort();
	}
	memmove(&s->range[n + add], &s->range[n + count], (s->nr - n - count) * sizeof(*s->range));
	s->nr = s->nr + add - count;
	if (add)
		s->range[n] = (struct model_range){ start, end };
}

static void add(struct model_ranges *s, u64 start, u64 end)
{
	unsigned int n = find(s, start ? start - 1 : 0), count = 0;

	for (; n + count < s->nr && s->range[n + count].start <= end; count++) {
		start = min_u64(start, s->range[n + count].start);
		end = max_u64(end, s->range[n + count].end);
	}
	if (count != 1 || s->range[n].start != start || s->range[n].end != end)
		replace(s, n, count, start, end);
}

static void remove_range(struct model_ranges *s, u64 start, u64 end)
{
	unsigned int n = find(s, start);

	while (n < s->nr && s->range[n].start < end) {
		struct model_range old = s->range[n];

		replace(s, n, 1, old.start, min_u64(old.end, start));
		n += old.start < start;
		if (old.end > end)
			replace(s, n, 0, end, old.end);
	}
}

/* ---- copies ---- */

void model_copy(struct model *m, const struct model_event *ev)
{
	m->copy = realloc(m->copy, (m->nr_copies + 1) * sizeof(*m->copy));
	if (!m->copy)
		abort();
	m->copy[m->nr_copies++] = (struct model_copy){ ev->val, ev->addr, ev->count };
}

bool model_copied(const struct model *m, grt_phys_t one, grt_phys_t other, u64 bytes)
{
	for (unsigned int i = 0; i < m->nr_copies; i++) {
		const struct model_copy *c = &m->copy[i];

		for (unsigned int turn = 0; turn < 2; turn++) {
			u64 at = (turn ? other : one) - c->from;

			if (at < c->size && bytes <= c->size - at &&
			    (turn ? one : other) == c->to + at)
				return true;
		}
	}
	return false;
}

static void copies_written(struct model *m, grt_phys_t pa)
{
	for (unsigned int i = 0; i < m->nr_copies; i++)
		if (pa - m->copy[i].from < m->copy[i].size || pa - m->copy[i].to < m->copy[i].size)
			m->copy[i--] = m->copy[--m->nr_copies];
}

/* ---- mappings ---- */

void model_mapped(struct model *m, unsigned int level, const struct model_entry *leaf)
{
	if (!leaf->uncached)
		add(&m->cacheable, leaf->pa, leaf->pa + grt_geometry_level_size(&m->g, level));
}

void model_accessed(struct model *m, unsigned int access, const struct model_entry *leaf,
		    grt_phys_t pa, grt_virt_t va)
{
	struct model_ranges *in = leaf->uncached ? &m->cacheable : &m->past;
	u64 start = align_down(pa, LINE), end = start + LINE;

	if (hits(in, start, end))
		model_break(m, model_arch.memory_rule,
			    leaf->uncached
				    ? "0x%llx is used past caches that may hold its memory"
				    : "0x%llx is used by way of caches that may hide what was "
				      "written past them",
			    (unsigned long long)va);
	remove_range(in, start, end);
	if (access & MODEL_WRITE)
		copies_written(m, pa);
	if (!leaf->uncached)
		add(&m->cacheable, start, end);
	else if (access & MODEL_WRITE)
		add(&m->past, start, end);
}

static void maintained(struct model *m, grt_phys_t pa, u64 bytes, unsigned int op)
{
	bool forget = op != MODEL_CACHE_CLEAN;

	for (u64 at = align_down(pa, grt_geometry_page_size(&m->g)); at < pa + bytes;
	     at += grt_geometry_page_size(&m->g)) {
		struct model_page *p = model_page(m, at);

		if (p && forget)
			p->uncached = false;
	}
	/* Before memory is used past them it is enough on arm64 that they have written what they hold. */
	if (forget || !model_arch.one_tree)
		remove_range(&m->cacheable, pa, pa + bytes);
	if (forget)
		remove_range(&m->past, pa, pa + bytes);
}

/* On arm64 it is complete at a DSB of the same CPU, for loads and stores (Arm ARM B2, "DSB"). */
static void maintain(struct model *m, struct model_event ev)
{
	if (model_arch.one_tree) {
		maintained(m, ev.addr, ev.count, ev.op);
		return;
	}
	m->cleaning = realloc(m->cleaning, (m->nr_cleaning + 1) * sizeof(*m->cleaning));
	if (!m->cleaning)
		abort();
	m->cleaning[m->nr_cleaning++] = ev;
}

/* By way of the CPU's tables, where the address is virtual: page by page. */
void model_maintain(struct model *m, const struct model_event *ev)
{
	u64 page = grt_geometry_page_size(&m->g);
	struct model_event part = *ev;

	if (!ev->mask) {
		maintain(m, part);
		return;
	}
	for (u64 done = 0; done < ev->count; done += part.count) {
		grt_virt_t va = ev->val + done;

		part.count = min_u64(ev->count - done, page - (va & (page - 1)));
		if (model_physical(m, ev->cpu, va, &part.addr))
			maintain(m, part);
	}
}

void model_maintenance_done(struct model *m, unsigned int cpu)
{
	unsigned int out = 0;

	for (unsigned int i = 0; i < m->nr_cleaning; i++) {
		const struct model_event ev = m->cleaning[i];

		if (ev.cpu == cpu)
			maintained(m, ev.addr, ev.count, ev.op);
		else
			m->cleaning[out++] = ev;
	}
	m->nr_cleaning = out;
}
