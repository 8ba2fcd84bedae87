// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "model/machine.h"

enum { SVNAPOT, SVPBMT, SVINVAL, SVADU, SVVPTC, FENCE_VA_BROKEN };

const char *const machine_extensions[] = { "svnapot", "svpbmt",	  "svinval", "svadu",
					   "svvptc",  "cip-1200", NULL };

void machine_arch_caps(const struct machine_spec *spec, struct grt_mmu_caps *caps,
		       struct model_cpu_config *cpu)
{
	*caps = (struct grt_mmu_caps){
		.va_bits = 57,
		.pa_bits = spec->pa_bits ? spec->pa_bits : 56,
		.svnapot = spec->ext & BIT(SVNAPOT) && !spec->nocont,
		.svpbmt = spec->ext & BIT(SVPBMT),
		.svinval = spec->ext & BIT(SVINVAL),
		.svadu = spec->ext & BIT(SVADU),
		.svvptc = spec->ext & BIT(SVVPTC),
		.whole_fences = spec->ext & BIT(FENCE_VA_BROKEN),
	};
	for (unsigned int i = 0; i < spec->nr_cpus; i++)
		cpu[i] = (struct model_cpu_config){
			.caches_invalid = true,
			.svinval = caps->svinval,
			.svadu = caps->svadu,
			.svvptc = caps->svvptc,
			.fence_va_broken = spec->ext & BIT(FENCE_VA_BROKEN),
		};
}
