// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A tree of EL2's regime, which the engine changes while EL2 translates with it.
 *
 * EL1 asks for it with HVC #1 (el.S). What runs at EL2 is this file and the engine, at the addresses where
 * the image lies in memory: code finds code and constants by its own place, and pointers are made here.
 * Nothing of the image is written. What is written is a block of memory that nobody else uses, past the
 * caches: their translation is off first, and SCTLR_EL2.C stays 0.
 */
#include <graticule/pgtable.h>
#include <asm/boot.h>
#include <asm/cache.h>
#include <asm/cpu_ops.h>
#include <asm/mmu_ops.h>
#include <asm/mmu_regs.h>
#include <asm/pte.h>
#include <asm/sysreg.h>
#include "base/errno.h"
#include "kernel/arch.h"
#include "kernel/boot.h"
#include "mm/address.h"
#include "mm/page_alloc.h"

#define STACK_SIZE KIB(16)
#define SMALL_ORDER 5U /* enough pages where no larger leaf can be tried */

/**
 * struct el2_test - at the start of the block, and all that EL2 knows
 * @g: of the tree, with the capabilities @caps
 * @ops: how it gets and maps tables; physical addresses, and @offset is that of the mapping, 0
 * @mair: MAIR_EL2; likewise @tcr
 * @start: of the block, @size bytes
 * @image: start of the image, which is mapped as it lies, @image_size bytes
 * @next: the next page for a table, up to @end
 * @look: two pages to look at
 * @live_blocks: the block is a leaf of level 1, and may be split while it is in use
 * @step: what was looked at last
 */
struct el2_test {
	struct grt_geometry g;
	struct grt_mmu_caps caps;
	struct grt_pgtable_ops ops;
	u64 offset;
	u64 mair;
	u64 tcr;
	grt_phys_t start;
	u64 size;
	grt_phys_t image;
	u64 image_size;
	grt_phys_t next;
	grt_phys_t end;
	grt_phys_t look;
	bool live_blocks;
	unsigned int step;
};

/* ---- at EL2 ---- */

static grt_phys_t el2_alloc(struct grt_pgtable *pt)
{
	struct el2_test *t = pt->ctx;
	grt_phys_t page = t->next;

	if (page == t->end)
		return GRT_PHYS_NONE;
	t->next += grt_geometry_page_size(&t->g);
	return page;
}

static void el2_free(struct grt_pgtable *pt, grt_phys_t table)
{
	(void)pt;
	(void)table;
}

static bool leads_to(u64 par, grt_phys_t pa)
{
	return !(par & PAR_FAULT) && (par & PAR_PA) == pa;
}

/* EL2 reads and writes @va as the tables say; @pa is mapped as it lies too. */
static bool is_at(struct el2_test *t, grt_virt_t va, grt_phys_t pa, bool writable)
{
	volatile u64 *mapped = (volatile u64 *)va, *direct = (volatile u64 *)pa;

	t->step++;
	if (!leads_to(mmu_translate_el2(va, false), pa) ||
	    leads_to(mmu_translate_el2(va, true), pa) != writable || *mapped != *direct)
		return false;
	if (!writable)
		return true;
	*mapped = pa + t->step;
	return *direct == pa + t->step;
}

static bool is_nowhere(struct el2_test *t, grt_virt_t va)
{
	t->step++;
	return mmu_translate_el2(va, false) & PAR_FAULT;
}

static bool pages_change(struct el2_test *t, struct grt_pgtable *pt, grt_virt_t va)
{
	const grt_attr_t rw = GRT_ATTR_READ | GRT_ATTR_WRITE, ro = GRT_ATTR_READ;
	u64 page = grt_geometry_page_size(&t->g);
	grt_phys_t look = t->look;

	return is_nowhere(t, va) && !grt_map(pt, va, look, 2 * page, rw) &&
	       is_at(t, va, look, true) && is_at(t, va + page, look + page, true) &&
	       !grt_protect(pt, va, page, 0, GRT_ATTR_WRITE) && is_at(t, va, look, false) &&
	       is_at(t, va + page, look + page, true) &&
	       !grt_remap(pt, va, look + page, page, ro) && is_at(t, va, look + page, false) &&
	       !grt_protect(pt, va, page, GRT_ATTR_WRITE, 0) && is_at(t, va, look + page, true) &&
	       !grt_unmap(pt, va, page) && is_nowhere(t, va) &&
	       is_at(t, va + page, look + page, true) && !grt_unmap(pt, va + page, page) &&
	       is_nowhere(t, va + page);
}

static bool blocks_change(struct el2_test *t, struct grt_pgtable *pt, grt_virt_t va)
{
	u64 page = grt_geometry_page_size(&t->g);
	grt_phys_t look = t->look;
	grt_virt_t at = va + (look - t->start);

	return !grt_map(pt, va, t->start, t->size, GRT_ATTR_READ) && is_at(t, at, look, false) &&
	       !grt_split(pt, at) && is_at(t, at, look, false) &&
	       !grt_protect(pt, at, page, GRT_ATTR_WRITE, 0) && is_at(t, at, look, true) &&
	       is_at(t, at + page, look + page, false) &&
	       !grt_protect(pt, at, page, 0, GRT_ATTR_WRITE) &&
	       !grt_collapse(pt, va, t->size, GRT_EXTENT_INSIDE) && is_at(t, at, look, false) &&
	       !grt_unmap(pt, va, t->size) && is_nowhere(t, at);
}

static void translate(const struct el2_test *t, const struct grt_pgtable *pt)
{
	write_sysreg(mair_el2, t->mair);
	write_sysreg(tcr_el2, t->tcr);
	write_sysreg(ttbr0_el2, ttbr_el1(pt->root));
	mmu_begin_el2(SCTLR_EL2_OFF | SCTLR_M);
}

/* el.S calls it, with the MMU of EL2 off. Return: 0 or -errno; -EIO: @step found what should not be. */
s64 el2_test_run(struct el2_test *t);
s64 el2_test_run(struct el2_test *t)
{
	const struct grt_pgtable_config config = {
		.g = &t->g,
		.caps = &t->caps,
		.regime = { .half = GRT_REGIME_LOWER, .kind = GRT_REGIME_EL2 },
		.ops = &t->ops,
		.ctx = t,
	};
	grt_virt_t va = BIT(t->g.upper_bits - 1);
	struct grt_pgtable pt;
	int err;

	if (read_sysreg(hcr_el2) & BIT(HCR_E2H_BIT))
		return -EOPNOTSUPP;
	err = grt_pgtable_init(&pt, &config);
	if (!err)
		err = grt_map(&pt, t->image, t->image, t->image_size,
			      GRT_ATTR_READ | GRT_ATTR_EXEC);
	if (!err)
		err = grt_map(&pt, t->start, t->start, t->size, GRT_ATTR_READ | GRT_ATTR_WRITE);
	if (err)
		return err;
	translate(t, &pt);
	pt.live = true;
	if (!pages_change(t, &pt, va) || (t->live_blocks && !blocks_change(t, &pt, va)))
		err = -EIO;
	mmu_end_el2(SCTLR_EL2_OFF);
	return err;
}

/* ---- at EL1 ---- */

static void prepare(struct el2_test *t, grt_phys_t start, unsigned int order)
{
	const struct boot_info *bi = &boot_info;
	u64 page = grt_geometry_page_size(&bi->geometry);

	*t = (struct el2_test){
		.g = bi->geometry,
		.caps = bi->caps,
		.mair = mmu_handover.mair,
		.tcr = tcr_el2(&bi->geometry),
		.start = start,
		.size = page << order,
		.image = bi->image_pa,
		.image_size = align_up(bi->image_size, page),
		.next = start + align_up(sizeof(*t) + STACK_SIZE, page),
		.live_blocks = order == grt_geometry_index_bits(&bi->geometry) &&
			       arch_can_resize(arch_this_cpu()),
	};
	t->g.el2 = true;
	t->look = start + t->size - 2 * page;
	t->end = t->look;
	t->ops.alloc = (grt_phys_t(*)(struct grt_pgtable *))virt_to_phys(el2_alloc);
	t->ops.free = (void (*)(struct grt_pgtable *, grt_phys_t))virt_to_phys(el2_free);
	t->ops.offset = (const u64 *)virt_to_phys(&t->offset);
}

int arch_hypervisor_test(unsigned int *step)
{
	const struct boot_info *bi = &boot_info;
	unsigned int order = grt_geometry_index_bits(&bi->geometry);
	struct el2_test *t;
	grt_phys_t start;
	int err;

	if ((boot_entry & BOOT_ENTRY_EL_MASK) != 2)
		return -ENODEV;
	start = page_alloc(order, 0);
	if (start == GRT_PHYS_NONE) {
		order = SMALL_ORDER;
		start = page_alloc(order, 0);
	}
	if (start == GRT_PHYS_NONE)
		return -ENOMEM;
	t = phys_to_virt(start);
	prepare(t, start, order);
	/* What lies in the image's half is mapped as it lies, the rest is tried in the other. */
	err = -ENODEV;
	if (max_u64(start + t->size, t->image + t->image_size) <= BIT(t->g.upper_bits - 1)) {
		/* EL2 goes past the caches. */
		dcache_clean_invalidate((grt_virt_t)t, t->size);
		err = (int)cpu_hvc_test(start, start + align_down(sizeof(*t) + STACK_SIZE, 16));
		dcache_clean_invalidate((grt_virt_t)t, sizeof(*t));
		*step = t->step;
	}
	page_free(start, order);
	return err;
}
