/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * PAGE_SIZE and friends: constants where the configuration has one page size, run-time values where
 * it has several. PAGE_SIZE_MIN and PAGE_SIZE_MAX bound them and are always constants.
 *
 * For mm/ and kernel/; generic/ takes a struct grt_geometry instead.
 */
#ifndef MM_PAGE_SIZE_H
#define MM_PAGE_SIZE_H

#include <asm/arch.h>
#include "base/types.h"

#ifdef CONFIG_PAGE_SHIFT
#define PAGE_SHIFT_MIN CONFIG_PAGE_SHIFT
#define PAGE_SHIFT_MAX CONFIG_PAGE_SHIFT
#define PAGE_SHIFT CONFIG_PAGE_SHIFT
#else
#define PAGE_SHIFT_MIN ARCH_PAGE_SHIFT_MIN
#define PAGE_SHIFT_MAX ARCH_PAGE_SHIFT_MAX
/* Set once, before the first use, from the geometry that was chosen at boot. */
extern unsigned int boot_page_shift;
#define PAGE_SHIFT boot_page_shift
#endif

#define PAGE_SIZE_MIN (1UL << PAGE_SHIFT_MIN)
#define PAGE_SIZE_MAX (1UL << PAGE_SHIFT_MAX)

#define PAGE_SIZE (1UL << PAGE_SHIFT)
#define PAGE_MASK (~(PAGE_SIZE - 1))
#define PTRS_PER_TABLE (1UL << (PAGE_SHIFT - 3))

/* A stack is at least 16 KiB and at least one page; its guard is the unmapped page below it. */
#define THREAD_SHIFT_MIN 14
#define THREAD_SIZE (1UL << (PAGE_SHIFT > THREAD_SHIFT_MIN ? PAGE_SHIFT : THREAD_SHIFT_MIN))
#define THREAD_SIZE_MAX \
	(1UL << (PAGE_SHIFT_MAX > THREAD_SHIFT_MIN ? PAGE_SHIFT_MAX : THREAD_SHIFT_MIN))

#endif
