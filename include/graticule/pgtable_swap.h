/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Pages in place of the larger leaves of a range, for CPUs that can't change sizes in a live table.
 *
 * The tables below the lowest one that holds the whole range are built anew, as far as anything changes
 * in them, and share the rest with the old ones. Then one run of entries in that lowest table is
 * replaced, while no other CPU translates with the tree. In this order:
 *
 *	grt_swap_begin()	find the table; may fail
 *	grt_swap_build()	everything new; may fail
 *	grt_swap_commit()	under quiesce
 *	grt_swap_end()	free the tables that are not part of the tree; always, if begin succeeded
 *
 * The caller serialises operations on the tree, and has no batch open, from begin to end.
 */
#ifndef GRT_PGTABLE_SWAP_H
#define GRT_PGTABLE_SWAP_H

#include <graticule/pgtable.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct grt_swap - entries @first to @first + @nr - 1 of a table, and what takes their place
 * @table: the table, physical
 * @next: a page with the new entries at the same indices; the old ones after the commit
 * @start: first page that the entries map, in pages; @end is exclusive
 * @range_start: of the range that was asked for, in pages; likewise @range_end
 * @tables: table pages to be made; after the end, those that the tree has more than before
 * @level: of the entries
 * @built: the new tables have been made
 * @err: -EIO where other CPUs could not be fenced: the tables that nothing leads to now are not freed
 */
struct grt_swap {
	grt_phys_t table;
	grt_phys_t next;
	uint64_t start;
	uint64_t end;
	uint64_t range_start;
	uint64_t range_end;
	int64_t tables;
	uint16_t first;
	uint16_t nr;
	uint8_t level;
	bool built;
	int err;
};

/**
 * grt_swap_begin() - find out what is to be replaced so that all leaves in a range are single pages
 *
 * Stores nothing. Return: 0; -ENOENT (nothing is); -EINVAL, also where entries of a root that others
 * share (grt_pgtable_keep_root()) would be replaced; -EOPNOTSUPP (hardware writes accessed and dirty
 * state).
 */
int grt_swap_begin(struct grt_pgtable *pt, grt_virt_t va, uint64_t size, struct grt_swap *swap);

/**
 * grt_swap_build() - make the new tables, which nothing reaches yet, complete and ordered
 * @next: a page that the provider maps, the caller's until grt_swap_end() has returned
 *
 * What a leaf at an edge maps outside of the range keeps the largest leaves and groups.
 *
 * Return: 0 or -ENOMEM.
 */
int grt_swap_build(struct grt_pgtable *pt, struct grt_swap *swap, grt_phys_t next);

/**
 * grt_swap_commit() - replace the entries, invalidate, and wait
 * @table: the swap's table as memory, @next: its page of new entries; neither by way of the range
 *
 * No other CPU uses or caches a translation of the range meanwhile, and neither text, stack nor data
 * of this one lie in it.
 */
void grt_swap_commit(struct grt_pgtable *pt, struct grt_swap *swap, uint64_t *table,
		     uint64_t *next);

/**
 * grt_swap_end() - free the tables that the commit has unlinked, or the new ones if there was none
 *
 * Return: 0, or -EIO where other CPUs could not be fenced; the tables stay allocated then.
 */
int grt_swap_end(struct grt_pgtable *pt, struct grt_swap *swap);

#ifdef __cplusplus
}
#endif

#endif
