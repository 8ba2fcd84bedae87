/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Mutation: one site of the code under test does something else than what is written there. Sites are
 * found by watching events: whatever executes a primitive of asm/mmu_ops.h is one.
 */
#ifndef TESTS_MUTANTS_MUTATE_H
#define TESTS_MUTANTS_MUTATE_H

#include "model/mutate.h"

/**
 * struct site - a place that executes a primitive
 * @where: the primitive's own place
 * @caller: where the helper returns to that it is in: entries are stored by few helpers from many places
 * @op: of the event
 * @mutations: bit per enum mutation that some event of it can undergo
 */
struct site {
	struct model_site where;
	const void *caller;
	enum model_kind kind;
	unsigned int op;
	u32 mutations;
};

enum mutation {
	MUTATE_DROP, /* it is not there */
	MUTATE_LATE, /* a store: after the next barrier or invalidation; else after the next event */
	MUTATE_WEAK,	   /* a barrier: of stores only, or not ordering what it should */
	MUTATE_LOCAL,	   /* this CPU only */
	MUTATE_LEAF,	   /* leaf entries only */
	MUTATE_ASID,	   /* one address space only, and not the right one */
	MUTATE_REGIME,	   /* of another translation regime */
	MUTATE_START,	   /* from one page later on */
	MUTATE_END,	   /* until earlier */
	MUTATE_SHIFT,	   /* the address in the wrong unit */
	MUTATE_TTL,	   /* the wrong level, or granule */
	MUTATE_HARTS_LESS, /* one hart less */
	MUTATE_HARTS_BASE, /* the mask is meant from another hart on */
	MUTATIONS
};

extern const char *const mutation_names[MUTATIONS];

#define MAX_SITES 512

/** mutate_watch() - from here on collect sites. */
void mutate_watch(void);
unsigned int mutate_sites(void);
const struct site *mutate_site(unsigned int n);

/** mutate_arm() - from here on each event of the site undergoes the mutation. */
void mutate_arm(unsigned int site, enum mutation mutation);

/** mutate_off() - nothing is watched or changed from here on. */
void mutate_off(void);

/** mutate_hits() - how many events have been changed. */
u64 mutate_hits(void);

/* One of each architecture: mutate_riscv.c, mutate_arm64.c. */

extern const char mutate_arch_name[];

/** mutate_may_pass() - is it the same whether @ev comes before or after @next? */
bool mutate_may_pass(const struct model_event *ev, const struct model_event *next);

/** mutate_arch() - change an event that is neither a store nor late. Return: false where it can't be. */
bool mutate_arch(struct model *m, struct model_event *ev, enum mutation mutation);

#endif
