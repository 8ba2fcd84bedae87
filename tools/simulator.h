/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Scripts on the TLB model: what the command and one architecture's simulator tell each other. The engine,
 * the backend and the model are compiled into one relocatable object for each architecture, whose only
 * visible symbol is its struct simulator.
 */
#ifndef TOOLS_SIMULATOR_H
#define TOOLS_SIMULATOR_H

#include <graticule/layout.h>
#include "base/types.h"

#define SIM_MAX_CPUS 8

/**
 * struct sim_request - the machine and the script
 * @memory: RAM of the linear map; nr 0: the tables begin empty
 * @linear_offset: va - pa of it
 * @ext: bit n: all CPUs have the n-th of the simulator's extensions
 * @max_tables: pages that can be allocated
 * @dead: no CPU translates with the tables
 * @litmus: its steps as litmus tests, too
 * @name: of the script, for messages
 */
struct sim_request {
	u8 page_shift;
	u8 va_bits;
	u8 pa_bits;
	bool nocont;
	struct grt_memory_map memory;
	u64 linear_offset;
	unsigned int nr_cpus;
	u8 bbm[SIM_MAX_CPUS];
	u32 ext;
	u64 max_tables;
	bool dead;
	bool litmus;
	const char *name;
	const char *script;
};

/** struct sim_error - why a script can't be run. @line counts from 1; 0: the machine itself. */
struct sim_error {
	unsigned int line;
	char word[64];
	char expected[128];
};

/** struct sim_count - @tables in use; the others since the beginning, or by one step. */
struct sim_count {
	u64 tables;
	u64 stores;
	u64 barriers;
	u64 invalidations;
};

/** struct sim_run - @count leaves or groups of @size from @va on that map consecutive memory alike. */
struct sim_run {
	u64 va;
	u64 size;
	u64 pa;
	u64 count;
	u32 attr;
	u8 level;
	bool contiguous;
};

enum sim_kind {
	SIM_OPERATION, /* @text: the step; @result, @count: what it added, @count.tables: in use after it */
	SIM_DUMP,      /* @run, @nr_runs */
	SIM_FAILED,    /* an assertion: @text: the step; @found: what there is instead */
	SIM_VIOLATION, /* @rule, @statement, @manual; @found: what happened; @trace, @nr_trace */
};

/** struct sim_record - something to tell, of the step in @line. */
struct sim_record {
	enum sim_kind kind;
	unsigned int line;
	char *text;
	char *found;
	int result;
	struct sim_count count;
	struct sim_run *run;
	size_t nr_runs;
	const char *rule;
	const char *statement;
	const char *manual;
	char **trace;
	size_t nr_trace;
};

/**
 * struct sim_litmus - a litmus test
 * @line: of the step that it asks about
 * @what: it asks: "done", "order" or "use"
 * @pages: that ask the same
 * @text: without the first line, which has the test's name
 * @name: for who writes it
 */
struct sim_litmus {
	unsigned int line;
	const char *what;
	unsigned int pages;
	char *text;
	char *name;
};

/**
 * struct sim_outcome - everything, in order, and the sums
 * @refused: why the script can't be said in litmus tests, or NULL; then nothing else is there
 * @refused_line: the step that can't; @refused_rule: that it breaks, or NULL
 */
struct sim_outcome {
	struct sim_record *record;
	size_t nr;
	struct sim_count total;
	struct sim_litmus *litmus;
	size_t nr_litmus;
	const char *refused;
	unsigned int refused_line;
	const char *refused_rule;
};

/**
 * struct simulator - one architecture
 * @extensions: their names, NULL at the end; all of them is what CPUs have by default but for
 *	@ext_default
 * @run: returns false with @error filled in if the script is malformed, or makes tables that no walk of
 *	comes to an end
 */
struct simulator {
	const char *const *extensions;
	u32 ext_default;
	bool (*run)(const struct sim_request *req, struct sim_outcome *out,
		    struct sim_error *error);
	void (*free)(struct sim_outcome *out);
};

extern const struct simulator simulator_riscv, simulator_arm64;

#endif
