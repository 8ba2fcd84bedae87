// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* printf-like formatting, streamed through a callback. */
#include "base/string.h"
#include "kernel/printk.h"

typedef void (*put_fn)(void *arg, const char *s, size_t len);

/* A conversion that is being read and printed; @total counts all characters so far. */
struct spec {
	put_fn put;
	void *arg;
	int total;
	bool left, zero, plus, space, alt;
	int width;
	int precision;	   /* -1: none */
	unsigned int bits; /* of the integer argument */
};

#define DIGITS 22 /* of 2^64 - 1 in octal */

static void emit(struct spec *f, const char *s, size_t len)
{
	if (!len)
		return;
	f->put(f->arg, s, len);
	f->total += (int)len;
}

static void pad(struct spec *f, char c, int n)
{
	for (; n > 0; n--)
		emit(f, &c, 1);
}

/* @prefix (sign or base), zeros up to the precision or width, then @s. */
static void emit_field(struct spec *f, const char *prefix, const char *s, int len, int zeros)
{
	int prefix_len = (int)strlen(prefix);
	int room = f->width - prefix_len - len - zeros;

	if (!f->left)
		pad(f, ' ', room);
	emit(f, prefix, (size_t)prefix_len);
	pad(f, '0', zeros);
	emit(f, s, (size_t)len);
	if (f->left)
		pad(f, ' ', room);
}

static void emit_number(struct spec *f, u64 x, unsigned int base, const char *prefix, bool upper)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char buf[DIGITS];
	int at = DIGITS, len, zeros;

	for (; x; x /= base)
		buf[--at] = digits[x % base];
	len = DIGITS - at;
	if (f->precision >= 0)
		zeros = f->precision - len;
	else if (f->zero && !f->left)
		zeros = f->width - (int)strlen(prefix) - len;
	else
		zeros = 0;
	if (zeros < 1)
		zeros = !len && f->precision; /* 0 has one digit, unless the precision is 0 */
	emit_field(f, prefix, buf + at, len, zeros);
}

/* What every terminal shows as it is, and no more. A backslash would make escapes ambiguous. */
static bool is_plain(char c)
{
	return c >= ' ' && c <= '~' && c != '\\';
}

/* A doubled backslash, or "\x1b". Returns the length. */
static size_t escape(char c, char out[4])
{
	static const char digits[] = "0123456789abcdef";

	out[0] = '\\';
	out[1] = '\\';
	if (c == '\\')
		return 2;
	out[1] = 'x';
	out[2] = digits[(u8)c >> 4];
	out[3] = digits[(u8)c & 15];
	return 4;
}

size_t escaped_length(const char *s, size_t len)
{
	size_t n = 0;

	for (; len; len--, s++)
		n += is_plain(*s) ? 1 : *s == '\\' ? 2 : 4;
	return n;
}

void put_escaped(put_fn put, void *arg, const char *s, size_t len)
{
	const char *start, *end = s + len;
	char buf[4];

	while (s < end) {
		for (start = s; s < end && is_plain(*s); s++)
			;
		if (s > start)
			put(arg, start, (size_t)(s - start));
		if (s < end)
			put(arg, buf, escape(*s++, buf));
	}
}

/* Strings come from command lines and device trees too: they can't do to a terminal as they like. */
static void emit_string(struct spec *f, const char *s, size_t len)
{
	size_t shown = escaped_length(s, len);
	int room = f->width - (int)shown;

	if (!f->left)
		pad(f, ' ', room);
	put_escaped(f->put, f->arg, s, len);
	f->total += (int)shown;
	if (f->left)
		pad(f, ' ', room);
}

static void emit_terminated(struct spec *f, const char *s)
{
	if (!s)
		s = "(null)";
	emit_string(f, s, f->precision >= 0 ? strnlen(s, (size_t)f->precision) : strlen(s));
}

/* "hh", "h", "l", "ll", "z", "t": the size of the integer that follows. */
static const char *read_length(struct spec *f, const char *p)
{
	f->bits = 32;
	if (*p == 'h') {
		f->bits = p[1] == 'h' ? 8 : 16;
		return p + (p[1] == 'h' ? 2 : 1);
	}
	if (*p != 'l' && *p != 'z' && *p != 't')
		return p;
	f->bits = 64;
	return p + (p[0] == 'l' && p[1] == 'l' ? 2 : 1);
}

static const char *read_flags(struct spec *f, const char *p)
{
	for (;; p++) {
		switch (*p) {
		case '-':
			f->left = true;
			break;
		case '0':
			f->zero = true;
			break;
		case '+':
			f->plus = true;
			break;
		case ' ':
			f->space = true;
			break;
		case '#':
			f->alt = true;
			break;
		default:
			return p;
		}
	}
}

static const char *read_int(const char *p, int *out)
{
	for (*out = 0; *p >= '0' && *p <= '9'; p++)
		if (*out < 10000)
			*out = *out * 10 + (*p - '0');
	return p;
}

/* va_list may be an array, which decays in a parameter: hence the struct. */
struct args {
	va_list ap;
};

static u64 next_unsigned(const struct spec *f, struct args *a)
{
	u64 x = f->bits == 64 ? va_arg(a->ap, unsigned long long) : va_arg(a->ap, unsigned int);

	return f->bits < 32 ? x & (BIT(f->bits) - 1) : x;
}

static void emit_signed(struct spec *f, struct args *a)
{
	u64 x = next_unsigned(f, a);
	bool negative = x >> (f->bits - 1) & 1;

	if (negative)
		x = (0 - x) & (~0ULL >> (64 - f->bits));
	emit_number(f, x, 10, negative ? "-" : f->plus ? "+" : f->space ? " " : "", false);
}

static bool emit_conversion(struct spec *f, char c, struct args *a)
{
	u64 x;
	char ch;

	switch (c) {
	case 'd':
	case 'i':
		emit_signed(f, a);
		return true;
	case 'u':
		emit_number(f, next_unsigned(f, a), 10, "", false);
		return true;
	case 'o':
		emit_number(f, next_unsigned(f, a), 8, "", false);
		return true;
	case 'x':
	case 'X':
		x = next_unsigned(f, a);
		emit_number(f, x, 16, !f->alt || !x ? "" : c == 'x' ? "0x" : "0X", c == 'X');
		return true;
	case 'p':
		emit_number(f, (uintptr_t)va_arg(a->ap, void *), 16, "0x", false);
		return true;
	case 'c':
		ch = (char)va_arg(a->ap, int);
		emit_string(f, &ch, 1);
		return true;
	case 's':
		emit_terminated(f, va_arg(a->ap, const char *));
		return true;
	case '%':
		emit(f, "%", 1);
		return true;
	default:
		return false;
	}
}

static const char *read_spec(struct spec *f, const char *p, struct args *a)
{
	f->left = f->zero = f->plus = f->space = f->alt = false;
	f->precision = -1;
	p = read_flags(f, p);
	if (*p == '*') {
		f->width = va_arg(a->ap, int);
		if (f->width < 0) {
			f->left = true;
			f->width = -f->width;
		}
		p++;
	} else {
		p = read_int(p, &f->width);
	}
	if (*p == '.' && p[1] == '*') {
		f->precision = va_arg(a->ap, int);
		p += 2;
	} else if (*p == '.') {
		p = read_int(p + 1, &f->precision);
	}
	return read_length(f, p);
}

int vformat(put_fn put, void *arg, const char *fmt, va_list ap)
{
	struct spec f = { .put = put, .arg = arg };
	struct args a;
	const char *p, *start;

	va_copy(a.ap, ap);
	for (p = fmt; *p; p++) {
		for (start = p; *p && *p != '%'; p++)
			;
		emit(&f, start, (size_t)(p - start));
		if (!*p)
			break;
		start = p;
		p = read_spec(&f, p + 1, &a);
		if (emit_conversion(&f, *p, &a))
			continue;
		/* Unknown: as it stands. */
		emit(&f, start, (size_t)(p - start) + !!*p);
		if (!*p)
			break;
	}
	va_end(a.ap);
	return f.total;
}

int format(put_fn put, void *arg, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vformat(put, arg, fmt, ap);
	va_end(ap);
	return n;
}

#if !__STDC_HOSTED__
struct string_sink {
	char *buf;
	size_t size;
	size_t len;
};

static void put_string(void *arg, const char *s, size_t len)
{
	struct string_sink *sink = arg;

	for (; len; len--, s++)
		if (sink->len + 1 < sink->size)
			sink->buf[sink->len++] = *s;
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct string_sink sink = { .buf = buf, .size = size };
	int n = vformat(put_string, &sink, fmt, ap);

	if (size)
		buf[sink.len] = '\0';
	return n;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}
#endif
