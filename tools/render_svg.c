// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Address spaces as a picture. A region's height grows with the logarithm of its size and never falls
 * below what its labels need, so that nothing overlaps and the smallest region can be read. All
 * columns are stretched to the height of the tallest.
 */
#include <stdlib.h>
#include <string.h>
#include "tools/render.h"
#include "tools/util.h"

#define COLUMN_MIN 196 /* width of an address space */
#define COLUMN_MAX 300
#define GAP 26 /* between two */
#define MARGIN 28
#define HEAD 128       /* above the columns: page title and column titles */
#define LEGEND 76      /* below them: two lines of roles and a sentence */
#define LINE 14	       /* height of a line of text */
#define PAD 6	       /* between a region's edge and its text */
#define GUARD 11       /* height of a guard */
#define GUARD_LABEL 18 /* of a large one, whose size is shown */
#define LARGE_GUARD GIB(1)
#define LEAF_SIZE 10.5	 /* of the font */
#define PER_DOUBLING 2.6 /* height for each doubling of the size, from a page on */
#define MIN_WIDTH 900
#define NOTES_WIDTH 270 /* columns of this width have room for the notes */

/* The whole picture. */
struct picture {
	FILE *f;
	double column;
	bool notes;
};

struct leaf_lines {
	const struct view_leaf *leaf[10];
	unsigned int nr;
};

static bool is_guard(const struct view_region *r)
{
	return role_of(r->name) == &roles[nr_roles - 1];
}

/* What fits @width when characters of @em pixels are 0.62 em wide, which is much. */
static char *fitting(const char *s, double width, double em)
{
	size_t n = strlen(s), max = (size_t)(width / (0.62 * em));

	return n <= max ? xprintf("%s", s) : xprintf("%.*s...", (int)(max > 3 ? max - 3 : 0), s);
}

static char *leaf_words(const struct view_leaf *leaf)
{
	char size[16];

	return xprintf("%llu x %s%s", (unsigned long long)leaf->count,
		       size_string(leaf->size, size), leaf->contiguous ? "+" : "");
}

static struct leaf_lines lines_of(const struct view *v, size_t i)
{
	struct leaf_lines l = { .nr = 0 };
	size_t j;

	for (j = i + 1; j < v->nr_regions; j++)
		if (!strcmp(v->region[j].name, v->region[i].name))
			return l;
	for (j = 0; j < v->nr_leaves && l.nr < ARRAY_SIZE(l.leaf); j++)
		if (!strcmp(v->leaf[j].region, v->region[i].name))
			l.leaf[l.nr++] = &v->leaf[j];
	return l;
}

/* Two leaf sizes a line, unless one of them needs it all. */
static unsigned int leaves_per_line(const struct picture *p, const struct leaf_lines *l)
{
	unsigned int per_line = 2, i;

	for (i = 0; i < l->nr; i++) {
		char *words = leaf_words(l->leaf[i]);

		if ((double)strlen(words) * 0.62 * LEAF_SIZE > p->column / 2 - PAD)
			per_line = 1;
		free(words);
	}
	return per_line;
}

static unsigned int leaf_rows(const struct picture *p, const struct leaf_lines *l)
{
	unsigned int per_line = leaves_per_line(p, l);

	return (l->nr + per_line - 1) / per_line;
}

static double guard_height(const struct view_region *r)
{
	return view_region_size(r) >= LARGE_GUARD ? GUARD_LABEL : GUARD;
}

/* The height that a region asks for: its text, and its size. */
static double natural_height(const struct picture *p, const struct view *v, size_t i)
{
	const struct view_region *r = &v->region[i];
	struct leaf_lines leaves = lines_of(v, i);
	unsigned int lines = 2;
	double text, scale;

	if (is_guard(r))
		return guard_height(r);
	lines += leaf_rows(p, &leaves) + (p->notes && *r->note);
	text = lines * LINE + 2 * PAD;
	scale = PER_DOUBLING * (double)log2_floor(view_region_size(r) / v->page_size | 1);
	return text + scale;
}

static double column_height(const struct picture *p, const struct view *v, double *guards)
{
	double sum = 0;
	size_t i;

	*guards = 0;
	for (i = 0; i < v->nr_regions; i++) {
		sum += natural_height(p, v, i);
		if (is_guard(&v->region[i]))
			*guards += guard_height(&v->region[i]);
	}
	return sum;
}

/* ---- drawing ---- */

static void text(FILE *f, double x, double y, const char *class, const char *s)
{
	fprintf(f, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">", x, y, class);
	put_xml(f, s);
	fputs("</text>\n", f);
}

static void number_text(FILE *f, double x, double y, const char *class, char *s)
{
	text(f, x, y, class, s);
	free(s);
}

static void draw_leaves(const struct picture *p, const struct leaf_lines *l, double x, double y)
{
	unsigned int per_line = leaves_per_line(p, l), i;

	for (i = 0; i < l->nr; i++)
		number_text(p->f, x + (i % per_line ? p->column / 2 : 0), y + i / per_line * LINE,
			    "leaf", leaf_words(l->leaf[i]));
}

static void draw_labels(const struct picture *p, const struct view *v, size_t i, double x, double y,
			double height)
{
	const struct view_region *r = &v->region[i];
	struct leaf_lines leaves = lines_of(v, i);
	double line = y + PAD + LINE - 3;
	char size[16];

	number_text(p->f, x + PAD, line, "name", fitting(r->name, 0.4 * p->column, 12));
	number_text(p->f, x + p->column - PAD, line, "size",
		    xprintf("%s  %.10s", size_string(view_region_size(r), size), r->perm));
	if (p->notes && *r->note) {
		line += LINE;
		number_text(p->f, x + PAD, line, "leaf",
			    fitting(r->note, p->column - 2 * PAD, LEAF_SIZE));
	}
	draw_leaves(p, &leaves, x + PAD, line + LINE);
	number_text(p->f, x + PAD, y + height - PAD + 1, "address",
		    xprintf("0x%016llx", (unsigned long long)r->start));
}

static void draw_region(const struct picture *p, const struct view *v, size_t i, double x, double y,
			double height)
{
	const struct view_region *r = &v->region[i];
	const char *fill = is_guard(r) ? "url(#guard)" : role_of(r->name)->color;
	char size[16];

	fprintf(p->f, "<g><title>");
	put_xml(p->f, r->name);
	fprintf(p->f, " 0x%016llx - 0x%016llx, %s ", (unsigned long long)r->start,
		(unsigned long long)r->last, size_string(view_region_size(r), size));
	put_xml(p->f, r->perm);
	fputc(' ', p->f);
	put_xml(p->f, r->note);
	fprintf(p->f,
		"</title>\n<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
		"fill=\"%s\" class=\"box\"/>\n",
		x, y, p->column, height, fill);
	if (!is_guard(r))
		draw_labels(p, v, i, x, y, height);
	else if (view_region_size(r) >= LARGE_GUARD)
		number_text(p->f, x + p->column - PAD, y + LINE - 1, "size", xprintf("%s", size));
	fputs("</g>\n", p->f);
}

static void draw_title(const struct picture *p, const struct view *v, double x, double y)
{
	char size[16];

	text(p->f, x, y, "title", title_end(v, (size_t)(p->column / 8.2)));
	number_text(p->f, x, y + 17, "sub",
		    xprintf("%.8s: %s pages, %u bits, %u levels", v->arch,
			    size_string(v->page_size, size), v->va_bits, v->levels));
	if (v->kernel_bits > 0 || v->linear_bits > 0)
		number_text(p->f, x, y + 31, "sub",
			    xprintf("KASLR: kernel %d, linear %d bits", v->kernel_bits,
				    v->linear_bits));
}

static void draw_column(const struct picture *p, const struct view *v, double x, double height)
{
	double guards, natural = column_height(p, v, &guards);
	double stretch = natural > guards ? (height - guards) / (natural - guards) : 1;
	double y = HEAD;
	size_t i;

	draw_title(p, v, x, HEAD - 54);
	number_text(p->f, x + PAD, HEAD - 5, "address",
		    xprintf("0x%016llx", (unsigned long long)v->region[v->nr_regions - 1].last));
	for (i = v->nr_regions; i-- > 0;) {
		double h = natural_height(p, v, i);

		if (!is_guard(&v->region[i]))
			h *= stretch;
		draw_region(p, v, i, x, y, h);
		y += h;
	}
	number_text(p->f, x + PAD, y + LINE, "address",
		    xprintf("0x%016llx", (unsigned long long)v->region[0].start));
}

#define LEGEND_ENTRY 104

static void draw_legend(const struct picture *p, const struct view *v, size_t nr, double y,
			double width)
{
	double x = MARGIN;
	FILE *f = p->f;
	size_t i;

	for (i = 0; i < nr_roles; i++) {
		if (!role_used(v, nr, &roles[i]))
			continue;
		if (x + LEGEND_ENTRY > width - MARGIN) {
			x = MARGIN;
			y += 18;
		}
		fprintf(f,
			"<rect x=\"%.1f\" y=\"%.1f\" width=\"16\" height=\"12\" fill=\"%s\" "
			"class=\"box\"/>\n",
			x, y, i == nr_roles - 1 ? "url(#guard)" : roles[i].color);
		text(f, x + 22, y + 10, "sub", roles[i].name);
		x += LEGEND_ENTRY;
	}
	text(f, MARGIN, y + 34, "sub",
	     "Heights grow with the logarithm of the size. "
	     "Leaves: count x size, + is a contiguous group.");
}

static const char style[] =
	"<style>"
	"text{font-family:'DejaVu Sans',Arial,sans-serif;fill:#1b2631}"
	".page{font-size:20px;font-weight:bold}"
	".title{font-size:13px;font-weight:bold}"
	".sub{font-size:11px;fill:#4d5656}"
	".name{font-size:12px;font-weight:bold}"
	".size{font-size:11px;text-anchor:end}"
	".leaf{font-size:10.5px;fill:#283747}"
	".address{font-size:10px;font-family:'DejaVu Sans Mono',monospace;fill:#34495e}"
	".box{stroke:#566573;stroke-width:.8}"
	"</style>\n"
	"<defs><pattern id=\"guard\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" "
	"patternTransform=\"rotate(45)\"><rect width=\"6\" height=\"6\" fill=\"#f4f6f7\"/>"
	"<rect width=\"2\" height=\"6\" fill=\"#ccd1d1\"/></pattern></defs>\n";

/* Few columns are wide and have notes, many are narrow. */
static struct picture make_picture(FILE *f, size_t nr)
{
	double room = (1240.0 + GAP) / (double)nr - GAP;
	double column = room < COLUMN_MIN ? COLUMN_MIN : room > COLUMN_MAX ? COLUMN_MAX : room;

	return (struct picture){ f, column, column >= NOTES_WIDTH };
}

void render_svg(FILE *f, const struct view *v, size_t nr)
{
	struct picture p = make_picture(f, nr);
	double width = 2 * MARGIN + (double)nr * (p.column + GAP) - GAP;
	double height = 0, guards;
	size_t i;

	for (i = 0; i < nr; i++) {
		double h = column_height(&p, &v[i], &guards);

		height = h > height ? h : height;
	}
	if (width < MIN_WIDTH)
		width = MIN_WIDTH;
	fprintf(f,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
		"viewBox=\"0 0 %.0f %.0f\">\n%s<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
		width, HEAD + height + LEGEND + MARGIN, width, HEAD + height + LEGEND + MARGIN,
		style);
	text(f, MARGIN, 36, "page", "Kernel address spaces");
	text(f, MARGIN + 300, 36, "sub", "top of the address space at the top");
	for (i = 0; i < nr; i++)
		draw_column(&p, &v[i], MARGIN + (double)i * (p.column + GAP), height);
	draw_legend(&p, v, nr, HEAD + height + 30, width);
	fputs("</svg>\n", f);
}
