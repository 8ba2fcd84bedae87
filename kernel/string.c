// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The memory and string functions that the compiler and freestanding code call.
 *
 * They run with the MMU off too, where all memory is Device memory and every access must be
 * aligned: words are used only where both pointers allow aligned ones. The empty asm in each loop
 * keeps the compiler from recognising the loop as the very function that it implements.
 */
#include "base/types.h"
#include "base/string.h"

/* Words alias whatever the caller stores there. */
typedef u64 __attribute__((may_alias)) word_t;

#define WORD sizeof(word_t)

static inline void keep_loop(void)
{
	__asm__ volatile("" ::: "memory");
}

/* Can words be moved after the same number of leading bytes at both pointers? */
static inline bool same_alignment(const void *a, const void *b)
{
	return !(((uintptr_t)a ^ (uintptr_t)b) & (WORD - 1));
}

static inline bool word_aligned(const void *p)
{
	return !((uintptr_t)p & (WORD - 1));
}

static void copy_up(u8 *d, const u8 *s, size_t n)
{
	if (same_alignment(d, s)) {
		for (; n && !word_aligned(d); n--, keep_loop())
			*d++ = *s++;
		for (; n >= WORD; n -= WORD, d += WORD, s += WORD, keep_loop())
			*(word_t *)d = *(const word_t *)s;
	}
	for (; n; n--, keep_loop())
		*d++ = *s++;
}

static void copy_down(u8 *d, const u8 *s, size_t n)
{
	d += n;
	s += n;
	if (same_alignment(d, s)) {
		for (; n && !word_aligned(d); n--, keep_loop())
			*--d = *--s;
		for (; n >= WORD; n -= WORD, keep_loop()) {
			d -= WORD;
			s -= WORD;
			*(word_t *)d = *(const word_t *)s;
		}
	}
	for (; n; n--, keep_loop())
		*--d = *--s;
}

void *memcpy(void *dst, const void *src, size_t n)
{
	copy_up(dst, src, n);
	return dst;
}

void *memmove(void *dst, const void *src, size_t n)
{
	if ((uintptr_t)dst - (uintptr_t)src < n)
		copy_down(dst, src, n);
	else
		copy_up(dst, src, n);
	return dst;
}

void *memset(void *dst, int c, size_t n)
{
	word_t fill = (u8)c * 0x0101010101010101ULL;
	u8 *d = dst;

	for (; n && !word_aligned(d); n--, keep_loop())
		*d++ = (u8)c;
	for (; n >= 4 * WORD; n -= 4 * WORD, d += 4 * WORD, keep_loop())
		((word_t *)d)[0] = ((word_t *)d)[1] = ((word_t *)d)[2] = ((word_t *)d)[3] = fill;
	for (; n >= WORD; n -= WORD, d += WORD, keep_loop())
		*(word_t *)d = fill;
	for (; n; n--, keep_loop())
		*d++ = (u8)c;
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *x = a, *y = b;

	for (; n; n--, x++, y++, keep_loop())
		if (*x != *y)
			return *x - *y;
	return 0;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	for (; s[n]; n++)
		keep_loop();
	return n;
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	for (; n < max && s[n]; n++)
		keep_loop();
	return n;
}

int strcmp(const char *a, const char *b)
{
	size_t i = 0;

	for (; a[i] == b[i]; i++, keep_loop())
		if (!a[i])
			return 0;
	return (u8)a[i] - (u8)b[i];
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++, keep_loop())
		if (*a != *b || !*a)
			return (u8)*a - (u8)*b;
	return 0;
}

char *strchr(const char *s, int c)
{
	for (; *s != (char)c; s++)
		if (!*s)
			return NULL;
	return (char *)(uintptr_t)s;
}
