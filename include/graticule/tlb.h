/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * tlb_batch: what an operation changed, turned into the fewest barriers and invalidations that the
 * architecture allows. No function decides for itself which of them a change needs.
 */
#ifndef GRATICULE_TLB_H
#define GRATICULE_TLB_H

#include <graticule/geometry.h>
#include <graticule/types.h>

#define TLB_DOMAIN_MAX_CPUS 512

struct tlb_domain;

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

/** enum pte_step - what a change of an entry needs; the answer of pte_step(), asm/step.h. */
enum pte_step {
	PTE_STEP_NONE,	     /* no change */
	PTE_STEP_WRITE,	     /* store, publish; nothing to invalidate */
	PTE_STEP_INVALIDATE, /* store, then invalidate before the caller relies on it */
	PTE_STEP_BREAK,	     /* store invalid, invalidate, wait, store: break-before-make */
	PTE_STEP_REFUSE,     /* not on a live table */
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
 *	has to find what is mapped; likewise freed after it
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
	phys_addr_t held[TLB_BATCH_HELD];
};

struct pgtable;

/** tlb_batch_init() - an empty batch. */
static inline void tlb_batch_init(struct tlb_batch *batch)
{
	batch->nr = 0;
	batch->nr_held = 0;
	batch->added = false;
	batch->linked = false;
	batch->nonleaf = false;
	batch->resized = false;
	batch->edited = false;
	batch->free_list = PHYS_NONE;
}

/* One more range in a batch that has some. */
void tlb_batch_change_more(struct tlb_batch *batch, const struct tlb_range *range);
void tlb_batch_add_more(struct tlb_batch *batch, const struct tlb_range *range);

/** tlb_batch_change() - the leaves of @level, or larger ones, in [@start, @last] were valid and changed. */
static inline void tlb_batch_change(struct tlb_batch *batch, virt_addr_t start, virt_addr_t last,
				    unsigned int level)
{
	struct tlb_range range = { start, last, (u8)level };

	if (!batch->nr)
		batch->range[batch->nr++] = range;
	else
		tlb_batch_change_more(batch, &range);
}

/** tlb_batch_add() - leaves of @level, or larger ones, are new in [@start, @last]. */
static inline void tlb_batch_add(struct tlb_batch *batch, virt_addr_t start, virt_addr_t last,
				 unsigned int level)
{
	struct tlb_range range = { start, last, (u8)level };

	if (batch->added)
		tlb_batch_add_more(batch, &range);
	else
		batch->add = range;
	batch->added = true;
}

/** tlb_batch_overlaps() - may a stale translation of an address in [@start, @last] still be cached? */
bool tlb_batch_overlaps(const struct tlb_batch *batch, virt_addr_t start, virt_addr_t last);

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

/** tlb_range_strides() - entries of the range's level that it takes to cover it. */
static inline u64 tlb_range_strides(const struct geometry *g, const struct tlb_range *range)
{
	unsigned int shift = geometry_level_shift(g, range->level);

	return (range->last >> shift) - (range->start >> shift) + 1;
}

/**
 * arch_tlb_commit() - the fewest barriers and invalidations for @batch; in arch/<a>/tlb.c
 *
 * Return: 0 or -EIO.
 */
int arch_tlb_commit(const struct pgtable *pt, const struct tlb_batch *batch);

/** arch_tlb_flush() - tlb_invalidate_tree(), or with @any_asid tlb_invalidate_all(). */
int arch_tlb_flush(const struct pgtable *pt, bool any_asid);

#endif
