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

/**
 * simulate_litmus() - one file for each litmus test in @dir, which is made if it is not there
 *
 * A file is named by the script, the line and the question, and takes the place of one of that name. Ends the
 * program if one can't be written. @out then has their names.
 */
void simulate_litmus(const char *dir, const char *script, struct sim_outcome *out);

#endif
