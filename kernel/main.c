// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The kernel at its virtual address: memory, CPUs, self-tests, report, power off. */
#include <asm/window.h>
#include "kernel/arch.h"
#include "kernel/bench.h"
#include "kernel/boot.h"
#include "kernel/printk.h"
#include "kernel/report.h"
#include "kernel/selftest.h"
#include "kernel/smp.h"
#include "mm/address.h"
#include "mm/execmem.h"
#include "mm/fixmap.h"
#include "mm/hotplug.h"
#include "mm/linear_map.h"
#include "mm/memblock_grow.h"
#include "mm/page_alloc.h"
#include "mm/page_size.h"
#include "mm/repaint.h"
#include "mm/report.h"
#include "mm/set_memory.h"
#include "mm/split_policy.h"
#include "mm/split_reserve.h"
#include "mm/vm.h"
#include "mm/vmalloc.h"
#include "mm/vmemmap.h"

/* The boot stage has left tables enough for the registers. */
static void init_console(struct boot_info *bi, struct grt_pgtable *pt)
{
	grt_virt_t page = fixmap_addr(&bi->layout, FIX_CONSOLE);
	int err = 0;

	window_open(WINDOW_CONSOLE);
	if (bi->console.base)
		err = fixmap_map(pt, &bi->layout, FIX_CONSOLE, bi->console.base,
				 GRT_ATTR_KERNEL_RW | GRT_ATTR_DEVICE);
	window_close(WINDOW_CONSOLE);
	if (err) {
		bi->console.type = CONSOLE_NONE;
		boot_stop("no room for the console's registers at %#lx (error %d)",
			  bi->console.base, err);
	}
	console_set(&bi->console, page + (bi->console.base & (PAGE_SIZE - 1)));
	if (bi->opts.bench)
		printk("bench: %u map the console\n", WINDOW_CONSOLE);
}

/* The boot stage's tree, described anew with pointers that are good here. No other CPU uses it yet. */
static void boot_tree(struct boot_info *bi, struct grt_pgtable *pt)
{
	const struct grt_pgtable_config config = {
		.g = &bi->geometry,
		.caps = &bi->caps,
		.regime = { .half = GRT_REGIME_UPPER },
		.ops = &table_pool_ops,
		.ctx = &bi->pool,
	};

	bi->pool.image_offset = bi->layout.kernel_offset;
	if (grt_pgtable_adopt(pt, &config, bi->root, bi->tables))
		arch_power_off(false); /* where there is no console yet */
}

static grt_phys_t reserve_tables(u64 size, u64 align, void *memblock)
{
	return memblock_alloc(memblock, size, align, 0, ~0ULL);
}

/* Return: GRT_MAP_* of its leaves. */
static grt_attr_t init_linear_map(struct boot_info *bi, struct grt_pgtable *pt)
{
	struct grt_cost cost;
	struct linear_map lm;
	u64 tables = pt->tables;
	int err;

	window_open(WINDOW_LINEAR_MAP);
	err = boot_linear_map(bi, &lm);
	if (!err)
		err = linear_map_create(pt, &lm, &bi->pool, reserve_tables, &bi->memblock, &cost);
	window_close(WINDOW_LINEAR_MAP);
	if (!err && bi->opts.bench)
		printk("bench: %u linear map, %llu tables\n", WINDOW_LINEAR_MAP,
		       (unsigned long long)(pt->tables - tables));
	if (err)
		boot_stop("memory too small: no room for the tables of the linear map (error %d)",
			  err);
	bi->memblock.grow = memblock_grow_free;
	return lm.limits;
}

/* What the boot stage did not use of the image's tables goes to the page allocator. */
static void give_back_tables(struct boot_info *bi)
{
	struct table_area *area = &bi->pool.image;

	if (area->next < area->end)
		page_alloc_add(area->next, area->end - area->next);
	area->end = area->next;
}

static void report_mistake(const char *what, u64 value)
{
	printk("graticule: %s: 0x%llx\n", what, (unsigned long long)value);
}

static void init_memory(struct boot_info *bi, struct grt_pgtable *pt)
{
	grt_attr_t limits;
	int err;

	mm_report_to(report_mistake);
	split_mode_set(bi->opts.by_pages	   ? SPLIT_PAGES
		       : arch_can_resize(&cpus[0]) ? SPLIT_LIVE
						   : SPLIT_RESERVE);
	if (split_mode() == SPLIT_RESERVE && bi->opts.rodata == RODATA_FULL)
		split_reserve_choose(&bi->memblock, &bi->geometry, &bi->split_reserve);
	limits = init_linear_map(bi, pt);
	vm_init(&kernel_vm, pt, &bi->layout);
	set_memory_init(&kernel_vm, bi->opts.rodata == RODATA_FULL);
	err = vmemmap_init(&kernel_vm, &bi->memblock);
	if (err)
		boot_stop("memory too small: no room for the page structs (error %d)", err);
	page_alloc_init(&bi->memblock);
	memory_hotplug_init(&kernel_vm, &bi->memblock, limits);
	if (bi->opts.rodata == RODATA_FULL)
		split_reserve_init(&bi->split_reserve);
	give_back_tables(bi);
	err = vmalloc_init(&kernel_vm);
	if (!err)
		err = execmem_init(&kernel_vm);
	if (err)
		boot_stop("memory too small: vmalloc (error %d)", err);
}

/* On the boot CPU's own stack. */
static void run_kernel(void)
{
	struct boot_info *bi = &boot_info;
	unsigned int online = smp_start(bi), failed = 0;

	if (bi->opts.bench) { /* nothing else: a large machine is counted in seconds */
		bench_run();
		report_json(bi, &kernel_vm.pt, online);
		arch_power_off(true);
	}
#ifdef CONFIG_SELFTEST
	failed = selftest_run(online);
#endif
	bench_run();
	if (bi->opts.report != REPORT_JSON) {
		report_table(bi, &kernel_vm.pt);
		report_split(bi, &kernel_vm.pt);
	}
	if (bi->opts.report != REPORT_TABLE)
		report_json(bi, &kernel_vm.pt, online);
	if (failed)
		printk("graticule: %u tests failed\n", failed);
	else
		printk("graticule: all tests passed, power off\n");
	arch_power_off(!failed);
}

void kernel_main(void)
{
	struct boot_info *bi = &boot_info;
	struct cpu *cpu = smp_boot_cpu(bi);
	struct grt_pgtable pt;

	boot_rebase(bi);
	boot_tree(bi, &pt);
	init_console(bi, &pt);
	selftest_boot_tables(&pt);
	arch_init(cpu);
	smp_domain_add(cpu->hwid);
	pt.domain = &kernel_domain;
	init_memory(bi, &pt);
	if (smp_stacks(cpu))
		boot_stop("memory too small: no room for stacks");
	arch_run_on_stack(cpu->stack, run_kernel);
}
