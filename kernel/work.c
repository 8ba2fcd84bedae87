// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "base/errno.h"
#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/quiesce.h"
#include "kernel/work.h"

static bool is_online(const struct cpu *cpu)
{
	return __atomic_load_n(&cpu->online, __ATOMIC_ACQUIRE);
}

static void run(struct work *work)
{
	struct cpu *waiter;

	work->fn(work->arg);
	waiter = __atomic_exchange_n(&work->waiter, WORK_DONE, __ATOMIC_ACQ_REL);
	/* @work is no more. */
	if (waiter)
		arch_cpu_wake(waiter);
}

static void put(struct work_queue *queue, struct work *work)
{
	spin_lock(&queue->lock);
	if (queue->first)
		queue->last->next = work;
	else
		queue->first = work;
	queue->last = work;
	spin_unlock(&queue->lock);
}

static struct work *take(struct work_queue *queue)
{
	struct work *work;

	spin_lock(&queue->lock);
	work = queue->first;
	if (work)
		queue->first = work->next;
	spin_unlock(&queue->lock);
	return work;
}

int work_on(unsigned int cpu, struct work *work, work_fn fn, void *arg)
{
	*work = (struct work){ .fn = fn, .arg = arg };
	if (cpu >= nr_cpus || !is_online(&cpus[cpu]))
		return -ENODEV;
	if (&cpus[cpu] == arch_this_cpu()) {
		run(work);
		return 0;
	}
	if (!cpu)
		return -ENODEV;
	put(&cpus[cpu].queue, work);
	arch_cpu_wake(&cpus[cpu]);
	return 0;
}

void work_wait(struct work *work)
{
	struct cpu *nobody = NULL;

	__atomic_compare_exchange_n(&work->waiter, &nobody, arch_this_cpu(), false,
				    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
	for (;;) {
		quiesce_poll();
		if (__atomic_load_n(&work->waiter, __ATOMIC_ACQUIRE) == WORK_DONE)
			return;
		arch_cpu_idle();
	}
}

unsigned int work_begin(unsigned int first, unsigned int end, work_fn fn, void *arg)
{
	unsigned int self = arch_this_cpu()->id, n = 0;

	for (unsigned int i = first; i < end && i < nr_cpus; i++) {
		struct cpu *cpu = &cpus[i];

		cpu->has_share = i != self && !work_on(i, &cpu->share, fn, arg);
		n += cpu->has_share;
	}
	return n;
}

void work_end(void)
{
	for (unsigned int i = 0; i < nr_cpus; i++) {
		if (cpus[i].has_share)
			work_wait(&cpus[i].share);
		cpus[i].has_share = false;
	}
}

unsigned int work_on_all(work_fn fn, void *arg)
{
	unsigned int n = work_begin(0, nr_cpus, fn, arg);

	fn(arg);
	work_end();
	return n + 1;
}

void work_loop(void)
{
	struct work_queue *queue = &arch_this_cpu()->queue;

	for (;;) {
		struct work *work;

		quiesce_poll();
		work = take(queue);
		if (work)
			run(work);
		else
			arch_cpu_idle();
	}
}
