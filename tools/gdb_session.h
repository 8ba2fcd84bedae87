/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Between source_gdb.c and gdb_machine.c: the session, of which there is one. */
#ifndef TOOLS_GDB_SESSION_H
#define TOOLS_GDB_SESSION_H

#include "tools/rsp.h"
#include "tools/source.h"

struct reg {
	char name[32];
	u32 number;
	u32 bits;
};

struct page {
	u64 pa;
	u8 *data;
};

/**
 * struct gdb - a session, of which there is one
 * @physical: the mode was set, and has to be put back
 * @chunk: bytes that one answer holds
 * @cpu: names of threads
 * @page: a hash table of @room places for pages that were read, @used of them
 */
struct gdb {
	struct rsp rsp;
	bool connected;
	bool physical;
	bool keep_stopped;
	u32 chunk;
	struct reg *reg;
	size_t regs;
	char (*cpu)[24];
	struct page *page;
	size_t room;
	size_t used;
};

extern struct gdb gdb_session;

/** gdb_fail() - die of the stub. */
_Noreturn void gdb_fail(const char *error);

/** gdb_receive() - the next answer, or die. */
void gdb_receive(void);

/** gdb_ask() - send, and the answer, or die. */
const char *gdb_ask(const char *text);

/** gdb_hex_byte() - two digits. Negative: they are none. */
int gdb_hex_byte(const char *s);

/** gdb_description() - registers, from the stub's own description. Return: the architecture, or no return. */
const char *gdb_description(struct gdb *g);

/** gdb_cpus() - Return: how many. */
unsigned int gdb_cpus(struct gdb *g);

/** gdb_ram() - the machine's RAM and ROM become segments of @s, where the monitor says. */
void gdb_ram(struct source *s);

/** gdb_monitor() - what a command of QEMU's monitor prints; NULL where the stub has none. */
char *gdb_monitor(const char *command);

#endif
