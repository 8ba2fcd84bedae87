/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Changes of the kernel's tables that no other CPU may watch: all others leave the tables first.
 *
 * The kernel that mm/ is linked into says how (quiesced_provider()). Until then, and where there is
 * one CPU, nobody has to leave. Any CPU, not in an exception handler, and not under quiesce.
 */
#ifndef MM_QUIESCED_H
#define MM_QUIESCED_H

#include "mm/vm.h"

/* Runs with all other CPUs out of the tables: it takes no lock, allocates nothing and can't fail. */
typedef void (*quiesced_fn)(void *arg);

/**
 * struct quiesced_ops - how the other CPUs are kept away
 * @run: call @fn while no other CPU runs, translates, or caches a translation. Return: 0, or -EBUSY
 *	with nothing done where one of them does not react
 *
 * A CPU reacts where it is idle or polls; spin_lock() polls while it waits, so that the CPU that calls
 * may hold locks.
 */
struct quiesced_ops {
	int (*run)(quiesced_fn fn, void *arg);
};

/** quiesced_provider() - from now on the other CPUs are kept away by @ops. */
void quiesced_provider(const struct quiesced_ops *ops);

/** quiesced_run() - call @fn(@arg) under quiesce. Return: 0 or -EBUSY. */
int quiesced_run(quiesced_fn fn, void *arg);

/**
 * quiesced_pages() - map what is mapped in a range with single pages
 * @va: page aligned, as is @size
 *
 * Afterwards every leaf that lies in the range is a page without a group; addresses and attributes stay.
 * What a larger leaf maps beyond the range stays as large as can be. The new tables are made
 * beforehand; under quiesce one run of entries is replaced, with break-before-make where the
 * architecture wants that. It makes no difference whether the CPUs could split live.
 *
 * Context: takes @vm's lock; quiesced_pages_locked() is for who holds it.
 *
 * Return: 0, also if there was nothing to do; -EINVAL; -ENOMEM; -EBUSY; -EIO as grt_batch_commit().
 * After an error the tables are as they were.
 */
int quiesced_pages(struct kernel_vm *vm, grt_virt_t va, u64 size);
int quiesced_pages_locked(struct kernel_vm *vm, grt_virt_t va, u64 size);

/**
 * struct quiesced_stats - what quiesced_pages() has cost so far
 * @swaps: times that entries were replaced under quiesce
 * @tables: tables that the tree has more than before
 */
struct quiesced_stats {
	u64 swaps;
	u64 tables;
};

void quiesced_stats(struct quiesced_stats *out);

#endif
