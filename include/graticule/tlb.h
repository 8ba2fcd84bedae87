/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The CPUs that may have cached what a tree held, and a grt_tlb_batch: what operations changed, turned into
 * the fewest barriers and invalidations that the architecture allows.
 */
#ifndef GRT_TLB_H
#define GRT_TLB_H

#include <graticule/geometry.h>
#include <graticule/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct grt_pgtable;

#define GRT_TLB_DOMAIN_MAX_CPUS 512

#define GRT_TLB_ANY_ASID (-1)

/**
 * struct grt_tlb_fence - what other CPUs are to forget
 * @start: from here on
 * @size: so many bytes, in leaf entries; ~0: everything, non-leaf entries too
 * @asid: cached with this ASID, and not as global; GRT_TLB_ANY_ASID: whatever it is, global or not
 */
struct grt_tlb_fence {
	grt_virt_t start;
	uint64_t size;
	int asid;
};

/**
 * struct grt_tlb_domain - the CPUs whose TLBs may hold entries of a tree
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
struct grt_tlb_domain {
	uint64_t online[GRT_TLB_DOMAIN_MAX_CPUS / 64];
	uint64_t words;
	uint64_t (*this_cpu)(void);
	int (*fence)(const struct grt_tlb_domain *domain, uint64_t mask, uint64_t base,
		     const struct grt_tlb_fence *what);
};

#define GRT_TLB_BATCH_RANGES 4
#define GRT_TLB_BATCH_HELD 32

/** struct grt_tlb_range - virtual addresses with an inclusive end, because 2^64 is a possible end. */
struct grt_tlb_range {
	grt_virt_t start;
	grt_virt_t last;
	uint8_t level; /* of the smallest leaf in it: the stride */
};

/**
 * struct grt_tlb_batch - changes that are stored but not yet published or invalidated everywhere
 * @range: what was valid and changed
 * @nr: ranges in use; beyond GRT_TLB_BATCH_RANGES neighbours are merged
 * @nr_held: unlinked tables in @held
 * @added: an entry went from invalid to valid: @add is the range of those
 * @linked: a table entry is new, whatever was there before
 * @nonleaf: a table was unlinked
 * @resized: leaves changed their size and nothing else
 * @edited: leaves changed something other than their size
 * @dry: operations only say what they would do, grt_batch_dry()
 * @in_place: none of those that did so has anything to do before it changes entries
 * @alike: nor meets leaves of several kinds in a table
 * @tables: how many tables they would take, each by itself
 * @free_list: unlinked tables, chained through their first word, freed after the invalidation
 * @held: unlinked tables that must not change before it, because a walk that still goes through them
 *	has to find what is mapped; likewise freed after it. And, physical too, the leaf in the place of each,
 *	which gets the accessed and dirty state that hardware has written into the table by then
 */
struct grt_tlb_batch {
	struct grt_tlb_range range[GRT_TLB_BATCH_RANGES];
	uint16_t nr; /* with those that follow one word, which one store empties */
	uint8_t nr_held;
	bool added;
	bool linked;
	bool nonleaf;
	bool resized;
	bool edited;
	bool dry;
	bool in_place;
	bool alike;
	uint64_t tables;
	struct grt_tlb_range add;
	grt_phys_t free_list;
	struct grt_tlb_held {
		grt_phys_t table;
		grt_phys_t leaf;
	} held[GRT_TLB_BATCH_HELD];
};

/**
 * grt_tlb_invalidate_tree() - every CPU forgets all that it has cached of the tree's regime under its ASID
 * grt_tlb_invalidate_all() - likewise under every ASID, global mappings as well
 *
 * Of tables too. For ASIDs that are used again: the first for one, the second when they have run out. Trees
 * of a regime without ASIDs have the same from both. What is pending in an open batch stays pending.
 *
 * Return: 0; -EIO, as grt_batch_commit(); -EOPNOTSUPP for a tree that can only be read.
 */
int grt_tlb_invalidate_tree(const struct grt_pgtable *pt);
int grt_tlb_invalidate_all(const struct grt_pgtable *pt);

#ifdef __cplusplus
}
#endif

#endif
