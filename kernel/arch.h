/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the reference kernel asks of its architecture: implemented in arch/<a>/kernel/. */
#ifndef KERNEL_ARCH_H
#define KERNEL_ARCH_H

#include <graticule/pgtable.h>
#include "base/types.h"
#include "kernel/cpu.h"
#include "kernel/trap.h"

struct boot_info;
struct fdt;
struct console_desc;

/* ---- boot stage, MMU off, in the order in which boot_main() calls them ---- */

/** arch_early_console() - a console that needs no device tree (SBI); type CONSOLE_NONE if there is none. */
void arch_early_console(struct console_desc *console);

/**
 * arch_probe_register() - read a device's register of 1, 2 or 4 bytes, which may not be there
 *
 * Return: what was read, or -EFAULT where that took an exception.
 */
s64 arch_probe_register(grt_phys_t pa, unsigned int width);

/**
 * arch_scan_cpu() - look at one usable /cpus node: ISA strings, mmu-type, enable-method
 * @hwid: its reg
 */
void arch_scan_cpu(struct boot_info *bi, const struct fdt *fdt, int node, u64 hwid);

/** arch_scan_root() - whatever else of the device tree only the architecture knows (/psci). */
void arch_scan_root(struct boot_info *bi, const struct fdt *fdt);

/** arch_detect() - fill bi->caps from the CPU's registers and what arch_scan_* found. */
void arch_detect(struct boot_info *bi);

/**
 * arch_choose_geometry() - command line, CPU and memory decide on bi->geometry
 *
 * Says in one line when it falls back from what the command line asks for. Return: 0 or -errno.
 */
int arch_choose_geometry(struct boot_info *bi);

/**
 * arch_boot_handover() - compute what head.S loads into the MMU's registers
 * @kernel: the kernel's tables, complete but for the linear map
 *
 * Builds the identity map too, where the architecture needs one, from boot tables. Data that is loaded or
 * cleared, the tables and the lists of memory that the boot stage has made are valid with the MMU on.
 * Return: 0 or -errno.
 */
int arch_boot_handover(struct boot_info *bi, struct grt_pgtable *kernel);

/* ---- the kernel at its virtual address ---- */

/** arch_init() - first call of kernel_main(): vectors, this CPU's struct, drop what only boot needed. */
void arch_init(struct cpu *cpu);

/**
 * arch_boot_identity() - the identity map that the MMU went on with, before arch_init() drops it
 * @kernel: the kernel's tables, whose provider reaches the identity map's pages too
 *
 * Return: 0 with @identity ready to be walked; -ENOENT where the architecture needs none.
 */
int arch_boot_identity(const struct grt_pgtable *kernel, struct grt_pgtable *identity);

/** arch_run_on_stack() - switch this CPU to the stack that ends at @top and call @fn, never to return. */
_Noreturn void arch_run_on_stack(grt_virt_t top, void (*fn)(void));

/** arch_cpu_start() - start @cpu, whose stacks are set, in secondary_main(). Return: 0 or -errno. */
int arch_cpu_start(struct cpu *cpu);

/** arch_secondary_init() - arch_init() of a secondary. Return: 0, or -errno where it can't take part. */
int arch_secondary_init(struct cpu *cpu);

/** arch_this_cpu() - the struct of the CPU that runs this. */
struct cpu *arch_this_cpu(void);

/** arch_cpu_park() - sleep for ever. */
_Noreturn void arch_cpu_park(void);

/** arch_cpu_relax() - in a busy-wait loop. */
void arch_cpu_relax(void);

/**
 * arch_cpu_idle() - sleep
 *
 * Returns when it is woken, at once if that was since the last time, or for no reason. quiesce_poll() may
 * have slept too: what a CPU sleeps for is looked at between the two.
 */
void arch_cpu_idle(void);

/**
 * arch_cpu_nap() - arch_cpu_idle() for @cycles of arch_cycles() at most
 *
 * No more than arch_cpu_relax() where there is no timer that wakes this CPU.
 */
void arch_cpu_nap(u64 cycles);

/** arch_cpu_wake() - end the sleep of @cpu. Stores that come before it are seen when it wakes. */
void arch_cpu_wake(const struct cpu *cpu);

/** arch_smp_init() - what parking, napping and waking need, before there is a second CPU. */
int arch_smp_init(void);

/**
 * arch_quiesce_park() - leave the kernel's tables until a quiesce is over; see kernel/quiesce.h
 * @number: of the quiesce
 *
 * Adds to quiesce_words.parked once nothing of the tables is cached or can be fetched, and comes back
 * when quiesce_words.released is @number. Sleeps meanwhile: who stores that wakes it.
 */
void arch_quiesce_park(u64 number);

/** arch_can_resize() - may leaves of a live table change their size while @cpu runs? */
bool arch_can_resize(const struct cpu *cpu);

/**
 * arch_hypervisor_test() - change a tree of the hypervisor's regime while that translates with it
 * @step: what was looked at last
 *
 * Return: 0; -EIO: what it saw was not what the tables say; -ENOMEM; -ENODEV or -EOPNOTSUPP where there is no
 * such level, or the kernel can't get there.
 */
int arch_hypervisor_test(unsigned int *step);

/**
 * arch_fake_conflict() - have this CPU take the exception that a size change of a live leaf may cause
 *
 * Return: 0 when it was survived; -EOPNOTSUPP where there is no such exception.
 */
int arch_fake_conflict(void);

/** arch_mixed_resize() - may a CPU that is not up yet be one that can't, while the boot CPU can? */
bool arch_mixed_resize(const struct boot_info *bi);

/** arch_cycles() - a counter for time limits of busy waits; arch_cycles_hz() its frequency, never 0. */
u64 arch_cycles(void);
u64 arch_cycles_hz(void);

/**
 * arch_power_off() - end the machine: SBI SRST, PSCI SYSTEM_OFF
 * @success: else the caller of the emulator sees a failure status wherever the platform can show one
 */
_Noreturn void arch_power_off(bool success);

/** arch_probe() - try one access that may fault. Return: 0 or -EFAULT. Works in any later context. */
int arch_probe(enum access_kind kind, grt_virt_t va);

/** arch_print_trap() - the registers of a trap, for the report. */
void arch_print_trap(const struct trap *trap);

/** arch_mmu_features() - what the report says of the CPU: "sv57 napot pbmt", "4k 16k 64k lpa2 bbm2". */
void arch_mmu_features(const struct boot_info *bi, char *buf, size_t size);

/** arch_hw_translate() - ask the hardware (AT) for the translation of @va; -EOPNOTSUPP where it can't say. */
int arch_hw_translate(grt_virt_t va, grt_phys_t *pa);

#endif
