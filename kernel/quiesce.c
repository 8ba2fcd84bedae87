// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "base/errno.h"
#include "kernel/arch.h"
#include "kernel/boot.h"
#include "kernel/cpu.h"
#include "kernel/quiesce.h"
#include "mm/quiesced.h"

_Static_assert(offsetof(struct quiesce_words, request) == QUIESCE_REQUEST, "request");
_Static_assert(offsetof(struct quiesce_words, parked) == QUIESCE_PARKED, "parked");
_Static_assert(offsetof(struct quiesce_words, released) == QUIESCE_RELEASED, "released");

/* In one page, of whatever size. */
struct quiesce_words quiesce_words __attribute__((aligned(sizeof(struct quiesce_words))));

/* The CPU that quiesces the others, or that comes online; NULL: nobody. Then its numbers. */
static struct cpu *master;
static struct quiesce_stats stats;

/* A CPU that does not react for so long never will. Hosts of emulators may be busy. */
#define ANSWER_SECONDS 60

static bool become_master(struct cpu *self)
{
	struct cpu *nobody = NULL;

	return __atomic_compare_exchange_n(&master, &nobody, self, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

static void wait_master(struct cpu *self)
{
	unsigned int turn = 0;

	while (!become_master(self)) {
		quiesce_poll();
		cpu_wait(turn++);
	}
}

/* mm/spinlock.h asks for it. */
void spin_wait(unsigned int turn)
{
	quiesce_poll();
	cpu_wait(turn);
}

static void resign(void)
{
	__atomic_store_n(&master, NULL, __ATOMIC_RELEASE);
}

bool quiesce_join(struct cpu *cpu)
{
	unsigned int turn = 0;
	bool welcome;

	/* Not while others are counted. This one is not yet, so it doesn't poll. */
	while (!become_master(cpu))
		cpu_wait(turn++);
	welcome = !cpu->left_out;
	if (welcome)
		__atomic_store_n(&cpu->online, true, __ATOMIC_RELEASE);
	resign();
	arch_cpu_wake(&cpus[0]); /* it waits for this */
	return welcome;
}

bool quiesce_leave_out(struct cpu *cpu)
{
	wait_master(arch_this_cpu());
	cpu->left_out = !cpu->online;
	resign();
	return cpu->left_out;
}

void quiesce_park(void)
{
	u64 number = __atomic_load_n(&quiesce_words.request, __ATOMIC_ACQUIRE);

	if (number == __atomic_load_n(&quiesce_words.released, __ATOMIC_ACQUIRE) ||
	    __atomic_load_n(&master, __ATOMIC_RELAXED) == arch_this_cpu())
		return;
	arch_quiesce_park(number);
	__atomic_fetch_add(&quiesce_words.resumed, 1, __ATOMIC_RELEASE);
}

/* Those that are online: the same ones as long as @self is the master. */
static unsigned int wake_others(const struct cpu *self)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < nr_cpus; i++) {
		if (&cpus[i] == self || !__atomic_load_n(&cpus[i].online, __ATOMIC_ACQUIRE))
			continue;
		arch_cpu_wake(&cpus[i]);
		n++;
	}
	return n;
}

static void wait_count(const u64 *count, u64 n)
{
	u64 start = arch_cycles(), limit = ANSWER_SECONDS * arch_cycles_hz();
	unsigned int turn = 0;

	while (__atomic_load_n(count, __ATOMIC_ACQUIRE) != n) {
		if (arch_cycles() - start > limit)
			boot_stop("%lu of %lu CPUs answered a quiesce", *count, n);
		cpu_wait(turn++);
	}
}

static void account(u64 cycles)
{
	stats.runs++;
	stats.cycles += cycles;
	if (cycles > stats.longest)
		stats.longest = cycles;
}

int quiesce_run(void (*fn)(void *arg), void *arg)
{
	struct cpu *self = arch_this_cpu();
	u64 number, start;
	unsigned int n;

	if (__atomic_load_n(&master, __ATOMIC_RELAXED) == self)
		return -EBUSY;
	wait_master(self);
	start = arch_cycles();
	number = quiesce_words.request + 1;
	quiesce_words.parked = 0;
	quiesce_words.resumed = 0;
	__atomic_store_n(&quiesce_words.request, number, __ATOMIC_RELEASE);
	n = wake_others(self);
	wait_count(&quiesce_words.parked, n);
	fn(arg);
	__atomic_store_n(&quiesce_words.released, number, __ATOMIC_RELEASE);
	wake_others(self);
	wait_count(&quiesce_words.resumed, n);
	account(arch_cycles() - start);
	resign();
	return 0;
}

int quiesce_init(unsigned int cpus)
{
	static const struct quiesced_ops ops = { .run = quiesce_run };

	quiesced_provider(&ops);
	return cpus > 1 ? arch_smp_init() : 0;
}

void quiesce_stats(struct quiesce_stats *out)
{
	*out = stats;
}
