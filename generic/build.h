/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Writing tables that no CPU can reach yet: front to back, each entry once. */
#ifndef GENERIC_BUILD_H
#define GENERIC_BUILD_H

#include "generic/cursor.h"
#include "generic/pgtable_op.h"

/**
 * build_leaves() - write the entries of @s, each of which maps what follows the one before
 * @s: @entry, @level, @index and @nr, which is not 0; what was there is of no importance
 * @first: the first leaf, in no group
 * @groups: aligned runs become contiguous groups; the address of @first is congruent to its index then
 *
 * One addition an entry, wherever the format allows.
 */
void build_leaves(const struct grt_geometry *g, const struct span *s, pte_t first, bool groups);

/** build_link() - the entry that leads to @table. */
static inline void build_link(const struct grt_geometry *g, u64 *entry, grt_phys_t table)
{
	table_set(entry, 0, pte_table(g, table));
}

/** build_empty() - clear @n entries. */
void build_empty(u64 *entry, unsigned int n);

/** build_copy() - write @n entries, each with bits @flip of one of @from inverted. */
void build_copy(u64 *entry, const u64 *from, u64 flip, unsigned int n);

/**
 * struct leaf_rule - how leaves are chosen for a mapping
 * @g: NULL: there is no rule yet
 * @offset: physical minus virtual address, modulo 2^64
 * @limits: GRT_MAP_*
 * @max_level: largest leaf that alignment of one to the other, geometry and limits allow
 * @groups: bit l is set where groups of level l are allowed
 */
struct leaf_rule {
	const struct grt_geometry *g;
	u64 offset;
	grt_attr_t limits;
	u8 max_level;
	u8 groups;
};

/* No page has this number: all is mapped. */
#define NO_PAGE (~0ULL)

/**
 * struct build - a mapping at work, in ascending order
 * @op: provides the tables; dry, they are counted and nothing is written
 * @at: the next page to map, or NO_PAGE
 * @end: behind the last one that is mapped in one way, where a leaf ends
 * @rule: of the leaves; @like: one that has their attributes
 * @next: called at @end, sets all of these for what follows
 * @cost: dry, what is added to; NULL: @op counts the tables
 */
struct build {
	struct pgtable_op *op;
	u64 at;
	u64 end;
	struct leaf_rule rule;
	pte_t like;
	void (*next)(struct build *b);
	struct grt_cost *cost;
};

/** build_whole() - entries of 1 << @shift pages that are mapped whole from the next page on, below @limit. */
static inline u64 build_whole(const struct build *b, unsigned int shift, u64 limit)
{
	return b->at & (BIT(shift) - 1) ? 0 : (min_u64(b->end, limit) - b->at) >> shift;
}

/** build_limit() - where the entry of 1 << @shift pages that holds the next page ends. */
static inline u64 build_limit(const struct build *b, unsigned int shift)
{
	return (b->at | (BIT(shift) - 1)) + 1;
}

/** build_leaf() - the leaf of @level for the next page. */
static inline pte_t build_leaf(const struct build *b, unsigned int level)
{
	const struct grt_geometry *g = b->rule.g;

	return pte_at(g, level, b->like, page_address(g, b->at) + b->rule.offset);
}

/** build_advance() - the next @pages pages are mapped. */
static inline void build_advance(struct build *b, u64 pages)
{
	b->at += pages;
	if (b->at == b->end)
		b->next(b);
}

/** build_count_entries() - dry: what comes next up to page @limit, in entries of @level without tables */
void build_count_entries(struct build *b, unsigned int level, u64 limit);

/**
 * build_table() - a new table, with all that is below it
 * @limit: the page where what it maps ends; the next page to map is before that
 *
 * Several mappings may meet in it. Return: the table.
 */
grt_phys_t build_table(struct build *b, unsigned int level, u64 limit);

/** struct cuts - pages at which a leaf is to start, in ascending order; 0, before which nothing is: none. */
struct cuts {
	u64 at[2];
};

/**
 * build_split() - a table with the leaves that a leaf stands for
 * @level: of the table
 * @leaf: of the level above, in no group
 * @start: the first page that it maps
 * @cuts: the leaves are the largest that end there
 */
grt_phys_t build_split(struct pgtable_op *op, unsigned int level, pte_t leaf, u64 start,
		       const struct cuts *cuts);

#endif
