// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* arm64: barriers, control, uses (Arm ARM D8). Entries: entry_arm64.c; TLBI's operands: arch_tlbi_arm64.c. */
#include <stdlib.h>
#include "model/arch_arm64.h"

const struct model_arch model_arch = {
	.link_rule = MODEL_A7,
	.free_rule = MODEL_C3,
	.relink_rule = MODEL_A19,
	.group_rule = MODEL_A18,
	.pending_rule = MODEL_A6,
	.reset_rule = MODEL_A15,
	.writer_rule = MODEL_A26,
	.below_rule = MODEL_A22,
	.state_rule = MODEL_A21,
	.dormant_rule = MODEL_A24,
	.global_rule = MODEL_A2,
	.memory_rule = MODEL_A23,
};

/* ---- barriers ---- */

bool model_visible(const struct model *m, const struct model_rec *rec, unsigned int cpu, bool is)
{
	const struct model_cpu_state *c = &m->cpu[rec->store_cpu];

	if (rec->kind == REC_UNKNOWN) /* of a changed TCR_EL1, until an ISB */
		return rec->rule != MODEL_A14 || rec->seq < m->cpu[cpu].synced;
	if (rec->kind == REC_ROOT) /* a write of TTBR takes effect at an ISB */
		return rec->seq < m->cpu[cpu].synced;
	return rec->seq <= c->visible ||
	       (!is && rec->store_cpu == cpu && rec->seq <= c->visible_local);
}

/*
 * What @cpu has invalidated in its own TLB is gone for what it does after an ISB; until then an access may
 * have been translated before. Others have no such need.
 */
static void keep_unsynced(struct model *m, unsigned int cpu, bool is)
{
	for (unsigned int i = 0; i < m->nr_rec; i++) {
		const struct model_rec *r = &m->rec[i];

		if (r->kind != REC_LEAF ||
		    !((r->pend_local | (is ? r->pend_is[cpu] : 0)) & r->holders & BIT(cpu)))
			continue;
		if (m->nr_unsynced == m->max_unsynced) {
			m->max_unsynced = m->max_unsynced ? 2 * m->max_unsynced : 16;
			m->unsynced = realloc(m->unsynced, m->max_unsynced * sizeof(*m->unsynced));
			if (!m->unsynced)
				abort();
		}
		m->unsynced[m->nr_unsynced] = *r;
		m->unsynced[m->nr_unsynced++].holders = (u8)BIT(cpu);
	}
}

static void forget_unsynced(struct model *m, unsigned int cpu)
{
	unsigned int out = 0;

	for (unsigned int i = 0; i < m->nr_unsynced; i++)
		if (!(m->unsynced[i].holders & BIT(cpu)))
			m->unsynced[out++] = m->unsynced[i];
	m->nr_unsynced = out;
}

static void barrier(struct model *m, const struct model_event *ev)
{
	struct model_cpu_state *c = &m->cpu[ev->cpu];
	bool shared =
		ev->op == MODEL_DSB_ISHST || ev->op == MODEL_DSB_ISH || ev->op == MODEL_DSB_SY;
	bool full = ev->op == MODEL_DSB_ISH || ev->op == MODEL_DSB_NSH || ev->op == MODEL_DSB_SY;

	if (ev->op == MODEL_ISB) {
		forget_unsynced(m, ev->cpu);
		c->synced = m->seq;
		c->settled = c->visible;
		return;
	}
	if (ev->op == MODEL_DMB) /* order, which completes nothing */
		c->ordered = m->seq;
	if (ev->op > MODEL_ISB)
		return;
	if (shared && c->live_valid > c->visible)
		c->published = m->seq;
	c->visible_local = m->seq;
	if (shared)
		c->visible = c->ordered = m->seq;
	if (full) {
		keep_unsynced(m, ev->cpu, shared);
		model_complete(m, ev->cpu, shared);
		model_maintenance_done(m, ev->cpu);
	}
	model_code_dsb(m, ev->cpu, shared, full);
}

/* ---- control ---- */

static bool holds(const struct model *m, unsigned int cpu, enum model_rec_kind kind,
		  unsigned int half)
{
	for (unsigned int i = 0; i < m->nr_rec; i++)
		if (m->rec[i].kind == kind && m->rec[i].holders & BIT(cpu) &&
		    (kind != REC_ROOT || m->rec[i].half == half))
			return true;
	return false;
}

/* A root of the lower half conflicts with old ones of its ASID, one of the kernel's with any. */
static void check_old_roots(struct model *m, unsigned int cpu, unsigned int half)
{
	const struct model_half *h = &m->cpu[cpu].half[half];

	for (unsigned int i = 0; h->root != GRT_PHYS_NONE && i < m->nr_rec; i++) {
		struct model_rec *r = &m->rec[i];

		if (r->kind != REC_ROOT || !(r->holders & BIT(cpu)) || r->half != half ||
		    r->pa == h->root || (!half && r->asid != h->asid))
			continue;
		model_break(m, half ? MODEL_A13 : MODEL_A12,
			    "the root 0x%llx is put in place of "
			    "0x%llx, which cpu %u may still walk",
			    (unsigned long long)h->root, (unsigned long long)r->pa, cpu);
		r->holders = 0;
	}
	model_root_entered(m, cpu, half);
}

static void check_cnp(struct model *m, const struct model_event *ev)
{
	for (unsigned int cpu = 0; cpu < m->config.nr_cpus; cpu++) {
		const struct model_half *h = &m->cpu[cpu].half[ev->op];

		if (cpu != ev->cpu && ev->mask && h->cnp && h->asid == ev->asid &&
		    h->root != ev->addr && h->root != GRT_PHYS_NONE)
			model_break(m, MODEL_A20,
				    "cpu %u and cpu %u share translations of ASID %d, and "
				    "have different roots",
				    ev->cpu, cpu, ev->asid);
	}
}

/*
 * The lower half's root and whether it is walked are in two registers, whose writes take effect in any
 * order before an ISB: one that is not there could be walked.
 */
static void check_lower(struct model *m, unsigned int cpu, u64 other)
{
	if (m->cpu[cpu].mmu && other > m->cpu[cpu].synced)
		model_break(m, MODEL_A14,
			    "cpu %u writes TTBR0_EL1 and TCR_EL1 without an ISB between them", cpu);
}

static void root(struct model *m, const struct model_event *ev)
{
	struct model_cpu_state *c = &m->cpu[ev->cpu];

	c->context = m->seq;
	if (!ev->op) {
		check_lower(m, ev->cpu, c->tcr);
		c->ttbr0 = m->seq;
	}
	model_root_install(m, ev->cpu, ev->op, ev->addr, ev->asid);
	m->cpu[ev->cpu].half[ev->op].cnp = ev->mask;
	if (ev->addr == GRT_PHYS_NONE)
		return;
	if (m->cpu[ev->cpu].mmu)
		check_old_roots(m, ev->cpu, ev->op);
	check_cnp(m, ev);
}

static void mmu(struct model *m, const struct model_event *ev)
{
	struct model_cpu_state *c = &m->cpu[ev->cpu];

	/* What it held stays, and is used again when the MMU is on again (A24). */
	for (unsigned int half = 0; half < 2; half++)
		if (ev->val)
			check_old_roots(m, ev->cpu, half);
		else
			model_root_leave(m, ev->cpu, half);
	if (ev->val)
		model_translates(m, ev->cpu);
	c->mmu = ev->val;
	c->context = m->seq;
	m->roots_changed = true;
	if (ev->val && (holds(m, ev->cpu, REC_UNKNOWN, 0) || c->completed > c->synced))
		model_break(m, MODEL_A15, "cpu %u turns its MMU on with a TLB that holds anything",
			    ev->cpu);
}

static void sysreg(struct model *m, const struct model_event *ev)
{
	struct model_rec rec = { .kind = REC_UNKNOWN,
				 .last = ~0ULL,
				 .rule = MODEL_A14,
				 .seq = m->seq,
				 .holders = (u8)BIT(ev->cpu),
				 .asid = MODEL_ASID_ANY };

	m->cpu[ev->cpu].context = m->seq;
	if (!m->cpu[ev->cpu].mmu)
		return;
	if (ev->op == MODEL_TCR_LOWER) {
		check_lower(m, ev->cpu, m->cpu[ev->cpu].ttbr0);
		m->cpu[ev->cpu].tcr = m->seq;
	}
	if (ev->op != MODEL_TCR_LOWER)
		model_break(m, MODEL_A14,
			    "cpu %u changes what its translation goes by while it is on", ev->cpu);
	else if (m->cpu[ev->cpu].half[0].root != GRT_PHYS_NONE || holds(m, ev->cpu, REC_ROOT, 0))
		model_record(m, &rec); /* of the lower half, which nothing uses meanwhile */
}

static void park(struct model *m, const struct model_event *ev)
{
	const struct model_cpu_state *c = &m->cpu[ev->cpu];

	m->cpu[ev->cpu].parked = true;
	if (c->mmu && (c->half[1].root != GRT_PHYS_NONE || holds(m, ev->cpu, REC_ROOT, 1) ||
		       c->completed > c->synced))
		model_break(m, MODEL_A16,
			    "cpu %u says that it is parked, and may still walk the kernel's "
			    "tables",
			    ev->cpu);
}

static void resume(struct model *m, const struct model_event *ev)
{
	unsigned int before = m->nr_reports;

	model_claim(m, ev);
	/* Whatever the repainting CPU has left undone, the others are let go too early. */
	for (unsigned int i = before; i < m->nr_reports; i++)
		m->report[i].rule = MODEL_A16;
	for (unsigned int cpu = 0; cpu < m->config.nr_cpus; cpu++)
		m->cpu[cpu].parked = false;
}

long model_arch_event(struct model *m, const struct model_event *ev)
{
	struct model_cpu_state *c = &m->cpu[ev->cpu];

	switch (ev->kind) {
	case MODEL_BARRIER:
		barrier(m, ev);
		break;
	case MODEL_TLBI:
		model_tlbi(m, ev);
		break;
	case MODEL_ROOT:
		root(m, ev);
		break;
	case MODEL_MMU:
		mmu(m, ev);
		break;
	case MODEL_SYSREG:
		sysreg(m, ev);
		break;
	case MODEL_ONLINE:
		c->online = ev->val;
		break;
	case MODEL_PARK:
		park(m, ev);
		break;
	case MODEL_RESUME:
		resume(m, ev);
		break;
	default:
		break;
	}
	return 0;
}

void model_arch_words(char *buf, size_t size, const struct model *m, const struct model_event *ev)
{
	static const char *const barriers[MODEL_BARRIERS] = {
		"dsb ishst",
		"dsb ish",
		"dsb nshst",
		"dsb nsh",
		"dsb sy",
		"isb",
		[MODEL_DMB] = "dmb ish",
	};
	static const char *const sysregs[] = { "tcr_el1 (lower half)", "tcr_el1 (upper half)",
					       "mair_el1" };
	unsigned long long addr = ev->addr, val = ev->val, count = ev->count;

	(void)m;
	if (ev->kind == MODEL_BARRIER)
		snprintf(buf, size, "%s", barriers[ev->op] ? barriers[ev->op] : "a barrier");
	else if (ev->kind == MODEL_TLBI)
		model_tlbi_words(buf, size, m, ev);
	else if (ev->kind == MODEL_ROOT && ev->addr == GRT_PHYS_NONE)
		snprintf(buf, size, "msr ttbr%u_el1, reserved", ev->op);
	else if (ev->kind == MODEL_ROOT)
		snprintf(buf, size, "msr ttbr%u_el1: root 0x%llx, asid %d%s", ev->op, addr,
			 ev->asid, ev->mask ? ", CnP" : "");
	else if (ev->kind == MODEL_CODE_CLEAN)
		snprintf(buf, size, "dc cvau 0x%llx, %llu bytes", val, count);
	else if (ev->kind == MODEL_CODE_INVALIDATE && ev->count)
		snprintf(buf, size, "ic ivau 0x%llx, %llu bytes", val, count);
	else if (ev->kind == MODEL_CODE_INVALIDATE)
		snprintf(buf, size, "ic iallu%s", ev->op == MODEL_CODE_LOCAL ? "" : "is");
	else if (ev->kind == MODEL_SYSREG)
		snprintf(buf, size, "msr %s", sysregs[ev->op]);
	else
		snprintf(buf, size, "msr sctlr_el1: MMU %s", ev->val ? "on" : "off");
}

/* ---- claims and uses ---- */

/* Has any CPU made an entry valid and not ordered that? Another one's DSB does not do it. */
static bool unpublished(const struct model *m)
{
	for (unsigned int cpu = 0; cpu < m->config.nr_cpus; cpu++)
		if (m->cpu[cpu].live_valid > m->cpu[cpu].visible)
			return true;
	return false;
}

void model_arch_claim(struct model *m, unsigned int cpu)
{
	struct model_cpu_state *c = &m->cpu[cpu];

	if (unpublished(m))
		model_break(m, MODEL_A8, "a new entry is claimed to be usable without a DSB ISHST");
	else if (c->published > c->synced)
		model_break(m, MODEL_A8,
			    "a new entry is claimed to be usable without an ISB after its DSB");
	if (c->completed > c->synced)
		model_break(m, MODEL_A6,
			    "an invalidation is relied on without an ISB after its DSB");
	for (unsigned int i = 0; i < m->config.nr_cpus; i++)
		m->cpu[i].live_valid = 0;
	c->published = c->completed = 0;
	forget_unsynced(m, cpu);
}

/* Has an entry taken the place of one that @cpu may still load, and which serves as well? */
static bool took_place(const struct model *m, unsigned int cpu, grt_virt_t va, unsigned int access)
{
	for (unsigned int i = 0; i < m->nr_rec; i++) {
		const struct model_rec *r = &m->rec[i];

		if (r->kind == REC_LEAF && r->holders & BIT(cpu) && !r->broken && r->start <= va &&
		    va <= r->last && !(access & ~model_permits(m, cpu, &r->entry)))
			return true;
	}
	return false;
}

bool model_arch_use(struct model *m, unsigned int cpu, grt_virt_t va, unsigned int access,
		    const struct model_entry *entry, grt_phys_t at)
{
	const struct model_page *p = model_page(m, at);
	u64 fresh = p->fresh[model_word_index(m, at)], stored = fresh / MODEL_MAX_CPUS;
	const struct model_cpu_state *w = &m->cpu[fresh % MODEL_MAX_CPUS];

	(void)entry;
	if (m->cpu[cpu].context > m->cpu[cpu].synced) {
		model_break(m, MODEL_A13,
			    "cpu %u uses 0x%llx without an ISB after it changed how it translates",
			    cpu, (unsigned long long)va);
		return false;
	}
	if (access & MODEL_EXEC && m->cpu[cpu].completed > m->cpu[cpu].synced)
		model_break(m, MODEL_A6, "cpu %u executes at 0x%llx without an ISB after its TLBI",
			    cpu, (unsigned long long)va);
	if ((stored > w->visible || (w == &m->cpu[cpu] && stored > w->settled)) &&
	    !took_place(m, cpu, va, access)) {
		model_break(m, MODEL_A8, "cpu %u uses 0x%llx and its entry has not been published",
			    cpu, (unsigned long long)va);
		return false;
	}
	return true;
}

/* ---- asm/mmu_ops.h ---- */

void model_mmu_order_tables(struct model_site site)
{
	model_mmu_op(site, MODEL_BARRIER, MODEL_DSB_ISHST, 0);
}
