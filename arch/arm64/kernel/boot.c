// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The architecture's share of the boot stage: what the MMU's registers are to hold. */
#include <graticule/geometry.h>
#include <graticule/pgtable.h>
#include <asm/arch.h>
#include <asm/boot.h>
#include <asm/cache.h>
#include <asm/mmu_ops.h>
#include <asm/mmu_regs.h>
#include <asm/psci.h>
#include <asm/pte.h>
#include <asm/spin_table.h>
#include <asm/sysreg.h>
#include "base/errno.h"
#include "features.h"
#include "kernel/arch.h"
#include "kernel/boot.h"
#include "kernel/fdt.h"
#include "kernel/printk.h"

/* Not in .bss, and no line is shared with anything: see asm/boot.h. */
struct mmu_handover mmu_handover __attribute__((section(".data")));

_Static_assert(sizeof(mmu_handover) == CACHE_WRITEBACK_GRANULE, "other data in its lines");

u64 boot_entry;

/* The identity map: its shape and its root. */
static struct grt_geometry idmap_geometry;
static grt_phys_t idmap_root;

#define FDT_MAGIC 0xd00dfeed

#define CHECK_OFFSET(field, offset) \
	_Static_assert(offsetof(struct mmu_handover, field) == (offset), #field)
CHECK_OFFSET(mair, HANDOVER_MAIR);
CHECK_OFFSET(tcr, HANDOVER_TCR);
CHECK_OFFSET(ttbr0, HANDOVER_TTBR0);
CHECK_OFFSET(ttbr1, HANDOVER_TTBR1);
CHECK_OFFSET(sctlr, HANDOVER_SCTLR);
CHECK_OFFSET(offset, HANDOVER_OFFSET);
CHECK_OFFSET(tgran_shift, HANDOVER_TGRAN_SHIFT);
CHECK_OFFSET(tgran_min, HANDOVER_TGRAN_MIN);
CHECK_OFFSET(parange_min, HANDOVER_PARANGE_MIN);
CHECK_OFFSET(varange_min, HANDOVER_VARANGE_MIN);
CHECK_OFFSET(written, HANDOVER_WRITTEN);

static u32 read_be32(const u32 *p)
{
	return __builtin_bswap32(*p);
}

static bool has_tree(grt_phys_t pa)
{
	return is_aligned(pa, 8) && arch_probe_register(pa, 4) >= 0 &&
	       read_be32((const u32 *)pa) == FDT_MAGIC;
}

/*
 * A loader that had the caches on may have left the tree in them. Only the parts in use, as the
 * header has them (Devicetree Specification, 5.2): QEMU's tree of 8 KiB has a totalsize of 1 MiB.
 * What does not look like a tree is left to fdt_open() to judge.
 */
static void clean_device_tree(grt_phys_t dtb)
{
	const u32 *header = (const u32 *)dtb;
	u64 structs_end, strings_end, size;

	if (arch_probe_register(dtb, 4) < 0)
		return;
	dcache_clean(dtb, FDT_HEADER_SIZE);
	if (read_be32(&header[0]) != FDT_MAGIC)
		return;
	size = read_be32(&header[1]);
	structs_end = (u64)read_be32(&header[2]) + read_be32(&header[9]);
	strings_end = (u64)read_be32(&header[3]) + read_be32(&header[8]);
	/* The list of reservations has no size; it is the first part, except in odd trees. */
	if (read_be32(&header[4]) < read_be32(&header[2]))
		size = min_u64(size, max_u64(structs_end, strings_end));
	dcache_clean(dtb, min_u64(size, FDT_MAX_SIZE));
}

grt_phys_t boot_device_tree(grt_phys_t dtb)
{
	grt_phys_t image = (grt_phys_t)_start;

	/* QEMU puts it at the start of RAM where the kernel is an ELF file, and says so to nobody. */
	if (!dtb && image >= ELF_LOAD_OFFSET && has_tree(image - ELF_LOAD_OFFSET)) {
		dtb = image - ELF_LOAD_OFFSET;
		printk("graticule: the loader passed no device tree: taken is the one at 0x%llx\n",
		       (unsigned long long)dtb);
	}
	if (dtb && is_aligned(dtb, 4))
		clean_device_tree(dtb);
	return dtb;
}

void arch_early_console(struct console_desc *console)
{
	console->type = CONSOLE_NONE;
}

void arch_scan_cpu(struct boot_info *bi, const struct fdt *fdt, int node, u64 hwid)
{
	const char *method = fdt_prop_string(fdt, node, "enable-method");

	if (spin_table_scan(bi, fdt, node, hwid))
		return;
	if (method && !fdt_prop_has_string(fdt, node, "enable-method", "psci"))
		printk("graticule: CPU 0x%llx: enable-method \"%s\" is unknown, trying PSCI\n",
		       (unsigned long long)hwid, method);
}

static int find_compatible(const struct fdt *fdt, const char *compatible)
{
	struct fdt_top top = { 0 };

	while (fdt_top_next(fdt, &top))
		if (fdt_prop_has_string(fdt, top.node, "compatible", compatible))
			return top.node;
	return -ENOENT;
}

static enum psci_conduit psci_method(const struct fdt *fdt, int node)
{
	if (fdt_prop_has_string(fdt, node, "method", "smc"))
		return PSCI_SMC;
	if (fdt_prop_has_string(fdt, node, "method", "hvc"))
		return PSCI_HVC;
	return PSCI_NONE;
}

static void scan_psci(struct arch_boot_info *arch, const struct fdt *fdt)
{
	int node = fdt_find(fdt, "/psci", 5, NULL);
	bool fixed;

	if (node < 0)
		node = find_compatible(fdt, "arm,psci-1.0");
	if (node < 0)
		node = find_compatible(fdt, "arm,psci-0.2");
	if (node < 0)
		node = find_compatible(fdt, "arm,psci");
	if (node < 0)
		return;
	/*
	 * The functions have fixed numbers since 0.2; a node may name 0.1 as well, for old kernels.
	 */
	fixed = fdt_prop_has_string(fdt, node, "compatible", "arm,psci-0.2") ||
		fdt_prop_has_string(fdt, node, "compatible", "arm,psci-1.0");
	arch->psci = psci_method(fdt, node);
	arch->psci_cpu_on = fixed ? PSCI_CPU_ON : fdt_prop_u32(fdt, node, "cpu_on", 0);
	arch->psci_system_off = fixed ? PSCI_SYSTEM_OFF : 0;
}

void arch_scan_root(struct boot_info *bi, const struct fdt *fdt)
{
	int timer = fdt_find(fdt, "/timer", 6, NULL);

	/* A tree without a UART that we know: what is called SBI is semihosting here. */
	if (bi->console.type == CONSOLE_NONE && semihosting_present()) {
		bi->console.type = CONSOLE_SBI;
		console_set(&bi->console, 0);
	}

	if (timer < 0 || !fdt_prop_has_string(fdt, timer, "compatible", "arm,armv8-timer"))
		timer = find_compatible(fdt, "arm,armv8-timer");

	scan_psci(&bi->arch, fdt);
	gic_scan(&bi->arch.gic, fdt);
	if (bi->arch.psci == PSCI_NONE && bi->nr_cpus > 1)
		printk("graticule: no PSCI: the other CPUs can't be started\n");
	if (timer >= 0) {
		bi->arch.counter_hz = fdt_prop_u32(fdt, timer, "clock-frequency", 0);
		gic_scan_timer(&bi->arch.gic, fdt, timer);
	}
}

void arch_detect(struct boot_info *bi)
{
	u64 moved = boot_entry >> BOOT_ENTRY_MOVED_SHIFT;

	/* No less can be mapped, whatever the page size. */
	if (moved || !is_aligned(bi->image_pa, SECTION_ALIGN))
		boot_stop(
			"the image was loaded at 0x%llx, which is no multiple of 64 KiB; the boot "
			"protocol says 2 MiB",
			(unsigned long long)(bi->image_pa - moved));
	if (boot_entry & BOOT_ENTRY_MMU_ON)
		boot_stop("entered with the MMU on");
	if ((boot_entry & BOOT_ENTRY_EL_MASK) == 3)
		boot_stop("entered at EL3: boot through firmware, which enters at EL2 or EL1");
	features_read(&bi->caps, &bi->opts, 0);
	if (bi->caps.repeat_tlbi)
		printk("graticule: CPU 0: erratum: each TLBI and its DSB are done twice\n");
}

int arch_choose_geometry(struct boot_info *bi)
{
	struct grt_mem_range ram = memblock_span(&bi->memblock.memory, &bi->left_out);
	struct grt_memory_map memory = { &ram, 1 };
	const char *note;
	int err;

	err = grt_geometry_choose(bi->opts.page_shift, bi->opts.va_bits, &bi->caps, &memory,
				  &bi->geometry, &note);
	if (!err && note)
		printk("graticule: %s: %uK pages and %u bits instead\n", note,
		       1U << (bi->geometry.page_shift - 10), bi->geometry.va_bits);
	return err;
}

/*
 * The lower half is as narrow as reaches the image, because each level is a table to clear and to drop from
 * the cache. It has 52 bits where the kernel's half has the LPA2 format, which TCR_EL1.DS switches for both.
 */
static int init_idmap_geometry(const struct boot_info *bi)
{
	bool lpa2 = bi->geometry.format == GEOMETRY_FORMAT_LPA2;
	int err = -EOPNOTSUPP;

	for (unsigned int i = 0; i < grt_geometry_nr_choices && err; i++) {
		const struct grt_geometry_choice *c = &grt_geometry_choices[i];

		if (c->page_shift == bi->geometry.page_shift && (!lpa2 || c->va_bits == 52) &&
		    bi->image_pa + bi->image_size <= BIT(c->va_bits))
			err = grt_geometry_init(&idmap_geometry, c->page_shift, c->va_bits,
						&bi->caps);
	}
	return err;
}

/* Nothing but the page of the code that turns the MMU on, read-only and executable. */
static int build_idmap(const struct boot_info *bi, const struct grt_pgtable *kernel)
{
	u64 page_size = grt_geometry_page_size(&bi->geometry);
	grt_phys_t start = align_down((grt_phys_t)__idmap_start, page_size);
	grt_phys_t end = align_up((grt_phys_t)__idmap_end, page_size);
	const struct grt_pgtable_config config = {
		.g = &idmap_geometry,
		.caps = &bi->caps,
		.regime = { .half = GRT_REGIME_LOWER },
		.ops = kernel->ops,
		.ctx = kernel->ctx,
	};
	struct grt_pgtable idmap;
	int err;

	err = init_idmap_geometry(bi);
	if (!err)
		err = grt_pgtable_init(&idmap, &config);
	if (!err)
		err = grt_map(&idmap, start, start, end - start, GRT_ATTR_KERNEL_RX);
	if (!err)
		idmap_root = idmap.root;
	return err;
}

int arch_boot_identity(const struct grt_pgtable *kernel, struct grt_pgtable *identity)
{
	const struct grt_pgtable_config config = {
		.g = &idmap_geometry,
		.caps = kernel->caps,
		.regime = { .half = GRT_REGIME_LOWER },
		.ops = kernel->ops,
		.ctx = kernel->ctx,
	};

	return grt_pgtable_adopt(identity, &config, idmap_root, GRT_GEOMETRY_MAX_LEVELS * 2);
}

/* What every CPU must have to walk these tables: see secondary_entry in head.S. */
static void set_requirements(struct mmu_handover *h, const struct grt_geometry *g,
			     const struct grt_geometry *idmap)
{
	bool lpa2 = g->format == GEOMETRY_FORMAT_LPA2;
	bool lva = g->page_shift == 16 && (g->va_bits > 48 || idmap->va_bits > 48);

	if (g->page_shift == 12) {
		h->tgran_shift = MMFR0_TGRAN4;
		h->tgran_min = lpa2 ? 1 : 0;
	} else if (g->page_shift == 14) {
		h->tgran_shift = MMFR0_TGRAN16;
		h->tgran_min = lpa2 ? 2 : 1;
	} else {
		h->tgran_shift = MMFR0_TGRAN64;
		h->tgran_min = 0;
	}
	h->parange_min = parange_for(g->pa_bits);
	h->varange_min = lva ? 1 : 0;
}

/* A tree's tables follow its root, handed out front to back, and end at @end. */
static void set_tables(struct mmu_handover *h, unsigned int i, grt_phys_t root, grt_phys_t end,
		       const struct grt_geometry *g)
{
	u64 entries = grt_geometry_entries(g, grt_geometry_root_level(g));

	h->written[i].start = root;
	h->written[i].end = root + entries * sizeof(u64);
	h->written[i + 1].start = root + grt_geometry_page_size(g);
	h->written[i + 1].end = end;
}

static void set_lists(struct mmu_handover *h, const struct boot_info *bi)
{
	const struct memblock_list *const lists[] = { &bi->memblock.memory, &bi->memblock.reserved,
						      &bi->memblock.nomap, &bi->left_out };

	_Static_assert(HANDOVER_NR_TABLES + ARRAY_SIZE(lists) == HANDOVER_NR_WRITTEN,
		       "all of them");
	for (unsigned int i = 0; i < ARRAY_SIZE(lists); i++) {
		grt_phys_t start = (grt_phys_t)lists[i]->range;

		h->written[HANDOVER_NR_TABLES + i].start =
			align_down(start, CACHE_WRITEBACK_GRANULE);
		h->written[HANDOVER_NR_TABLES + i].end =
			start + lists[i]->nr * sizeof(struct grt_mem_range);
	}
}

int arch_boot_handover(struct boot_info *bi, struct grt_pgtable *kernel)
{
	struct mmu_handover *h = &mmu_handover;
	int err = build_idmap(bi, kernel);

	if (err)
		return err;
	h->mair = mair_value(&regime_memory_own);
	h->tcr = tcr_el1(kernel->g, &idmap_geometry, bi->caps.asid_16, features_e0pd());
	h->ttbr0 = ttbr_el1(idmap_root);
	h->ttbr1 = ttbr_el1(kernel->root);
	h->sctlr = SCTLR_EL1_MMU_ON;
	h->offset = bi->layout.kernel_offset;
	set_tables(h, 0, kernel->root, idmap_root, kernel->g);
	set_tables(h, 2, idmap_root, bi->pool.image.next, &idmap_geometry);
	set_lists(h, bi);
	set_requirements(h, kernel->g, &idmap_geometry);
	return 0;
}
