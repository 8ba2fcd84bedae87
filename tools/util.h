/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What every part of the tool needs: errors, numbers, files. */
#ifndef TOOLS_UTIL_H
#define TOOLS_UTIL_H

#include <jansson.h>
#include "base/types.h"

#define EXIT_CHECK 1 /* a check failed */
#define EXIT_INPUT 2 /* bad usage or input */

/**
 * warn() - one line on standard error that names the place and why
 *
 * Both may have text of the input in them: they are escaped, and cut off where they are too long.
 */
void warn(const char *place, const char *fmt, ...) __format_printf(2, 3);

/** die() - bad input: warn(), and exit status 2. */
_Noreturn void die(const char *place, const char *fmt, ...) __format_printf(2, 3);

/** xalloc() - zeroed memory, or no return. */
void *xalloc(size_t n, size_t size);

/** xprintf() - sprintf into memory of its own. */
char *xprintf(const char *fmt, ...) __format_printf(1, 2);

/** escaped() - text from outside as put_escaped() shows it, in memory of its own. */
char *escaped(const char *s);

/** put_stream() - a put function for put_escaped() and layout_json(); @arg is a FILE. */
void put_stream(void *arg, const char *s, size_t len);

/** json_text() - JSON in printable ASCII; @flags as of json_dumps(). */
char *json_text(const json_t *root, size_t flags);

/** read_file() - a whole file; "-" is standard input. NUL-terminated, @size without it. */
char *read_file(const char *path, size_t *size);

/** parse_address() - hexadecimal, "0x" allowed. */
bool parse_address(const char *s, u64 *out);

/** parse_size() - decimal or 0x..., with K, M, G or T behind it. */
bool parse_size(const char *s, u64 *out);

/** parse_number() - decimal or 0x..., all 64 bits. */
bool parse_number(const char *s, u64 *out);

/** size_string() - "2M", "1.5G": exact, or with one decimal. At most 15 characters. */
const char *size_string(u64 size, char buf[16]);

#endif
