/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Formatted output: to the console, to a string, or to whatever takes characters. */
#ifndef KERNEL_PRINTK_H
#define KERNEL_PRINTK_H

#include <stdarg.h>
#include "base/types.h"

/**
 * vformat() - formatted output through a callback
 * @put: takes the output in pieces
 * @arg: for @put
 *
 * Knows %d %i %u %x %X %o %c %s %p %%, the lengths hh h l ll z t, the flags - 0 + space #, a width
 * and a precision, each also as *. An unknown conversion is printed as it stands.
 *
 * What %s and %c print may come from outside, and can neither move a terminal's cursor nor begin a line:
 * it is escaped as put_escaped() does. Line feeds belong into @fmt.
 *
 * Return: the number of characters.
 */
int vformat(void (*put)(void *arg, const char *s, size_t len), void *arg, const char *fmt,
	    va_list ap) __format_printf(3, 0);

/**
 * put_escaped() - text for a terminal, of bytes from anywhere
 *
 * Printable ASCII stays, but for the backslash, which is doubled; every other byte becomes "\xNN".
 */
void put_escaped(void (*put)(void *arg, const char *s, size_t len), void *arg, const char *s,
		 size_t len);

/** escaped_length() - how many characters put_escaped() makes of it. */
size_t escaped_length(const char *s, size_t len);

/** format() - vformat() with its arguments in the call. */
int format(void (*put)(void *arg, const char *s, size_t len), void *arg, const char *fmt, ...)
	__format_printf(3, 4);

#if __STDC_HOSTED__
#include <stdio.h>
#else
int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap) __format_printf(3, 0);
int snprintf(char *buf, size_t size, const char *fmt, ...) __format_printf(3, 4);
#endif

/**
 * printk() - print to the console; also in the boot stage
 *
 * While there is no console, the text is kept and comes out when there is one (console_set()).
 */
int printk(const char *fmt, ...) __format_printf(1, 2);
int vprintk(const char *fmt, va_list ap) __format_printf(1, 0);

/**
 * printk_smp() - from here on several CPUs print: printk() takes a lock
 *
 * Off at first, because atomic instructions need the MMU and the caches on arm64.
 */
void printk_smp(void);

/** printk_oops() - this CPU reports its last words: no lock any more. */
void printk_oops(void);

#endif
