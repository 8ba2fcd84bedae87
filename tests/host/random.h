/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Random tests do the same at each run, and something else where TEST_SEED is set to a number. */
#ifndef TESTS_HOST_RANDOM_H
#define TESTS_HOST_RANDOM_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* What TEST_SEED says, else 0; printed the first time, so that a run can be made again. */
static inline unsigned int test_seed(void)
{
	static unsigned int seed;
	static int known;
	const char *words = getenv("TEST_SEED");

	if (!known++) {
		seed = words ? (unsigned int)strtoul(words, NULL, 0) : 0;
		printf("# TEST_SEED=%u makes this run again\n", seed);
	}
	return seed;
}

/* Begin a sequence of random() and rand(), the @n-th of a test. */
static inline void random_begin(unsigned int n)
{
	srandom(test_seed() * 0x9e3779b9U + n);
}

/* The first state of a generator of a test's own, which is @usual where nothing else is asked for. */
static inline uint64_t random_state(uint64_t usual)
{
	return usual ^ test_seed() * 0x9e3779b97f4a7c15ULL;
}

static inline uint64_t random_u64(void)
{
	return (uint64_t)random() << 42 ^ (uint64_t)random() << 21 ^ (uint64_t)random();
}

static inline uint64_t random_below(uint64_t n)
{
	return random_u64() % n;
}

#endif
