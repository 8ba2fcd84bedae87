// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A tree of tables: its beginning and end, and what all operations on it share. */
#include <asm/regime.h>
#include "generic/build.h"
#include "generic/pgtable_internal.h"

static int set_up(struct grt_pgtable *pt, const struct grt_pgtable_config *c)
{
	const struct grt_pgtable_ops *ops = c->ops;
	struct grt_entry_codes codes;
	int err;

	if (!c->g || !c->caps || !ops || !ops->alloc || !ops->free || !(ops->map || ops->offset) ||
	    !grt_regime_exists(c->g, &c->regime) || !arch_domain_complete(c->domain) ||
	    (c->regime.kind == GRT_REGIME_STAGE2) != (c->g->stage2 != 0) ||
	    !pte_codes(&codes, c->g, &c->regime))
		return -EINVAL;
	err = arch_regime_check(c->g, c->caps, &c->regime);
	if (err)
		return err;
	*pt = (struct grt_pgtable){
		.g = c->g,
		.caps = c->caps,
		.regime = c->regime,
		.first = grt_regime_first(c->g, &c->regime),
		.extent = grt_regime_extent(c->g, &c->regime),
		.never = arch_regime_never(&c->regime) | ~PGATTR_MAP_MASK,
		.codes = codes,
		.fixed = !pte_changes(c->g),
		.root = GRT_PHYS_NONE,
		.root_at = (c->g->levels - 2) * 256 + c->g->root_shift - 3,
		.root_mask = (8ULL << c->g->root_bits) - 8,
		.down = 256 + grt_geometry_index_bits(c->g),
		.mask = grt_geometry_page_size(c->g) - 8,
		.domain = c->domain,
		.spare = GRT_PHYS_NONE,
	};
	pt->detour = !pte_short_ways(pt->g, &codes, false);
	grt_pgtable_provide(pt, ops, c->ctx);
	return 0;
}

/* Clear a new root, but for the half that it shares with that of @upper. */
static void fill_root(const struct grt_pgtable *pt, const struct grt_pgtable *upper)
{
	unsigned int n = grt_geometry_entries(pt->g, grt_geometry_root_level(pt->g));
	u64 *root = table_map(pt, pt->root), *from;

	if (!upper) {
		build_empty(root, n);
	} else {
		from = table_map(upper, upper->root);
		build_empty(root, n / 2);
		build_copy(root + n / 2, from + n / 2, 0, n / 2);
		table_unmap(upper, from);
	}
	table_unmap(pt, root);
}

int grt_pgtable_init(struct grt_pgtable *pt, const struct grt_pgtable_config *config)
{
	int err = set_up(pt, config);

	if (!err && pt->fixed)
		err = -EOPNOTSUPP;
	if (!err && config->upper)
		err = pgtable_check_upper(pt, config->upper);
	if (err)
		return err;
	pt->root = pt->ops->alloc(pt);
	if (pt->root == GRT_PHYS_NONE)
		return -ENOMEM;
	fill_root(pt, config->upper);
	pt->tables = 1;
	return 0;
}

/* ---- all tables of a tree ---- */

/* One more of @size bytes, at most @max. */
static int count_table(struct grt_pgtable *pt, grt_phys_t table, u64 size, u64 max)
{
	if (table >> pt->g->pa_bits || !is_aligned(table, size))
		return -EINVAL;
	for (u64 at = 0; pt->ops->contains && at < size; at += grt_geometry_page_size(pt->g))
		if (!pt->ops->contains(pt, table + at))
			return -EINVAL;
	if (pt->tables == max)
		return -E2BIG;
	pt->tables++;
	return 0;
}

static int count_tables(struct grt_pgtable *pt, grt_phys_t root, struct page_range r, u64 max)
{
	struct cursor c;
	struct span s;
	int err = 0;

	cursor_begin_at(&c, pt, grt_geometry_root_level(pt->g), root, r);
	do {
		while (!err && c.level && cursor_next(&c, &s)) {
			if (!pte_is_table(pt->g, s.level, s.first))
				continue;
			pt->limited |= (s.first.val & pt->codes.limits) != 0;
			err = count_table(pt, pte_table_phys(pt->g, s.first),
					  grt_geometry_page_size(pt->g), max);
			if (!err)
				cursor_enter(&c, &s);
		}
		c.page = c.at.end;
	} while (!err && cursor_on(&c));
	cursor_end(&c);
	return err;
}

static int has_never(const struct grt_leaf *leaf, void *arg)
{
	const struct grt_pgtable *pt = arg;

	return leaf->attr & pt->never ? -EINVAL : 0;
}

/* What the regime has no mappings with would be invalidated in a way that misses it (rules A10, R3). */
static int check_leaves(struct grt_pgtable *pt)
{
	u64 size = BIT(pt->g->upper_bits);
	int err = 0;

	if (!(pt->never & PGATTR_MAP_MASK))
		return 0;
	if (pt->regime.half & GRT_REGIME_LOWER)
		err = grt_walk(pt, 0, size, has_never, pt);
	if (!err && pt->regime.half & GRT_REGIME_UPPER)
		err = grt_walk(pt, grt_geometry_upper_start(pt->g), size, has_never, pt);
	return err;
}

int grt_pgtable_adopt(struct grt_pgtable *pt, const struct grt_pgtable_config *config,
		      grt_phys_t root, u64 max_tables)
{
	struct page_range r;
	int err = set_up(pt, config);

	/* A root may be less than a page, or several. */
	if (!err)
		err = count_table(
			pt, root,
			max_u64(64, grt_geometry_entries(pt->g, grt_geometry_root_level(pt->g)) *
					    sizeof(u64)),
			max_tables);
	for (enum grt_regime_half half = GRT_REGIME_LOWER; half <= GRT_REGIME_UPPER && !err; half++)
		if (pgtable_half(pt, half, &r))
			err = count_tables(pt, root, r, max_tables);
	if (err)
		return err;
	pt->root = root;
	pt->live = true;
	pt->detour = !pte_short_ways(pt->g, &pt->codes, pt->limited);
	grt_pgtable_provide(pt, pt->ops, pt->ctx);
	return check_leaves(pt);
}

static void free_table(struct grt_pgtable *pt, grt_phys_t table)
{
	pt->ops->free(pt, table);
	pt->tables--;
}

void grt_pgtable_destroy(struct grt_pgtable *pt)
{
	struct page_range r;
	struct cursor c;
	struct span s;

	if (pt->fixed)
		return;
	for (enum grt_regime_half half = GRT_REGIME_LOWER; half <= GRT_REGIME_UPPER; half++) {
		if (!pgtable_half(pt, half, &r))
			continue;
		cursor_begin_at(&c, pt, grt_geometry_root_level(pt->g), pt->root, r);
		while (cursor_below(&c, &s))
			free_table(pt, pte_table_phys(pt->g, s.first));
		cursor_end(&c);
	}
	free_table(pt, pt->root);
	pt->root = GRT_PHYS_NONE;
}
