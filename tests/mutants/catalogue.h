/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef TESTS_MUTANTS_CATALOGUE_H
#define TESTS_MUTANTS_CATALOGUE_H

#include "base/types.h"
#include "tools/simulator.h"

/**
 * struct mistake - what went wrong, and where
 * @ext: 0: the simulator's default
 * @rules: the rules that it may be reported as, first to last word
 * @script: steps of docs/simulate.md; "+" and "-" as test_catalogue.c says
 */
struct mistake {
	const char *name;
	u8 page_shift;
	u8 va_bits;
	u8 bbm;
	u32 ext;
	const char *rules;
	const char *script;
};

/* Of one architecture; ends with a name of NULL. */
extern const struct mistake catalogue[];
extern const struct simulator *const catalogue_simulator;

#endif
