// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which modes of satp the hart has, which one to use, and the values that turn it on. */
#include <asm/arch.h>
#include <asm/boot.h>
#include <asm/csr.h>
#include <asm/mmu_ops.h>
#include <asm/pte.h>
#include <asm/sbi.h>
#include "kernel/arch.h"
#include "kernel/boot.h"
#include "kernel/printk.h"

struct handover boot_handover;

/*
 * Try a mode with a root of two leaves that both show this code, one in the last slot to run it and one
 * below it, of memory type @test, to read it. The root borrows the first of the boot tables, which
 * nobody uses yet, and leaves it empty, in memory and in the TLB.
 */
static int probe_mode(unsigned int va_bits, pgattr_t test)
{
	u64 *root = (u64 *)__boot_tables_start;
	phys_addr_t start = (phys_addr_t)_start, base;
	unsigned int level;
	struct geometry g;
	u64 slot;
	int answer;

	if (geometry_init(&g, ARCH_PAGE_SHIFT_MIN, va_bits, NULL))
		return 0;
	level = geometry_root_level(&g);
	slot = geometry_level_size(&g, level);
	base = align_down(start, slot);
	mmu_fill_entries(root, 0, 0, geometry_entries(&g, level));
	mmu_store_entry(&root[511], pte_leaf(&g, level, base, PGATTR_READ | PGATTR_EXEC).val);
	if (test)
		mmu_store_entry(&root[510], pte_leaf(&g, level, base, PGATTR_READ | test).val);
	answer = satp_probe(satp_make(va_bits, (phys_addr_t)root), 0 - slot - base,
			    test ? 0 - 2 * slot + (start - base) : 0);
	mmu_store_entry(&root[511], 0);
	mmu_store_entry(&root[510], 0);
	mmu_sfence_all();
	return answer;
}

/*
 * The widest mode up to a limit: what the command line asks for, else mmu-type, since it may say less
 * than the hart has and there are harts that hang when a mode that it doesn't name is tried.
 */
static u8 widest_mode(const struct boot_info *bi)
{
	unsigned int limit = bi->opts.va_bits ? bi->opts.va_bits : bi->arch.mmu_type_bits;

	for (unsigned int i = geometry_nr_choices; i--;) {
		u8 va_bits = geometry_choices[i].va_bits;

		if ((!limit || va_bits <= limit) && probe_mode(va_bits, 0))
			return va_bits;
	}
	return 0;
}

/*
 * Firmware has to switch Svpbmt on (menvcfg.PBMTE). Where it names the extension and has not done so,
 * the bits are reserved and an entry that has one faults.
 */
static bool memory_types_work(u8 va_bits)
{
	return probe_mode(va_bits, PGATTR_NONCACHED) == 2;
}

void arch_detect(struct boot_info *bi)
{
	const struct arch_boot_info *a = &bi->arch;
	u8 va_bits;

	if (!is_aligned(bi->image_pa, KIB(4)))
		boot_stop("the image is loaded at 0x%llx, which is not a multiple of 4 KiB",
			  (unsigned long long)bi->image_pa);
	va_bits = widest_mode(bi);
	if (!va_bits)
		boot_stop("this hart has neither sv39, sv48 nor sv57%s",
			  bi->opts.va_bits   ? " within what satp= allows"
			  : a->mmu_type_bits ? " within the mmu-type of the device tree"
					     : "");
	sbi_copy_facts(bi);
	bi->caps = (struct mmu_caps){
		.va_bits = va_bits,
		.pa_bits = 56,
		.svnapot = a->isa_svnapot && !bi->opts.nocont,
		.svpbmt = a->isa_svpbmt && memory_types_work(va_bits),
		.svinval = a->isa_svinval,
		.svadu = a->isa_svadu,
		.svvptc = a->isa_svvptc,
	};
	if (a->isa_svpbmt && !bi->caps.svpbmt)
		printk("graticule: svpbmt is not switched on: memory types are the platform's\n");
}

int arch_choose_geometry(struct boot_info *bi)
{
	const char *note;
	int err = geometry_choose(0, bi->opts.va_bits, &bi->caps, NULL, &bi->geometry, &note);

	if (!err && note)
		printk("graticule: satp=sv%u: %s: sv%u\n", bi->opts.va_bits, note,
		       bi->geometry.va_bits);
	return err;
}

/* Were these wrong, the fetch that turns translation on would fault for ever, in silence. */
static bool maps_text(struct pgtable *kernel, virt_addr_t va, phys_addr_t pa)
{
	struct pgtable_leaf leaf;

	return !pgtable_translate(kernel, va, &leaf) && leaf.pa + (va - leaf.va) == pa &&
	       leaf.attr & PGATTR_EXEC;
}

int arch_boot_handover(struct boot_info *bi, struct pgtable *kernel)
{
	u64 offset = bi->layout.kernel_offset;

	if (!maps_text(kernel, bi->image_pa + offset, bi->image_pa))
		return -EFAULT;
	bi->arch.satp = satp_make(bi->geometry.va_bits, kernel->root);
	boot_handover.satp = bi->arch.satp;
	boot_handover.offset = offset;
	return 0;
}
