/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The outcome of a script, for people and for programs. */
#ifndef TOOLS_SIMULATE_H
#define TOOLS_SIMULATE_H

#include <stdio.h>
#include "tools/simulator.h"

/** simulate_text() - one line a step, dumps, violations with their trace, and the sums. */
void simulate_text(FILE *f, const char *script, const struct sim_outcome *out);

/** simulate_json() - one object: docs/simulate.md has its members. */
void simulate_json(FILE *f, const char *arch, const struct sim_request *req,
		   const struct sim_outcome *out);

#endif
