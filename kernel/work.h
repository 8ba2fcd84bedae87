/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Work for other CPUs: a queue for each secondary, which runs what is in it on its own stack, one after
 * the other and in the order of arrival, and sleeps while there is nothing.
 */
#ifndef KERNEL_WORK_H
#define KERNEL_WORK_H

#include "kernel/work_queue.h"

/**
 * work_on() - have CPU number @cpu call @fn(@arg)
 * @work: filled in
 *
 * On the CPU that calls: at once. The boot CPU takes no work from others.
 *
 * Context: not in an exception handler, not under quiesce. @fn polls (quiesce_poll()) if it runs for long
 * without taking a lock, and may queue work for other CPUs.
 *
 * Return: 0; -ENODEV where @cpu is not online or is the boot CPU and not this one.
 */
int work_on(unsigned int cpu, struct work *work, work_fn fn, void *arg);

/**
 * work_wait() - sleep until @work is done; polls meanwhile. What @fn stored is seen then. One CPU waits.
 *
 * It runs no work of this CPU's own queue: two CPUs that wait for one another would wait for ever.
 */
void work_wait(struct work *work);

/**
 * work_begin() - have CPUs @first to @end - 1, those that are online and not this one, call @fn(@arg)
 *
 * work_end() waits for them. One at a time: on the boot CPU. Return: how many CPUs.
 */
unsigned int work_begin(unsigned int first, unsigned int end, work_fn fn, void *arg);
void work_end(void);

/**
 * work_on_all() - call @fn(@arg) on every CPU that is online, this one included, at the same time
 *
 * Returns when all calls have; one at a time. Return: the number of CPUs.
 */
unsigned int work_on_all(work_fn fn, void *arg);

/** work_loop() - what a secondary does for the rest of its life. */
_Noreturn void work_loop(void);

#endif
