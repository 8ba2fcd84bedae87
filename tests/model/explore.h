/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every interleaving of what two or three CPUs do, step by step. Each one is played from the beginning, so
 * keep the scripts short: three of six steps have 17,153,136 of them, two of eight have 12,870.
 */
#ifndef TESTS_MODEL_EXPLORE_H
#define TESTS_MODEL_EXPLORE_H

#include "model/model.h"

#define EXPLORE_MAX_CPUS 3
#define EXPLORE_MAX_STEPS 32

/**
 * struct explore_step - an event, and what software makes it wait for: locks and flags are bits
 * @needs: bits that have to be set before the step can be taken
 * @absent: bits that have to be clear
 * @sets: bits that it sets, then @clears those
 * @adjust: completes the event from what the CPU sees at that moment; may be NULL
 */
struct explore_step {
	struct model_event ev;
	u32 needs;
	u32 absent;
	u32 sets;
	u32 clears;
	void (*adjust)(struct model *m, struct model_event *ev);
};

struct explore_script {
	struct explore_step step[EXPLORE_MAX_STEPS];
	unsigned int nr;
};

/**
 * struct explore - what to explore, and what came of it
 * @setup: makes the machine in the state that all interleavings start from
 * @limit: give up after so many interleavings; 0: never
 * @seen: interleavings, @bad: those that break a rule, @stuck: those where all CPUs wait
 * @first: of the first bad one, @first_order: the CPUs in the order of their steps
 */
struct explore {
	struct model *(*setup)(void);
	const struct explore_script *script;
	unsigned int nr_cpus;
	u64 limit;
	u64 seen;
	u64 bad;
	u64 stuck;
	struct model_report first;
	char first_order[EXPLORE_MAX_CPUS * EXPLORE_MAX_STEPS + 1];
};

/** explore_all() - Return: true if every interleaving was seen. */
bool explore_all(struct explore *x);

#endif
