// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The boot stage: from the loader's registers to the kernel's first tables. Runs at the load address
 * with the MMU off, on one CPU; see kernel/boot.h for what that forbids.
 */
#include <stdarg.h>
#include "kernel/arch.h"
#include "kernel/boot.h"
#include "kernel/boot_dt.h"
#include "kernel/fdt.h"
#include "kernel/printk.h"
#include "mm/address.h"
#include "mm/page.h"
#include "mm/page_size.h"
#include "mm/split_policy.h"

#define WORD_SHOWN 64 /* bytes of a rejected word */

/* Not in .bss: head.S may clear that after it has stored here. */
struct boot_info boot_info __attribute__((section(".data")));

void boot_stop(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printk("graticule: stop: ");
	vprintk(fmt, ap);
	printk("\n");
	va_end(ap);
	arch_power_off(false);
}

/*
 * For as long as nothing can be allocated. What is in use of it when the MMU goes on stays in use:
 * arch_boot_handover() sees to it that it is read as it was written.
 */
static struct grt_mem_range ranges[4][BOOT_MAX_RANGES + BOOT_SPARE_RANGES] __not_cleared;
static struct grt_mem_range mappable_ranges[2 * (BOOT_MAX_RANGES + BOOT_SPARE_RANGES)] __not_cleared;

/* What mappable_memory() has found. */
static struct memblock_list mappable;

void boot_init_lists(struct boot_info *bi)
{
	struct memblock *mb = &bi->memblock;

	memblock_list_init(&mb->memory, ranges[0], BOOT_MAX_RANGES);
	memblock_list_init(&mb->reserved, ranges[1], BOOT_MAX_RANGES);
	memblock_list_init(&mb->nomap, ranges[2], BOOT_MAX_RANGES);
	memblock_list_init(&bi->left_out, ranges[3], ARRAY_SIZE(ranges[3]));
	memblock_list_init(&mappable, mappable_ranges, ARRAY_SIZE(mappable_ranges));
}

/* The device tree has been read. */
static void spare_ranges(struct memblock *mb)
{
	mb->memory.max += BOOT_SPARE_RANGES;
	mb->reserved.max += BOOT_SPARE_RANGES;
}

static void rebase_list(struct memblock_list *list, u64 delta)
{
	list->range = (struct grt_mem_range *)((uintptr_t)list->range + delta);
}

void boot_rebase(struct boot_info *bi)
{
	u64 delta = bi->layout.kernel_offset;

	rebase_list(&bi->memblock.memory, delta);
	rebase_list(&bi->memblock.reserved, delta);
	rebase_list(&bi->memblock.nomap, delta);
	rebase_list(&bi->left_out, delta);
	rebase_list(&mappable, delta);
	grt_layout_rebase(&bi->layout, delta);
}

/* The start of a long word tells which it is. */
static void warn_word(const char *word, size_t len, const char *why)
{
	const char *more = len > WORD_SHOWN ? "..." : "";

	printk("graticule: command line: \"%.*s\"%s ignored: %s\n", (int)min_u64(len, WORD_SHOWN),
	       word, more, why);
}

/* Both ends of [@pa, @pa + @size), which is aligned to words: is there memory? */
static bool readable(grt_phys_t pa, u64 size)
{
	return arch_probe_register(pa, 4) >= 0 && arch_probe_register(pa + size - 4, 4) >= 0;
}

static void read_device_tree(struct boot_info *bi, struct fdt *fdt)
{
	unsigned long long pa = bi->dtb_pa;
	const char *why = NULL;
	u32 size;

	if (!pa)
		boot_stop("no device tree: the loader passed address 0");
	if (!is_aligned(pa, 4))
		boot_stop("no device tree: 0x%llx is not a multiple of 8", pa);
	if (!readable(pa, FDT_HEADER_SIZE))
		boot_stop("no device tree: there is no memory at 0x%llx", pa);
	size = fdt_total_size((const void *)pa);
	if (size >= FDT_HEADER_SIZE && size <= FDT_MAX_SIZE && !readable(pa, align_up(size, 4)))
		boot_stop("device tree at 0x%llx: it ends where there is no memory", pa);
	if (fdt_open(fdt, (const void *)pa, FDT_MAX_SIZE, &why))
		boot_stop("device tree at 0x%llx: %s", pa, why);
	bi->dtb_size = fdt->size;
	if (!boot_dt_console(bi, fdt))
		console_set(&bi->console, bi->console.base);
	/* A tree at half of that can be read, and so says where to complain. */
	if (!is_aligned(pa, 8))
		boot_stop("the device tree's address 0x%llx is not a multiple of 8", pa);
	arch_scan_root(bi, fdt); /* first of all how to power off */
	if (boot_dt_read(bi, fdt, &why))
		boot_stop("device tree: %s", why);
	spare_ranges(&bi->memblock);
}

/* mem= may cut off the memory that the image runs in; that stays. */
static void limit_memory(struct boot_info *bi)
{
	const struct grt_mem_range image = { bi->image_pa, bi->image_size };

	if (!bi->opts.mem)
		return;
	if (memblock_limit(&bi->memblock, bi->opts.mem, &image, &bi->left_out))
		boot_stop("mem=: more ranges of memory than this kernel can keep");
	printk("graticule: mem=: %llu KiB of memory left out\n",
	       (unsigned long long)memblock_list_bytes(&bi->left_out) >> 10);
}

/* Each end of a no-map range adds a range at most. */
static int mappable_memory(const struct boot_info *bi, u64 page_size, struct grt_memory_map *out)
{
	const struct memblock *mb = &bi->memblock;
	int nr;

	if (!memblock_room(&boot_info.memblock, &mappable, mb->memory.nr + mb->nomap.nr))
		return -ENOMEM;
	nr = memblock_mappable(mb, page_size, mappable.range, mappable.max);
	*out = (struct grt_memory_map){ mappable.range, (unsigned int)nr };
	return 0;
}

int boot_layout_input(const struct boot_info *bi, struct grt_layout_input *in)
{
	*in = (struct grt_layout_input){
		.g = &bi->geometry,
		.later = { bi->left_out.range, bi->left_out.nr },
		.image_pa = bi->image_pa,
		.image_size = bi->image_size,
		.text_end = (u64)(__text_end - _start),
		.rodata_end = (u64)(__rodata_end - _start),
		.rodata_writable = bi->opts.rodata == RODATA_OFF,
		.image_align = SECTION_ALIGN,
		.struct_page_size = sizeof(struct page),
		.kaslr = bi->has_seed && !bi->opts.nokaslr,
		.seed = bi->seed,
	};
	return mappable_memory(bi, grt_geometry_page_size(&bi->geometry), &in->memory);
}

static grt_phys_t image_address(const char *symbol)
{
	return boot_info.image_pa + (u64)(symbol - _start);
}

int boot_linear_map(const struct boot_info *bi, struct linear_map *lm)
{
	/* Text stays read-only in every mode, because its own mapping is executable. */
	const char *ro_end = bi->opts.rodata == RODATA_OFF ? __text_end : __rodata_end;

	*lm = (struct linear_map){
		.offset = bi->layout.linear_offset,
		.readonly = { image_address(__text_start), (u64)(ro_end - __text_start) },
		.pages = bi->split_reserve,
		.limits = bi->opts.nocont ? GRT_MAP_NO_CONT : 0,
	};
	if (split_mode() == SPLIT_PAGES)
		lm->limits |= GRT_MAP_PAGES_ONLY | GRT_MAP_NO_CONT;
	return mappable_memory(bi, grt_geometry_page_size(&bi->geometry), &lm->memory);
}

/* An initrd may begin or end in a page that it shares with memory that is never mapped. */
static bool initrd_mappable(const struct boot_info *bi, const struct grt_memory_map *m)
{
	const struct grt_mem_range *initrd = &bi->initrd, *r;

	for (r = m->ranges; r < m->ranges + m->nr; r++)
		if (initrd->start >= r->start && initrd->start - r->start < r->size)
			return initrd->size <= r->size - (initrd->start - r->start);
	return !initrd->size;
}

/* What mem= left out and has no place in the linear map can never be added. */
static void forget_out_of_reach(struct boot_info *bi)
{
	u64 lost = memblock_list_keep(&bi->left_out, grt_layout_room(&bi->layout));

	if (lost)
		printk("graticule: mem=: %llu KiB of what was left out have no place in the "
		       "linear map of this layout\n",
		       (unsigned long long)lost >> 10);
}

static void plan_layout(struct boot_info *bi)
{
	struct grt_layout_input in;

	if (boot_layout_input(bi, &in))
		boot_stop("memory: more separate ranges than this kernel can list");
	if (!initrd_mappable(bi, &in.memory))
		boot_stop("the initrd at 0x%llx, %llu bytes, has pages that can't be mapped: "
			  "cut off by mem=, shared with no-map memory, or partly RAM",
			  (unsigned long long)bi->initrd.start,
			  (unsigned long long)bi->initrd.size);
	if (grt_layout_plan(&in, &bi->layout))
		boot_stop("layout: %s", bi->layout.error);
	forget_out_of_reach(bi);
	page_size_init(&bi->geometry);
	address_init(&bi->layout, bi->image_pa, bi->image_size);
}

/* Text, rodata, data. */
static int map_image(struct grt_pgtable *pt, const struct boot_info *bi)
{
	const char *const ends[] = { __text_start, __rodata_start, __data_start, __data_end };
	const grt_attr_t attrs[] = {
		GRT_ATTR_KERNEL_RX,
		bi->opts.rodata == RODATA_OFF ? GRT_ATTR_KERNEL_RW : GRT_ATTR_KERNEL_RO,
		GRT_ATTR_KERNEL_RW,
	};
	struct grt_run runs[ARRAY_SIZE(attrs)];

	for (unsigned int i = 0; i < ARRAY_SIZE(runs); i++) {
		grt_phys_t pa = image_address(ends[i]);

		runs[i] = (struct grt_run){
			.va = pa + bi->layout.kernel_offset,
			.pa = pa,
			.size = (u64)(ends[i + 1] - ends[i]),
			.attr = attrs[i] | (bi->opts.nocont ? GRT_MAP_NO_CONT : 0),
		};
	}
	return grt_map_runs(pt, runs, ARRAY_SIZE(runs));
}

/* The kernel's own tables: the image, by way of which the kernel makes the rest with the MMU on. */
static void build_tables(struct boot_info *bi, struct grt_pgtable *pt)
{
	const struct grt_pgtable_config config = {
		.g = &bi->geometry,
		.caps = &bi->caps,
		.regime = { .half = GRT_REGIME_UPPER },
		.ops = &table_pool_ops,
		.ctx = &bi->pool,
	};
	int err;

	table_pool_init(&bi->pool, image_address(__boot_tables_start),
			(u64)(__boot_tables_end - __boot_tables_start),
			grt_geometry_page_size(&bi->geometry));
	err = grt_pgtable_init(pt, &config);
	if (!err)
		err = map_image(pt, bi);
	if (!err)
		err = arch_boot_handover(bi, pt);
	/* Whatever the console's registers need is there: without them nothing could be said. */
	if (!err && table_pool_available(&bi->pool) < grt_geometry_root_level(&bi->geometry))
		err = -ENOMEM;
	if (err)
		boot_stop("boot tables: error %d", err);
	bi->root = pt->root;
	bi->tables = pt->tables;
}

void boot_main(grt_phys_t dtb, u64 hwid)
{
	struct boot_info *bi = &boot_info;
	struct grt_pgtable pt;
	struct fdt fdt;

	bi->image_pa = (grt_phys_t)_start;
	bi->image_size = (u64)(_end - _start);
	bi->dtb_pa = dtb;
	bi->boot_hwid = hwid;
	boot_init_lists(bi);
	arch_early_console(&bi->console);
	if (bi->console.type != CONSOLE_NONE)
		console_set(&bi->console, bi->console.base);

	read_device_tree(bi, &fdt);
	cmdline_parse(bi->cmdline, &bi->opts, warn_word);
	limit_memory(bi);
	if (!memblock_contains(&bi->memblock.memory, bi->image_pa, bi->image_size))
		boot_stop("the image at 0x%llx, %llu bytes, is not in memory",
			  (unsigned long long)bi->image_pa, (unsigned long long)bi->image_size);
	arch_detect(bi);
	if (arch_choose_geometry(bi))
		boot_stop("this CPU has no page size that this image is built for");
	plan_layout(bi);
	build_tables(bi, &pt);
	/* Its registers are out of reach until they are mapped: what is printed now is kept. */
	console_set(&(struct console_desc){ .type = CONSOLE_NONE }, 0);
}
