// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What becomes reachable: is it fit to be walked, and does it conflict with what may be cached? */
#include <stdlib.h>
#include "model/model_internal.h"

/* ---- a single entry ---- */

void model_check_entry(struct model *m, unsigned int level, const struct model_entry *entry,
		       grt_virt_t va)
{
	const struct model_cpu_config *c = &m->config.cpu[m->this_cpu];

	if (entry->reserved)
		model_break(m, entry->reserved, "the entry of 0x%llx at level %u is malformed",
			    (unsigned long long)va, level);
	/* The user's may fault, and the kernel sets what hardware doesn't. */
	if (entry->kind == ENTRY_LEAF && (entry->idle || entry->clean) && !entry->user &&
	    model_arch.one_tree && !c->svadu)
		model_break(m, MODEL_R12,
			    "the leaf of 0x%llx has A or D clear, and hardware faults",
			    (unsigned long long)va);
}

/* ---- conflicts ---- */

static void report_conflict(struct model *m, struct model_rec *r, enum model_rule rule,
			    grt_virt_t va, unsigned int cpu)
{
	if (r->broken)
		rule = r->late		  ? MODEL_A27
		       : model_pending(r) ? MODEL_A6
		       : r->why		  ? r->why
					  : MODEL_A3;
	model_break(m, rule,
		    "the new entry of 0x%llx conflicts with what cpu %u may still hold: "
		    "[0x%llx, 0x%llx] of level %u",
		    (unsigned long long)va, cpu, (unsigned long long)r->start,
		    (unsigned long long)r->last, r->level);
	r->holders = 0;
}

static enum model_rule conflict(const struct model *m, unsigned int cpu, const struct model_rec *r,
				unsigned int level, grt_virt_t va, const struct model_entry *e)
{
	if (r->kind == REC_LEAF && e->kind == ENTRY_LEAF)
		return model_arch_conflict(m, cpu, r, e, level, va);
	if (r->kind == REC_POINTER && r->level <= level)
		return model_arch_pointer_conflict(m, cpu, r, e, level);
	return MODEL_NONE;
}

/* May one access find both? Not where each belongs to an address space of its own. */
static bool same_space(const struct model *m, const struct model_rec *r,
		       const struct model_pos *pos, const struct model_entry *e)
{
	const struct model_root *root = &m->root[pos->root];

	if (r->asid == MODEL_ASID_ANY || r->entry.global || e->global)
		return true;
	return root->asid == r->asid;
}

static bool check_records(struct model *m, const struct model_pos *pos, grt_virt_t va,
			  const struct model_entry *e)
{
	unsigned int level = pos->level;
	grt_virt_t last = va + grt_geometry_level_size(&m->g, level) - 1;
	bool overlap = false;

	for (unsigned int n = 0; n < m->nr_rec; n++) {
		struct model_rec *r = &m->rec[n];

		if ((r->kind != REC_LEAF && r->kind != REC_POINTER) || r->start > last ||
		    r->last < va || !same_space(m, r, pos, e))
			continue;
		overlap = true;
		for (unsigned int cpu = 0; cpu < m->config.nr_cpus; cpu++) {
			/* One that doesn't translate can hold no new one, and what it holds waits (A24). */
			enum model_rule rule = r->holders & BIT(cpu) && m->cpu[cpu].mmu
						       ? conflict(m, cpu, r, level, va, e)
						       : MODEL_NONE;

			if (rule)
				report_conflict(m, r, rule, va, cpu);
		}
	}
	return overlap;
}

static void check_subtree(struct model *m, struct model_pos pos, grt_phys_t table)
{
	const struct model_page *p = model_page(m, table);

	for (unsigned int i = 0; p && i < grt_geometry_entries(&m->g, pos.level); i++) {
		struct model_entry e = model_entry_at(m, &pos, i, p->words[i]);

		if (e.kind != ENTRY_INVALID)
			model_check_new(m, &pos, model_entry_va(m, &pos, i), &e);
	}
}

void model_check_new(struct model *m, const struct model_pos *pos, grt_virt_t va,
		     const struct model_entry *e)
{
	if (!m->nr_rec || model_arch.one_tree) /* RISC-V has no conflicts (R1) */
		return;
	if (check_records(m, pos, va, e) && e->kind == ENTRY_TABLE)
		check_subtree(m,
			      (struct model_pos){ .va = va,
						  .above = e->below,
						  .root = pos->root,
						  .level = (u8)(pos->level - 1) },
			      e->pa);
}

/* ---- tables that become reachable ---- */

/* Does a walk cache know the table at another address than the one that it is linked for now? */
static bool known_elsewhere(const struct model *m, const struct model_pos *pos,
			    const struct model_page *p)
{
	for (unsigned int i = 0; p->stale && i < m->nr_rec; i++) {
		const struct model_rec *r = &m->rec[i];

		if (r->kind == REC_POINTER && r->holders && r->pa == p->pa &&
		    (r->start != pos->va || r->level != pos->level + 1))
			return true;
	}
	return false;
}

/* A barrier orders the stores of the CPU that executes it, and not those of others (A26). */
static void check_order(struct model *m, const struct model_pos *pos, const struct model_page *p)
{
	for (unsigned int cpu = 0; cpu < m->config.nr_cpus; cpu++) {
		const struct model_cpu_state *w = &m->cpu[cpu];
		u64 seq = p->stored[cpu];

		if (seq <= max_u64(w->ordered, w->visible) ||
		    (cpu == m->this_cpu && seq <= w->visible_local &&
		     !(model_walkers(m, pos) & ~BIT(cpu))))
			continue;
		model_break(m, cpu == m->this_cpu ? model_arch.link_rule : model_arch.writer_rule,
			    "the table 0x%llx is linked for 0x%llx, and what cpu %u stored to it "
			    "is not ordered before that",
			    (unsigned long long)p->pa, (unsigned long long)pos->va, cpu);
	}
}

static void check_table(struct model *m, const struct model_pos *pos, const struct model_page *p)
{
	unsigned int n = grt_geometry_entries(&m->g, pos->level);

	if (!p->used)
		model_break(m, MODEL_C3, "the table 0x%llx that is linked belongs to nobody",
			    (unsigned long long)p->pa);
	for (unsigned int i = 0; i < n; i++)
		if (!(p->written[i / 64] & BIT(i % 64))) {
			model_break(m, MODEL_C2,
				    "entry %u of the linked table 0x%llx was never written", i,
				    (unsigned long long)p->pa);
			break;
		}
	/* What satp leads to is a matter of fences (R6), of every other link one of order. */
	if (!model_arch.one_tree || pos->level != grt_geometry_root_level(&m->g))
		check_order(m, pos, p);
	if (p->uncached && !model_arch.one_tree)
		model_break(m, MODEL_A17, "the table 0x%llx was written past the caches",
			    (unsigned long long)p->pa);
	if (known_elsewhere(m, pos, p))
		model_break(m, model_arch.relink_rule,
			    "the table 0x%llx is linked for 0x%llx, and a "
			    "walk cache may know it elsewhere",
			    (unsigned long long)p->pa, (unsigned long long)pos->va);
}

void model_check_linked(struct model *m, struct model_pos pos, grt_phys_t table)
{
	const struct model_page *p = model_page(m, table);

	if (!p) {
		model_break(m, MODEL_C2, "the linked table 0x%llx was never written",
			    (unsigned long long)table);
		return;
	}
	check_table(m, &pos, p);
	for (unsigned int i = 0; i < grt_geometry_entries(&m->g, pos.level); i++) {
		grt_virt_t va = model_entry_va(m, &pos, i);
		struct model_entry e = model_entry_at(m, &pos, i, p->words[i]);

		model_check_entry(m, pos.level, &e, va);
		if (e.kind == ENTRY_TABLE)
			model_check_linked(m, model_below(m, &pos, i, &e), e.pa);
		else if (e.cont && is_aligned(i, BIT(m->g.cont_bits[pos.level])))
			model_check_group(m, pos, table, i, true);
	}
}

/* ---- contiguous groups ---- */

static bool agree(const struct model_entry *a, const struct model_entry *b, u64 distance)
{
	return b->pa == a->pa + distance && a->perm == b->perm && a->memory == b->memory &&
	       a->global == b->global;
}

/* Must the entries agree at each moment, or only when all is done? */
static bool strict(const struct model *m, const struct model_pos *pos, bool claimed)
{
	u8 walkers = model_walkers(m, pos);

	for (unsigned int cpu = 0; cpu < m->config.nr_cpus; cpu++)
		if (walkers & BIT(cpu) && m->config.cpu[cpu].bbm < 3 && !model_arch.one_tree)
			return true;
	return claimed;
}

/* @claimed: all entries have to be there; else only those that are have to agree. */
void model_check_group(struct model *m, struct model_pos pos, grt_phys_t table, unsigned int i,
		       bool claimed)
{
	unsigned int n = 1U << m->g.cont_bits[pos.level], base = i & -n, cont = 0;
	u64 size = grt_geometry_level_size(&m->g, pos.level);
	const struct model_page *p = model_page(m, table);
	struct model_entry first = { .kind = ENTRY_INVALID };
	unsigned int first_index = 0;

	if (!strict(m, &pos, claimed))
		return;
	for (unsigned int k = base; k < base + n; k++) {
		struct model_entry e = model_entry_at(m, &pos, k, p->words[k]);

		if (e.kind != ENTRY_LEAF || !e.cont)
			continue;
		if (!cont++) {
			first = e;
			first_index = k;
		}
		if (!agree(&first, &e, (k - first_index) * size)) {
			model_break(m, model_arch.group_rule,
				    "entries %u and %u of the group of 0x%llx "
				    "disagree",
				    first_index - base, k - base,
				    (unsigned long long)model_entry_va(m, &pos, base));
			return;
		}
	}
	if (cont && (!is_aligned(first.pa - (first_index - base) * size, n * size) ||
		     (claimed && cont != n)))
		model_break(m, model_arch.group_rule,
			    "the group of 0x%llx has %u of %u entries, from "
			    "0x%llx on",
			    (unsigned long long)model_entry_va(m, &pos, base), cont, n,
			    (unsigned long long)first.pa);
}

void model_touch(struct model *m, grt_phys_t entry, grt_virt_t va, u8 level)
{
	u64 bytes = 8ULL << m->g.cont_bits[level];
	const struct model_touched *last = m->nr_touched ? &m->touched[m->nr_touched - 1] : NULL;

	if (last && last->entry == align_down(entry, bytes) && last->level == level)
		return;
	if (m->nr_touched == m->max_touched) {
		m->max_touched = m->max_touched ? 2 * m->max_touched : 64;
		m->touched = realloc(m->touched, m->max_touched * sizeof(*m->touched));
	}
	m->touched[m->nr_touched++] = (struct model_touched){ align_down(entry, bytes), va, level };
}
