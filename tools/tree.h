/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A tree of tables that somebody else has built, as the architecture's code reads it for the tool. */
#ifndef TOOLS_TREE_H
#define TOOLS_TREE_H

#include <graticule/geometry.h>
#include "tools/source.h"

enum regime_kind {
	REGIME_EL1,	 /* arm64: EL1&0; riscv: supervisor mode */
	REGIME_EL2,	 /* arm64: HCR_EL2.E2H clear */
	REGIME_EL2_HOST, /* arm64: EL2&0, HCR_EL2.E2H set */
	REGIME_STAGE2,	 /* riscv: the G-stage */
	REGIME_BARE,	 /* riscv: no tables at all */
};

/**
 * struct regime - how a tree translates, as words or registers say it
 * @name: the words, complete and in their order: regime_name()
 * @upper: arm64: the upper one of two halves
 * @hpd: arm64: tables take no permissions away (TCR_ELx.HPDn)
 * @hd: arm64: hardware manages dirty state (TCR_ELx.HD), so that DBM counts
 * @wxn: arm64: what is writable is not executable (SCTLR_ELx.WXN)
 * @has_mair: @mair is known
 * @thead: riscv: memory types of T-Head's C9xx in the highest bits
 */
struct regime {
	char name[96];
	enum regime_kind kind;
	struct grt_geometry_shape shape;
	bool upper;
	bool hpd;
	bool hd;
	bool wxn;
	bool has_mair;
	bool thead;
	u64 mair;
};

enum item_kind {
	ITEM_LEAF,
	ITEM_BAD,    /* valid, and hardware faults at it: @why */
	ITEM_UNREAD, /* leads to a table that the source lacks */
	ITEM_AGAIN,  /* leads to a table that has been walked, for @again */
	ITEM_LOOP,   /* leads to a table on the way to it */
};

/**
 * struct item - what a walk meets: entries of one table, each of which maps what follows the one before
 * @nr: how many leaves or groups, of @size bytes each
 * @size: bytes; 2^64 is none
 * @pa: physical address of the first, or of the table that it leads to
 * @entry: what the first one holds
 * @limits: what the tables on the way there add
 * @key: entries with the same one say the same but for addresses and size
 * @at: physical address of the first entry
 * @torn: marked as of a contiguous group, whose other entries disagree
 */
struct item {
	enum item_kind kind;
	u8 level;
	bool group;
	bool torn;
	grt_virt_t va;
	u64 nr;
	u64 size;
	grt_phys_t pa;
	u64 entry;
	u64 limits;
	u64 key;
	grt_phys_t at;
	grt_virt_t again;
	const char *why;
};

/** struct words - what a leaf says, in words. @flags: separated by blanks. */
struct words {
	char kernel[4];
	char user[4];
	char memory[48];
	char flags[160];
};

/**
 * struct visitor - who walks
 * @item: for each item, in ascending order. Return: false ends the walk
 * @again: a table that has been walked, from where @hits items were kept, comes again: shall it be walked
 *	again? NULL: no
 */
struct visitor {
	bool (*item)(void *arg, const struct item *item);
	bool (*again)(void *arg, u64 hits);
	void *arg;
};

/** struct span_va - virtual addresses @start to @last. */
struct span_va {
	grt_virt_t start;
	grt_virt_t last;
};

/**
 * struct tree - a tree that is open
 * @g: its geometry
 * @tables: table pages met, by level; of a root that is several pages, each; @lost: that couldn't be read
 * @hits: counted by the visitor: what it has kept so far
 * @impl: the architecture's
 */
struct tree {
	const struct regime *regime;
	struct grt_geometry g;
	grt_phys_t root;
	struct source *source;
	u64 tables[GRT_GEOMETRY_MAX_LEVELS];
	u64 hits;
	struct tree_impl *impl;
};

/* Tables that a walk enters at most, however they refer to one another. */
#define TREE_MAX_VISITS (1ULL << 22)

/** struct tree_ops - one architecture's; see struct backend */
struct tree_ops {
	/* Takes a word of a regime's description. Return: false: there is no such word. */
	bool (*word)(struct regime *r, const char *word);
	/* After the last word: is it complete? Fills in r->name. Return: NULL, or what is wrong. */
	const char *(*complete)(struct regime *r);
	/* Return: NULL, or what is wrong with the root. */
	const char *(*open)(struct tree *t, const struct regime *r, grt_phys_t root,
			    struct source *s);
	/* The addresses that it translates. Return: how many ranges, 1 or 2. */
	unsigned int (*spans)(const struct tree *t, struct span_va span[2]);
	/* Return: false where there was no end of it. */
	bool (*walk)(struct tree *t, struct span_va range, const struct visitor *v);
	/* The entries on the way to @va, each an item, the last one being what it ends with. */
	void (*translate)(struct tree *t, grt_virt_t va, const struct visitor *v);
	void (*describe)(const struct tree *t, const struct item *item, struct words *w);
	/* The manual's number for a level. */
	int (*level_name)(const struct tree *t, unsigned int level);
	void (*close)(struct tree *t);
};

/** regime_parse() - "el1:upper:4k:48" and so on, or die; @text may begin with @arch. */
const struct tree_ops *regime_parse(struct regime *r, const char *arch, const char *text,
				    const char *place);

#endif
