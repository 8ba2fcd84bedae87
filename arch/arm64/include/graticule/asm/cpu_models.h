/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What CPUs do that their ID registers don't say: by MIDR_EL1. Pure. */
#ifndef GRT_ASM_CPU_MODELS_H
#define GRT_ASM_CPU_MODELS_H

#include <graticule/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * grt_bbm_level_of() - the level of FEAT_BBM that a CPU has, or behaves as if it had (rule A4)
 * @midr: its MIDR_EL1
 * @mmfr2: its ID_AA64MMFR2_EL1, whose field BBM, [55:52], has the level
 */
uint8_t grt_bbm_level_of(uint64_t midr, uint64_t mmfr2);

/**
 * grt_cpu_repeats_tlbi() - a TLBI and its DSB have to be followed by another pair (rule A27)
 *
 * The first DSB may be over before accesses are that were translated by what the TLBI removes. Any second
 * TLBI does that is broadcast.
 */
bool grt_cpu_repeats_tlbi(uint64_t midr);

#ifdef __cplusplus
}
#endif

#endif
