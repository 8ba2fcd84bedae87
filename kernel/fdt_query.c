// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What is asked of a device tree by way of the functions of fdt.c. Section numbers are the Devicetree
 * Specification's, 0.4.
 */
#include "base/string.h"
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

/*
 * Translate an address on bus @node to one on the bus above it, @parent, by the ranges property (2.3.8):
 * triples of child address, parent address and size; empty means that they are the same.
 */
static int translate(const struct fdt *fdt, int node, int parent, u64 *address)
{
	u32 child_cells, size_cells, parent_cells, len, stride;
	const u8 *p = fdt_prop(fdt, node, "ranges", &len);
	u64 start;

	if (!len)
		return p ? 0 : -ENODEV;
	child_cells = fdt_prop_u32(fdt, node, "#address-cells", 2);
	size_cells = fdt_prop_u32(fdt, node, "#size-cells", 1);
	parent_cells = fdt_prop_u32(fdt, parent, "#address-cells", 2);
	if (child_cells > 2 || size_cells > 2 || parent_cells > 2)
		return -ENODEV;
	stride = 4 * (child_cells + parent_cells + size_cells);
	for (; stride && len >= stride; p += stride, len -= stride) {
		start = fdt_cells(p, child_cells);
		if (*address < start ||
		    *address - start >= fdt_cells(p + 4 * (child_cells + parent_cells), size_cells))
			continue;
		*address += fdt_cells(p + 4 * child_cells, parent_cells) - start;
		return 0;
	}
	return -ENODEV;
}

int fdt_address(const struct fdt *fdt, const struct fdt_path *path, u64 *address)
{
	unsigned int i = path->depth - 2;
	struct fdt_reg reg;
	u64 size;
	int err;

	if (path->depth < 2)
		return -ENOENT; /* the root has no bus above it */
	err = fdt_reg(fdt, path->node[i + 1], path->node[i], &reg);
	if (err)
		return err;
	fdt_reg_next(&reg, address, &size);
	for (; i; i--) {
		err = translate(fdt, path->node[i], path->node[i - 1], address);
		if (err)
			return err;
	}
	return 0;
}
