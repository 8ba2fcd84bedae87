// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "kernel/seed.h"

/* With less, the number of bits that the report names would not be true. */
#define SEED_MIN 8

static u64 big_endian(const u8 *p, u32 len)
{
	u64 x = 0;

	for (u32 i = 0; i < 8; i++)
		x = x << 8 | (i < len ? p[i] : 0);
	return x;
}

const char *seed_read(const void *bytes, u32 len, u64 *seed)
{
	const u8 *p = bytes;
	u64 any = 0;

	*seed = 0;
	if (len < SEED_MIN)
		return "is shorter than 8 bytes";
	for (u32 i = 0; i < len; i += 8) {
		u64 word = big_endian(p + i, len - i);

		any |= word;
		*seed = (i ? mix_u64(*seed) : 0) ^ word;
	}
	if (any)
		return NULL;
	*seed = 0;
	return "is all zero";
}
