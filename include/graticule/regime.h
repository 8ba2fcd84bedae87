/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a tree of tables is to the hardware, beside its shape: which addresses it serves and what its
 * entries may say. All of it is data, so that a new regime changes nothing in generic/.
 */
#ifndef GRT_REGIME_H
#define GRT_REGIME_H

#include <graticule/geometry.h>
#include <graticule/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * enum grt_regime_half - the addresses that a tree serves, a bit for each half
 *
 * Zero is none of them: whoever makes a tree says which. Other addresses are -EINVAL to every operation.
 */
enum grt_regime_half {
	GRT_REGIME_LOWER = 1,				       /* from 0 up */
	GRT_REGIME_UPPER = 2,				       /* up to 2^64: the kernel's */
	GRT_REGIME_BOTH = GRT_REGIME_LOWER | GRT_REGIME_UPPER, /* where one root translates both */
};

/* For a memory type that the CPUs' table of types lacks: nothing can be mapped with it. */
#define GRT_REGIME_NO_INDEX 0xff

/**
 * struct grt_regime_memory - where the CPUs' table of memory types (arm64: MAIR, 8 of them) has each
 * @set: what follows counts; else it is the architecture's own order (arm64: that of what follows, in a
 *	MAIR whose lowest four bytes are 0xff, 0x44, 0x00, 0x04: 0x040044ff; RISC-V, whose entries name
 *	types and no places, has no other)
 * @normal: index of GRT_ATTR_NORMAL, or GRT_REGIME_NO_INDEX; each other one than the rest, as for all
 *	that follow
 * @noncached: of GRT_ATTR_NONCACHED
 * @device: of GRT_ATTR_DEVICE
 * @device_nGnRE: of GRT_ATTR_DEVICE_nGnRE
 */
struct grt_regime_memory {
	bool set;
	uint8_t normal;
	uint8_t noncached;
	uint8_t device;
	uint8_t device_nGnRE;
};

/**
 * enum grt_regime_kind - a translation regime, and how invalidations name a tree of it
 *
 * Which of them there are is up to the architecture; grt_pgtable_init() refuses the others. The first
 * two are of a kernel and its user space: EL1&0, or supervisor mode. arm64's EL2&0 with HCR_EL2.E2H and
 * TGE both set is such a regime as well, since at EL2 the same instructions name it then; with TGE
 * clear they don't, and no kind is for that.
 */
enum grt_regime_kind {
	GRT_REGIME_ANY_ASID, /* what is cached is forgotten whatever its ASID: a kernel's tree */
	GRT_REGIME_ASID,     /* forgotten of one ASID, so no mapping is global: a user's tree */
	GRT_REGIME_STAGE2, /* arm64's stage 2, RISC-V's G-stage, a lower half: to be read, and not changed */
	GRT_REGIME_EL2, /* arm64, EL2 with HCR_EL2.E2H clear: a lower half only, no ASID, no EL0 */
};

/**
 * struct grt_regime - a translation regime
 * @half: the addresses that the tree serves
 * @writable_code: mappings may be writable and executable at once; refused unless this is set
 * @kind: of what regime it is, and how invalidations name it
 * @asid: the ASID, of GRT_REGIME_ASID; else 0. In a struct grt_pgtable the owner may set another one
 *	while no batch is open, when CPUs have stopped to use the tree with the old one and
 *	grt_tlb_invalidate_tree() or grt_tlb_invalidate_all() has made them forget what the new one was
 *	(rules A12 and R8)
 * @retries_faults: an access that faults although it is mapped is tried again by the owner: so new mappings
 *	need not be usable at once, and cost no fence where hardware sees them soon by itself (Svvptc)
 * @hpd: entries that lead to tables take no permissions from what is below (arm64: TCR_ELx.HPDn)
 * @memory: how entries name memory types
 * @hardware_ad: CPUs may write accessed and dirty state into leaves at any moment (arm64: TCR_ELx.HA or HD;
 *	RISC-V: Svadu). A tree whose leaves all start accessed and, where writable, dirty has nothing for
 *	them to write
 */
struct grt_regime {
	enum grt_regime_half half;
	bool writable_code;
	enum grt_regime_kind kind;
	uint16_t asid;
	bool retries_faults;
	bool hpd;
	struct grt_regime_memory memory;
	bool hardware_ad;
};

/* In place of an index: there is none. */
#define GRT_MEMORY_NO_CODE 8U

/**
 * struct grt_entry_codes - how entries of a regime say what they say
 * @memory: by GRT_ATTR_MEM_MASK's three bits, four bits for each: the index, or GRT_MEMORY_NO_CODE
 * @global: there is such a thing as a global entry: 1, else 0
 * @types: by what an entry says of memory, four bits for each: GRT_ATTR_MEM_MASK's three bits
 * @access: by what it says of access, likewise: GRT_ATTR_PERM_MASK's bits; private to the architecture
 * @limits: the bits in which entries that lead to tables add to all that is below
 */
struct grt_entry_codes {
	uint32_t memory;
	uint8_t global;
	uint64_t types;
	uint64_t access;
	uint64_t limits;
};

/** grt_regime_exists() - can a tree of this geometry serve the half? */
static inline bool grt_regime_exists(const struct grt_geometry *g, const struct grt_regime *r)
{
	return r->half == GRT_REGIME_LOWER || r->half == GRT_REGIME_UPPER ||
	       (r->half == GRT_REGIME_BOTH && g->upper_bits < g->va_bits);
}

/**
 * grt_regime_first() - the lowest address, taken as a signed number; all that a tree serves follows on it.
 */
static inline grt_virt_t grt_regime_first(const struct grt_geometry *g, const struct grt_regime *r)
{
	return r->half & GRT_REGIME_UPPER ? grt_geometry_upper_start(g) : 0;
}

/** grt_regime_extent() - how far the last address is from the first one. */
static inline uint64_t grt_regime_extent(const struct grt_geometry *g, const struct grt_regime *r)
{
	return (r->half == GRT_REGIME_BOTH ? 2 : 1) * (UINT64_C(1) << g->upper_bits) - 1;
}

#ifdef __cplusplus
}
#endif

#endif
