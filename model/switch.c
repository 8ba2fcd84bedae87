// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What CPUs hold of what they translated with before: another root, or none for a while. */
#include "model/model_internal.h"

void model_root_leave(struct model *m, unsigned int cpu, unsigned int half)
{
	const struct model_half *h = &m->cpu[cpu].half[half];
	struct model_rec rec = { .kind = REC_ROOT,
				 .last = ~0ULL,
				 .pa = h->root,
				 .tree = h->root,
				 .asid = h->asid,
				 .half = (u8)half,
				 .seq = m->seq,
				 .store_cpu = (u8)cpu,
				 .holders = (u8)BIT(cpu) };

	if (m->cpu[cpu].mmu && h->root != GRT_PHYS_NONE)
		model_record(m, &rec);
	m->roots_changed = true;
}

void model_root_install(struct model *m, unsigned int cpu, unsigned int half, grt_phys_t pa,
			int asid)
{
	struct model_half *h = &m->cpu[cpu].half[half];

	if (h->root != pa || h->asid != asid)
		model_root_leave(m, cpu, half);
	h->root = pa;
	h->asid = asid;
	m->roots_changed = true;
}

/* ---- global translations ---- */

/** struct entered - @cpu goes on with @root after @old, which @slot is of */
struct entered {
	unsigned int cpu;
	unsigned int half;
	unsigned int slot;
	grt_phys_t old;
	grt_phys_t root;
};

/*
 * A global translation is one of every address space (Priv, "Addressing and Memory Protection"; Arm ARM D8,
 * "Global and process-specific translation table entries"). What the kernel has not yet entered into the
 * new one can't be mistaken for anything else; what is the user's can be used there.
 */
static void leftover(struct model *m, const struct entered *e, const struct model_pos *pos,
		     unsigned int i, const struct model_entry *leaf)
{
	grt_virt_t va = model_entry_va(m, pos, i);
	struct model_rec rec = { .kind = REC_LEAF,
				 .start = va,
				 .last = va + grt_geometry_level_size(&m->g, pos->level) - 1,
				 .pa = leaf->pa,
				 .entry = *leaf,
				 .tree = e->old,
				 .asid = MODEL_ASID_ANY,
				 .root = e->slot,
				 .half = (u8)e->half,
				 .level = pos->level,
				 .store_cpu = (u8)e->cpu,
				 .holders = (u8)BIT(e->cpu),
				 .claimed = (u8)BIT(e->cpu),
				 .rule = model_arch.global_rule };
	struct model_entry now;
	grt_phys_t at;

	if (!leaf->global || model_leaf_agrees(m, &rec, e->root) ||
	    (!leaf->user && model_walk_from(m, e->root, va, ~0U, &now, &at) < 0))
		return;
	model_record(m, &rec);
}

static void leftovers(struct model *m, const struct entered *e, struct model_pos pos,
		      grt_phys_t table)
{
	const struct model_page *p = model_page(m, table);

	for (unsigned int i = 0; p && i < grt_geometry_entries(&m->g, pos.level); i++) {
		struct model_entry entry = model_entry_at(m, &pos, i, p->words[i]), now;
		grt_phys_t at;

		if (entry.kind == ENTRY_LEAF)
			leftover(m, e, &pos, i, &entry);
		if (entry.kind != ENTRY_TABLE)
			continue;
		model_walk_from(m, e->root, model_entry_va(m, &pos, i), pos.level, &now, &at);
		if (now.kind != ENTRY_TABLE || now.pa != entry.pa || now.below != entry.below)
			leftovers(m, e, model_below(m, &pos, i, &entry), entry.pa);
	}
}

void model_root_entered(struct model *m, unsigned int cpu, unsigned int half)
{
	struct entered e = { .cpu = cpu, .half = half, .root = m->cpu[cpu].half[half].root };
	unsigned int nr = m->nr_rec;

	for (unsigned int i = 0; e.root != GRT_PHYS_NONE && i < nr; i++) {
		const struct model_rec *r = &m->rec[i];

		if (r->kind != REC_ROOT || !(r->holders & BIT(cpu)) || r->half != half ||
		    r->pa == e.root)
			continue;
		e.old = r->pa;
		for (e.slot = 0; e.slot < m->nr_roots; e.slot++)
			if (m->root[e.slot].walkers && m->root[e.slot].pa == e.old &&
			    m->root[e.slot].half == half)
				leftovers(m, &e, model_root_pos(m, e.slot), e.old);
	}
}

/* ---- none for a while ---- */

void model_translates(struct model *m, unsigned int cpu)
{
	for (unsigned int i = 0; i < m->nr_rec; i++) {
		struct model_rec *r = &m->rec[i];

		if (!(r->holders & r->freed & BIT(cpu)))
			continue;
		model_break(m, model_arch.dormant_rule,
			    "cpu %u translates again, and may still hold what leads from "
			    "[0x%llx, 0x%llx] to 0x%llx, which was freed meanwhile",
			    cpu, (unsigned long long)r->start, (unsigned long long)r->last,
			    (unsigned long long)r->pa);
		r->holders = 0;
	}
}
