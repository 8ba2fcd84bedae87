// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which regimes there are, and what they have no mappings with. */
#include <graticule/asm/caps.h>
#include <asm/regime.h>
#include "base/errno.h"

/* An ASID has 16 bits at most; harts that have fewer ignore the others (satp.ASID, SFENCE.VMA). */
int arch_regime_check(const struct geometry *g, const struct mmu_caps *caps, const struct regime *r)
{
	(void)g;
	(void)caps;
	switch (r->kind) {
	case REGIME_ASID:
		return 0;
	case REGIME_ANY_ASID:
		return r->asid ? -EINVAL : 0;
	case REGIME_STAGE2:
		return r->asid || r->half != REGIME_LOWER ? -EINVAL : 0;
	case REGIME_EL2:
		return -EOPNOTSUPP;
	}
	return -EINVAL;
}

/* A fence by ASID passes over G (R3). */
pgattr_t arch_regime_never(const struct regime *r)
{
	return r->kind == REGIME_ASID ? PGATTR_GLOBAL : 0;
}
