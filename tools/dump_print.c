// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Ranges, leaves and steps as text and as JSON. */
#include <stdlib.h>
#include <string.h>
#include "tools/dump.h"
#include "tools/util.h"

typedef unsigned long long ull;

static const char *const kind_names[] = { "leaf", "fault", "unread", "again", "loop" };

u64 leaf_size(const struct tree *t, unsigned int level, bool group)
{
	return group ? grt_geometry_group_size(&t->g, level)
		     : grt_geometry_level_size(&t->g, level);
}

/* ---- text ---- */

/* "3 x 2M, 16 x 64K group": the largest first. */
static void put_sizes(FILE *f, const struct tree *t, const u64 count[][2])
{
	const char *comma = "";
	char size[16];

	for (unsigned int i = 2 * GRT_GEOMETRY_MAX_LEVELS; i-- > 0;) {
		if (!count[i / 2][i % 2])
			continue;
		fprintf(f, "%s%llu x %s%s", comma, (ull)count[i / 2][i % 2],
			size_string(leaf_size(t, i / 2, i % 2), size), i % 2 ? " group" : "");
		comma = ", ";
	}
}

static void put_words(struct printer *p, const struct item *item)
{
	struct words w;

	p->ops->describe(p->t, item, &w);
	fprintf(p->f, "%s %s %s%s%s%s", w.kernel, w.user, w.memory, *w.flags ? " " : "", w.flags,
		item->torn ? " group-disagrees" : "");
	if (p->o->raw_bits)
		fprintf(p->f, " [0x%016llx]", (ull)item->entry);
}

/* What there is instead of a leaf. */
static void put_other(FILE *f, const struct item *item)
{
	switch (item->kind) {
	case ITEM_BAD:
		fprintf(f, "faults: %s [0x%016llx]", item->why, (ull)item->entry);
		break;
	case ITEM_UNREAD:
		fprintf(f, "unread: the source lacks the table at 0x%llx", (ull)item->pa);
		break;
	case ITEM_AGAIN:
		fprintf(f, "as from 0x%016llx on: the table at 0x%llx again", (ull)item->again,
			(ull)item->pa);
		break;
	default:
		fprintf(f, "loop: leads back to the table at 0x%llx", (ull)item->pa);
	}
}

static void text_run(struct printer *p, const struct run *run)
{
	char size[16];

	if (!p->t->g.levels) {
		fprintf(p->f, "0x%016llx-0x%016llx  each address is its own: no tables\n",
			(ull)run->item.va, (ull)run->last);
		return;
	}
	fprintf(p->f, "0x%016llx-0x%016llx %6s  ", (ull)run->item.va, (ull)run->last,
		size_string(run->last - run->item.va + 1, size));
	if (run->item.kind == ITEM_LEAF) {
		fprintf(p->f, "0x%012llx  ", (ull)run->item.pa);
		put_words(p, &run->item);
		fputs("  ", p->f);
		put_sizes(p->f, p->t, run->count);
	} else {
		put_other(p->f, &run->item);
	}
	fputc('\n', p->f);
}

/* ---- JSON: every string is made of our own words ---- */

static void next_element(struct printer *p)
{
	fputs(p->listed++ ? ",\n   " : "\n   ", p->f);
}

static void json_words(struct printer *p, const struct item *item)
{
	const char *comma = "";
	struct words w;
	char *flag, *save;

	p->ops->describe(p->t, item, &w);
	fprintf(p->f, "\"kernel\": \"%s\", \"user\": \"%s\", \"memory\": \"%s\", \"flags\": [",
		w.kernel, w.user, w.memory);
	for (flag = strtok_r(w.flags, " ", &save); flag; flag = strtok_r(NULL, " ", &save)) {
		fprintf(p->f, "%s\"%s\"", comma, flag);
		comma = ", ";
	}
	if (item->torn)
		fprintf(p->f, "%s\"group-disagrees\"", comma);
	fprintf(p->f, "], \"entry\": \"0x%llx\", \"entry_at\": \"0x%llx\"", (ull)item->entry,
		(ull)item->at);
}

static void json_sizes(FILE *f, const struct tree *t, const u64 count[][2])
{
	const char *comma = "";

	fputs("\"leaves\": [", f);
	for (unsigned int i = 2 * t->g.levels; i-- > 0;) {
		if (!count[i / 2][i % 2])
			continue;
		fprintf(f, "%s{\"size\": %llu, \"count\": %llu, \"contiguous\": %s}", comma,
			(ull)leaf_size(t, i / 2, i % 2), (ull)count[i / 2][i % 2],
			i % 2 ? "true" : "false");
		comma = ", ";
	}
	fputc(']', f);
}

static void json_other(FILE *f, const struct item *item)
{
	if (item->kind == ITEM_BAD)
		fprintf(f, "\"why\": \"%s\", \"entry\": \"0x%llx\"", item->why, (ull)item->entry);
	else
		fprintf(f, "\"table\": \"0x%llx\"", (ull)item->pa);
	if (item->kind == ITEM_AGAIN)
		fprintf(f, ", \"as\": \"0x%llx\"", (ull)item->again);
}

static void json_run(struct printer *p, const struct run *run)
{
	next_element(p);
	fprintf(p->f, "{\"kind\": \"%s\", \"va\": \"0x%llx\", \"last\": \"0x%llx\", ",
		kind_names[run->item.kind], (ull)run->item.va, (ull)run->last);
	if (run->item.kind == ITEM_LEAF) {
		fprintf(p->f, "\"pa\": \"0x%llx\", ", (ull)run->item.pa);
		json_words(p, &run->item);
		fputs(", ", p->f);
		json_sizes(p->f, p->t, run->count);
	} else {
		json_other(p->f, &run->item);
	}
	fputc('}', p->f);
}

void print_run(struct printer *p, const struct run *run)
{
	(p->o->json ? json_run : text_run)(p, run);
}

/* ---- one address ---- */

static void text_step(struct printer *p, const struct item *item, grt_virt_t va)
{
	char size[16];

	if (p->t->g.levels)
		fprintf(p->f, "  level %2d  entry %4llu at 0x%012llx  0x%016llx  ",
			p->ops->level_name(p->t, item->level),
			(ull)grt_geometry_index(&p->t->g, item->level, va), (ull)item->at,
			(ull)item->entry);
	if (item->kind == ITEM_LEAF) {
		fprintf(p->f, "%s: 0x%llx\n    ",
			size_string(item->size ? item->size : BIT(63), size),
			(ull)(item->pa + (va - item->va)));
		put_words(p, item);
		fputs(item->group ? " group\n" : "\n", p->f);
	} else if (item->kind == ITEM_AGAIN) {
		fprintf(p->f, "table 0x%llx\n", (ull)item->pa);
	} else if (item->kind == ITEM_BAD) {
		fprintf(p->f, "faults: %s\n", item->why);
	} else {
		fprintf(p->f, "table 0x%llx, which the source lacks\n", (ull)item->pa);
	}
}

static void json_step(struct printer *p, const struct item *item, grt_virt_t va)
{
	next_element(p);
	fprintf(p->f, "{\"kind\": \"%s\", \"level\": %d, ",
		item->kind == ITEM_AGAIN ? "table" : kind_names[item->kind],
		p->ops->level_name(p->t, item->level));
	if (item->kind == ITEM_LEAF) {
		fprintf(p->f,
			"\"va\": \"0x%llx\", \"pa\": \"0x%llx\", \"size\": %llu, \"contiguous\": %s, ",
			(ull)va, (ull)(item->pa + (va - item->va)), (ull)item->size,
			item->group ? "true" : "false");
		json_words(p, item);
	} else if (item->kind == ITEM_BAD) {
		fprintf(p->f, "\"why\": \"%s\", \"entry\": \"0x%llx\", \"entry_at\": \"0x%llx\"",
			item->why, (ull)item->entry, (ull)item->at);
	} else {
		fprintf(p->f,
			"\"table\": \"0x%llx\", \"entry\": \"0x%llx\", \"entry_at\": \"0x%llx\"",
			(ull)item->pa, (ull)item->entry, (ull)item->at);
	}
	fputc('}', p->f);
}

void print_step(struct printer *p, const struct item *item, grt_virt_t va)
{
	(p->o->json ? json_step : text_step)(p, item, va);
}

void print_found(struct printer *p, const struct item *item, grt_virt_t va)
{
	char size[16];

	if (p->o->json) {
		json_step(p, item, va);
		return;
	}
	fprintf(p->f, "0x%016llx  in %s%s at 0x%016llx  ", (ull)va,
		size_string(item->size ? item->size : BIT(63), size), item->group ? " group" : "",
		(ull)(va - (va - item->va) % (item->size ? item->size : ~0ULL)));
	put_words(p, item);
	fputc('\n', p->f);
}

/* ---- totals ---- */

static int by_start(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

u64 totals_twice(struct totals *t)
{
	u64 sum = 0,
	    end = 0; /* behind what is mapped up to here, and behind what is counted already */
	u64 counted = 0;

	if (t->pieces)
		qsort(t->piece, t->pieces, sizeof(*t->piece), by_start);
	for (size_t i = 0; i < t->pieces; i++) {
		u64 start = max_u64(t->piece[i].start, counted), last = t->piece[i].last;

		if (start < end && last >= start) {
			u64 to = min_u64(end, last + 1);

			sum += to - start;
			counted = to;
		}
		end = max_u64(end, last + 1);
	}
	return sum;
}

static u64 sum_tables(const struct tree *t)
{
	u64 n = 0;

	for (unsigned int level = 0; level < GRT_GEOMETRY_MAX_LEVELS; level++)
		n += t->tables[level];
	return n;
}

static void text_totals(struct printer *p, struct totals *t)
{
	const u64 tables = sum_tables(p->t), others = t->kinds[ITEM_BAD] + t->kinds[ITEM_UNREAD] +
						      t->kinds[ITEM_AGAIN] + t->kinds[ITEM_LOOP];
	char size[16];

	if (!p->t->g.levels)
		return;
	fprintf(p->f, "tables: %llu, %s\n", (ull)tables,
		size_string(tables << p->t->g.page_shift, size));
	fputs("leaves: ", p->f);
	put_sizes(p->f, p->t, t->count);
	fprintf(p->f, "%s\n", t->mapped ? "" : "none");
	fprintf(p->f, "mapped: %s", size_string(t->mapped, size));
	if (t->mapped)
		fprintf(p->f, ", %.1f%% by leaves larger than a page",
			(double)t->large * 100 / (double)t->mapped);
	if (t->pieces == MAX_PIECES)
		fputs("; too many ranges to tell what is mapped more than once", p->f);
	else
		fprintf(p->f, "; %s of memory more than once", size_string(totals_twice(t), size));
	fputc('\n', p->f);
	if (others)
		fprintf(p->f, "besides: %llu faulting, %llu unread, %llu again, %llu loops\n",
			(ull)t->kinds[ITEM_BAD], (ull)t->kinds[ITEM_UNREAD],
			(ull)t->kinds[ITEM_AGAIN], (ull)t->kinds[ITEM_LOOP]);
	if (t->torn)
		fprintf(p->f, "groups: %llu entries are marked as of a group and don't agree\n",
			(ull)t->torn);
}

static void json_totals(struct printer *p, struct totals *t)
{
	const u64 tables = sum_tables(p->t);

	fprintf(p->f, "\"totals\": {\"tables\": %llu, \"table_bytes\": %llu, ", (ull)tables,
		(ull)tables << p->t->g.page_shift);
	json_sizes(p->f, p->t, t->count);
	fprintf(p->f, ", \"mapped\": %llu, \"large\": %llu, ", (ull)t->mapped, (ull)t->large);
	if (t->pieces == MAX_PIECES)
		fputs("\"twice\": null", p->f);
	else
		fprintf(p->f, "\"twice\": %llu", (ull)totals_twice(t));
	for (unsigned int kind = ITEM_BAD; kind <= ITEM_LOOP; kind++)
		fprintf(p->f, ", \"%s\": %llu", kind_names[kind], (ull)t->kinds[kind]);
	fprintf(p->f, ", \"torn\": %llu}", (ull)t->torn);
}

void print_totals(struct printer *p, struct totals *t)
{
	(p->o->json ? json_totals : text_totals)(p, t);
}
