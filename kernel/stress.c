// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Self-test: all CPUs use memory while all of them split, collapse, protect, map and unmap it. A fault
 * where none is due ends the machine with a report; wrong data is counted.
 *
 * A moment at every boot; as long as "stress=SECONDS" says.
 */
#include <graticule/tlb.h>
#include "base/string.h"
#include "kernel/arch.h"
#include "kernel/quiesce.h"
#include "kernel/selftest.h"
#include "kernel/smp.h"
#include "kernel/work.h"
#include "mm/page_alloc.h"
#include "mm/page_size.h"
#include "mm/set_memory.h"
#include "mm/split_policy.h"
#include "mm/vmalloc.h"

typedef unsigned long long ull;

#define MAX_PAGES 1024U
#define AREA_PAGES 64U
#define TURNS 8U
/*
 * A moment: the rounds of all CPUs together, and the least of each; and how many CPUs at a time, or each
 * CPU would have to wait for all others, be it for a lock or until they have fenced.
 */
#define MOMENT_ROUNDS 128U
#define LEAST_ROUNDS 8U
#define MOMENT_CPUS 8U

/**
 * struct stress - what the CPUs share
 * @pages: single pages, most of them neighbours in the same leaves of the linear map: the first half are
 *	used by all, each CPU in a word of its own; in the second half each has every nr_cpus-th
 * @nr: how many
 * @area: vmalloc memory whose permissions all CPUs change, and whose contents none does
 * @by_time: it is over @end of arch_cycles() after @start; else when each CPU has done @end rounds
 * @wrong: how often a check failed, and @line: the last one
 */
static struct stress {
	grt_phys_t pages[MAX_PAGES];
	unsigned int nr;
	u64 *area;
	bool by_time;
	u64 start;
	u64 end;
	u64 wrong;
	unsigned int line;
	u64 rounds;
	u64 refused;
} stress __not_cleared;

/* One CPU's. @last: what it wrote last into the pages that all use. */
struct worker {
	unsigned int cpu;
	u32 random;
	u64 stamp;
	u64 last[MAX_PAGES / 2];
};

static struct worker *workers;

static u32 below(struct worker *w, u32 n)
{
	w->random = w->random * 1664525 + 1013904223;
	return (w->random >> 8) % n;
}

static void check_at(bool ok, unsigned int line)
{
	if (ok)
		return;
	__atomic_fetch_add(&stress.wrong, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&stress.line, line, __ATOMIC_RELAXED);
}

#define check(ok) check_at(ok, __LINE__)

static volatile u64 *word_of(unsigned int page, unsigned int cpu)
{
	return (volatile u64 *)phys_to_virt(stress.pages[page]) + cpu;
}

/* More often than that no other CPU takes and frees the same address between two instructions of this one. */
#define GONE_TRIES 3

/* What was freed faults, unless another CPU has got the address by now: then the tables map it. */
static bool gone(const volatile u64 *p)
{
	grt_virt_t va = (grt_virt_t)p;
	struct grt_leaf leaf;

	for (unsigned int i = 0; i < GONE_TRIES; i++)
		if (arch_probe(ACCESS_READ, va) == -EFAULT || !vm_translate(&kernel_vm, va, &leaf))
			return true;
	return false;
}

/* ---- use ---- */

static void use_pages(struct worker *w)
{
	for (unsigned int n = 0; n < 64; n++) {
		unsigned int i = below(w, stress.nr / 2);

		check(*word_of(i, w->cpu) == w->last[i]);
		*word_of(i, w->cpu) = w->last[i] = ++w->stamp;
	}
}

static void use_area(struct worker *w)
{
	for (unsigned int n = 0; n < 64; n++) {
		u64 i = below(w, AREA_PAGES * (u32)(PAGE_SIZE / sizeof(u64)));

		check(((volatile u64 *)stress.area)[i] == i);
	}
}

/* ---- changes ---- */

static void split_leaf(struct worker *w)
{
	grt_virt_t va = (grt_virt_t)word_of(below(w, stress.nr), 0);
	int err;

	spin_lock(&kernel_vm.lock);
	err = grt_split(&kernel_vm.pt, va);
	spin_unlock(&kernel_vm.lock);
	/* Hidden pages can be split too. Without live splits a block refuses. */
	check(!err || err == -ENOMEM || (err == -EPERM && split_mode() != SPLIT_LIVE));
}

static void collapse_leaves(struct worker *w)
{
	grt_virt_t va = (grt_virt_t)word_of(below(w, stress.nr), 0);
	u64 size = grt_geometry_level_size(&boot_info.geometry, 1);

	if (split_mode() != SPLIT_LIVE)
		return;
	spin_lock(&kernel_vm.lock);
	check(!grt_collapse(&kernel_vm.pt, align_down(va, size), size, GRT_EXTENT_INSIDE));
	spin_unlock(&kernel_vm.lock);
}

static void count_refused(int err)
{
	check(!err || err == -ENOMEM);
	if (err)
		__atomic_fetch_add(&stress.refused, 1, __ATOMIC_RELAXED);
}

/* A page of this CPU's own, between pages that others use. */
static void hide_page(struct worker *w)
{
	unsigned int half = stress.nr / 2, i = half + below(w, half / nr_cpus) * nr_cpus + w->cpu;
	struct page *page = phys_to_page(stress.pages[i]);
	u64 value = ++w->stamp;
	int err;

	*word_of(i, 0) = value;
	err = set_direct_map_invalid(&kernel_vm, page, 1);
	count_refused(err);
	if (err)
		return;
	check(arch_probe(ACCESS_READ, (grt_virt_t)word_of(i, 0)) == -EFAULT);
	check(!(below(w, 2) ? set_direct_map_default(&kernel_vm, page, 1)
			    : set_direct_map_valid(&kernel_vm, page, 1, true)));
	check(*word_of(i, 0) == value);
}

/* An area of this CPU's own, whose memory lies between other memory. */
static void change_own_area(struct worker *w)
{
	u64 pages = 1 + below(w, 20), part = below(w, (u32)pages);
	volatile u64 *p = vmalloc(pages * PAGE_SIZE), *word = p + part * (PAGE_SIZE / sizeof(u64));
	u64 value = ++w->stamp;
	int err;

	if (!p)
		return;
	*word = value;
	err = set_memory_ro(&kernel_vm, (grt_virt_t)word, 1 + below(w, (u32)(pages - part)));
	count_refused(err);
	if (!err) {
		check(arch_probe(ACCESS_WRITE, (grt_virt_t)word) == -EFAULT);
		check(*word == value);
	}
	if (below(w, 2)) {
		check(!set_memory_rw(&kernel_vm, (grt_virt_t)word, 1));
		*word = ~value;
		check(*word == ~value);
	}
	vfree((void *)p);
	check(gone(word));
}

/* The same area as all others: its contents can be read all the time. */
static void change_shared_area(struct worker *w)
{
	u32 first = below(w, AREA_PAGES), pages = 1 + below(w, AREA_PAGES - first);
	grt_virt_t va = (grt_virt_t)stress.area + first * PAGE_SIZE;

	count_refused(below(w, 2) ? set_memory_ro(&kernel_vm, va, pages)
				  : set_memory_rw(&kernel_vm, va, pages));
	use_area(w);
}

/* The memory of a shared page once more, somewhere else. */
static void map_page(struct worker *w)
{
	unsigned int i = below(w, stress.nr / 2);
	volatile u64 *p = vmap_phys(stress.pages[i], PAGE_SIZE, GRT_ATTR_KERNEL_RO);

	if (!p)
		return;
	check(p[w->cpu] == w->last[i]);
	vfree((void *)p);
	check(gone(p));
}

/* The first USES only use the memory, and wait for nothing. */
#define USES 2U

static void (*const actions[])(struct worker *w) = {
	use_pages, use_area,	    split_leaf,		collapse_leaves,
	hide_page, change_own_area, change_shared_area, map_page,
};

/*
 * Half of the CPUs only use the memory, so that somebody does at every moment of a change; they take
 * turns in that. @done: of stress.end.
 */
static unsigned int choices(const struct worker *w, u64 done)
{
	u64 turn = done / (stress.end / TURNS + 1) + w->cpu;

	return turn % 2 && nr_cpus > 1 ? USES : ARRAY_SIZE(actions);
}

static void work(void *arg)
{
	struct worker *w = &workers[arch_this_cpu()->id];
	u64 rounds = 0, done;

	(void)arg;
	while ((done = stress.by_time ? arch_cycles() - stress.start : rounds) < stress.end) {
		actions[below(w, choices(w, done))](w);
		rounds++;
		quiesce_poll();
	}
	__atomic_fetch_add(&stress.rounds, rounds, __ATOMIC_RELAXED);
	for (unsigned int i = 0; i < stress.nr / 2; i++)
		check(*word_of(i, w->cpu) == w->last[i]);
}

/* Return: how many CPUs worked. */
static unsigned int work_together(unsigned int at_a_time)
{
	unsigned int n = 1;

	for (unsigned int first = 0; first < nr_cpus; first += at_a_time) {
		n += work_begin(first, first + at_a_time, work, NULL);
		if (!first)
			work(NULL);
		work_end();
	}
	return n;
}

/* ---- beginning and end ---- */

static bool prepare(struct ktap *t)
{
	memset(&stress, 0, sizeof(stress));
	workers = vmalloc(nr_cpus * sizeof(*workers));
	if (workers)
		memset(workers, 0, nr_cpus * sizeof(*workers));
	for (unsigned int i = 0; workers && i < nr_cpus; i++)
		workers[i] = (struct worker){ .cpu = i, .random = i + 1 };
	stress.area = vmalloc(AREA_PAGES * PAGE_SIZE);
	for (u64 i = 0; stress.area && i < AREA_PAGES * PAGE_SIZE / sizeof(u64); i++)
		stress.area[i] = i;
	/* At least as much stays for what the CPUs allocate. */
	while (stress.nr < MAX_PAGES && page_alloc_available() > stress.nr) {
		grt_phys_t pa = page_alloc(0, PAGE_ALLOC_ZERO);

		if (pa == GRT_PHYS_NONE)
			break;
		stress.pages[stress.nr++] = pa;
	}
	return ktap_check(t, workers && stress.area && stress.nr / 2 >= nr_cpus, "no memory");
}

static void clean_up(void)
{
	for (unsigned int i = 0; i < stress.nr; i++) {
		/* Leaves come back. */
		set_direct_map_default(&kernel_vm, phys_to_page(stress.pages[i]), 1);
		page_free(stress.pages[i], 0);
	}
	vfree(stress.area);
	vfree(workers);
}

void test_stress(struct ktap *t)
{
	u64 seconds = boot_info.opts.stress;
	u64 free = page_alloc_available() + kernel_vm.pt.tables;
	unsigned int cpus_used;

	if (!prepare(t)) {
		clean_up();
		return;
	}
	stress.by_time = seconds;
	stress.start = arch_cycles();
	stress.end = seconds ? seconds * arch_cycles_hz()
			     : max_u64(MOMENT_ROUNDS / selftest_cpus_online, LEAST_ROUNDS);
	cpus_used = work_together(seconds ? nr_cpus : MOMENT_CPUS);
	clean_up();
	ktap_check(t, cpus_used == selftest_cpus_online, "%u of %u CPUs took part", cpus_used,
		   selftest_cpus_online);
	ktap_check(t, !stress.wrong, "%llu times something was wrong, the last time in line %u",
		   (ull)stress.wrong, stress.line);
	ktap_check(t, page_alloc_available() + kernel_vm.pt.tables == free, "%lld pages lost",
		   (long long)(free - page_alloc_available() - kernel_vm.pt.tables));
	ktap_note("%u CPUs, %llu rounds, %llu without memory", cpus_used, (ull)stress.rounds,
		  (ull)stress.refused);
}
