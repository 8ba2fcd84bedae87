// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Twins of arch/riscv/kernel/head.S and mode.S. */
#include "tests/mutants/twins.h"

#define FENCE_ALL .kind = MODEL_SFENCE, .asid = MODEL_ASID_ANY
#define NO_ROOT .kind = MODEL_ROOT, .op = 1, .addr = GRT_PHYS_NONE
#define KERNEL_ROOT .kind = MODEL_ROOT, .op = 1, .addr = m->pt.root

/* The next fetch faults, and goes on where stvec says. */
static void translate(struct machine *m)
{
	STEP("sfence.vma x0, x0", FENCE_ALL);
	STEP("csrw satp, the kernel's satp", KERNEL_ROOT);
}

static void boot_entry(struct machine *m)
{
	STEP("csrw satp, 0x0", NO_ROOT);
	STEP("fence.i", .kind = MODEL_FENCE_I);
	STEP("amoadd.w 0x0, 0x1, [lottery]", NOT_TAKEN);
	STEP("fence.i", .kind = MODEL_FENCE_I);
	translate(m);
}

void twin_boot(struct machine *m)
{
	boot_entry(m);
	STEP(NULL, .kind = MODEL_USE, .val = m->image, .op = MODEL_READ);
	STEP(NULL, .kind = MODEL_ONLINE, .val = 1);
	STEP(NULL, FENCE_ALL);
}

static void secondary_entry(struct machine *m)
{
	STEP("csrw satp, 0x0", NO_ROOT);
	STEP("fence.i", .kind = MODEL_FENCE_I);
	translate(m);
	STEP("sd 0x1, [v:handover.state]", NOT_TAKEN);
}

static void satp_probe(struct machine *m)
{
	STEP("sfence.vma x0, x0", NOT_TAKEN);
	STEP("csrw satp, satp", NOT_TAKEN);
	STEP("csrw satp, 0x0", NOT_TAKEN);
}

void twin_secondary(struct machine *m)
{
	secondary_entry(m);
	STEP(NULL, .kind = MODEL_USE, .val = m->image, .op = MODEL_READ);
	STEP(NULL, .kind = MODEL_ONLINE, .val = 1);
	STEP(NULL, FENCE_ALL);
}

/* The bit of the domain is what the others send fences by. */
static void domain(struct machine *m, bool online)
{
	u64 *word = m->model ? (u64 *)(uintptr_t)m->pt.domain->online : NULL;

	if (online)
		STEP("amoor.d.aqrl x0, 0x10, [online]", .kind = MODEL_ONLINE, .val = 1);
	if (word && online)
		__atomic_fetch_or(word, BIT(model_this_cpu(m->model)), __ATOMIC_SEQ_CST);
	else if (word)
		__atomic_fetch_and(word, ~BIT(model_this_cpu(m->model)), __ATOMIC_SEQ_CST);
	if (!online)
		STEP("amoand.d.aqrl x0, 0xffffffffffffffef, [online]", .kind = MODEL_ONLINE,
		     .val = 0);
}

void twin_sleep(struct machine *m)
{
	STEP("csrw satp, 0x0", NO_ROOT);
	domain(m, false);
}

void twin_wake(struct machine *m)
{
	domain(m, true);
	STEP("fence rw,rw", .kind = MODEL_BARRIER, .op = MODEL_FENCE_RWRW);
	translate(m);
	STEP(NULL, .kind = MODEL_USE, .val = m->image, .op = MODEL_EXEC);
}

void twin_park(struct machine *m)
{
	twin_sleep(m);
	STEP("amoadd.d.aqrl x0, 0x1, [words.parked]", .kind = MODEL_PARK);
}

void twin_unpark(struct machine *m)
{
	twin_wake(m);
}

/* What the interrupt stands for is looked at when it has been taken note of. */
static void wait_for_interrupt(struct machine *m)
{
	STEP("wfi", NOT_TAKEN);
	STEP("csrc sip, 0x2", NOT_TAKEN);
	STEP("fence o,rw", NOT_TAKEN);
}

static void park(struct machine *m)
{
	twin_park(m);
	wait_for_interrupt(m);
	STEP("ld 0x6, [words.released]", NOT_TAKEN);
	wait_for_interrupt(m);
	STEP("ld number, [words.released]", NOT_TAKEN);
	twin_unpark(m);
}

static void sleep_outside(struct machine *m)
{
	twin_sleep(m);
	wait_for_interrupt(m);
	twin_wake(m);
}

const struct twin twins[] = {
	{ "boot", boot_entry },
	{ "a_secondary", secondary_entry },
	{ "a_mode_that_is_there", satp_probe },
	{ "park", park },
	{ "sleep_outside", sleep_outside },
	{ NULL, NULL },
};
