// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What is counted is the operation between window_open() and window_close(), nothing of what prepares
 * it. Whoever counts sees occurrences only, so the lines of bench_note() are their names, in the same order.
 */
#include <stdarg.h>
#include <asm/arch.h>
#include <asm/window.h>
#include "kernel/bench.h"
#include "kernel/boot.h"
#include "kernel/printk.h"
#include "mm/hotplug.h"
#include "mm/page.h"
#include "mm/page_alloc.h"
#include "mm/page_size.h"
#include "mm/set_memory.h"
#include "mm/split_policy.h"
#include "mm/vm.h"
#include "mm/vmalloc.h"

#define CONVERSIONS 64

void bench_note(unsigned int window, int err, const char *fmt, ...)
{
	va_list ap;

	if (!boot_info.opts.bench)
		return;
	printk("bench: %u ", window);
	va_start(ap, fmt);
	vprintk(fmt, ap);
	va_end(ap);
	if (err)
		printk(" (error %d)", err);
	printk("\n");
}

/* Sizes to try: a page, a block, and what is larger only on request. */
static u64 bench_size(unsigned int i)
{
	const u64 sizes[] = { PAGE_SIZE, grt_geometry_level_size(&boot_info.geometry, 1), GIB(1),
			      GIB(8) };
	u64 size = i < ARRAY_SIZE(sizes) ? sizes[i] : 0;

	return size <= MIB(32) || boot_info.opts.bench ? size : 0;
}

/* ---- vmalloc, split, collapse ---- */

static void bench_vmalloc(u64 size)
{
	void *p;

	window_open(WINDOW_VMALLOC);
	p = vmalloc(size);
	window_close(WINDOW_VMALLOC);
	bench_note(WINDOW_VMALLOC, p ? 0 : -ENOMEM, "vmalloc %llu KiB",
		   (unsigned long long)size >> 10);
	if (!p)
		return;
	window_open(WINDOW_VMALLOC);
	vfree(p);
	window_close(WINDOW_VMALLOC);
	bench_note(WINDOW_VMALLOC, 0, "vfree %llu KiB", (unsigned long long)size >> 10);
}

static int split(grt_virt_t va)
{
	int err;

	spin_lock(&kernel_vm.lock);
	window_open(WINDOW_SPLIT);
	err = grt_split(&kernel_vm.pt, va);
	window_close(WINDOW_SPLIT);
	spin_unlock(&kernel_vm.lock);
	return err;
}

static int collapse(grt_virt_t va, u64 size)
{
	int err;

	spin_lock(&kernel_vm.lock);
	window_open(WINDOW_COLLAPSE);
	err = grt_collapse(&kernel_vm.pt, va, size, GRT_EXTENT_INSIDE);
	window_close(WINDOW_COLLAPSE);
	spin_unlock(&kernel_vm.lock);
	return err;
}

/* A block of level 1, split in the middle and made whole again. */
static void bench_split(void)
{
	u64 size = grt_geometry_level_size(&boot_info.geometry, 1);
	void *p = vmalloc_flags(size, size, GRT_ATTR_KERNEL_RW);
	struct grt_leaf leaf;

	if (p && !vm_translate(&kernel_vm, (uintptr_t)p, &leaf) && leaf.size >= size) {
		bench_note(WINDOW_SPLIT, split((uintptr_t)p + size / 2 + PAGE_SIZE),
			   "split of a block of %llu KiB", (unsigned long long)size >> 10);
		bench_note(WINDOW_COLLAPSE, collapse((uintptr_t)p, size),
			   "collapse to a block of %llu KiB", (unsigned long long)size >> 10);
	}
	vfree(p);
}

/* ---- permissions ---- */

static void bench_set_memory(u64 size)
{
	unsigned long long kib = size >> 10;
	void *p = vmalloc(size);
	int err;

	for (unsigned int i = 0; p && i < 2; i++) {
		/* The first time splits what the second finds split. */
		const char *state = i ? "already split" : "first time";
		window_open(WINDOW_SET_MEMORY);
		err = set_memory_ro(&kernel_vm, (uintptr_t)p, size / PAGE_SIZE);
		window_close(WINDOW_SET_MEMORY);
		bench_note(WINDOW_SET_MEMORY, err, "set_memory_ro %llu KiB, %s", kib, state);
		window_open(WINDOW_SET_MEMORY);
		err = set_memory_rw(&kernel_vm, (uintptr_t)p, size / PAGE_SIZE);
		window_close(WINDOW_SET_MEMORY);
		bench_note(WINDOW_SET_MEMORY, err, "set_memory_rw %llu KiB, %s", kib, state);
	}
	vfree(p);
}

static void hide(grt_phys_t pa, u64 size)
{
	struct grt_leaf leaf = { 0 };
	int err;

	vm_translate(&kernel_vm, vm_linear(&kernel_vm, pa), &leaf);
	window_open(WINDOW_DIRECT_MAP);
	err = set_direct_map_invalid(&kernel_vm, phys_to_page(pa), size / PAGE_SIZE);
	window_close(WINDOW_DIRECT_MAP);
	bench_note(WINDOW_DIRECT_MAP, err, "hide %llu KiB in a leaf of %llu KiB",
		   (unsigned long long)size >> 10, (unsigned long long)leaf.size >> 10);
}

static void show(grt_phys_t pa, u64 size)
{
	int err;

	window_open(WINDOW_DIRECT_MAP);
	err = set_direct_map_valid(&kernel_vm, phys_to_page(pa), size / PAGE_SIZE, true);
	window_close(WINDOW_DIRECT_MAP);
	bench_note(WINDOW_DIRECT_MAP, err, "show %llu KiB", (unsigned long long)size >> 10);
}

static void restore(grt_phys_t pa, u64 size)
{
	int err;

	window_open(WINDOW_DIRECT_MAP);
	err = set_direct_map_default(&kernel_vm, phys_to_page(pa), size / PAGE_SIZE);
	window_close(WINDOW_DIRECT_MAP);
	bench_note(WINDOW_DIRECT_MAP, err, "restore %llu KiB", (unsigned long long)size >> 10);
}

/* Memory that is put aside until the end. */
struct held {
	struct page *first;
};

static void hold(struct held *held, grt_phys_t pa, u64 size)
{
	struct page *page = phys_to_page(pa);

	page->next = held->first;
	page->private = size;
	held->first = page;
}

static void give_back(const struct held *held)
{
	for (struct page *page = held->first, *next; page; page = next) {
		next = page->next;
		page_free_exact(page_to_phys(page), page->private);
	}
}

/*
 * Memory of which the last page lies in the middle of a leaf of @size; what is found on the way, in other
 * leaves, is put aside. An allocation ends with a block of one page, which can be hidden by itself.
 */
static grt_phys_t half_leaf(struct held *held, u64 size)
{
	for (;;) {
		grt_phys_t pa = page_alloc_exact(size / 2 + PAGE_SIZE, size, 0);
		struct grt_leaf leaf = { 0 };

		if (pa == GRT_PHYS_NONE)
			return pa;
		vm_translate(&kernel_vm, vm_linear(&kernel_vm, pa), &leaf);
		hold(held, pa, size / 2 + PAGE_SIZE);
		if (leaf.size == size)
			return pa;
	}
}

static void bench_hide_page(grt_phys_t pa)
{
	hide(pa, PAGE_SIZE);
	show(pa, PAGE_SIZE);
	hide(pa, PAGE_SIZE);
	restore(pa, PAGE_SIZE);
}

static void bench_hide_inside(struct held *held, u64 size)
{
	grt_phys_t pa = half_leaf(held, size);

	if (pa != GRT_PHYS_NONE)
		bench_hide_page(pa + size / 2);
}

/* One page: inside of each size of leaf that there is, up to 1 GiB, and where it is split already. */
static void bench_direct_map_page(void)
{
	const struct grt_geometry *g = &boot_info.geometry;
	grt_phys_t page = page_alloc(0, 0);
	struct held held = { NULL };

	if (page == GRT_PHYS_NONE)
		return;
	if (split_mode() == SPLIT_PAGES)
		bench_hide_page(page);
	page_free(page, 0);
	for (unsigned int level = 3; level-- > 1;) {
		u64 group = grt_geometry_group_size(g, level),
		    size = grt_geometry_level_size(g, level);

		if (group <= GIB(1) && group > size)
			bench_hide_inside(&held, group);
		if (size <= GIB(1))
			bench_hide_inside(&held, size);
	}
	give_back(&held);
}

static void bench_direct_map(u64 size)
{
	grt_phys_t pa = page_alloc_exact(size, size, 0);

	if (pa == GRT_PHYS_NONE)
		return;
	hide(pa, size);
	show(pa, size);
	restore(pa, size);
	page_free_exact(pa, size);
}

/* What mem= left out comes and goes. What somebody has reserved of it could not be removed again. */
static void bench_hotplug(const struct memblock_list *left_out)
{
	grt_phys_t cursor = 0;
	struct grt_mem_range r;

	while (memory_next_addable(left_out, &cursor, &r)) {
		int err;

		window_open(WINDOW_HOTPLUG);
		err = memory_add(r.start, r.size);
		window_close(WINDOW_HOTPLUG);
		bench_note(WINDOW_HOTPLUG, err, "add %llu MiB", (unsigned long long)r.size >> 20);
		window_open(WINDOW_HOTPLUG);
		err = memory_remove(r.start, r.size);
		window_close(WINDOW_HOTPLUG);
		bench_note(WINDOW_HOTPLUG, err, "remove %llu MiB",
			   (unsigned long long)r.size >> 20);
	}
}

/* ---- lookups and conversions ---- */

static void bench_translate(grt_virt_t va)
{
	struct grt_leaf leaf;
	int err;

	window_open(WINDOW_TRANSLATE);
	err = vm_translate(&kernel_vm, va, &leaf);
	window_close(WINDOW_TRANSLATE);
	bench_note(WINDOW_TRANSLATE, err, "translate, level %u", err ? 0 : leaf.level);
}

/* ---- one leaf ---- */

/* The engine itself: no lock is counted, tables are there, and so is one neighbour. */
static void bench_leaf(void)
{
	u64 block = grt_geometry_level_size(&boot_info.geometry, 1);
	char *p = vmalloc_flags(2 * PAGE_SIZE, block, GRT_ATTR_KERNEL_RW);
	grt_virt_t va = (uintptr_t)p;
	struct grt_pgtable *pt = &kernel_vm.pt;
	struct grt_leaf leaf, again;
	int err;

	if (!p)
		return;
	spin_lock(&kernel_vm.lock);
	window_open(WINDOW_LEAF);
	err = grt_translate(pt, va, &leaf);
	window_close(WINDOW_LEAF);
	bench_note(WINDOW_LEAF, err, "look a page up");
	window_open(WINDOW_LEAF);
	err = grt_unmap(pt, va, PAGE_SIZE);
	window_close(WINDOW_LEAF);
	bench_note(WINDOW_LEAF, err, "unmap a page");
	window_open(WINDOW_LEAF);
	err = grt_map(pt, va, leaf.pa, PAGE_SIZE, leaf.attr);
	window_close(WINDOW_LEAF);
	bench_note(WINDOW_LEAF, err ? err : grt_translate(pt, va, &again), "map a page");
	window_open(WINDOW_LEAF);
	err = grt_remap(pt, va, leaf.pa + PAGE_SIZE, PAGE_SIZE, leaf.attr);
	window_close(WINDOW_LEAF);
	bench_note(WINDOW_LEAF, err, "let a page map another");
	if (!err)
		grt_remap(pt, va, leaf.pa, PAGE_SIZE, leaf.attr);
	spin_unlock(&kernel_vm.lock);
	vfree(p);
}

/* ---- addresses ---- */

/* The same work on each round, which the compiler must not know. */
static inline u64 opaque(u64 x)
{
	asm volatile("" : "+r"(x));
	return x;
}

static void bench_address_conversions(grt_phys_t pa)
{
	u64 va = (uintptr_t)phys_to_virt(pa);

	window_open(WINDOW_CONVERT);
	for (unsigned int i = 0; i < CONVERSIONS; i++)
		opaque(virt_to_phys((void *)(uintptr_t)opaque(va)));
	window_close(WINDOW_CONVERT);
	bench_note(WINDOW_CONVERT, 0, "%u virt_to_phys", CONVERSIONS);
	window_open(WINDOW_CONVERT);
	for (unsigned int i = 0; i < CONVERSIONS; i++)
		opaque((uintptr_t)phys_to_virt(opaque(pa)));
	window_close(WINDOW_CONVERT);
	bench_note(WINDOW_CONVERT, 0, "%u phys_to_virt", CONVERSIONS);
}

static void bench_page_conversions(grt_phys_t pa)
{
	u64 page = (uintptr_t)phys_to_page(pa), pfn = page_to_pfn(phys_to_page(pa));

	window_open(WINDOW_CONVERT);
	for (unsigned int i = 0; i < CONVERSIONS; i++)
		opaque(page_to_pfn((struct page *)(uintptr_t)opaque(page)));
	window_close(WINDOW_CONVERT);
	bench_note(WINDOW_CONVERT, 0, "%u page_to_pfn", CONVERSIONS);
	window_open(WINDOW_CONVERT);
	for (unsigned int i = 0; i < CONVERSIONS; i++)
		opaque((uintptr_t)pfn_to_page(opaque(pfn)));
	window_close(WINDOW_CONVERT);
	bench_note(WINDOW_CONVERT, 0, "%u pfn_to_page", CONVERSIONS);
	window_open(WINDOW_CONVERT);
	for (unsigned int i = 0; i < CONVERSIONS; i++)
		opaque(page_to_phys((struct page *)(uintptr_t)opaque(page)));
	window_close(WINDOW_CONVERT);
	bench_note(WINDOW_CONVERT, 0, "%u page_to_phys", CONVERSIONS);
	window_open(WINDOW_CONVERT);
	for (unsigned int i = 0; i < CONVERSIONS; i++)
		opaque((uintptr_t)phys_to_page(opaque(pa)));
	window_close(WINDOW_CONVERT);
	bench_note(WINDOW_CONVERT, 0, "%u phys_to_page", CONVERSIONS);
}

static void bench_plan(const struct boot_info *bi)
{
	static struct grt_layout layout __not_cleared;
	struct grt_layout_input in;
	int err = boot_layout_input(bi, &in);

	if (err)
		return;
	window_open(WINDOW_PLAN);
	err = grt_layout_plan(&in, &layout);
	window_close(WINDOW_PLAN);
	bench_note(WINDOW_PLAN, err, "layout_plan");
}

static void note_leaves(const struct boot_info *bi)
{
	const struct grt_geometry *g = &bi->geometry;
	struct grt_cost cost = { .g = &bi->geometry };
	struct linear_map lm;

	if (!bi->opts.bench || boot_linear_map(bi, &lm))
		return;
	linear_map_cost(&lm, &cost);
	for (unsigned int level = 0; level < g->levels; level++) {
		if (cost.leaves[level][0])
			printk("leaves: %llu x %llu\n",
			       (unsigned long long)grt_geometry_level_size(g, level) >> 10,
			       (unsigned long long)cost.leaves[level][0]);
		if (cost.leaves[level][1])
			printk("leaves: %llu x %llu\n",
			       (unsigned long long)grt_geometry_group_size(g, level) >> 10,
			       (unsigned long long)cost.leaves[level][1]);
	}
}

void bench_run(void)
{
	struct boot_info *bi = &boot_info;
	void *p = vmalloc(PAGE_SIZE);

	for (unsigned int i = 0; bench_size(i); i++)
		bench_vmalloc(bench_size(i));
	bench_split();
	for (unsigned int i = 0; bench_size(i); i++)
		bench_set_memory(bench_size(i));
	bench_direct_map_page();
	for (unsigned int i = 1; bench_size(i); i++)
		bench_direct_map(bench_size(i));
	bench_hotplug(&bi->left_out);
	bench_leaf();
	bench_trees();
	for (unsigned int i = 0; bench_size(i) && bench_size(i) <= GIB(1); i++)
		bench_report(bench_size(i));
	bench_translate((uintptr_t)phys_to_virt(bi->image_pa));
	bench_translate((uintptr_t)p);
	vfree(p);
	bench_address_conversions(bi->image_pa);
	bench_page_conversions(bi->image_pa);
	bench_plan(bi);
	note_leaves(bi);
}
