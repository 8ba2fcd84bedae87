/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the files of the explorer share. */
#ifndef TESTS_WEAK_WEAK_INTERNAL_H
#define TESTS_WEAK_WEAK_INTERNAL_H

#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include "tests/weak/weak.h"

#define STACK KIB(256)
#define LOCATIONS 64
#define MESSAGES 120
#define CHOICES 4096
#define MAX_STEPS 20000
#define CELLS 8192
/* Of a load: the newest value, and so many older ones. */
#define OLDER 2U

/** struct view - what is known: the newest store of each location, and what each CPU has done. */
struct view {
	u8 newest[LOCATIONS];
	u32 done[WEAK_CPUS];
};

/** struct message - a store: its value, and what who reads it with acquire order gets to know. */
struct message {
	u64 val;
	struct view view;
};

/** struct location - what is accessed by atomic or volatile accesses; @writer: of a store that wasn't. */
struct location {
	uintptr_t at;
	unsigned int size;
	unsigned int nr;
	int writer;
	struct message message[MESSAGES];
};

/** struct cell - who accessed each of eight bytes last, in ordinary accesses, and in run number @run. */
struct cell {
	uintptr_t at;
	u64 run;
	struct {
		u32 written;
		u8 writer;
		u32 read[WEAK_CPUS];
	} byte[8];
};

enum cpu_state { RUNS, WAITS, SLEEPS, NOT_YET, OVER };

/**
 * struct weak_cpu - a CPU
 * @now: what it knows; @loaded: what it will at a fence; @fenced: what it did at the last one
 * @changes: how many stores there were when it began to wait
 * @read_old: since then it has returned an old value
 */
struct weak_cpu {
	ucontext_t context;
	char *stack;
	enum cpu_state state;
	struct view now;
	struct view loaded;
	struct view fenced;
	u64 changes;
	bool read_old;
	bool pending;
};

/** struct explorer - an exploration */
struct explorer {
	struct weak *x;
	ucontext_t main;
	struct weak_cpu cpu[WEAK_CPUS];
	unsigned int self;
	struct view fences;
	struct location location[LOCATIONS];
	unsigned int nr_locations;
	struct location *patched;
	struct cell cell[CELLS];
	struct {
		u16 now;
		u16 of;
	} choice[CHOICES];
	unsigned int nr_choices;
	unsigned int at;
	unsigned int switches;
	unsigned int late;
	u64 changes;
	u64 steps;
	bool running;
	char *data;
};

extern struct explorer *e;

static inline struct weak_cpu *weak_self(void)
{
	return &e->cpu[e->self];
}

/** weak_fence_now() - weak_fence() without a step before it. */
void weak_fence_now(void);

#endif
