// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Where a CPU is during a quiesce: in the identity map, which holds the page of park_identity(),
 * read-only and executable, and the page of quiesce_words, read-write and not executable; TTBR1_EL1 is
 * a root without entries.
 */
#include <graticule/pgtable.h>
#include <asm/boot.h>
#include <asm/mmu_ops.h>
#include <asm/mmu_regs.h>
#include <asm/step.h>
#include <asm/sysreg.h>
#include <asm/trap.h>
#include "kernel/arch.h"
#include "kernel/boot.h"
#include "kernel/quiesce.h"
#include "mm/page_size.h"
#include "mm/vm.h"

/* In park.S. */
void park(u64 words, u64 number, u64 code, u64 ttbr0, u64 tcr0, u64 tcr, u64 reserved, u64 can_wfi);
void park_identity(void);

/* Root without entries, of the shape of the kernel's. */
static grt_phys_t reserved_root;

/* Only the boot CPU is up, and it does not use the lower half, but others walk these tables soon. */
static int map_words(const struct grt_pgtable *kernel)
{
	grt_phys_t page = align_down(virt_to_phys(&quiesce_words), PAGE_SIZE);
	struct grt_pgtable identity;
	int err;

	arch_boot_identity(kernel, &identity);
	err = grt_map(&identity, page, page, PAGE_SIZE, GRT_ATTR_KERNEL_RW);
	return err == -EEXIST ? 0 : err;
}

int arch_smp_init(void)
{
	static const struct grt_pgtable_config config = {
		.g = &boot_info.geometry,
		.caps = &boot_info.caps,
		.regime = { .half = GRT_REGIME_UPPER },
		.ops = &linear_pgtable_ops,
	};
	struct grt_pgtable reserved;
	int err;

	err = grt_pgtable_init(&reserved, &config);
	if (err)
		return err;
	reserved_root = reserved.root;
	err = map_words(&kernel_vm.pt);
	mmu_order_tables();
	gic_init(&boot_info.arch.gic);
	gic_cpu_init(&cpus[0]); /* it sends, at least */
	return err;
}

void arch_quiesce_park(u64 number)
{
	const struct mmu_handover *h = &mmu_handover;

	park(virt_to_phys(&quiesce_words), number, (u64)park_identity - h->offset, h->ttbr0, h->tcr,
	     h->tcr | TCR_EPD0, ttbr_el1(reserved_root), gic_can_park(arch_this_cpu()));
}

/* FEAT_BBM: see asm/step.h. */
bool arch_can_resize(const struct cpu *cpu)
{
	return cpu->resize_level >= BBM_SIZE_CHANGE_LIVE;
}

int arch_fake_conflict(void)
{
	fake_exception((u64)(ESR_EC_IABT | ESR_EC_DATA) << ESR_EC_SHIFT | ESR_FSC_CONFLICT);
	return 0;
}

/* Clusters of different CPUs are common, and nothing in the device tree says what they are. */
bool arch_mixed_resize(const struct boot_info *bi)
{
	return bi->nr_cpus > 1 && arch_can_resize(&cpus[0]);
}
