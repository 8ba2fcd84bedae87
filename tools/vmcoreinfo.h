/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a Linux kernel says of itself in a core's note. */
#ifndef TOOLS_VMCOREINFO_H
#define TOOLS_VMCOREINFO_H

#include "tools/source.h"

/** vmcoreinfo_root() - the kernel's root, and its regime in words. Return: NULL where too little is said. */
char *vmcoreinfo_root(const struct source *s, u64 *root);

#endif
