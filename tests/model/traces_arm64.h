/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Steps of arm64's traces. */
#ifndef TESTS_MODEL_TRACES_ARM64_H
#define TESTS_MODEL_TRACES_ARM64_H

#include "tests/model/traces.h"

static inline void begin(unsigned int cpus, unsigned int bbm)
{
	begin_with(model_config_default(cpus, bbm), 39);
}

static inline void tlbi(enum model_tlbi op, u64 operand)
{
	step((struct model_event){ .kind = MODEL_TLBI, .op = op, .val = operand });
}

/* By VA, or a range of pages: VA[55:12] in the low bits; 4K, SCALE 0, NUM + 1 pairs of pages. */
static inline u64 by_va(grt_virt_t va)
{
	return va << 8 >> 20;
}

static inline u64 by_range(grt_virt_t va, unsigned int pages)
{
	return 1ULL << 46 | (u64)(pages / 2 - 1) << 39 | (va >> 12 & (BIT(37) - 1));
}

static inline void finish(void)
{
	barrier(MODEL_DSB_ISH);
	barrier(MODEL_ISB);
	claim();
}

/* Invalidate one address on all CPUs, after the stores, and wait. */
static inline void invalidate(grt_virt_t va)
{
	barrier(MODEL_DSB_ISHST);
	tlbi(MODEL_VAAE1IS, by_va(va));
	finish();
}

static inline void publish(void)
{
	barrier(MODEL_DSB_ISHST);
	barrier(MODEL_ISB);
	claim();
}

static inline void make_user_root(grt_phys_t table)
{
	fill_table(table, false, 0);
	barrier(MODEL_DSB_ISHST);
}

#endif
