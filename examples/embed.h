/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The example of the porting guide: a kernel that has only libgraticule.a and some memory for tables. */
#ifndef EXAMPLES_EMBED_H
#define EXAMPLES_EMBED_H

#include <graticule/layout.h>
#include <graticule/pgtable.h>

/**
 * struct machine - what the embedding kernel knows
 * @caps: what its CPUs can do
 * @page_shift: page size that it wants, log2; @va_bits: and VA width
 * @memory: RAM, sorted, page aligned
 * @image: where the kernel was loaded; congruent with its final address modulo 64 KiB
 * @text_size: bytes at the start of it that are code, a multiple of 64 KiB; the rest is data
 * @tables: physical memory for tables, page aligned
 * @offset: add it to a physical address to access it now; 0 while the MMU is off
 */
struct machine {
	const struct grt_mmu_caps *caps;
	unsigned int page_shift;
	unsigned int va_bits;
	struct grt_memory_map memory;
	struct grt_mem_range image;
	uint64_t text_size;
	struct grt_mem_range tables;
	uint64_t offset;
};

/** struct space - what comes out: the plan, and tables whose root goes into TTBR1_EL1 or satp. */
struct space {
	struct grt_geometry g;
	struct grt_layout layout;
	struct grt_pgtable pt;
	const struct machine *machine;
	grt_phys_t next_table;
};

/** embed_build() - plan the address space and build its tables. Return: 0 or -errno. */
int embed_build(struct space *s, const struct machine *m);

#endif
