/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a CPU has to do for others, as data: struct cpu holds it, kernel/work.h works with it. */
#ifndef KERNEL_WORK_QUEUE_H
#define KERNEL_WORK_QUEUE_H

#include "mm/spinlock.h"

typedef void (*work_fn)(void *arg);

struct cpu;

/**
 * struct work - one call of a function on another CPU; the caller's, until work_wait() has returned
 * @next: in the queue
 * @waiter: the CPU that sleeps until @fn has returned; then WORK_DONE, set with release order
 */
struct work {
	work_fn fn;
	void *arg;
	struct work *next;
	struct cpu *waiter;
};

#define WORK_DONE ((struct cpu *)1)

/** struct work_queue - what a CPU has to do; all zero is empty. */
struct work_queue {
	struct spinlock lock;
	struct work *first;
	struct work *last;
};

#endif
