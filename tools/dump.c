// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* graticule dump: the tables of any kernel. */
#include <stdlib.h>
#include <time.h>
#include "tools/commands.h"
#include "tools/dump.h"
#include "tools/source_gdb.h"
#include "tools/util.h"

#define MAX_FOUND (1U << 20)

/* ---- ranges ---- */

static void add_piece(struct totals *t, const struct run *run)
{
	if (t->pieces == MAX_PIECES)
		return;
	if (!(t->pieces & (t->pieces - 1))) {
		t->piece = reallocarray(t->piece, t->pieces ? 2 * t->pieces : 1, sizeof(*t->piece));
		if (!t->piece)
			die("memory", "none left");
	}
	t->piece[t->pieces++] =
		(struct piece){ run->item.pa, run->item.pa + (run->last - run->item.va) };
}

static void flush(struct dump *d)
{
	if (!d->run.item.nr)
		return;
	print_run(&d->printer, &d->run);
	if (d->run.item.kind == ITEM_LEAF)
		add_piece(&d->totals, &d->run);
	d->run.item.nr = 0;
}

static bool continues(const struct run *run, const struct item *next)
{
	const struct item *item = &run->item;

	return item->nr && item->kind == ITEM_LEAF && next->kind == ITEM_LEAF &&
	       item->key == next->key && item->limits == next->limits && item->torn == next->torn &&
	       run->last + 1 == next->va && item->pa + (run->last - item->va) + 1 == next->pa;
}

static void add_item(struct dump *d, const struct item *item)
{
	struct run *run = &d->run;

	if (d->o.leaves || !continues(run, item)) {
		flush(d);
		*run = (struct run){ .item = *item };
	}
	run->last = item->va + item->nr * item->size - 1;
	run->count[item->level][item->group] += item->nr;
}

static void count_item(struct totals *t, const struct item *item)
{
	t->kinds[item->kind] += item->nr;
	if (item->kind != ITEM_LEAF)
		return;
	t->count[item->level][item->group] += item->nr;
	t->mapped += item->nr * item->size;
	if (item->level || item->group)
		t->large += item->nr * item->size;
	t->torn += item->torn ? item->nr : 0;
}

static bool take_item(void *arg, const struct item *item)
{
	struct dump *d = arg;
	struct item one = *item;

	count_item(&d->totals, item);
	if (!d->o.leaves || item->kind != ITEM_LEAF) {
		add_item(d, item);
		return true;
	}
	one.nr = 1;
	for (u64 i = 0; i < item->nr; i++) {
		add_item(d, &one);
		one.va += item->size;
		one.pa += item->size;
	}
	return true;
}

/* ---- --find and --translate ---- */

static bool take_found(void *arg, const struct item *item)
{
	struct dump *d = arg;
	struct item hit = *item;
	u64 offset = d->address - item->pa;

	d->totals.kinds[item->kind] += item->nr;
	if (item->kind != ITEM_LEAF || offset > item->nr * item->size - 1)
		return true;
	print_found(&d->printer, &hit, item->va + offset);
	d->printer.t->hits++;
	d->answers++;
	return d->printer.t->hits < MAX_FOUND;
}

static bool look_again(void *arg, u64 hits)
{
	(void)arg;
	return hits;
}

static bool take_step(void *arg, const struct item *item)
{
	struct dump *d = arg;

	print_step(&d->printer, item, d->address);
	d->answers += item->kind == ITEM_LEAF;
	return true;
}

/* ---- trees ---- */

static bool clip(struct span_va *span, const struct span_va *range)
{
	span->start = max_u64(span->start, range->start);
	span->last = min_u64(span->last, range->last);
	return span->start <= span->last;
}

static const struct visitor *visitor_of(struct dump *d, struct visitor *v)
{
	*v = (struct visitor){ .item = take_item, .arg = d };
	if (d->query == QUERY_FIND) {
		v->item = take_found;
		v->again = look_again;
	} else if (d->query == QUERY_TRANSLATE) {
		v->item = take_step;
	}
	return v;
}

static void walk(struct dump *d, struct root *r)
{
	const struct tree_ops *ops = r->ops;
	struct tree *t = &r->tree;
	const struct span_va one = { d->address, d->address };
	struct span_va span[2];
	unsigned int n = ops->spans(t, span), served = 0;
	struct visitor v;

	for (unsigned int i = 0; i < n; i++) {
		if (!clip(&span[i], d->query == QUERY_TRANSLATE ? &one : &d->range))
			continue;
		served++;
		if (d->query == QUERY_TRANSLATE)
			ops->translate(t, d->address, visitor_of(d, &v));
		else if (!ops->walk(t, span[i], visitor_of(d, &v)))
			warn(r->place, "there is no end to its tables: given up after %llu",
			     TREE_MAX_VISITS);
		flush(d);
	}
	if (!served && !d->o.json)
		puts("  translates none of these addresses");
}

static void print_head(const struct dump *d, const struct root *r)
{
	static const char *const lists[] = { "ranges", "steps", "found" };
	const bool first = r == d->root;

	if (!d->o.json) {
		printf("%sroot 0x%llx %s, from %s\n", first ? "" : "\n", (unsigned long long)r->pa,
		       r->regime.name, r->from);
		return;
	}
	printf("%s\n  {\"root\": \"0x%llx\", \"regime\": \"%s\", \"from\": \"%s\", \"%s\": [",
	       first ? "" : ",", (unsigned long long)r->pa, r->regime.name, r->from,
	       lists[d->query]);
}

static void print_tail(struct dump *d)
{
	const u64 unread = d->totals.kinds[ITEM_UNREAD];

	if (d->o.json)
		printf("]");
	if (d->query == QUERY_ALL) {
		fputs(d->o.json ? ",\n   " : "", stdout);
		print_totals(&d->printer, &d->totals);
	} else if (d->query == QUERY_FIND && d->o.json) {
		printf(", \"unread\": %llu", (unsigned long long)unread);
	} else if (d->query == QUERY_FIND && unread) {
		printf("  %llu tables are unread\n", (unsigned long long)unread);
	}
	if (d->o.json)
		printf("}");
}

/* All of them, before anything is printed. */
static void open_roots(struct dump *d)
{
	for (struct root *r = d->root; r < d->root + d->roots; r++) {
		const char *error;

		r->ops = regime_parse(&r->regime, d->arch, r->words, r->place);
		error = r->ops->open(&r->tree, &r->regime, r->pa, d->source);
		if (error)
			die(r->place, "%s", error);
	}
}

static void dump_root(struct dump *d, struct root *r)
{
	d->printer = (struct printer){ .o = &d->o, .f = stdout, .ops = r->ops, .t = &r->tree };
	d->totals = (struct totals){ .pieces = 0 };
	print_head(d, r);
	walk(d, r);
	print_tail(d);
	for (unsigned int level = 0; level < GRT_GEOMETRY_MAX_LEVELS; level++)
		d->tables += r->tree.tables[level];
	free(d->totals.piece);
	r->ops->close(&r->tree);
}

static void print_stats(const struct dump *d, const struct timespec *begin)
{
	struct timespec end;
	double seconds;

	clock_gettime(CLOCK_MONOTONIC, &end);
	seconds =
		(double)(end.tv_sec - begin->tv_sec) + (double)(end.tv_nsec - begin->tv_nsec) / 1e9;
	if (d->source->live)
		fprintf(d->o.json ? stderr : stdout, "stats: %llu packets\n",
			(unsigned long long)source_gdb_packets());
	fprintf(d->o.json ? stderr : stdout, "stats: %llu reads, %llu bytes, %llu tables, %.3f s\n",
		(unsigned long long)d->source->reads, (unsigned long long)d->source->bytes,
		(unsigned long long)d->tables, seconds);
}

int cmd_dump(int argc, char **argv)
{
	static struct dump d = { .range.last = ~0ULL, .timeout = 10 };
	struct timespec begin;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	dump_parse(&d, argc, argv);
	open_roots(&d);
	if (d.o.json) {
		json_t *name = json_string(d.source->name);

		printf("{\"source\": %s, \"trees\": [",
		       name ? json_text(name, JSON_ENCODE_ANY) : "null");
		json_decref(name);
	}
	for (unsigned int i = 0; i < d.roots; i++)
		dump_root(&d, &d.root[i]);
	if (d.o.json)
		puts("]}");
	if (d.stats)
		print_stats(&d, &begin);
	source_close(d.source);
	return d.query == QUERY_ALL || d.answers ? 0 : EXIT_CHECK;
}
