/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What became of the mutants, as TAP, as a table by file, and against the list of reasons. */
#ifndef TESTS_MUTANTS_VERDICT_H
#define TESTS_MUTANTS_VERDICT_H

#include "tests/mutants/mutate.h"

enum verdict { MUTANT_NOTICED = 10, MUTANT_SURVIVED, MUTANT_NOT_REACHED, MUTANT_CRASHED };

void verdict_add(const struct site *site, enum mutation mutation, enum verdict verdict);

/** verdict_print() - everything, after the first test. Return: 1 if a mutant lives on without a reason. */
int verdict_print(void);

#endif
