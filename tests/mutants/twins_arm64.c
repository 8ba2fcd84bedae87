// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Twins of arch/arm64/kernel/head.S and park.S, and of mmu_drop_ttbr0(), asm/mmu_ops.h. */
#include "tests/mutants/twins.h"

#define ISB .kind = MODEL_BARRIER, .op = MODEL_ISB
#define DSB_NSH .kind = MODEL_BARRIER, .op = MODEL_DSB_NSH
#define TLBI_LOCAL .kind = MODEL_TLBI, .op = MODEL_VMALLE1
#define TTBR0 .kind = MODEL_ROOT, .op = 0
#define TTBR1 .kind = MODEL_ROOT, .op = 1
#define TCR .kind = MODEL_SYSREG, .op = MODEL_TCR_LOWER

static void enable_mmu(struct machine *m)
{
	STEP("msr mair_el1, mair", .kind = MODEL_SYSREG, .op = MODEL_MAIR);
	STEP("msr tcr_el1, tcr", .kind = MODEL_SYSREG, .op = MODEL_TCR_UPPER);
	STEP("msr ttbr0_el1, ttbr0", TTBR0, .addr = m->identity);
	STEP("msr ttbr1_el1, ttbr1", TTBR1, .addr = m->pt.root);
	STEP("tlbi vmalle1", TLBI_LOCAL);
	STEP("ic iallu", NOT_TAKEN);
	STEP("dsb nsh", DSB_NSH);
	STEP("isb", ISB);
	STEP("msr sctlr_el1, sctlr", .kind = MODEL_MMU, .val = 1);
	STEP("isb", ISB);
	STEP("isb", NOT_TAKEN); /* VBAR_EL1, the stacks */
}

static void drop_ttbr0(struct machine *m)
{
	STEP("msr tcr_el1, tcr", TCR);
	STEP("isb", ISB);
	STEP("msr ttbr0_el1, xzr", TTBR0, .addr = GRT_PHYS_NONE);
	STEP("isb", ISB);
	STEP("tlbi vmalle1", TLBI_LOCAL);
	STEP("dsb nsh", DSB_NSH);
	STEP("isb", ISB);
}

/* What comes after: the lower half is free for another root with the same ASID. No code, no site. */
static void lower_half(struct machine *m)
{
	if (!m->other)
		return;
	machine_event(m, (struct model_event){ .kind = MODEL_CLAIM });
	machine_event(m, (struct model_event){ TTBR0, .addr = m->other });
	machine_event(m, (struct model_event){ ISB });
	machine_event(m, (struct model_event){ TTBR0, .addr = GRT_PHYS_NONE });
	machine_event(m, (struct model_event){ ISB });
	machine_event(m, (struct model_event){ TLBI_LOCAL });
	machine_event(m, (struct model_event){ DSB_NSH });
	machine_event(m, (struct model_event){ ISB });
}

/* From the level that the CPU starts at to EL1, whose MMU is off: nothing that the model doesn't start with. */
static void enter_el1(struct machine *m)
{
	STEP("isb", NOT_TAKEN);
	STEP("msr sctlr_el1, 0x30d00988", NOT_TAKEN);
	STEP("isb", NOT_TAKEN);
	STEP("isb", NOT_TAKEN);
}

/* What was written with the MMU off is in memory, and no line of the caches may hide it (rule A17). */
static void forget_lines(struct machine *m)
{
	/* When it is printed there is no machine. */
	grt_phys_t first = m->model ? BIT(m->g.pa_bits) - BIT(m->g.pa_bits - 2) : 0;

	STEP("dsb sy", NOT_TAKEN);
	STEP("dc ivac, .data.rel.ro", NOT_TAKEN);
	STEP("dc ivac, .data and .bss", NOT_TAKEN);
	STEP("dc ivac, written 0", .kind = MODEL_CACHE, .addr = first, .count = m->next - first);
	STEP("dc ivac, written 1", NOT_TAKEN);
	STEP("dc ivac, written 2", NOT_TAKEN);
	STEP("dc ivac, written 3", NOT_TAKEN);
	STEP("dc ivac, written 4", NOT_TAKEN);
	STEP("dc ivac, written 5", NOT_TAKEN);
	STEP("dc ivac, written 6", NOT_TAKEN);
	STEP("dc ivac, written 7", NOT_TAKEN);
	STEP("dsb sy", .kind = MODEL_BARRIER, .op = MODEL_DSB_SY);
}

static void primary_entry(struct machine *m)
{
	enter_el1(m);
	STEP("isb", NOT_TAKEN); /* VBAR_EL1, the stacks */
	STEP("ic iallu", NOT_TAKEN);
	STEP("dsb nsh", NOT_TAKEN);
	STEP("isb", NOT_TAKEN);
	forget_lines(m);
	enable_mmu(m);
}

static void secondary_entry(struct machine *m)
{
	enter_el1(m);
	STEP("str 0x1, [secondary_status]", NOT_TAKEN);
	STEP("dsb sy", NOT_TAKEN);
	enable_mmu(m);
}

static void arrive(struct machine *m)
{
	STEP(NULL, .kind = MODEL_USE, .val = m->image, .op = MODEL_READ);
	STEP(NULL, .kind = MODEL_ONLINE, .val = 1);
	drop_ttbr0(m);
	lower_half(m);
}

void twin_boot(struct machine *m)
{
	primary_entry(m);
	arrive(m);
}

void twin_secondary(struct machine *m)
{
	secondary_entry(m);
	arrive(m);
}

static void park_enter(struct machine *m)
{
	STEP("msr ttbr0_el1, idmap", TTBR0, .addr = m->identity);
	STEP("isb", ISB);
	STEP("msr tcr_el1, tcr0", TCR);
	STEP("isb", ISB);
	STEP("tlbi vmalle1", TLBI_LOCAL);
	STEP("dsb nsh", DSB_NSH);
	STEP("isb", ISB);
	STEP(NULL, .kind = MODEL_USE, .val = m->identity_va, .op = MODEL_EXEC);
}

static void identity_enter(struct machine *m)
{
	STEP("msr ttbr1_el1, reserved", TTBR1, .addr = GRT_PHYS_NONE);
	STEP("isb", ISB);
	STEP("tlbi vmalle1", TLBI_LOCAL);
	STEP("dsb nsh", DSB_NSH);
	STEP("isb", ISB);
}

/* A release: what was done before it, the invalidation is, is done when it is seen. */
static void count_in(struct machine *m)
{
	STEP("ldxr 0x5, [words.parked]", NOT_TAKEN);
	STEP("stlxr 0x6, [words.parked]", .kind = MODEL_PARK);
}

static void identity_leave(struct machine *m)
{
	STEP("msr ttbr1_el1, (ttbr1_el1)", TTBR1, .addr = m->pt.root);
	STEP("isb", ISB);
}

void twin_park(struct machine *m)
{
	park_enter(m);
	identity_enter(m);
	count_in(m);
}

void twin_unpark(struct machine *m)
{
	identity_leave(m);
	STEP(NULL, .kind = MODEL_USE, .val = m->image, .op = MODEL_EXEC);
	drop_ttbr0(m);
	lower_half(m);
}

/* It stays in the tables: invalidations are broadcast and wake nobody. */
void twin_sleep(struct machine *m)
{
	(void)m;
}

void twin_wake(struct machine *m)
{
	(void)m;
}

static void park_by_interrupt(struct machine *m)
{
	twin_park(m);
	STEP("dsb sy", NOT_TAKEN); /* for the interrupt controller, before the look */
	STEP("ldar 0x6, [words.released]", NOT_TAKEN);
	STEP("wfi", NOT_TAKEN);
	STEP("dsb sy", NOT_TAKEN);
	STEP("ldar 0x6, [words.released]", NOT_TAKEN);
	STEP("wfi", NOT_TAKEN);
	STEP("dsb sy", NOT_TAKEN);
	STEP("ldar number, [words.released]", NOT_TAKEN);
	identity_leave(m);
	drop_ttbr0(m);
}

static void park_by_event(struct machine *m)
{
	park_enter(m);
	identity_enter(m);
	STEP("ldxr 0x5, [words.parked]", NOT_TAKEN);
	STEP("stlxr 0x6, [words.parked]", NOT_TAKEN); /* it failed */
	count_in(m);
	STEP("sevl", NOT_TAKEN);
	STEP("wfe", NOT_TAKEN);
	STEP("ldaxr 0x6, [words.released]", NOT_TAKEN);
	STEP("wfe", NOT_TAKEN);
	STEP("ldaxr number, [words.released]", NOT_TAKEN);
	identity_leave(m);
	drop_ttbr0(m);
}

/* One or both of the entries that are in each other's way are gone before the access is tried again. */
static void tlb_conflict(struct machine *m)
{
	STEP("tlbi vmalle1", TLBI_LOCAL);
	STEP("dsb nsh", DSB_NSH);
	STEP("isb", ISB);
	STEP("str (x1), [cpu.scratch]", NOT_TAKEN);
	STEP("str 0x7, [cpu.conflicts]", NOT_TAKEN);
	STEP("eret", NOT_TAKEN);
}

const struct twin twins[] = {
	{ "boot", primary_entry },
	{ "a_secondary", secondary_entry },
	{ "park_by_interrupt", park_by_interrupt },
	{ "park_by_event", park_by_event },
	{ "a_conflict_of_data", tlb_conflict },
	{ "mmu_drop_ttbr0", drop_ttbr0 },
	{ NULL, NULL },
};
