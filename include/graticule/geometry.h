/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The shape of a translation regime, as data. Levels are numbers: level 0 holds pages, the root is
 * `levels - 1`. One loop over levels serves every geometry.
 */
#ifndef GRT_GEOMETRY_H
#define GRT_GEOMETRY_H

#include <graticule/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GRT_GEOMETRY_MAX_LEVELS 5

struct grt_mmu_caps; /* what the CPUs can do; each architecture defines it in graticule/asm/caps.h */
struct grt_memory_map; /* RAM, <graticule/layout.h> */

/**
 * struct grt_geometry - the shape of a translation regime
 * @page_shift: log2 of the page (granule) size in bytes; a table is one page
 * @va_bits: virtual address bits that the regime translates (arm64: of one half; riscv: of both)
 * @upper_bits: log2 of the size in bytes of the kernel's half, which ends at 2^64
 * @pa_bits: physical address bits that an entry can hold and the CPUs accept
 * @levels: number of levels, the root included
 * @root_bits: log2 of the entries in the root
 * @root_shift: log2 of the bytes that one of them maps
 * @leaf_levels: bit l is set where an entry of level l may be a leaf
 * @format: variant of the entry format; private to the architecture's asm/pte.h
 * @format_mask: likewise private
 * @stage2: not 0 where it translates what another regime made of a guest's addresses; private likewise
 * @shared_bit: bit of an entry that shares memory with the host of a confidential guest; 0: none
 * @el2: arm64: entries are those of GRT_REGIME_EL2; set after grt_geometry_init() by who makes such a tree
 * @cont_bits: log2 of the entries of a contiguous group at each level, 0 where there is none
 */
struct grt_geometry {
	uint8_t page_shift;
	uint8_t va_bits;
	uint8_t upper_bits;
	uint8_t pa_bits;
	uint8_t levels;
	uint8_t root_bits;
	uint8_t root_shift;
	uint8_t leaf_levels;
	uint8_t format;
	uint8_t stage2;
	uint8_t shared_bit;
	bool el2;
	uint8_t cont_bits[GRT_GEOMETRY_MAX_LEVELS];
	uint64_t format_mask;
};

/* A configuration with one page size makes every shift and mask below a constant. */
static inline unsigned int grt_geometry_page_shift(const struct grt_geometry *g)
{
#ifdef GRT_PAGE_SHIFT
	(void)g;
	return GRT_PAGE_SHIFT;
#else
	return g->page_shift;
#endif
}

static inline unsigned int grt_geometry_index_bits(const struct grt_geometry *g)
{
	return grt_geometry_page_shift(g) - 3;
}

static inline uint64_t grt_geometry_page_size(const struct grt_geometry *g)
{
	return UINT64_C(1) << grt_geometry_page_shift(g);
}

/** grt_geometry_level_shift() - log2 of the bytes that one entry of @level maps. */
static inline unsigned int grt_geometry_level_shift(const struct grt_geometry *g,
						    unsigned int level)
{
	return grt_geometry_page_shift(g) + level * grt_geometry_index_bits(g);
}

/** grt_geometry_level_size() - bytes that one entry of @level maps. */
static inline uint64_t grt_geometry_level_size(const struct grt_geometry *g, unsigned int level)
{
	return UINT64_C(1) << grt_geometry_level_shift(g, level);
}

/**
 * grt_geometry_group_size() - bytes that a contiguous group of @level maps (one entry's where it has none).
 */
static inline uint64_t grt_geometry_group_size(const struct grt_geometry *g, unsigned int level)
{
	return grt_geometry_level_size(g, level) << g->cont_bits[level];
}

static inline unsigned int grt_geometry_root_level(const struct grt_geometry *g)
{
	return g->levels - 1U;
}

/** grt_geometry_entries() - number of entries in a table of @level. */
static inline unsigned int grt_geometry_entries(const struct grt_geometry *g, unsigned int level)
{
	return level == grt_geometry_root_level(g) ? 1U << g->root_bits
						   : 1U << grt_geometry_index_bits(g);
}

/** grt_geometry_index() - index of the entry of @level that translates @va. */
static inline unsigned int grt_geometry_index(const struct grt_geometry *g, unsigned int level,
					      grt_virt_t va)
{
	return (unsigned int)(va >> grt_geometry_level_shift(g, level)) &
	       (grt_geometry_entries(g, level) - 1);
}

static inline bool grt_geometry_leaf_allowed(const struct grt_geometry *g, unsigned int level)
{
	return g->leaf_levels & (UINT64_C(1) << level);
}

/** grt_geometry_upper_start() - lowest virtual address of the kernel's half; it ends at 2^64. */
static inline grt_virt_t grt_geometry_upper_start(const struct grt_geometry *g)
{
	return ~0ULL << g->upper_bits;
}

/**
 * grt_geometry_init() - the geometry of a page size and VA width on CPUs with @caps
 * @g: filled in
 * @page_shift: log2 of the page size in bytes
 * @va_bits: virtual address bits
 * @caps: what the CPUs can do, or NULL for everything the architecture allows
 *
 * Implemented by each architecture. Pure.
 *
 * Return: 0; -EINVAL where the architecture has no such combination; -EOPNOTSUPP where @caps lacks it.
 */
int grt_geometry_init(struct grt_geometry *g, unsigned int page_shift, unsigned int va_bits,
		      const struct grt_mmu_caps *caps);

/**
 * struct grt_geometry_shape - what registers say of the shape of a tree, whoever made it
 * @page_shift: log2 of the page size in bytes
 * @va_bits: bits of the addresses that it translates; arm64: 64 less T0SZ or T1SZ; riscv: of satp's mode, or
 *	41, 50 and 59 of hgatp's
 * @pa_bits: bits of physical addresses (arm64: IPS, or PS); 0: the most that entries hold
 * @levels: 0: as few as can be. arm64, stage 2: 4 less the level at which a walk starts; then the root may be
 *	up to 16 tables, one after the other
 * @stage2: arm64: stage 2; riscv: the G-stage, whose root is four pages
 * @ds: arm64: TCR_ELx.DS or VTCR_EL2.DS, 52-bit addresses with pages of 4 and 16 KiB
 * @fwb: arm64: HCR_EL2.FWB, in stage 2
 */
struct grt_geometry_shape {
	uint8_t page_shift;
	uint8_t va_bits;
	uint8_t pa_bits;
	uint8_t levels;
	bool stage2;
	bool ds;
	bool fwb;
};

/**
 * grt_geometry_init_shape() - the geometry of a tree that registers describe
 *
 * Any that the architecture has, whatever the CPUs at hand lack: entries are read as they may be (RISC-V:
 * with Svnapot and Svpbmt). Implemented by each architecture. Pure.
 *
 * Return: 0; -EINVAL (no such shape); -EOPNOTSUPP (this image is built for another page size).
 */
int grt_geometry_init_shape(struct grt_geometry *g, const struct grt_geometry_shape *shape);

/* The (page_shift, va_bits) pairs of the architecture, by page size, then by VA width, both ascending. */
struct grt_geometry_choice {
	uint8_t page_shift;
	uint8_t va_bits;
	const char *name; /* "sv39", "16k/47": what a user types */
};
extern const struct grt_geometry_choice grt_geometry_choices[];
extern const unsigned int grt_geometry_nr_choices;

/**
 * grt_geometry_choose() - the geometry to boot with: what is asked for, else what suits CPU and memory
 * @want_page_shift: log2 of the page size asked for; 0: no wish
 * @want_va_bits: VA width asked for; 0: no wish
 * @caps: what the CPU can do, with the limits that firmware sets already in it (riscv: mmu-type,
 *	which counts only where the user has no wish); NULL: everything
 * @memory: RAM, as for grt_layout_plan(); NULL: of no importance
 * @g: filled in
 * @note: set to NULL, or to why @g is not what was asked for: half a sentence, to be completed with
 *	what @g is ("the CPU lacks this page size")
 *
 * A wish for the page size goes before one for the VA width. What the CPU lacks becomes the nearest
 * that it has, the smaller of two as near. Where nothing is asked for, the architecture's order of
 * preference decides among those that hold all of RAM. Pure.
 *
 * Return: 0, or -EOPNOTSUPP: the CPU has no geometry of a page size that this image is built for.
 */
int grt_geometry_choose(unsigned int want_page_shift, unsigned int want_va_bits,
			const struct grt_mmu_caps *caps, const struct grt_memory_map *memory,
			struct grt_geometry *g, const char **note);

#ifdef __cplusplus
}
#endif

#endif
