// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * QEMU's gdbstub. Who connects stops the guest: it runs again when we leave, however that is, if it
 * ran when we came. Nothing is written but the stub's own mode of addresses, and that is put back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tools/gdb_session.h"
#include "tools/source_gdb.h"
#include "tools/util.h"

#define PAGE 4096U
#define IN_FLIGHT 32U /* so many packets that both ends' buffers hold them */

struct gdb gdb_session;

/* ---- leaving ---- */

/* Answers to what was asked before may come first. Errors have nobody left to hear of them. */
static void say(struct gdb *g, const char *text)
{
	if (rsp_send(&g->rsp, text))
		return;
	while (!rsp_receive(&g->rsp))
		if (!strcmp(g->rsp.packet, "OK"))
			return;
}

/* One after the other: a guest that runs again is stopped by all it hears but one acknowledgement. */
static void leave(void)
{
	struct gdb *g = &gdb_session;

	if (!g->connected)
		return;
	g->connected = false;
	rsp_resume(&g->rsp);
	if (g->physical)
		say(g, "Qqemu.PhyMemMode:0");
	if (g->rsp.stopped && !g->keep_stopped)
		say(g, "D");
	rsp_flush(&g->rsp);
	close(g->rsp.fd);
}

_Noreturn void gdb_fail(const char *error)
{
	/* exit() calls leave(). */
	die(gdb_session.rsp.place, "%s", error);
}

void gdb_receive(void)
{
	const char *error = rsp_receive(&gdb_session.rsp);

	if (error)
		gdb_fail(error);
}

const char *gdb_ask(const char *text)
{
	const char *error = rsp_send(&gdb_session.rsp, text);

	if (error)
		gdb_fail(error);
	gdb_receive();
	return gdb_session.rsp.packet;
}

/* ---- memory ---- */

static size_t page_place(const struct gdb *g, u64 pa)
{
	size_t at = (size_t)((pa >> 12) * 0x9e3779b97f4a7c15ULL >> 20) & (g->room - 1);

	while (g->page[at].data && g->page[at].pa != pa)
		at = (at + 1) & (g->room - 1);
	return at;
}

static void keep_page(struct gdb *g, u64 pa, const u8 *data)
{
	struct page *old = g->page;
	size_t n = g->room;

	if (g->used * 2 >= n) {
		g->room = n ? 2 * n : 1024;
		g->page = xalloc(g->room, sizeof(*old));
		for (size_t i = 0; i < n; i++)
			if (old[i].data)
				g->page[page_place(g, old[i].pa)] = old[i];
		free(old);
	}
	old = &g->page[page_place(g, pa)];
	*old = (struct page){ pa, xalloc(PAGE, 1) };
	memcpy(old->data, data, PAGE);
	g->used++;
}

static bool take_memory(u8 *to, size_t len)
{
	if (gdb_session.rsp.packet[0] == 'E' && gdb_session.rsp.len == 3)
		return false;
	if (gdb_session.rsp.len != 2 * len)
		gdb_fail("answers nonsense: memory of another size");
	for (size_t i = 0; i < len; i++) {
		int byte = gdb_hex_byte(gdb_session.rsp.packet + 2 * i);

		if (byte < 0)
			gdb_fail("answers nonsense: memory that is no hexadecimal number");
		to[i] = (u8)byte;
	}
	return true;
}

/* As many questions at once as the buffers on the way hold. */
static bool fetch(u64 pa, u8 *to, size_t len)
{
	const u32 chunk = gdb_session.chunk;
	size_t asked = 0, got = 0;
	bool there = true;

	while (got < len) {
		while (asked < len && asked - got < (size_t)chunk * IN_FLIGHT) {
			size_t n = (size_t)min_u64(chunk, len - asked);
			char *request = xprintf("m%llx,%zx", (unsigned long long)(pa + asked), n);
			const char *error = rsp_send(&gdb_session.rsp, request);

			free(request);
			if (error)
				gdb_fail(error);
			asked += n;
		}
		gdb_receive();
		there &= take_memory(to + got, (size_t)min_u64(chunk, len - got));
		got += min_u64(chunk, len - got);
	}
	return there;
}

static bool in_ram(const struct source *s, u64 pa, size_t len)
{
	for (size_t i = 0; i < s->nr; i++)
		if (pa >= s->segment[i].pa && pa - s->segment[i].pa < s->segment[i].size &&
		    len <= s->segment[i].size - (pa - s->segment[i].pa))
			return true;
	return !s->nr;
}

static bool read_gdb(struct source *s, u64 pa, void *buf, size_t len)
{
	struct gdb *g = &gdb_session;
	bool kept = g->room != 0;

	for (u64 at = align_down(pa, PAGE); kept && at < pa + len; at += PAGE)
		kept = g->page[page_place(g, at)].data;
	for (u64 at = align_down(pa, PAGE); kept && at < pa + len; at += PAGE) {
		u64 start = max_u64(at, pa), end = min_u64(at + PAGE, pa + len);

		memcpy((u8 *)buf + (start - pa), g->page[page_place(g, at)].data + (start - at),
		       (size_t)(end - start));
	}
	if (kept)
		return true;
	if (pa + len < pa || !in_ram(s, pa, len) || !fetch(pa, buf, len))
		return false;
	s->reads++;
	s->bytes += len;
	for (u64 at = 0; at + PAGE <= len && is_aligned(pa, PAGE); at += PAGE)
		if (!g->room || !g->page[page_place(g, pa + at)].data)
			keep_page(g, pa + at, (u8 *)buf + at);
	return true;
}

/* ---- the session ---- */

static u32 chunk_of(const char *features)
{
	const char *size = strstr(features, "PacketSize=");
	char digits[16] = "";
	u64 n = 0;

	if (size)
		sscanf(size + strlen("PacketSize="), "%15[0-9a-fA-F]", digits);
	/* QEMU's is that of what it says in hexadecimal digits. */
	if (!parse_address(digits, &n) || n < 64)
		gdb_fail("answers nonsense about what it can");
	return (u32)(min_u64(n, RSP_MAX) / 2);
}

static void enter_physical_mode(struct gdb *g)
{
	const char *mode = gdb_ask("qqemu.PhyMemMode");

	if (!strcmp(mode, "1"))
		return; /* somebody else's, and left so */
	if (strcmp(mode, "0") != 0)
		gdb_fail("has no physical addresses: QEMU 4.1 or newer is expected");
	g->physical = true;
	if (strcmp(gdb_ask("Qqemu.PhyMemMode:1"), "OK") != 0)
		gdb_fail("refuses physical addresses");
}

/* QEMU from 8.1 on says nothing to who connects: what ran is paused then, and not in another state. */
static void guess_state(struct gdb *g)
{
	char *status = g->rsp.stopped ? NULL : gdb_monitor("info status");
	char *version = g->rsp.stopped ? NULL : gdb_monitor("info version");
	unsigned int major = 0, minor = 0;

	if (version)
		sscanf(version, "%u.%u", &major, &minor);
	if (status && strstr(status, "paused") && !strchr(status, '(') &&
	    (major > 8 || (major == 8 && minor)))
		g->rsp.stopped = true;
	free(status);
	free(version);
}

struct source *source_gdb(const char *where, unsigned int limit, bool keep_stopped)
{
	struct source *s = xalloc(1, sizeof(*s));
	struct gdb *g = &gdb_session;
	const char *error;

	g->rsp.place = xprintf("--gdb %s", where);
	g->rsp.limit = (int)limit * 1000;
	g->keep_stopped = keep_stopped;
	rsp_catch();
	error = rsp_connect(&g->rsp, where);
	if (error)
		gdb_fail(error);
	g->connected = true;
	atexit(leave);
	g->chunk = chunk_of(gdb_ask("qSupported:xmlRegisters=i386"));
	guess_state(g);
	s->name = where;
	s->read = read_gdb;
	s->arch = gdb_description(g);
	s->cpus = gdb_cpus(g);
	s->live = true;
	gdb_ram(s);
	enter_physical_mode(g);
	return s;
}

u64 source_gdb_packets(void)
{
	return gdb_session.rsp.packets;
}
