/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the files of the simulator share: a script is parsed into steps, then the steps are run. */
#ifndef TOOLS_SIMULATOR_SIM_H
#define TOOLS_SIMULATOR_SIM_H

#include "model/machine.h"
#include "tools/simulator.h"

#define SIM_MAX_WORDS 12
#define SIM_MAX_LINE 256
#define SIM_MAX_LINES (1U << 20)
#define SIM_MAX_PAGES 32

/** struct parser - one line of a script at work. */
struct parser {
	const struct sim_request *req;
	struct grt_geometry g;
	struct sim_error *error;
	unsigned int line;
	char text[SIM_MAX_LINE];
	char words[SIM_MAX_LINE]; /* the same, which nothing takes apart: for messages */
	char *word[SIM_MAX_WORDS];
	unsigned int nr;
	unsigned int next;
	/* Which half the addresses so far are in, where halves are trees of their own. */
	enum { HALF_ANY, HALF_LOWER, HALF_UPPER } half;
	/* The pages that alloc steps have given a name to. */
	char name[SIM_MAX_PAGES][16];
	unsigned int nr_names;
};

/** struct target - an entry of a table: an address, a word of a named page, or what translates an address. */
struct target {
	enum { TARGET_PA, TARGET_PAGE, TARGET_ENTRY } kind;
	unsigned int page;
	unsigned int level;
	u64 at; /* physical address, index in the page, or virtual address */
};

struct sim;

/**
 * struct step - one line
 * @run: does it
 * @a: to @d: the arguments, in order
 */
struct step {
	void (*run)(struct sim *sim, const struct step *step);
	unsigned int line;
	char *text;
	u64 a;
	u64 b;
	u64 c;
	u64 d;
	grt_attr_t set;
	grt_attr_t clear;
	int result;
	bool flag;
	bool has_pa;
	bool has_attr;
	struct target target;
	struct target value; /* TARGET_PAGE: a page that @make makes an entry of; TARGET_PA: @c */
	enum { MAKE_TABLE, MAKE_LEAF } make;
	struct model_event ev;
};

/** struct verb - what a line begins with. @parse returns false after parser_fail(). */
struct verb {
	const char *word;
	bool (*parse)(struct parser *p, struct step *step);
};

/** struct sim - a script that runs. */
struct sim {
	struct machine m;
	struct grt_tlb_batch batch;
	struct sim_outcome *out;
	struct litmus *litmus;
	const struct step *step;
	int result;
	bool raw; /* tables have been written by hand */
	unsigned int reported;
	grt_phys_t page[SIM_MAX_PAGES];
	bool page_used[SIM_MAX_PAGES];
};

/* ---- script.c ---- */

/** parser_fail() - the word that is next is not what is @expected. Return: false. */
bool parser_fail(struct parser *p, const char *expected);
/** parser_fail_last() - the word before is not. */
bool parser_fail_last(struct parser *p, const char *expected);
/** parser_word() - the next word, or NULL. */
const char *parser_word(struct parser *p);
const char *parser_peek(const struct parser *p);
/** parser_accept() - take the next word if it is @word. */
bool parser_accept(struct parser *p, const char *word);
/** parser_option() - take the next word if it begins with @key ("asid="). Return: what follows, or NULL. */
const char *parser_option(struct parser *p, const char *key);
bool parser_address(struct parser *p, u64 *out);
bool parser_hex(struct parser *p, u64 *out, const char *expected);
bool parser_number(struct parser *p, u64 *out, u64 max, const char *expected);
bool parser_size(struct parser *p, u64 *out);
/** parser_range() - an address, and a size that is not 0 and does not reach beyond the last address. */
bool parser_range(struct parser *p, u64 *va, u64 *size);
/** parser_attr() - PERM; without @memory only letters that protect can change. */
bool parser_attr(struct parser *p, const char *letters, size_t len, bool memory, grt_attr_t *out);

/**
 * script_parse() - a script as steps
 * @lower: set where its addresses are the lower half's, if that is a tree of its own
 *
 * Return: @nr steps, or NULL with @error filled in.
 */
struct step *script_parse(const struct sim_request *req, const struct grt_geometry *g, size_t *nr,
			  bool *lower, struct sim_error *error);
void script_free(struct step *step, size_t nr);

/** parser_page() - the name of a page, or the "kernel" root. Return: false, with nothing said. */
bool parser_page(struct parser *p, const char *word, unsigned int *page);

/** parser_root() - what satp or TTBR is set to: @none, a page from alloc, kernel, or an address. */
bool parser_root(struct parser *p, struct step *step, const char *none);

/** event_run() - the step is the event. */
void event_run(struct sim *sim, const struct step *step);

/* ---- raw_memory.c ---- */

/** parse_cached() - what a cache is to write or to forget: a page by its name, or VA SIZE. */
bool parse_cached(struct parser *p, struct step *step, enum model_cache op);
/** parse_code() - VA SIZE, of an event of @kind. */
bool parse_code(struct parser *p, struct step *step, enum model_kind kind);
bool parse_write_code(struct parser *p, struct step *step);
bool parse_copy(struct parser *p, struct step *step);

/* ---- raw_riscv.c or raw_arm64.c ---- */

/** table_says() - @letters of what a table says of all below it, as bits. Return: false: no such. */
bool table_says(const char *letters, u64 *bits);
extern const char table_words[];

/* ---- the verbs: ops.c, checks.c, raw.c, raw_riscv.c or raw_arm64.c; a word of NULL ends each ---- */

extern const struct verb op_verbs[];
extern const struct verb check_verbs[];
extern const struct verb raw_verbs[];
extern const struct verb arch_verbs[];

#endif
