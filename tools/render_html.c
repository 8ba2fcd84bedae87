// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A page with the picture and the tables; nothing is loaded from elsewhere. */
#include <stdlib.h>
#include "tools/render.h"
#include "tools/util.h"

void put_xml(FILE *f, const char *s)
{
	for (; *s; s++) {
		if (*s == '&')
			fputs("&amp;", f);
		else if (*s == '<')
			fputs("&lt;", f);
		else if (*s == '>')
			fputs("&gt;", f);
		else if (*s == '"')
			fputs("&quot;", f);
		else
			fputc(*s, f);
	}
}

static const char head[] =
	"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"<title>Kernel address spaces</title>\n<style>"
	"body{font-family:'DejaVu Sans',Arial,sans-serif;color:#1b2631;margin:24px}"
	".wide{overflow-x:auto}"
	"table{border-collapse:collapse;margin:8px 0 28px}"
	"th,td{padding:3px 10px;text-align:left;font-size:13px;border-bottom:1px solid #d5d8dc}"
	"td.n{text-align:right;font-variant-numeric:tabular-nums}"
	"td.a{white-space:nowrap;font-family:'DejaVu Sans Mono',monospace;font-size:12px}"
	"h2{font-size:17px;margin-bottom:2px}p{margin:2px 0;font-size:13px;color:#4d5656}"
	"</style></head><body>\n";

static void cell(FILE *f, const char *class, const char *s)
{
	fprintf(f, "<td class=\"%s\">", class);
	put_xml(f, s);
	fputs("</td>", f);
}

static void owned_cell(FILE *f, const char *class, char *s)
{
	cell(f, class, s);
	free(s);
}

static void put_region(FILE *f, const struct view *v, const struct view_region *r)
{
	char size[16];

	fprintf(f, "<tr><td style=\"background:%s\">", role_of(r->name)->color);
	put_xml(f, r->name);
	fputs("</td>", f);
	owned_cell(f, "a", xprintf("0x%016llx", (unsigned long long)r->start));
	owned_cell(f, "a", xprintf("0x%016llx", (unsigned long long)r->last));
	cell(f, "n", size_string(view_region_size(r), size));
	cell(f, "a", r->perm);
	owned_cell(f, "", view_leaves(v, r->name));
	cell(f, "", r->note);
	fputs("</tr>\n", f);
}

static void put_layout(FILE *f, const struct view *v)
{
	char size[16], kernel[16], linear[16];
	size_t i;

	fputs("<h2>", f);
	put_xml(f, v->title);
	fputs("</h2>\n<p>", f);
	put_xml(f, view_geometry(v));
	fprintf(f, ": %s pages, %u-bit virtual addresses, %u levels",
		size_string(v->page_size, size), v->va_bits, v->levels);
	if (v->tables)
		fprintf(f, ", %llu table pages", (unsigned long long)v->tables);
	fprintf(f,
		"</p>\n<p>kernel offset 0x%016llx (KASLR: %s), linear offset 0x%016llx (KASLR: %s)</p>\n",
		(unsigned long long)v->kernel_offset, entropy_words(v->kernel_bits, kernel),
		(unsigned long long)v->linear_offset, entropy_words(v->linear_bits, linear));
	fputs("<div class=\"wide\"><table><tr><th>region</th><th>start</th><th>last</th>"
	      "<th>size</th><th>perm</th><th>leaves</th><th>note</th></tr>\n",
	      f);
	for (i = v->nr_regions; i-- > 0;)
		put_region(f, v, &v->region[i]);
	fputs("</table></div>\n", f);
}

static void put_roles(FILE *f, const struct view *v, size_t nr)
{
	char size[16];
	size_t i, j;

	fputs("<h2>By role</h2>\n<div class=\"wide\"><table><tr><th></th>", f);
	for (j = 0; j < nr; j++) {
		fputs("<th>", f);
		put_xml(f, v[j].title);
		fputs("</th>", f);
	}
	fputs("</tr>\n", f);
	for (i = 0; i < nr_roles; i++) {
		if (!role_used(v, nr, &roles[i]))
			continue;
		fprintf(f, "<tr><td style=\"background:%s\" title=\"%s\">%s</td>", roles[i].color,
			roles[i].what, roles[i].name);
		for (j = 0; j < nr; j++) {
			u64 bytes = role_bytes(&v[j], roles[i].name);

			cell(f, "n", bytes ? size_string(bytes, size) : "-");
		}
		fputs("</tr>\n", f);
	}
	fputs("</table></div>\n", f);
}

void render_html(FILE *f, const struct view *v, size_t nr)
{
	size_t i;

	fputs(head, f);
	fputs("<div class=\"wide\">\n", f);
	render_svg(f, v, nr);
	fputs("</div>\n", f);
	put_roles(f, v, nr);
	for (i = 0; i < nr; i++)
		put_layout(f, &v[i]);
	fputs("</body></html>\n", f);
}
