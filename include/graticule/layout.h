/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The planner: where everything lives in the kernel's half. A pure function that the kernel runs at
 * boot and the host tool runs from the same source.
 */
#ifndef GRT_LAYOUT_H
#define GRT_LAYOUT_H

#include <graticule/geometry.h>
#include <graticule/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** struct grt_mem_range - physical memory, in bytes. */
struct grt_mem_range {
	grt_phys_t start;
	uint64_t size;
};

/** struct grt_memory_map - RAM to map: sorted, disjoint, without no-map ranges. */
struct grt_memory_map {
	const struct grt_mem_range *ranges;
	unsigned int nr;
};

enum grt_region_id {
	GRT_REGION_GUARD,   /* never mapped */
	GRT_REGION_FIXMAP,  /* fixed slots: console, device tree, early tables */
	GRT_REGION_VMEMMAP, /* the array of struct page */
	GRT_REGION_VMALLOC, /* general vmalloc; may occur more than once, around the windows */
	GRT_REGION_MODULES, /* module window: inside reach of the kernel image */
	GRT_REGION_BPF,	    /* BPF window, inside reach */
	/* the kernel image, one mapping outside the linear map; or, where they are known: */
	GRT_REGION_KERNEL,
	GRT_REGION_TEXT,   /* its code */
	GRT_REGION_RODATA, /* its read-only data */
	GRT_REGION_DATA,   /* its data */
	GRT_REGION_LINEAR, /* all of RAM */
	GRT_REGION_NR
};

#define GRT_FIXMAP_SIZE (UINT64_C(16) << 20)

/* As printed in the perm column and JSON. */
enum grt_region_perm {
	GRT_REGION_PERM_NONE = 0,
	GRT_REGION_PERM_R = 1,
	GRT_REGION_PERM_W = 2,
	GRT_REGION_PERM_X = 4,
};

struct grt_region {
	enum grt_region_id id;
	const char *name; /* "linear", "text", as the enum calls them */
	grt_virt_t start;
	uint64_t size;
	uint8_t perm; /* what may ever be mapped there; W and X: one or the other, never together */
	const char *note;
};

#define GRT_LAYOUT_MAX_REGIONS 24

/* Image, modules and BPF share it: PC-relative reach. */
#define GRT_LAYOUT_WINDOW_SIZE (UINT64_C(2) << 30)
#define GRT_LAYOUT_BPF_SIZE (UINT64_C(128) << 20)
#define GRT_LAYOUT_MODULES_MIN (UINT64_C(128) << 20)
#define GRT_LAYOUT_VMALLOC_MIN (UINT64_C(8) << 30) /* the window inside it included */
#define GRT_LAYOUT_STRUCT_PAGE_MAX 64		   /* bytes */

enum grt_layout_policy {
	GRT_LAYOUT_DEFAULT, /* riscv: kernel at the end of vmalloc; arm64: window at the bottom of it */
	GRT_LAYOUT_TEXT_REGION, /* riscv: a text region of its own beside the linear map, to compare */
};

/**
 * struct grt_layout_input - everything that a plan depends on
 * @g: geometry
 * @memory: RAM
 * @later: RAM that is not to be mapped now, but may be later (empty: none is known of): the linear region
 *	has room for all of it, or for as much as fits, see grt_layout_room()
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
struct grt_layout_input {
	const struct grt_geometry *g;
	struct grt_memory_map memory;
	struct grt_memory_map later;
	grt_phys_t image_pa;
	uint64_t image_size;
	uint64_t text_end;
	uint64_t rodata_end;
	bool rodata_writable;
	uint64_t image_align;
	uint32_t struct_page_size;
	enum grt_layout_policy policy;
	bool truncate;
	bool kaslr;
	uint64_t seed;
};

/**
 * struct grt_layout - a plan
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
struct grt_layout {
	const struct grt_geometry *g;
	struct grt_region region[GRT_LAYOUT_MAX_REGIONS];
	unsigned int nr;
	uint64_t linear_offset;
	uint64_t kernel_offset;
	uint8_t kernel_bits;
	uint8_t linear_bits;
	grt_phys_t memory_end;
	uint64_t lost_bytes;
	const char *error;
};

/**
 * grt_layout_plan() - place every region, or say which rule could not be met
 *
 * Pure: no global state, no allocation; runs before the MMU is on.
 *
 * Return: 0; -EINVAL (malformed input); -ERANGE (RAM does not fit); -ENOSPC. @out->error is set.
 */
int grt_layout_plan(const struct grt_layout_input *in, struct grt_layout *out);

/**
 * grt_layout_memory_fits() - can a linear map of @g hold all of @memory?
 *
 * For choosing a geometry: what grt_layout_plan() would say of the memory, with a struct page of
 * GRT_LAYOUT_STRUCT_PAGE_MAX bytes.
 */
bool grt_layout_memory_fits(const struct grt_geometry *g, const struct grt_memory_map *memory);

/**
 * grt_layout_rebase() - the image that holds a plan, its geometry and its strings has moved by @delta
 *
 * For the boot stage: a plan made at the load address is made fit for use at the virtual address
 * (@delta is the plan's kernel_offset then). Once.
 */
void grt_layout_rebase(struct grt_layout *l, uint64_t delta);

/** grt_layout_find() - the first region with @id, or NULL. */
const struct grt_region *grt_layout_find(const struct grt_layout *l, enum grt_region_id id);

/** grt_layout_image() - the kernel image as one region, also where its parts have regions of their own. */
struct grt_region grt_layout_image(const struct grt_layout *l);

/** grt_layout_room() - the physical addresses that the linear region has a place for. */
struct grt_mem_range grt_layout_room(const struct grt_layout *l);

/** grt_layout_region_of() - the region that contains @va, or NULL. */
const struct grt_region *grt_layout_region_of(const struct grt_layout *l, grt_virt_t va);

/**
 * grt_layout_check() - the rules of every plan, as a check: disjoint, ordered, aligned, canonical, guarded,
 * RAM fits, there is room for what may come later if it fits, kernel outside the linear map, windows within
 * reach.
 *
 * Return: NULL, or the rule that is broken.
 */
const char *grt_layout_check(const struct grt_layout_input *in, const struct grt_layout *l);

#ifdef __cplusplus
}
#endif

#endif
