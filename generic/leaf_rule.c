// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which leaves a mapping gets: the largest that its addresses and what was asked for allow. */
#include "generic/pgtable_internal.h"

/* What GRT_MAP_SPLITTABLE stands for. */
static grt_attr_t live_limits(const struct grt_pgtable *pt)
{
	const struct grt_geometry *g = pt->g;
	pte_t block = pte_leaf(g, 1, 0, GRT_ATTR_KERNEL_RW);

	/* Where a block can be split live a group can be taken apart, which grt_protect() does. */
	if (pte_step(pt->caps, g, 1, block, pte_table(g, 0)) != PTE_STEP_INVALIDATE)
		return GRT_MAP_PAGES_ONLY | GRT_MAP_NO_CONT;
	return 0;
}

void leaf_rule_init(struct leaf_rule *rule, const struct grt_pgtable *pt, u64 offset,
		    grt_attr_t limits)
{
	const struct grt_geometry *g = pt->g;
	unsigned int shift = grt_geometry_page_shift(g), levels;

	*rule = (struct leaf_rule){ .g = g, .offset = offset, .limits = limits };
	if (limits & GRT_MAP_SPLITTABLE && pt->caps)
		limits |= live_limits(pt);
	levels = limits & GRT_MAP_PAGES_ONLY ? 1 : g->levels;
	for (unsigned int level = 0; level < levels; level++, shift += grt_geometry_index_bits(g)) {
		unsigned int cont = limits & GRT_MAP_NO_CONT ? 0 : g->cont_bits[level];

		if (level &&
		    (!grt_geometry_leaf_allowed(g, level) || !is_aligned(rule->offset, BIT(shift))))
			break;
		rule->max_level = (u8)level;
		if (cont && is_aligned(rule->offset, BIT(shift + cont)))
			rule->groups |= (u8)BIT(level);
	}
}

int grt_run_leaf(const struct grt_pgtable *pt, const struct grt_run *run, grt_virt_t va,
		 struct grt_leaf *leaf)
{
	struct leaf_rule rule = { .g = NULL };

	if (va - run->va >= run->size)
		return -EINVAL;
	leaf_rule_set(&rule, pt, run);
	*leaf = (struct grt_leaf){
		.attr = run->attr & ~(GRT_MAP_MASK | GRT_MAP_OLD | GRT_MAP_CLEAN),
		.state = (u8)pte_state(pgtable_leaf_entry(pt, 0, 0, run->attr)),
	};
	/* From the largest down; a group of a level is smaller than an entry of the next. */
	for (int level = rule.max_level; level >= 0; level--) {
		for (int group = rule.groups >> level & 1; group >= 0; group--) {
			leaf->level = (u8)level;
			leaf->contiguous = group;
			leaf->size = group ? grt_geometry_group_size(pt->g, leaf->level)
					   : grt_geometry_level_size(pt->g, leaf->level);
			leaf->va = align_down(va, leaf->size);
			leaf->pa = leaf->va + rule.offset;
			/* A group is made of leaves of its level, whichever block it lies in. */
			if (leaf->va >= run->va && leaf->va - run->va + leaf->size <= run->size)
				return 0;
		}
	}
	return -EINVAL;
}
