// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Records of what may be cached although the tables say otherwise, and what removes them. */
#include <stdlib.h>
#include <string.h>

#include "model/model_internal.h"

static u64 level_size(const struct model *m, const struct model_rec *r)
{
	return grt_geometry_level_size(&m->g, r->level);
}

bool model_pending(const struct model_rec *r)
{
	return r->pend_local || memcmp(r->pend_is, (u8[MODEL_MAX_CPUS]){ 0 }, MODEL_MAX_CPUS);
}

static bool same_entry(const struct model_entry *a, const struct model_entry *b)
{
	return a->perm == b->perm && a->state == b->state && a->memory == b->memory &&
	       a->cont == b->cont && a->global == b->global;
}

/* Does @r continue @last, and has nothing happened to @last since? */
static bool continues(const struct model *m, const struct model_rec *last,
		      const struct model_rec *r)
{
	if (last->kind != r->kind || (r->kind != REC_LEAF && r->kind != REC_INVALID) ||
	    last->last + 1 != r->start || last->level != r->level || last->root != r->root ||
	    last->store_cpu != r->store_cpu || last->broken != r->broken ||
	    last->nonleaf != r->nonleaf || last->holders != r->holders || last->asid != r->asid)
		return false;
	if (last->rule != r->rule || last->tree != r->tree || last->claimed || last->freed)
		return false;
	if (last->why || last->late || model_pending(last) ||
	    last->seq <= m->cpu[r->store_cpu].visible_local ||
	    last->seq <= m->cpu[r->store_cpu].visible || last->seq < m->cpu[r->store_cpu].fenced)
		return false;
	return r->kind == REC_INVALID || (last->pa + (r->start - last->start) == r->pa &&
					  same_entry(&last->entry, &r->entry));
}

void model_record(struct model *m, const struct model_rec *rec)
{
	if (!rec->holders)
		return;
	if (m->nr_rec && continues(m, &m->rec[m->nr_rec - 1], rec)) {
		m->rec[m->nr_rec - 1].last = rec->last;
		m->rec[m->nr_rec - 1].seq = rec->seq;
		return;
	}
	if (m->nr_rec == m->max_rec) {
		m->max_rec = m->max_rec ? 2 * m->max_rec : 64;
		m->rec = realloc(m->rec, m->max_rec * sizeof(*m->rec));
	}
	m->rec[m->nr_rec++] = *rec;
	if (rec->kind == REC_POINTER)
		model_page_make(m, rec->pa)->stale++;
}

void model_record_drop(struct model *m, unsigned int n)
{
	m->rec[n].holders = 0;
}

/* Forget the records that nobody holds. */
static void sweep(struct model *m)
{
	unsigned int out = 0;

	for (unsigned int i = 0; i < m->nr_rec; i++) {
		struct model_rec *r = &m->rec[i];

		if (r->holders) {
			m->rec[out++] = *r;
			continue;
		}
		if (r->kind == REC_POINTER)
			model_page(m, r->pa)->stale--;
		m->roots_changed |= r->kind == REC_ROOT;
	}
	m->nr_rec = out;
}

/* A part of @r as a record of its own; its leaves keep their memory. */
static void split_off(struct model *m, unsigned int n, grt_virt_t start, grt_virt_t last,
		      enum model_rule why)
{
	struct model_rec part = m->rec[n];

	part.pa += start - part.start;
	part.start = start;
	part.last = last;
	if (why)
		part.why = why;
	if (m->nr_rec == m->max_rec) {
		m->max_rec *= 2;
		m->rec = realloc(m->rec, m->max_rec * sizeof(*m->rec));
	}
	m->rec[m->nr_rec++] = part;
}

/* Reduce record @n to the whole entries that [start, last] touches; the rest become other records. */
static void cut(struct model *m, unsigned int n, const struct model_inval *inv)
{
	struct model_rec *r = &m->rec[n];
	u64 size = level_size(m, r);
	grt_virt_t first = align_down(inv->start, size), last = inv->last | (size - 1);
	grt_virt_t start = r->start, end = r->last;
	enum model_rule why = r->entry.cont ? inv->part_rule : MODEL_NONE;
	grt_phys_t pa = r->pa;

	if (inv->all || (r->kind != REC_LEAF && r->kind != REC_INVALID))
		return;
	if (end > last)
		split_off(m, n, last + 1, end, why);
	if (start < first)
		split_off(m, n, start, first - 1, why);
	r = &m->rec[n];
	r->start = max_u64(start, first);
	r->last = min_u64(end, last);
	r->pa = pa + (r->start - start);
}

/*
 * Does a walk cache of @cpu still hold the pointer to the old table that @r is in? Then a leaf that is
 * invalidated alone comes back.
 */
static bool comes_back(const struct model *m, const struct model_rec *r, unsigned int cpu)
{
	for (unsigned int i = 0; i < m->nr_rec; i++) {
		const struct model_rec *p = &m->rec[i];

		if (p->kind == REC_POINTER && p->holders & BIT(cpu) && p->seq == r->seq &&
		    p->root == r->root && p->level > r->level && p->start <= r->start &&
		    p->last >= r->last)
			return true;
	}
	return false;
}

/* The rule that keeps @inv from removing @r from @cpu, if one does. */
static enum model_rule misses(const struct model *m, const struct model_rec *r,
			      const struct model_inval *inv, unsigned int cpu)
{
	if (inv->other_regime)
		return MODEL_A28;
	if (inv->asid != MODEL_ASID_ANY && r->kind != REC_ROOT) {
		if (r->entry.global ? inv->keep_global : r->asid != inv->asid)
			return inv->asid_rule;
	}
	if (!model_visible(m, r, cpu, inv->is) || (inv->since && r->seq > inv->since))
		return inv->unordered;
	if (inv->leaf_only && (r->kind == REC_POINTER || r->nonleaf ||
			       (r->kind == REC_LEAF && comes_back(m, r, cpu))))
		return r->rule ? r->rule : inv->leaf_rule;
	if (inv->level >= 0 && r->kind != REC_POINTER && r->level != inv->level)
		return MODEL_A11;
	if (inv->level >= 0 && r->kind == REC_POINTER && r->level < inv->level)
		return MODEL_A11;
	return MODEL_NONE;
}

/* May this kind of invalidation remove this kind of record at all? */
static bool applies(const struct model_rec *r, const struct model_inval *inv)
{
	if (r->kind == REC_UNKNOWN)
		return inv->all && inv->asid == MODEL_ASID_ANY;
	if (r->kind == REC_ROOT)
		return inv->all && (inv->asid == MODEL_ASID_ANY || inv->asid == r->asid);
	return inv->all || (r->start <= inv->last && r->last >= inv->start);
}

static void invalidate_one(struct model *m, unsigned int n, const struct model_inval *inv)
{
	u8 who = m->rec[n].holders & inv->targets, reached = 0;

	if (m->rec[n].holders & ~inv->targets && inv->scope_rule)
		m->rec[n].why = inv->scope_rule;
	for (unsigned int cpu = 0; cpu < m->config.nr_cpus; cpu++) {
		enum model_rule rule;

		if (!(who & BIT(cpu)))
			continue;
		rule = misses(m, &m->rec[n], inv, cpu);
		if (rule)
			m->rec[n].why = rule;
		else
			reached |= (u8)BIT(cpu);
	}
	if (!reached)
		return;
	cut(m, n, inv);
	if (inv->at_once)
		m->rec[n].holders &= (u8)~reached;
	else if (inv->is)
		m->rec[n].pend_is[inv->issuer] |= reached;
	else
		m->rec[n].pend_local |= reached;
}

void model_invalidate(struct model *m, const struct model_inval *inv)
{
	unsigned int nr = m->nr_rec;
	bool needed = inv->all;

	for (unsigned int i = 0; i < nr; i++) {
		if (!applies(&m->rec[i], inv))
			continue;
		needed = true;
		invalidate_one(m, i, inv);
	}
	m->notes += !needed;
	sweep(m);
}

/* A DSB for all CPUs: which of those that @r was invalidated on have done with it? */
static u8 complete_everywhere(const struct model *m, struct model_rec *r, unsigned int cpu)
{
	u8 done = r->pend_is[cpu], released = m->cpu[cpu].broadcast ? r->late : 0;

	r->pend_is[cpu] = 0;
	r->late &= (u8)~released;
	for (unsigned int i = 0; i < m->config.nr_cpus; i++)
		if (done & BIT(i) && m->config.cpu[i].repeat_tlbi && !(released & BIT(i))) {
			r->late |= (u8)BIT(i);
			done &= (u8)~BIT(i);
		}
	return done | released;
}

void model_complete(struct model *m, unsigned int cpu, bool is)
{
	bool completed = false;

	for (unsigned int i = 0; i < m->nr_rec; i++) {
		struct model_rec *r = &m->rec[i];
		u8 done = r->pend_local & (u8)BIT(cpu);

		r->pend_local &= (u8)~done;
		if (is)
			done |= complete_everywhere(m, r, cpu);
		completed |= done != 0;
		r->holders &= (u8)~done;
	}
	if (completed)
		m->cpu[cpu].completed = m->seq;
	if (is)
		m->cpu[cpu].broadcast = false;
	sweep(m);
}
