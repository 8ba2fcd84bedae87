/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Starting the CPUs: their structs and stacks, and who translates with the kernel's tables. */
#ifndef KERNEL_SMP_H
#define KERNEL_SMP_H

#include <graticule/tlb.h>
#include "kernel/boot.h"
#include "kernel/cpu.h"

/** The CPUs that translate with the kernel's tables, for architectures without broadcast. */
extern struct grt_tlb_domain kernel_domain;

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
