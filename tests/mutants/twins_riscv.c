// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Twins of arch/riscv/kernel/head.S and mode.S. */
#include "tests/mutants/twins.h"

#define FENCE_ALL .kind = MODEL_SFENCE, .asid = MODEL_ASID_ANY
#define NO_ROOT .kind = MODEL_ROOT, .op = 1, .addr = GRT_PHYS_NONE
#define KERNEL_ROOT .kind = MODEL_ROOT, .op = 1, .addr = m->pt.root

static void boot_entry(struct machine *m)
{
	STEP("csrw satp", NO_ROOT);
	STEP("fence.i", .kind = MODEL_FENCE_I);
	STEP("fence.i", .kind = MODEL_FENCE_I);
	STEP("sfence.vma", FENCE_ALL);
	STEP("csrw satp", KERNEL_ROOT);
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
	STEP("csrw satp", NO_ROOT);
	STEP("fence.i", .kind = MODEL_FENCE_I);
	STEP("sfence.vma", FENCE_ALL);
	STEP("csrw satp", KERNEL_ROOT);
	STEP("fence rw,rw", NOT_TAKEN); /* the hart lacks the mode */
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
		STEP(NULL, .kind = MODEL_ONLINE, .val = 1);
	if (word && online)
		__atomic_fetch_or(word, BIT(model_this_cpu(m->model)), __ATOMIC_SEQ_CST);
	else if (word)
		__atomic_fetch_and(word, ~BIT(model_this_cpu(m->model)), __ATOMIC_SEQ_CST);
	if (!online)
		STEP(NULL, .kind = MODEL_ONLINE, .val = 0);
}

void twin_sleep(struct machine *m)
{
	STEP("csrw satp", NO_ROOT);
	domain(m, false);
}

void twin_wake(struct machine *m)
{
	domain(m, true);
	STEP("fence rw,rw", .kind = MODEL_BARRIER, .op = MODEL_FENCE_RWRW);
	STEP("sfence.vma", FENCE_ALL);
	STEP("csrw satp", KERNEL_ROOT);
	STEP(NULL, .kind = MODEL_USE, .val = m->image, .op = MODEL_EXEC);
}

void twin_park(struct machine *m)
{
	twin_sleep(m);
	STEP(NULL, .kind = MODEL_PARK);
}

void twin_unpark(struct machine *m)
{
	twin_wake(m);
}

static void sleep_outside(struct machine *m)
{
	twin_sleep(m);
	twin_wake(m);
}

const struct twin twins[] = {
	{ "boot_entry", "relocate", boot_entry },
	{ "secondary_entry", "arch_cpu_park", secondary_entry },
	{ "park", "sleep_outside", sleep_outside },
	{ "sleep_outside", "untranslated_store", sleep_outside },
	{ NULL, NULL, NULL },
};
