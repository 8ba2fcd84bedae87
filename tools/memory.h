/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Lists of memory on the host: as long as they have to be. */
#ifndef TOOLS_MEMORY_H
#define TOOLS_MEMORY_H

#include "mm/memblock.h"

/** memory_init() - empty lists, which grow. */
void memory_init(struct memblock *mb);

/** memory_copy_list() - the ranges of @from in storage of their own. */
void memory_copy_list(struct memblock_list *to, const struct memblock_list *from);

/** memory_copy() - likewise all lists. */
void memory_copy(struct memblock *to, const struct memblock *from);

#endif
