// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which regimes there are, and what they have no mappings with. */
#include <graticule/asm/caps.h>
#include <asm/regime.h>
#include "base/errno.h"

int arch_regime_check(const struct grt_geometry *g, const struct grt_mmu_caps *caps,
		      const struct grt_regime *r)
{
	if (g->el2 != (r->kind == GRT_REGIME_EL2))
		return -EINVAL;
	switch (r->kind) {
	case GRT_REGIME_ASID:
		return caps->asid_16 || r->asid < 256 ? 0 : -EINVAL;
	case GRT_REGIME_ANY_ASID:
		return r->asid ? -EINVAL : 0;
	case GRT_REGIME_STAGE2:
	case GRT_REGIME_EL2:
		return r->asid || r->half != GRT_REGIME_LOWER ? -EINVAL : 0;
	}
	return -EINVAL;
}

grt_attr_t arch_regime_never(const struct grt_regime *r)
{
	if (r->kind == GRT_REGIME_ASID)
		return GRT_ATTR_GLOBAL; /* operations by ASID may miss it (A10) */
	return r->kind == GRT_REGIME_EL2 ? GRT_ATTR_USER : 0;
}
