/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Quiesce: all CPUs but one leave the kernel's tables. They run from physical addresses, without a stack,
 * and have dropped what they had cached of the tables before they say that they are gone (rules A13, A16).
 *
 * A CPU leaves where it is idle, where it waits for a lock, for work or for a quiesce of its own, and at
 * quiesce_poll(). So whoever holds a lock may ask for a quiesce; who runs for long without any of that
 * delays everyone.
 */
#ifndef KERNEL_QUIESCE_H
#define KERNEL_QUIESCE_H

/* Offsets in struct quiesce_words. */
#define QUIESCE_REQUEST 0
#define QUIESCE_PARKED 8
#define QUIESCE_RELEASED 16

#ifndef __ASSEMBLY__
#include "base/types.h"
#include "kernel/cpu.h"

/**
 * struct quiesce_words - what the CPUs say to each other; parked CPUs see it by its physical address
 * @request: number of the quiesce that is asked for
 * @parked: CPUs that are gone
 * @released: number of the last quiesce that is over; equal to @request when there is none
 * @resumed: CPUs that are back
 */
struct quiesce_words {
	u64 request;
	u64 parked;
	u64 released;
	u64 resumed;
};

extern struct quiesce_words quiesce_words;

/** quiesce_init() - ready for @cpus CPUs, of which one is up. Return: 0 or -ENOMEM. */
int quiesce_init(unsigned int cpus);

/**
 * quiesce_join() - @cpu, which runs this, is online: from here on it leaves when it is asked to
 *
 * Return: false where the boot CPU has given it up; then it must not take part.
 */
bool quiesce_join(struct cpu *cpu);

/** quiesce_leave_out() - don't let @cpu join any more. Return: false where it has joined before that. */
bool quiesce_leave_out(struct cpu *cpu);

/**
 * quiesce_run() - call @fn(@arg) while no other CPU executes, translates or caches a translation
 *
 * @fn takes no lock, allocates nothing and can't fail. On return all CPUs run again.
 *
 * Return: 0; -EBUSY from inside of another @fn.
 */
int quiesce_run(void (*fn)(void *arg), void *arg);

/** quiesce_park() - leave, if that is asked for, and come back: quiesce_poll(), when there is something. */
void quiesce_park(void);

/**
 * quiesce_poll() - do what other CPUs ask of this one: leave the tables for a quiesce
 *
 * In every loop that may take long. spin_lock() and work_wait() call it while they wait. Not in an
 * exception handler.
 */
static inline void quiesce_poll(void)
{
	if (__atomic_load_n(&quiesce_words.request, __ATOMIC_RELAXED) !=
	    __atomic_load_n(&quiesce_words.released, __ATOMIC_RELAXED))
		quiesce_park();
}

/**
 * struct quiesce_stats - what it has cost so far
 * @runs: how often
 * @cycles: of arch_cycles(), from the request until the last CPU is back, all together
 * @longest: of one
 */
struct quiesce_stats {
	u64 runs;
	u64 cycles;
	u64 longest;
};

void quiesce_stats(struct quiesce_stats *out);

#endif /* __ASSEMBLY__ */

#endif
