// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>
#include "tests/mutants/twins.h"

static bool printing;

void twin_print(bool print)
{
	printing = print;
}

void twin_step(struct machine *m, const char *text, struct model_event ev)
{
	if (!printing && ev.kind != MODEL_KINDS)
		machine_event(m, ev);
	else if (printing && text)
		puts(text);
}
