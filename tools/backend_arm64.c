// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "tools/backend_impl.h"
#include "tools/tree_impl.h"

#define PA_BITS_MAX 52

void backend_caps(const struct plan_request *req, struct grt_mmu_caps *caps)
{
	*caps = (struct grt_mmu_caps){
		.pa_bits = req->pa_bits ? req->pa_bits : PA_BITS_MAX,
		.granule_4k = true,
		.granule_16k = true,
		.granule_64k = true,
		.lpa2_4k = true,
		.lpa2_16k = true,
		.lva = true,
		.cont = !req->nocont,
	};
}

const struct backend backend_arm64 = {
	.name = "arm64",
	.choices = grt_geometry_choices,
	.nr_choices = &grt_geometry_nr_choices,
	.ram = 0x40000000,
	.plan = backend_plan,
	.tree = &tree_ops_here,
};
