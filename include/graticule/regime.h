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

/** regime_serves() - does the half hold every address of [@va, @last]? */
static __force_inline bool regime_serves(const struct geometry *g, const struct regime *r,
					 virt_addr_t va, virt_addr_t last)
{
	/* 0 in the lower half, -1 in the upper one, else not canonical. */
	s64 sign = (s64)va >> g->upper_bits;

	return sign == (s64)last >> g->upper_bits && (sign == 0 || sign == -1) &&
	       r->half & BIT(sign & 1) && last >= va;
}

#endif
