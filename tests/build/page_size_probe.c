/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Compiled by test_page_size.py twice: with the page size of the configuration, and with -DBY_HAND=n,
 * where the constant is written as a programmer would write it.
 */
#ifdef BY_HAND
#include "base/types.h"
#define PAGE_SHIFT BY_HAND
#define PAGE_SIZE (1UL << BY_HAND)
#define PAGE_MASK (~(PAGE_SIZE - 1))
#define PTRS_PER_TABLE (PAGE_SIZE / 8)
#define THREAD_SIZE (PAGE_SIZE < 16384 ? 16384UL : PAGE_SIZE)
#else
#include "mm/page_size.h"
#endif

unsigned long constant_page_size(void);
unsigned long constant_page_mask(void);
unsigned long constant_thread_size(void);
unsigned long constant_ptrs(void);
unsigned long constant_pages(unsigned long size);
u64 sum_of_page_starts(const u64 *p, unsigned long bytes);

unsigned long constant_page_size(void)
{
	return PAGE_SIZE;
}

unsigned long constant_page_mask(void)
{
	return PAGE_MASK;
}

unsigned long constant_thread_size(void)
{
	return THREAD_SIZE;
}

unsigned long constant_ptrs(void)
{
	return PTRS_PER_TABLE;
}

unsigned long constant_pages(unsigned long size)
{
	return (size + PAGE_SIZE - 1) >> PAGE_SHIFT;
}

u64 sum_of_page_starts(const u64 *p, unsigned long bytes)
{
	u64 sum = 0;

	for (unsigned long at = 0; at < bytes; at += PAGE_SIZE)
		sum += p[at / sizeof(*p)];
	return sum;
}
