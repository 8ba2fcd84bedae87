/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a tree of tables is to the hardware, beside its shape: which addresses it serves and what its
 * entries may say. All of it is data, so that a new regime changes nothing in generic/.
 */
#ifndef GRATICULE_REGIME_H
#define GRATICULE_REGIME_H

#include <graticule/geometry.h>
#include <graticule/types.h>

/**
 * enum regime_half - the addresses that a tree serves, a bit for each half
 *
 * Zero is none of them: whoever makes a tree says which. Other addresses are -EINVAL to every operation.
 */
enum regime_half {
	REGIME_LOWER = 1,			   /* from 0 up */
	REGIME_UPPER = 2,			   /* up to 2^64: the kernel's */
	REGIME_BOTH = REGIME_LOWER | REGIME_UPPER, /* where one root translates both */
};

/**
 * struct regime - a translation regime
 * @half: the addresses that the tree serves
 * @writable_code: mappings may be writable and executable at once; refused unless this is set
 */
struct regime {
	enum regime_half half;
	bool writable_code;
};

/** regime_exists() - can a tree of this geometry serve the half? */
static inline bool regime_exists(const struct geometry *g, const struct regime *r)
{
	return r->half == REGIME_LOWER || r->half == REGIME_UPPER ||
	       (r->half == REGIME_BOTH && g->upper_bits < g->va_bits);
}

/** regime_first() - the lowest address, taken as a signed number; all that a tree serves follows on it. */
static inline virt_addr_t regime_first(const struct geometry *g, const struct regime *r)
{
	return r->half & REGIME_UPPER ? geometry_upper_start(g) : 0;
}

/** regime_extent() - how far the last address is from the first one. */
static inline u64 regime_extent(const struct geometry *g, const struct regime *r)
{
	return (r->half == REGIME_BOTH ? 2 : 1) * BIT(g->upper_bits) - 1;
}

#endif
