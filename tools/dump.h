/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Between the command and what prints: docs/dump.md describes the output. */
#ifndef TOOLS_DUMP_H
#define TOOLS_DUMP_H

#include <stdio.h>
#include "tools/tree.h"

/**
 * struct dump_options - what is shown, and how
 * @leaves: each leaf, instead of ranges
 * @raw_bits: the first entry's bits
 */
struct dump_options {
	bool leaves;
	bool raw_bits;
	bool json;
};

/** struct run - leaves that follow one another and say the same, or one item of another kind. */
struct run {
	struct item item;
	grt_virt_t last;
	u64 count[GRT_GEOMETRY_MAX_LEVELS][2];
};

struct piece {
	grt_phys_t start;
	grt_phys_t last;
};

/* More pieces of memory than these are not compared with one another. */
#define MAX_PIECES (4U << 20)

/**
 * struct totals - of a tree
 * @large: bytes that leaves larger than a page map, of @mapped
 * @kinds: items by kind
 * @torn: leaves of groups that disagree
 * @piece: what memory each range maps, @pieces of them
 */
struct totals {
	u64 count[GRT_GEOMETRY_MAX_LEVELS][2];
	u64 mapped;
	u64 large;
	u64 kinds[ITEM_LOOP + 1];
	u64 torn;
	struct piece *piece;
	size_t pieces;
};

/** struct printer - of one tree; @listed: elements of the JSON list at hand. */
struct printer {
	const struct dump_options *o;
	FILE *f;
	const struct tree_ops *ops;
	struct tree *t;
	u64 listed;
};

/** print_run() - a range, a leaf, or what else there is. */
void print_run(struct printer *p, const struct run *run);

/** print_step() - an entry on the way to @va. */
void print_step(struct printer *p, const struct item *item, grt_virt_t va);

/** print_found() - an address that maps what was looked for, and its leaf. */
void print_found(struct printer *p, const struct item *item, grt_virt_t va);

void print_totals(struct printer *p, struct totals *t);

/** leaf_size() - of a single leaf of @level, or of a group. */
u64 leaf_size(const struct tree *t, unsigned int level, bool group);

/** totals_twice() - bytes of memory that are mapped more than once; sorts the pieces. */
u64 totals_twice(struct totals *t);

#define MAX_ROOTS 256

/** struct root - a tree that is asked for; @from: in the words of who asks. */
struct root {
	const char *place;
	const char *from;
	const char *words;
	grt_phys_t pa;
	struct regime regime;
	const struct tree_ops *ops;
	struct tree tree;
};

enum query { QUERY_ALL, QUERY_TRANSLATE, QUERY_FIND };

/** struct dump - the command line, and the tree at hand. */
struct dump {
	struct dump_options o;
	struct source *source;
	const char *gdb;
	u64 timeout;
	bool keep_stopped;
	u64 cpu;
	bool every;
	const char *arch;
	struct root root[MAX_ROOTS];
	unsigned int roots;
	struct span_va range;
	enum query query;
	u64 address;
	bool stats;
	u64 tables;
	u64 answers;
	struct printer printer;
	struct run run;
	struct totals totals;
};

/** dump_parse() - the command line, or die: the source is open, and the roots are known. */
void dump_parse(struct dump *d, int argc, char **argv);

#endif
