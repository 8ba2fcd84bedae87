// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A reader of flattened device trees. Section numbers are the Devicetree Specification's, 0.4.
 *
 * fdt_open() checks that every token is whole, inside its block and where it may be. Lookups rely on
 * that: they go from token to token until the node that they are in ends.
 */
#include "base/string.h"
#include "kernel/fdt.h"

#define FDT_MAGIC 0xd00dfeed
#define FDT_VERSION_MIN 16 /* before that nodes had their full paths as names */
#define FDT_VERSION_MAX 17
#define FDT_HEADER_SIZE_V16 36 /* without size_dt_struct */

/* Section 5.2: offsets of the header's fields. */
enum {
	HEADER_MAGIC = 0,
	HEADER_TOTALSIZE = 4,
	HEADER_STRUCTS = 8,
	HEADER_STRINGS = 12,
	HEADER_RESERVE = 16,
	HEADER_VERSION = 20,
	HEADER_COMPATIBLE = 24,
	HEADER_STRINGS_SIZE = 32,
	HEADER_STRUCTS_SIZE = 36,
};

/* Section 5.4.1: tokens, as a little-endian load of the big-endian number finds them. */
enum {
	TOKEN_BEGIN = 1 << 24,
	TOKEN_END_NODE = 2 << 24,
	TOKEN_PROPERTY = 3 << 24,
	TOKEN_NOP = 4 << 24,
	TOKEN_END = 9 << 24,
};

#define PROPERTY_HEADER 12 /* token, length, offset of the name */
#define RESERVATION 16	   /* address, size */

/* By hand: the compiler calls a library for its builtin where the CPU has no such instruction. */
static inline u32 swap32(u32 x)
{
	return x << 24 | (x & 0xff00) << 8 | (x >> 8 & 0xff00) | x >> 24;
}

static inline u32 load32(const void *p)
{
	return *(const u32 *)p;
}

static inline u32 cell_at(const void *p, u32 offset)
{
	return swap32(load32((const u8 *)p + offset));
}

static inline u32 token_at(const struct fdt *fdt, u32 at)
{
	return load32(fdt->structs + at);
}

/* Has a word a byte that is zero? */
static inline bool has_nul(u32 w)
{
	return (w - 0x01010101) & ~w & 0x80808080;
}

/* Offset of the word after the string that starts at @at, before the end of the block. */
static inline u32 skip_name(const struct fdt *fdt, u32 at)
{
	u32 w;

	/* Names are padded to whole words, and the block's last word has a zero byte. */
	do {
		w = load32(fdt->structs + at);
		at += 4;
	} while (!has_nul(w));
	return at;
}

/* Offset of the token after the one at @at. */
static inline u32 token_end(const struct fdt *fdt, u32 at, u32 token)
{
	if (token == TOKEN_PROPERTY)
		return at + PROPERTY_HEADER + (u32)align_up(cell_at(fdt->structs, at + 4), 4);
	if (token == TOKEN_BEGIN)
		return skip_name(fdt, at + 4);
	return at + 4;
}

/* Does a block lie in the blob, behind the header? */
static bool block_inside(const struct fdt *fdt, u32 header, u32 offset, u32 size)
{
	return offset >= header && offset <= fdt->size && size <= fdt->size - offset;
}

static const char *check_versions(u32 version, u32 compatible)
{
	if (version < FDT_VERSION_MIN || compatible > FDT_VERSION_MAX || compatible > version)
		return "its version is not supported";
	return NULL;
}

static const char *check_header(struct fdt *fdt, u32 *header, size_t max)
{
	const char *why;

	if (!is_aligned((uintptr_t)fdt->blob, 4))
		return "not aligned";
	if (max < FDT_HEADER_SIZE)
		return "truncated";
	if (cell_at(fdt->blob, HEADER_MAGIC) != FDT_MAGIC)
		return "bad magic";
	why = check_versions(cell_at(fdt->blob, HEADER_VERSION),
			     cell_at(fdt->blob, HEADER_COMPATIBLE));
	if (why)
		return why;
	*header = cell_at(fdt->blob, HEADER_VERSION) == FDT_VERSION_MIN ? FDT_HEADER_SIZE_V16
									: FDT_HEADER_SIZE;
	fdt->size = cell_at(fdt->blob, HEADER_TOTALSIZE);
	if (fdt->size > FDT_MAX_SIZE)
		return "it claims to have more than 2 MiB";
	if (fdt->size < *header || fdt->size > max)
		return "truncated";
	return NULL;
}

static const char *check_blocks(struct fdt *fdt, u32 header)
{
	u32 structs = cell_at(fdt->blob, HEADER_STRUCTS);
	u32 strings = cell_at(fdt->blob, HEADER_STRINGS);
	u32 reserve = cell_at(fdt->blob, HEADER_RESERVE);

	fdt->structs_size = header == FDT_HEADER_SIZE_V16 ? fdt->size - structs
							  : cell_at(fdt->blob, HEADER_STRUCTS_SIZE);
	if (!block_inside(fdt, header, structs, fdt->structs_size) || !is_aligned(structs, 4))
		return "its structure block lies outside of it";
	fdt->structs = fdt->blob + structs;
	fdt->structs_size = (u32)align_down(fdt->structs_size, 4);
	/* Then every name that starts in the block also ends in it, and the end token is not cut off. */
	while (fdt->structs_size && !has_nul(load32(fdt->structs + fdt->structs_size - 4)))
		fdt->structs_size -= 4;

	fdt->strings_size = cell_at(fdt->blob, HEADER_STRINGS_SIZE);
	if (!block_inside(fdt, header, strings, fdt->strings_size))
		return "its strings block lies outside of it";
	fdt->strings = (const char *)fdt->blob + strings;
	/* Then every string that starts in the block also ends in it. */
	while (fdt->strings_size && fdt->strings[fdt->strings_size - 1])
		fdt->strings_size--;

	if (!block_inside(fdt, header, reserve, 0) || !is_aligned(reserve, 4))
		return "its reservation block lies outside of it";
	fdt->reserve = fdt->blob + reserve;
	return NULL;
}

static const char *check_reservations(const struct fdt *fdt)
{
	const u8 *p, *end = fdt->blob + fdt->size;

	for (p = fdt->reserve; end - p >= RESERVATION; p += RESERVATION)
		if (!load32(p + 8) && !load32(p + 12))
			return NULL;
	return "its reservation block has no end";
}

/* A value of @len bytes as a string, if it is one. */
static const char *string_value(const void *value, u32 len)
{
	const char *s = value;

	return s && strnlen(s, len) < len ? s : NULL;
}

/* A property of a child of the root: is it the device_type? */
static inline void note_type(struct fdt_note *note, const char *name, const u8 *value, u32 len)
{
	/* Most names are out with two letters. */
	if (name[0] == 'd' && name[1] == 'e' && !note->type && !strcmp(name, "device_type"))
		note->type = string_value(value, len);
}

/*
 * From property to property of a node whose note is @note, or NULL. Returns the offset of the first token
 * that is none, or of a property that is not whole or has a name outside of the strings.
 */
static u32 check_properties(const struct fdt *fdt, u32 at, struct fdt_note *note)
{
	const u8 *end = fdt->structs + fdt->structs_size, *p = fdt->structs + at;
	const char *strings = fdt->strings;
	const u32 strings_size = fdt->strings_size;

	while (end - p >= PROPERTY_HEADER && load32(p) == TOKEN_PROPERTY) {
		u32 len = cell_at(p, 4), name = cell_at(p, 8);
		const u8 *value = p + PROPERTY_HEADER;

		if (len > (size_t)(end - value) || name >= strings_size)
			break;
		if (note)
			note_type(note, strings + name, value, len);
		p = value + align_up((u64)len, 4);
	}
	return (u32)(p - fdt->structs);
}

/* Nodes that are looked at more than once are noted. */
static struct fdt_note *note_node(struct fdt *fdt, u32 at, u32 depth)
{
	if (depth != 1 || fdt->nr_top == FDT_TOP_MAX)
		return NULL;
	fdt->top[fdt->nr_top] = (struct fdt_note){ at, NULL };
	return &fdt->top[fdt->nr_top++];
}

/* Section 5.4.2: one root; in a node first its properties, then its children. */
static const char *check_structure(struct fdt *fdt)
{
	static const char malformed[] = "its structure block is malformed";
	struct fdt_note *note = NULL;
	bool properties = false;
	u32 at = 0, next, depth = 0;

	fdt->nr_top = 0;
	if (fdt->structs_size < 8 || token_at(fdt, 0) != TOKEN_BEGIN || *fdt_name(fdt, 0))
		return "no root node";
	for (; at < fdt->structs_size; at = next) {
		u32 token = token_at(fdt, at);

		if (token == TOKEN_PROPERTY) {
			if (!properties)
				return "a property after a node";
			next = check_properties(fdt, at, note);
			if (next == at)
				return malformed;
		} else if (token == TOKEN_BEGIN && at + 4 < fdt->structs_size) {
			if (at && !depth)
				return "two root nodes";
			if (depth == FDT_MAX_DEPTH)
				return "nested too deeply";
			note = note_node(fdt, at, depth++);
			properties = true;
			next = skip_name(fdt, at + 4);
		} else if (token == TOKEN_END_NODE) {
			if (!depth--)
				return "its nodes do not nest";
			properties = false;
			next = at + 4;
		} else if (token == TOKEN_END) {
			fdt->structs_size = at + 4;
			return depth ? "its nodes do not nest" : NULL;
		} else if (token == TOKEN_NOP) {
			next = at + 4;
		} else {
			return malformed;
		}
	}
	return malformed;
}

u32 fdt_total_size(const void *blob)
{
	return cell_at(blob, HEADER_TOTALSIZE);
}

int fdt_open(struct fdt *fdt, const void *blob, size_t max, const char **why)
{
	u32 header = 0;

	fdt->blob = blob;
	*why = check_header(fdt, &header, max);
	if (!*why)
		*why = check_blocks(fdt, header);
	if (!*why)
		*why = check_reservations(fdt);
	if (!*why)
		*why = check_structure(fdt);
	return *why ? -EINVAL : 0;
}

bool fdt_name_fits(const struct fdt *fdt, int node, const char *name, size_t len)
{
	const char *have = fdt_name(fdt, node);
	bool unit = false;
	size_t i;

	for (i = 0; i < len; i++) {
		if (have[i] != name[i] || !have[i])
			return false;
		unit |= name[i] == '@';
	}
	return !have[len] || (!unit && have[len] == '@');
}

/* The next node at the level of the tokens from @at on, or -ENOENT where the parent ends. */
static int next_node(const struct fdt *fdt, u32 at)
{
	u32 token;

	for (;; at = token_end(fdt, at, token)) {
		token = token_at(fdt, at);
		if (token == TOKEN_BEGIN)
			return (int)at;
		if (token == TOKEN_END_NODE || token == TOKEN_END)
			return -ENOENT;
	}
}

int fdt_child(const struct fdt *fdt, int node)
{
	return next_node(fdt, skip_name(fdt, (u32)node + 4));
}

int fdt_sibling(const struct fdt *fdt, int node)
{
	u32 at = (u32)node, token, depth = 0;

	for (;; at = token_end(fdt, at, token)) {
		token = token_at(fdt, at);
		if (token == TOKEN_BEGIN)
			depth++;
		else if (token == TOKEN_END_NODE && --depth == 0)
			return next_node(fdt, at + 4);
	}
}

bool fdt_top_beyond(const struct fdt *fdt, struct fdt_top *top)
{
	if (fdt->nr_top < FDT_TOP_MAX)
		return false;
	top->node = fdt_sibling(fdt, top->node);
	if (top->node < 0)
		return false;
	top->type = fdt_prop_string(fdt, top->node, "device_type");
	return true;
}

const void *fdt_prop(const struct fdt *fdt, int node, const char *name, u32 *len)
{
	const u8 *p = fdt->structs + skip_name(fdt, (u32)node + 4);
	const char *have;
	u32 token, size;

	for (;;) {
		token = load32(p);
		if (token == TOKEN_NOP) {
			p += 4;
			continue;
		}
		if (token != TOKEN_PROPERTY)
			break;
		size = cell_at(p, 4);
		have = fdt->strings + cell_at(p, 8);
		p += PROPERTY_HEADER;
		if (*have == *name && !strcmp(have, name)) {
			if (len)
				*len = size;
			return p;
		}
		p += align_up((u64)size, 4);
	}
	if (len)
		*len = 0;
	return NULL;
}

const char *fdt_prop_string(const struct fdt *fdt, int node, const char *name)
{
	u32 len;
	const char *s = fdt_prop(fdt, node, name, &len);

	return string_value(s, len);
}

u32 fdt_prop_u32(const struct fdt *fdt, int node, const char *name, u32 def)
{
	u32 len;
	const void *p = fdt_prop(fdt, node, name, &len);

	return len >= 4 ? cell_at(p, 0) : def;
}

static int find_child(const struct fdt *fdt, int parent, const char *name, size_t len)
{
	struct fdt_top top = { 0 };
	int node;

	if (parent) {
		node = fdt_child(fdt, parent);
		while (node >= 0 && !fdt_name_is(fdt, node, name, len))
			node = fdt_sibling(fdt, node);
		return node;
	}
	while (fdt_top_next(fdt, &top))
		if (fdt_name_is(fdt, top.node, name, len))
			return top.node;
	return -ENOENT;
}

int fdt_find(const struct fdt *fdt, const char *path, size_t len, struct fdt_path *out)
{
	const char *end = path + len, *s;
	struct fdt_path chain;
	int node = 0;

	chain.node[0] = 0;
	chain.depth = 1;
	if (!len || *path != '/')
		return -ENOENT;
	for (;; path = s) {
		while (path < end && *path == '/')
			path++;
		if (path == end)
			break;
		for (s = path; s < end && *s != '/'; s++)
			;
		node = find_child(fdt, node, path, (size_t)(s - path));
		if (node < 0)
			return node;
		chain.node[chain.depth++] = node;
	}
	if (out)
		*out = chain;
	return node;
}

bool fdt_reservation(const struct fdt *fdt, u32 index, u64 *start, u64 *size)
{
	const u8 *p = fdt->reserve + (size_t)index * RESERVATION;

	*start = fdt_cells(p, 2);
	*size = fdt_cells(p + 8, 2);
	return *size != 0;
}

u64 fdt_cells(const void *p, unsigned int cells)
{
	const u32 *cell = p;
	u64 x = 0;

	while (cells--)
		x = x << 32 | swap32(*cell++);
	return x;
}

int fdt_reg(const struct fdt *fdt, int node, int parent, struct fdt_reg *reg)
{
	u32 address_cells = fdt_prop_u32(fdt, parent, "#address-cells", 2);
	u32 size_cells = fdt_prop_u32(fdt, parent, "#size-cells", 1);
	u32 len, stride;

	reg->p = fdt_prop(fdt, node, "reg", &len);
	if (!reg->p)
		return -ENOENT;
	if (!address_cells || address_cells > 2 || size_cells > 2)
		return -EINVAL;
	stride = 4 * (address_cells + size_cells);
	if (!len || len % stride)
		return -EINVAL;
	reg->left = len / stride;
	reg->address_cells = (u8)address_cells;
	reg->size_cells = (u8)size_cells;
	return 0;
}

bool fdt_reg_next(struct fdt_reg *reg, u64 *address, u64 *size)
{
	if (!reg->left)
		return false;
	reg->left--;
	*address = fdt_cells(reg->p, reg->address_cells);
	reg->p += 4 * reg->address_cells;
	*size = fdt_cells(reg->p, reg->size_cells);
	reg->p += 4 * reg->size_cells;
	return true;
}
