/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Both architectures in one program. The core and one architecture's backend are compiled into one
 * relocatable object each, whose only visible symbol is its struct backend: see tool.mk.
 */
#ifndef TOOLS_BACKEND_H
#define TOOLS_BACKEND_H

#include <graticule/layout.h>
#include <graticule/pgtable.h>
#include "kernel/layout_json.h"
#include "mm/memblock.h"
#include "tools/tree.h"

/**
 * struct image - a kernel image: bytes from its start
 * @size: all of it, .bss included
 * @text_end: end of what is mapped executable; 0: sections are not known, all counts as writable
 * @rodata_end: end of what is mapped read-only
 */
struct image {
	u64 size;
	u64 text_end;
	u64 rodata_end;
};

enum rodata { RODATA_FULL, RODATA_ON, RODATA_OFF };

/**
 * struct plan_request - what the command line and the device tree ask for
 * @page_shift: 0: no wish
 * @va_bits: 0: no wish
 * @pa_bits: the CPU's limit; 0: none
 * @mmu_type: riscv: mmu-type of the device tree in VA bits, counts without @va_bits; 0: none
 * @nocont: no contiguous groups or NAPOT at all
 * @has_harts: riscv: a device tree says what the harts have
 * @svnapot: all of them have Svnapot
 * @memory: RAM and reservations
 * @left_out: RAM that is not mapped, but may be later
 * @image_pa: load address; GRT_PHYS_NONE: where a loader would put it
 */
struct plan_request {
	u8 page_shift;
	u8 va_bits;
	u8 pa_bits;
	u8 mmu_type;
	bool nocont;
	bool has_harts;
	bool svnapot;
	const struct memblock *memory;
	struct memblock_list *left_out;
	struct image image;
	grt_phys_t image_pa;
	enum grt_layout_policy policy;
	bool truncate;
	enum rodata rodata;
	bool kaslr;
	u64 seed;
};

/**
 * struct plan_result - a plan
 * @note: why the geometry is not what was asked for, or NULL
 * @leaves: of the linear map and the kernel image
 * @tables: table pages for both, the root included
 * @memory: RAM that the linear map holds
 * @no_room: bytes of what is left out that the linear map has no place for
 */
struct plan_result {
	struct grt_geometry geometry;
	struct grt_layout layout;
	const char *note;
	grt_phys_t image_pa;
	struct layout_leaves leaves;
	u64 tables;
	struct grt_memory_map memory;
	u64 no_room;
};

/**
 * struct backend - one architecture
 * @choices: its geometries
 * @ram: where RAM starts on QEMU's virt board
 * @plan: returns NULL, or the rule that could not be met
 * @tree: reads trees that others have built
 */
struct backend {
	const char *name;
	const struct grt_geometry_choice *choices;
	const unsigned int *nr_choices;
	grt_phys_t ram;
	const char *(*plan)(const struct plan_request *req, struct plan_result *res);
	const struct tree_ops *tree;
};

extern const struct backend backend_riscv, backend_arm64;

#endif
