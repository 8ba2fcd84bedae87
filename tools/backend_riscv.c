// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "tools/backend_impl.h"
#include "tools/tree_impl.h"

#define VA_BITS_MAX 57
#define PA_BITS_MAX 56

void backend_caps(const struct plan_request *req, struct grt_mmu_caps *caps)
{
	*caps = (struct grt_mmu_caps){
		.va_bits = VA_BITS_MAX,
		.pa_bits = req->pa_bits ? req->pa_bits : PA_BITS_MAX,
		.svnapot = !req->nocont && (!req->has_harts || req->svnapot),
	};
	if (req->mmu_type && !req->va_bits)
		caps->va_bits = req->mmu_type;
}

const struct backend backend_riscv = {
	.name = "riscv",
	.choices = grt_geometry_choices,
	.nr_choices = &grt_geometry_nr_choices,
	.ram = 0x80000000,
	.plan = backend_plan,
	.tree = &tree_ops_here,
};
