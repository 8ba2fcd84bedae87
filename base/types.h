/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Integer types and the handful of helpers that the code of this tree uses, and no public header. */
#ifndef BASE_TYPES_H
#define BASE_TYPES_H

#include <graticule/types.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

#define BIT(n) (1ULL << (n))

#define KIB(n) ((u64)(n) << 10)
#define MIB(n) ((u64)(n) << 20)
#define GIB(n) ((u64)(n) << 30)
#define TIB(n) ((u64)(n) << 40)

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/*
 * Memory that is written before it is read: nobody clears it at boot. What is written with the MMU off
 * must not be read with it on, because nobody drops older cache lines of it either, unless that is said
 * where it is written.
 */
#define __not_cleared __attribute__((section(".bss..not_cleared")))
/* For the few paths that are hot. */
#define likely(x) __builtin_expect(!!(x), 1)

/* Where a call would cost more than what is called; measured (make bench). */
#define __force_inline inline __attribute__((always_inline))
#define __noinline __attribute__((noinline))
#define __format_printf(fmt, args) __attribute__((format(printf, fmt, args)))

/** struct entry_bits - bits of an entry that an edit clears, and those that it sets then. */
struct entry_bits {
	u64 clear;
	u64 set;
};

/**
 * struct entry_edits - entries that are copied
 * @need: bits that each of them has to have, and @none those that it must not have
 * @to: the edit of the copy
 * @from: and of what was copied
 */
struct entry_edits {
	u64 need;
	u64 none;
	struct entry_bits to;
	struct entry_bits from;
};

static inline u64 entry_edit(u64 val, const struct entry_bits *bits)
{
	return (val & ~bits->clear) | bits->set;
}

/* @align is a power of two in all of these. */
static inline u64 align_down(u64 x, u64 align)
{
	return x & ~(align - 1);
}

static inline u64 align_up(u64 x, u64 align)
{
	return (x + align - 1) & ~(align - 1);
}

static inline bool is_aligned(u64 x, u64 align)
{
	return !(x & (align - 1));
}

static inline u64 min_u64(u64 a, u64 b)
{
	return a < b ? a : b;
}

static inline u64 max_u64(u64 a, u64 b)
{
	return a > b ? a : b;
}

/* Another number for each number, of which each bit depends on all bits of @x. */
static inline u64 mix_u64(u64 x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

/* floor(log2(x)); x is not zero. */
static inline unsigned int log2_floor(u64 x)
{
	return 63 - (unsigned int)__builtin_clzll(x);
}

#endif
