/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Packets of GDB's remote protocol (GDB manual, appendix E). Nobody's answer is trusted. */
#ifndef TOOLS_RSP_H
#define TOOLS_RSP_H

#include "base/types.h"

#define RSP_MAX (256U << 10)

/**
 * struct rsp - a connection
 * @place: whom it is to, for messages
 * @limit: milliseconds for an answer
 * @stopped: the signal of an answer that nobody asked for, "T02...", came
 * @packets: sent
 * @out: what is to be sent yet, @out_len bytes
 * @in: what has come, from @at to @end
 * @packet: the last one, its @len bytes decoded and with a NUL behind them
 */
struct rsp {
	const char *place;
	int fd;
	int limit;
	bool stopped;
	u64 packets;
	size_t at;
	size_t end;
	size_t len;
	size_t out_len;
	char out[1 << 14];
	char in[1 << 16];
	char packet[RSP_MAX + 1];
};

/** rsp_connect() - HOST:PORT or unix:PATH. Return: NULL, or what is wrong. */
const char *rsp_connect(struct rsp *r, const char *where);

/** rsp_send() - one packet. Return: NULL, or what is wrong. */
const char *rsp_send(struct rsp *r, const char *text);

/** rsp_flush() - what is said so far is sent now, and not only with the next wait for an answer. */
const char *rsp_flush(struct rsp *r);

/** rsp_receive() - the next answer, into r->packet. Return: NULL, or what is wrong. */
const char *rsp_receive(struct rsp *r);

/** rsp_catch() - signals that end the program: from here on they end the exchange that is under way. */
void rsp_catch(void);

/** rsp_resume() - what has to be said before the program ends can be said, if it takes no long. */
void rsp_resume(struct rsp *r);

#endif
