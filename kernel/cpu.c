// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "kernel/arch.h"
#include "kernel/boot.h"
#include "kernel/cpu.h"

struct cpu cpus[BOOT_MAX_CPUS] __not_cleared;
unsigned int nr_cpus;

#define BUSY_TURNS 16U
#define FIRST_NAP_US 20U
#define LONGEST_NAP_DOUBLINGS 8U /* 5 ms */

void cpu_wait(unsigned int turn)
{
	if (turn < BUSY_TURNS) {
		arch_cpu_relax();
		return;
	}
	turn = (unsigned int)min_u64(turn - BUSY_TURNS, LONGEST_NAP_DOUBLINGS);
	arch_cpu_nap(((arch_cycles_hz() * FIRST_NAP_US / 1000000) + 1) << turn);
}
