/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Layouts for people. Everywhere the top of the address space is at the top. */
#ifndef TOOLS_RENDER_H
#define TOOLS_RENDER_H

#include <stdio.h>
#include "tools/view.h"

/** render_table() - one layout, a line per region. */
void render_table(FILE *f, const struct view *v);

/** render_columns() - layouts side by side, as many as fit @width, the others below; then by role. */
void render_columns(FILE *f, const struct view *v, size_t nr, unsigned int width);

/** render_svg() - a picture of address spaces side by side; sizes are on a logarithmic scale. */
void render_svg(FILE *f, const struct view *v, size_t nr);

/** render_html() - a page that needs nothing else: the picture and the tables. */
void render_html(FILE *f, const struct view *v, size_t nr);

/* The roles that regions have, in the order in which summaries show them. */
struct role {
	const char *name;
	const char *color;
	const char *what;
};
extern const struct role roles[];
extern const size_t nr_roles;

/** role_of() - of a region; one of a name that is not known counts as a guard. */
const struct role *role_of(const char *name);

/** role_bytes() - what all regions of a role have together; 2^64 can't occur. */
u64 role_bytes(const struct view *v, const char *name);

/** role_used() - does a region of any of the layouts have it? */
bool role_used(const struct view *v, size_t nr, const struct role *role);

/** title_end() - the title, in @room characters at most: the end of a path says more than its start. */
const char *title_end(const struct view *v, size_t room);

/** entropy_words() - "19 bits", "none", "unknown". */
const char *entropy_words(int bits, char buf[16]);

/** put_xml() - text of a view inside XML. */
void put_xml(FILE *f, const char *s);

#endif
