/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* FEAT_BBM: what may happen when a leaf of a live table changes its size (rule A4). */
#ifndef ASM_BBM_H
#define ASM_BBM_H

#include <graticule/types.h>

/**
 * bbm_level_of() - the level that a CPU has, or behaves as if it had
 * @midr: its MIDR_EL1
 * @mmfr2: its ID_AA64MMFR2_EL1, whose field BBM, [55:52], has the level
 */
u8 bbm_level_of(u64 midr, u64 mmfr2);

#endif
