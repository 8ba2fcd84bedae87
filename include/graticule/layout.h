/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The planner: where everything lives in the kernel's half. A pure function that the kernel runs at
 * boot and the host tool runs from the same source.
 */
#ifndef GRATICULE_LAYOUT_H
#define GRATICULE_LAYOUT_H

#include <graticule/geometry.h>
#include <graticule/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** struct mem_range - physical memory, in bytes. */
struct mem_range {
	phys_addr_t start;
	u64 size;
};

/** struct memory_map - RAM to map: sorted, disjoint, without no-map ranges. */
struct memory_map {
	const struct mem_range *ranges;
	unsigned int nr;
};

enum region_id {
	REGION_GUARD,	/* never mapped */
	REGION_FIXMAP,	/* fixed slots: console, device tree, early tables */
	REGION_VMEMMAP, /* the array of struct page */
	REGION_VMALLOC, /* general vmalloc; may occur more than once, around the windows */
	REGION_MODULES, /* module window: inside reach of the kernel image */
	REGION_BPF,	/* BPF window, inside reach */
	REGION_KERNEL, /* the kernel image, one mapping outside the linear map; or, where they are known: */
	REGION_TEXT,   /* its code */
	REGION_RODATA, /* its read-only data */
	REGION_DATA,   /* its data */
	REGION_LINEAR, /* all of RAM */
	REGION_NR
};

#define FIXMAP_SIZE MIB(16)

enum region_perm { /* as printed in the perm column and JSON */
		   REGION_PERM_NONE = 0,
		   REGION_PERM_R = 1,
		   REGION_PERM_W = 2,
		   REGION_PERM_X = 4,
};

struct region {
	enum region_id id;
	const char *name; /* "linear", "text", as the enum calls them */
	virt_addr_t start;
	u64 size;
	u8 perm; /* what may ever be mapped there; W and X: one or the other, never together */
	const char *note;
};

#define LAYOUT_MAX_REGIONS 24

#define LAYOUT_WINDOW_SIZE GIB(2) /* image, modules and BPF share it: PC-relative reach */
#define LAYOUT_BPF_SIZE MIB(128)
#define LAYOUT_MODULES_MIN MIB(128)
#define LAYOUT_VMALLOC_MIN GIB(8) /* the window inside it included */
#define LAYOUT_STRUCT_PAGE_MAX 64 /* bytes */

enum layout_policy {
	LAYOUT_DEFAULT, /* riscv: kernel at the end of vmalloc; arm64: window at the bottom of it */
	LAYOUT_TEXT_REGION, /* riscv: a text region of its own beside the linear map, to compare */
};

/**
 * struct layout_input - everything that a plan depends on
 * @g: geometry
 * @memory: RAM
 * @later: RAM that is not to be mapped now, but may be later (empty: none is known of): the linear region
 *	has room for all of it, or for as much as fits, see layout_room()
 * @image_pa: physical address of the kernel image's first byte
 * @image_size: bytes from _start to _end
 * @text_end: bytes from its start to the end of its code; 0: not known, and the image is one region
 * @rodata_end: bytes from its start to the end of its read-only data; the rest is data
 * @rodata_writable: read-only data is mapped writable
 * @image_align: alignment that the image's virtual address needs, congruent with @image_pa (bytes)
 * @struct_page_size: bytes of a struct page, a power of two
 * @policy: where the kernel goes
 * @truncate: memory beyond the linear map is cut off (layout.lost_bytes says how much), not an error
 * @kaslr: place kernel and linear map by @seed
 * @seed: random bits
 */
struct layout_input {
	const struct geometry *g;
	struct memory_map memory;
	struct memory_map later;
	phys_addr_t image_pa;
	u64 image_size;
	u64 text_end;
	u64 rodata_end;
	bool rodata_writable;
	u64 image_align;
	u32 struct_page_size;
	enum layout_policy policy;
	bool truncate;
	bool kaslr;
	u64 seed;
};

/**
 * struct layout - a plan
 *
 * The linear region starts at the virtual address of RAM's first page, what may come later included,
 * rounded down to a large leaf, and ends where its space ends, so that memory can be added later. vmemmap
 * covers the whole linear region: the struct page of the address @va in it is number
 * (va - linear.start) >> page_shift, and the one of the physical address @pa is number
 * (pa + linear_offset - linear.start) >> page_shift.
 * The image starts at image_pa + kernel_offset. Modules may have two regions (arm64): the one that direct
 * branches reach comes first.
 *
 * @region: ordered by start, disjoint, without gaps: what is not used is a guard
 * @linear_offset: va - pa of RAM, modulo 2^64
 * @kernel_offset: va - pa of the kernel image, modulo 2^64
 * @kernel_bits: log2 of the number of places that the image could have gone to (0 without KASLR)
 * @linear_bits: likewise of the linear map
 * @memory_end: RAM at and above this physical address was cut off (policy truncate); else 0
 * @lost_bytes: RAM that was cut off
 * @error: the rule that could not be met, after an error
 */
struct layout {
	const struct geometry *g;
	struct region region[LAYOUT_MAX_REGIONS];
	unsigned int nr;
	u64 linear_offset;
	u64 kernel_offset;
	u8 kernel_bits;
	u8 linear_bits;
	phys_addr_t memory_end;
	u64 lost_bytes;
	const char *error;
};

/**
 * layout_plan() - place every region, or say which rule could not be met
 *
 * Pure: no global state, no allocation; runs before the MMU is on.
 *
 * Return: 0; -EINVAL (malformed input); -ERANGE (RAM does not fit); -ENOSPC. @out->error is set.
 */
int layout_plan(const struct layout_input *in, struct layout *out);

/**
 * layout_memory_fits() - can a linear map of @g hold all of @memory?
 *
 * For choosing a geometry: what layout_plan() would say of the memory, with a struct page of
 * LAYOUT_STRUCT_PAGE_MAX bytes.
 */
bool layout_memory_fits(const struct geometry *g, const struct memory_map *memory);

/**
 * layout_rebase() - the image that holds a plan, its geometry and its strings has moved by @delta
 *
 * For the boot stage: a plan made at the load address is made fit for use at the virtual address
 * (@delta is the plan's kernel_offset then). Once.
 */
void layout_rebase(struct layout *l, u64 delta);

/** layout_find() - the first region with @id, or NULL. */
const struct region *layout_find(const struct layout *l, enum region_id id);

/** layout_image() - the kernel image as one region, also where its parts have regions of their own. */
struct region layout_image(const struct layout *l);

/** layout_room() - the physical addresses that the linear region has a place for. */
struct mem_range layout_room(const struct layout *l);

/** layout_region_of() - the region that contains @va, or NULL. */
const struct region *layout_region_of(const struct layout *l, virt_addr_t va);

/**
 * layout_check() - the rules of every plan, as a check: disjoint, ordered, aligned, canonical, guarded,
 * RAM fits, there is room for what may come later if it fits, kernel outside the linear map, windows within
 * reach.
 *
 * Return: NULL, or the rule that is broken.
 */
const char *layout_check(const struct layout_input *in, const struct layout *l);

#ifdef __cplusplus
}
#endif

#endif
