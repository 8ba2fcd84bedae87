// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* graticule compare: any number of layouts side by side. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "kernel/layout_text.h"
#include "tools/commands.h"
#include "tools/options.h"
#include "tools/render.h"
#include "tools/util.h"

enum { OPT_SVG = OPT_OWN, OPT_HTML };

static const struct option long_options[] = {
	OPTIONS_COMMON,
	{ "svg", required_argument, NULL, OPT_SVG },
	{ "html", required_argument, NULL, OPT_HTML },
	{ NULL, 0, NULL, 0 },
};

struct views {
	struct view *v;
	size_t nr;
};

static void append(struct views *all, const struct view *v, size_t nr)
{
	all->v = realloc(all->v, (all->nr + nr) * sizeof(*v));
	if (!all->v)
		die("memory", "none left");
	memcpy(all->v + all->nr, v, nr * sizeof(*v));
	all->nr += nr;
}

/* ARCH[:PAGE SIZE][:VA BITS][:text], in any order after the architecture. */
static void plan_spec(const struct options *o, const struct backend *b, const char *spec,
		      struct views *all)
{
	char *words = xprintf("%s", spec), *word, *save;
	struct options own = *o;
	u8 page_shift = 0, va_bits = 0;
	struct view v;

	strtok_r(words, ":", &save);
	while ((word = strtok_r(NULL, ":", &save))) {
		if (!strcmp(word, "text"))
			own.req.policy = GRT_LAYOUT_TEXT_REGION;
		else if (!parse_page_size(word, &page_shift) && !parse_va_bits(word, &va_bits))
			die(spec, "\"%s\" is no page size and no number of address bits", word);
	}
	plan_view(&own, b, page_shift, va_bits, spec, &v);
	append(all, &v, 1);
	free(words);
}

static void take_spec(const struct options *o, const char *spec, struct views *all)
{
	const struct backend *b = find_backend(spec, strcspn(spec, ":"));
	struct view *v;
	size_t nr;

	if (b) {
		plan_spec(o, b, spec, all);
		return;
	}
	nr = view_read(spec, &v);
	append(all, v, nr);
	free(v);
}

static void write_file(const char *path, void (*render)(FILE *, const struct view *, size_t),
		       const struct views *all)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "w") : stdout;

	if (!f)
		die(path, "%s", strerror(errno));
	render(f, all->v, all->nr);
	if (fflush(f) || ferror(f) || (f != stdout && fclose(f)))
		die(path, "%s", strerror(errno));
}

static void print_json(const struct views *all)
{
	size_t i;

	for (i = 0; i < all->nr; i++)
		printf("%s%s", i ? ",\n" : "[", all->v[i].json);
	puts("]");
}

#define WIDTH_DEFAULT LAYOUT_TEXT_WIDTH

static unsigned int terminal_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize w;
	u64 n;

	if (columns && parse_number(columns, &n) && n && n < 10000)
		return (unsigned int)n;
	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) && w.ws_col)
		return w.ws_col;
	return WIDTH_DEFAULT;
}

int cmd_compare(int argc, char **argv)
{
	const char *svg = NULL, *html = NULL;
	struct views all = { 0 };
	struct options o;
	int id;

	options_init(&o);
	while ((id = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (options_take(&o, id, optarg))
			continue;
		if (id == OPT_SVG)
			svg = optarg;
		else if (id == OPT_HTML)
			html = optarg;
		else
			options_bad(argv);
	}
	if (optind == argc)
		die("compare",
		    "nothing to compare: give riscv:sv39, arm64:16k:47, a console log or a JSON file");
	for (; optind < argc; optind++)
		take_spec(&o, argv[optind], &all);
	if (svg)
		write_file(svg, render_svg, &all);
	if (html)
		write_file(html, render_html, &all);
	if (o.json)
		print_json(&all);
	else if (!(svg && !strcmp(svg, "-")) && !(html && !strcmp(html, "-")))
		render_columns(stdout, all.v, all.nr, terminal_width());
	free(all.v);
	return 0;
}
