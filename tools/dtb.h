/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef TOOLS_DTB_H
#define TOOLS_DTB_H

#include "mm/memblock.h"

/**
 * struct dtb - what a device tree says that a plan depends on
 * @memory: RAM and reservations
 * @no_memory: why there is no RAM in it, or NULL: a boot loader fills it in, the user has to
 * @has_seed: there is one in kaslr-seed or rng-seed
 * @mmu_type: riscv: the narrowest mmu-type of the harts in VA bits; 0: none
 * @svnapot: riscv: all harts list Svnapot
 */
struct dtb {
	struct memblock memory;
	const char *no_memory;
	bool has_seed;
	u64 seed;
	u8 mmu_type;
	bool svnapot;
};

/** dtb_read() - read a device tree blob, or die. */
void dtb_read(const char *path, struct dtb *dtb);

#endif
