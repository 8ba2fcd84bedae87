/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The CPUs: their structs and stacks, and starting them. */
#ifndef KERNEL_SMP_H
#define KERNEL_SMP_H

#include <graticule/tlb.h>
#include "kernel/boot.h"
#include "kernel/cpu.h"
#include "kernel/quiesce.h"

/* The first nr_cpus of them are filled in. */
extern struct cpu cpus[BOOT_MAX_CPUS];
extern unsigned int nr_cpus;

/** The CPUs that translate with the kernel's tables, for architectures without broadcast. */
extern struct tlb_domain kernel_domain;

/**
 * smp_poll() - do what other CPUs ask of this one: leave the tables for a quiesce
 *
 * In every loop that may take long. spin_lock() and work_wait() call it while they wait. Not in an
 * exception handler.
 */
static inline void smp_poll(void)
{
	if (__atomic_load_n(&quiesce_words.request, __ATOMIC_RELAXED) !=
	    __atomic_load_n(&quiesce_words.released, __ATOMIC_RELAXED))
		quiesce_park();
}

/**
 * smp_wait() - a moment of a wait that nobody ends by waking this CPU
 * @turn: how often it has been called in this wait
 *
 * Short waits are the ordinary case: it begins as a busy wait. Then it sleeps, longer from turn to turn,
 * so that a wait costs few instructions however slow the others are. Not in an exception handler.
 */
void smp_wait(unsigned int turn);

/** smp_domain_add() - @hwid starts to translate; it fences itself afterwards (rule R14). */
void smp_domain_add(u64 hwid);

/** smp_boot_cpu() - fill in the struct of the CPU that boots. */
struct cpu *smp_boot_cpu(const struct boot_info *bi);

/** smp_stacks() - give @cpu its stacks in vmalloc space. Return: 0 or -ENOMEM. */
int smp_stacks(struct cpu *cpu);

/**
 * smp_start() - start the other CPUs, one after the other
 *
 * One that the firmware doesn't start, that can't take part or that says nothing for seconds is left
 * out with a line on the console, and stays out however late it comes. All that are left have one line
 * where memory gets short. Return: the number of CPUs online.
 */
unsigned int smp_start(const struct boot_info *bi);

#endif
