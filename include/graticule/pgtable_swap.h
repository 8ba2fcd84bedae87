/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Pages in place of the larger leaves of a range, for CPUs that can't change sizes in a live table.
 *
 * The tables below the lowest one that holds the whole range are built anew, as far as anything changes
 * in them, and share the rest with the old ones. Then one run of entries in that lowest table is
 * replaced, while no other CPU translates with the tree. In this order:
 *
 *	pgtable_swap_begin()	find the table; may fail
 *	pgtable_swap_build()	everything new; may fail
 *	pgtable_swap_commit()	under quiesce
 *	pgtable_swap_end()	free the tables that are not part of the tree; always, if begin succeeded
 *
 * The caller serialises operations on the tree, and has no batch open, from begin to end.
 */
#ifndef GRATICULE_PGTABLE_SWAP_H
#define GRATICULE_PGTABLE_SWAP_H

#include <graticule/pgtable.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct pgtable_swap - entries @first to @first + @nr - 1 of a table, and what takes their place
 * @table: the table, physical
 * @next: a page with the new entries at the same indices; the old ones after the commit
 * @start: first page that the entries map, in pages; @end is exclusive
 * @range_start: of the range that was asked for, in pages; likewise @range_end
 * @tables: table pages to be made; after the end, those that the tree has more than before
 * @level: of the entries
 */
struct pgtable_swap {
	phys_addr_t table;
	phys_addr_t next;
	u64 start;
	u64 end;
	u64 range_start;
	u64 range_end;
	s64 tables;
	u16 first;
	u16 nr;
	u8 level;
	bool built;
	bool committed;
	int err;
};

/**
 * pgtable_swap_begin() - find out what is to be replaced so that all leaves in a range are single pages
 *
 * Stores nothing. Return: 0; -ENOENT (nothing is); -EINVAL, also where entries of a root that others share
 * (pgtable_keep_root()) would be replaced; -EOPNOTSUPP where hardware writes
 * accessed and dirty state.
 */
int pgtable_swap_begin(struct pgtable *pt, virt_addr_t va, u64 size, struct pgtable_swap *swap);

/**
 * pgtable_swap_build() - make the new tables, which nothing reaches yet, complete and ordered
 * @next: a page that the provider maps, the caller's until pgtable_swap_end() has returned
 *
 * What a leaf at an edge maps outside of the range keeps the largest leaves and groups.
 *
 * Return: 0 or -ENOMEM.
 */
int pgtable_swap_build(struct pgtable *pt, struct pgtable_swap *swap, phys_addr_t next);

/**
 * pgtable_swap_commit() - replace the entries, invalidate, and wait
 * @table: the swap's table as memory, @next: its page of new entries; neither by way of the range
 *
 * No other CPU uses or caches a translation of the range meanwhile, and neither text, stack nor data
 * of this one lie in it.
 */
void pgtable_swap_commit(struct pgtable *pt, struct pgtable_swap *swap, u64 *table, u64 *next);

/**
 * pgtable_swap_end() - free the tables that the commit has unlinked, or the new ones if there was none
 *
 * Return: 0, or -EIO where the firmware failed to fence other CPUs; the tables stay allocated then.
 */
int pgtable_swap_end(struct pgtable *pt, struct pgtable_swap *swap);

#ifdef __cplusplus
}
#endif

#endif
