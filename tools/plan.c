// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* graticule plan: one layout. */
#include <string.h>
#include "tools/commands.h"
#include "tools/options.h"
#include "tools/render.h"
#include "tools/util.h"

enum { OPT_ARCH = OPT_OWN, OPT_PAGE_SIZE, OPT_VA_BITS };

static const struct option long_options[] = {
	OPTIONS_COMMON,
	{ "arch", required_argument, NULL, OPT_ARCH },
	{ "page-size", required_argument, NULL, OPT_PAGE_SIZE },
	{ "va-bits", required_argument, NULL, OPT_VA_BITS },
	{ NULL, 0, NULL, 0 },
};

/* The command in the words that failed: "plan arm64:16k:39". */
static const char *place_of(const struct backend *b, u8 page_shift, u8 va_bits)
{
	char size[16];

	return xprintf("plan %s%s%s%s", b->name,
		       page_shift ? xprintf(":%s", size_string(BIT(page_shift), size)) : "",
		       va_bits ? ":" : "", va_bits ? xprintf("%u", va_bits) : "");
}

int cmd_plan(int argc, char **argv)
{
	const struct backend *b = NULL;
	u8 page_shift = 0, va_bits = 0;
	struct options o;
	struct view v;
	int id;

	options_init(&o);
	while ((id = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (options_take(&o, id, optarg))
			continue;
		if (id == OPT_ARCH) {
			b = find_backend(optarg, strlen(optarg));
			if (!b)
				die(xprintf("--arch %s", optarg), "must be riscv or arm64");
		} else if (id == OPT_PAGE_SIZE) {
			if (!parse_page_size(optarg, &page_shift))
				die(xprintf("--page-size %s", optarg), "must be 4k, 16k or 64k");
		} else if (id == OPT_VA_BITS) {
			if (!parse_va_bits(optarg, &va_bits))
				die(xprintf("--va-bits %s", optarg), "must be a number of bits");
		} else {
			options_bad(argv);
		}
	}
	if (optind < argc)
		die(argv[optind], "plan takes options only");
	if (!b)
		die("plan", "--arch riscv or --arch arm64 is missing");
	if (!o.dtb_path && !o.memory_given)
		die("plan", "--dtb FILE or --memory BASE:SIZE is missing");
	plan_view(&o, b, page_shift, va_bits, place_of(b, page_shift, va_bits), &v);
	if (o.json)
		puts(v.json);
	else
		render_table(stdout, &v);
	return 0;
}
