// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* graticule dump: the command line, and the roots that it, registers or a note name. */
#include <stdlib.h>
#include <string.h>
#include "tools/dump.h"
#include "tools/options.h"
#include "tools/registers.h"
#include "tools/source_gdb.h"
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
	OPT_GDB,
	OPT_CPU,
	OPT_EVERY,
	OPT_TIMEOUT,
	OPT_KEEP_STOPPED,
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
	{ "gdb", required_argument, NULL, OPT_GDB },
	{ "cpu", required_argument, NULL, OPT_CPU },
	{ "all", no_argument, NULL, OPT_EVERY },
	{ "timeout", required_argument, NULL, OPT_TIMEOUT },
	{ "keep-stopped", no_argument, NULL, OPT_KEEP_STOPPED },
	{ NULL, 0, NULL, 0 },
};

static void take_source(struct dump *d, int id, const char *arg)
{
	if (d->source || d->gdb)
		die(arg, "one source is expected");
	if (id == OPT_RAW)
		d->source = source_raw(arg);
	else if (id == OPT_CORE)
		d->source = source_core(arg);
	else
		d->gdb = arg; /* a guest is stopped for as short a time as can be */
}

static void take_number(const char *name, const char *arg, u64 max, u64 *n)
{
	if (!parse_number(arg, n) || *n > max)
		die(xprintf("--%s %s", name, arg), "is no number up to %llu",
		    (unsigned long long)max);
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
	case OPT_CORE:
	case OPT_GDB:
		take_source(d, id, optarg);
		break;
	case OPT_CPU:
		take_number("cpu", optarg, 511, &d->cpu);
		break;
	case OPT_EVERY:
		d->every = true;
		break;
	case OPT_TIMEOUT:
		take_number("timeout", optarg, 3600, &d->timeout);
		break;
	case OPT_KEEP_STOPPED:
		d->keep_stopped = true;
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

/* Trees that several CPUs have in common are one. */
static void add_cpu(struct dump *d, unsigned int cpu, bool *nested)
{
	struct found_root found[REGISTERS_MAX_ROOTS];
	unsigned int n = registers_roots(d->source, cpu, found, nested);

	for (unsigned int i = 0; i < n; i++) {
		unsigned int k = 0;

		while (k < d->roots && (d->root[k].pa != found[i].pa ||
					strcmp(d->root[k].words, found[i].words) != 0))
			k++;
		if (k < d->roots)
			continue;
		if (d->roots == MAX_ROOTS)
			die(d->source->name, "has more than %d trees", MAX_ROOTS);
		d->root[d->roots++] = (struct root){
			.place = d->source->name,
			.from = xprintf("CPU %u", cpu),
			.words = xprintf("%s", found[i].words),
			.pa = found[i].pa,
		};
	}
}

static void ask_cpus(struct dump *d)
{
	bool nested = false;

	if (d->cpu >= d->source->cpus)
		die(xprintf("--cpu %llu", (unsigned long long)d->cpu), "there are %u",
		    d->source->cpus);
	for (unsigned int cpu = 0; cpu < d->source->cpus; cpu++)
		if (d->every || cpu == d->cpu)
			add_cpu(d, cpu, &nested);
	if (!d->roots)
		die(d->source->name, "translates nothing: the MMU is off. A root can be given with "
				     "--root PA:REGIME");
	if (nested)
		warn(d->source->name,
		     "a guest's own tables, which stage 2 translates, are left out");
}

static void find_roots(struct dump *d)
{
	struct root *r = d->root;

	if (d->roots)
		return;
	if (d->source->live) {
		ask_cpus(d);
		return;
	}
	r->words = vmcoreinfo_root(d->source, &r->pa);
	if (!r->words)
		die(d->source->name, "holds no registers and no VMCOREINFO that say where the "
				     "root is: give it with --root PA:REGIME");
	r->place = d->source->name;
	r->from = "VMCOREINFO";
	d->roots = 1;
}

void dump_parse(struct dump *d, int argc, char **argv)
{
	int id;

	while ((id = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		take(d, id, argv);
	if (optind < argc)
		die(argv[optind], "dump takes options only");
	if (d->gdb)
		d->source = source_gdb(d->gdb, (unsigned int)d->timeout, d->keep_stopped);
	if (!d->source)
		die("dump",
		    "the source is missing: --gdb HOST:PORT, --core FILE or --raw FILE@BASE");
	if (d->arch && d->source->arch && strcmp(d->arch, d->source->arch) != 0)
		die(d->source->name, "is of %s, not of %s", d->source->arch, d->arch);
	if (d->source->arch)
		d->arch = d->source->arch;
	find_roots(d);
}
