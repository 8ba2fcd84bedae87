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
void build_leaves(const struct geometry *g, const struct span *s, pte_t first, bool groups);

/** build_link() - the entry that leads to @table. */
static inline void build_link(const struct geometry *g, u64 *entry, phys_addr_t table)
{
	table_set(entry, 0, pte_table(g, table));
}

/** build_empty() - clear @n entries. */
void build_empty(u64 *entry, unsigned int n);

/** build_copy() - write @n entries, each with bits @flip of one of @from inverted. */
void build_copy(u64 *entry, const u64 *from, u64 flip, unsigned int n);

/** struct cuts - pages at which a leaf is to start, in ascending order. */
struct cuts {
	u64 at[2];
	unsigned int nr;
};

/**
 * build_split() - a table with the leaves that a leaf stands for, and the tables below that @cuts ask for
 * @level: of the table
 * @leaf: of the level above, in no group
 * @start: the first page that it maps
 */
phys_addr_t build_split(struct pgtable_op *op, unsigned int level, pte_t leaf, u64 start,
			const struct cuts *cuts);

#endif
