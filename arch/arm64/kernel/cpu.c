// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A CPU of the kernel at its virtual address. */
#include <asm/boot.h>
#include <asm/cpu_ops.h>
#include <asm/mmu_ops.h>
#include <asm/sysreg.h>
#include <asm/trap.h>
#include "base/errno.h"
#include "cpu_private.h"
#include "kernel/arch.h"
#include "kernel/boot.h"
#include "kernel/printk.h"

_Static_assert(offsetof(struct cpu, trap_stack) == CPU_TRAP_STACK, "trap_stack");
_Static_assert(offsetof(struct cpu, probe_resume) == CPU_PROBE_RESUME, "probe_resume");
_Static_assert(offsetof(struct cpu, stack) == CPU_STACK, "stack");
_Static_assert(offsetof(struct cpu, hwid) == CPU_HWID, "hwid");
_Static_assert(offsetof(struct cpu, scratch) == CPU_SCRATCH, "scratch");
_Static_assert(offsetof(struct cpu, conflicts) == CPU_CONFLICTS, "conflicts");

/* The boot CPU's until arch_init(): filled in by head.S, in the boot stage and again after it. */
struct cpu early_cpu;

struct cpu *arch_this_cpu(void)
{
	return (struct cpu *)read_sysreg(tpidr_el1);
}

void cpu_enter_kernel(struct cpu *cpu)
{
	cpu->probe_resume = 0;
	write_sysreg(tpidr_el1, cpu);
	mmu_drop_ttbr0(mmu_handover.tcr | TCR_EPD0);
	cpu_unmask_serror();
}

void arch_init(struct cpu *cpu)
{
	if (!cpu->trap_stack)
		cpu->trap_stack = (grt_virt_t)boot_trap_stack_top;
	cpu_set_trap_stack(cpu->trap_stack);
	cpu->resize_level = boot_info.caps.bbm;
	cpu_enter_kernel(cpu);
}

void arch_cpu_park(void)
{
	for (;;)
		cpu_wfi();
}

/*
 * WFI ends with a pending interrupt, whether PSTATE lets it be taken or not (Arm ARM D1, "WFI wake-up
 * events"). Where none can be sent WFE does, which an emulator may turn into busy waiting.
 */
void arch_cpu_idle(void)
{
	if (!gic_can_wake(arch_this_cpu())) {
		cpu_wfe();
		return;
	}
	cpu_dsb_sy();
	cpu_wfi();
	gic_acknowledge();
}

void arch_cpu_nap(u64 cycles)
{
	if (!gic_has_timer()) {
		arch_cpu_relax();
		return;
	}
	write_sysreg(cntv_tval_el0, min_u64(cycles, CNTV_TVAL_MAX));
	write_sysreg(cntv_ctl_el0, CNTV_CTL_ENABLE);
	mmu_isb();
	cpu_dsb_sy();
	cpu_wfi();
	write_sysreg(cntv_ctl_el0, 0);
	mmu_isb(); /* the timer asks for nothing any more */
	gic_acknowledge();
}

void arch_cpu_wake(const struct cpu *cpu)
{
	/* What was stored before the event is seen after it. */
	cpu_dsb_sy();
	cpu_sev();
	gic_wake(cpu);
}

void arch_cpu_relax(void)
{
	cpu_yield();
}

u64 arch_cycles(void)
{
	/* The counter may be read ahead of earlier instructions. */
	mmu_isb();
	return read_sysreg(cntvct_el0);
}

u64 arch_cycles_hz(void)
{
	u64 hz = read_sysreg(cntfrq_el0) & 0xffffffff;

	if (!hz)
		hz = boot_info.arch.counter_hz;
	/*
	 * Nobody knows: the fastest that there is (Armv8.6), so that time limits are never too
	 * short.
	 */
	return hz ? hz : 1000000000;
}

int arch_probe(enum access_kind kind, grt_virt_t va)
{
	switch (kind) {
	case ACCESS_READ:
		return probe_read(va);
	case ACCESS_WRITE:
		return probe_write(va);
	case ACCESS_EXEC:
		return probe_exec(va);
	default:
		return 0;
	}
}

s64 arch_probe_register(grt_phys_t pa, unsigned int width)
{
	return probe_register(pa, width);
}

int arch_hw_translate(grt_virt_t va, grt_phys_t *pa)
{
	u64 par = mmu_translate(va);

	if (par & PAR_FAULT)
		return -EFAULT;
	*pa = (par & PAR_PA) | (va & (BIT(12) - 1));
	return 0;
}

void arch_mmu_features(const struct boot_info *bi, char *buf, size_t size)
{
	const struct grt_mmu_caps *caps = &bi->caps;

	snprintf(buf, size, "%s%s%s%s%spa%u bbm%u%s%s", caps->granule_4k ? "4k " : "",
		 caps->granule_16k ? "16k " : "", caps->granule_64k ? "64k " : "",
		 caps->lpa2_4k || caps->lpa2_16k ? "lpa2 " : "", caps->lva ? "lva " : "",
		 caps->pa_bits, caps->bbm, caps->tlb_range ? " tlbirange" : "",
		 caps->cont ? " cont" : "");
}
