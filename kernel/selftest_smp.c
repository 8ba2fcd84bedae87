// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Self-tests: work on other CPUs, quiesce, and what the linear map is made of for their sake. */
#include "base/string.h"
#include "kernel/arch.h"
#include "kernel/quiesce.h"
#include "kernel/selftest.h"
#include "kernel/smp.h"
#include "kernel/work.h"
#include "mm/page_alloc.h"
#include "mm/page_size.h"
#include "mm/quiesced.h"
#include "mm/split_policy.h"
#include "mm/vm.h"

typedef unsigned long long ull;

static bool online(unsigned int cpu)
{
	return __atomic_load_n(&cpus[cpu].online, __ATOMIC_ACQUIRE);
}

/* ---- work ---- */

static u64 visits[BOOT_MAX_CPUS] __not_cleared;

static void visit(void *arg)
{
	const struct cpu *self = arch_this_cpu();
	grt_virt_t here = (grt_virt_t)__builtin_frame_address(0);

	(void)arg;
	if (here - self->stack_start < THREAD_SIZE)
		__atomic_fetch_add(&visits[self->id], 1, __ATOMIC_RELAXED);
}

static unsigned int order_seen, order_wrong;

static void in_order(void *arg)
{
	if ((uintptr_t)arg != order_seen++)
		order_wrong++;
}

static void hold(void *gate)
{
	for (;;) {
		quiesce_poll();
		if (__atomic_load_n((bool *)gate, __ATOMIC_ACQUIRE))
			return;
		arch_cpu_idle();
	}
}

#define ORDERED 8

/* All of it is in the queue before the first of it runs. */
static void check_order(struct ktap *t, unsigned int cpu)
{
	struct work work[ORDERED], first;
	bool gate = cpu == 0;

	order_seen = 0;
	order_wrong = 0;
	ktap_check(t, !work_on(cpu, &first, hold, &gate), "CPU %u refuses", cpu);
	for (uintptr_t i = 0; i < ORDERED; i++)
		ktap_check(t, !work_on(cpu, &work[i], in_order, (void *)i), "CPU %u refuses", cpu);
	__atomic_store_n(&gate, true, __ATOMIC_RELEASE);
	arch_cpu_wake(&cpus[cpu]);
	work_wait(&first);
	for (unsigned int i = 0; i < ORDERED; i++)
		work_wait(&work[i]);
	ktap_check(t, order_seen == ORDERED && !order_wrong, "CPU %u: %u of %u, %u out of turn",
		   cpu, order_seen, ORDERED, order_wrong);
}

void test_work(struct ktap *t)
{
	struct work work;

	memset(visits, 0, sizeof(visits));
	ktap_check(t, work_on_all(visit, NULL) == selftest_cpus_online,
		   "not as many as are online");
	for (unsigned int i = 0; i < nr_cpus; i++) {
		ktap_check(t, visits[i] == online(i), "CPU %u: %llu times, on its own stack", i,
			   (ull)visits[i]);
		if (online(i))
			check_order(t, i);
	}
	ktap_check(t, work_on(nr_cpus, &work, visit, NULL) == -ENODEV, "a CPU that isn't there");
}

/* ---- quiesce ---- */

#define ROUNDS 4
#define WATCHED_PAGES 64U
/* How often all CPUs look in the time of one change, and each of them. */
#define LOOKS 4096U
#define MOST_LOOKS 256U
#define LEAST_LOOKS 16U

/**
 * struct watch - CPUs that look at memory while its mapping changes
 * @memory: pages with their number in the first word
 * @pages: how many: as many as WATCHED_PAGES where there is a run of so many
 * @begun: CPUs that have begun to look, for one change
 * @looks: how often each CPU has looked
 * @wrong: contents that were not there
 */
static struct watch {
	u64 *memory;
	unsigned int pages;
	unsigned int begun;
	u64 looks[BOOT_MAX_CPUS];
	u64 wrong;
} watch __not_cleared;

static u64 *watched_page(const struct watch *w, unsigned int i)
{
	return w->memory + i * (PAGE_SIZE / sizeof(u64));
}

static void look(struct watch *w, unsigned int cpu)
{
	for (unsigned int i = 0; i < w->pages; i++)
		if (*(volatile u64 *)watched_page(w, i) != i)
			__atomic_fetch_add(&w->wrong, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&w->looks[cpu], 1, __ATOMIC_RELAXED);
}

/* For longer than it takes until the change begins; the more CPUs there are, the less each has to do. */
static void keep_looking(void *arg)
{
	u64 n = min_u64(max_u64(LOOKS / selftest_cpus_online, LEAST_LOOKS), MOST_LOOKS);
	unsigned int cpu = arch_this_cpu()->id;
	struct watch *w = arg;

	if (!__atomic_fetch_add(&w->begun, 1, __ATOMIC_RELEASE))
		arch_cpu_wake(&cpus[0]);
	while (n--) {
		look(w, cpu);
		quiesce_poll();
	}
}

static void wait_begun(struct watch *w)
{
	for (;;) {
		quiesce_poll();
		if (__atomic_load_n(&w->begun, __ATOMIC_ACQUIRE))
			return;
		arch_cpu_idle();
	}
}

static void look_again(void *arg)
{
	look(arg, arch_this_cpu()->id);
}

/* A change while the other CPUs look; then each of them looks with its mappings as they are now. */
static void while_watched(struct ktap *t, struct watch *w,
			  void (*change)(struct ktap *t, void *arg), void *arg)
{
	u64 wrong = w->wrong;

	w->begun = 0;
	if (work_begin(0, nr_cpus, keep_looking, w))
		wait_begun(w);
	change(t, arg);
	work_end();
	ktap_check(t, work_on_all(look_again, w) == selftest_cpus_online, "a CPU did not go on");
	ktap_check(t, w->wrong == wrong, "%llu times wrong contents", (ull)(w->wrong - wrong));
}

/* Under quiesce: nobody looks. */
static struct still {
	struct watch *watch;
	u64 looks[BOOT_MAX_CPUS];
	unsigned int runs;
	unsigned int moved;
} still __not_cleared;

static void check_still(void *arg)
{
	struct still *s = arg;
	u64 start = arch_cycles(), while_waiting = arch_cycles_hz() / 200;

	memcpy(s->looks, s->watch->looks, sizeof(s->looks));
	while (arch_cycles() - start < while_waiting)
		arch_cpu_relax();
	for (unsigned int i = 0; i < nr_cpus; i++)
		s->moved += __atomic_load_n(&s->watch->looks[i], __ATOMIC_RELAXED) != s->looks[i];
	s->runs++;
}

static void quiesce_once(struct ktap *t, void *s)
{
	ktap_check(t, !quiesce_run(check_still, s), "refused");
}

static void rounds(struct ktap *t, struct watch *w)
{
	struct quiesce_stats before, after;

	memset(&still, 0, sizeof(still));
	still.watch = w;
	quiesce_stats(&before);
	for (unsigned int i = 0; i < ROUNDS; i++)
		while_watched(t, w, quiesce_once, &still);
	quiesce_stats(&after);
	ktap_check(t, still.runs == ROUNDS, "%u of %u rounds", still.runs, ROUNDS);
	ktap_check(t, !still.moved, "%u CPUs went on running", still.moved);
	ktap_check(t, after.runs == before.runs + ROUNDS, "not counted");
	ktap_note("%u quiesces of %u CPUs took %llu us each, less 5000 us that this waits", ROUNDS,
		  selftest_cpus_online,
		  (ull)((after.cycles - before.cycles) * 1000000 / arch_cycles_hz() / ROUNDS));
}

static int none_larger(const struct grt_leaf *leaf, void *larger)
{
	*(u64 *)larger += leaf->level || leaf->contiguous;
	return 0;
}

static void swap(struct ktap *t, void *range)
{
	const struct grt_mem_range *r = range;
	int err = quiesced_pages(&kernel_vm, r->start, r->size);

	ktap_check(t, !err, "0x%llx: error %d", (ull)r->start, err);
}

/* One page after the other loses the larger leaf that it is in, with everybody looking; then all. */
static void swaps(struct ktap *t, struct watch *w)
{
	grt_virt_t va = (grt_virt_t)w->memory;
	u64 size = w->pages * PAGE_SIZE, larger = 0;
	struct grt_mem_range range = { va, PAGE_SIZE };

	while_watched(t, w, swap, &range);
	range.start = va + size / 2;
	while_watched(t, w, swap, &range);
	range = (struct grt_mem_range){ va, size };
	while_watched(t, w, swap, &range);
	spin_lock(&kernel_vm.lock);
	grt_walk(&kernel_vm.pt, va, size, none_larger, &larger);
	spin_unlock(&kernel_vm.lock);
	ktap_check(t, !larger, "%llu leaves are larger than a page", (ull)larger);
}

static bool watch_begin(struct ktap *t, struct watch *w)
{
	unsigned int pages = WATCHED_PAGES;
	grt_phys_t pa;

	memset(w, 0, sizeof(*w));
	while ((pa = page_alloc_exact(pages * PAGE_SIZE, PAGE_SIZE, 0)) == GRT_PHYS_NONE &&
	       pages > 2)
		pages /= 2;
	if (!ktap_check(t, pa != GRT_PHYS_NONE, "no memory"))
		return false;
	w->memory = phys_to_virt(pa);
	w->pages = pages;
	for (unsigned int i = 0; i < pages; i++)
		*watched_page(w, i) = i;
	return true;
}

static void watch_end(struct watch *w)
{
	page_free_exact(virt_to_phys(w->memory), w->pages * PAGE_SIZE);
}

void test_quiesce(struct ktap *t)
{
	if (!watch_begin(t, &watch))
		return;
	rounds(t, &watch);
	watch_end(&watch);
}

void test_quiesced_pages(struct ktap *t)
{
	const struct grt_region *linear = grt_layout_find(&boot_info.layout, GRT_REGION_LINEAR);
	u64 tables = kernel_vm.pt.tables;
	int err;

	if (!watch_begin(t, &watch))
		return;
	swaps(t, &watch);
	watch_end(&watch);
	spin_lock(&kernel_vm.lock);
	err = split_mode() == SPLIT_LIVE
		      ? grt_collapse(&kernel_vm.pt, linear->start, linear->size, GRT_EXTENT_INSIDE)
		      : 0;
	spin_unlock(&kernel_vm.lock);
	ktap_check(t, !err, "collapse: error %d", err);
	if (split_mode() == SPLIT_LIVE)
		ktap_check(t, kernel_vm.pt.tables == tables, "%llu tables, %llu before",
			   (ull)kernel_vm.pt.tables, (ull)tables);
}

static int fail_wx(const struct grt_leaf *leaf, void *t)
{
	ktap_check(t, !(leaf->attr & GRT_ATTR_WRITE) || !(leaf->attr & GRT_ATTR_EXEC), "0x%llx",
		   (ull)leaf->va);
	return 0;
}

void test_quiesce_wx(struct ktap *t)
{
	struct grt_pgtable identity;

	if (arch_boot_identity(&kernel_vm.pt, &identity))
		ktap_skip(t, "there is no identity map");
	else
		grt_walk(&identity, 0, BIT(identity.g->va_bits), fail_wx, t);
}

/* ---- changes of size ---- */

void test_conflict(struct ktap *t)
{
	struct cpu *self = arch_this_cpu();
	u64 before = self->conflicts;

	if (arch_fake_conflict() == -EOPNOTSUPP)
		ktap_skip(t, "this architecture has none");
	else
		ktap_check(t, self->conflicts == before + 1, "not counted");
}

/* Lies [@start, @start + @size) outside of the linear map? */
static bool outside(const void *start, u64 size)
{
	const struct grt_region *linear = grt_layout_find(&boot_info.layout, GRT_REGION_LINEAR);
	grt_virt_t va = (grt_virt_t)start;

	return va + size <= linear->start || va >= linear->start + linear->size;
}

static void check_outside(void *arg)
{
	const struct cpu *self = arch_this_cpu();
	bool good = outside(__builtin_frame_address(0), 1) && outside(self, sizeof(*self)) &&
		    outside((void *)self->stack_start, THREAD_SIZE) &&
		    outside((void *)self->trap_stack_start, THREAD_SIZE);

	if (!good)
		__atomic_fetch_add((unsigned int *)arg, 1, __ATOMIC_RELAXED);
}

void test_always_live(struct ktap *t)
{
	unsigned int bad = 0;

	ktap_check(t, outside(_start, (u64)(_end - _start)), "the image lies in the linear map");
	work_on_all(check_outside, &bad);
	ktap_check(t, !bad, "%u CPUs have a stack or their data there", bad);
}

static enum split_mode expected_mode(void)
{
	if (boot_info.opts.by_pages)
		return SPLIT_PAGES;
	if (!arch_can_resize(&cpus[0]))
		return SPLIT_RESERVE;
	for (unsigned int i = 1; i < nr_cpus; i++)
		if (online(i) && !arch_can_resize(&cpus[i]))
			return SPLIT_PAGES;
	return SPLIT_LIVE;
}

struct run_check {
	struct ktap *t;
	const struct linear_map *lm;
	u64 larger;
};

static int check_permission(const struct grt_leaf *leaf, void *arg)
{
	struct run_check *c = arg;
	struct grt_run run;
	grt_phys_t cursor = leaf->pa;

	c->larger += leaf->level || leaf->contiguous;
	if (!ktap_check(c->t,
			linear_map_next(c->lm, &cursor, &run) && run.pa <= leaf->pa &&
				leaf->pa + leaf->size <= run.pa + run.size,
			"0x%llx is in no run", (ull)leaf->va))
		return 0;
	ktap_check(c->t, (leaf->attr & GRT_ATTR_PERM_MASK) == (run.attr & GRT_ATTR_PERM_MASK),
		   "0x%llx: 0x%x", (ull)leaf->va, (unsigned int)leaf->attr);
	return 0;
}

void test_split_mode(struct ktap *t)
{
	const struct grt_region *linear = grt_layout_find(&boot_info.layout, GRT_REGION_LINEAR);
	enum split_mode expected = expected_mode();
	struct linear_map lm;
	struct run_check c = { .t = t, .lm = &lm };

	ktap_note("split mode: %s", split_mode_name(split_mode()));
	ktap_check(t, split_mode() == expected, "expected %s", split_mode_name(expected));
	if (!ktap_check(t, !boot_linear_map(&boot_info, &lm), "no memory to list its ranges"))
		return;
	grt_walk(&kernel_vm.pt, linear->start, linear->size, check_permission, &c);
	if (expected == SPLIT_PAGES)
		ktap_check(t, !c.larger, "%llu leaves are larger than a page", (ull)c.larger);
}
