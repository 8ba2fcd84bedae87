// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include "tools/rsp.h"
#include "tools/util.h"

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
	interrupted = number;
}

void rsp_catch(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction action = { .sa_handler = on_signal };

	for (unsigned int i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &action, NULL);
	signal(SIGPIPE, SIG_IGN); /* who closes our output must not leave a guest stopped */
}

void rsp_resume(struct rsp *r)
{
	interrupted = 0;
	r->limit = (int)min_u64((u64)r->limit, 2000);
}

static s64 now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (s64)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Until @fd is ready for @events. */
static const char *await(int fd, short events, s64 end)
{
	struct pollfd p = { .fd = fd, .events = events };
	int n;

	do {
		s64 left = end - now();

		if (interrupted)
			return "interrupted";
		if (left <= 0)
			return "no answer within the time limit";
		n = poll(&p, 1, (int)left);
	} while (!n || (n < 0 && errno == EINTR));
	return n < 0 ? strerror(errno) : NULL;
}

/* ---- connecting ---- */

static const char *try_connect(struct rsp *r, const struct sockaddr *address, socklen_t len)
{
	const char *error = NULL;
	socklen_t size = sizeof(int);
	int problem = 0;

	r->fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (r->fd < 0)
		return strerror(errno);
	if (connect(r->fd, address, len)) {
		problem = errno;
		if (problem == EINPROGRESS) {
			error = await(r->fd, POLLOUT, now() + r->limit);
			if (!error && getsockopt(r->fd, SOL_SOCKET, SO_ERROR, &problem, &size))
				problem = errno;
		}
	}
	if (!error && problem)
		error = strerror(problem);
	if (error)
		close(r->fd);
	return error;
}

static const char *connect_unix(struct rsp *r, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (!*path || strlen(path) >= sizeof(address.sun_path))
		return "the path is empty or too long";
	memcpy(address.sun_path, path, strlen(path) + 1);
	return try_connect(r, (const struct sockaddr *)&address, sizeof(address));
}

static const char *connect_tcp(struct rsp *r, const char *where)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	char *host = xprintf("%s", where), *port = strrchr(host, ':');
	const char *error = "HOST:PORT or unix:PATH is expected";
	struct addrinfo *list, *a;
	int status, one = 1;

	if (!port || !port[1])
		return error;
	*port++ = '\0';
	if (*host == '[' && port[-2] == ']') { /* an IPv6 address */
		port[-2] = '\0';
		host++;
	}
	status = getaddrinfo(*host ? host : "localhost", port, &hints, &list);
	if (status)
		return gai_strerror(status);
	for (a = list; a && error; a = a->ai_next)
		error = try_connect(r, a->ai_addr, a->ai_addrlen);
	freeaddrinfo(list);
	if (!error)
		setsockopt(r->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return error;
}

const char *rsp_connect(struct rsp *r, const char *where)
{
	return strncmp(where, "unix:", 5) ? connect_tcp(r, where) : connect_unix(r, where + 5);
}

/* ---- packets ---- */

const char *rsp_flush(struct rsp *r)
{
	const s64 end = now() + r->limit;
	const char *data = r->out;
	size_t len = r->out_len;

	r->out_len = 0;

	while (len) {
		ssize_t n = send(r->fd, data, len, MSG_NOSIGNAL);
		const char *error = NULL;

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			error = await(r->fd, POLLOUT, end);
		else if (n < 0)
			return strerror(errno);
		if (error)
			return error;
		data += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return NULL;
}

/* What is said is kept until an answer is waited for: questions and acknowledgements go together. */
static const char *put_all(struct rsp *r, const char *data, size_t len)
{
	const char *error = len > sizeof(r->out) - r->out_len ? rsp_flush(r) : NULL;

	if (error)
		return error;
	if (len > sizeof(r->out))
		return "a packet is too long";
	memcpy(r->out + r->out_len, data, len);
	r->out_len += len;
	return NULL;
}

const char *rsp_send(struct rsp *r, const char *text)
{
	char *packet;
	const char *error;
	u8 sum = 0;

	for (const char *s = text; *s; s++)
		sum = (u8)(sum + (u8)*s);
	packet = xprintf("$%s#%02x", text, sum);
	error = put_all(r, packet, strlen(packet));
	free(packet);
	r->packets++;
	return error;
}

static const char *get_byte(struct rsp *r, s64 end, int *byte)
{
	while (r->at == r->end) {
		const char *error = rsp_flush(r);
		ssize_t n;

		if (!error)
			error = await(r->fd, POLLIN, end);

		if (error)
			return error;
		n = recv(r->fd, r->in, sizeof(r->in), 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n <= 0)
			return n ? strerror(errno) : "the connection was closed";
		r->at = 0;
		r->end = (size_t)n;
	}
	*byte = (u8)r->in[r->at++];
	return NULL;
}

static int hex_digit(int c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

/* "}x" is x ^ 0x20, "x*n" is x and n - 29 more. @mark: '}', '*', or 0. Return: false for what can't be. */
static bool decode(struct rsp *r, int c, int *mark)
{
	size_t n = 1;

	if (!*mark && (c == '}' || c == '*')) {
		*mark = c;
		return true;
	}
	if (*mark == '*') {
		if (!r->len || c < 32)
			return false;
		n = (size_t)c - 29;
		c = (u8)r->packet[r->len - 1];
	} else if (*mark == '}') {
		c ^= 0x20;
	}
	*mark = 0;
	if (n > RSP_MAX - r->len)
		return false;
	memset(r->packet + r->len, c, n);
	r->len += n;
	return true;
}

/* What is between $ and #, and the two digits behind it. */
static const char *get_body(struct rsp *r, s64 end)
{
	const char *error;
	int c = 0, mark = 0, high = 0, low = 0;
	u8 sum = 0;

	r->len = 0;
	for (;;) {
		error = get_byte(r, end, &c);
		if (error)
			return error;
		if (c == '#')
			break;
		if (c == '$' || !decode(r, c, &mark))
			return "answers nonsense: a packet that is none";
		sum = (u8)(sum + c);
	}
	error = get_byte(r, end, &high);
	error = error ? error : get_byte(r, end, &low);
	if (error)
		return error;
	if (mark || hex_digit(high) < 0 || hex_digit(low) < 0 ||
	    hex_digit(high) * 16 + hex_digit(low) != sum)
		return "answers nonsense: a packet with a wrong sum";
	r->packet[r->len] = '\0';
	return put_all(r, "+", 1);
}

/* QEMU up to 8.0 tells who connects that a guest which ran has been stopped. */
static bool unasked(struct rsp *r)
{
	bool stop = r->packet[0] == 'T' && r->len > 3 && strstr(r->packet, "thread:");

	r->stopped |= stop && !strncmp(r->packet, "T02", 3);
	return stop;
}

const char *rsp_receive(struct rsp *r)
{
	const s64 end = now() + r->limit;
	const char *error;
	int c;

	do {
		do {
			error = get_byte(r, end, &c);
			if (!error && c != '+' && c != '$')
				error = c == '-' ? "asks for a packet again" : "answers nonsense";
		} while (!error && c != '$');
		error = error ? error : get_body(r, end);
	} while (!error && unasked(r));
	return error;
}
