/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the boot stage (MMU off, image at its load address) learns, decides and hands to the kernel.
 *
 * The whole image is relocated to its load address first and to its virtual address just before the
 * MMU goes on, so that any C code runs in both stages. What outlives the boot stage therefore holds
 * physical addresses and numbers, never pointers computed by it, but for those that boot_rebase() corrects.
 */
#ifndef KERNEL_BOOT_H
#define KERNEL_BOOT_H

#include <graticule/asm/caps.h>
#include <graticule/geometry.h>
#include <graticule/layout.h>
#include <graticule/pgtable.h>
#include <asm/boot_info.h>
#include "base/types.h"
#include "kernel/cmdline.h"
#include "kernel/console.h"
#include "mm/bootstrap.h"
#include "mm/linear_map.h"
#include "mm/memblock.h"

#define BOOT_MAX_CPUS 256

/*
 * Of memory, of reservations and of no-map memory, as many ranges each in the device tree; and some more of
 * each for what the boot does before the lists can grow.
 */
#define BOOT_MAX_RANGES 1280
#define BOOT_SPARE_RANGES 16

/**
 * struct boot_info - one instance, boot_info
 * @image_pa: load address of _start
 * @image_size: bytes from _start to _end
 * @dtb_pa: device tree blob
 * @dtb_size: its totalsize in bytes
 * @boot_hwid: hardware number of the boot CPU (hart id; MPIDR affinity)
 * @cpu_hwid: hardware numbers of the usable CPUs, the boot CPU first
 * @nr_cpus: how many of them
 * @cpus_ignored: CPUs of the device tree beyond BOOT_MAX_CPUS
 * @console: where messages go, see boot_dt_console()
 * @cmdline: /chosen/bootargs
 * @opts: parsed from it
 * @initrd: /chosen/linux,initrd-start and -end; size 0 if none
 * @seed: of /chosen/kaslr-seed, else of rng-seed
 * @has_seed: there is one
 * @memblock: RAM and reservations
 * @left_out: RAM that mem= left out and that the layout has room for
 * @arch: what only the architecture's boot code knows about (asm/boot_info.h)
 * @caps: of the boot CPU, then what all CPUs have
 * @geometry: chosen
 * @layout: planned
 * @pool: table pages of the image that are left
 * @split_reserve: RAM that the linear map maps with pages from the start; size 0: none
 * @root: root of the kernel's tables, physical
 * @tables: table pages of that tree
 */
struct boot_info {
	grt_phys_t image_pa;
	u64 image_size;
	grt_phys_t dtb_pa;
	u64 dtb_size;
	u64 boot_hwid;
	u64 cpu_hwid[BOOT_MAX_CPUS];
	unsigned int nr_cpus;
	unsigned int cpus_ignored;
	struct console_desc console;
	char cmdline[COMMAND_LINE_SIZE];
	struct boot_options opts;
	struct grt_mem_range initrd;
	u64 seed;
	bool has_seed;
	struct memblock memblock;
	struct memblock_list left_out;
	struct arch_boot_info arch;
	struct grt_mmu_caps caps;
	struct grt_geometry geometry;
	struct grt_layout layout;
	struct table_pool pool;
	struct grt_mem_range split_reserve;
	grt_phys_t root;
	u64 tables;
};

extern struct boot_info boot_info;

/* Set by the linker script; each section starts and ends at a multiple of SECTION_ALIGN (64 KiB). */
extern char _start[], _end[];
extern char __text_start[], __text_end[];     /* read-only, executable; _start is its first byte */
extern char __rodata_start[], __rodata_end[]; /* read-only; relocations and notes included */
extern char __data_start[], __data_end[];     /* read-write: .data, .bss, the boot stage's tables */
extern char __boot_stacks_start[], __boot_stacks_end[]; /* in data: the boot CPU's first stacks */
extern char __boot_tables_start[], __boot_tables_end[]; /* in data; not cleared by head.S */

/**
 * boot_main() - the boot stage, called by head.S with the MMU off on the boot CPU
 * @dtb: physical address of the device tree, or what the loader passed instead
 * @hwid: hardware number of this CPU
 *
 * Fills boot_info, builds the kernel's first tables and calls arch_boot_handover(). On return head.S
 * relocates the image to its virtual address, turns the MMU on and calls kernel_main() there.
 */
void boot_main(grt_phys_t dtb, u64 hwid);

/** boot_init_lists() - give the lists of @bi, which are empty, their storage for the boot stage. */
void boot_init_lists(struct boot_info *bi);

/** boot_rebase() - correct the pointers of @bi into the image, which has moved to its virtual address. */
void boot_rebase(struct boot_info *bi);

/**
 * boot_linear_map() - what the linear map of this machine holds
 * @lm: filled in; points to storage that the next call overwrites
 *
 * Return: 0, or -ENOMEM (memory has come in more pieces than can be listed).
 */
int boot_linear_map(const struct boot_info *bi, struct linear_map *lm);

/**
 * boot_layout_input() - what this machine's layout is planned for
 * @in: filled in; points to storage of boot_linear_map()
 *
 * Return: 0 or -ENOMEM, as boot_linear_map().
 */
int boot_layout_input(const struct boot_info *bi, struct grt_layout_input *in);

/** kernel_main() - the kernel at its virtual address, on the boot CPU's first stack. */
_Noreturn void kernel_main(void);

/** secondary_main() - a secondary CPU at its virtual address, on its own stack. */
struct cpu;
_Noreturn void secondary_main(struct cpu *cpu);

/** boot_stop() - one clear line "graticule: stop: ..." on the console, then off with a failure status. */
_Noreturn void boot_stop(const char *fmt, ...) __format_printf(1, 2);

#endif
