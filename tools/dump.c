// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* graticule dump: the tables of any kernel. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "tools/commands.h"
#include "tools/dump.h"
#include "tools/options.h"
#include "tools/util.h"
#include "tools/vmcoreinfo.h"

enum {
	OPT_RAW = 256,
	OPT_CORE,
	OPT_ARCH,
	OPT_ROOT,
	OPT_VA,
	OPT_LEAVES,
	OPT_RAW_BITS,
	OPT_DUMP_JSON,
	OPT_STATS,
	OPT_TRANSLATE,
	OPT_FIND,
};

static const struct option long_options[] = {
	{ "raw", required_argument, NULL, OPT_RAW },
	{ "core", required_argument, NULL, OPT_CORE },
	{ "arch", required_argument, NULL, OPT_ARCH },
	{ "root", required_argument, NULL, OPT_ROOT },
	{ "va", required_argument, NULL, OPT_VA },
	{ "leaves", no_argument, NULL, OPT_LEAVES },
	{ "raw-bits", no_argument, NULL, OPT_RAW_BITS },
	{ "json", no_argument, NULL, OPT_DUMP_JSON },
	{ "stats", no_argument, NULL, OPT_STATS },
	{ "translate", required_argument, NULL, OPT_TRANSLATE },
	{ "find", required_argument, NULL, OPT_FIND },
	{ NULL, 0, NULL, 0 },
};

#define MAX_ROOTS 256
#define MAX_FOUND (1U << 20)

/** struct root - a tree that is asked for; @from: in the words of who asks. */
struct root {
	const char *place;
	const char *from;
	const char *words;
	grt_phys_t pa;
	struct regime regime;
	const struct tree_ops *ops;
	struct tree tree;
};

enum query { QUERY_ALL, QUERY_TRANSLATE, QUERY_FIND };

/** struct dump - the command line, and the tree at hand. */
struct dump {
	struct dump_options o;
	struct source *source;
	const char *arch;
	struct root root[MAX_ROOTS];
	unsigned int roots;
	struct span_va range;
	enum query query;
	u64 address;
	bool stats;
	u64 tables;
	u64 answers;
	struct printer printer;
	struct run run;
	struct totals totals;
};

/* ---- the command line ---- */

static void take_source(struct dump *d, struct source *s, const char *arg)
{
	if (d->source)
		die(arg, "one source is expected");
	d->source = s;
}

/* PA[:REGIME] */
static void take_root(struct dump *d, const char *arg)
{
	struct root *r = &d->root[d->roots];
	char *text = xprintf("%s", arg), *colon = strchr(text, ':');

	if (d->roots++ == MAX_ROOTS)
		die("--root", "there are more than %d", MAX_ROOTS);
	*r = (struct root){ .place = xprintf("--root %s", arg), .from = "--root" };
	if (!colon)
		die(r->place, "PA:REGIME is expected, such as 80200000:riscv:sv48");
	*colon = '\0';
	if (!parse_address(text, &r->pa))
		die(r->place, "the root is no hexadecimal address");
	r->words = colon + 1;
}

/* START-LAST, as they are printed, or START:SIZE */
static void take_range(struct dump *d, const char *arg)
{
	char *text = xprintf("%s", arg), *mark = strpbrk(text, "-:");
	const char *place = xprintf("--va %s", arg);
	bool size = mark && *mark == ':';
	u64 n = 0;

	if (!mark)
		die(place, "START-LAST or START:SIZE is expected");
	*mark = '\0';
	if (!parse_address(text, &d->range.start) ||
	    !(size ? parse_size(mark + 1, &n) && n : parse_address(mark + 1, &d->range.last)))
		die(place, "START-LAST or START:SIZE is expected");
	if (size)
		d->range.last = d->range.start + n - 1;
	if (d->range.last < d->range.start)
		die(place, "ends before it begins, or beyond the last address");
	free(text);
}

static void take_query(struct dump *d, enum query query, const char *arg)
{
	const char *name = query == QUERY_FIND ? "--find" : "--translate";

	if (d->query != QUERY_ALL)
		die(name, "one address is expected");
	if (!parse_address(arg, &d->address))
		die(xprintf("%s %s", name, arg), "is no hexadecimal address");
	d->query = query;
}

static void take(struct dump *d, int id, char **argv)
{
	switch (id) {
	case OPT_RAW:
		take_source(d, source_raw(optarg), "--raw");
		break;
	case OPT_CORE:
		take_source(d, source_core(optarg), "--core");
		break;
	case OPT_ARCH:
		if (!find_backend(optarg, strlen(optarg)))
			die(xprintf("--arch %s", optarg), "must be riscv or arm64");
		d->arch = optarg;
		break;
	case OPT_ROOT:
		take_root(d, optarg);
		break;
	case OPT_VA:
		take_range(d, optarg);
		break;
	case OPT_LEAVES:
		d->o.leaves = true;
		break;
	case OPT_RAW_BITS:
		d->o.raw_bits = true;
		break;
	case OPT_DUMP_JSON:
		d->o.json = true;
		break;
	case OPT_STATS:
		d->stats = true;
		break;
	case OPT_TRANSLATE:
		take_query(d, QUERY_TRANSLATE, optarg);
		break;
	case OPT_FIND:
		take_query(d, QUERY_FIND, optarg);
		break;
	default:
		options_bad(argv);
	}
}

static void find_roots(struct dump *d)
{
	struct root *r = d->root;

	if (d->roots)
		return;
	r->words = vmcoreinfo_root(d->source, &r->pa);
	if (!r->words)
		die(d->source->name, "holds no registers and no VMCOREINFO that say where the "
				     "root is: give it with --root PA:REGIME");
	r->place = d->source->name;
	r->from = "VMCOREINFO";
	d->roots = 1;
}

static void parse_command(struct dump *d, int argc, char **argv)
{
	int id;

	while ((id = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		take(d, id, argv);
	if (optind < argc)
		die(argv[optind], "dump takes options only");
	if (!d->source)
		die("dump", "the source is missing: --raw FILE@BASE or --core FILE");
	if (d->arch && d->source->arch && strcmp(d->arch, d->source->arch) != 0)
		die(d->source->name, "is of %s, not of %s", d->source->arch, d->arch);
	if (d->source->arch)
		d->arch = d->source->arch;
	find_roots(d);
}

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
	fprintf(d->o.json ? stderr : stdout, "stats: %llu reads, %llu bytes, %llu tables, %.3f s\n",
		(unsigned long long)d->source->reads, (unsigned long long)d->source->bytes,
		(unsigned long long)d->tables, seconds);
}

int cmd_dump(int argc, char **argv)
{
	static struct dump d = { .range.last = ~0ULL };
	struct timespec begin;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	parse_command(&d, argc, argv);
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
