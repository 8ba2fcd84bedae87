/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Everything that changes tables, once, in an order that lets each step matter. */
#ifndef TESTS_MUTANTS_WORKLOAD_H
#define TESTS_MUTANTS_WORKLOAD_H

#include "model/machine.h"

/** struct scenario - a machine and what happens on it. */
struct scenario {
	const char *name;
	struct machine_spec spec;
	void (*run)(struct machine *m);
};

/**
 * workload_scenarios() - the scenarios in the layouts of the architecture
 * @full: all layouts and machines; else what reaches every site
 *
 * Return: how many, in a static array.
 */
unsigned int workload_scenarios(bool full, const struct scenario **out);

/** workload_run() - run one. Return: the rules that were broken on the way. */
unsigned int workload_run(const struct scenario *s);

/** workload_print() - run one and print what is broken. */
void workload_print(const struct scenario *s);

#endif
