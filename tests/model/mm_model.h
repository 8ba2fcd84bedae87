/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * mm/ on the model: a machine whose CPUs translate with the tables that mm/ makes and changes, out of pages
 * of mm/'s own allocator. Between any two steps the others use what is watched. What is freed is looked at:
 * no TLB may hold a translation of it, and no table but the linear map's may lead to it.
 *
 * A test links with MM_MODEL_WRAPS, so that what mm/ frees and takes comes through here.
 */
#ifndef TESTS_MODEL_MM_MODEL_H
#define TESTS_MODEL_MM_MODEL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <graticule/tlb.h>
#include "mm/fixmap.h"
#include "mm/quiesced.h"
#include "mm/report.h"
#include "model/machine.h"
#include "model/mutate.h"
#include "tests/host/mm_vm.h"
#include "tests/host/random.h"

#define VM (&kernel_vm)
#define CPUS 3

static struct machine mach;

/* ---- what may fail ---- */

/* The pages, or the fence of another CPU, that can't be had, counted down; 0: none. And how many were not. */
static unsigned int page_fails, fence_fails, pages_failed, fences_failed;
static int (*real_fence)(const struct grt_tlb_domain *domain, u64 mask, u64 base,
			 const struct grt_tlb_fence *what);

/* All that come after the first failure fail as well. */
static inline int failing_fence(const struct grt_tlb_domain *domain, u64 mask, u64 base,
				const struct grt_tlb_fence *what)
{
	if (fence_fails && (fence_fails == 1 || !--fence_fails)) {
		fences_failed++;
		return -EIO;
	}
	return real_fence(domain, mask, base, what);
}

/* ---- what other CPUs do between two steps ---- */

#define MAX_WATCHED 64

static struct watched {
	grt_virt_t va;
	unsigned int access;
} watched[MAX_WATCHED];
static unsigned int nr_watched;
static bool others_parked;
static u64 nr_looks;

/* Not what is about to be hidden: memory from here on. */
static grt_phys_t hidden;
static u64 hidden_size;

static inline void watch(grt_virt_t va, unsigned int access)
{
	if (access && nr_watched < MAX_WATCHED)
		watched[nr_watched++] = (struct watched){ va, access };
}

static inline unsigned int access_of(grt_attr_t attr)
{
	if (!(attr & GRT_ATTR_READ))
		return 0;
	return MODEL_READ | (attr & GRT_ATTR_WRITE ? MODEL_WRITE : 0) |
	       (attr & GRT_ATTR_EXEC ? MODEL_EXEC : 0);
}

static inline grt_attr_t attr_at(grt_virt_t va)
{
	struct grt_leaf leaf;

	return grt_translate(&VM->pt, va, &leaf) ? 0 : leaf.attr;
}

static inline grt_phys_t phys_at(grt_virt_t va)
{
	struct grt_leaf leaf;

	assert_int_equal(grt_translate(&VM->pt, va, &leaf), 0);
	return leaf.pa + (va - leaf.va);
}

/* As far as it is permitted now, and by @attr besides. */
static inline void watch_page(grt_virt_t va, grt_attr_t attr)
{
	struct grt_leaf leaf;

	if (!grt_translate(&VM->pt, va, &leaf) && leaf.pa + (va - leaf.va) - hidden >= hidden_size)
		watch(va, access_of(leaf.attr & attr));
}

enum model_verdict model_mutate(struct model *m, struct model_event *ev)
{
	unsigned int self = model_this_cpu(m);

	if (!others_parked && ev->kind != MODEL_USE && ev->kind != MODEL_ALLOC) {
		for (unsigned int i = 0; i < nr_watched; i++)
			model_apply(m, &(struct model_event){ .kind = MODEL_USE,
							      .cpu = 1 + i % (CPUS - 1),
							      .val = watched[i].va,
							      .op = watched[i].access });
		nr_looks += nr_watched;
		model_cpu(m, self);
	}
	return MODEL_KEEP;
}

/* ---- what is freed, and what is taken ---- */

#define MM_ALL (GRT_ATTR_PERM_MASK | GRT_ATTR_MEM_MASK | GRT_ATTR_GLOBAL | GRT_ATTR_SHARED)

static grt_phys_t freed_start, freed_end;
static u64 nr_freed;
/* What else maps memory that may be freed. */
static grt_virt_t array_start;
static u64 array_size;

static inline int leads_there(const struct grt_leaf *leaf, void *arg)
{
	(void)arg;
	return leaf->pa < freed_end && leaf->pa + leaf->size > freed_start;
}

static inline int is_not_ordinary(const struct grt_leaf *leaf, void *arg)
{
	(void)arg;
	return (leaf->attr & MM_ALL) != GRT_ATTR_KERNEL_RW;
}

/* Mapped by the linear map alone, there as it was, and held by no TLB that doesn't know it. */
static inline void expect_free(grt_phys_t pa, u64 size)
{
	grt_virt_t linear = vm_linear(VM, pa);

	freed_start = pa;
	freed_end = pa + size;
	nr_freed++;
	for (unsigned int i = 0; i < test_layout.nr; i++) {
		const struct grt_region *r = &test_layout.region[i];

		if (r->start - VM->pt.first <= VM->pt.extent &&
		    (r->id == GRT_REGION_VMALLOC || r->id == GRT_REGION_MODULES ||
		     r->id == GRT_REGION_BPF || r->id == GRT_REGION_FIXMAP))
			assert_int_equal(grt_walk(&VM->pt, r->start, r->size, leads_there, NULL),
					 0);
	}
	if (array_size)
		assert_int_equal(grt_walk(&VM->pt, array_start, array_size, leads_there, NULL), 0);
	assert_int_equal(grt_walk(&VM->pt, linear, size, is_not_ordinary, NULL), 0);
	machine_event(&mach, (struct model_event){ .kind = MODEL_FREE, .addr = pa, .count = size });
}

/* Only pages can become tables. */
static inline void take_pages(grt_phys_t pa, unsigned int order)
{
	if (pa != GRT_PHYS_NONE && !order)
		machine_event(&mach, (struct model_event){ .kind = MODEL_ALLOC, .addr = pa });
}

grt_phys_t __real_page_alloc(unsigned int order, unsigned int flags);
grt_phys_t __wrap_page_alloc(unsigned int order, unsigned int flags);
void __real_page_free(grt_phys_t pa, unsigned int order);
void __wrap_page_free(grt_phys_t pa, unsigned int order);
void __real_page_free_to_reserve(grt_phys_t pa, unsigned int order);
void __wrap_page_free_to_reserve(grt_phys_t pa, unsigned int order);
void __real_page_alloc_add(grt_phys_t start, u64 size);
void __wrap_page_alloc_add(grt_phys_t start, u64 size);

grt_phys_t __wrap_page_alloc(unsigned int order, unsigned int flags)
{
	grt_phys_t pa;

	if (page_fails && !--page_fails) {
		pages_failed++;
		return GRT_PHYS_NONE;
	}
	pa = __real_page_alloc(order, flags);
	take_pages(pa, order);
	return pa;
}

void __wrap_page_free(grt_phys_t pa, unsigned int order)
{
	expect_free(pa, PAGE_SIZE << order);
	__real_page_free(pa, order);
}

void __wrap_page_free_to_reserve(grt_phys_t pa, unsigned int order)
{
	expect_free(pa, PAGE_SIZE << order);
	__real_page_free_to_reserve(pa, order);
}

void __wrap_page_alloc_add(grt_phys_t start, u64 size)
{
	expect_free(start, size);
	__real_page_alloc_add(start, size);
}

/* ---- quiesce: what the kernel's makes sure of, in one go ---- */

static u64 nr_quiesced;
static unsigned int quiesces_failed;
static bool quiesce_fails;

static inline void cpu_step(unsigned int cpu, enum model_kind kind, unsigned int op, u64 addr)
{
	model_cpu(mach.model, cpu);
	machine_event(&mach, (struct model_event){ .kind = kind, .op = op, .addr = addr });
}

static inline void cpu_forgets(unsigned int cpu)
{
	cpu_step(cpu, MODEL_BARRIER, MODEL_ISB, 0);
	cpu_step(cpu, MODEL_TLBI, MODEL_VMALLE1, 0);
	cpu_step(cpu, MODEL_SFENCE, 0, 0);
	cpu_step(cpu, MODEL_BARRIER, MODEL_DSB_NSH, 0);
	cpu_step(cpu, MODEL_BARRIER, MODEL_ISB, 0);
}

static inline void cpu_online(unsigned int cpu, bool on)
{
	model_cpu(mach.model, cpu);
	machine_event(&mach, (struct model_event){ .kind = MODEL_ONLINE, .val = on });
	if (on)
		mach.domain.online[0] |= BIT(cpu);
	else
		mach.domain.online[0] &= ~BIT(cpu);
}

/* In the commit tables are reached by the fixmap. */
static inline bool fixmap_window(enum fix_slot slot)
{
	grt_virt_t va = fixmap_addr(VM->layout, slot);
	struct grt_leaf leaf;

	if (grt_translate(&VM->pt, va, &leaf))
		return false;
	model_window(mach.model, (uintptr_t)phys_to_virt(leaf.pa), PAGE_SIZE, leaf.pa, va);
	return true;
}

static inline int run_quiesced(quiesced_fn fn, void *arg)
{
	unsigned int windows;

	if (quiesce_fails) {
		quiesces_failed++;
		return -EBUSY;
	}
	others_parked = true;
	nr_quiesced++;
	for (unsigned int cpu = 1; cpu < CPUS; cpu++) {
		cpu_step(cpu, MODEL_ROOT, 1, GRT_PHYS_NONE);
		cpu_forgets(cpu);
		cpu_online(cpu, false);
		cpu_step(cpu, MODEL_PARK, 0, 0);
	}
	model_cpu(mach.model, 0);
	windows = fixmap_window(FIX_SWAP_TABLE) + fixmap_window(FIX_SWAP_NEXT);
	fn(arg);
	while (windows--)
		model_window_close(mach.model);
	machine_event(&mach, (struct model_event){ .kind = MODEL_RESUME });
	for (unsigned int cpu = 1; cpu < CPUS; cpu++) {
		cpu_online(cpu, true);
		cpu_step(cpu, MODEL_ROOT, 1, VM->pt.root);
		cpu_forgets(cpu);
	}
	model_cpu(mach.model, 0);
	others_parked = false;
	return 0;
}

static const struct quiesced_ops model_quiesce = { .run = run_quiesced };

/* ---- from the beginning to the end ---- */

static inline void no_rule_is_broken(const char *when)
{
	if (!model_reports(mach.model))
		return;
	model_print(stderr, mach.model);
	fail_msg("%s: %u rules broken", when, model_reports(mach.model));
}

/* What was done is complete on every CPU. */
static inline void all_is_done(const char *what)
{
	machine_claim(&mach);
	no_rule_is_broken(what);
	nr_watched = 0;
}

static u64 operations, failed_fences, failed_pages;

/* In one of four operations a page can't be had, in one of four a fence, in one of eight no CPU parks. */
static inline void may_fail(void)
{
	pages_failed = fences_failed = quiesces_failed = 0;
	page_fails = random() % 4 ? 0 : 1 + (unsigned int)random() % 5;
	fence_fails = real_fence && random() % 4 == 0 ? 1 + (unsigned int)random() % 4 : 0;
	quiesce_fails = random() % 8 == 0;
}

/*
 * An operation is over, which says whether it has succeeded: not where a fence has failed. The CPU that has
 * not been fenced is so now.
 */
static inline void operation_over(const char *what, bool success)
{
	page_fails = fence_fails = 0;
	quiesce_fails = false;
	operations++;
	no_rule_is_broken(what);
	failed_pages += !!pages_failed;
	if (fences_failed) {
		failed_fences++;
		assert_false(success);
		nr_watched = 0;
		assert_int_equal(grt_tlb_invalidate_all(&VM->pt), 0);
	}
	all_is_done(what);
}

static inline bool machine_begin(const struct machine_spec *spec)
{
	if (machine_init(&mach, spec))
		return false;
	test_geometry = mach.g;
	test_caps = mach.caps;
	real_fence = mach.domain.fence;
	mach.domain.fence = real_fence ? failing_fence : NULL;
	page_fails = fence_fails = nr_watched = 0;
	hidden_size = 0;
	others_parked = quiesce_fails = false;
	quiesced_provider(&model_quiesce);
	arena_init(spec->page_shift);
	model_window(mach.model, address_map.linear_start, ARENA_SIZE, ARENA_BASE, 0);
	memblock_add(&arena_mb, ARENA_BASE, ARENA_SIZE);
	memblock_reserve(&arena_mb, IMAGE_PA, IMAGE_SIZE);
	return true;
}

static inline void map_ram(grt_phys_t pa, grt_phys_t end, grt_attr_t limits)
{
	if (pa < end)
		assert_int_equal(vm_map(VM, vm_linear(VM, pa), pa, end - pa,
					GRT_ATTR_KERNEL_RW | limits),
				 0);
}

/* The tree with the linear map, of pages in @pages; from here on CPUs translate with it. */
static inline void machine_start(bool kaslr, u64 seed, const struct grt_mem_range *pages)
{
	grt_phys_t end = ARENA_BASE + ARENA_SIZE, from = pages ? pages->start : end;
	grt_phys_t to = pages ? from + pages->size : end;
	struct grt_pgtable pt;

	test_vm_plan(kaslr, seed);
	page_alloc_init(&arena_mb);
	assert_int_equal(machine_tree(&mach, &pt, GRT_REGIME_UPPER, &linear_pgtable_ops, NULL), 0);
	vm_init(VM, &pt, &test_layout);
	VM->pt.live = false;
	map_ram(ARENA_BASE, from, 0);
	map_ram(from, to, GRT_MAP_PAGES_ONLY | GRT_MAP_NO_CONT);
	map_ram(to, end, 0);
	VM->pt.live = true;
	model_boot(mach.model, VM->pt.root, 0);
	model_window(mach.model, address_map.linear_start, ARENA_SIZE, ARENA_BASE,
		     vm_linear(VM, ARENA_BASE));
}

#endif
