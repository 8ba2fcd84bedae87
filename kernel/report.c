// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the kernel says of its own address space: leaves are counted in the live tables. */
#include <asm/arch.h>
#include "base/string.h"
#include "kernel/arch.h"
#include "kernel/layout_text.h"
#include "kernel/printk.h"
#include "kernel/quiesce.h"
#include "kernel/report.h"
#include "mm/split_policy.h"
#include "mm/split_reserve.h"

#define FEATURES_MAX 256
#define LEAVES_MAX 256 /* ten sizes at most */
#define TEXT_MAX (LEAVES_MAX + 128)

struct count {
	const struct grt_layout *layout;
	struct layout_leaves *leaves;
};

static int count_leaf(const struct grt_leaf *leaf, void *arg)
{
	struct count *c = arg;
	const struct grt_region *r = grt_layout_region_of(c->layout, leaf->va);

	c->leaves->count[r ? r->id : GRT_REGION_GUARD][leaf->level][leaf->contiguous]++;
	return 0;
}

void report_count_leaves(const struct grt_pgtable *pt, const struct grt_layout *l,
			 struct layout_leaves *leaves)
{
	struct count c = { l, leaves };
	grt_virt_t start = grt_geometry_upper_start(pt->g);

	memset(leaves, 0, sizeof(*leaves));
	grt_walk(pt, start, 0 - start, count_leaf, &c);
}

static void put_console(void *arg, const char *s, size_t len)
{
	(void)arg;
	console_write(s, len);
}

/* ---- what the linear map costs ---- */

/* Tables of each level that leaves in ascending order need: a new one where the address leaves the last. */
struct count_tables {
	const struct grt_geometry *g;
	u64 last[GRT_GEOMETRY_MAX_LEVELS];
	u64 tables;
};

static int count_tables(const struct grt_leaf *leaf, void *arg)
{
	struct count_tables *c = arg;

	for (unsigned int level = leaf->level; level < grt_geometry_root_level(c->g); level++) {
		u64 number = leaf->va >> grt_geometry_level_shift(c->g, level + 1);

		c->tables += number != c->last[level];
		c->last[level] = number;
	}
	return 0;
}

/* Of a linear map that has nothing but pages, by arithmetic. */
static u64 tables_by_pages(const struct boot_info *bi)
{
	struct grt_cost cost = { .g = &bi->geometry };
	struct linear_map lm;

	if (boot_linear_map(bi, &lm))
		return 0;
	lm.limits |= GRT_MAP_PAGES_ONLY | GRT_MAP_NO_CONT;
	linear_map_cost(&lm, &cost);
	return cost.tables;
}

static void fill_split(const struct boot_info *bi, const struct grt_pgtable *pt,
		       struct layout_split *s)
{
	const struct grt_region *linear = grt_layout_find(&bi->layout, GRT_REGION_LINEAR);
	struct split_reserve_stats reserve;
	struct quiesce_stats quiesce;
	struct count_tables c = { .g = pt->g };

	grt_walk(pt, linear->start, linear->size, count_tables, &c);
	split_reserve_stats(&reserve);
	quiesce_stats(&quiesce);
	*s = (struct layout_split){
		.mode = split_mode_name(split_mode()),
		.tables = c.tables,
		.tables_by_pages = max_u64(tables_by_pages(bi), c.tables),
		.cost = split_mode() != SPLIT_LIVE,
		.reserve = reserve.initial,
		.reserve_now = reserve.bytes,
		.refills = reserve.refills,
		.failures = reserve.failures,
		.quiesces = quiesce.runs,
		.cycles = quiesce.cycles,
	};
}

void report_json(const struct boot_info *bi, const struct grt_pgtable *pt, unsigned int cpus)
{
	char features[FEATURES_MAX] = "";
	struct layout_leaves leaves;
	struct layout_split split;
	struct layout_facts facts = {
		.arch = ARCH_NAME,
		.leaves = &leaves,
		.tables = pt->tables,
		.cpus = cpus,
		.features = features,
		.split = &split,
	};

	report_count_leaves(pt, &bi->layout, &leaves);
	fill_split(bi, pt, &split);
	arch_mmu_features(bi, features, sizeof(features));
	printk("graticule-layout: ");
	layout_json(&bi->layout, &facts, put_console, NULL);
	printk("\n");
}

/* "2M", "512G", "6.5M": three digits at most, in the largest unit that is not larger. */
static void format_size(u64 size, char *buf, size_t len)
{
	static const char unit[] = "BKMGTPE";
	unsigned int u = size ? log2_floor(size) / 10 : 0;
	u64 whole = size >> 10 * u;
	u64 tenth = u ? ((size >> (10 * u - 10)) % 1024 * 10) >> 10 : 0;

	if (tenth && whole < 100)
		snprintf(buf, len, "%lu.%lu%c", whole, tenth, unit[u]);
	else
		snprintf(buf, len, "%lu%c", whole, unit[u]);
}

static int count_in_region(const struct grt_leaf *leaf, void *arg)
{
	u64(*count)[2] = arg;

	count[leaf->level][leaf->contiguous]++;
	return 0;
}

/* "3 x 1G, 511 x 2M, 2 x 64K+": groups have a plus sign. */
static void format_leaves(const struct grt_pgtable *pt, const struct grt_region *r, char *buf,
			  size_t len)
{
	u64 count[GRT_GEOMETRY_MAX_LEVELS][2] = { 0 };
	unsigned int level, group;
	size_t at = 0;
	char size[16];

	grt_walk(pt, r->start, r->size, count_in_region, count);
	buf[0] = '\0';
	for (level = pt->g->levels; level-- > 0;) {
		for (group = 2; group-- > 0;) {
			if (!count[level][group] || at >= len)
				continue;
			format_size(group ? grt_geometry_group_size(pt->g, level)
					  : grt_geometry_level_size(pt->g, level),
				    size, sizeof(size));
			at += (size_t)snprintf(buf + at, len - at, "%s%lu x %s%s", at ? ", " : "",
					       count[level][group], size, group ? "+" : "");
		}
	}
}

static void report_region(const struct grt_pgtable *pt, const struct grt_region *r)
{
	char size[16], perm[4], leaves[LEAVES_MAX], text[TEXT_MAX];
	const struct layout_row row = {
		.name = region_id_name(r->id),
		.start = r->start,
		.last = r->start + r->size - 1,
		.size = size,
		.perm = region_perm_string(r->perm, perm),
		.text = text,
	};

	format_size(r->size, size, sizeof(size));
	format_leaves(pt, r, leaves, sizeof(leaves));
	snprintf(text, sizeof(text), "%s%s%s", leaves, leaves[0] ? "; " : "", r->note);
	layout_text_row(put_console, NULL, &row);
}

void report_table(const struct boot_info *bi, const struct grt_pgtable *pt)
{
	const struct grt_geometry *g = pt->g;
	char size[16];
	unsigned int i;

	format_size(grt_geometry_page_size(g), size, sizeof(size));
	printk("%s: %s pages, %u-bit virtual addresses, %u levels, %lu tables\n", ARCH_NAME, size,
	       g->va_bits, g->levels, pt->tables);
	layout_text_head(put_console, NULL);
	for (i = bi->layout.nr; i-- > 0;)
		report_region(pt, &bi->layout.region[i]);
}

void report_split(const struct boot_info *bi, const struct grt_pgtable *pt)
{
	const struct grt_region *linear = grt_layout_find(&bi->layout, GRT_REGION_LINEAR);
	u64 page = grt_geometry_page_size(pt->g);
	char leaves[LEAVES_MAX], text[TEXT_MAX], used[16], saved[16];
	struct layout_split s;

	fill_split(bi, pt, &s);
	format_leaves(pt, linear, leaves, sizeof(leaves));
	format_size(s.tables * page, used, sizeof(used));
	format_size((s.tables_by_pages - s.tables) * page, saved, sizeof(saved));
	snprintf(text, sizeof(text), "linear map: %lu tables (%s) for %s; by pages %lu: %s saved",
		 s.tables, used, leaves, s.tables_by_pages, saved);
	put_wrapped(put_console, NULL, text, 0, 2);
	if (split_mode() != SPLIT_RESERVE)
		return;
	format_size(s.reserve, used, sizeof(used));
	format_size(s.reserve_now, saved, sizeof(saved));
	snprintf(
		text, sizeof(text),
		"split reserve: %s at boot, %s now: %lu refills, %lu failed; %lu quiesces in all, %lu us",
		used, saved, s.refills, s.failures, s.quiesces,
		s.cycles * 1000000 / arch_cycles_hz());
	put_wrapped(put_console, NULL, text, 0, 2);
}
