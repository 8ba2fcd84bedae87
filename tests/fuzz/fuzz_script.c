// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Any bytes as a script of graticule simulate: it is refused with a place and a reason, or it runs. */
/* with: model */
/* link: mm/linear_map.c mm/bootstrap.c tools/simulator/?*.c */
#include <stdlib.h>
#include <string.h>
#include "tools/simulator/run.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

#define MAX_SCRIPT 4096
#define MAX_TABLES 64

static void require(bool ok)
{
	if (!ok)
		abort();
}

static unsigned int lines(const char *s)
{
	unsigned int n = 1;

	for (; *s; s++)
		n += *s == '\n';
	return n;
}

/* The first byte chooses the machine, the rest is the script. */
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static const struct grt_mem_range ram = { MIB(512), MIB(64) };
	static char script[MAX_SCRIPT + 1];
	struct sim_request req = { .max_tables = MAX_TABLES, .name = "fuzz", .script = script };
	struct sim_outcome out;
	struct sim_error error;
	const struct grt_geometry_choice *c;

	if (!size || size > MAX_SCRIPT)
		return 0;
	c = &grt_geometry_choices[(*data & 15) % grt_geometry_nr_choices];
	memcpy(script, data + 1, size - 1);
	script[size - 1] = '\0';
	req.page_shift = c->page_shift;
	req.va_bits = c->va_bits;
	req.nr_cpus = 1 + (*data >> 4 & 1);
	req.ext = 7;
	req.litmus = size & 1;
	memset(req.bbm, *data >> 6, sizeof(req.bbm));
	if (*data & 32)
		req.memory = (struct grt_memory_map){ &ram, 1 };
	req.linear_offset = ~0ULL << (c->va_bits - 1);
	if (simulator_run(&req, &out, &error)) {
		require(!out.refused || (!out.nr && !out.nr_litmus));
		outcome_free(&out);
	} else
		require(error.line && error.line <= lines(script) && *error.word &&
			*error.expected);
	return 0;
}
