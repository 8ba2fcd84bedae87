// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "model/machine.h"

enum { TLBIRANGE, CONT, HAFDBS, NTLBPA, REPEAT_TLBI, IDC, DIC };

const char *const machine_extensions[] = { "tlbirange",	  "cont", "hafdbs", "ntlbpa",
					   "repeat-tlbi", "idc",  "dic",    NULL };

void machine_arch_caps(const struct machine_spec *spec, struct grt_mmu_caps *caps,
		       struct model_cpu_config *cpu)
{
	*caps = (struct grt_mmu_caps){
		.pa_bits = spec->pa_bits ? spec->pa_bits : 52,
		.granule_4k = true,
		.granule_16k = true,
		.granule_64k = true,
		.lpa2_4k = true,
		.lpa2_16k = true,
		.lva = true,
		.cont = spec->ext & BIT(CONT) && !spec->nocont,
		.bbm = 3,
		.tlb_range = spec->ext & BIT(TLBIRANGE),
		.hafdbs = spec->ext & BIT(HAFDBS) ? 2 : 0,
		.repeat_tlbi = spec->ext & BIT(REPEAT_TLBI),
	};
	for (unsigned int i = 0; i < spec->nr_cpus; i++) {
		/* What all of them can do is what is done. */
		caps->bbm = caps->bbm < spec->bbm[i] ? caps->bbm : spec->bbm[i];
		cpu[i] = (struct model_cpu_config){
			.bbm = spec->bbm[i],
			.tlb_range = caps->tlb_range,
			.ntlbpa = spec->ext & BIT(NTLBPA),
			.hafdbs = caps->hafdbs,
			.repeat_tlbi = caps->repeat_tlbi,
			.idc = spec->ext & BIT(IDC),
			.dic = spec->ext & BIT(DIC),
		};
	}
}
