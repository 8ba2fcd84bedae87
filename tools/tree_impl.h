/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Between backend_tree.c and an architecture's words for entries. */
#ifndef TOOLS_TREE_IMPL_H
#define TOOLS_TREE_IMPL_H

#include "generic/cursor.h"
#include "tools/tree.h"

/** entry_key() - the bits of a leaf that are neither address nor size. */
u64 entry_key(const struct grt_geometry *g, unsigned int level, pte_t pte);

/** entry_fault() - why hardware faults at a valid entry, or NULL. */
const char *entry_fault(const struct tree *t, unsigned int level, pte_t pte);

/** entry_regime() - what the engine is told of the regime, and corrections to the geometry. */
void entry_regime(const struct regime *r, struct grt_geometry *g, struct grt_regime *out);

/** words_add() - one more flag. */
void words_add(struct words *w, const char *fmt, ...) __format_printf(2, 3);

void entry_describe(const struct tree *t, const struct item *item, struct words *w);
bool entry_word(struct regime *r, const char *word);
const char *entry_complete(struct regime *r);
int entry_level_name(const struct tree *t, unsigned int level);

/** tree_ops_here - this architecture's. */
extern const struct tree_ops tree_ops_here;

#endif
