/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Shared by the files that bring up a CPU. */
#ifndef ARM64_CPU_PRIVATE_H
#define ARM64_CPU_PRIVATE_H

#include "kernel/cpu.h"

extern struct cpu early_cpu;

/** cpu_enter_kernel() - the last steps of a CPU that has come up: no identity map any more. */
void cpu_enter_kernel(struct cpu *cpu);

#endif
