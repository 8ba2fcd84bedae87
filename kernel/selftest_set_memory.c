// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Self-tests: permissions that change after boot, with the aliases of the memory. */
#include "base/string.h"
#include "kernel/arch.h"
#include "kernel/selftest.h"
#include "mm/execmem.h"
#include "mm/page_alloc.h"
#include "mm/page_size.h"
#include "mm/report.h"
#include "mm/set_memory.h"
#include "mm/split_policy.h"
#include "mm/vmalloc.h"

typedef unsigned long long ull;

static void must_fault(struct ktap *t, enum access_kind kind, grt_virt_t va, const char *what)
{
	ktap_check(t, arch_probe(kind, va) == -EFAULT, "0x%llx: %s does not fault", (ull)va, what);
}

static void must_work(struct ktap *t, enum access_kind kind, grt_virt_t va, const char *what)
{
	ktap_check(t, !arch_probe(kind, va), "0x%llx: %s faults", (ull)va, what);
}

/* ---- nothing is lost ---- */

/* What must be the same after all was undone. */
struct before {
	u64 free;
	u64 tables;
	u64 leaves[GRT_GEOMETRY_MAX_LEVELS][2];
	struct vmalloc_stats areas;
	u64 mistakes;
};

static int count_leaf(const struct grt_leaf *leaf, void *arg)
{
	u64(*leaves)[2] = arg;

	leaves[leaf->level][leaf->contiguous]++;
	return 0;
}

static void look(struct before *b)
{
	const struct grt_region *linear = grt_layout_find(&boot_info.layout, GRT_REGION_LINEAR);

	memset(b->leaves, 0, sizeof(b->leaves));
	grt_walk(&kernel_vm.pt, linear->start, linear->size, count_leaf, b->leaves);
	b->free = page_alloc_available();
	b->tables = kernel_vm.pt.tables;
	b->mistakes = mm_report_count();
	vmalloc_stats(&b->areas);
}

/* What was mapped with pages under quiesce stays so, and its tables with it. */
static void check_same(struct ktap *t, const struct before *b)
{
	struct before now;

	look(&now);
	ktap_check(t, now.areas.areas == b->areas.areas && now.areas.bytes == b->areas.bytes,
		   "an area is lost");
	ktap_check(t, now.mistakes == b->mistakes, "mistakes were reported");
	ktap_check(t, now.free + now.tables == b->free + b->tables, "%llu pages lost",
		   (ull)(b->free + b->tables - now.free - now.tables));
	if (split_mode() == SPLIT_RESERVE)
		return;
	ktap_check(t, now.tables == b->tables, "%llu tables, %llu before", (ull)now.tables,
		   (ull)b->tables);
	for (unsigned int l = 0; l < GRT_GEOMETRY_MAX_LEVELS; l++)
		for (unsigned int c = 0; c < 2; c++)
			ktap_check(t, now.leaves[l][c] == b->leaves[l][c],
				   "linear map, level %u%s: %llu leaves, %llu before", l,
				   c ? " contiguous" : "", (ull)now.leaves[l][c],
				   (ull)b->leaves[l][c]);
}

static grt_virt_t alias_of(struct ktap *t, grt_virt_t va)
{
	struct grt_leaf leaf;

	if (!ktap_check(t, !vm_translate(&kernel_vm, va, &leaf), "0x%llx is not mapped", (ull)va))
		return va;
	return (grt_virt_t)phys_to_virt(leaf.pa + (va - leaf.va));
}

static bool aliases_follow(void)
{
	return boot_info.opts.rodata == RODATA_FULL;
}

/* ---- most of memory at once ---- */

#define PIECES 16U
/* Where leaves are pages there are thousands of times as many: as much as is done in a second. */
#define BY_PAGES_AT_MOST GIB(2)

static u64 *pieces[PIECES];

static void change_piece(struct ktap *t, unsigned int i, u64 size)
{
	grt_virt_t va = (grt_virt_t)pieces[i], last = va + size - 8;
	int err;

	err = set_memory_ro(&kernel_vm, va, size >> PAGE_SHIFT);
	ktap_check(t, !err, "set_memory_ro: error %d", err);
	ktap_check(t, pieces[i][0] == ~(u64)i && *(u64 *)last == i, "piece %u changed", i);
	must_fault(t, ACCESS_WRITE, va, "writing it read-only");
	must_fault(t, ACCESS_WRITE, last, "writing its end read-only");
	if (aliases_follow())
		must_fault(t, ACCESS_WRITE, alias_of(t, last), "writing the alias");
	err = set_memory_rw(&kernel_vm, va, size >> PAGE_SHIFT);
	ktap_check(t, !err, "set_memory_rw: error %d", err);
	must_work(t, ACCESS_WRITE, va, "writing it again");
	must_work(t, ACCESS_WRITE, alias_of(t, last), "writing the alias again");
}

void test_most_of_memory(struct ktap *t)
{
	u64 size = (page_alloc_available() << PAGE_SHIFT) / 5 * 4;
	struct before b;

	look(&b);
	if (split_mode() != SPLIT_LIVE)
		size = min_u64(size, BY_PAGES_AT_MOST);
	size = align_down(size / PIECES, PAGE_SIZE);
	for (unsigned int i = 0; i < PIECES; i++) {
		pieces[i] = vmalloc(size);
		if (!ktap_check(t, pieces[i], "no room for piece %u of %u", i, PIECES))
			continue;
		pieces[i][0] = ~(u64)i;
		pieces[i][size / sizeof(u64) - 1] = i;
	}
	for (unsigned int i = 0; i < PIECES; i++)
		if (pieces[i])
			change_piece(t, i, size);
	for (unsigned int i = 0; i < PIECES; i++) {
		/* Half of them as they are, half with aliases to be restored. */
		if (pieces[i] && i % 2)
			set_memory_ro(&kernel_vm, (grt_virt_t)pieces[i], size >> PAGE_SHIFT);
		vfree(pieces[i]);
	}
	check_same(t, &b);
	ktap_note("%u pieces of %llu KiB", PIECES, (ull)size >> 10);
}

/* ---- permissions ---- */

/* Longer than what is looked at and changed at once, and not a multiple of it. */
#define MIXED_PAGES 155U

static bool writable(struct ktap *t, grt_virt_t va)
{
	struct grt_leaf leaf = { 0 };

	ktap_check(t, !vm_translate(&kernel_vm, va, &leaf), "0x%llx is not mapped", (ull)va);
	return leaf.attr & GRT_ATTR_WRITE;
}

static void expect_writable(struct ktap *t, grt_virt_t va, bool expected)
{
	for (unsigned int i = 0; i < MIXED_PAGES; i++, va += PAGE_SIZE) {
		ktap_check(t, writable(t, va) == expected, "page %u", i);
		if (aliases_follow())
			ktap_check(t, writable(t, alias_of(t, va)) == expected, "alias of %u", i);
	}
}

/* Some pages are already what all are to become. */
static void change_mixed(struct ktap *t)
{
	grt_virt_t va = (grt_virt_t)vmalloc(MIXED_PAGES * PAGE_SIZE);

	if (!ktap_check(t, va, "no memory"))
		return;
	for (unsigned int i = 0; i < MIXED_PAGES; i += 51)
		ktap_check(t, !set_memory_ro(&kernel_vm, va + i * PAGE_SIZE, 1), "page %u of many",
			   i);
	ktap_check(t, !set_memory_ro(&kernel_vm, va, MIXED_PAGES), "all of them");
	expect_writable(t, va, false);
	for (unsigned int i = 0; i < MIXED_PAGES; i += 67)
		ktap_check(t, !set_memory_rw(&kernel_vm, va + i * PAGE_SIZE, 1), "page %u of many",
			   i);
	ktap_check(t, !set_memory_rw(&kernel_vm, va, MIXED_PAGES), "all of them again");
	expect_writable(t, va, true);
	vfree((void *)va);
}

#define AREA_PAGES 9U

void test_set_memory(struct ktap *t)
{
	grt_virt_t va = (grt_virt_t)vmalloc(AREA_PAGES * PAGE_SIZE), middle = va + 3 * PAGE_SIZE;
	grt_virt_t alias;

	if (!ktap_check(t, va, "no memory"))
		return;
	alias = alias_of(t, middle);
	*(u64 *)middle = 0x600d;
	ktap_check(t, !set_memory_ro(&kernel_vm, middle, 2), "two pages in the middle");
	must_work(t, ACCESS_READ, middle, "reading");
	must_fault(t, ACCESS_WRITE, middle, "writing");
	must_fault(t, ACCESS_WRITE, middle + 2 * PAGE_SIZE - 8, "writing the last word");
	must_work(t, ACCESS_WRITE, middle - 8, "writing the page before");
	must_work(t, ACCESS_WRITE, middle + 2 * PAGE_SIZE, "writing the page after");
	if (aliases_follow())
		must_fault(t, ACCESS_WRITE, alias, "writing the alias");
	else
		must_work(t, ACCESS_WRITE, alias, "writing the alias, which is not to follow,");
	must_fault(t, ACCESS_EXEC, middle, "executing");
	ktap_check(t, !set_memory_rw(&kernel_vm, va, AREA_PAGES), "all of it");
	must_work(t, ACCESS_WRITE, middle, "writing again");
	must_work(t, ACCESS_WRITE, alias, "writing the alias again");
	ktap_check(t, !set_memory_decrypted(&kernel_vm, va, AREA_PAGES), "sharing it with a host");
	must_work(t, ACCESS_WRITE, middle, "writing shared memory");
	ktap_check(t, !set_memory_encrypted(&kernel_vm, va, AREA_PAGES), "hiding it from a host");
	vfree((void *)va);
	must_work(t, ACCESS_WRITE, alias, "writing the alias after vfree()");
	change_mixed(t);
}

static void expect(struct ktap *t, int err, int expected, const char *what)
{
	ktap_check(t, err == expected, "%s: %d, expected %d", what, err, expected);
}

void test_set_memory_refused(struct ktap *t)
{
	grt_virt_t va = (grt_virt_t)vmalloc(2 * PAGE_SIZE), end = va + 2 * PAGE_SIZE;
	grt_virt_t code = (grt_virt_t)execmem_alloc(EXECMEM_MODULE, PAGE_SIZE);
	grt_virt_t on_stack = align_down((grt_virt_t)__builtin_frame_address(0), PAGE_SIZE);
	struct page *image = phys_to_page(boot_info.image_pa);
	struct page *root = phys_to_page(kernel_vm.pt.root);

	if (!ktap_check(t, va && code, "no memory"))
		return;
	expect(t, set_memory_x(&kernel_vm, code, 1), -EINVAL, "writable memory made executable");
	expect(t, set_memory_rox(&kernel_vm, code, 1), 0, "code sealed");
	expect(t, set_memory_rw(&kernel_vm, code, 1), -EINVAL, "executable memory made writable");
	if (aliases_follow())
		must_fault(t, ACCESS_WRITE, alias_of(t, code), "writing the alias of code");
	expect(t, set_memory_nx(&kernel_vm, code, 1), 0, "code made data");
	expect(t, set_memory_rw(&kernel_vm, code, 1), 0, "and writable");
	execmem_free(EXECMEM_MODULE, (void *)code);

	expect(t, set_memory_x(&kernel_vm, va, 1), -EPERM, "code outside of the windows");
	expect(t, set_memory_ro(&kernel_vm, va, 3), -EINVAL, "more than the area");
	expect(t, set_memory_ro(&kernel_vm, end, 1), -EINVAL, "the guard page");
	expect(t, set_memory_ro(&kernel_vm, va + 8, 1), -EINVAL, "not a page");
	expect(t, set_memory_ro(&kernel_vm, va, 0), -EINVAL, "nothing");
	expect(t, set_memory_ro(&kernel_vm, on_stack, 1), -EPERM, "the stack in use");
	expect(t, set_memory_rw(&kernel_vm, align_down((grt_virt_t)__text_start, PAGE_SIZE), 1),
	       -EINVAL, "text");
	expect(t, set_direct_map_invalid(&kernel_vm, image, 1), -EINVAL, "hiding the image");
	expect(t, set_direct_map_invalid(&kernel_vm, root, 1), -EINVAL, "hiding the root table");
	must_work(t, ACCESS_WRITE, va, "writing after all that");
	vfree((void *)va);
}

/* ---- the linear map ---- */

void test_direct_map(struct ktap *t)
{
	grt_phys_t pa = page_alloc(0, 0);
	struct grt_leaf leaf;
	grt_virt_t neighbour;
	struct before b;
	struct page *page;
	u64 *word;

	if (!ktap_check(t, pa != GRT_PHYS_NONE, "no memory"))
		return;
	look(&b);
	page = phys_to_page(pa);
	word = phys_to_virt(pa);
	neighbour = (grt_virt_t)word ^ PAGE_SIZE;
	if (vm_translate(&kernel_vm, neighbour, &leaf))
		neighbour = (grt_virt_t)&neighbour; /* it is alone */
	*word = 0x5ec2e7;
	for (unsigned int i = 0; i < 2; i++) {
		expect(t, set_direct_map_invalid(&kernel_vm, page, 1), 0, "hide");
		must_fault(t, ACCESS_READ, (grt_virt_t)word, "reading what is hidden");
		must_work(t, ACCESS_READ, neighbour, "reading its neighbour");
		expect(t, set_direct_map_valid(&kernel_vm, page, 1, true), 0, "show");
		ktap_check(t, *word == 0x5ec2e7, "other contents");
		expect(t, kernel_map_pages(&kernel_vm, page, 1, false), 0, "unmap");
		must_fault(t, ACCESS_WRITE, (grt_virt_t)word, "writing what is unmapped");
		expect(t, kernel_map_pages(&kernel_vm, page, 1, true), 0, "map");
		expect(t, set_direct_map_default(&kernel_vm, page, 1), 0, "default");
		ktap_check(t, (*word)++ == 0x5ec2e7, "other contents at the end");
		*word = 0x5ec2e7;
	}
	check_same(t, &b);
	page_free(pa, 0);
}

/* Memory for one leaf: the largest that there is within a quarter of what is free. */
static grt_phys_t alloc_leaf(u64 *size)
{
	u64 most = page_alloc_available() << PAGE_SHIFT >> 2;
	grt_phys_t pa;

	do {
		*size = vm_leaf_size(&boot_info.geometry, most);
		pa = page_alloc_exact(*size, *size, 0);
		most = *size - 1;
	} while (pa == GRT_PHYS_NONE && *size > PAGE_SIZE);
	return pa;
}

/* A block of memory, maybe a part of a larger leaf, is cut at ever more distant places. */
void test_split_collapse(struct ktap *t)
{
	u64 size;
	grt_phys_t pa = alloc_leaf(&size);
	grt_virt_t va = (grt_virt_t)phys_to_virt(pa);
	struct before b;

	if (split_mode() != SPLIT_LIVE) {
		ktap_skip(t, "leaves are not split live here");
	} else if (ktap_check(t, pa != GRT_PHYS_NONE, "no memory")) {
		look(&b);
		for (u64 at = PAGE_SIZE; at < size; at *= 2) {
			spin_lock(&kernel_vm.lock);
			expect(t, grt_split(&kernel_vm.pt, va + at), 0, "split");
			spin_unlock(&kernel_vm.lock);
			*(u64 *)(va + at) = at;
		}
		ktap_check(t,
			   kernel_vm.pt.tables > b.tables || size == PAGE_SIZE ||
				   size < grt_geometry_level_size(&boot_info.geometry, 1),
			   "nothing was split");
		spin_lock(&kernel_vm.lock);
		expect(t, grt_collapse(&kernel_vm.pt, va, size, GRT_EXTENT_AROUND), 0, "collapse");
		spin_unlock(&kernel_vm.lock);
		for (u64 at = PAGE_SIZE; at < size; at *= 2)
			ktap_check(t, *(u64 *)(va + at) == at, "0x%llx changed", (ull)va + at);
		check_same(t, &b);
	}
	if (pa != GRT_PHYS_NONE)
		page_free_exact(pa, size);
}

void test_vfree_restores(struct ktap *t)
{
	struct before b;

	look(&b);
	for (unsigned int i = 1; i < 40; i += 6) {
		grt_virt_t va = (grt_virt_t)vmalloc(i * PAGE_SIZE), alias;

		if (!ktap_check(t, va, "no memory"))
			return;
		alias = alias_of(t, va);
		expect(t, set_memory_ro(&kernel_vm, va + i / 2 * PAGE_SIZE, 1), 0, "one page");
		expect(t, set_memory_ro(&kernel_vm, va, i), 0, "all pages");
		vfree((void *)va);
		must_fault(t, ACCESS_READ, va, "reading what was freed");
		must_work(t, ACCESS_WRITE, alias, "writing the alias of what was freed");
	}
	check_same(t, &b);
}
