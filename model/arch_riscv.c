// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* RISC-V: entries, fences, satp (privileged specification, supervisor chapter and its extensions). */
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
};

/* ---- entries ---- */

#define V BIT(0)
#define R BIT(1)
#define W BIT(2)
#define X BIT(3)
#define G BIT(5)
#define A BIT(6)
#define D BIT(7)
#define PBMT_SHIFT 61
#define N BIT(63)
#define RESERVED (127ULL << 54)

static grt_phys_t ppn_address(u64 val)
{
	return (val >> 10 & (BIT(44) - 1)) << 12;
}

static struct model_entry malformed(enum model_rule rule)
{
	return (struct model_entry){ .kind = ENTRY_INVALID, .reserved = rule };
}

static struct model_entry decode_leaf(const struct model *m, unsigned int level, u64 val,
				      grt_virt_t va)
{
	struct model_entry e = { .kind = ENTRY_LEAF, .pa = ppn_address(val) };

	e.access = (val & R ? MODEL_READ : 0) | (val & W ? MODEL_WRITE : 0) |
		   (val & X ? MODEL_EXEC : 0);
	e.perm = val & 0x1e;
	e.memory = val >> PBMT_SHIFT & 3;
	e.global = val & G;
	e.accessed = val & A && (val & D || !(val & W));
	if (val & W && !(val & R))
		return malformed(MODEL_C1);
	if (val & N) {
		if (level || !m->g.cont_bits[0] || (val >> 10 & 15) != 8)
			return malformed(MODEL_R10);
		e.cont = true;
		e.pa = (e.pa & ~0xffffULL) | (va & 0xf000);
	}
	return is_aligned(e.pa, grt_geometry_level_size(&m->g, level)) ? e : malformed(MODEL_C1);
}

struct model_entry model_decode(const struct model *m, unsigned int level, u64 val, grt_virt_t va)
{
	struct model_entry e = { .kind = ENTRY_TABLE, .pa = ppn_address(val), .global = val & G };

	if (!(val & V))
		return (struct model_entry){ .kind = ENTRY_INVALID };
	if (val & RESERVED || (val >> PBMT_SHIFT & 3) == 3)
		return malformed(MODEL_R13);
	if (val & (R | W | X))
		return decode_leaf(m, level, val, va);
	if (val >> PBMT_SHIFT & 3)
		return malformed(MODEL_R13);
	return level ? e : malformed(MODEL_C1);
}

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
	else
		model_invalidate(m, &inv);
}

static long remote_sfence(struct model *m, const struct model_event *ev)
{
	bool all = ev->count == 0 || ev->count == ~0ULL;
	u64 mask = ev->step == ~0ULL ? BIT(m->config.nr_cpus) - 1 : ev->mask;
	u64 base = ev->step == ~0ULL ? 0 : ev->step;
	u8 targets = 0, broken = 0;
	struct model_inval inv;

	for (unsigned int i = 0; i < 64; i++) {
		u64 cpu = base + i;

		if (!(mask & BIT(i)))
			continue;
		if (cpu >= m->config.nr_cpus || !m->cpu[cpu].online) {
			model_break(m, MODEL_R14, "hart %llu is sent a fence and is not online",
				    (unsigned long long)cpu);
			continue;
		}
		targets |= (u8)BIT(cpu);
		if (all)
			fenced_all(m, (unsigned int)cpu, ev->asid);
		else if (m->config.cpu[cpu].fence_va_broken)
			broken |= (u8)BIT(cpu);
	}
	inv = inval_of(m, ev->cpu, broken, ev->val, ev->val + ev->count - 1, !all, ev->asid);
	if (broken)
		without_effect(m, inv, MODEL_R1);
	inv.targets = targets & (u8)~broken;
	inv.scope_rule = MODEL_NONE; /* the issuing hart's own fence has said it of the others */
	if (!all && !canonical(m, ev->val))
		model_break(m, MODEL_R11, "0x%llx is not canonical: the fence does nothing",
			    (unsigned long long)ev->val);
	else if (inv.targets)
		model_invalidate(m, &inv);
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
	c->mmu = ev->addr != GRT_PHYS_NONE;
	model_root_install(m, ev->cpu, 1, ev->addr, ev->asid);
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
		c->code_changed = false;
		break;
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
	else
		snprintf(buf, size, "%s",
			 ev->kind == MODEL_FENCE_I ? "fence.i" : "changes the PMP");
}

/* ---- uses and claims ---- */

enum model_rule model_arch_conflict(const struct model *m, unsigned int cpu,
				    const struct model_rec *rec, const struct model_entry *entry,
				    unsigned int level, grt_virt_t va)
{
	(void)m, (void)cpu, (void)rec, (void)entry, (void)level, (void)va;
	return MODEL_NONE;
}

enum model_rule model_arch_pointer_conflict(const struct model *m, unsigned int cpu,
					    const struct model_rec *rec,
					    const struct model_entry *entry, unsigned int level)
{
	(void)m, (void)cpu, (void)rec, (void)entry, (void)level;
	return MODEL_NONE;
}

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
	(void)at;
	check_hart(m, cpu);
	if (access & MODEL_EXEC && m->cpu[cpu].code_changed)
		model_break(m, MODEL_R16,
			    "cpu %u executes at 0x%llx what was written since its FENCE.I", cpu,
			    (unsigned long long)va);
	for (unsigned int i = 0; entry->memory && i < m->nr_cached; i++)
		if (entry->pa - m->cached[i].pa < m->cached[i].size)
			model_break(m, MODEL_R13,
				    "0x%llx is used past caches that may hold its memory",
				    (unsigned long long)va);
	return true;
}

/* ---- asm/mmu_ops.h ---- */

void model_mmu_order_tables(struct model_site site)
{
	model_mmu_op(site, MODEL_BARRIER, MODEL_FENCE_WW, 0);
}
