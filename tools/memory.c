// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdlib.h>
#include "tools/memory.h"
#include "tools/util.h"

static bool grow(struct memblock *mb, struct memblock_list *list)
{
	unsigned int max = 2 * list->max + 16;

	(void)mb;
	free(memblock_list_move(list, xalloc(max, sizeof(*list->range)), max));
	return true;
}

void memory_init(struct memblock *mb)
{
	*mb = (struct memblock){ .grow = grow };
}

void memory_copy_list(struct memblock_list *to, const struct memblock_list *from)
{
	*to = *from;
	memblock_list_move(to, xalloc(from->nr + 1, sizeof(*to->range)), from->nr + 1);
}

void memory_copy(struct memblock *to, const struct memblock *from)
{
	memory_init(to);
	memory_copy_list(&to->memory, &from->memory);
	memory_copy_list(&to->reserved, &from->reserved);
	memory_copy_list(&to->nomap, &from->nomap);
}
