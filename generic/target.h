/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where leaves go that are copied from another tree: the tables on the way there. One is made when the first
 * leaf goes into it, so none is made for nothing, and filled front to back.
 */
#ifndef GENERIC_TARGET_H
#define GENERIC_TARGET_H

#include "generic/build.h"
#include "generic/gate.h"

/** enum target_state - a table: not made, made and out of reach, or there already. */
enum target_state { TARGET_NONE, TARGET_MADE, TARGET_THERE };

/**
 * struct target - the way
 * @op: the operation on the tree; dry, nothing is stored
 * @at: the table by level; @filled: its entries that are written, from the first on, where it was made
 */
struct target {
	struct pgtable_op op;
	struct target_table {
		enum target_state state;
		grt_phys_t table;
		u64 *t;
		unsigned int filled;
	} at[GRT_GEOMETRY_MAX_LEVELS];
};

/** target_begin() - at the root. */
void target_begin(struct target *to);

/** target_at() - in place of a table of pages, to which the entry @e would lead. */
void target_at(struct target *to, const struct table_entry *e);

/** target_enter() - down to the table of @level for @page, from the one above it. */
void target_enter(struct target *to, unsigned int level, u64 page);

/** target_leave() - done with the table of @level, and all below it. */
void target_leave(struct target *to, unsigned int level);

/** target_make() - there has to be a table of @level for @page, and those above it. */
void target_make(struct target *to, unsigned int level, u64 page);

/** target_room() - how many of @n entries from that of @page on have no table in their place. */
unsigned int target_room(const struct target *to, unsigned int level, u64 page, u64 n);

/**
 * target_span() - @n entries that are written next, in a table that was made or is there
 *
 * Return: in @s, which begins with the entry of @page.
 */
void target_span(struct target *to, unsigned int level, u64 page, unsigned int n, struct span *s);

/** target_put() - @n leaves of @level, the first @pte, in no group, and for @page. */
void target_put(struct target *to, unsigned int level, pte_t pte, u64 page, unsigned int n);

/** target_put_part() - what the leaf @pte, of @level + 1 and in no group, maps in @r, by smaller leaves. */
void target_put_part(struct target *to, unsigned int level, pte_t pte, struct page_range r);

/** target_put_span() - entries alike, in whole groups or none, as they are but for bits @flip. */
void target_put_span(struct target *to, const struct span *s, u64 flip);

#endif
