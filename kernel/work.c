// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <graticule/errno.h>
#include "kernel/arch.h"
#include "kernel/smp.h"
#include "kernel/work.h"

static bool is_online(const struct cpu *cpu)
{
	return __atomic_load_n(&cpu->online, __ATOMIC_ACQUIRE);
}

static void run(struct work *work)
{
	work->fn(work->arg);
	__atomic_store_n(&work->done, true, __ATOMIC_RELEASE);
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
	while (!__atomic_load_n(&work->done, __ATOMIC_ACQUIRE)) {
		smp_poll();
		arch_cpu_relax();
	}
}

unsigned int work_on_all(work_fn fn, void *arg)
{
	unsigned int self = arch_this_cpu()->id, n = 1;
	bool queued[BOOT_MAX_CPUS] = { false };
	struct work work[BOOT_MAX_CPUS];

	for (unsigned int i = 0; i < nr_cpus; i++)
		queued[i] = i != self && !work_on(i, &work[i], fn, arg);
	fn(arg);
	for (unsigned int i = 0; i < BOOT_MAX_CPUS; i++) {
		if (!queued[i])
			continue;
		work_wait(&work[i]);
		n++;
	}
	return n;
}

void work_loop(void)
{
	struct work_queue *queue = &arch_this_cpu()->queue;

	for (;;) {
		struct work *work;

		smp_poll();
		work = take(queue);
		if (work)
			run(work);
		else
			arch_cpu_idle();
	}
}
