/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A machine in QEMU, by way of its gdbstub. */
#ifndef TOOLS_SOURCE_GDB_H
#define TOOLS_SOURCE_GDB_H

#include "tools/source.h"

/**
 * source_gdb() - connect, or die
 * @where: HOST:PORT or unix:PATH
 * @limit: seconds for each answer
 * @keep_stopped: the guest stays stopped, even if it ran
 *
 * However the program ends, by exit(), the guest runs again if it ran.
 */
struct source *source_gdb(const char *where, unsigned int limit, bool keep_stopped);

/** source_gdb_register() - Return: false where the machine has none of this name. */
bool source_gdb_register(unsigned int cpu, const char *name, u64 *value);

/** source_gdb_packets() - sent so far. */
u64 source_gdb_packets(void);

#endif
