/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What only assembly does, once more in C: each line that it shows of tables, caches, barriers, and the
 * words that CPUs exchange, with the event that it is for the model. test_twins.py compares the lines with
 * what the built kernels show when they run (tests/bytes/test_assembly.py).
 */
#ifndef TESTS_MUTANTS_TWINS_H
#define TESTS_MUTANTS_TWINS_H

#include "model/machine.h"

/** twin_step() - a line @text of the trace, NULL for what is C in the kernel too; printed or done. */
void twin_step(struct machine *m, const char *text, struct model_event ev);

/* Of what the model has nothing for, or on a way that is not taken here. */
#define NOT_TAKEN .kind = MODEL_KINDS

#define STEP(text, ...) twin_step(m, text, (struct model_event){ __VA_ARGS__, .site = MODEL_SITE })

/** twin_print() - from here on print instructions in place of doing them. */
void twin_print(bool print);

/** struct twin - what a way through the assembly shows, by its name in tests/bytes/<arch>.traces. */
struct twin {
	const char *way;
	void (*run)(struct machine *m);
};

/* Ends with a name of NULL. */
extern const struct twin twins[];

/*
 * The boot CPU from MMU off to the kernel's tables; another one; the two ends of a quiesce, and of a
 * sleep without one.
 */
void twin_boot(struct machine *m);
void twin_secondary(struct machine *m);
void twin_park(struct machine *m);
void twin_unpark(struct machine *m);
void twin_sleep(struct machine *m);
void twin_wake(struct machine *m);

#endif
