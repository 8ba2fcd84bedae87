/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A spinlock. Not for the boot stage: with the MMU off memory is Device memory on arm64, and
 * exclusive accesses to it need not work (Arm ARM, "Use of Load-Exclusive and Store-Exclusive").
 *
 * Lock order in mm/, outermost first: va_space.lock, kernel_vm.lock, the page allocator's lock.
 * None of them is taken by an exception handler. Each may be held by who asks for a quiesce
 * (mm/quiesced.h): a CPU that waits for a lock takes part in it.
 */
#ifndef MM_SPINLOCK_H
#define MM_SPINLOCK_H

#include "base/types.h"

#if __STDC_HOSTED__
static inline void spin_wait(unsigned int turn)
{
	(void)turn;
}
#else
/**
 * spin_wait() - what a CPU does while it waits for a lock: the kernel that mm/ is linked into knows
 * @turn: how often it has been called in this wait
 */
void spin_wait(unsigned int turn);
#endif

/** struct spinlock - all zero is unlocked. */
struct spinlock {
	u32 locked;
};

/* Apart, so that who finds the lock free keeps its registers. */
static __noinline __attribute__((unused)) void spin_lock_wait(struct spinlock *lock)
{
	unsigned int turn = 0;

	do
		while (__atomic_load_n(&lock->locked, __ATOMIC_RELAXED))
			spin_wait(turn++);
	while (__atomic_exchange_n(&lock->locked, 1, __ATOMIC_ACQUIRE));
}

/*
 * Not a ticket lock: under an emulator with fewer host CPUs than guest CPUs the next ticket's
 * holder may be asleep, and everyone would wait for its time slice.
 */
static inline void spin_lock(struct spinlock *lock)
{
	if (__atomic_exchange_n(&lock->locked, 1, __ATOMIC_ACQUIRE))
		spin_lock_wait(lock);
}

static inline void spin_unlock(struct spinlock *lock)
{
	__atomic_store_n(&lock->locked, 0, __ATOMIC_RELEASE);
}

#endif
