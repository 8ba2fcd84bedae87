// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "base/string.h"
#include "kernel/layout_text.h"
#include "kernel/printk.h"

size_t text_fit(const char *s, size_t room)
{
	size_t semicolon = 0, comma = 0, blank = 0, n;

	for (n = 0; n < room && s[n]; n++) {
		if (s[n + 1] != ' ')
			continue;
		blank = n + 1;
		if (s[n] == ',')
			comma = n + 1;
		if (s[n] == ';')
			semicolon = n + 1;
	}
	if (!s[n])
		return n;
	return semicolon ? semicolon : comma ? comma : blank ? blank : max_u64(n, 1);
}

void put_wrapped(layout_put_fn put, void *arg, const char *s, unsigned int column,
		 unsigned int indent)
{
	for (;;) {
		size_t n = text_fit(s, LAYOUT_TEXT_WIDTH - column);

		put(arg, s, n);
		put(arg, "\n", 1);
		for (s += n; *s == ' '; s++)
			;
		if (!*s)
			return;
		format(put, arg, "%*s", (int)indent, "");
		column = indent;
	}
}

/* Width of the columns before the text. */
#define TEXT_COLUMN 68

void layout_text_head(layout_put_fn put, void *arg)
{
	format(put, arg, "%-8s %-18s   %-18s %7s %-10s leaves; note\n", "region", "start", "last",
	       "size", "perm");
}

void layout_text_row(layout_put_fn put, void *arg, const struct layout_row *row)
{
	format(put, arg, "%-8.8s 0x%016lx - 0x%016lx %7s %-10s ", row->name, row->start, row->last,
	       row->size, row->perm);
	put_wrapped(put, arg, row->text, TEXT_COLUMN, TEXT_COLUMN);
}
