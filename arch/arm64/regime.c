// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which regimes there are, and what they have no mappings with. */
#include <graticule/asm/caps.h>
#include <asm/regime.h>
#include "base/errno.h"

int arch_regime_check(const struct geometry *g, const struct mmu_caps *caps, const struct regime *r)
{
	if (g->el2 != (r->kind == REGIME_EL2))
		return -EINVAL;
	switch (r->kind) {
	case REGIME_ASID:
		return caps->asid_16 || r->asid < 256 ? 0 : -EINVAL;
	case REGIME_ANY_ASID:
		return r->asid ? -EINVAL : 0;
	case REGIME_STAGE2:
	case REGIME_EL2:
		return r->asid || r->half != REGIME_LOWER ? -EINVAL : 0;
	}
	return -EINVAL;
}

pgattr_t arch_regime_never(const struct regime *r)
{
	if (r->kind == REGIME_ASID)
		return PGATTR_GLOBAL; /* operations by ASID may miss it (A10) */
	return r->kind == REGIME_EL2 ? PGATTR_USER : 0;
}
