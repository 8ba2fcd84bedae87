/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Self-tests, with their results on the console as KTAP, version 1. */
#ifndef KERNEL_KTAP_H
#define KERNEL_KTAP_H

#include "base/types.h"

struct ktap;

/**
 * struct self_test - a test
 * @name: what it proves, in a few words
 * @fn: passes unless it calls ktap_fail(), ktap_skip() or ktap_check() with a false condition
 */
struct self_test {
	const char *name;
	void (*fn)(struct ktap *t);
};

/**
 * struct ktap - the results so far
 * @failed: the test that runs has failed
 * @skip: the reason why the test that runs can't be done, or NULL
 */
struct ktap {
	unsigned int passed;
	unsigned int failures;
	unsigned int skipped;
	bool failed;
	const char *skip;
};

/** ktap_run() - run @nr tests. Return: the number of failed ones; @t holds all counts. */
unsigned int ktap_run(struct ktap *t, const struct self_test *tests, unsigned int nr);

/** ktap_fail() - the test has failed, and why. It goes on until it returns. */
void ktap_fail(struct ktap *t, const char *fmt, ...) __format_printf(2, 3);

/** ktap_skip() - the test can't be done here; @reason is a string literal. */
void ktap_skip(struct ktap *t, const char *reason);

/** ktap_check() - fail with a message unless @ok. Return: @ok. */
bool ktap_check(struct ktap *t, bool ok, const char *fmt, ...) __format_printf(3, 4);

/** ktap_note() - a diagnostic line. */
void ktap_note(const char *fmt, ...) __format_printf(1, 2);

#endif
