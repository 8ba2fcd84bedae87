/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Table pages for engine tests: an arena that can fail, be compared, and have its trees checked. */
#ifndef TESTS_HOST_ENGINE_ARENA_H
#define TESTS_HOST_ENGINE_ARENA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <graticule/asm/caps.h>
#include <graticule/pgtable.h>
#include <backend/tlb.h>
#include <asm/mmu_ops.h>
#include <asm/pte_state.h>
#include "base/errno.h"

#define TABLE_PAGES 1024
#define TABLE_BASE GIB(1)

/**
 * struct tables - the table pages of one tree
 * @ops: its provider
 * @offset: of @memory, where nobody maps tables (tables_direct)
 * @fail_at: the allocation that fails, counted down; 0: none
 * @nr_mapped: how often tables were mapped and not unmapped yet
 */
struct tables {
	struct grt_geometry g;
	struct grt_mmu_caps caps;
	struct grt_pgtable pt;
	struct grt_pgtable_ops ops;
	u64 offset;
	u8 *memory;
	bool used[TABLE_PAGES];
	u64 nr_used;
	u64 fail_at;
	s64 nr_mapped;
	struct grt_tlb_domain domain;
};

static inline u64 *tables_memory(const struct tables *t, grt_phys_t table)
{
	u64 n = (table - TABLE_BASE) >> t->g.page_shift;

	assert_true(table >= TABLE_BASE && n < TABLE_PAGES && t->used[n]);
	return (u64 *)(t->memory + (n << t->g.page_shift));
}

static inline grt_phys_t tables_alloc(struct grt_pgtable *pt)
{
	struct tables *t = pt->ctx;

	if (t->fail_at && !--t->fail_at)
		return GRT_PHYS_NONE;
	for (u64 n = 0; n < TABLE_PAGES; n++) {
		if (t->used[n])
			continue;
		t->used[n] = true;
		t->nr_used++;
		memset(t->memory + (n << t->g.page_shift), 0xff, BIT(t->g.page_shift));
		return TABLE_BASE + (n << t->g.page_shift);
	}
	return GRT_PHYS_NONE;
}

static inline void tables_free(struct grt_pgtable *pt, grt_phys_t table)
{
	struct tables *t = pt->ctx;

	tables_memory(t, table);
	t->used[(table - TABLE_BASE) >> t->g.page_shift] = false;
	t->nr_used--;
}

static inline u64 *tables_map(const struct grt_pgtable *pt, grt_phys_t table)
{
	struct tables *t = pt->ctx;

	t->nr_mapped++;
	return tables_memory(t, table);
}

/* Whoever has mapped a table unmaps it, and it is one. */
static inline void tables_unmap(const struct grt_pgtable *pt, u64 *table)
{
	struct tables *t = pt->ctx;

	t->nr_mapped--;
	assert_in_range((uintptr_t)table - (uintptr_t)t->memory, 0,
			(TABLE_PAGES << t->g.page_shift) - 1);
	assert_true(is_aligned((uintptr_t)table, BIT(t->g.page_shift)));
}

/* Are tables reached at an offset, as in a kernel's linear map? A program runs its tests both ways. */
static bool tables_direct;

#define run_both_ways(tests)                                                   \
	({                                                                     \
		int failed_mapped = cmocka_run_group_tests(tests, NULL, NULL); \
		tables_direct = true;                                          \
		failed_mapped + cmocka_run_group_tests(tests, NULL, NULL);     \
	})

/* Capabilities with everything; the arm64 tests lower the BBM level. */
static inline struct grt_mmu_caps all_caps(void)
{
#ifdef GEOMETRY_FORMAT_PBMT
	return (struct grt_mmu_caps){
		.va_bits = 57, .pa_bits = 56, .svnapot = true, .svpbmt = true
	};
#else
	return (struct grt_mmu_caps){ .pa_bits = 52,
				      .granule_4k = true,
				      .granule_16k = true,
				      .granule_64k = true,
				      .lpa2_4k = true,
				      .lpa2_16k = true,
				      .lva = true,
				      .cont = true,
				      .bbm = 3,
				      .tlb_range = true };
#endif
}

/* Arenas are kept: to have the host map megabytes anew for each tree takes longer than the tests. */
#define ARENA_SIZE (TABLE_PAGES << 16)

static u8 *idle_arena[2];

static inline u8 *arena_take(void)
{
	u8 *memory = NULL;

	for (unsigned int i = 0; i < 2 && !memory; i++) {
		memory = idle_arena[i];
		idle_arena[i] = NULL;
	}
	return memory ? memory : aligned_alloc(BIT(16), ARENA_SIZE);
}

static inline void arena_give(u8 *memory)
{
	for (unsigned int i = 0; i < 2 && memory; i++)
		if (!idle_arena[i]) {
			idle_arena[i] = memory;
			return;
		}
	free(memory);
}

static inline void tables_init(struct tables *t, const struct grt_geometry_choice *c, bool live)
{
	memset(t, 0, sizeof(*t));
	t->caps = all_caps();
	assert_int_equal(grt_geometry_init(&t->g, c->page_shift, c->va_bits, &t->caps), 0);
	t->memory = arena_take();
	assert_non_null(t->memory);
	t->offset = (uintptr_t)t->memory - TABLE_BASE;
	t->ops = (struct grt_pgtable_ops){ .alloc = tables_alloc,
					   .free = tables_free,
					   .map = tables_direct ? NULL : tables_map,
					   .unmap = tables_direct ? NULL : tables_unmap,
					   .offset = &t->offset };
	assert_int_equal(grt_pgtable_init(&t->pt,
					  &(struct grt_pgtable_config){
						  .g = &t->g,
						  .caps = &t->caps,
						  .regime = { .half = GRT_REGIME_UPPER },
						  .ops = &t->ops,
						  .ctx = t }),
			 0);
	t->pt.live = live;
	memset(&mmu_host, 0, sizeof(mmu_host));
}

static inline void tables_done(struct tables *t)
{
	grt_pgtable_destroy(&t->pt);
	assert_int_equal(t->nr_mapped, 0);
	assert_int_equal(t->pt.tables, 0);
	assert_int_equal(t->nr_used, 0);
	arena_give(t->memory);
}

/* ---- what any tree must be like ---- */

/* Entry @index is one of a group: it must agree with the first, which stands at a group's boundary. */
static inline void check_group(const struct tables *t, unsigned int level, const u64 *table,
			       unsigned int index, grt_virt_t va)
{
	unsigned int n = 1U << t->g.cont_bits[level];
	pte_t first = pte_make(table[index & -n]), pte = pte_make(table[index]);
	grt_virt_t base = align_down(va, grt_geometry_group_size(&t->g, level));
	grt_phys_t pa = pte_leaf_phys(&t->g, level, first, base);

	assert_true(is_aligned(pa, grt_geometry_group_size(&t->g, level)));
	assert_true(pte_is_leaf(&t->g, level, pte) || pte_hidden(pte));
	assert_true(pte_kind(&t->g, pte) == pte_kind(&t->g, first));
	assert_true(pte_leaf_phys(&t->g, level, pte, va) == pa + (va - base));
	/* Each one has a next one, and the last one the first: then all are there. */
	assert_true(pte_contiguous(&t->g, level, pte_make(table[(index & -n) + (index + 1) % n])));
}

/* Return: the tables of the subtree. */
static inline u64 check_table(const struct tables *t, unsigned int level, grt_phys_t pa,
			      grt_virt_t va)
{
	const u64 *table = tables_memory(t, pa);
	u64 n = 1;
	bool empty = true;

	for (unsigned int i = 0; i < grt_geometry_entries(&t->g, level); i++) {
		pte_t pte = pte_make(table[i]);
		grt_virt_t at = va + i * grt_geometry_level_size(&t->g, level);

		if (!table[i])
			continue;
		empty = false;
		assert_int_equal(pte_is_leaf(&t->g, level, pte) + pte_is_table(&t->g, level, pte) +
					 pte_hidden(pte),
				 1);
		if (pte_is_table(&t->g, level, pte))
			n += check_table(t, level - 1, pte_table_phys(&t->g, pte), at);
		else if (pte_contiguous(&t->g, level, pte))
			check_group(t, level, table, i, at);
		else
			assert_true(is_aligned(pte_leaf_phys(&t->g, level, pte, at),
					       grt_geometry_level_size(&t->g, level)));
	}
	assert_true(!empty || level == grt_geometry_root_level(&t->g));
	return n;
}

/* Entries agree, no table is empty, and none is lost or counted wrongly. */
static inline void check_tree(const struct tables *t)
{
	u64 n = check_table(t, grt_geometry_root_level(&t->g), t->pt.root, 0);

	assert_int_equal(n, t->pt.tables);
	assert_int_equal(n, t->nr_used);
}

/* ---- the whole tree, to be compared ---- */

/* @memory: the pages that are used, one after another. */
struct snapshot {
	u8 *memory;
	bool used[TABLE_PAGES];
	u64 tables;
};

static inline void snapshot_take(struct snapshot *s, const struct tables *t)
{
	u8 *to = malloc(t->nr_used << t->g.page_shift);

	assert_non_null(to);
	s->memory = to;
	memcpy(s->used, t->used, sizeof(s->used));
	for (u64 n = 0; n < TABLE_PAGES; n++) {
		if (!s->used[n])
			continue;
		memcpy(to, t->memory + (n << t->g.page_shift), BIT(t->g.page_shift));
		to += BIT(t->g.page_shift);
	}
	s->tables = t->pt.tables;
}

static inline void snapshot_equal(const struct snapshot *s, const struct tables *t)
{
	const u8 *from = s->memory;

	assert_int_equal(s->tables, t->pt.tables);
	assert_memory_equal(s->used, t->used, sizeof(s->used));
	for (u64 n = 0; n < TABLE_PAGES; n++) {
		if (!s->used[n])
			continue;
		assert_memory_equal(from, t->memory + (n << t->g.page_shift), BIT(t->g.page_shift));
		from += BIT(t->g.page_shift);
	}
}

static inline void snapshot_drop(struct snapshot *s)
{
	free(s->memory);
}

/* ---- leaves as a list ---- */

#define MAX_LEAVES (1U << 20)

struct leaves {
	struct grt_leaf leaf[MAX_LEAVES];
	unsigned int nr;
};

static inline int leaves_add(const struct grt_leaf *leaf, void *arg)
{
	struct leaves *l = arg;

	assert_true(l->nr < MAX_LEAVES);
	l->leaf[l->nr++] = *leaf;
	return 0;
}

static inline void leaves_get(const struct tables *t, grt_virt_t va, u64 size, struct leaves *l)
{
	l->nr = 0;
	assert_int_equal(grt_walk(&t->pt, va, size, leaves_add, l), 0);
}

#endif
