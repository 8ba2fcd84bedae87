/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel's protocols between CPUs on CPUs that see each other's stores late, and on the TLB model: kernel/ as
 * it is, under it what the architecture does, which for its assembly are the twins that test_twins.py compares.
 */
#ifndef TESTS_WEAK_PROTOCOL_H
#define TESTS_WEAK_PROTOCOL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <graticule/pgtable_swap.h>
#include "kernel/arch.h"
#include "kernel/boot.h"
#include "kernel/quiesce.h"
#include "kernel/work.h"
#include "mm/quiesced.h"
#include "model/machine.h"
#include "model/mutate.h"
#include "tests/mutants/twins.h"
#include "tests/weak/weak.h"

/* What a wrong kernel would do, for the tests that must find it. */
enum wrong {
	NOTHING_WRONG,
	NO_PARK_FENCE,
	NO_WAKE_FENCE,
	PARK_TOO_EARLY,
	NO_SECONDARY_FENCE,
	NO_WAKE_ORDER,
};

static enum wrong wrong;
static struct machine mach;
/* What every CPU uses before it sleeps, and when it wakes. */
static grt_virt_t in_use;

/* A fence is lost on a hart that has left, or is not yet there (rule R14). */
static bool reaches(const struct model *m, struct model_event *ev)
{
	for (unsigned int cpu = 0; cpu < WEAK_CPUS; cpu++)
		if (ev->mask & BIT(cpu) && !model_online(m, cpu))
			ev->mask &= ~BIT(cpu);
	return ev->mask;
}

enum model_verdict model_mutate(struct model *m, struct model_event *ev)
{
	const char *func = ev->site.func ? ev->site.func : "";

	switch (ev->kind) {
	case MODEL_FILL:
	case MODEL_ALLOC:
	case MODEL_FREE:
	case MODEL_USE:
		return MODEL_KEEP; /* of memory that nobody else knows, or at any time */
	case MODEL_BARRIER:
		if (ev->op == MODEL_FENCE_RWRW || ev->op == MODEL_DSB_ISH || ev->op == MODEL_DSB_SY)
			weak_fence();
		break;
	case MODEL_TLBI:
	case MODEL_SFENCE:
		if (wrong == NO_PARK_FENCE && (!strcmp(func, "identity_enter")))
			return MODEL_DROP;
		if (wrong == NO_SECONDARY_FENCE && !strcmp(func, "enable_mmu"))
			return MODEL_DROP;
		if (wrong == NO_WAKE_FENCE &&
		    (!strcmp(func, "translate") || !strcmp(func, "drop_ttbr0")))
			return MODEL_DROP;
		break;
	default:
		break;
	}
	weak_step();
	if (ev->kind == MODEL_REMOTE_SFENCE)
		return reaches(m, ev) ? MODEL_KEEP : MODEL_DROP;
	return MODEL_KEEP;
}

static inline void no_rule_is_broken(void)
{
	if (model_reports(mach.model))
		weak_wrong("%s", model_report(mach.model, 0)->text);
}

static inline void use(grt_virt_t va)
{
	weak_step();
	if (va)
		machine_use(&mach, va, MODEL_READ | MODEL_WRITE);
	no_rule_is_broken();
}

static inline void event(enum model_kind kind, unsigned int op)
{
	machine_event(&mach,
		      (struct model_event){
			      .kind = kind, .op = op, .asid = MODEL_ASID_ANY, .site = MODEL_SITE });
}

/* ---- kernel/arch.h ---- */

struct cpu cpus[BOOT_MAX_CPUS];
unsigned int nr_cpus;
/* Does time run out? */
static bool impatient;

struct cpu *arch_this_cpu(void)
{
	return &cpus[weak_cpu()];
}

void cpu_wait(unsigned int turn)
{
	(void)turn;
	weak_wait();
}

u64 arch_cycles(void)
{
	static bool over;

	if (impatient && !over)
		over = weak_choose(2);
	return over ? 1000000 : 0;
}

u64 arch_cycles_hz(void)
{
	return 1;
}

void arch_cpu_wake(const struct cpu *cpu)
{
	if (wrong != NO_WAKE_ORDER)
		weak_fence();
	weak_wake(cpu->id);
}

void arch_cpu_idle(void)
{
	use(in_use);
	twin_sleep(&mach);
	weak_sleep();
	weak_taken();
	weak_fence();
	twin_wake(&mach);
	use(in_use);
}

void arch_cpu_park(void)
{
	for (;;) {
		weak_sleep();
		weak_taken();
	}
}

/* park() of both architectures: asleep until its number is released. */
void arch_quiesce_park(u64 number)
{
	if (wrong == PARK_TOO_EARLY)
		__atomic_fetch_add(&quiesce_words.parked, 1, __ATOMIC_RELEASE);
	use(in_use);
	twin_park(&mach);
	if (wrong != PARK_TOO_EARLY)
		__atomic_fetch_add(&quiesce_words.parked, 1, __ATOMIC_RELEASE);
	for (;;) {
		weak_taken();
		weak_fence();
		if (__atomic_load_n(&quiesce_words.released, __ATOMIC_ACQUIRE) == number)
			break;
		weak_sleep();
	}
	twin_unpark(&mach);
	use(in_use);
}

void boot_stop(const char *fmt, ...)
{
	weak_wrong("the kernel stops: %s", fmt);
}

void quiesced_provider(const struct quiesced_ops *ops)
{
	(void)ops;
}

int arch_smp_init(void)
{
	return 0;
}

/* ---- machines ---- */

#define RW GRT_ATTR_KERNEL_RW

static inline grt_virt_t base(void)
{
	return grt_geometry_upper_start(&mach.g);
}

static inline u64 block(void)
{
	return grt_geometry_level_size(&mach.g, 1);
}

static inline u64 page(void)
{
	return grt_geometry_page_size(&mach.g);
}

/* A page of code for who is parked, in the lower half. */
static inline void make_identity(void)
{
	struct grt_pgtable pt;

	if (!machine_halves(&mach.g))
		return;
	if (machine_tree(&mach, &pt, GRT_REGIME_LOWER, mach.pt.ops, &mach) ||
	    grt_map(&pt, GIB(1), GIB(1), page(), GRT_ATTR_KERNEL_RX))
		abort();
	mach.identity = pt.root;
	mach.identity_va = GIB(1);
}

/* Four blocks of memory that @online CPUs of @nr translate. Their sizes can't change live. */
static inline void begin_machine(unsigned int nr, unsigned int online)
{
	struct machine_spec spec = { .page_shift = 12, .va_bits = 48, .nr_cpus = nr, .ext = 3 };

	if (machine_init(&mach, &spec))
		abort();
	make_identity();
	if (grt_map(&mach.pt, base(), GIB(2), 4 * block(), RW) ||
	    grt_map(&mach.pt, base() + 4 * block(), GIB(1), page(), GRT_ATTR_KERNEL_RX))
		abort();
	machine_boot(&mach);
	mach.domain.online[0] = BIT(online) - 1;
	nr_cpus = nr;
	for (unsigned int i = 0; i < nr; i++)
		cpus[i] = (struct cpu){ .id = i, .hwid = i, .online = i < online };
	mach.image = base() + 4 * block();
	in_use = base();
}

static inline void end_machine(void)
{
	machine_done(&mach);
}

static inline void begin_two(void)
{
	begin_machine(2, 2);
}

static inline void begin_three(void)
{
	begin_machine(3, 3);
}

/* ---- what a quiesce is for ---- */

static struct grt_swap swaps[WEAK_CPUS];

static inline void commit(void *arg)
{
	struct grt_swap *swap = arg;

	grt_swap_commit(&mach.pt, swap, machine_at(swap->table), machine_at(swap->next));
	event(MODEL_RESUME, 0);
	no_rule_is_broken();
}

/* Block @n becomes pages. */
static inline void repaint(unsigned int n)
{
	struct grt_swap *swap = &swaps[n];
	grt_phys_t next;

	if (grt_swap_begin(&mach.pt, base() + n * block(), block(), swap))
		weak_wrong("nothing to replace");
	next = machine_alloc(&mach);
	if (grt_swap_build(&mach.pt, swap, next))
		weak_wrong("no memory");
	if (quiesce_run(commit, swap))
		weak_wrong("no quiesce");
	use(base() + n * block());
	if (grt_swap_end(&mach.pt, swap))
		weak_wrong("not fenced");
	machine_free(&mach, next);
	machine_claim(&mach);
	no_rule_is_broken();
}

/* ---- tests ---- */

/* How often a CPU is left, and an old value returned: first little of each. */
static const struct {
	u8 switches;
	u8 late;
} bounds[] = { { 0, 1 }, { 1, 1 }, { 2, 1 }, { 2, 2 }, { 3, 2 } };

/* Until something is wrong. Return: how many bounds were seen to the end; @runs: of all */
static inline unsigned int explore(const struct weak *what, u64 limit, u64 *runs, char *first)
{
	unsigned int n = 0;

	*runs = 0;
	for (; n < ARRAY_SIZE(bounds); n++) {
		struct weak x = *what;
		bool all;

		x.switches = bounds[n].switches;
		x.late = bounds[n].late;
		x.limit = limit - *runs;
		all = weak_explore(&x);
		*runs += x.seen;
		strcpy(first, x.first);
		if (x.bad || !all)
			break;
	}
	return n;
}

/* Nothing is wrong in any order within @needed bounds, nor in others up to @limit. */
static inline void always_right(const struct weak *x, unsigned int needed, u64 limit)
{
	char first[sizeof(x->first)];
	unsigned int seen;
	u64 runs;

	seen = explore(x, limit, &runs, first);
	printf("# %u CPUs: %lu runs, all with %u switches and %u late loads\n", x->nr_cpus, runs,
	       bounds[seen - !!seen].switches, bounds[seen - !!seen].late);
	if (first[0])
		fail_msg("%s", first);
	assert_true(seen >= needed);
}

/* Something is wrong in some order. */
static inline void found_wrong(const struct weak *x, enum wrong what, u64 limit)
{
	char first[sizeof(x->first)];
	u64 runs;

	wrong = what;
	explore(x, limit, &runs, first);
	wrong = NOTHING_WRONG;
	printf("# wrong %u, %lu runs: %s\n", what, runs, first[0] ? first : "nothing is found");
	assert_true(first[0]);
}

#endif
