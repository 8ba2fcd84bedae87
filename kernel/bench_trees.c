// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What is counted of the engine in trees that nothing translates with. */
#include <graticule/pgtable_age.h>
#include <graticule/pgtable_copy.h>
#include <asm/window.h>
#include "kernel/bench.h"
#include "kernel/boot.h"
#include "mm/page_size.h"
#include "mm/vm.h"

#define LEAVES 512ULL

/* An entry of each: single pages, which no group holds. */
static int bench_tree(struct grt_pgtable *pt, grt_virt_t va, bool hardware)
{
	const struct grt_pgtable *kernel = &kernel_vm.pt;
	struct grt_pgtable_config config = { .g = kernel->g,
					     .caps = kernel->caps,
					     .regime = kernel->regime,
					     .ops = kernel->ops,
					     .domain = kernel->domain };
	int err;

	config.regime.hardware_ad = hardware;
	err = grt_pgtable_init(pt, &config);
	if (err)
		return err;
	pt->live = true; /* as far as the engine knows */
	return grt_map(pt, va + LEAVES * PAGE_SIZE, 0, PAGE_SIZE, GRT_ATTR_KERNEL_RW);
}

static int map_leaves(struct grt_pgtable *pt, grt_virt_t va)
{
	return grt_map(pt, va, 0, LEAVES * PAGE_SIZE,
		       GRT_ATTR_KERNEL_RW | GRT_MAP_PAGES_ONLY | GRT_MAP_NO_CONT);
}

static void end(struct grt_pgtable *pt)
{
	if (pt->tables)
		grt_pgtable_destroy(pt);
}

/* Names of what is counted where hardware writes accessed and dirty state end so. */
static const char *who(bool hardware)
{
	return hardware ? ", which hardware ages" : "";
}

/* As fork does it eagerly. Tables are there as far as a neighbour needs them. */
static void bench_copy(grt_virt_t va, bool hardware)
{
	const struct grt_edit readonly = { 0, GRT_ATTR_WRITE };
	struct grt_pgtable from = { 0 }, to = { 0 };
	int err = bench_tree(&from, va, hardware);

	if (!err)
		err = bench_tree(&to, va, hardware);
	if (!err)
		err = map_leaves(&from, va);
	window_open(WINDOW_COPY);
	if (!err)
		err = grt_copy(&to, &from, va, LEAVES * PAGE_SIZE, readonly, readonly);
	window_close(WINDOW_COPY);
	bench_note(WINDOW_COPY, err, "copy %llu pages to another tree%s", LEAVES, who(hardware));
	end(&to);
	end(&from);
}

/* Was any? */
static void see(const struct grt_age_bits *bits, void *arg)
{
	u64 any = 0;

	for (u64 i = 0; i < LEAVES / 64; i++)
		any |= bits->accessed[i] | bits->dirty[i];
	*(u64 *)arg = any;
}

static void age(struct grt_pgtable *pt, grt_virt_t va, unsigned int what, const char *name)
{
	u64 any = 0;
	int err;

	window_open(WINDOW_AGE);
	err = grt_age(pt, va, LEAVES * PAGE_SIZE, what, see, &any);
	window_close(WINDOW_AGE);
	bench_note(WINDOW_AGE, err, "%s of %llu pages%s", name, LEAVES,
		   who(pt->regime.hardware_ad));
}

static void bench_age(grt_virt_t va, bool hardware)
{
	const unsigned int accessed = GRT_PGSTATE_ACCESSED, dirty = GRT_PGSTATE_DIRTY;
	struct grt_pgtable pt = { 0 };

	if (!bench_tree(&pt, va, hardware) && !map_leaves(&pt, va)) {
		age(&pt, va, accessed | dirty, "look at accessed and dirty");
		age(&pt, va, accessed | GRT_AGE_CLEAR, "test and clear accessed");
		age(&pt, va, accessed | GRT_AGE_CLEAR, "test and clear accessed, which none is,");
		for (u64 i = 0; i < LEAVES; i += 2)
			grt_age(&pt, va + i * PAGE_SIZE, PAGE_SIZE, accessed | GRT_AGE_SET, NULL,
				NULL);
		age(&pt, va, accessed | GRT_AGE_CLEAR, "test and clear accessed, which half are,");
		age(&pt, va, dirty | GRT_AGE_CLEAR, "test and clear dirty");
	}
	end(&pt);
}

static void see_leaves(const struct grt_leaf *leaf, unsigned int nr, void *data)
{
	u64 *bytes = data;

	for (const struct grt_leaf *end = leaf + nr; leaf < end; leaf++)
		*bytes += leaf->size;
}

/* As munmap and exit do it: each page is reported when nobody can use it any more. */
void bench_report(u64 size)
{
	grt_virt_t va = grt_geometry_upper_start(&boot_info.geometry);
	struct grt_pgtable pt = { 0 };
	u64 bytes = 0;
	int err = bench_tree(&pt, va, false);

	if (!err)
		err = grt_unmap(&pt, va + LEAVES * PAGE_SIZE, PAGE_SIZE);
	if (!err)
		err = grt_map(&pt, va, 0, size + PAGE_SIZE,
			      GRT_ATTR_KERNEL_RW | GRT_MAP_PAGES_ONLY | GRT_MAP_NO_CONT);
	window_open(WINDOW_REPORT);
	if (!err)
		err = grt_unmap_report(&pt, va, size, see_leaves, &bytes);
	window_close(WINDOW_REPORT);
	bench_note(WINDOW_REPORT, !err && bytes != size ? -EINVAL : err,
		   "unmap %llu KiB by pages and report each", (unsigned long long)size >> 10);
	end(&pt);
}

void bench_trees(void)
{
	grt_virt_t va = grt_geometry_upper_start(&boot_info.geometry);

	for (unsigned int hardware = 0; hardware < 2; hardware++) {
		bench_copy(va, hardware);
		bench_age(va, hardware);
	}
}
