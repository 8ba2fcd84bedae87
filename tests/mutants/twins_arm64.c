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
	STEP("msr mair_el1", .kind = MODEL_SYSREG, .op = MODEL_MAIR);
	STEP("msr tcr_el1", .kind = MODEL_SYSREG, .op = MODEL_TCR_UPPER);
	STEP("msr ttbr0_el1", TTBR0, .addr = m->identity);
	STEP("msr ttbr1_el1", TTBR1, .addr = m->pt.root);
	STEP("tlbi vmalle1", TLBI_LOCAL);
	STEP("dsb nsh", DSB_NSH);
	STEP("isb", ISB);
	STEP("msr sctlr_el1", .kind = MODEL_MMU, .val = 1);
	STEP("isb", ISB);
}

static void drop_ttbr0(struct machine *m)
{
	STEP("msr tcr_el1", TCR);
	STEP("isb", ISB);
	STEP("msr ttbr0_el1", TTBR0, .addr = GRT_PHYS_NONE);
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

/* What was written with the MMU off is in memory, and no line of the caches may hide it (rule A17). */
void twin_boot(struct machine *m)
{
	grt_phys_t first = BIT(m->g.pa_bits) - BIT(m->g.pa_bits - 2);

	STEP(NULL, .kind = MODEL_CACHE, .addr = first, .count = m->next - first);
	machine_event(m, (struct model_event){ .kind = MODEL_BARRIER, .op = MODEL_DSB_SY });
	twin_secondary(m);
}

void twin_secondary(struct machine *m)
{
	enable_mmu(m);
	STEP(NULL, .kind = MODEL_USE, .val = m->image, .op = MODEL_READ);
	STEP(NULL, .kind = MODEL_ONLINE, .val = 1);
	drop_ttbr0(m);
	lower_half(m);
}

static void park_enter(struct machine *m)
{
	STEP("msr ttbr0_el1", TTBR0, .addr = m->identity);
	STEP("isb", ISB);
	STEP("msr tcr_el1", TCR);
	STEP("isb", ISB);
	STEP("tlbi vmalle1", TLBI_LOCAL);
	STEP("dsb nsh", DSB_NSH);
	STEP("isb", ISB);
	STEP(NULL, .kind = MODEL_USE, .val = m->identity_va, .op = MODEL_EXEC);
}

static void identity_enter(struct machine *m)
{
	STEP("msr ttbr1_el1", TTBR1, .addr = GRT_PHYS_NONE);
	STEP("isb", ISB);
	STEP("tlbi vmalle1", TLBI_LOCAL);
	STEP("dsb nsh", DSB_NSH);
	STEP("isb", ISB);
	STEP(NULL, .kind = MODEL_PARK);
}

static void identity_leave(struct machine *m)
{
	STEP("msr ttbr1_el1", TTBR1, .addr = m->pt.root);
	STEP("isb", ISB);
}

void twin_park(struct machine *m)
{
	park_enter(m);
	identity_enter(m);
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

static void park(struct machine *m)
{
	park_enter(m);
	drop_ttbr0(m);
}

static void park_identity(struct machine *m)
{
	identity_enter(m);
	STEP("dsb sy", NOT_TAKEN); /* for the interrupt controller */
	identity_leave(m);
}

const struct twin twins[] = {
	{ "enable_mmu", NULL, enable_mmu },
	{ "park", NULL, park },
	{ "park_identity", NULL, park_identity },
	{ "mmu_drop_ttbr0", NULL, drop_ttbr0 },
	{ NULL, NULL, NULL },
};
