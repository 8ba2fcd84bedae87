/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A layout as a table for people: the same lines on the kernel's console and from the host tool. */
#ifndef KERNEL_LAYOUT_TEXT_H
#define KERNEL_LAYOUT_TEXT_H

#include "base/types.h"
#include "kernel/layout_json.h"

/* No line is longer. */
#define LAYOUT_TEXT_WIDTH 100

/**
 * text_fit() - how many bytes of @s go on a line that has room for @room, 1 at least
 *
 * All if they fit; else up to the last semicolon, else comma, else blank, else as many as there is room
 * for. Blanks that follow belong to neither line.
 */
size_t text_fit(const char *s, size_t room);

/**
 * put_wrapped() - text in as many lines as it needs, each with its newline
 * @column: where the cursor is
 * @indent: where the lines after the first begin
 */
void put_wrapped(layout_put_fn put, void *arg, const char *s, unsigned int column,
		 unsigned int indent);

/**
 * struct layout_row - a region's row
 * @name: of 8 characters at most
 * @text: leaves and note; wrapped
 */
struct layout_row {
	const char *name;
	grt_virt_t start;
	grt_virt_t last;
	const char *size;
	const char *perm;
	const char *text;
};

void layout_text_head(layout_put_fn put, void *arg);
void layout_text_row(layout_put_fn put, void *arg, const struct layout_row *row);

#endif
