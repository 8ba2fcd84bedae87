/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * As much of the interrupt controller as it takes to wake a CPU from WFI: one software-generated
 * interrupt and the timer's, acknowledged and never taken (Arm IHI 0048, GICv2; IHI 0069, GICv3 and v4).
 */
#ifndef ASM_GIC_H
#define ASM_GIC_H

#define GIC_FIRST_SPECIAL 1020 /* from here on no interrupt's number */

#ifndef __ASSEMBLY__
#include "base/types.h"

struct boot_info;
struct fdt;
struct cpu;

#define GIC_MAX_REGIONS 16

/** struct gic_range - registers; struct grt_mem_range needs a header that needs this one. */
struct gic_range {
	grt_phys_t start;
	u64 size;
};

/**
 * struct gic_info - where it is, from the device tree
 * @version: 2, 3, or 0: nowhere, or one that is not known
 * @timer: interrupt number of the virtual timer; 0: unknown
 * @nr_regions: of @region
 * @stride: from one redistributor to the next; 0: as their registers say
 * @distributor: its registers
 * @region: v2: the CPU interface; v3: the redistributors
 */
struct gic_info {
	u8 version;
	u8 timer;
	u8 nr_regions;
	u64 stride;
	struct gic_range distributor;
	struct gic_range region[GIC_MAX_REGIONS];
};

/** gic_scan() - look for it among the children of the root. Boot stage. */
void gic_scan(struct gic_info *gic, const struct fdt *fdt);

/** gic_scan_timer() - which interrupt the virtual timer of the tree's @node has. Boot stage. */
void gic_scan_timer(struct gic_info *gic, const struct fdt *fdt, int node);

/** gic_init() - map and switch on the distributor, on the boot CPU. Without it CPUs wait in WFE. */
void gic_init(const struct gic_info *gic);

/** gic_cpu_init() - let @cpu, which runs this, be woken. */
void gic_cpu_init(const struct cpu *cpu);

/** gic_can_wake() - has gic_cpu_init() worked on @cpu? */
bool gic_can_wake(const struct cpu *cpu);

/** gic_has_timer() - does the virtual timer wake this CPU? */
bool gic_has_timer(void);

/** gic_can_park() - can gic_wake() reach a CPU that has no access to memory but system registers? */
bool gic_can_park(const struct cpu *cpu);

/** gic_wake() - send @cpu the interrupt. */
void gic_wake(const struct cpu *cpu);

/**
 * gic_acknowledge() - take note of what has come for this CPU, so that it isn't pending any more
 *
 * Return: its number; from GIC_FIRST_SPECIAL on nothing has.
 */
u32 gic_acknowledge(void);

#endif /* __ASSEMBLY__ */

#endif
