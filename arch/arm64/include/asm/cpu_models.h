/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What CPUs do that their ID registers don't say: by MIDR_EL1. Pure. */
#ifndef ASM_CPU_MODELS_H
#define ASM_CPU_MODELS_H

#include <graticule/types.h>

/**
 * bbm_level_of() - the level of FEAT_BBM that a CPU has, or behaves as if it had (rule A4)
 * @midr: its MIDR_EL1
 * @mmfr2: its ID_AA64MMFR2_EL1, whose field BBM, [55:52], has the level
 */
u8 bbm_level_of(u64 midr, u64 mmfr2);

/**
 * cpu_repeats_tlbi() - a TLBI and its DSB have to be followed by another pair (rule A27)
 *
 * The first DSB may be over before accesses are that were translated by what the TLBI removes. Any second
 * TLBI does that is broadcast.
 */
bool cpu_repeats_tlbi(u64 midr);

#endif
