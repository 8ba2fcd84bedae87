// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a stub says of its machine: architecture, registers, CPUs, and where RAM is. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tools/gdb_session.h"
#include "tools/source_gdb.h"
#include "tools/util.h"

#define MAX_REGISTERS 16384U
#define MAX_CPUS 512U
#define MAX_DESCRIPTION (1U << 20)

/* All of a document, part by part. */
static char *description(const char *name)
{
	char *text = xalloc(MAX_DESCRIPTION + 1, 1);
	size_t n = 0;

	for (;;) {
		char *request = xprintf("qXfer:features:read:%s:%zx,%x", name, n, 0x7fe);
		const char *part = gdb_ask(request);
		size_t len = gdb_session.rsp.len;

		free(request);
		if (len < 1 || (*part != 'm' && *part != 'l') || (*part == 'm' && len == 1))
			gdb_fail("answers nonsense about its registers");
		if (n + len - 1 > MAX_DESCRIPTION)
			gdb_fail("describes its registers without end");
		memcpy(text + n, part + 1, len - 1);
		n += len - 1;
		if (*part == 'l')
			return text;
	}
}

/* The value of @key in the tag at @tag. */
static bool attribute(const char *tag, const char *key, char *value, size_t room)
{
	const char *end = strchr(tag, '>'), *at = tag;
	const size_t len = strlen(key);

	while ((at = strstr(at, key)) && end && at < end) {
		const char quote = at[len + 1];
		size_t n;

		if (at[-1] != ' ' || at[len] != '=' || (quote != '"' && quote != '\'')) {
			at += len;
			continue;
		}
		at += len + 2;
		n = strcspn(at, "\"'>");
		if (at[n] != quote || n >= room)
			return false;
		memcpy(value, at, n);
		value[n] = '\0';
		return true;
	}
	return false;
}

/* Registers without a number follow the one before. */
static void take_registers(struct gdb *g, const char *text, u32 *next)
{
	for (const char *tag = text; (tag = strstr(tag, "<reg ")); tag++) {
		struct reg *r = &g->reg[g->regs];
		char number[16];
		u64 n;

		if (g->regs == MAX_REGISTERS)
			gdb_fail("has too many registers");
		if (!attribute(tag, "name", r->name, sizeof(r->name)))
			*r->name = '\0'; /* one that nobody asks for, but with a number */
		if (attribute(tag, "regnum", number, sizeof(number)) && parse_number(number, &n))
			*next = (u32)n;
		r->bits = 0;
		if (attribute(tag, "bitsize", number, sizeof(number)) && parse_number(number, &n))
			r->bits = (u32)n;
		r->number = (*next)++;
		g->regs++;
	}
}

const char *gdb_description(struct gdb *g)
{
	char *target = description("target.xml"), *part, href[64];
	const char *arch = strstr(target, "<architecture>");
	u32 next = 0;

	g->reg = xalloc(MAX_REGISTERS, sizeof(*g->reg));
	for (const char *tag = target; (tag = strstr(tag, "<xi:include ")); tag++) {
		if (!attribute(tag, "href", href, sizeof(href)))
			gdb_fail("answers nonsense about its registers");
		part = description(href);
		take_registers(g, part, &next);
		free(part);
	}
	take_registers(g, target, &next);
	arch = !arch ? "" : arch + strlen("<architecture>");
	arch = !strncmp(arch, "aarch64<", 8)	   ? "arm64"
	       : !strncmp(arch, "riscv:rv64<", 11) ? "riscv"
						   : NULL;
	free(target);
	if (!arch)
		gdb_fail("is neither a 64-bit RISC-V nor an arm64 machine");
	return arch;
}

/* "m01,02", then "l" */
unsigned int gdb_cpus(struct gdb *g)
{
	const char *answer = gdb_ask("qfThreadInfo");
	unsigned int n = 0;

	g->cpu = xalloc(MAX_CPUS, sizeof(*g->cpu));
	for (; *answer == 'm'; answer = gdb_ask("qsThreadInfo")) {
		char *list = gdb_session.rsp.packet + 1, *save;

		for (char *one = strtok_r(list, ",", &save); one;
		     one = strtok_r(NULL, ",", &save)) {
			if (n == MAX_CPUS || strlen(one) >= sizeof(*g->cpu) ||
			    strspn(one, "0123456789abcdef.p") != strlen(one))
				gdb_fail("answers nonsense about its CPUs");
			snprintf(g->cpu[n++], sizeof(*g->cpu), "%s", one);
		}
	}
	if (!n)
		gdb_fail("has no CPUs");
	return n;
}

/* ---- registers ---- */

static const struct reg *find_register(const char *name)
{
	for (size_t i = 0; i < gdb_session.regs; i++)
		if (!strcmp(gdb_session.reg[i].name, name))
			return &gdb_session.reg[i];
	return NULL;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Negative: it is none. */
int gdb_hex_byte(const char *s)
{
	int high = hex_digit(s[0]), low = hex_digit(s[1]);

	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

bool source_gdb_register(unsigned int cpu, const char *name, u64 *value)
{
	const struct reg *r = find_register(name);
	char *request;
	const char *answer;

	if (!r)
		return false;
	request = xprintf("Hg%s", gdb_session.cpu[cpu]);
	if (strcmp(gdb_ask(request), "OK") != 0)
		gdb_fail("answers nonsense about a CPU");
	free(request);
	request = xprintf("p%x", r->number);
	answer = gdb_ask(request);
	free(request);
	if (*answer == 'E' || gdb_session.rsp.len < 2 || gdb_session.rsp.len > 16 ||
	    gdb_session.rsp.len % 2)
		return false;
	*value = 0;
	for (size_t i = 0; i < gdb_session.rsp.len; i += 2) {
		int byte = gdb_hex_byte(answer + i);

		if (byte < 0)
			return false;
		*value |= (u64)byte << 4 * i;
	}
	return true;
}

/* ---- where RAM is ---- */

/* What a command of QEMU's monitor prints; NULL where the stub has none. */
char *gdb_monitor(const char *command)
{
	char *hex = xprintf("qRcmd,%*s", (int)(2 * strlen(command)), ""), *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	const char *error;

	if (!f)
		die("memory", "none left");
	for (size_t i = 0; command[i]; i++)
		snprintf(hex + 6 + 2 * i, 3, "%02x", (u8)command[i]);
	error = rsp_send(&gdb_session.rsp, hex);
	free(hex);
	if (error)
		gdb_fail(error);
	for (gdb_receive();
	     gdb_session.rsp.packet[0] == 'O' && strcmp(gdb_session.rsp.packet, "OK");
	     gdb_receive()) {
		for (size_t i = 1; i + 1 < gdb_session.rsp.len; i += 2)
			fputc(gdb_hex_byte(gdb_session.rsp.packet + i), f);
		if (ftell(f) > (long)MAX_DESCRIPTION)
			gdb_fail("describes its memory without end");
	}
	fclose(f);
	if (!strcmp(gdb_session.rsp.packet, "OK"))
		return text;
	free(text);
	return NULL;
}

/*
 * "info mtree -f": of the view of AS "memory", "  START-END (prio 0, ram): name". Without it everything
 * may be read, but reading a device's registers can change them.
 */
void gdb_ram(struct source *s)
{
	char *text = gdb_monitor("info mtree -f"), *line, *save;
	bool here = false, fresh = true;

	for (line = text ? strtok_r(text, "\r\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\r\n", &save)) {
		unsigned long long start, last;
		char kind[16];

		if (!strncmp(line, "FlatView", 8)) {
			here = false;
			fresh = !s->nr;
		}
		here |= fresh && strstr(line, "AS \"memory\"");
		if (!here ||
		    sscanf(line, " %llx-%llx (prio %*d, %15[a-z])", &start, &last, kind) != 3 ||
		    last < start || (strcmp(kind, "ram") && strncmp(kind, "rom", 3)))
			continue;
		source_add(s, &(struct segment){ .pa = start, .size = last - start + 1, .fd = -1 });
	}
	free(text);
	if (s->nr)
		source_sort(s);
}
