/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Steps of RISC-V's traces. */
#ifndef TESTS_MODEL_TRACES_RISCV_H
#define TESTS_MODEL_TRACES_RISCV_H

#include "tests/model/traces.h"

static inline void begin(unsigned int cpus)
{
	begin_with(model_config_default(cpus, 0), 39);
}

static inline void sfence(unsigned int op, grt_virt_t va, int asid)
{
	step((struct model_event){ .kind = MODEL_SFENCE, .op = op, .val = va, .asid = asid });
}

static inline void sfence_all(void)
{
	sfence(0, 0, 0);
}

static inline void sfence_va(grt_virt_t va)
{
	sfence(MODEL_RS1, va, 0);
}

static inline void remote(u64 mask, grt_virt_t start, u64 size)
{
	step((struct model_event){ .kind = MODEL_REMOTE_SFENCE,
				   .mask = mask,
				   .val = start,
				   .count = size,
				   .asid = MODEL_ASID_ANY });
}

static inline void remote_all(u64 mask)
{
	remote(mask, 0, ~0ULL);
}

static inline void copy_root(grt_phys_t to)
{
	alloc(to);
	for (unsigned int i = 0; i < 512; i++)
		store(to + 8ULL * i, model_word(m, ROOT + 8ULL * i));
	barrier(MODEL_FENCE_RWRW);
}

#endif
