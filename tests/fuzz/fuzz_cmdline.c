// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Any bytes as the command line: options stay in range, warnings stay in the line. */
/* link: kernel/cmdline.c */
#include <graticule/geometry.h>
#include <stdlib.h>
#include <string.h>
#include "kernel/cmdline.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static const char *line, *line_end;

static void require(bool ok)
{
	if (!ok)
		abort();
}

static void warn(const char *word, size_t len, const char *why)
{
	require(why && len && word >= line && word + len <= line_end);
}

static bool is_choice(const struct boot_options *opts)
{
	bool page = !opts->page_shift, bits = !opts->va_bits;
	unsigned int i;

	for (i = 0; i < grt_geometry_nr_choices; i++) {
		page |= grt_geometry_choices[i].page_shift == opts->page_shift;
		bits |= grt_geometry_choices[i].va_bits == opts->va_bits;
	}
	return page && bits;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct boot_options opts = { 0 };
	char *copy = malloc(size + 1);
	unsigned int i;

	memcpy(copy, data, size);
	copy[size] = '\0';
	line = copy;
	line_end = copy + strlen(copy);
	cmdline_parse(copy, &opts, warn);
	require(is_choice(&opts));
	require(opts.nr_bbm <= OPTION_MAX_BBM && opts.rodata <= RODATA_OFF);
	for (i = 0; i < opts.nr_bbm; i++)
		require(opts.bbm[i] <= 3);
	free(copy);
	return 0;
}
