/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * VMSAv8-64 stage 1 entry format (Arm ARM D8.3, "Translation table descriptor formats"). Pure: no
 * instruction that only runs on the target. Both architectures have a header of this name with the
 * same functions. Levels count from the pages up: Arm's level 3 is level 0 here.
 */
#ifndef ASM_PTE_H
#define ASM_PTE_H

#include <asm/pte_bits.h>

/** pte_is_leaf() - hardware would translate with this entry. 0b01 at the last level is reserved. */
static inline bool pte_is_leaf(const struct grt_geometry *g, unsigned int level, pte_t pte)
{
	if (!level)
		return (pte.val & (PTE_VALID | PTE_TABLE)) == (PTE_VALID | PTE_TABLE);
	return (pte.val & (PTE_VALID | PTE_TABLE)) == PTE_VALID &&
	       grt_geometry_leaf_allowed(g, level);
}

static inline bool pte_is_table(const struct grt_geometry *g, unsigned int level, pte_t pte)
{
	(void)g;
	return level && pte_valid(pte) && pte.val & PTE_TABLE;
}

/** pte_keep() - for trees whose root serves both halves, which there are none of here. */
static inline pte_t pte_keep(pte_t pte)
{
	return pte;
}

static inline bool pte_kept(pte_t pte)
{
	(void)pte;
	return false;
}

/** pte_gathered() - what is there of limits in @above, which a short way has gathered. */
static inline u64 pte_gathered(u64 above)
{
	return above & PTE_TABLE_LIMITS;
}

/** pte_limit() - a leaf as it is below tables with @limits. */
static inline pte_t pte_limit(pte_t pte, u64 limits)
{
	u64 val = pte.val | (limits & (PTE_PXN_TABLE | PTE_UXN_TABLE)) >> 6;

	if (limits & PTE_AP_TABLE_RO)
		val = (val & PTE_AP_RO ? val : val | PTE_AP_RO | PTE_WAS_DIRTY) & ~PTE_DBM;
	val |= limits & PTE_NS_TABLE ? PTE_NS : 0;
	return pte_make(limits & PTE_AP_TABLE_EL0 ? val & ~PTE_AP_EL0 : val);
}
_Static_assert(PTE_PXN_TABLE >> 6 == PTE_PXN && PTE_UXN_TABLE >> 6 == PTE_UXN, "they are moved");

/** pte_contiguous() - the entry is one of a group that may be cached as one translation. */
static inline bool pte_contiguous(const struct grt_geometry *g, unsigned int level, pte_t pte)
{
	return pte.val & PTE_CONT && g->cont_bits[level];
}

/* ---- addresses ---- */

/**
 * pte_shared_mask() - the bit of a leaf that shares its memory with the host; 0 where there is none
 *
 * In a Realm the top bit of the intermediate physical address says so (Arm CCA, "Realm Management
 * Monitor specification", RSI_REALM_CONFIG: IPA width). It is an attribute here, and no part of an address.
 */
static inline u64 pte_shared_mask(const struct grt_geometry *g)
{
	return likely(!g->shared_bit) ? 0 : BIT(g->shared_bit);
}

/* Bits of the address that stay where they are, down to those of a page: struct grt_geometry.format_mask. */
static inline u64 pte_format_mask(const struct grt_geometry *g)
{
	unsigned int top = g->format == GEOMETRY_FORMAT_LPA2 ? 50 : 48;

	return BIT(top) - BIT(grt_geometry_page_shift(g));
}

static inline u64 pte_phys_low_mask(const struct grt_geometry *g)
{
	return g->format_mask & ~pte_shared_mask(g);
}

/** pte_phys_mask() - the bits of a leaf that may differ where nothing but its address does. */
static inline u64 pte_phys_mask(const struct grt_geometry *g)
{
	u64 mask = pte_phys_low_mask(g);

	if (g->format == GEOMETRY_FORMAT_LPA2)
		mask |= 3ULL << 8;
	if (g->format == GEOMETRY_FORMAT_LPA)
		mask |= 15ULL << 12;
	return mask;
}

static inline u64 pte_phys_bits(const struct grt_geometry *g, grt_phys_t pa)
{
	u64 bits = pa & pte_phys_low_mask(g);

	if (g->format == GEOMETRY_FORMAT_LPA2)
		bits |= (pa >> 50 & 3) << 8;
	if (g->format == GEOMETRY_FORMAT_LPA)
		bits |= (pa >> 48 & 15) << 12;
	return bits;
}

/* The address from those that are at their place, @low, and those of the entry that are not. */
static inline grt_phys_t pte_gather_phys(const struct grt_geometry *g, pte_t pte, u64 low)
{
	if (likely(g->format == GEOMETRY_FORMAT_48))
		return low;
	if (g->format == GEOMETRY_FORMAT_LPA2)
		return low | (pte.val >> 8 & 3) << 50;
	return low | (pte.val >> 12 & 15) << 48;
}

/** pte_bits_phys() - what the entry's address field says, down to the size of what it maps. */
static inline grt_phys_t pte_bits_phys(const struct grt_geometry *g, pte_t pte)
{
	u64 low = pte.val & g->format_mask;

	if (!likely(!g->shared_bit))
		low &= ~BIT(g->shared_bit);
	return pte_gather_phys(g, pte, low);
}

/**
 * pte_leaf_phys() - physical address that a leaf maps the start of its own entry to
 * @va: any address that the entry translates
 *
 * A block's nT and GP bits lie inside the address field of a page and are not part of its address.
 */
static inline grt_phys_t pte_leaf_phys(const struct grt_geometry *g, unsigned int level, pte_t pte,
				       grt_virt_t va)
{
	(void)va;
	return align_down(pte_bits_phys(g, pte), grt_geometry_level_size(g, level));
}

static inline grt_phys_t pte_table_phys(const struct grt_geometry *g, pte_t pte)
{
	return pte_gather_phys(g, pte, pte.val & g->format_mask);
}

/** pte_leaf_step() - what a leaf's value grows by from one entry to the next. */
static inline u64 pte_leaf_step(const struct grt_geometry *g, unsigned int level)
{
	return grt_geometry_level_size(g, level);
}

/** pte_run_end() - the step holds for entries whose physical addresses are below this one. */
static inline grt_phys_t pte_run_end(const struct grt_geometry *g, grt_phys_t pa)
{
	unsigned int top = g->format == GEOMETRY_FORMAT_LPA2 ? 50 : 48;

	return ((pa >> top) + 1) << top;
}

/** pte_group_identical() - all entries of a group have the same value, instead of one step each. */
static inline bool pte_group_identical(void)
{
	return false;
}

/* ---- making entries ---- */

/* Not executable is UXN and PXN; what the kernel may execute is UXN still, and the reverse. */
static inline u64 pte_exec_bits(grt_attr_t attr)
{
	if (!(attr & GRT_ATTR_EXEC))
		return PTE_UXN | PTE_PXN;
	return attr & GRT_ATTR_USER ? PTE_PXN : PTE_UXN;
}

static inline u64 mair_field(u8 index, u64 type)
{
	return index < 8 ? type << 8 * index : 0;
}

/** mair_value() - MAIR_ELx with each type where @m says; fields that it doesn't name are Device-nGnRnE. */
static inline u64 mair_value(const struct grt_regime_memory *m)
{
	return mair_field(m->normal, MAIR_NORMAL) | mair_field(m->noncached, MAIR_NONCACHED) |
	       mair_field(m->device, MAIR_DEVICE) | mair_field(m->device_nGnRE, MAIR_DEVICE_nGnRE);
}

/*
 * What access a leaf gives, by AP, 7:6, and above it PXN and UXN, 54:53 (Arm ARM D8.4.1). Executable by
 * somebody: by the kernel or by EL0, which need not be able to read what it executes. At EL2 with one range
 * of addresses there are no users, and 54 is XN. In stage 2 the same places are S2AP, which may permit
 * nothing or to write alone, and XN, where 2 means nobody and the others somebody; users are not told apart.
 */
#define PTE_ACCESS 0x91b3d5f7d5f7d5f7ULL
#define PTE_ACCESS_EL2 0x1133113355775577ULL
#define PTE_ACCESS_STAGE2 0xfedcba98fedcfedcULL
/*
 * What memory it is, by 5:2: by NS, which says nothing of it, and the index; in stage 2 by MemAttr (D8.6.5),
 * and with FWB, where 7 leaves it to stage 1 as 15 does without.
 */
#define PTE_TYPES 0x3333621033336210ULL
#define PTE_TYPES_STAGE2 0x0333333333133362ULL
#define PTE_TYPES_FWB 0x3333333300133362ULL

/* Those of EL1&0 with regime_memory_own. */
#define CODES_OWN                                              \
	((struct grt_entry_codes){ .memory = 0x83888210,       \
				   .types = PTE_TYPES,         \
				   .access = PTE_ACCESS,       \
				   .limits = PTE_TABLE_LIMITS, \
				   .global = 1 })

/** pte_codes() - what a regime says, as it is used. Return: false (no such index; one for two types). */
bool pte_codes(struct grt_entry_codes *c, const struct grt_geometry *g, const struct grt_regime *r);

/** pte_changes() - can entries be made, and changed? Those of stage 2 are read so far. */
static inline bool pte_changes(const struct grt_geometry *g)
{
	return !g->stage2;
}

/** pte_short_ways() - do they see all that counts, and is it theirs to change? Limits they see. */
static inline bool pte_short_ways(const struct grt_geometry *g, const struct grt_entry_codes *c,
				  bool limited)
{
	(void)limited;
	(void)c;
	return !g->stage2;
}

/** pte_memory_code() - what entries say of the memory type of @attr, or GRT_MEMORY_NO_CODE. */
static inline unsigned int pte_memory_code(const struct grt_entry_codes *c, grt_attr_t attr)
{
	return c->memory >> ((attr & GRT_ATTR_MEM_MASK) >> GRT_ATTR_MEM_SHIFT) * 4 & 15;
}

/*
 * A regime with one exception level has neither nG nor PXN, AP[1] is RES1, and bit 54 is XN, for all (Arm ARM
 * D8.3, "Stage 1 VMSAv8-64 Block and Page descriptors", D8.4). A mapping of it is the kernel's and global.
 */
static inline u64 pte_el2_bits(u64 bits)
{
	return (bits & ~(PTE_NG | PTE_UXN | PTE_PXN)) | (bits & PTE_PXN) << 1 | PTE_AP_EL0;
}

_Static_assert(PTE_PXN << 1 == PTE_UXN, "one becomes the other");

/* All but the memory type. */
static inline u64 pte_attr_bits(const struct grt_geometry *g, grt_attr_t attr)
{
	u64 bits = pte_exec_bits(attr);

	bits |= (attr & GRT_ATTR_USER) << 3;	/* PTE_AP_EL0 */
	bits |= (~attr & GRT_ATTR_GLOBAL) << 7; /* PTE_NG */
	bits |= (attr & (GRT_ATTR_SOFT0 | GRT_ATTR_SOFT1)) << 48;
	return g->el2 ? pte_el2_bits(bits) : bits;
}

/** pte_table() - entry that points to the table at @table. */
static inline pte_t pte_table(const struct grt_geometry *g, grt_phys_t table)
{
	return pte_make(pte_phys_bits(g, table) | PTE_TABLE | PTE_VALID);
}

/**
 * pte_leaf_coded() - single leaf at @level, in a tree with @c
 *
 * Inner shareable: in the entry, or with TCR_EL1.DS, whose address needs the bits, in TCR_EL1.SH1.
 *
 * What can be written is AP[2] clear, or DBM, with which AP[2] set means clean: hardware clears it at the
 * first write, or where it doesn't that write faults (FEAT_HAFDBS, Arm ARM D8.5.6).
 */
static inline pte_t pte_leaf_coded(const struct grt_geometry *g, const struct grt_entry_codes *c,
				   unsigned int level, grt_phys_t pa, grt_attr_t attr)
{
	u64 val = pte_phys_bits(g, pa) | pte_attr_bits(g, attr) | PTE_AF | PTE_VALID;

	val |= (u64)pte_memory_code(c, attr) << PTE_ATTRINDX_SHIFT & PTE_ATTRINDX_MASK;
	val |= (~attr & GRT_ATTR_WRITE) << 6; /* PTE_AP_RO */
	/* The three are neighbours: one mask. */
	if (attr & (GRT_MAP_OLD | GRT_MAP_CLEAN | GRT_ATTR_SHARED)) {
		val &= attr & GRT_MAP_OLD ? ~PTE_AF : ~0ULL;
		val |= attr & GRT_ATTR_SHARED ? pte_shared_mask(g) : 0;
		if ((attr & (GRT_MAP_CLEAN | GRT_ATTR_WRITE)) == (GRT_MAP_CLEAN | GRT_ATTR_WRITE))
			val |= PTE_AP_RO | PTE_DBM;
	}
	if (g->format != GEOMETRY_FORMAT_LPA2)
		val |= PTE_SH_INNER;
	if (level == 0)
		val |= PTE_TABLE;
	return pte_make(val);
}

/** pte_leaf() - likewise, with our own order of memory types. */
static inline pte_t pte_leaf(const struct grt_geometry *g, unsigned int level, grt_phys_t pa,
			     grt_attr_t attr)
{
	return pte_leaf_coded(g, &CODES_OWN, level, pa, attr);
}

/** pte_mkcont() - the leaf as it is written into each entry of a group. */
static inline pte_t pte_mkcont(pte_t pte)
{
	return pte_make(pte.val | PTE_CONT);
}

/** pte_table_at() - the entry that leads to a table, with another table and all else as it is. */
static inline pte_t pte_table_at(const struct grt_geometry *g, pte_t pte, grt_phys_t table)
{
	return pte_make((pte.val & ~(pte_phys_mask(g) | pte_shared_mask(g))) |
			pte_phys_bits(g, table));
}

/** pte_at() - single leaf at @level for @pa with every attribute and software bit of the leaf @pte. */
static inline pte_t pte_at(const struct grt_geometry *g, unsigned int level, pte_t pte,
			   grt_phys_t pa)
{
	u64 val = pte.val & ~(pte_phys_mask(g) | PTE_CONT | PTE_TABLE);

	return pte_make(val | pte_phys_bits(g, pa) | (level ? 0 : PTE_TABLE));
}

/* GRT_ATTR_GLOBAL says the opposite of its bit. */
#define PTE_INVERTED PTE_NG
_Static_assert(PTE_SOFT0 >> 48 == GRT_ATTR_SOFT0 && PTE_SOFT1 >> 48 == GRT_ATTR_SOFT1 &&
		       PTE_AP_EL0 >> 3 == GRT_ATTR_USER && PTE_NG >> 7 == GRT_ATTR_GLOBAL &&
		       PTE_AP_RO >> 6 == GRT_ATTR_WRITE,
	       "they are shifted");

/** pte_nocont() - an entry of a group, that of @va, as a single leaf: only the mark goes. */
static inline pte_t pte_nocont(const struct grt_geometry *g, unsigned int level, pte_t pte,
			       grt_virt_t va)
{
	(void)g;
	(void)level;
	(void)va;
	return pte_make(pte.val & ~PTE_CONT);
}

/** pte_attr_visible() - GRT_ATTR_* of a leaf, which is not hidden, in a tree with @c. */
static inline grt_attr_t pte_attr_visible(const struct grt_geometry *g,
					  const struct grt_entry_codes *c, pte_t pte)
{
	u64 access = (pte.val >> 6 & 3) | (pte.val >> 53 & 3) << 2;
	grt_attr_t attr = c->access >> access * 4 & GRT_ATTR_PERM_MASK;

	attr |= (c->types >> (pte.val & 15 << PTE_ATTRINDX_SHIFT) & 7) << GRT_ATTR_MEM_SHIFT;
	attr |= pte.val >> 50 & GRT_ATTR_WRITE; /* DBM */
	attr |= pte.val >> 48 & (GRT_ATTR_SOFT0 | GRT_ATTR_SOFT1);
	attr |= (c->global & ~(pte.val >> 11)) * GRT_ATTR_GLOBAL;
	return pte.val & pte_shared_mask(g) ? attr | GRT_ATTR_SHARED : attr;
}

/** pte_attr_coded() - likewise of one that may be. */
static inline grt_attr_t pte_attr_coded(const struct grt_geometry *g,
					const struct grt_entry_codes *c, pte_t pte)
{
	return pte_attr_visible(g, c, pte) & (pte_hidden(pte) ? ~GRT_ATTR_READ : ~0ULL);
}

/** pte_attr() - likewise, with our own order of memory types. */
static inline grt_attr_t pte_attr(const struct grt_geometry *g, pte_t pte)
{
	return pte_attr_coded(g, &CODES_OWN, pte);
}

/*
 * Where writing becomes possible it is dirty unless GRT_MAP_CLEAN says otherwise; where it ends it stays so.
 */
static __force_inline u64 pte_edit_write(u64 val, grt_attr_t set, grt_attr_t clear)
{
	if (set & GRT_ATTR_WRITE) {
		if ((val & (PTE_AP_RO | PTE_DBM)) != PTE_AP_RO)
			return val;
		return set & GRT_MAP_CLEAN && !(val & PTE_WAS_DIRTY)
			       ? val | PTE_DBM
			       : val & ~(PTE_AP_RO | PTE_WAS_DIRTY);
	}
	if (clear & GRT_ATTR_WRITE)
		val = (val & PTE_AP_RO ? val : val | PTE_AP_RO | PTE_WAS_DIRTY) & ~PTE_DBM;
	return val;
}

/**
 * pte_with_attr() - the leaf with other attributes; address, size, memory type, AF and unknown bits stay
 *
 * Without GRT_ATTR_READ it is hidden.
 */
static inline pte_t pte_with_attr(const struct grt_geometry *g, const struct grt_entry_codes *c,
				  pte_t pte, grt_attr_t attr)
{
	u64 mask = PTE_AP_EL0 | PTE_NG | PTE_PXN | PTE_UXN | PTE_SOFT0 | PTE_SOFT1 | PTE_VALID |
		   pte_shared_mask(g);
	u64 bits = pte_attr_bits(g, attr) | (attr & GRT_ATTR_READ ? PTE_VALID : 0);

	(void)c;
	bits |= pte_edit_write(pte.val, attr, ~attr) & ~mask;
	bits |= attr & GRT_ATTR_SHARED ? pte_shared_mask(g) : 0;
	return pte_make(pte_reveal(pte, bits));
}

/* The attributes that are one bit each, whatever the others are; PTE_INVERTED says the opposite of one. */
static __force_inline u64 pte_plain_bits(const struct grt_geometry *g, grt_attr_t attr)
{
	u64 bits = attr & GRT_ATTR_READ ? PTE_VALID : 0;

	bits |= attr & GRT_ATTR_GLOBAL ? PTE_NG : 0;
	bits |= attr & GRT_ATTR_SOFT0 ? PTE_SOFT0 : 0;
	bits |= attr & GRT_ATTR_SOFT1 ? PTE_SOFT1 : 0;
	return attr & GRT_ATTR_SHARED ? bits | pte_shared_mask(g) : bits;
}

/**
 * pte_edit() - pte_with_attr() with the attributes that the leaf has, some set and some cleared
 *
 * Nearly every change is of bits that say the same in every leaf.
 */
static __force_inline pte_t pte_edit(const struct grt_geometry *g, const struct grt_entry_codes *c,
				     pte_t pte, grt_attr_t set, grt_attr_t clear)
{
	u64 val = pte.val ^ PTE_INVERTED;

	if ((set | clear) & (GRT_ATTR_EXEC | GRT_ATTR_USER | GRT_ATTR_GLOBAL) &&
	    ((set | clear) & (GRT_ATTR_EXEC | GRT_ATTR_USER) || g->el2))
		return pte_with_attr(g, c, pte, (pte_attr_coded(g, c, pte) & ~clear) | set);
	val = ((val & ~pte_plain_bits(g, clear)) | pte_plain_bits(g, set)) ^ PTE_INVERTED;
	if ((set | clear) & GRT_ATTR_WRITE)
		val = pte_edit_write(val, set, clear);
	return pte_make(pte_reveal(pte, val));
}

/* pte_edit() of a valid leaf as bits. Return: false where they depend on what else the leaf says. */
static inline bool pte_edit_bits(const struct grt_geometry *g, struct grt_edit edit,
				 struct entry_bits *bits)
{
	u64 set = pte_plain_bits(g, edit.set), clear = pte_plain_bits(g, edit.clear) & ~set;

	bits->set = (set & ~PTE_INVERTED) | (clear & PTE_INVERTED);
	bits->clear = (clear & ~PTE_INVERTED) | (set & PTE_INVERTED);
	bits->set |= edit.clear & GRT_ATTR_WRITE ? PTE_AP_RO | PTE_WAS_DIRTY : 0;
	return !((edit.set | edit.clear) & (GRT_ATTR_READ | GRT_ATTR_EXEC | GRT_ATTR_USER)) &&
	       !(edit.set & GRT_ATTR_WRITE) && !g->el2;
}

/**
 * pte_edits() - copies of leaves with one edit, and the leaves with another, as bits
 *
 * What is empty must stay so, without the bit that says read-only; groups have rules of their own.
 * Return: false where an edit depends on what else a leaf says.
 */
static inline bool pte_edits(const struct grt_geometry *g, struct grt_edit to, struct grt_edit from,
			     struct entry_edits *e)
{
	e->need = PTE_VALID;
	/* Writable and dirty; what is clean, or read-only already, becomes something else. */
	e->none = PTE_CONT | ((to.clear | from.clear) & GRT_ATTR_WRITE ? PTE_AP_RO | PTE_DBM : 0);
	return pte_edit_bits(g, to, &e->to) && pte_edit_bits(g, from, &e->from);
}

#endif
