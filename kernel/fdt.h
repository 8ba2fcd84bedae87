/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A reader of flattened device trees (Devicetree Specification, chapter 5): read-only, no
 * allocation, no recursion. fdt_open() checks the whole blob once; after that no function here
 * reads outside of it, and none but a lookup can fail.
 *
 * Loads are 32 bits wide and aligned, because the boot stage reads the tree from Device memory.
 */
#ifndef KERNEL_FDT_H
#define KERNEL_FDT_H

#include "base/types.h"
#include "base/errno.h"

#define FDT_MAX_SIZE MIB(2) /* both boot protocols' limit for a blob */
#define FDT_HEADER_SIZE 40  /* bytes that are read to learn the blob's size */
#define FDT_MAX_DEPTH 32    /* levels of nodes, the root included */
#define FDT_TOP_MAX 64	    /* children of the root that are found at once */

/** struct fdt_note - a child of the root: its node, and its device_type or NULL. */
struct fdt_note {
	u32 node;
	const char *type;
};

/**
 * struct fdt - a device tree that fdt_open() has found well formed
 * @blob: its first byte; 4-byte aligned
 * @size: totalsize, bytes
 * @structs: structure block
 * @structs_size: bytes up to and with its end token
 * @strings: strings block
 * @strings_size: bytes up to and with its last NUL
 * @reserve: memory reservation block
 * @top: the first children of the root, because boot code goes through them more than once
 * @nr_top: how many
 *
 * Nodes are ints: offsets of their begin token in the structure block. The root is node 0.
 */
struct fdt {
	const u8 *blob;
	u32 size;
	const u8 *structs;
	u32 structs_size;
	const char *strings;
	u32 strings_size;
	const u8 *reserve;
	struct fdt_note top[FDT_TOP_MAX];
	u32 nr_top;
};

/** fdt_total_size() - what a header of FDT_HEADER_SIZE bytes says of the blob's size; not checked. */
u32 fdt_total_size(const void *blob);

/**
 * fdt_open() - check a blob and make it ready to be read
 * @max: bytes that may be read at @blob, at least FDT_HEADER_SIZE
 * @why: after an error, what is wrong with it, as the end of a sentence "device tree: ..."
 *
 * Return: 0 or -EINVAL.
 */
int fdt_open(struct fdt *fdt, const void *blob, size_t max, const char **why);

/** fdt_name() - a node's name with its unit address; the root's is empty. */
static inline const char *fdt_name(const struct fdt *fdt, int node)
{
	return (const char *)fdt->structs + node + 4;
}

bool fdt_name_fits(const struct fdt *fdt, int node, const char *name, size_t len);

/** fdt_name_is() - is this a node's name with or without its unit address? */
static inline bool fdt_name_is(const struct fdt *fdt, int node, const char *name, size_t len)
{
	return *fdt_name(fdt, node) == *name && fdt_name_fits(fdt, node, name, len);
}

/**
 * struct fdt_top - iterates over the children of the root; start with { 0 }
 * @node: the child
 * @type: its device_type, or NULL
 * @next: how many have been seen
 */
struct fdt_top {
	int node;
	const char *type;
	u32 next;
};

/** fdt_top_beyond() - fdt_top_next() behind the children that are noted. */
bool fdt_top_beyond(const struct fdt *fdt, struct fdt_top *top);

/** fdt_top_next() - the next child of the root. Return: false where there is none. */
static inline bool fdt_top_next(const struct fdt *fdt, struct fdt_top *top)
{
	const struct fdt_note *note = &fdt->top[top->next];

	if (top->next == fdt->nr_top)
		return fdt_top_beyond(fdt, top);
	*top = (struct fdt_top){ (int)note->node, note->type, top->next + 1 };
	return true;
}

/** fdt_child() - first child of a node. Return: a node, or -ENOENT. */
int fdt_child(const struct fdt *fdt, int node);

/** fdt_sibling() - next node with the same parent. Return: a node, or -ENOENT. */
int fdt_sibling(const struct fdt *fdt, int node);

/**
 * fdt_prop() - value of a property
 * @len: its length in bytes, unless NULL
 *
 * Return: the value, 4-byte aligned, or NULL (with @len 0) where the node has no such property.
 */
const void *fdt_prop(const struct fdt *fdt, int node, const char *name, u32 *len);

/** fdt_prop_string() - the NUL-terminated string in a property, the first if several; or NULL. */
const char *fdt_prop_string(const struct fdt *fdt, int node, const char *name);

/** fdt_list_has() - is @value one of the strings of a property's value, @len bytes at @list? */
bool fdt_list_has(const char *list, u32 len, const char *value);

/** fdt_prop_has_string() - is @value one of the strings of a property? */
bool fdt_prop_has_string(const struct fdt *fdt, int node, const char *name, const char *value);

/** fdt_prop_u32() - first cell of a property; @def where it is absent or shorter. */
u32 fdt_prop_u32(const struct fdt *fdt, int node, const char *name, u32 def);

/** fdt_available() - has the node no status, or the status "okay" or "ok"? */
bool fdt_available(const struct fdt *fdt, int node);

/**
 * struct fdt_path - a node with its ancestors
 * @node: from the root to the node itself
 * @depth: how many; the node is node[depth - 1]
 */
struct fdt_path {
	int node[FDT_MAX_DEPTH];
	unsigned int depth;
};

/**
 * fdt_find() - follow an absolute path
 * @path: not necessarily terminated; a component without a unit address fits any
 * @len: its length
 * @out: the ancestors too, unless NULL
 *
 * Return: the node, or -ENOENT.
 */
int fdt_find(const struct fdt *fdt, const char *path, size_t len, struct fdt_path *out);

/**
 * fdt_walk() - step to the next node of the tree, in the blob's order
 * @path: of the node to step from; { .depth = 1 } is the root's
 * @enter: first of all to its children; else these are left out
 *
 * Return: false behind the last one.
 */
bool fdt_walk(const struct fdt *fdt, struct fdt_path *path, bool enter);

/**
 * fdt_reservation() - an entry of the memory reservation block
 * @index: 0, 1, ...
 *
 * Return: false at its end.
 */
bool fdt_reservation(const struct fdt *fdt, u32 index, u64 *start, u64 *size);

/** fdt_cells() - a number of @cells (0 to 2) big-endian 32-bit cells at @p, 4-byte aligned. */
u64 fdt_cells(const void *p, unsigned int cells);

/**
 * struct fdt_reg - the (address, size) pairs of a reg property
 * @p: next pair
 * @left: pairs that are left
 * @address_cells: cells of an address
 * @size_cells: cells of a size
 */
struct fdt_reg {
	const u8 *p;
	u32 left;
	u8 address_cells;
	u8 size_cells;
};

/**
 * fdt_reg() - iterate over the reg property of a node
 * @parent: its #address-cells and #size-cells say how wide the numbers are
 *
 * Return: 0; -ENOENT (no reg); -EINVAL (numbers wider than 64 bits, or a length that doesn't fit).
 */
int fdt_reg(const struct fdt *fdt, int node, int parent, struct fdt_reg *reg);

/** fdt_reg_next() - the next pair. Return: false when there is none. */
bool fdt_reg_next(struct fdt_reg *reg, u64 *address, u64 *size);

/**
 * fdt_address() - where the first registers of a node are, translated by each bus above it
 * @address: to the root's bus, which is the CPUs'
 *
 * Return: 0; -ENOENT (no reg); -EINVAL (see fdt_reg()); -ENODEV (a bus does not lead there).
 */
int fdt_address(const struct fdt *fdt, const struct fdt_path *path, u64 *address);

#endif
