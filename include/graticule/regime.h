/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a tree of tables is to the hardware, beside its shape: which addresses it serves and what its
 * entries may say. All of it is data, so that a new regime changes nothing in generic/.
 */
#ifndef GRATICULE_REGIME_H
#define GRATICULE_REGIME_H

#include <graticule/geometry.h>
#include <graticule/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * enum regime_half - the addresses that a tree serves, a bit for each half
 *
 * Zero is none of them: whoever makes a tree says which. Other addresses are -EINVAL to every operation.
 */
enum regime_half {
	REGIME_LOWER = 1,			   /* from 0 up */
	REGIME_UPPER = 2,			   /* up to 2^64: the kernel's */
	REGIME_BOTH = REGIME_LOWER | REGIME_UPPER, /* where one root translates both */
};

/* For a memory type that the CPUs' table of types lacks: nothing can be mapped with it. */
#define REGIME_NO_INDEX 0xff

/**
 * struct regime_memory - where the CPUs' table of memory types (arm64: MAIR, 8 of them) has each
 * @set: what follows counts; else it is the architecture's own order (arm64: that of mair_value(); RISC-V,
 *	whose entries name types and no places, has no other)
 * @normal: index of PGATTR_NORMAL, or REGIME_NO_INDEX; each other one than the rest, as for all that follow
 * @noncached: of PGATTR_NONCACHED
 * @device: of PGATTR_DEVICE
 * @device_nGnRE: of PGATTR_DEVICE_nGnRE
 */
struct regime_memory {
	bool set;
	u8 normal;
	u8 noncached;
	u8 device;
	u8 device_nGnRE;
};

/**
 * enum regime_kind - a translation regime, and how invalidations name a tree of it
 *
 * Which of them there are is up to the architecture; pgtable_init() refuses the others. The first two are of
 * a kernel and its user space: EL1&0, or supervisor mode. arm64's EL2&0 with HCR_EL2.E2H and TGE both set
 * is such a regime as well, since at EL2 the same instructions name it then; with TGE clear they don't, and
 * no kind is for that.
 */
enum regime_kind {
	REGIME_ANY_ASID, /* what is cached is forgotten whatever its ASID: a kernel's tree */
	REGIME_ASID,	 /* forgotten of one ASID, so no mapping is global: a user's tree */
	REGIME_STAGE2, /* arm64's stage 2, RISC-V's G-stage, a lower half: to be read, and not changed */
	REGIME_EL2, /* arm64, EL2 with HCR_EL2.E2H clear: a lower half only, no ASID, no EL0 */
};

/**
 * struct regime - a translation regime
 * @half: the addresses that the tree serves
 * @writable_code: mappings may be writable and executable at once; refused unless this is set
 * @kind: of what regime it is, and how invalidations name it
 * @asid: the ASID, of REGIME_ASID; else 0. In a struct pgtable the owner may set another one while no batch
 *	is open, when CPUs have stopped to use the tree with the old one and tlb_invalidate_tree() or
 *	tlb_invalidate_all() has made them forget what the new one was (rules A12 and R8)
 * @retries_faults: an access that faults although it is mapped is tried again by the owner: so new mappings
 *	need not be usable at once, and cost no fence where hardware sees them soon by itself (Svvptc)
 * @hpd: entries that lead to tables take no permissions from what is below (arm64: TCR_ELx.HPDn)
 * @memory: how entries name memory types
 * @hardware_ad: CPUs may write accessed and dirty state into leaves at any moment (arm64: TCR_ELx.HA or HD;
 *	RISC-V: Svadu). A tree whose leaves all start accessed and, where writable, dirty has nothing for
 *	them to write
 */
struct regime {
	enum regime_half half;
	bool writable_code;
	enum regime_kind kind;
	u16 asid;
	bool retries_faults;
	bool hpd;
	struct regime_memory memory;
	bool hardware_ad;
};

/* In place of an index: there is none. */
#define MEMORY_NO_CODE 8U

/**
 * struct entry_codes - how entries of a regime say what they say
 * @memory: by PGATTR_MEM_MASK's three bits, four bits for each: the index, or MEMORY_NO_CODE
 * @global: there is such a thing as a global entry: 1, else 0
 * @types: by what an entry says of memory, four bits for each: PGATTR_MEM_MASK's three bits
 * @access: by what it says of access, likewise: PGATTR_PERM_MASK's bits; private to the architecture
 * @limits: the bits in which entries that lead to tables add to all that is below
 */
struct entry_codes {
	u32 memory;
	u8 global;
	u64 types;
	u64 access;
	u64 limits;
};

/** regime_exists() - can a tree of this geometry serve the half? */
static inline bool regime_exists(const struct geometry *g, const struct regime *r)
{
	return r->half == REGIME_LOWER || r->half == REGIME_UPPER ||
	       (r->half == REGIME_BOTH && g->upper_bits < g->va_bits);
}

/** regime_first() - the lowest address, taken as a signed number; all that a tree serves follows on it. */
static inline virt_addr_t regime_first(const struct geometry *g, const struct regime *r)
{
	return r->half & REGIME_UPPER ? geometry_upper_start(g) : 0;
}

/** regime_extent() - how far the last address is from the first one. */
static inline u64 regime_extent(const struct geometry *g, const struct regime *r)
{
	return (r->half == REGIME_BOTH ? 2 : 1) * BIT(g->upper_bits) - 1;
}

#ifdef __cplusplus
}
#endif

#endif
