// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Claims of completion, and uses of addresses. */
#include "model/model_internal.h"

u8 model_awake(const struct model *m)
{
	u8 cpus = 0;

	for (unsigned int cpu = 0; cpu < m->config.nr_cpus; cpu++)
		cpus |= m->cpu[cpu].mmu ? (u8)BIT(cpu) : 0;
	return cpus;
}

bool model_hardware_sets(const struct model *m, unsigned int cpu, bool dirty)
{
	const struct model_cpu_config *c = &m->config.cpu[cpu];

	return model_arch.one_tree ? c->svadu : c->hafdbs > dirty;
}

unsigned int model_permits(const struct model *m, unsigned int cpu, const struct model_entry *entry)
{
	if (entry->idle && !model_hardware_sets(m, cpu, false))
		return 0;
	if (entry->clean && !model_hardware_sets(m, cpu, true))
		return entry->access & ~MODEL_WRITE;
	return entry->access;
}

static bool always_live(const struct model *m, grt_virt_t start, grt_virt_t last)
{
	for (unsigned int n = 0; n < m->nr_live; n++)
		if (m->live[n].at <= last && m->live[n].at + m->live[n].size - 1 >= start)
			return true;
	return false;
}

/* ---- do the tables say the same as a record? ---- */

/* The tree that is walked for the addresses of @r, and with its ASID. */
static grt_phys_t tree_of(const struct model *m, const struct model_rec *r, unsigned int cpu)
{
	const struct model_half *h = &m->cpu[cpu].half[r->half];

	if (m->cpu[cpu].mmu && h->root != GRT_PHYS_NONE &&
	    (r->asid == MODEL_ASID_ANY || r->entry.global || r->asid == h->asid))
		return h->root;
	return r->tree;
}

/* What hardware sets in the table the TLB need not know; but what was cleared there (A21, R18). */
static bool state_agrees(const struct model *m, const struct model_rec *r,
			 const struct model_entry *now)
{
	u64 gained = now->state & ~r->entry.state;
	bool dirty = r->entry.clean && !now->clean;

	if (r->entry.state & ~now->state)
		return false;
	return !gained || model_hardware_sets(m, log2_floor(r->holders), dirty);
}

bool model_leaf_agrees(const struct model *m, const struct model_rec *r, grt_phys_t root)
{
	grt_virt_t va = r->start;

	for (;;) {
		struct model_entry now;
		grt_phys_t at;
		int level = model_walk_from(m, root, va, ~0U, &now, &at);
		u64 size;

		if (level < 0)
			return false;
		size = grt_geometry_level_size(&m->g, (unsigned int)level);
		if (now.pa + (va & (size - 1)) != r->pa + (va - r->start) ||
		    now.perm != r->entry.perm || now.memory != r->entry.memory ||
		    now.global != r->entry.global || !state_agrees(m, r, &now))
			return false;
		if (!m->config.size_residue && (level != r->level || now.cont != r->entry.cont))
			return false;
		if (r->last - va < size)
			return true;
		va = align_down(va, size) + size;
		if (va > r->last)
			return true;
	}
}

bool model_maps_alike(const struct model *m, const struct model_rec *r, grt_phys_t pa, u64 bytes)
{
	u64 page = grt_geometry_page_size(&m->g);
	grt_phys_t end = min_u64(pa + bytes - 1, r->pa + (r->last - r->start));

	for (pa = max_u64(pa, r->pa); pa <= end; pa += page) {
		struct model_entry now;
		grt_virt_t va = r->start + (pa - r->pa);
		grt_phys_t at;
		int level = model_walk_from(m, tree_of(m, r, log2_floor(r->holders)), va, ~0U, &now,
					    &at);

		if (level < 0 || now.perm != r->entry.perm || now.memory != r->entry.memory ||
		    now.pa + (va & (grt_geometry_level_size(&m->g, (unsigned int)level) - 1)) != pa)
			return false;
	}
	return true;
}

/* Is there still nothing, or has the hart forgotten that there was (Svvptc)? */
static bool invalid_agrees(const struct model *m, const struct model_rec *r)
{
	struct model_entry now;
	grt_phys_t at;

	if (always_live(m, r->start, r->last))
		return false;
	for (unsigned int cpu = 0; cpu < m->config.nr_cpus; cpu++)
		if (r->holders & BIT(cpu) && !m->config.cpu[cpu].svvptc)
			return model_walk_from(m, tree_of(m, r, cpu), r->start, ~0U, &now, &at) < 0;
	return true;
}

static bool pointer_agrees(const struct model *m, const struct model_rec *r, grt_phys_t root)
{
	struct model_entry now;
	grt_phys_t at;
	int level = model_walk_from(m, root, r->start, r->level, &now, &at);

	return level == r->level && now.kind == ENTRY_TABLE && now.pa == r->pa &&
	       now.below == r->entry.below;
}

static bool agrees(const struct model *m, const struct model_rec *r, unsigned int cpu)
{
	switch (r->kind) {
	case REC_LEAF:
		return model_leaf_agrees(m, r, tree_of(m, r, cpu));
	case REC_INVALID:
		return invalid_agrees(m, r);
	case REC_POINTER:
		return pointer_agrees(m, r, tree_of(m, r, cpu));
	case REC_ROOT: /* until a root is put in its place, or the CPU says that it is parked */
		return true;
	default:
		return false;
	}
}

/* ---- claims ---- */

static const char *const kind_words[] = {
	[REC_LEAF] = "an old translation of",
	[REC_INVALID] = "an invalid entry of",
	[REC_POINTER] = "an old table pointer of",
	[REC_ROOT] = "an old root of",
	[REC_UNKNOWN] = "anything in",
};

static enum model_rule record_rule(const struct model_rec *r, unsigned int cpu)
{
	if (r->kind == REC_UNKNOWN)
		return r->rule;
	if (r->late)
		return MODEL_A27;
	if (r->claimed & BIT(cpu) && !r->rule)
		return model_arch.dormant_rule;
	if (model_pending(r))
		return model_arch.pending_rule;
	if (r->why)
		return r->why;
	if (r->kind == REC_INVALID)
		return MODEL_R5;
	return r->rule ? r->rule : MODEL_C4;
}

/*
 * CPUs that are held to what is claimed. One whose TLB holds anything has to invalidate all of it before it
 * uses an address, and one that is not online is not sent fences; it is its own turn then (R14).
 */
static u8 concerned(const struct model *m)
{
	u8 cpus = 0;

	for (unsigned int cpu = 0; cpu < m->config.nr_cpus; cpu++)
		if (m->cpu[cpu].online || !model_arch.one_tree)
			cpus |= (u8)BIT(cpu);
	for (unsigned int i = 0; i < m->nr_rec; i++)
		if (m->rec[i].kind == REC_UNKNOWN)
			cpus &= (u8)~m->rec[i].holders;
	return cpus;
}

static void check_record(struct model *m, struct model_rec *r, unsigned int cpu, const char *when)
{
	model_break(m, record_rule(r, cpu),
		    "%s, and cpu %u may still hold %s [0x%llx, 0x%llx] (level %u)", when, cpu,
		    kind_words[r->kind], (unsigned long long)r->start, (unsigned long long)r->last,
		    r->level);
	r->holders = 0;
}

static void check_groups(struct model *m)
{
	unsigned int n = m->nr_touched;

	m->nr_touched = 0;
	for (unsigned int k = 0; k < n; k++) {
		const struct model_touched *t = &m->touched[k];
		const struct model_page *p = model_page(m, t->entry);

		for (unsigned int i = 0; p && i < p->nr_pos; i++)
			if (p->pos[i].level == t->level)
				model_check_group(m, p->pos[i], p->pa,
						  model_word_index(m, t->entry), true);
	}
}

void model_claim(struct model *m, const struct model_event *ev)
{
	grt_virt_t start = ev->count ? ev->val : 0,
		   last = ev->count ? start + ev->count - 1 : ~0ULL;

	u8 cpus = concerned(m), awake = model_awake(m);

	model_arch_claim(m, m->this_cpu);
	for (unsigned int i = 0; i < m->nr_rec; i++) {
		struct model_rec *r = &m->rec[i];
		u8 held = r->holders & cpus, up = held & awake;

		if (r->kind == REC_UNKNOWN && r->holders & BIT(m->this_cpu))
			held = up = (u8)BIT(m->this_cpu);
		if (!held || r->start > last || r->last < start ||
		    agrees(m, r, log2_floor(up ? up : held)))
			continue;
		/* One that doesn't translate now uses nothing, until it does so again (A24, R17). */
		if (up)
			check_record(m, r, log2_floor(up), "the change is claimed to be complete");
		else
			r->claimed |= held;
	}
	check_groups(m);
}

/* ---- uses ---- */

bool model_physical(const struct model *m, unsigned int cpu, grt_virt_t va, grt_phys_t *pa)
{
	struct model_entry now;
	grt_phys_t at;
	int level = 0;

	*pa = va;
	if (!m->cpu[cpu].mmu)
		return true;
	level = model_walk(m, cpu, va, &now, &at);
	if (level >= 0)
		*pa = now.pa + (va & (grt_geometry_level_size(&m->g, (unsigned int)level) - 1));
	return level >= 0;
}

/*
 * Until the change is claimed to be complete, others may use the old translation as well as the new one
 * (R1). Who has made the change relies on the new one, and all on the permissions.
 */
static bool leaf_surprises(const struct model *m, const struct model_rec *r, unsigned int cpu,
			   grt_phys_t old, grt_phys_t now, unsigned int access)
{
	return access & ~model_permits(m, cpu, &r->entry) || (cpu == r->store_cpu && old != now) ||
	       (r->claimed & BIT(cpu) && !agrees(m, r, cpu));
}

/* What it has invalidated itself, and had no ISB since. */
static void use_unsynced(struct model *m, unsigned int cpu, grt_virt_t va, unsigned int access,
			 grt_phys_t now)
{
	for (unsigned int i = 0; i < m->nr_unsynced; i++) {
		const struct model_rec *r = &m->unsynced[i];

		if (r->holders & BIT(cpu) && r->start <= va && va <= r->last &&
		    leaf_surprises(m, r, cpu, r->pa + (va - r->start), now, access)) {
			model_break(m, model_arch.pending_rule,
				    "cpu %u uses 0x%llx without an ISB after its TLBI", cpu,
				    (unsigned long long)va);
			return;
		}
	}
}

static void use_records(struct model *m, unsigned int cpu, grt_virt_t va, unsigned int access,
			const struct model_entry *now, u64 offset)
{
	for (unsigned int i = 0; i < m->nr_rec; i++) {
		struct model_rec *r = &m->rec[i];
		bool bad;

		if (!(r->holders & BIT(cpu)) || r->start > va || r->last < va)
			continue;
		if (r->kind == REC_LEAF)
			bad = leaf_surprises(m, r, cpu, r->pa + (va - r->start), now->pa + offset,
					     access);
		else if (r->kind == REC_INVALID)
			bad = !m->config.cpu[cpu].svvptc || always_live(m, va, va);
		else
			bad = r->kind == REC_UNKNOWN;
		if (bad)
			check_record(m, r, cpu, "an address is used");
	}
}

void model_use(struct model *m, unsigned int cpu, grt_virt_t va, unsigned int access)
{
	struct model_entry now;
	grt_phys_t at = 0;
	int level;
	u64 size;

	if (!m->cpu[cpu].mmu)
		return;
	level = model_walk(m, cpu, va, &now, &at);
	if (level < 0) {
		model_break(m, MODEL_C1, "cpu %u uses 0x%llx, which nothing maps", cpu,
			    (unsigned long long)va);
		return;
	}
	if (access & ~model_permits(m, cpu, &now)) {
		model_break(m, MODEL_C1,
			    "cpu %u uses 0x%llx in a way that its entry does not permit", cpu,
			    (unsigned long long)va);
		return;
	}
	if (!model_arch_use(m, cpu, va, access, &now, at))
		return;
	size = grt_geometry_level_size(&m->g, (unsigned int)level);
	model_accessed(m, access, &now, now.pa + (va & (size - 1)), va);
	if (access & MODEL_EXEC)
		model_code_use(m, cpu, now.pa + (va & (size - 1)), va);
	use_records(m, cpu, va, access, &now, va & (size - 1));
	use_unsynced(m, cpu, va, access, now.pa + (va & (size - 1)));
}
