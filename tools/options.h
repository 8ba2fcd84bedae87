/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Options that plan and compare share. */
#ifndef TOOLS_OPTIONS_H
#define TOOLS_OPTIONS_H

#include <getopt.h>
#include "tools/backend.h"
#include "tools/dtb.h"
#include "tools/view.h"

enum option_id { /* values of struct option, beyond all characters */
		 OPT_FIRST = 256,
		 OPT_MEMORY = OPT_FIRST,
		 OPT_MEM,
		 OPT_DTB,
		 OPT_SEED,
		 OPT_NOKASLR,
		 OPT_IMAGE,
		 OPT_IMAGE_BASE,
		 OPT_POLICY,
		 OPT_TRUNCATE,
		 OPT_RODATA,
		 OPT_NOCONT,
		 OPT_PA_BITS,
		 OPT_JSON,
		 OPT_OWN, /* from here on a command's own */
};

#define OPTIONS_COMMON                                                     \
	{ "memory", required_argument, NULL, OPT_MEMORY },                 \
		{ "mem", required_argument, NULL, OPT_MEM },               \
		{ "dtb", required_argument, NULL, OPT_DTB },               \
		{ "seed", required_argument, NULL, OPT_SEED },             \
		{ "nokaslr", no_argument, NULL, OPT_NOKASLR },             \
		{ "image", required_argument, NULL, OPT_IMAGE },           \
		{ "image-base", required_argument, NULL, OPT_IMAGE_BASE }, \
		{ "policy", required_argument, NULL, OPT_POLICY },         \
		{ "truncate", no_argument, NULL, OPT_TRUNCATE },           \
		{ "rodata", required_argument, NULL, OPT_RODATA },         \
		{ "nocont", no_argument, NULL, OPT_NOCONT },               \
		{ "pa-bits", required_argument, NULL, OPT_PA_BITS },       \
	{                                                                  \
		"json", no_argument, NULL, OPT_JSON                        \
	}

/**
 * struct options - what was given
 * @memory_given: @memory is from --memory
 * @mem: how much of the memory is used; 0: all
 * @dtb_path: --dtb, read into @dtb
 */
struct options {
	struct plan_request req;
	bool memory_given;
	struct memblock memory;
	u64 mem;
	const char *dtb_path;
	struct dtb dtb;
	bool seed_given;
	bool nokaslr;
	bool json;
};

void options_init(struct options *o);

/** options_take() - take a common option. False if it is none. */
bool options_take(struct options *o, int id, const char *arg);

/** options_bad() - die of what getopt_long() complains about. */
_Noreturn void options_bad(char **argv);

bool parse_page_size(const char *s, u8 *shift);
bool parse_va_bits(const char *s, u8 *bits);

const struct backend *find_backend(const char *name, size_t len);

/**
 * plan_result() - plan a layout as @o, @page_shift and @va_bits (0: no wish) ask for it, or die
 * @memory: filled in: RAM and reservations that it is planned for
 * @place: for error messages: what asks for it
 */
void plan_result(const struct options *o, const struct backend *b, u8 page_shift, u8 va_bits,
		 const char *place, struct memblock *memory, struct plan_result *res);

/**
 * plan_view() - plan a layout as @o, @page_shift and @va_bits (0: no wish) ask for it
 * @place: for error messages: what asks for it
 */
void plan_view(const struct options *o, const struct backend *b, u8 page_shift, u8 va_bits,
	       const char *place, struct view *v);

#endif
