// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Stores to tables: what they leave behind in TLBs, and what they make reachable. */
#include "model/model_internal.h"

/* Would a TLB show the difference? Software bits it does not hold. */
static bool differs(const struct model_entry *a, const struct model_entry *b)
{
	if (a->kind != b->kind || a->pa != b->pa)
		return true;
	if (a->kind == ENTRY_TABLE)
		return a->below != b->below;
	return a->kind == ENTRY_LEAF &&
	       (a->perm != b->perm || a->state != b->state || a->memory != b->memory ||
		a->cont != b->cont || a->global != b->global);
}

static struct model_rec record_of(const struct model *m, const struct model_pos *pos, grt_virt_t va,
				  const struct model_entry *old)
{
	const struct model_root *root = &m->root[pos->root];
	struct model_rec rec = { .start = va,
				 .pa = old->pa,
				 .entry = *old,
				 .level = pos->level,
				 .tree = root->pa,
				 .last = va + grt_geometry_level_size(&m->g, pos->level) - 1,
				 .root = pos->root,
				 .half = root->half,
				 .seq = m->seq,
				 .store_cpu = (u8)m->this_cpu,
				 .holders = model_walkers(m, pos),
				 .asid = root->asid };

	/* The kernel's half of arm64 is cached with whichever ASID is current. */
	if (root->half && !model_arch.one_tree)
		rec.asid = MODEL_ASID_ANY;
	if (old->kind == ENTRY_TABLE && root->half && !model_arch.one_tree)
		rec.entry.global = true;
	rec.kind = old->kind == ENTRY_LEAF    ? REC_LEAF
		   : old->kind == ENTRY_TABLE ? REC_POINTER
					      : REC_INVALID;
	return rec;
}

/* An entry that says that it was not accessed is in no TLB, unless hardware sets that by the way (A21). */
static bool never_held(const struct model *m, const struct model_entry *e)
{
	return e->kind == ENTRY_LEAF && e->idle && !model_arch.one_tree &&
	       !model_hardware_sets(m, m->this_cpu, false);
}

void model_expand(struct model *m, const struct model_pos *pos, grt_phys_t table,
		  const struct model_rec *pointer)
{
	const struct model_page *p = model_page(m, table);

	for (unsigned int i = 0; i < grt_geometry_entries(&m->g, pos->level); i++) {
		struct model_entry e = model_entry_at(m, pos, i, p->words[i]);
		struct model_pos below = model_below(m, pos, i, &e);
		struct model_rec rec = record_of(m, pos, below.va, &e);

		if (e.kind == ENTRY_INVALID || never_held(m, &e))
			continue;
		rec.broken = pointer->broken;
		rec.rule = pointer->rule;
		model_record(m, &rec);
		if (e.kind == ENTRY_TABLE)
			model_expand(m, &below, e.pa, pointer);
	}
}

/* Harts that may hold the invalid entry: all that cache such, and the writer, which may run ahead (R5). */
static u8 invalid_holders(const struct model *m, u8 walkers)
{
	u8 holders = walkers & (u8)BIT(m->this_cpu);

	for (unsigned int cpu = 0; cpu < m->config.nr_cpus; cpu++)
		if (m->config.cpu[cpu].caches_invalid)
			holders |= walkers & (u8)BIT(cpu);
	return model_arch.records_invalid ? holders : 0;
}

/* The rule that is about the kind of change, where there is one. */
static enum model_rule changed_rule(const struct model_entry *old, const struct model_entry *new)
{
	if (old->kind == ENTRY_TABLE && new->kind == ENTRY_TABLE && old->pa == new->pa)
		return model_arch.below_rule;
	if (old->kind == ENTRY_LEAF && new->kind == ENTRY_LEAF && old->pa == new->pa &&
	    old->perm == new->perm && old->state != new->state)
		return model_arch.state_rule;
	return MODEL_NONE;
}

/* What TLBs may go on with after entry @i at @pos has changed. */
static void leave_behind(struct model *m, const struct model_pos *pos, grt_virt_t va,
			 const struct model_entry *old, const struct model_entry *new)
{
	struct model_rec rec = record_of(m, pos, va, old);

	/* What the store finds idle, hardware had not accessed until then: else it is C5. */
	if (!differs(old, new) || (old->kind == ENTRY_LEAF && old->idle && !model_arch.one_tree))
		return;
	rec.broken = new->kind == ENTRY_INVALID;
	rec.rule = changed_rule(old, new);
	if (old->kind == ENTRY_INVALID) {
		rec.nonleaf = new->kind == ENTRY_TABLE;
		rec.holders = invalid_holders(m, rec.holders);
	}
	model_record(m, &rec);
	if (old->kind == ENTRY_TABLE) {
		struct model_pos below = { .va = va,
					   .above = old->below,
					   .root = pos->root,
					   .level = (u8)(pos->level - 1) };

		model_unreach(m, below, old->pa);
		model_expand(m, &below, old->pa, &rec);
	}
}

static void arrive(struct model *m, const struct model_pos *pos, struct model_page *p,
		   unsigned int i, const struct model_entry *old, const struct model_entry *new)
{
	struct model_pos below = model_below(m, pos, i, new);
	grt_virt_t va = below.va;

	model_check_entry(m, pos->level, new, va);
	if (new->kind == ENTRY_INVALID || !differs(old, new))
		return;
	m->tangled |= new->kind == ENTRY_TABLE && !model_follows(m, below.level, new->pa, p->pa);
	if (m->tangled)
		return;
	if (new->kind == ENTRY_LEAF)
		model_mapped(m, pos->level, new);
	if (!never_held(m, new))
		model_check_new(m, pos, va, new);
	if (new->kind == ENTRY_TABLE) {
		if (old->kind != ENTRY_TABLE || old->pa != new->pa)
			model_check_linked(m, below, new->pa);
		model_reach(m, below, new->pa);
	}
	if (new->cont)
		model_check_group(m, *pos, p->pa, i, false);
	if (new->cont || old->cont)
		model_touch(m, p->pa + 8ULL * i, va, pos->level);
}

/*
 * A walk that uses an old table pointer loads the new entry too. Where the address is still mapped, as after
 * a collapse, it must find there what it would have found before (C3).
 */
static void walk_stale(struct model *m, const struct model_rec *pointer, unsigned int i, u64 old,
		       u64 val)
{
	struct model_pos pos = { .va = pointer->start,
				 .above = pointer->entry.below,
				 .root = pointer->root,
				 .level = (u8)(pointer->level - 1) };
	grt_virt_t va = model_entry_va(m, &pos, i);
	struct model_entry was = model_entry_at(m, &pos, i, old), live;
	struct model_entry now = model_entry_at(m, &pos, i, val);
	struct model_rec rec = record_of(m, &pos, va, &now);
	grt_phys_t at;

	if (was.kind != ENTRY_INVALID && now.kind == ENTRY_INVALID && !pointer->broken &&
	    model_walk_from(m, pointer->tree, va, ~0U, &live, &at) >= 0)
		model_break(m, MODEL_C3,
			    "an entry of an unlinked table is cleared, and a walk cache that "
			    "leads there makes 0x%llx fault, which is mapped",
			    (unsigned long long)va);
	if (now.kind == ENTRY_INVALID || never_held(m, &now))
		return;
	rec.holders = pointer->holders;
	rec.broken = true;
	model_record(m, &rec);
}

static void store_stale(struct model *m, const struct model_page *p, unsigned int i, u64 val)
{
	unsigned int nr = m->nr_rec;

	for (unsigned int n = 0; n < nr; n++) {
		struct model_rec pointer = m->rec[n];

		if (pointer.kind == REC_POINTER && pointer.pa == p->pa && pointer.holders)
			walk_stale(m, &pointer, i, p->words[i], val);
	}
}

/* C6: the addresses that are always in use keep their memory and their permissions. */
static void check_live(struct model *m, const struct model_area *a, unsigned int cpu,
		       const struct model_pos *pos, unsigned int i, u64 old)
{
	grt_virt_t start = model_entry_va(m, pos, i);
	grt_virt_t last = start + grt_geometry_level_size(&m->g, pos->level) - 1;
	grt_virt_t va = max_u64(start, a->at), end = min_u64(last, a->at + a->size - 1);
	struct model_entry was = model_entry_at(m, pos, i, old), now;
	grt_phys_t at;

	if (va > end || was.kind == ENTRY_INVALID)
		return;
	for (;;) {
		int level = model_walk(m, cpu, va, &now, &at);
		u64 size = level < 0 ? 1 : grt_geometry_level_size(&m->g, (unsigned int)level);

		if (level < 0 || a->access & ~model_permits(m, cpu, &now) ||
		    (was.kind == ENTRY_LEAF &&
		     now.pa + (va & (size - 1)) != was.pa + (va - start))) {
			model_break(m, MODEL_C6, "0x%llx is always in use and now %s",
				    (unsigned long long)va,
				    level < 0 ? "faults" : "is not what it was");
			return;
		}
		if (end - va < size - (va & (size - 1)))
			return;
		va = align_down(va, size) + size;
	}
}

static void check_always_live(struct model *m, const struct model_pos *pos, unsigned int i, u64 old)
{
	const struct model_root *root = &m->root[pos->root];
	unsigned int cpu = 0;

	while (cpu < m->config.nr_cpus &&
	       (!m->cpu[cpu].mmu || m->cpu[cpu].half[root->half].root != root->pa))
		cpu++;
	for (unsigned int n = 0; cpu < m->config.nr_cpus && n < m->nr_live; n++)
		check_live(m, &m->live[n], cpu, pos, i, old);
}

static void store_reachable(struct model *m, struct model_page *p, unsigned int i, u64 val)
{
	u64 old = p->words[i];

	for (unsigned int n = 0; n < p->nr_pos; n++) {
		struct model_pos pos = p->pos[n];
		grt_virt_t va = model_entry_va(m, &pos, i);
		struct model_entry was = model_entry_at(m, &pos, i, old);
		struct model_entry now = model_entry_at(m, &pos, i, val);

		leave_behind(m, &pos, va, &was, &now);
		if (now.kind != ENTRY_INVALID && differs(&was, &now))
			m->cpu[m->this_cpu].live_valid = m->seq;
	}
	model_write_word(m, p, i, val);
	for (unsigned int n = 0; n < p->nr_pos && !m->tangled; n++) {
		struct model_pos pos = p->pos[n];
		struct model_entry was = model_entry_at(m, &pos, i, old);
		struct model_entry now = model_entry_at(m, &pos, i, val);

		arrive(m, &pos, p, i, &was, &now);
		check_always_live(m, &pos, i, old);
	}
}

/* Hardware may write the entry between the load and a plain store. */
static void check_atomic(struct model *m, const struct model_page *p, unsigned int i,
			 const struct model_event *ev)
{
	const struct model_cpu_config *c = &m->config.cpu[0];
	const struct model_pos *pos = p->pos;
	struct model_entry old;

	if (!p->nr_pos)
		return;
	if (ev->kind == MODEL_STORE && ev->count && ev->count != 8)
		model_break(m, MODEL_C5, "an entry is stored with %llu bytes at a time",
			    (unsigned long long)ev->count);
	old = model_entry_at(m, pos, i, p->words[i]);
	if (old.kind != ENTRY_LEAF || !(old.idle || old.clean) || ev->op)
		return;
	if (c->svadu && model_arch.one_tree)
		model_break(m, MODEL_R12,
			    "a plain store over an entry whose A or D hardware may set");
	else if (c->hafdbs && !model_arch.one_tree)
		model_break(m, MODEL_C5, "a plain store over an entry that hardware may write");
}

static void store_word(struct model *m, struct model_page *p, unsigned int i, u64 val,
		       const struct model_event *ev)
{
	check_atomic(m, p, i, ev);
	if (p->stale)
		store_stale(m, p, i, val);
	if (p->nr_pos && p->words[i] != val)
		store_reachable(m, p, i, val);
	else
		model_write_word(m, p, i, val);
}

/*
 * Stores that their writer has not ordered before what it stores next. Of entries that were valid the old
 * translation can be used until then; not so of those that were invalid.
 */
static void pend(struct model *m, struct model_page *p, unsigned int first, unsigned int last)
{
	for (unsigned int i = first; i <= last; i++)
		if (!(p->words[i] & 1)) /* V or VALID */
			p->fresh[i] = m->seq * MODEL_MAX_CPUS + m->this_cpu;
	p->stored[m->this_cpu] = m->seq;
	p->uncached |= !m->cpu[m->this_cpu].mmu;
}

/* Tables that lie one after the other are filled in one go. */
void model_store(struct model *m, const struct model_event *ev)
{
	u64 left = ev->kind == MODEL_FILL ? ev->count : 1,
	    words = grt_geometry_page_size(&m->g) / 8;
	grt_phys_t at = ev->addr;
	u64 val = ev->val;

	m->cpu[m->this_cpu].stored = m->seq;
	while (left && !m->tangled) {
		struct model_page *p = model_page_make(m, at);
		unsigned int i = model_word_index(m, at);
		u64 n = min_u64(left, words - i);

		if (!p->used)
			model_break(m, MODEL_C3, "0x%llx is written and belongs to nobody",
				    (unsigned long long)at);
		pend(m, p, i, i + (unsigned int)n - 1);
		left -= n;
		at += 8 * n;
		for (; n && !m->tangled; n--, i++, val += ev->step)
			store_word(m, p, i, val, ev);
	}
}
