/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Physical and virtual addresses of the kernel. There are two offsets: RAM is seen through the
 * linear map, the kernel image through a mapping of its own outside of it.
 */
#ifndef MM_ADDRESS_H
#define MM_ADDRESS_H

#include <graticule/layout.h>
#include "base/types.h"
#include "mm/page_size.h"

/**
 * struct address_map - the numbers behind the conversions
 * @linear_offset: va - pa of RAM, modulo 2^64
 * @kernel_offset: va - pa of the kernel image, modulo 2^64
 * @linear_start: first address of the linear map
 * @linear_size: its bytes
 * @kernel_start: virtual address of _start
 * @kernel_size: bytes of the image
 * @vmemmap_offset: where the struct page of physical address 0 would be, modulo 2^64
 */
struct address_map {
	u64 linear_offset;
	u64 kernel_offset;
	grt_virt_t linear_start;
	u64 linear_size;
	grt_virt_t kernel_start;
	u64 kernel_size;
	u64 vmemmap_offset;
};

/* Read-only once the MMU is on: only the boot stage writes it. */
extern struct address_map address_map;

/** page_size_init() - make PAGE_SIZE and friends those of @g. Boot stage, before first use. */
void page_size_init(const struct grt_geometry *g);

/**
 * address_init() - set the offsets, in the boot stage, after page_size_init()
 * @layout: the plan
 * @image_pa: load address of the image
 * @image_size: its bytes
 */
void address_init(const struct grt_layout *layout, grt_phys_t image_pa, u64 image_size);

/** address_known() - does a virtual address belong to the linear map or to the kernel image? */
bool address_known(grt_virt_t va);

/** address_reject() - report an address that virt_to_phys() can't convert. */
void address_reject(grt_virt_t va);

/** phys_to_virt() - RAM at @pa, through the linear map. */
static inline void *phys_to_virt(grt_phys_t pa)
{
	return (void *)(uintptr_t)(pa + address_map.linear_offset);
}

/**
 * virt_to_phys() - the physical address behind the linear map or the kernel image
 *
 * Debug builds (CONFIG_DEBUG_VIRTUAL) answer GRT_PHYS_NONE, with a report, for every other address.
 */
static inline grt_phys_t virt_to_phys(const volatile void *p)
{
	grt_virt_t va = (uintptr_t)p;

#ifdef CONFIG_DEBUG_VIRTUAL
	if (!address_known(va)) {
		address_reject(va);
		return GRT_PHYS_NONE;
	}
#endif
	if (va - address_map.kernel_start < address_map.kernel_size)
		return va - address_map.kernel_offset;
	return va - address_map.linear_offset;
}

#endif
