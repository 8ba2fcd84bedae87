/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The CPUs that may have cached what a tree held, and a tlb_batch: what operations changed, turned into
 * the fewest barriers and invalidations that the architecture allows.
 */
#ifndef GRATICULE_TLB_H
#define GRATICULE_TLB_H

#include <graticule/geometry.h>
#include <graticule/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pgtable;

#define TLB_DOMAIN_MAX_CPUS 512

#define TLB_ANY_ASID (-1)

/**
 * struct tlb_fence - what other CPUs are to forget
 * @start: from here on
 * @size: so many bytes, in leaf entries; ~0: everything, non-leaf entries too
 * @asid: cached with this ASID, and not as global; TLB_ANY_ASID: whatever it is, global or not
 */
struct tlb_fence {
	virt_addr_t start;
	u64 size;
	int asid;
};

/**
 * struct tlb_domain - the CPUs whose TLBs may hold entries of a tree
 * @online: bit n is set while the CPU with hardware number n translates with the tree
 * @words: bit n is set before any of @online[n] is, so that the others need no look; 0: all do
 * @this_cpu: hardware number of the CPU that runs this; NULL: it is sent its own fences too
 * @fence: make other CPUs forget what they have cached of @what. Bit n of @mask is the CPU with number
 *	@base + n. Returns when they have done so: 0, or a negative errno, after which nobody knows what they
 *	still use. The stores that it is about are ordered before it (rule R4)
 *
 * Only for architectures whose invalidations are not broadcast. A CPU sets its bit before it first
 * translates and fences itself after that; it clears it when it has stopped to translate with the tree.
 */
struct tlb_domain {
	u64 online[TLB_DOMAIN_MAX_CPUS / 64];
	u64 words;
	u64 (*this_cpu)(void);
	int (*fence)(const struct tlb_domain *domain, u64 mask, u64 base,
		     const struct tlb_fence *what);
};

#define TLB_BATCH_RANGES 4
#define TLB_BATCH_HELD 32

/** struct tlb_range - virtual addresses with an inclusive end, because 2^64 is a possible end. */
struct tlb_range {
	virt_addr_t start;
	virt_addr_t last;
	u8 level; /* of the smallest leaf in it: the stride */
};

/**
 * struct tlb_batch - changes that are stored but not yet published or invalidated everywhere
 * @range: what was valid and changed
 * @nr: ranges in use; beyond TLB_BATCH_RANGES neighbours are merged
 * @nr_held: unlinked tables in @held
 * @added: an entry went from invalid to valid: @add is the range of those
 * @linked: a table entry is new, whatever was there before
 * @nonleaf: a table was unlinked
 * @resized: leaves changed their size and nothing else
 * @edited: leaves changed something other than their size
 * @dry: operations only say what they would do, pgtable_batch_dry()
 * @in_place: none of those that did so has anything to do before it changes entries
 * @alike: nor meets leaves of several kinds in a table
 * @tables: how many tables they would take
 * @free_list: unlinked tables, chained through their first word, freed after the invalidation
 * @held: unlinked tables that must not change before it, because a walk that still goes through them
 *	has to find what is mapped; likewise freed after it. And, physical too, the leaf in the place of each,
 *	which gets the accessed and dirty state that hardware has written into the table by then
 */
struct tlb_batch {
	struct tlb_range range[TLB_BATCH_RANGES];
	u16 nr; /* with those that follow one word, which one store empties */
	u8 nr_held;
	bool added;
	bool linked;
	bool nonleaf;
	bool resized;
	bool edited;
	bool dry;
	bool in_place;
	bool alike;
	u64 tables;
	struct tlb_range add;
	phys_addr_t free_list;
	struct tlb_held {
		phys_addr_t table;
		phys_addr_t leaf;
	} held[TLB_BATCH_HELD];
};

/**
 * tlb_batch_commit() - publish, invalidate, wait, then free the unlinked tables; leaves @batch empty
 *
 * Return: 0, or -EIO where the firmware failed to fence other CPUs. The unlinked tables are not freed
 * then, because a CPU may still walk them.
 */
int tlb_batch_commit(struct pgtable *pt, struct tlb_batch *batch);

/**
 * tlb_invalidate_tree() - every CPU forgets all that it has cached of the tree's regime under its ASID
 * tlb_invalidate_all() - likewise under every ASID, global mappings as well
 *
 * Of tables too. For ASIDs that are used again: the first for one, the second when they have run out. Trees
 * of a regime without ASIDs have the same from both. What is pending in an open batch stays pending.
 *
 * Return: 0 or -EIO, as tlb_batch_commit().
 */
int tlb_invalidate_tree(const struct pgtable *pt);
int tlb_invalidate_all(const struct pgtable *pt);

#ifdef __cplusplus
}
#endif

#endif
