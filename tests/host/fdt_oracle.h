/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * libfdt as the oracle of our reader: both accept a blob and give the same answers to every question,
 * or both refuse it. Where ours refuses what libfdt lets pass, one of the listed reasons must hold.
 */
#ifndef TESTS_FDT_ORACLE_H
#define TESTS_FDT_ORACLE_H

#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "kernel/fdt.h"

#define ORACLE_CHECK(cond)                                                         \
	do {                                                                       \
		if (!(cond)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
			abort();                                                   \
		}                                                                  \
	} while (0)

static inline bool same_node(int ours, int theirs)
{
	return ours == theirs || (ours < 0 && theirs < 0);
}

static inline void compare_properties(const struct fdt *fdt, const void *blob, int node)
{
	int at, len;

	fdt_for_each_property_offset(at, blob, node)
	{
		const char *name;
		const void *value = fdt_getprop_by_offset(blob, at, &name, &len);
		u32 our_len;

		ORACLE_CHECK(value);
		/* Of two with one name both find the first. */
		value = fdt_getprop(blob, node, name, &len);
		ORACLE_CHECK(fdt_prop(fdt, node, name, &our_len) == value);
		ORACLE_CHECK((int)our_len == len);
		ORACLE_CHECK(fdt_prop_has_string(fdt, node, name, "okay") ==
			     (fdt_stringlist_search(blob, node, name, "okay") >= 0));
		if (len >= 4)
			ORACLE_CHECK(fdt_prop_u32(fdt, node, name, 0) ==
				     fdt32_ld((const fdt32_t *)value));
	}
	ORACLE_CHECK(fdt_prop(fdt, node, "c", NULL) == fdt_getprop(blob, node, "c", NULL));
}

static inline void compare_path(const struct fdt *fdt, const void *blob, int node)
{
	struct fdt_path chain;
	char path[1024];
	int found;

	if (fdt_get_path(blob, node, path, sizeof(path)))
		return;
	found = fdt_find(fdt, path, strlen(path), &chain);
	ORACLE_CHECK(same_node(found, fdt_path_offset(blob, path)));
	if (found < 0)
		return;
	ORACLE_CHECK(chain.node[chain.depth - 1] == found);
	for (unsigned int i = 1; i < chain.depth; i++)
		ORACLE_CHECK(fdt_parent_offset(blob, chain.node[i]) == chain.node[i - 1]);
}

static inline void compare_nodes(const struct fdt *fdt, const void *blob)
{
	int node, depth = 0, len;

	for (node = 0; node >= 0 && depth >= 0; node = fdt_next_node(blob, node, &depth)) {
		const char *name = fdt_get_name(blob, node, &len);

		ORACLE_CHECK(name && !strcmp(fdt_name(fdt, node), name));
		ORACLE_CHECK(same_node(fdt_child(fdt, node), fdt_first_subnode(blob, node)));
		ORACLE_CHECK(same_node(fdt_sibling(fdt, node), fdt_next_subnode(blob, node)));
		compare_properties(fdt, blob, node);
		/* fdt_get_path() costs a scan of the tree. */
		if (fdt_totalsize(blob) < 4096)
			compare_path(fdt, blob, node);
	}
}

/* The walk goes where libfdt's does, and knows each node's ancestors; and it leaves out what it is told to. */
static inline void compare_walk(const struct fdt *fdt, const void *blob)
{
	struct fdt_path path = { .depth = 1 };
	int node = 0, depth = 0;

	while (fdt_walk(fdt, &path, true)) {
		node = fdt_next_node(blob, node, &depth);
		ORACLE_CHECK(path.node[path.depth - 1] == node &&
			     path.depth == (unsigned int)depth + 1);
		if (fdt_totalsize(blob) < 4096)
			ORACLE_CHECK(fdt_parent_offset(blob, node) == path.node[path.depth - 2]);
	}
	ORACLE_CHECK(path.depth == 1);
	node = fdt_next_node(blob, node, &depth);
	ORACLE_CHECK(node < 0 || depth < 0);

	ORACLE_CHECK(!fdt_walk(fdt, &path, false));
	node = fdt_first_subnode(blob, 0);
	for (bool more = fdt_walk(fdt, &path, true); more; more = fdt_walk(fdt, &path, false)) {
		ORACLE_CHECK(path.depth == 2 && path.node[1] == node);
		node = fdt_next_subnode(blob, node);
	}
	ORACLE_CHECK(node < 0);
}

static inline void compare_reservations(const struct fdt *fdt, const void *blob)
{
	int i, nr = fdt_num_mem_rsv(blob);
	u64 start, size;
	uint64_t their_start, their_size;

	for (i = 0; i < nr; i++) {
		ORACLE_CHECK(!fdt_get_mem_rsv(blob, i, &their_start, &their_size));
		ORACLE_CHECK(fdt_reservation(fdt, (u32)i, &start, &size));
		ORACLE_CHECK(start == their_start && size == their_size);
	}
	ORACLE_CHECK(!fdt_reservation(fdt, (u32)nr, &start, &size));
}

/* Does libfdt 1.6 come back to where it was? It does if a property's length wraps to the property. */
static inline bool never_ends(const void *blob, size_t size)
{
	int at = 0, next;

	if (size < FDT_HEADER_SIZE || fdt_check_header(blob) || size < fdt_totalsize(blob))
		return false;
	for (; fdt_next_tag(blob, at, &next) != FDT_END; at = next)
		if (next <= at)
			return true;
	return false;
}

/* Is the property at @at longer than the blob? libfdt 1.6 adds its length up with a wrap. */
static inline bool property_wraps(const void *blob, int at)
{
	const char *p = (const char *)blob + fdt_off_dt_struct(blob) + at;

	return fdt32_ld((const fdt32_t *)(p + 4)) > fdt_totalsize(blob);
}

/* What libfdt lets pass and ours does not, found without our reader. */
static inline bool stricter(const void *blob)
{
	int at = 0, next, depth = 0, deepest = 0, tag;
	bool properties = false, bad = false;

	/* Versions without a size for a block, and blocks that are not aligned as they have to be. */
	if (fdt_version(blob) < 17 || fdt_totalsize(blob) > FDT_MAX_SIZE ||
	    fdt_off_dt_struct(blob) % 4 || fdt_off_mem_rsvmap(blob) % 4)
		return true;
	/* Blocks that reach out of the blob but whose contents do not. */
	if (fdt_size_dt_strings(blob) > fdt_totalsize(blob) - fdt_off_dt_strings(blob) ||
	    fdt_size_dt_struct(blob) % 4)
		return true;
	if (fdt_next_tag(blob, 0, &next) != FDT_BEGIN_NODE)
		return true;
	while ((tag = fdt_next_tag(blob, at, &next)) != FDT_END) {
		if (tag == FDT_BEGIN_NODE) {
			depth++;
			properties = true;
		} else if (tag == FDT_END_NODE) {
			depth--;
			properties = false;
		} else if (tag == FDT_PROP && (!properties || property_wraps(blob, at))) {
			bad = true;
		}
		deepest = depth > deepest ? depth : deepest;
		at = next;
	}
	return bad || deepest > FDT_MAX_DEPTH;
}

/* The specification lets FDT_NOP stand anywhere; libfdt refuses it behind the root node. */
static inline bool nop_after_root(const void *blob)
{
	int at = 0, next, depth = 0, tag;

	while ((tag = fdt_next_tag(blob, at, &next)) != FDT_END) {
		depth += (tag == FDT_BEGIN_NODE) - (tag == FDT_END_NODE);
		if (!depth && tag == FDT_NOP)
			return true;
		at = next;
	}
	return false;
}

/* Returns whether both accept the blob. */
static inline bool compare_readers(const void *blob, size_t size)
{
	const char *why;
	struct fdt fdt;
	bool ours = !fdt_open(&fdt, blob, size, &why);

	ORACLE_CHECK(ours == !why);
	/* libfdt 1.6 follows a null pointer in some trees of versions that ours does not read. */
	if (!ours && size >= FDT_HEADER_SIZE && fdt_version(blob) < 16)
		return false;
	if (!ours && never_ends(blob, size))
		return false;
	if (!ours) {
		ORACLE_CHECK(fdt_check_full(blob, size) || stricter(blob));
		return false;
	}
	ORACLE_CHECK(!fdt_check_full(blob, size) || nop_after_root(blob));
	compare_nodes(&fdt, blob);
	compare_walk(&fdt, blob);
	compare_reservations(&fdt, blob);
	return true;
}

#endif
