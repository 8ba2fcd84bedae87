// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "mm/address.h"
#include "mm/page.h"
#include "mm/report.h"

/*
 * The section belongs to the image's read-only data: writable until the MMU goes on, not after
 * that. Host programs set the map up as they like.
 */
#if __STDC_HOSTED__
#define __boot_once(part)
#else
#define __boot_once(part) __attribute__((section(".data.rel.ro.boot." part)))
#endif

/* In parts of their own: compilers reach what shares one by way of its beginning, in one step more. */
struct address_map address_map __boot_once("address") = { 0 };

#ifdef CONFIG_PAGE_SHIFT
void page_size_init(const struct grt_geometry *g)
{
	(void)g;
}
#else
unsigned int boot_page_shift __boot_once("page") = PAGE_SHIFT_MIN;

void page_size_init(const struct grt_geometry *g)
{
	boot_page_shift = g->page_shift;
}
#endif

void address_init(const struct grt_layout *layout, grt_phys_t image_pa, u64 image_size)
{
	const struct grt_region *linear = grt_layout_find(layout, GRT_REGION_LINEAR);
	const struct grt_region *vmemmap = grt_layout_find(layout, GRT_REGION_VMEMMAP);
	/* The array has one struct page for each page of the linear region, in the same order. */
	u64 first_pfn = (linear->start - layout->linear_offset) >> PAGE_SHIFT;

	address_map = (struct address_map){
		.linear_offset = layout->linear_offset,
		.kernel_offset = layout->kernel_offset,
		.linear_start = linear->start,
		.linear_size = linear->size,
		.kernel_start = image_pa + layout->kernel_offset,
		.kernel_size = image_size,
		.vmemmap_offset = vmemmap->start - (first_pfn << STRUCT_PAGE_SHIFT),
	};
}

bool address_known(grt_virt_t va)
{
	return va - address_map.linear_start < address_map.linear_size ||
	       va - address_map.kernel_start < address_map.kernel_size;
}

void address_reject(grt_virt_t va)
{
	mm_report("virt_to_phys: neither linear map nor kernel image", va);
}
