// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which regimes there are, and what each has no mappings with: all that can be said, against a list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <graticule/asm/caps.h>
#include <graticule/pgtable.h>
#include <asm/pte.h>
#include <asm/regime.h>
#include "base/errno.h"
#include "base/types.h"

struct said {
	struct grt_geometry g;
	struct grt_mmu_caps caps;
	struct grt_regime r;
};

/* Arm ARM D8.16: an ASID has 8 or 16 bits; EL2 and stage 2 have one range of addresses, and no ASID here. */
static int expected(const struct said *s)
{
	const struct grt_regime *r = &s->r;
	bool lower = r->half == GRT_REGIME_LOWER && !r->asid;

#ifdef GEOMETRY_FORMAT_PBMT
	if (r->kind == GRT_REGIME_EL2)
		return -EOPNOTSUPP;
	if (r->kind == GRT_REGIME_ASID)
		return 0;
#else
	if ((r->kind == GRT_REGIME_EL2) != (s->g.el2 != 0))
		return -EINVAL;
	if (r->kind == GRT_REGIME_EL2)
		return lower ? 0 : -EINVAL;
	if (r->kind == GRT_REGIME_ASID)
		return r->asid > 255 && !s->caps.asid_16 ? -EINVAL : 0;
#endif
	if (r->kind == GRT_REGIME_STAGE2)
		return lower ? 0 : -EINVAL;
	return r->kind == GRT_REGIME_ANY_ASID && !r->asid ? 0 : -EINVAL;
}

static grt_attr_t expected_never(const struct grt_regime *r)
{
	if (r->kind == GRT_REGIME_ASID)
		return GRT_ATTR_GLOBAL;
#ifndef GEOMETRY_FORMAT_PBMT
	if (r->kind == GRT_REGIME_EL2)
		return GRT_ATTR_USER;
#endif
	return 0;
}

static void regimes_are_those_of_the_manuals(void **state)
{
	static const u16 asids[] = { 0, 1, 254, 255, 256, 257, 0x8000, 0xffff };
	unsigned int found = 0;

	(void)state;
	for (unsigned int i = 0; i < 6 * 3 * ARRAY_SIZE(asids) * 4; i++) {
		unsigned int n = i >> 2;
		struct said s = { .r = { .asid = asids[n % ARRAY_SIZE(asids)] } };

#ifndef GEOMETRY_FORMAT_PBMT
		s.g.el2 = i & 1;
		s.caps.asid_16 = i & 2;
#endif
		n /= ARRAY_SIZE(asids);
		s.r.half = 1 + n % 3;
		s.r.kind = n / 3;
		assert_int_equal(arch_regime_check(&s.g, &s.caps, &s.r), expected(&s));
		assert_int_equal(arch_regime_never(&s.r), expected_never(&s.r));
		found += !expected(&s);
	}
	assert_true(found > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(regimes_are_those_of_the_manuals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
