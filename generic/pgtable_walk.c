// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Reading tables: lookup, and iteration over leaves. */
#include "generic/pgtable_internal.h"

/* The pages of the leaf at @page, or of the contiguous group that it belongs to. */
static struct page_range leaf_unit(const struct geometry *g, unsigned int level, pte_t pte,
				   u64 page)
{
	u64 n = pte_contiguous(g, level, pte) ? group_pages(g, level) : level_pages(g, level);
	u64 start = align_down(page, n);

	return (struct page_range){ start, start + n };
}

bool pgtable_find_leaf(const struct pgtable *pt, u64 page, struct leaf_entry *leaf)
{
	struct table_entry e = table_find(pt, page);

	table_unmap(pt, e.t);
	if (!entry_maps(pt->g, e.level, e.pte))
		return false;
	leaf->table = e.table;
	leaf->pte = e.pte;
	leaf->level = (u8)e.level;
	leaf->unit = leaf_unit(pt->g, e.level, e.pte, page);
	return true;
}

static struct pgtable_leaf describe(const struct geometry *g, unsigned int level, pte_t pte,
				    u64 page, struct page_range unit)
{
	virt_addr_t va = page_address(g, align_down(page, level_pages(g, level)));
	virt_addr_t start = page_address(g, unit.start);

	return (struct pgtable_leaf){
		.va = start,
		.size = (unit.end - unit.start) << geometry_page_shift(g),
		.pa = pte_leaf_phys(g, level, pte, va) - (va - start),
		.attr = pte_attr(g, pte),
		.level = (u8)level,
		.contiguous = pte_contiguous(g, level, pte),
	};
}

int pgtable_translate(const struct pgtable *pt, virt_addr_t va, struct pgtable_leaf *leaf)
{
	u64 page = va >> geometry_page_shift(pt->g);
	struct leaf_entry entry;

	if (!regime_serves(pt->g, &pt->regime, va, va))
		return -EINVAL;
	if (!pgtable_find_leaf(pt, page, &entry) || pte_hidden(entry.pte))
		return -ENOENT;
	*leaf = describe(pt->g, entry.level, entry.pte, page, entry.unit);
	return 0;
}

struct walk {
	const struct pgtable *pt;
	pgtable_leaf_fn fn;
	void *arg;
};

/* The pages [s, end) of the table; a group at its start may begin before it. */
static int walk_table(const struct walk *w, unsigned int level, phys_addr_t table, u64 s, u64 end)
{
	const struct geometry *g = w->pt->g;
	u64 *t = table_map(w->pt, table);
	int err = 0;

	while (s < end && !err) {
		pte_t pte = table_get(t, page_index(g, level, s));
		u64 next = entry_end(level_page_shift(g, level), s, end);

		if (pte_is_leaf(g, level, pte)) {
			struct page_range unit = leaf_unit(g, level, pte, s);
			struct pgtable_leaf leaf = describe(g, level, pte, s, unit);

			err = w->fn(&leaf, w->arg);
			next = unit.end;
		} else if (pte_is_table(g, level, pte)) {
			err = walk_table(w, level - 1, pte_table_phys(g, pte), s, next);
		}
		s = next;
	}
	table_unmap(w->pt, t);
	return err;
}

int pgtable_walk(const struct pgtable *pt, virt_addr_t va, u64 size, pgtable_leaf_fn fn, void *arg)
{
	const struct geometry *g = pt->g;
	struct walk w = { pt, fn, arg };
	virt_addr_t last = va + size - 1;

	if (!size)
		return 0;
	if (!regime_serves(g, &pt->regime, va, last))
		return -EINVAL;
	return walk_table(&w, geometry_root_level(g), pt->root, va >> geometry_page_shift(g),
			  (last >> geometry_page_shift(g)) + 1);
}
