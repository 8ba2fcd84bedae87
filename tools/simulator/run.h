/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is told of a run. */
#ifndef TOOLS_SIMULATOR_RUN_H
#define TOOLS_SIMULATOR_RUN_H

#include "tools/simulator/sim.h"

/** record_add() - one more record, of the step that runs. */
struct sim_record *record_add(struct sim *sim, enum sim_kind kind);

/** record_failed() - the assertion that runs does not hold. */
void record_failed(struct sim *sim, const char *fmt, ...) __format_printf(2, 3);

/** record_dump() - all leaves, runs merged. */
void record_dump(struct sim *sim);

/** record_violations() - what the model has reported since the last time. */
void record_violations(struct sim *sim);

/** sim_machine() - the machine that a script is run on. */
struct machine_spec sim_machine(const struct sim_request *req, bool lower);

/** simulator_run() - struct simulator's run. */
bool simulator_run(const struct sim_request *req, struct sim_outcome *out, struct sim_error *error);

void outcome_free(struct sim_outcome *out);

/** error_words() - "EINVAL", "0". */
const char *error_words(int err);

/** attr_words() - the letters of PERM. */
void attr_words(grt_attr_t attr, char buf[12]);

#endif
