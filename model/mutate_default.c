// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Without mutation testing nothing is changed. */
#include "model/mutate.h"

__attribute__((weak)) enum model_verdict model_mutate(struct model *m, struct model_event *ev)
{
	(void)m;
	(void)ev;
	return MODEL_KEEP;
}

__attribute__((weak)) u64 model_mutate_load(const struct model *m, grt_phys_t pa, u64 val)
{
	(void)m;
	(void)pa;
	return val;
}
