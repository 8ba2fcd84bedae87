// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* arm64: entries, conflicts, barriers, control (Arm ARM D8). The operands of TLBI are arch_tlbi_arm64.c's. */
#include "model/arch_arm64.h"

const struct model_arch model_arch = {
	.link_rule = MODEL_A7,
	.free_rule = MODEL_C3,
	.relink_rule = MODEL_A19,
	.group_rule = MODEL_A18,
	.pending_rule = MODEL_A6,
	.reset_rule = MODEL_A15,
};

/* ---- entries (Arm ARM D8, "Translation table descriptor formats") ---- */

#define VALID BIT(0)
#define TYPE BIT(1)
#define AF BIT(10)
#define NG BIT(11)
#define DBM BIT(51)
#define CONT BIT(52)
#define IN_PLACE (BIT(6) | BIT(7) | AF | DBM | BIT(53) | BIT(54))

/* TCR_EL1.DS is set in the 52-bit layouts of the granules below 64K. */
static bool has_ds(const struct model *m)
{
	return m->g.va_bits == 52 && m->g.page_shift < 16;
}

static grt_phys_t output_address(const struct model *m, u64 val)
{
	unsigned int shift = m->g.page_shift;

	if (has_ds(m))
		return (val & (BIT(50) - BIT(shift))) | (val >> 8 & 3) << 50;
	if (shift == 16)
		return (val & (BIT(48) - BIT(16))) | (val >> 12 & 15) << 48;
	return val & (BIT(48) - BIT(shift));
}

/* Who may execute what, and at EL2 XN (bit 54), is for all. */
static unsigned int kernel_access(const struct model *m, u64 val)
{
	unsigned int access = MODEL_READ;

	access |= val & BIT(7) ? 0 : MODEL_WRITE;
	access |= val & (m->config.el2 ? BIT(54) : BIT(53)) ? 0 : MODEL_EXEC;
	return access;
}

/* At EL2 there is neither nG nor PXN, and AP[1] is 1: what says otherwise was made for another regime. */
static bool of_el1(u64 val)
{
	return val & (NG | BIT(53)) || !(val & BIT(6));
}

struct model_entry model_decode(const struct model *m, unsigned int level, u64 val, grt_virt_t va)
{
	struct model_entry e = { .pa = output_address(m, val) };
	bool leaf = level ? !(val & TYPE) : val & TYPE;

	(void)va;
	if (!(val & VALID))
		return (struct model_entry){ .kind = ENTRY_INVALID };
	if (!leaf && level) {
		e.kind = ENTRY_TABLE;
		return e;
	}
	if (!leaf || !grt_geometry_leaf_allowed(&m->g, level))
		return (struct model_entry){ .kind = ENTRY_INVALID, .reserved = MODEL_C1 };
	e.kind = ENTRY_LEAF;
	e.pa = align_down(e.pa, grt_geometry_level_size(&m->g, level));
	e.access = kernel_access(m, val);
	e.perm = val & IN_PLACE;
	e.memory = val & ((7ULL << 2) | (has_ds(m) ? 0 : 3ULL << 8));
	e.cont = val & CONT && m->g.cont_bits[level];
	e.global = !(val & NG);
	/* Clear AF is set by hardware, and read-only with DBM becomes writable (FEAT_HAFDBS). */
	e.accessed = val & AF && !(val & DBM && val & BIT(7));
	if (m->config.el2 && of_el1(val))
		e.reserved = MODEL_A28;
	return e;
}

/* ---- conflicts (rules A2 to A4, A18) ---- */

static bool live_here(const struct model *m, const struct model_rec *r)
{
	for (unsigned int i = 0; i < m->nr_live; i++)
		if (m->live[i].at <= r->last && m->live[i].at + m->live[i].size - 1 >= r->start)
			return true;
	return false;
}

static enum model_rule size_conflict(const struct model *m, unsigned int cpu,
				     const struct model_rec *r, bool only_size)
{
	unsigned int bbm = m->config.cpu[cpu].bbm;

	if (bbm < 2 || (bbm == 2 && !only_size))
		return MODEL_A4;
	return bbm == 2 && live_here(m, r) ? MODEL_C6 : MODEL_NONE;
}

enum model_rule model_arch_conflict(const struct model *m, unsigned int cpu,
				    const struct model_rec *r, const struct model_entry *e,
				    unsigned int level, grt_virt_t va)
{
	grt_virt_t at = max_u64(va, r->start);
	bool same_place = r->pa + (at - r->start) == e->pa + (at - va);
	bool same_size = r->level == level && r->entry.cont == e->cont;
	bool same_attr = r->entry.perm == e->perm && r->entry.global == e->global;

	if (!same_place || r->entry.memory != e->memory || (!r->entry.global && e->global))
		return MODEL_A2;
	if (!same_size)
		return size_conflict(m, cpu, r, same_attr);
	return e->cont && !same_attr && m->config.cpu[cpu].bbm < 3 ? MODEL_A18 : MODEL_NONE;
}

enum model_rule model_arch_pointer_conflict(const struct model *m, unsigned int cpu,
					    const struct model_rec *r, const struct model_entry *e,
					    unsigned int level)
{
	if (r->level == level && e->kind == ENTRY_TABLE && r->pa == e->pa)
		return MODEL_NONE;
	/* One table in place of another, at once; by way of a block it is two changes of size. */
	if (r->level == level && e->kind == ENTRY_TABLE && (r->broken || r->seq == m->seq))
		return MODEL_A2;
	if (r->level == level && !r->broken)
		return size_conflict(m, cpu, r, true);
	return r->broken && e->kind == ENTRY_LEAF ? MODEL_A3 : MODEL_NONE;
}

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

static void barrier(struct model *m, const struct model_event *ev)
{
	struct model_cpu_state *c = &m->cpu[ev->cpu];
	bool shared =
		ev->op == MODEL_DSB_ISHST || ev->op == MODEL_DSB_ISH || ev->op == MODEL_DSB_SY;

	if (ev->op == MODEL_ISB) {
		c->synced = m->seq;
		c->settled = c->visible;
		return;
	}
	if (ev->op > MODEL_ISB)
		return;
	if (shared && c->live_valid > c->visible)
		c->published = m->seq;
	c->visible_local = m->seq;
	if (shared)
		c->visible = c->ordered = m->seq;
	if (ev->op == MODEL_DSB_ISH || ev->op == MODEL_DSB_NSH || ev->op == MODEL_DSB_SY)
		model_complete(m, ev->cpu, shared);
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
static void check_old_roots(struct model *m, const struct model_event *ev)
{
	for (unsigned int i = 0; i < m->nr_rec; i++) {
		struct model_rec *r = &m->rec[i];

		if (r->kind != REC_ROOT || !(r->holders & BIT(ev->cpu)) || r->half != ev->op ||
		    r->pa == ev->addr || (!ev->op && r->asid != ev->asid))
			continue;
		model_break(m, ev->op ? MODEL_A13 : MODEL_A12,
			    "the root 0x%llx is put in place of "
			    "0x%llx, which cpu %u may still walk",
			    (unsigned long long)ev->addr, (unsigned long long)r->pa, ev->cpu);
		r->holders = 0;
	}
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
		check_old_roots(m, ev);
	check_cnp(m, ev);
}

static void mmu(struct model *m, const struct model_event *ev)
{
	struct model_cpu_state *c = &m->cpu[ev->cpu];

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
	else
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
	static const char *const barriers[MODEL_BARRIERS] = { "dsb ishst", "dsb ish", "dsb nshst",
							      "dsb nsh",   "dsb sy",  "isb" };
	static const char *const sysregs[] = { "tcr_el1 (lower half)", "tcr_el1 (upper half)",
					       "mair_el1" };
	unsigned long long addr = ev->addr;

	(void)m;
	if (ev->kind == MODEL_BARRIER)
		snprintf(buf, size, "%s", ev->op <= MODEL_ISB ? barriers[ev->op] : "a barrier");
	else if (ev->kind == MODEL_TLBI)
		model_tlbi_words(buf, size, m, ev);
	else if (ev->kind == MODEL_ROOT && ev->addr == GRT_PHYS_NONE)
		snprintf(buf, size, "msr ttbr%u_el1, reserved", ev->op);
	else if (ev->kind == MODEL_ROOT)
		snprintf(buf, size, "msr ttbr%u_el1: root 0x%llx, asid %d%s", ev->op, addr,
			 ev->asid, ev->mask ? ", CnP" : "");
	else if (ev->kind == MODEL_SYSREG)
		snprintf(buf, size, "msr %s", sysregs[ev->op]);
	else
		snprintf(buf, size, "msr sctlr_el1: MMU %s", ev->val ? "on" : "off");
}

/* ---- claims and uses ---- */

void model_arch_claim(struct model *m, unsigned int cpu)
{
	struct model_cpu_state *c = &m->cpu[cpu];

	if (c->live_valid > c->visible)
		model_break(m, MODEL_A8, "a new entry is claimed to be usable without a DSB ISHST");
	else if (c->published > c->synced)
		model_break(m, MODEL_A8,
			    "a new entry is claimed to be usable without an ISB after its DSB");
	if (c->completed > c->synced)
		model_break(m, MODEL_A6,
			    "an invalidation is relied on without an ISB after its DSB");
	c->live_valid = c->published = c->completed = 0;
}

/* Has an entry taken the place of one that @cpu may still load, and which serves as well? */
static bool took_place(const struct model *m, unsigned int cpu, grt_virt_t va, unsigned int access)
{
	for (unsigned int i = 0; i < m->nr_rec; i++) {
		const struct model_rec *r = &m->rec[i];

		if (r->kind == REC_LEAF && r->holders & BIT(cpu) && !r->broken && r->start <= va &&
		    va <= r->last && (r->entry.access & access) == access)
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
