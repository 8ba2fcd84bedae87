// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "tools/util.h"
#include "tools/view.h"

#define LOG_PREFIX "graticule-layout: "
/* More than any plan has: rows are compared with one another. */
#define REGIONS_MAX 256
#define LEAVES_MAX 4096
#define LAYOUTS_MAX 256

/* A member that has to be there, of a type; @path says where in the object, for the message. */
static json_t *member(const char *place, const char *path, json_t *o, const char *name,
		      json_type type)
{
	json_t *m = json_object_get(o, name);

	if (!m)
		die(place, "%s has no \"%s\"", path, name);
	if (json_typeof(m) != type)
		die(place, "\"%s\" of %s is of the wrong type", name, path);
	return m;
}

static u64 integer(const char *place, const char *path, json_t *o, const char *name, u64 max)
{
	json_int_t v = json_integer_value(member(place, path, o, name, JSON_INTEGER));

	if (v < 0 || (u64)v > max)
		die(place, "\"%s\" of %s is out of range", name, path);
	return (u64)v;
}

/* As it is written in the file: to be compared, or for a message. */
static const char *raw_string(const char *place, const char *path, json_t *o, const char *name)
{
	return json_string_value(member(place, path, o, name, JSON_STRING));
}

/* To be shown: every renderer may rely on printable ASCII. */
static const char *string(const char *place, const char *path, json_t *o, const char *name)
{
	return escaped(raw_string(place, path, o, name));
}

static u64 address(const char *place, const char *path, json_t *o, const char *name)
{
	const char *s = raw_string(place, path, o, name);
	u64 v;

	if (strncmp(s, "0x", 2) || !parse_address(s, &v))
		die(place, "\"%s\" of %s is no hexadecimal address: \"%s\"", name, path, s);
	return v;
}

#define TOP "0x10000000000000000" /* 2^64 */

static void parse_region(const char *place, const char *path, json_t *o, struct view_region *r)
{
	r->name = string(place, path, o, "name");
	r->perm = string(place, path, o, "perm");
	r->note = string(place, path, o, "note");
	r->start = address(place, path, o, "start");
	r->last = !strcmp(raw_string(place, path, o, "end"), TOP)
			  ? ~0ULL
			  : address(place, path, o, "end") - 1;
	if (r->last < r->start || !r->start)
		die(place, "%s is empty or ends before it starts", path);
	if (integer(place, path, o, "size", INT64_MAX) != view_region_size(r))
		die(place, "\"size\" of %s is not its end minus its start", path);
}

static void parse_regions(const char *place, json_t *root, struct view *v)
{
	json_t *list = member(place, "the layout", root, "regions", JSON_ARRAY);
	size_t i;

	v->nr_regions = json_array_size(list);
	if (v->nr_regions > REGIONS_MAX)
		die(place, "more than %d regions", REGIONS_MAX);
	v->region = xalloc(v->nr_regions, sizeof(*v->region));
	for (i = 0; i < v->nr_regions; i++) {
		char path[32];

		snprintf(path, sizeof(path), "regions[%zu]", i);
		parse_region(place, path, json_array_get(list, i), &v->region[i]);
		if (i && v->region[i].start <= v->region[i - 1].last)
			die(place, "%s overlaps the one before or is out of order", path);
	}
	if (!v->nr_regions)
		die(place, "\"regions\" is empty");
}

static void parse_leaves(const char *place, json_t *root, struct view *v)
{
	json_t *list = member(place, "the layout", root, "leaves", JSON_ARRAY);
	size_t i;

	v->nr_leaves = json_array_size(list);
	if (v->nr_leaves > LEAVES_MAX)
		die(place, "more than %d rows of leaves", LEAVES_MAX);
	v->leaf = xalloc(v->nr_leaves, sizeof(*v->leaf));
	for (i = 0; i < v->nr_leaves; i++) {
		json_t *o = json_array_get(list, i);
		json_t *contiguous = json_object_get(o, "contiguous");
		struct view_leaf *l = &v->leaf[i];
		char path[32];

		snprintf(path, sizeof(path), "leaves[%zu]", i);
		if (!json_is_boolean(contiguous))
			die(place, "%s has no \"contiguous\", or it is of the wrong type", path);
		l->region = string(place, path, o, "region");
		l->level = (unsigned int)integer(place, path, o, "level", 4);
		l->size = integer(place, path, o, "size", INT64_MAX);
		l->count = integer(place, path, o, "count", INT64_MAX);
		l->contiguous = json_boolean_value(contiguous);
		if (l->size & (l->size - 1))
			die(place, "\"size\" of %s is no power of two", path);
	}
}

/* What the schema allows beside the fixed members. */
static void parse_facts(const char *place, json_t *root, struct view *v)
{
	json_t *entropy = json_object_get(root, "entropy");

	v->kernel_bits = v->linear_bits = -1;
	if (entropy) {
		v->kernel_bits = (int)integer(place, "entropy", entropy, "kernel", 64);
		v->linear_bits = (int)integer(place, "entropy", entropy, "linear", 64);
	}
	if (json_object_get(root, "tables"))
		v->tables = integer(place, "the layout", root, "tables", INT64_MAX);
	if (json_object_get(root, "cpus"))
		v->cpus = (unsigned int)integer(place, "the layout", root, "cpus", 1 << 20);
	if (json_object_get(root, "features"))
		v->features = string(place, "the layout", root, "features");
}

/* Strings stay in the tree, which lives as long as the program. */
static void parse_object(const char *place, const char *title, json_t *root, struct view *v)
{
	static const char top[] = "the layout";

	if (!json_is_object(root))
		die(place, "not a layout: a JSON object is expected");
	*v = (struct view){ .title = escaped(title) };
	v->arch = string(place, top, root, "arch");
	v->page_size = integer(place, top, root, "page_size", MIB(1));
	v->va_bits = (unsigned int)integer(place, top, root, "va_bits", 64);
	v->levels = (unsigned int)integer(place, top, root, "levels", 5);
	v->kernel_offset = address(place, top, root, "kernel_offset");
	v->linear_offset = address(place, top, root, "linear_offset");
	if (!v->page_size || v->page_size & (v->page_size - 1))
		die(place, "\"page_size\" is no power of two");
	parse_regions(place, root, v);
	parse_leaves(place, root, v);
	parse_facts(place, root, v);
	v->json = json_text(root, JSON_COMPACT);
}

static json_t *load(const char *place, const char *text, size_t size)
{
	json_error_t error;
	json_t *root =
		json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_DISABLE_EOF_CHECK, &error);
	const char *s;

	if (!root)
		die(place, "line %d, column %d: %s", error.line, error.column, error.text);
	for (s = text + error.position; s < text + size; s++)
		if (!*s || !strchr(" \t\r\n", *s))
			die(place, "more text follows the JSON");
	return root;
}

void view_parse(const char *place, const char *title, const char *json, struct view *v)
{
	parse_object(place, title, load(place, json, strlen(json)), v);
	v->json = json;
}

static struct view *add_view(const char *path, struct view **list, size_t *nr)
{
	if (*nr == LAYOUTS_MAX)
		die(path, "more than %d layouts", LAYOUTS_MAX);
	*list = realloc(*list, (*nr + 1) * sizeof(**list));
	if (!*list)
		die("memory", "none left");
	return &(*list)[(*nr)++];
}

static const char *next_line(const char *s)
{
	const char *end = strchr(s, '\n');

	return end ? end + 1 : s + strlen(s);
}

/* Every line that has the prefix somewhere: consoles put carriage returns and more before it. */
static size_t read_log(const char *path, const char *text, struct view **out)
{
	size_t nr = 0;
	unsigned int line = 1;
	const char *s;

	for (s = text; *s; s = next_line(s), line++) {
		size_t size = (size_t)(next_line(s) - s);
		const char *found = memmem(s, size, LOG_PREFIX, strlen(LOG_PREFIX));
		char *place;

		if (!found)
			continue;
		found += strlen(LOG_PREFIX);
		place = xprintf("%s: line %u", path, line);
		parse_object(place, path, load(place, found, size - (size_t)(found - s)),
			     add_view(path, out, &nr));
	}
	return nr;
}

static size_t read_json(const char *path, const char *text, size_t size, struct view **out)
{
	json_t *root = load(path, text, size);
	size_t i, nr = 0;

	if (!json_is_array(root)) {
		parse_object(path, path, root, add_view(path, out, &nr));
		return nr;
	}
	for (i = 0; i < json_array_size(root); i++)
		parse_object(xprintf("%s: layout %zu", path, i), path, json_array_get(root, i),
			     add_view(path, out, &nr));
	if (!nr)
		die(path, "the list has no layouts");
	return nr;
}

size_t view_read(const char *path, struct view **out)
{
	size_t size, nr;
	char *text = read_file(path, &size);

	*out = NULL;
	if (strlen(text) == size) {
		size_t blanks = strspn(text, " \t\r\n");

		if (text[blanks] == '{' || text[blanks] == '[')
			return read_json(path, text, size, out);
	}
	/* A console log may have stray NULs: they only end a line. */
	for (size_t i = 0; i < size; i++)
		if (!text[i])
			text[i] = '\n';
	nr = read_log(path, text, out);
	if (!nr)
		die(path, "neither JSON nor a console log with a \"%s{...}\" line", LOG_PREFIX);
	return nr;
}

const char *view_geometry(const struct view *v)
{
	char size[16];

	if (!strcmp(v->arch, "riscv"))
		return xprintf("riscv sv%u", v->va_bits);
	return xprintf("%s %s/%u", v->arch, size_string(v->page_size, size), v->va_bits);
}

char *view_leaves(const struct view *v, const char *region)
{
	char *text = xprintf("%s", "");
	size_t i;

	for (i = 0; i < v->nr_leaves; i++) {
		const struct view_leaf *l = &v->leaf[i];
		char size[16];
		char *longer;

		if (strcmp(l->region, region))
			continue;
		longer = xprintf("%s%s%llu x %s%s", text, *text ? ", " : "",
				 (unsigned long long)l->count, size_string(l->size, size),
				 l->contiguous ? "+" : "");
		free(text);
		text = longer;
	}
	return text;
}
