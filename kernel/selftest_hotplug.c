// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Self-tests: memory that comes and goes. */
#include <asm/window.h>
#include "kernel/arch.h"
#include "kernel/selftest.h"
#include "mm/address.h"
#include "mm/hotplug.h"
#include "mm/page.h"
#include "mm/page_alloc.h"
#include "mm/page_size.h"
#include "mm/split_policy.h"
#include "mm/vm.h"
#include "mm/vmemmap.h"

typedef unsigned long long ull;

/* What adding and removing memory must leave as it was. */
struct balance {
	struct page_alloc_stats pages;
	u64 tables;
	u64 array;
	u64 leaves;
};

static int count_leaf(const struct grt_leaf *leaf, void *arg)
{
	(void)leaf;
	++*(u64 *)arg;
	return 0;
}

static void look(struct balance *b)
{
	*b = (struct balance){ 0 };
	page_alloc_stats(&b->pages);
	b->tables = kernel_vm.pt.tables;
	b->array = vmemmap_bytes();
}

static void look_at_leaves(struct balance *b)
{
	look(b);
	grt_walk(&kernel_vm.pt, address_map.linear_start, address_map.linear_size, count_leaf,
		 &b->leaves);
}

/* What was split under quiesce comes back with the largest leaves: nothing but that makes it fewer. */
static bool same_or_fewer(u64 now, u64 before)
{
	return now == before || (now < before && split_mode() == SPLIT_RESERVE);
}

static void check_same(struct ktap *t, const struct balance *b)
{
	u64 free = b->pages.free;
	struct balance now;

	look(&now);
	free += b->tables - now.tables;
	/* Tables of the boot stage that were replaced are new to the allocator: the total may grow. */
	ktap_check(t, now.pages.total >= b->pages.total && now.pages.free == free,
		   "%llu of %llu pages free, not %llu of %llu", (ull)now.pages.free,
		   (ull)now.pages.total, (ull)free, (ull)b->pages.total);
	ktap_check(t, same_or_fewer(now.tables, b->tables), "%llu tables, not %llu",
		   (ull)now.tables, (ull)b->tables);
	ktap_check(t, now.array == b->array, "%llu bytes of page structs, not %llu", (ull)now.array,
		   (ull)b->array);
}

static void check_same_leaves(struct ktap *t, const struct balance *b)
{
	struct balance now;

	check_same(t, b);
	look_at_leaves(&now);
	ktap_check(t, same_or_fewer(now.leaves, b->leaves),
		   "%llu leaves in the linear map, not %llu", (ull)now.leaves, (ull)b->leaves);
}

static void check_memory(struct ktap *t, grt_phys_t pa, u64 size)
{
	u64 *first = phys_to_virt(pa), *last = phys_to_virt(pa + size - sizeof(u64));

	*first = pa;
	*last = ~pa;
	ktap_check(t, *first == pa && *last == ~pa, "0x%llx does not hold data", (ull)pa);
	ktap_check(t, arch_probe(ACCESS_EXEC, (grt_virt_t)first) == -EFAULT, "it is executable");
}

static void check_gone(struct ktap *t, grt_phys_t pa, u64 size)
{
	ktap_check(t, arch_probe(ACCESS_READ, (grt_virt_t)phys_to_virt(pa)) == -EFAULT,
		   "its first byte can be read");
	ktap_check(t, arch_probe(ACCESS_READ, (grt_virt_t)phys_to_virt(pa + size - 1)) == -EFAULT,
		   "its last byte can be read");
}

static int add_counted(grt_phys_t pa, u64 size)
{
	int err;

	window_open(WINDOW_HOTPLUG);
	err = memory_add(pa, size);
	window_close(WINDOW_HOTPLUG);
	return err;
}

static int remove_counted(grt_phys_t pa, u64 size)
{
	int err;

	window_open(WINDOW_HOTPLUG);
	err = memory_remove(pa, size);
	window_close(WINDOW_HOTPLUG);
	return err;
}

/* May the page structs of @size bytes be more than there is memory for? */
static bool too_large(u64 size)
{
	return size / PAGE_SIZE * sizeof(struct page) > page_alloc_available() * PAGE_SIZE / 4;
}

/* @close: look at each leaf of the linear map as well. */
static void add_and_remove(struct ktap *t, grt_phys_t pa, u64 size, bool close)
{
	void (*check)(struct ktap * t, const struct balance *b) =
		close ? check_same_leaves : check_same;
	void (*look_at)(struct balance * b) = close ? look_at_leaves : look;
	struct balance b, with;
	int err;

	look_at(&b);
	err = add_counted(pa, size);
	if (err == -ENOMEM && too_large(size)) {
		ktap_note("no room for the page structs of %llu MiB", (ull)size >> 20);
		check(t, &b);
		return;
	}
	if (!ktap_check(t, !err, "adding %llu KiB at 0x%llx: %d", (ull)size >> 10, (ull)pa, err))
		return;
	look_at(&with);
	ktap_check(t, with.pages.total >= b.pages.total + size / PAGE_SIZE, "it is not all there");
	check_memory(t, pa, size);
	ktap_check(t, memory_add(pa, size) == -EEXIST, "added twice");
	if (close)
		ktap_note("%llu MiB: %lld leaves, %llu tables, %llu KiB of page structs",
			  (ull)size >> 20, (long long)(with.leaves - b.leaves),
			  (ull)(with.tables - b.tables), (ull)(with.array - b.array) >> 10);
	err = remove_counted(pa, size);
	ktap_check(t, !err, "removing it: %d", err);
	check_gone(t, pa, size);
	check(t, &b);
}

/* Of so many pieces each leaf is looked at: that takes as long as there are leaves. */
#define CLOSE_LOOKS 16

void test_hotplug_left_out(struct ktap *t)
{
	grt_phys_t cursor = 0;
	struct balance b;
	struct grt_mem_range r;
	u64 others = 0;

	if (!boot_info.left_out.nr) {
		ktap_skip(t, "mem= has left nothing out");
		return;
	}
	look_at_leaves(&b);
	for (unsigned int nr = 0; memory_next_addable(&boot_info.left_out, &cursor, &r); nr++) {
		add_and_remove(t, r.start, r.size, nr < CLOSE_LOOKS);
		others += nr < CLOSE_LOOKS ? 0 : r.size;
	}
	if (others)
		ktap_note("and %llu MiB in more pieces", (ull)others >> 20);
	check_same_leaves(t, &b);
}

void test_hotplug_free_memory(struct ktap *t)
{
	u64 size = 8 * (PAGE_SIZE / sizeof(u64)) * PAGE_SIZE;
	struct balance b;
	grt_phys_t pa;
	int err;

	look_at_leaves(&b);
	do {
		size /= 2;
		pa = page_alloc_exact(size, size, PAGE_ALLOC_ORDINARY);
	} while (pa == GRT_PHYS_NONE && size > PAGE_SIZE);
	if (!ktap_check(t, pa != GRT_PHYS_NONE, "no memory"))
		return;
	ktap_check(t, memory_remove(pa, size) == -EBUSY, "removed while it is in use");
	page_free_exact(pa, size);
	err = remove_counted(pa, size);
	if (err == -EPERM && split_mode() == SPLIT_RESERVE) {
		check_same_leaves(t, &b);
		ktap_skip(t, "it lies in a leaf that can't be split live");
		return;
	}
	if (!ktap_check(t, !err, "removing %llu KiB at 0x%llx: %d", (ull)size >> 10, (ull)pa, err))
		return;
	check_gone(t, pa, size);
	ktap_check(t, memory_remove(pa, size) == -EINVAL, "removed twice");
	err = add_counted(pa, size);
	ktap_check(t, !err, "adding it again: %d", err);
	check_memory(t, pa, size);
	check_same_leaves(t, &b);
	ktap_check(t, memory_remove(boot_info.image_pa, PAGE_SIZE) == -EBUSY, "removed the image");
}
