// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* graticule simulate: a script of changes, judged by the rules of translation. */
#include <stdlib.h>
#include <string.h>
#include "tools/commands.h"
#include "tools/options.h"
#include "tools/simulate.h"
#include "tools/util.h"

enum {
	OPT_ARCH = OPT_OWN,
	OPT_PAGE_SIZE,
	OPT_VA_BITS,
	OPT_CPUS,
	OPT_BBM,
	OPT_EXT,
	OPT_DEAD,
	OPT_LITMUS
};

static const struct option long_options[] = {
	OPTIONS_COMMON,
	{ "arch", required_argument, NULL, OPT_ARCH },
	{ "page-size", required_argument, NULL, OPT_PAGE_SIZE },
	{ "va-bits", required_argument, NULL, OPT_VA_BITS },
	{ "cpus", required_argument, NULL, OPT_CPUS },
	{ "bbm", required_argument, NULL, OPT_BBM },
	{ "ext", required_argument, NULL, OPT_EXT },
	{ "dead", no_argument, NULL, OPT_DEAD },
	{ "litmus", required_argument, NULL, OPT_LITMUS },
	{ NULL, 0, NULL, 0 },
};

#define BBM_MAX 3
#define DEFAULT_CPUS 2
/* Of the simulated machine; the host needs about as much. */
#define MAX_TABLE_MEMORY GIB(4)

/** struct simulate - the command line. */
struct simulate {
	struct options o;
	const struct backend *b;
	const struct simulator *simulator;
	struct sim_request req;
	const char *bbm;
	const char *ext;
	const char *litmus;
	const char *script;
};

/* "3" is for every CPU, "3,0" for each. */
static void take_bbm(struct simulate *s)
{
	char *list = xprintf("%s", s->bbm), *item, *save;
	const char *place = xprintf("--bbm %s", s->bbm);
	unsigned int n = 0;
	u64 level = 0;

	for (item = strtok_r(list, ",", &save); item; item = strtok_r(NULL, ",", &save)) {
		if (!parse_number(item, &level) || level > BBM_MAX)
			die(place, "levels of 0 to %d are expected", BBM_MAX);
		if (n == s->req.nr_cpus)
			die(place, "there are more levels than CPUs");
		s->req.bbm[n++] = (u8)level;
	}
	if (n != 1 && n != s->req.nr_cpus)
		die(place, "one level, or one for each of the %u CPUs is expected", s->req.nr_cpus);
	for (; n < s->req.nr_cpus; n++)
		s->req.bbm[n] = (u8)level;
	free(list);
}

static void take_ext(struct simulate *s)
{
	char *list = xprintf("%s", s->ext), *item, *save;
	unsigned int i;

	s->req.ext = 0;
	if (!strcmp(s->ext, "none"))
		return;
	for (item = strtok_r(list, ",", &save); item; item = strtok_r(NULL, ",", &save)) {
		for (i = 0; s->simulator->extensions[i]; i++)
			if (!strcmp(s->simulator->extensions[i], item))
				break;
		if (!s->simulator->extensions[i])
			die(xprintf("--ext %s", s->ext), "%s has no extension %s that matters here",
			    s->b->name, item);
		s->req.ext |= (u32)BIT(i);
	}
	free(list);
}

static void take_cpus(struct simulate *s, const char *arg)
{
	u64 n;

	if (!parse_number(arg, &n) || !n || n > SIM_MAX_CPUS)
		die(xprintf("--cpus %s", arg), "must be 1 to %d", SIM_MAX_CPUS);
	s->req.nr_cpus = (unsigned int)n;
}

static void take_arch(struct simulate *s, const char *arg)
{
	s->b = find_backend(arg, strlen(arg));
	if (!s->b)
		die(xprintf("--arch %s", arg), "must be riscv or arm64");
	s->simulator = s->b == &backend_riscv ? &simulator_riscv : &simulator_arm64;
}

static void take(struct simulate *s, int id, char **argv)
{
	switch (id) {
	case OPT_ARCH:
		take_arch(s, optarg);
		break;
	case OPT_PAGE_SIZE:
		if (!parse_page_size(optarg, &s->req.page_shift))
			die(xprintf("--page-size %s", optarg), "must be 4k, 16k or 64k");
		break;
	case OPT_VA_BITS:
		if (!parse_va_bits(optarg, &s->req.va_bits))
			die(xprintf("--va-bits %s", optarg), "must be a number of bits");
		break;
	case OPT_CPUS:
		take_cpus(s, optarg);
		break;
	case OPT_BBM:
		s->bbm = optarg;
		break;
	case OPT_EXT:
		s->ext = optarg;
		break;
	case OPT_DEAD:
		s->req.dead = true;
		break;
	case OPT_LITMUS:
		s->litmus = optarg;
		s->req.litmus = true;
		break;
	default:
		options_bad(argv);
	}
}

static void parse_command(struct simulate *s, int argc, char **argv)
{
	int id;

	while ((id = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		if (!options_take(&s->o, id, optarg))
			take(s, id, argv);
	if (!s->b)
		die("simulate", "--arch riscv or --arch arm64 is missing");
	if (optind == argc)
		die("simulate", "the SCRIPT is missing");
	if (optind + 1 < argc)
		die(argv[optind + 1], "one SCRIPT is expected");
	if (s->bbm && s->b != &backend_arm64)
		die(xprintf("--bbm %s", s->bbm), "is for arm64");
	s->script = argv[optind];
	if (!s->ext)
		s->req.ext = s->simulator->ext_default;
	else
		take_ext(s);
	s->bbm = s->bbm ? s->bbm : "3";
	take_bbm(s);
}

/* The layout decides on geometry and linear map. */
static void take_layout(struct simulate *s)
{
	static struct memblock memory;
	static struct plan_result res;

	plan_result(&s->o, s->b, s->req.page_shift, s->req.va_bits,
		    xprintf("simulate %s", s->b->name), &memory, &res);
	s->req.page_shift = res.geometry.page_shift;
	s->req.va_bits = res.geometry.va_bits;
	s->req.pa_bits = s->o.req.pa_bits;
	s->req.nocont = s->o.req.nocont;
	s->req.linear_offset = res.layout.linear_offset;
	s->req.max_tables = MAX_TABLE_MEMORY >> s->req.page_shift;
	if (s->o.memory_given || s->o.dtb_path)
		s->req.memory = res.memory;
}

static const char *read_script(const char *path)
{
	size_t size;
	const char *text = read_file(path, &size);

	if (memchr(text, '\0', size))
		die(path, "is no text");
	return text;
}

static bool failed(const struct sim_outcome *out)
{
	for (size_t i = 0; i < out->nr; i++)
		if (out->record[i].kind == SIM_FAILED || out->record[i].kind == SIM_VIOLATION)
			return true;
	return false;
}

static void run(struct simulate *s, struct sim_outcome *out)
{
	struct sim_error error;

	if (!s->simulator->run(&s->req, out, &error)) {
		if (error.line)
			die(xprintf("%s:%u", s->script, error.line), "'%s': %s is expected",
			    error.word, error.expected);
		die(s->script, "%s", error.expected);
	}
	if (out->refused)
		die(xprintf("%s:%u", s->script, out->refused_line),
		    "is not for a litmus test: %s%s%s%s",
		    out->refused_rule ? "it breaks rule " : "",
		    out->refused_rule ? out->refused_rule : "", out->refused_rule ? ", and " : "",
		    out->refused);
}

int cmd_simulate(int argc, char **argv)
{
	struct simulate s = { .req.nr_cpus = DEFAULT_CPUS };
	struct sim_outcome out;
	bool bad;

	options_init(&s.o);
	parse_command(&s, argc, argv);
	s.req.name = escaped(s.script); /* which steps and traces are shown with */
	s.req.script = read_script(s.script);
	take_layout(&s);
	run(&s, &out);
	if (s.litmus)
		simulate_litmus(s.litmus, s.script, &out);
	if (s.o.json)
		simulate_json(stdout, s.b->name, &s.req, &out);
	else
		simulate_text(stdout, s.req.name, &out);
	if (s.litmus && !s.o.json)
		printf("%zu litmus tests in %s\n", out.nr_litmus, escaped(s.litmus));
	bad = failed(&out);
	s.simulator->free(&out);
	return bad ? EXIT_CHECK : 0;
}
