/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What only assembly does, once more in C: each MMU instruction of it with the event that it is for the
 * model. test_twins.py compares the instructions with those of the built kernels.
 */
#ifndef TESTS_MUTANTS_TWINS_H
#define TESTS_MUTANTS_TWINS_H

#include "model/machine.h"

/** twin_step() - an instruction @text, NULL for what is C in the kernel too; printed or done. */
void twin_step(struct machine *m, const char *text, struct model_event ev);

/* On a way that is not taken here. */
#define NOT_TAKEN .kind = MODEL_KINDS

#define STEP(text, ...) twin_step(m, text, (struct model_event){ __VA_ARGS__, .site = MODEL_SITE })

/** twin_print() - from here on print instructions in place of doing them. */
void twin_print(bool print);

/** struct twin - the instructions from the symbol @from on up to @to. */
struct twin {
	const char *from;
	const char *to;
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
