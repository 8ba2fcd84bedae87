// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What is asked of a device tree by way of the functions of fdt.c. */
#include <graticule/string.h>
#include "kernel/fdt.h"

bool fdt_list_has(const char *list, u32 len, const char *value)
{
	size_t n;

	for (; len; list += n + 1, len -= (u32)n + 1) {
		n = strnlen(list, len);
		if (n == len)
			return false;
		if (!strcmp(list, value))
			return true;
	}
	return false;
}

bool fdt_prop_has_string(const struct fdt *fdt, int node, const char *name, const char *value)
{
	u32 len;
	const char *list = fdt_prop(fdt, node, name, &len);

	return fdt_list_has(list, len, value);
}

bool fdt_available(const struct fdt *fdt, int node)
{
	u32 len;
	const char *s = fdt_prop(fdt, node, "status", &len);

	if (!s)
		return true;
	return (len == 5 && !memcmp(s, "okay", 5)) || (len == 3 && !memcmp(s, "ok", 3));
}

bool fdt_walk(const struct fdt *fdt, struct fdt_path *path, bool enter)
{
	int *last = &path->node[path->depth - 1];
	int next = enter ? fdt_child(fdt, *last) : -ENOENT;

	if (next >= 0) {
		path->node[path->depth++] = next;
		return true;
	}
	for (; path->depth > 1; path->depth--, last--) {
		next = fdt_sibling(fdt, *last);
		if (next >= 0) {
			*last = next;
			return true;
		}
	}
	return false;
}
