/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Fixed addresses of one page each, usable as soon as there is a table to map them in. */
#ifndef MM_FIXMAP_H
#define MM_FIXMAP_H

#include <graticule/layout.h>
#include <graticule/pgtable.h>

enum fix_slot {
	FIX_CONSOLE,	/* registers of the console, for good */
	FIX_EARLY,	/* before there is a linear map; unmapped after use */
	FIX_TEST,	/* self-tests */
	FIX_SWAP_TABLE, /* the table that quiesced_pages() changes */
	FIX_SWAP_NEXT,	/* and its new entries */
	FIX_NR
};

/** fixmap_addr() - the address of a slot's page. An unmapped page follows each. */
grt_virt_t fixmap_addr(const struct grt_layout *layout, enum fix_slot slot);

/**
 * fixmap_map() - map the page that holds @pa in a slot
 * @pt: the caller serialises, as with grt_map(); works in the boot stage
 *
 * Return: 0, or what grt_map() returns: -EEXIST where the slot is in use.
 */
int fixmap_map(struct grt_pgtable *pt, const struct grt_layout *layout, enum fix_slot slot,
	       grt_phys_t pa, grt_attr_t attr);

/** fixmap_unmap() - free a slot. */
int fixmap_unmap(struct grt_pgtable *pt, const struct grt_layout *layout, enum fix_slot slot);

#endif
