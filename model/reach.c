// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What live roots reach: each table knows where it is reachable from. */
#include <stdlib.h>
#include <string.h>

#include "model/model_internal.h"

u8 model_walkers(const struct model *m, const struct model_pos *pos)
{
	return m->root[pos->root].walkers;
}

grt_virt_t model_entry_va(const struct model *m, const struct model_pos *pos, unsigned int i)
{
	grt_virt_t va = pos->va + ((u64)i << grt_geometry_level_shift(&m->g, pos->level));
	unsigned int unused = 64U - m->g.va_bits;

	/* Where one root translates both halves, the address is sign extended. */
	if (model_arch.one_tree && pos->level == grt_geometry_root_level(&m->g))
		va = (u64)((s64)(va << unused) >> unused);
	return va;
}

struct model_entry model_entry_at(const struct model *m, const struct model_pos *pos,
				  unsigned int i, u64 val)
{
	return model_decode(m, pos->level, val, model_entry_va(m, pos, i), pos->above);
}

struct model_pos model_below(const struct model *m, const struct model_pos *pos, unsigned int i,
			     const struct model_entry *entry)
{
	return (struct model_pos){ .va = model_entry_va(m, pos, i),
				   .above = entry->below,
				   .root = pos->root,
				   .level = (u8)(pos->level - 1) };
}

static unsigned int entries(const struct model *m, const struct model_pos *pos)
{
	return grt_geometry_entries(&m->g, pos->level);
}

/* ---- what can be walked to its end ---- */

#define SHARED_MAX (1U << 20)

/** struct follow - a walk of all that a table leads to; @path: the tables above, by level */
struct follow {
	grt_phys_t path[GRT_GEOMETRY_MAX_LEVELS + 1];
	unsigned int top;
	u64 shared;
};

static bool follow(struct model *m, struct follow *f, unsigned int level, grt_phys_t table)
{
	struct model_page *p = model_page(m, table);
	unsigned int n = grt_geometry_entries(&m->g, level);

	if (!p)
		return true; /* never written */
	for (unsigned int above = level + 1; above <= f->top; above++)
		if (f->path[above] == p->pa)
			return false;
	f->path[level] = p->pa;
	if (p->nr_pos || p->pass == m->pass)
		f->shared += n;
	p->pass = m->pass;
	for (unsigned int i = 0; level && i < n && f->shared <= SHARED_MAX; i++) {
		struct model_entry e = model_decode(m, level, p->words[i], 0, 0);

		if (e.kind == ENTRY_TABLE && !follow(m, f, level - 1, e.pa))
			return false;
	}
	return f->shared <= SHARED_MAX;
}

bool model_follows(struct model *m, unsigned int level, grt_phys_t table, grt_phys_t above)
{
	struct follow f = { .top = level + 1, .shared = m->shared };

	f.path[level + 1] = above;
	m->pass++;
	return follow(m, &f, level, table);
}

bool model_tangled(const struct model *m)
{
	return m->tangled;
}

void model_reach(struct model *m, struct model_pos pos, grt_phys_t table)
{
	struct model_page *p = model_page_make(m, table);

	if (p->nr_pos)
		m->shared += entries(m, &pos);
	p->pos = realloc(p->pos, (p->nr_pos + 1) * sizeof(pos));
	if (!p->pos)
		abort();
	p->pos[p->nr_pos++] = pos;
	for (unsigned int i = 0; i < entries(m, &pos); i++) {
		struct model_entry e = model_entry_at(m, &pos, i, p->words[i]);

		if (e.kind == ENTRY_TABLE)
			model_reach(m, model_below(m, &pos, i, &e), e.pa);
		else if (e.kind == ENTRY_LEAF)
			model_mapped(m, pos.level, &e);
	}
}

void model_unreach(struct model *m, struct model_pos pos, grt_phys_t table)
{
	struct model_page *p = model_page(m, table);
	unsigned int n = 0;

	while (n < p->nr_pos && (p->pos[n].va != pos.va || p->pos[n].root != pos.root ||
				 p->pos[n].level != pos.level))
		n++;
	if (n < p->nr_pos) {
		p->pos[n] = p->pos[--p->nr_pos];
		if (p->nr_pos)
			m->shared -= entries(m, &pos);
	}
	for (unsigned int i = 0; pos.level && i < entries(m, &pos); i++) {
		struct model_entry e = model_entry_at(m, &pos, i, p->words[i]);

		if (e.kind == ENTRY_TABLE)
			model_unreach(m, model_below(m, &pos, i, &e), e.pa);
	}
}

/* ---- roots ---- */

static unsigned int root_slot(struct model *m, grt_phys_t pa, unsigned int half)
{
	unsigned int empty = m->nr_roots;

	for (unsigned int i = 0; i < m->nr_roots; i++) {
		if (m->root[i].walkers && m->root[i].pa == pa && m->root[i].half == half)
			return i;
		if (!m->root[i].walkers && empty == m->nr_roots)
			empty = i;
	}
	if (empty == m->nr_roots) {
		m->root = realloc(m->root, ++m->nr_roots * sizeof(*m->root));
		if (!m->root)
			abort();
	}
	m->root[empty] = (struct model_root){ .pa = pa, .half = (u8)half };
	return empty;
}

struct model_pos model_root_pos(const struct model *m, unsigned int slot)
{
	bool upper = m->root[slot].half && !model_arch.one_tree;

	return (struct model_pos){ .va = upper ? grt_geometry_upper_start(&m->g) : 0,
				   .root = slot,
				   .level = (u8)grt_geometry_root_level(&m->g) };
}

static u8 root_walkers(const struct model *m, unsigned int slot)
{
	const struct model_root *r = &m->root[slot];
	u8 walkers = 0;

	for (unsigned int cpu = 0; cpu < m->config.nr_cpus; cpu++)
		if (m->cpu[cpu].mmu && m->cpu[cpu].half[r->half].root == r->pa)
			walkers |= (u8)BIT(cpu);
	for (unsigned int i = 0; i < m->nr_rec; i++)
		if (m->rec[i].kind == REC_ROOT && m->rec[i].pa == r->pa &&
		    m->rec[i].half == r->half)
			walkers |= m->rec[i].holders;
	return walkers;
}

/* The CPUs that walk each root have changed. */
void model_root_update(struct model *m)
{
	m->roots_changed = false;
	for (unsigned int cpu = 0; cpu < m->config.nr_cpus; cpu++)
		for (unsigned int half = 0; half < 2; half++)
			if (m->cpu[cpu].mmu && m->cpu[cpu].half[half].root != GRT_PHYS_NONE) {
				unsigned int i = root_slot(m, m->cpu[cpu].half[half].root, half);

				m->root[i].asid = m->cpu[cpu].half[half].asid;
				if (m->root[i].walkers)
					continue;
				m->tangled = !model_follows(m, grt_geometry_root_level(&m->g),
							    m->root[i].pa, GRT_PHYS_NONE);
				if (m->tangled)
					return;
				model_check_linked(m, model_root_pos(m, i), m->root[i].pa);
				m->root[i].walkers = root_walkers(m, i);
				model_reach(m, model_root_pos(m, i), m->root[i].pa);
			}
	for (unsigned int i = 0; i < m->nr_roots; i++) {
		u8 walkers = m->root[i].walkers ? root_walkers(m, i) : 0;

		if (m->root[i].walkers && !walkers)
			model_unreach(m, model_root_pos(m, i), m->root[i].pa);
		m->root[i].walkers = walkers;
	}
}

/* ---- walking ---- */

static bool va_half(const struct model *m, grt_virt_t va, unsigned int *half)
{
	unsigned int bits = m->g.va_bits;

	*half = 1;
	if (model_arch.one_tree)
		return (u64)((s64)(va << (64 - bits)) >> (64 - bits)) == va;
	*half = va >> 63;
	return *half ? va >= grt_geometry_upper_start(&m->g)
		     : va <= ~grt_geometry_upper_start(&m->g);
}

int model_walk_from(const struct model *m, grt_phys_t root, grt_virt_t va, unsigned int stop,
		    struct model_entry *entry, grt_phys_t *at)
{
	u64 above = 0;

	entry->kind = ENTRY_INVALID;
	for (unsigned int level = grt_geometry_root_level(&m->g); root != GRT_PHYS_NONE; level--) {
		const struct model_page *p = model_page(m, root);
		unsigned int i = grt_geometry_index(&m->g, level, va);

		*at = root + 8ULL * i;
		*entry = model_decode(m, level, p ? p->words[i] : 0, va, above);
		if (entry->kind == ENTRY_LEAF || (entry->kind == ENTRY_TABLE && level == stop))
			return (int)level;
		if (entry->kind == ENTRY_INVALID)
			return -1;
		root = entry->pa;
		above = entry->below;
	}
	return -1;
}

int model_walk(const struct model *m, unsigned int cpu, grt_virt_t va, struct model_entry *entry,
	       grt_phys_t *at)
{
	unsigned int half;

	entry->kind = ENTRY_INVALID;
	return va_half(m, va, &half)
		       ? model_walk_from(m, m->cpu[cpu].half[half].root, va, ~0U, entry, at)
		       : -1;
}
