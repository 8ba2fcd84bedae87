/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What every architecture says of the regimes that a tree may serve; in arch/<a>/regime.c. */
#ifndef BACKEND_REGIME_H
#define BACKEND_REGIME_H

#include <graticule/pgtable.h>

/**
 * arch_regime_check() - is there such a regime, and are entries of @g those of it?
 *
 * Return: 0; -EINVAL (no such kind, ASID, half or entry format of it); -EOPNOTSUPP (not here).
 */
int arch_regime_check(const struct grt_geometry *g, const struct grt_mmu_caps *caps,
		      const struct grt_regime *r);

/** arch_regime_never() - GRT_ATTR_* that a regime has no mappings with. */
grt_attr_t arch_regime_never(const struct grt_regime *r);

#endif
