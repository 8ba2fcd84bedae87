/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * As much of the interrupt controller as it takes to wake a CPU from WFI: one software-generated
 * interrupt, acknowledged and never taken (Arm IHI 0048, GICv2; IHI 0069, GICv3 and v4).
 */
#ifndef ASM_GIC_H
#define ASM_GIC_H

#include <graticule/types.h>

struct boot_info;
struct fdt;
struct cpu;

/** struct gic_info - where it is, from the device tree; version 0: nowhere, or one that is not known */
struct gic_info {
	u8 version;
	phys_addr_t distributor;
	u64 distributor_size;
	phys_addr_t cpus; /* v2: the CPU interface, v3: the redistributors, in one piece */
	u64 cpus_size;
};

/** gic_scan() - look for it among the children of the root. Boot stage. */
void gic_scan(struct gic_info *gic, const struct fdt *fdt);

/** gic_init() - map and switch on the distributor, on the boot CPU. Without it CPUs wait in WFE. */
void gic_init(const struct gic_info *gic);

/** gic_cpu_init() - let @cpu, which runs this, be woken. */
void gic_cpu_init(const struct cpu *cpu);

/** gic_can_wake() - has gic_cpu_init() worked on @cpu? */
bool gic_can_wake(const struct cpu *cpu);

/** gic_wake() - send @cpu the interrupt. */
void gic_wake(const struct cpu *cpu);

/** gic_acknowledge() - take note of what has come for this CPU, so that it isn't pending any more. */
void gic_acknowledge(void);

#endif
