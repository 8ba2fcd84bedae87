/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The hook in front of every event, where mutation testing changes what the code does. */
#ifndef MODEL_MUTATE_H
#define MODEL_MUTATE_H

#include "model/model.h"

enum model_verdict {
	MODEL_KEEP, /* apply the event, which may have been changed */
	MODEL_DROP, /* as if it had not been there; model_apply() may bring it back later */
};

/** model_mutate() - called for each event; the default changes nothing (a weak symbol). */
enum model_verdict model_mutate(struct model *m, struct model_event *ev);

/** model_mutate_load() - what a load of the code under test gets; the default is @val (a weak symbol). */
u64 model_mutate_load(const struct model *m, grt_phys_t pa, u64 val);

#endif
