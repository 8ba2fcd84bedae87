// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * CPUs that firmware without PSCI has left spinning on a word each, or on one for all (enable-method
 * "spin-table": Devicetree Specification, 0.4, 3.8.1; Linux, Documentation/arch/arm64/booting.rst). They
 * come with their caches off and without an argument.
 */
#include <asm/cpu_ops.h>
#include <asm/mmu_ops.h>
#include <asm/spin_table.h>
#include "base/errno.h"
#include "kernel/arch.h"
#include "kernel/boot.h"
#include "kernel/fdt.h"
#include "mm/vmalloc.h"

struct spin_handover spin_handover __attribute__((section(".data"))) = { SPIN_NOBODY, 0 };

_Static_assert(offsetof(struct spin_handover, hwid) == SPIN_HWID, "hwid");
_Static_assert(offsetof(struct spin_handover, cpu) == SPIN_CPU, "cpu");

/* The word of each CPU, or 0. */
static grt_phys_t release[BOOT_MAX_CPUS];

bool spin_table_scan(const struct boot_info *bi, const struct fdt *fdt, int node, u64 hwid)
{
	unsigned int i;
	grt_phys_t at;
	u32 len;
	const void *p = fdt_prop(fdt, node, "cpu-release-addr", &len);

	if (!fdt_prop_has_string(fdt, node, "enable-method", "spin-table"))
		return false;
	at = len == 4 || len == 8 ? fdt_cells(p, len / 4) : 0;
	for (i = 1; i < bi->nr_cpus; i++)
		if (bi->cpu_hwid[i] == hwid && is_aligned(at, sizeof(u64)))
			release[i] = at;
	return true;
}

bool spin_table_has(const struct cpu *cpu)
{
	return release[cpu->id] != 0;
}

static void hand_over(u64 *field, u64 value)
{
	*(volatile u64 *)field = value;
	mmu_clean_line(field);
}

/* All that is stored here is read past the caches, in the opposite order (spin_entry in head.S). */
int spin_table_start(const struct cpu *cpu, grt_phys_t entry)
{
	grt_phys_t at = release[cpu->id];
	grt_attr_t attr = GRT_ATTR_KERNEL_RW;
	volatile u64 *word;

	if (!memblock_contains(&boot_info.memblock.memory, at, sizeof(u64)))
		attr |= GRT_ATTR_DEVICE;
	word = vmap_phys(at, sizeof(u64), attr);
	if (!word)
		return -ENOMEM;
	if (arch_probe(ACCESS_READ, (grt_virt_t)word)) {
		vfree((void *)word);
		return -EFAULT;
	}
	hand_over(&spin_handover.hwid, SPIN_NOBODY);
	hand_over(&spin_handover.cpu, (u64)cpu);
	hand_over(&spin_handover.hwid, cpu->hwid);
	*word = entry;
	mmu_clean_line(word);
	cpu_sev();
	vfree((void *)word);
	return 0;
}
