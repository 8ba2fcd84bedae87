// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What compilers call for __builtin_clzll() and __builtin_ctzll() where the hart need not have Zbb, and
 * expect of a library that a kernel does not have. Weak, for kernels that do have it.
 */
#include "base/types.h"

#if !__STDC_HOSTED__
int __clzdi2(u64 x);
int __ctzdi2(u64 x);

__attribute__((weak)) int __clzdi2(u64 x)
{
	int zeros = 0;

	for (int half = 32; half; half /= 2) {
		if (x >> (64 - half))
			continue;
		zeros += half;
		x <<= half;
	}
	return zeros;
}

__attribute__((weak)) int __ctzdi2(u64 x)
{
	return 63 - __clzdi2(x & -x);
}
#endif
