// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Layouts as text. */
#include <stdlib.h>
#include <string.h>
#include "kernel/layout_text.h"
#include "tools/render.h"
#include "tools/util.h"

const struct role roles[] = {
	{ "linear", "#7fb3d5", "all of RAM, at one offset" },
	{ "text", "#e59866", "the kernel's code" },
	{ "rodata", "#edbb99", "the kernel's read-only data" },
	{ "data", "#f0b27a", "the kernel's data" },
	{ "kernel", "#e59866", "a kernel image whose parts are not known" },
	{ "modules", "#f5cba7", "modules, within reach of the kernel" },
	{ "bpf", "#f9e79f", "BPF programs, within reach of the kernel" },
	{ "vmalloc", "#a9dfbf", "general virtual allocations and stacks" },
	{ "vmemmap", "#d7bde2", "the array of struct page" },
	{ "fixmap", "#aeb6bf", "fixed slots" },
	{ "guard", "#f4f6f7", "never mapped" },
};
const size_t nr_roles = ARRAY_SIZE(roles);

const struct role *role_of(const char *name)
{
	size_t i;

	for (i = 0; i < nr_roles - 1; i++)
		if (!strcmp(roles[i].name, name))
			break;
	return &roles[i];
}

u64 role_bytes(const struct view *v, const char *name)
{
	u64 sum = 0;
	size_t i;

	for (i = 0; i < v->nr_regions; i++)
		if (!strcmp(v->region[i].name, name))
			sum += view_region_size(&v->region[i]);
	return sum;
}

bool role_used(const struct view *v, size_t nr, const struct role *role)
{
	while (nr-- > 0)
		if (role_bytes(&v[nr], role->name))
			return true;
	return false;
}

const char *entropy_words(int bits, char buf[16])
{
	if (bits < 0)
		return "unknown";
	if (!bits)
		return "none";
	snprintf(buf, 16, "%d bit%s", bits, bits == 1 ? "" : "s");
	return buf;
}

/* ---- one layout ---- */

static void put_head(FILE *f, const struct view *v)
{
	char size[16], kernel[16], linear[16];

	fprintf(f, "%s: %s pages, %u-bit virtual addresses, %u levels", view_geometry(v),
		size_string(v->page_size, size), v->va_bits, v->levels);
	if (v->tables)
		fprintf(f, ", %llu table pages", (unsigned long long)v->tables);
	if (v->cpus)
		fprintf(f, ", %u CPU%s", v->cpus, v->cpus == 1 ? "" : "s");
	fprintf(f,
		"\nkernel offset 0x%016llx, linear offset 0x%016llx\nKASLR: kernel %s, linear map %s\n",
		(unsigned long long)v->kernel_offset, (unsigned long long)v->linear_offset,
		entropy_words(v->kernel_bits, kernel), entropy_words(v->linear_bits, linear));
}

/* The leaves are those of all regions of one name: only the first shows them. */
static bool first_of_name(const struct view *v, size_t i)
{
	size_t j;

	for (j = i + 1; j < v->nr_regions; j++)
		if (!strcmp(v->region[j].name, v->region[i].name))
			return false;
	return true;
}

void render_table(FILE *f, const struct view *v)
{
	size_t i;

	put_head(f, v);
	fputs("highest address first; + is a contiguous group\n\n", f);
	layout_text_head(put_stream, f);
	for (i = v->nr_regions; i-- > 0;) {
		const struct view_region *r = &v->region[i];
		char *leaves = first_of_name(v, i) ? view_leaves(v, r->name) : xprintf("%s", "");
		char *text = xprintf("%s%s%s", leaves, *leaves && *r->note ? "; " : "", r->note);
		char size[16];
		const struct layout_row row = {
			.name = r->name,
			.start = r->start,
			.last = r->last,
			.size = size_string(view_region_size(r), size),
			.perm = r->perm,
			.text = text,
		};

		layout_text_row(put_stream, f, &row);
		free(text);
		free(leaves);
	}
}

/* ---- side by side ---- */

/* A column is text lines, all of the same width. */
struct column {
	char **line;
	size_t nr;
};

/* Two with the gap between them are LAYOUT_TEXT_WIDTH at most. */
#define COLUMN_WIDTH 48
#define COLUMN_GAP " | "
#define COLUMN_INDENT 8

static void add_line(struct column *c, char *s)
{
	c->line = realloc(c->line, (c->nr + 1) * sizeof(*c->line));
	if (!c->line)
		die("memory", "none left");
	c->line[c->nr++] = s;
}

/* In as many lines as it needs. */
static void add_text(struct column *c, const char *s)
{
	while (*s) {
		size_t n = text_fit(s, COLUMN_WIDTH - COLUMN_INDENT);

		add_line(c, xprintf("%*s%.*s", COLUMN_INDENT, "", (int)n, s));
		s += n;
		s += strspn(s, " ");
	}
}

static void add_region(struct column *c, const struct view *v, size_t i)
{
	const struct view_region *r = &v->region[i];
	char *leaves, *text;
	char size[16];

	add_line(c, xprintf("%-7.7s %016llx-%016llx %6s", r->name, (unsigned long long)r->start,
			    (unsigned long long)r->last, size_string(view_region_size(r), size)));
	if (role_of(r->name) == &roles[nr_roles - 1])
		return; /* a guard has no permissions and no leaves */
	leaves = first_of_name(v, i) ? view_leaves(v, r->name) : xprintf("%s", "");
	text = xprintf("%s%s%s", r->perm, *leaves ? ": " : "", leaves);
	add_text(c, text);
	free(text);
	free(leaves);
}

const char *title_end(const struct view *v, size_t room)
{
	size_t n = strlen(v->title);

	return n <= room ? v->title : xprintf("...%s", v->title + n - room + 3);
}

static struct column make_column(const struct view *v)
{
	struct column c = { 0 };
	char size[16];
	size_t i;

	add_line(&c, xprintf("%s", title_end(v, COLUMN_WIDTH)));
	add_line(&c, xprintf("%.20s, %s pages, %u levels", view_geometry(v),
			     size_string(v->page_size, size), v->levels));
	add_line(&c,
		 xprintf("%.*s", COLUMN_WIDTH, "------------------------------------------------"));
	for (i = v->nr_regions; i-- > 0;)
		add_region(&c, v, i);
	return c;
}

static void put_block(FILE *f, const struct view *v, size_t nr)
{
	struct column *c = xalloc(nr, sizeof(*c));
	size_t i, line, lines = 0;

	for (i = 0; i < nr; i++) {
		c[i] = make_column(&v[i]);
		if (c[i].nr > lines)
			lines = c[i].nr;
	}
	for (line = 0; line < lines; line++)
		for (i = 0; i < nr; i++) {
			const char *s = line < c[i].nr ? c[i].line[line] : "";

			if (i + 1 < nr)
				fprintf(f, "%-*s%s", COLUMN_WIDTH, s, COLUMN_GAP);
			else
				fprintf(f, "%s\n", s);
		}
	for (i = 0; i < nr; i++) {
		while (c[i].nr)
			free(c[i].line[--c[i].nr]);
		free(c[i].line);
	}
	free(c);
}

/* ---- by role ---- */

#define ROLE_WIDTH 16

static void put_row(FILE *f, const struct view *v, size_t nr, const char *name,
		    char *(*cell)(const struct view *v))
{
	size_t i;

	fprintf(f, "%-14s", name);
	for (i = 0; i < nr; i++) {
		char *s = cell(&v[i]);

		fprintf(f, " %*s", ROLE_WIDTH, s);
		free(s);
	}
	fputc('\n', f);
}

static char *cell_geometry(const struct view *v)
{
	return xprintf("%.*s", ROLE_WIDTH, view_geometry(v));
}

static char *cell_kernel(const struct view *v)
{
	char buf[16];

	return xprintf("%s", entropy_words(v->kernel_bits, buf));
}

static char *cell_linear(const struct view *v)
{
	char buf[16];

	return xprintf("%s", entropy_words(v->linear_bits, buf));
}

static char *cell_tables(const struct view *v)
{
	return v->tables ? xprintf("%llu", (unsigned long long)v->tables)
			 : xprintf("%s", "unknown");
}

static void put_role(FILE *f, const struct view *v, size_t nr, const struct role *role)
{
	size_t i;
	char size[16];

	fprintf(f, "%-14s", role->name);
	for (i = 0; i < nr; i++) {
		u64 bytes = role_bytes(&v[i], role->name);

		fprintf(f, " %*s", ROLE_WIDTH, bytes ? size_string(bytes, size) : "-");
	}
	fputc('\n', f);
}

static void put_roles(FILE *f, const struct view *v, size_t nr)
{
	size_t i;

	put_row(f, v, nr, "by role", cell_geometry);
	for (i = 0; i < nr_roles; i++)
		if (role_used(v, nr, &roles[i]))
			put_role(f, v, nr, &roles[i]);
	put_row(f, v, nr, "KASLR kernel", cell_kernel);
	put_row(f, v, nr, "KASLR linear", cell_linear);
	put_row(f, v, nr, "table pages", cell_tables);
}

/* As many elements of @each + @gap columns as fit @width, one at least. */
static size_t fitting(unsigned int width, size_t each, size_t gap, size_t first)
{
	size_t n = 1;

	while (first + (n + 1) * each + n * gap <= width)
		n++;
	return n;
}

void render_columns(FILE *f, const struct view *v, size_t nr, unsigned int width)
{
	size_t step = fitting(width, COLUMN_WIDTH, sizeof(COLUMN_GAP) - 1, 0);
	size_t i;

	fprintf(f, "Highest address first. Leaves are below the region that they map; "
		   "+ is a contiguous group.\n");
	for (i = 0; i < nr; i += step) {
		fputc('\n', f);
		put_block(f, v + i, nr - i < step ? nr - i : step);
	}
	step = fitting(width, ROLE_WIDTH, 1, 15);
	for (i = 0; i < nr; i += step) {
		fputc('\n', f);
		put_roles(f, v + i, nr - i < step ? nr - i : step);
	}
}
