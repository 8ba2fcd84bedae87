// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* RISC-V: fences, satp, uses (privileged specification, supervisor chapter and its extensions). */
#include "model/model_internal.h"

const struct model_arch model_arch = {
	.records_invalid = true,
	.one_tree = true,
	.link_rule = MODEL_C2,
	.free_rule = MODEL_R7,
	.relink_rule = MODEL_C3,
	.group_rule = MODEL_R10,
	.pending_rule = MODEL_R9,
	.reset_rule = MODEL_R6,
	.writer_rule = MODEL_C2,
	.below_rule = MODEL_R2,
	.state_rule = MODEL_R18,
	.dormant_rule = MODEL_R17,
	.global_rule = MODEL_R3,
	.memory_rule = MODEL_R13,
};

/* ---- fences ---- */

bool model_visible(const struct model *m, const struct model_rec *rec, unsigned int cpu, bool is)
{
	(void)is;
	/* A fence orders its own hart's stores before its own walks; others' need a fence of theirs (R4). */
	return rec->kind == REC_UNKNOWN || rec->store_cpu == cpu ||
	       rec->seq <= m->cpu[rec->store_cpu].visible;
}

static bool canonical(const struct model *m, grt_virt_t va)
{
	unsigned int unused = 64U - m->g.va_bits;

	return (u64)((s64)(va << unused) >> unused) == va;
}

static struct model_inval inval_of(const struct model *m, unsigned int issuer, u8 targets,
				   grt_virt_t start, grt_virt_t last, bool by_address, int asid)
{
	(void)m;
	return (struct model_inval){
		.issuer = issuer,
		.targets = targets,
		.at_once = true,
		.all = !by_address,
		.leaf_only = by_address,
		.asid = asid,
		.keep_global = true,
		.level = -1,
		.start = start,
		.last = last,
		.unordered = MODEL_R4,
		.leaf_rule = MODEL_R2,
		.asid_rule = MODEL_R3,
		.scope_rule = MODEL_R4,
		.part_rule = MODEL_R10,
	};
}

/* Nothing is removed, and what would have been is remembered with the reason. */
static void without_effect(struct model *m, struct model_inval inv, enum model_rule why)
{
	for (unsigned int i = 0; i < m->nr_rec; i++) {
		struct model_rec *r = &m->rec[i];

		if (r->holders & inv.targets && r->start <= inv.last && r->last >= inv.start)
			r->why = why;
	}
}

static void fenced_all(struct model *m, unsigned int cpu, int asid)
{
	struct model_cpu_state *c = &m->cpu[cpu];

	if (asid == MODEL_ASID_ANY) {
		c->fenced = m->seq;
		c->pmp_changed = false;
	}
	if (asid == MODEL_ASID_ANY || asid == c->half[1].asid)
		c->root_unfenced = false;
}

static void sfence(struct model *m, const struct model_event *ev)
{
	bool by_address = ev->op & MODEL_RS1;
	int asid = ev->op & MODEL_RS2 ? ev->asid : MODEL_ASID_ANY;
	struct model_inval inv =
		inval_of(m, ev->cpu, (u8)BIT(ev->cpu), ev->val, ev->val, by_address, asid);

	/* Its own stores come before its own walks; for those of others that is nothing. */
	m->cpu[ev->cpu].visible_local = m->seq;
	if (!by_address)
		fenced_all(m, ev->cpu, asid);
	if (by_address && !canonical(m, ev->val))
		model_break(m, MODEL_R11, "0x%llx is not canonical: the fence does nothing",
			    (unsigned long long)ev->val);
	else if (by_address && m->config.cpu[ev->cpu].fence_va_broken)
		without_effect(m, inv, MODEL_R1);
	else
		model_invalidate(m, &inv);
}

static void sinval(struct model *m, const struct model_event *ev)
{
	int asid = ev->op & MODEL_RS2 ? ev->asid : MODEL_ASID_ANY;
	struct model_inval inv =
		inval_of(m, ev->cpu, (u8)BIT(ev->cpu), ev->val, ev->val, ev->op & MODEL_RS1, asid);

	if (ev->op & MODEL_RS1 && !canonical(m, ev->val)) {
		model_break(m, MODEL_R11, "0x%llx is not canonical: the invalidation does nothing",
			    (unsigned long long)ev->val);
		return;
	}
	inv.at_once = false;
	inv.since = m->cpu[ev->cpu].winval;
	inv.unordered = MODEL_R9;
	if (!m->config.cpu[ev->cpu].svinval || !inv.since)
		without_effect(m, inv, MODEL_R9);
	else if (ev->op & MODEL_RS1 && m->config.cpu[ev->cpu].fence_va_broken)
		without_effect(m, inv, MODEL_R1);
	else
		model_invalidate(m, &inv);
}

/* The harts that an SBI call is about. Those that are not online don't hear it (R14). */
static u8 called(struct model *m, const struct model_event *ev)
{
	u64 mask = ev->step == ~0ULL ? BIT(m->config.nr_cpus) - 1 : ev->mask;
	u64 base = ev->step == ~0ULL ? 0 : ev->step;
	u8 targets = 0;

	for (unsigned int i = 0; i < 64; i++) {
		u64 cpu = base + i;

		if (!(mask & BIT(i)))
			continue;
		if (cpu >= m->config.nr_cpus || !m->cpu[cpu].online)
			model_break(m, MODEL_R14, "hart %llu is sent a fence and is not online",
				    (unsigned long long)cpu);
		else
			targets |= (u8)BIT(cpu);
	}
	return targets;
}

static long remote_sfence(struct model *m, const struct model_event *ev)
{
	bool all = (!ev->val && !ev->count) || ev->count == ~0ULL;
	u8 targets = called(m, ev), broken = 0;
	struct model_inval inv;

	for (unsigned int cpu = 0; cpu < m->config.nr_cpus; cpu++) {
		if (targets & BIT(cpu) && all)
			fenced_all(m, cpu, ev->asid);
		else if (targets & BIT(cpu) && m->config.cpu[cpu].fence_va_broken)
			broken |= (u8)BIT(cpu);
	}
	inv = inval_of(m, ev->cpu, broken, ev->val, ev->val + ev->count - 1, !all, ev->asid);
	if (broken)
		without_effect(m, inv, MODEL_R1);
	inv.targets = targets & (u8)~broken;
	inv.scope_rule = MODEL_NONE; /* the issuing hart's own fence has said it of the others */
	if (!all && !ev->count)
		model_break(m, MODEL_R19, "a remote fence from 0x%llx on has no size",
			    (unsigned long long)ev->val);
	else if (!all && !canonical(m, ev->val))
		model_break(m, MODEL_R11, "0x%llx is not canonical: the fence does nothing",
			    (unsigned long long)ev->val);
	else if (inv.targets)
		model_invalidate(m, &inv);
	return 0;
}

static long remote_fence_i(struct model *m, const struct model_event *ev)
{
	u8 targets = called(m, ev);

	for (unsigned int cpu = 0; cpu < m->config.nr_cpus; cpu++)
		if (targets & BIT(cpu))
			model_code_fence(m, cpu);
	return 0;
}

/* ---- control ---- */

static void barrier(struct model *m, const struct model_event *ev)
{
	struct model_cpu_state *c = &m->cpu[ev->cpu];

	c->ordered = m->seq;
	if (ev->op == MODEL_FENCE_RWRW)
		c->visible = m->seq;
}

static void root(struct model *m, const struct model_event *ev)
{
	struct model_cpu_state *c = &m->cpu[ev->cpu];

	c->root_unfenced = c->fenced < c->stored;
	model_root_install(m, ev->cpu, 1, ev->addr, ev->asid);
	model_root_entered(m, ev->cpu, 1);
	/* In Bare mode it keeps what it held (R17). */
	if (!c->mmu && ev->addr != GRT_PHYS_NONE)
		model_translates(m, ev->cpu);
	c->mmu = ev->addr != GRT_PHYS_NONE;
}

static void online(struct model *m, const struct model_event *ev)
{
	struct model_rec rec = { .kind = REC_UNKNOWN,
				 .last = ~0ULL,
				 .rule = MODEL_R14,
				 .holders = (u8)BIT(ev->cpu),
				 .asid = MODEL_ASID_ANY };

	m->cpu[ev->cpu].online = ev->val;
	if (ev->val)
		model_record(m, &rec); /* fences that were sent before have been lost */
}

long model_arch_event(struct model *m, const struct model_event *ev)
{
	struct model_cpu_state *c = &m->cpu[ev->cpu];

	switch (ev->kind) {
	case MODEL_BARRIER:
		barrier(m, ev);
		break;
	case MODEL_SFENCE:
		sfence(m, ev);
		break;
	case MODEL_SFENCE_W_INVAL:
		c->winval = m->seq;
		break;
	case MODEL_SINVAL:
		sinval(m, ev);
		break;
	case MODEL_SFENCE_INVAL_IR:
		if (c->winval)
			model_complete(m, ev->cpu, false);
		c->winval = 0;
		break;
	case MODEL_REMOTE_SFENCE:
		return remote_sfence(m, ev);
	case MODEL_ROOT:
		root(m, ev);
		break;
	case MODEL_ONLINE:
		online(m, ev);
		break;
	case MODEL_PMP:
		c->pmp_changed = true;
		break;
	case MODEL_FENCE_I:
		model_code_fence(m, ev->cpu);
		break;
	case MODEL_REMOTE_FENCE_I:
		return remote_fence_i(m, ev);
	default:
		break;
	}
	return 0;
}

void model_arch_words(char *buf, size_t size, const struct model *m, const struct model_event *ev)
{
	static const char *const barriers[MODEL_BARRIERS] = {
		[MODEL_FENCE_WW] = "fence w, w", [MODEL_FENCE_RWRW] = "fence rw, rw"
	};
	unsigned long long val = ev->val, count = ev->count, mask = ev->mask, base = ev->step;
	const char *name = ev->kind == MODEL_SINVAL ? "sinval.vma" : "sfence.vma";
	char rs1[24] = "x0", rs2[16] = "x0";

	(void)m;
	if (ev->op & MODEL_RS1)
		snprintf(rs1, sizeof(rs1), "0x%llx", val);
	if (ev->op & MODEL_RS2 || (ev->kind == MODEL_REMOTE_SFENCE && ev->asid >= 0))
		snprintf(rs2, sizeof(rs2), "%d", ev->asid);
	if (ev->kind == MODEL_BARRIER)
		snprintf(buf, size, "%s", barriers[ev->op] ? barriers[ev->op] : "a barrier");
	else if (ev->kind == MODEL_SFENCE || ev->kind == MODEL_SINVAL)
		snprintf(buf, size, "%s %s, %s", name, rs1, rs2);
	else if (ev->kind == MODEL_SFENCE_W_INVAL)
		snprintf(buf, size, "sfence.w.inval");
	else if (ev->kind == MODEL_SFENCE_INVAL_IR)
		snprintf(buf, size, "sfence.inval.ir");
	else if (ev->kind == MODEL_REMOTE_SFENCE)
		snprintf(
			buf, size,
			"sbi remote_sfence_vma%s harts 0x%llx << %llu, start 0x%llx, size 0x%llx%s%s",
			ev->asid < 0 ? "" : "_asid", mask, base, val, count,
			ev->asid < 0 ? "" : ", asid ", ev->asid < 0 ? "" : rs2);
	else if (ev->kind == MODEL_ROOT)
		snprintf(buf, size, "csrw satp: root 0x%llx, asid %d", (unsigned long long)ev->addr,
			 ev->asid);
	else if (ev->kind == MODEL_REMOTE_FENCE_I)
		snprintf(buf, size, "sbi remote_fence_i harts 0x%llx << %llu", mask, base);
	else
		snprintf(buf, size, "%s",
			 ev->kind == MODEL_FENCE_I ? "fence.i" : "changes the PMP");
}

/* ---- uses and claims ---- */

/* What the hart has to have done, whatever it uses. */
static void check_hart(struct model *m, unsigned int cpu)
{
	struct model_cpu_state *c = &m->cpu[cpu];

	if (c->root_unfenced)
		model_break(m, MODEL_R6,
			    "cpu %u wrote tables, loaded their root, and has not fenced", cpu);
	c->root_unfenced = false;
	if (c->pmp_changed)
		model_break(m, MODEL_R15, "cpu %u has changed the PMP and not fenced", cpu);
	c->pmp_changed = false;
	for (unsigned int i = 0; i < m->nr_rec; i++) {
		struct model_rec *r = &m->rec[i];

		if (r->kind != REC_ROOT || !(r->holders & BIT(cpu)) || r->pa == c->half[1].root ||
		    r->asid != c->half[1].asid)
			continue;
		model_break(m, r->asid ? MODEL_R8 : MODEL_R6,
			    "cpu %u may still walk the root 0x%llx "
			    "with asid %d",
			    cpu, (unsigned long long)r->pa, r->asid);
		r->holders = 0;
		m->roots_changed = true;
	}
}

void model_arch_claim(struct model *m, unsigned int cpu)
{
	check_hart(m, cpu);
}

bool model_arch_use(struct model *m, unsigned int cpu, grt_virt_t va, unsigned int access,
		    const struct model_entry *entry, grt_phys_t at)
{
	(void)va, (void)access, (void)entry, (void)at;
	check_hart(m, cpu);
	return true;
}

/* ---- asm/mmu_ops.h ---- */

void model_mmu_order_tables(struct model_site site)
{
	model_mmu_op(site, MODEL_BARRIER, MODEL_FENCE_WW, 0);
}
