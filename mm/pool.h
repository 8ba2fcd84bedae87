/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Objects of one size, carved from pages; a page goes back when its last object does. */
#ifndef MM_POOL_H
#define MM_POOL_H

#include "base/types.h"

struct pool_page;

/**
 * struct pool - the caller serialises
 * @size: bytes of an object, a multiple of 8
 * @partial: pages with at least one free object
 */
struct pool {
	size_t size;
	struct pool_page *partial;
};

static inline void pool_init(struct pool *pool, size_t size)
{
	*pool = (struct pool){ .size = (size + 7) & ~(size_t)7 };
}

/** pool_alloc() - an object, contents undefined; NULL when there is no page left. */
void *pool_alloc(struct pool *pool);

/** pool_free() - give an object of @pool back. */
void pool_free(struct pool *pool, void *object);

#endif
