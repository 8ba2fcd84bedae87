/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Between the questions (litmus_arm64.c) and their words (litmus_text_arm64.c). */
#ifndef TOOLS_SIMULATOR_LITMUS_ARM64_H
#define TOOLS_SIMULATOR_LITMUS_ARM64_H

#include "tools/simulator/litmus.h"

/* What an access finds (Arm ARM D8, "MMU fault types"). */
enum litmus_found { FOUND_PAGE, FOUND_TRANSLATION, FOUND_ACCESS_FLAG, FOUND_PERMISSION };

/**
 * struct litmus_question - what is asked about a page
 * @at: the event that it is asked of; those after it are not there
 * @broken: our verdict: it can happen
 * @cpu: that looks
 * @read, @write: accesses that would show it
 * @own: the CPU that accesses the page has changed it
 */
struct litmus_question {
	const struct litmus_page *page;
	size_t at;
	bool broken;
	unsigned int cpu;
	bool read;
	bool write;
	bool own;
};

#define MAX_LINES 256
#define FIRST_FREE 11
#define LAST_FREE 28

/**
 * struct thread - a CPU
 * @next: register that has no use yet
 * @stores: to the page's entry
 * @waited: it has read a flag, and no ISB has been there since
 * @skips: there is a flag that it may find clear
 */
struct thread {
	unsigned int cpu;
	char *line[MAX_LINES];
	unsigned int nr;
	unsigned int next;
	bool stores;
	bool waited;
	bool skips;
};

/**
 * struct test - a litmus test on its way
 * @pa: pages of memory, of which the n-th is p<n + 1>
 * @flags: f1 to f<flags>
 * @full: more than registers or lines hold
 * @init: initial values of registers
 * @bad: outcomes that must not be
 */
struct test {
	struct sim *sim;
	const struct litmus_question *q;
	struct thread thread[MODEL_MAX_CPUS + 1];
	unsigned int nr_threads;
	grt_phys_t pa[64];
	unsigned int nr_pa;
	unsigned int flags;
	unsigned int labels;
	bool full;
	FILE *init;
	char *init_text;
	size_t init_size;
	char bad[1024];
};

enum litmus_found litmus_found(u64 val, bool write);
/** litmus_differs() - does an access find something else in one entry than in the other? */
bool litmus_differs(const struct model *m, u64 a, u64 b, bool write);
/** litmus_entry() - the page's entry after event @at. */
u64 litmus_entry(const struct litmus_page *p, size_t at);
/** litmus_memory() - the memory type of an entry as herd7 has it, "" for its default, or NULL. */
const char *litmus_memory(u64 val);

/* ---- litmus_thread_arm64.c: struct test ---- */

void test_line(struct test *t, unsigned int n, const char *fmt, ...) __format_printf(3, 4);
/** test_page() - the number of the page of memory that an entry leads to: each holds its own, from 1 on. */
unsigned int test_page(struct test *t, u64 val);
void test_entry(struct test *t, char *buf, size_t size, u64 val);
/** test_thread() - the thread of a CPU, a new one if there is none. */
unsigned int test_thread(struct test *t, unsigned int cpu);
/** test_signal() - a thread says that it has come so far; a store does, and nothing orders it. */
void test_signal(struct test *t, unsigned int n, unsigned int flag);
/** test_wait() - a thread goes on only then. What it does depends on that, and there is no barrier. */
void test_wait(struct test *t, unsigned int n, unsigned int flag);
/** test_steps() - everything up to the event that is asked of. Return: the thread that does that one. */
unsigned int test_steps(struct test *t);
/** test_access() - "LDR W5" or the like of the page. Return: its label. */
unsigned int test_access(struct test *t, unsigned int n, const char *instruction);
/** test_bad() - an outcome that must not be, if thread @n comes to its end. */
void test_bad(struct test *t, unsigned int n, const char *fmt, ...) __format_printf(3, 4);

/* ---- litmus_text_arm64.c: each returns NULL, or why there is no such test ---- */

/** litmus_done() - the change is complete: no CPU may use anything else than the tables. */
const char *litmus_done(struct sim *sim, const struct litmus_question *q);
/** litmus_use() - an access works. */
const char *litmus_use(struct sim *sim, const struct litmus_question *q);
/** litmus_order() - nobody finds the new page first and then an old one. */
const char *litmus_order(struct sim *sim, const struct litmus_question *q, u64 new);

#endif
