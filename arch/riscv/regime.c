// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which regimes there are, and what they have no mappings with. */
#include <graticule/asm/caps.h>
#include <asm/regime.h>
#include "base/errno.h"

/* An ASID has 16 bits at most; harts that have fewer ignore the others (satp.ASID, SFENCE.VMA). */
int arch_regime_check(const struct grt_geometry *g, const struct grt_mmu_caps *caps,
		      const struct grt_regime *r)
{
	(void)g;
	(void)caps;
	switch (r->kind) {
	case GRT_REGIME_ASID:
		return 0;
	case GRT_REGIME_ANY_ASID:
		return r->asid ? -EINVAL : 0;
	case GRT_REGIME_STAGE2:
		return r->asid || r->half != GRT_REGIME_LOWER ? -EINVAL : 0;
	case GRT_REGIME_EL2:
		return -EOPNOTSUPP;
	}
	return -EINVAL;
}

/* A fence by ASID passes over G (R3). */
grt_attr_t arch_regime_never(const struct grt_regime *r)
{
	return r->kind == GRT_REGIME_ASID ? GRT_ATTR_GLOBAL : 0;
}
