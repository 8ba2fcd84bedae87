/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From ID registers to struct grt_mmu_caps. */
#ifndef ARM64_FEATURES_H
#define ARM64_FEATURES_H

#include <graticule/asm/caps.h>
#include "kernel/cmdline.h"

/** features_read() - what this CPU, the one with number @cpu, can do and is allowed to. */
void features_read(struct grt_mmu_caps *caps, const struct boot_options *opts, unsigned int cpu);

/** features_limit() - take from @all what the CPU @cpu with the features @one lacks. */
void features_limit(struct grt_mmu_caps *all, const struct grt_mmu_caps *one, unsigned int cpu);

/** features_e0pd() - can EL0 be kept from the upper half without a walk (FEAT_E0PD)? */
bool features_e0pd(void);

#endif
