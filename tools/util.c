// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#define _GNU_SOURCE 1 /* vasprintf(); tests are built without it */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "kernel/printk.h"
#include "tools/util.h"

/* Of what a message is about: the start of it tells, and a line stays one that can be read. */
#define SHOWN_MAX 4096

void put_stream(void *arg, const char *s, size_t len)
{
	fwrite(s, 1, len, arg);
}

static void put_shown(const char *s)
{
	size_t len = strlen(s);

	put_escaped(put_stream, stderr, s, len < SHOWN_MAX ? len : SHOWN_MAX);
	if (len > SHOWN_MAX)
		fputs("...", stderr);
}

static void vwarn(const char *place, const char *fmt, va_list ap)
{
	char *text;

	fputs("graticule: ", stderr);
	put_shown(place);
	fputs(": ", stderr);
	if (vasprintf(&text, fmt, ap) >= 0) {
		put_shown(text);
		free(text);
	}
	fputc('\n', stderr);
}

void warn(const char *place, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vwarn(place, fmt, ap);
	va_end(ap);
}

void die(const char *place, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vwarn(place, fmt, ap);
	va_end(ap);
	exit(EXIT_INPUT);
}

char *escaped(const char *s)
{
	size_t size;
	char *text;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		die("memory", "none left");
	put_escaped(put_stream, f, s, strlen(s));
	if (fclose(f))
		die("memory", "none left");
	return text;
}

char *json_text(const json_t *root, size_t flags)
{
	char *text = json_dumps(root, flags | JSON_ENSURE_ASCII), *out, *s;
	size_t deletes = 0, n = 0;

	if (!text)
		die("memory", "none left");
	/* The one character that jansson leaves alone: it can only be inside of a string. */
	for (s = text; *s; s++)
		deletes += *s == '\177';
	out = xalloc((size_t)(s - text) + 5 * deletes + 1, 1);
	for (s = text; *s; s++) {
		if (*s == '\177')
			n += (size_t)sprintf(out + n, "\\u007f");
		else
			out[n++] = *s;
	}
	free(text);
	return out;
}

void *xalloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size);

	if (!p)
		die("memory", "none left");
	return p;
}

char *xprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		die("memory", "none left");
	va_end(ap);
	return s;
}

#define FILE_SIZE_MAX GIB(1)

char *read_file(const char *path, size_t *size)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "rb") : stdin;
	size_t room = 1 << 16, n = 0, got;
	char *buf = xalloc(room, 1);

	if (!f)
		die(path, "%s", strerror(errno));
	while ((got = fread(buf + n, 1, room - n - 1, f)) > 0) {
		n += got;
		if (n < room - 1)
			continue;
		if (room >= FILE_SIZE_MAX)
			die(path, "larger than 1 GiB");
		room *= 2;
		buf = realloc(buf, room);
		if (!buf)
			die("memory", "none left");
	}
	if (ferror(f))
		die(path, "%s", strerror(errno));
	if (f != stdin)
		fclose(f);
	buf[n] = '\0';
	if (size)
		*size = n;
	return buf;
}

/* strtoull() takes signs, blanks and what is too large; numbers on command lines have none. */
static bool number(const char *s, int base, u64 *out, const char **end)
{
	char *e;

	if (!isxdigit((unsigned char)*s))
		return false;
	errno = 0;
	*out = strtoull(s, &e, base);
	*end = e;
	return !errno && e != s;
}

/* "08" is eight: no octal numbers. */
static int base_of(const char *s)
{
	return s[0] == '0' && (s[1] | 0x20) == 'x' ? 16 : 10;
}

bool parse_address(const char *s, u64 *out)
{
	const char *end;

	return number(s, 16, out, &end) && !*end;
}

bool parse_number(const char *s, u64 *out)
{
	const char *end;

	return number(s, base_of(s), out, &end) && !*end;
}

bool parse_size(const char *s, u64 *out)
{
	static const char units[] = "kmgt";
	const char *end, *unit;
	unsigned int shift;

	if (!number(s, base_of(s), out, &end))
		return false;
	if (!*end)
		return true;
	unit = strchr(units, tolower((unsigned char)*end));
	if (!unit || end[1])
		return false;
	shift = 10 * (unsigned int)(unit - units + 1);
	if (*out > ~0ULL >> shift)
		return false;
	*out <<= shift;
	return true;
}

const char *size_string(u64 size, char buf[16])
{
	static const char units[] = "BKMGTPE";
	unsigned int u = size ? log2_floor(size) / 10 : 0;
	double value = (double)size / (double)BIT(10 * u);

	snprintf(buf, 16, value < 100 && size & (BIT(10 * u) - 1) ? "%.1f%c" : "%.0f%c", value,
		 units[u]);
	return buf;
}
