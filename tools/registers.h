/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which trees a CPU translates with, by its registers. */
#ifndef TOOLS_REGISTERS_H
#define TOOLS_REGISTERS_H

#include "tools/source.h"

/** struct found_root - a root, and its regime in words. */
struct found_root {
	u64 pa;
	char words[128];
};

#define REGISTERS_MAX_ROOTS 4

/**
 * registers_roots() - the trees that CPU @cpu of a live source translates with
 * @nested: set where stage 2 translates what other tables refer to, which are left out for that
 *
 * Return: how many, or dies.
 */
unsigned int registers_roots(const struct source *s, unsigned int cpu,
			     struct found_root root[REGISTERS_MAX_ROOTS], bool *nested);

#endif
