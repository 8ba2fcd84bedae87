/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Entry format of Sv39, Sv48 and Sv57 (RISC-V privileged specification, "Sv39: Page-Based 39-bit
 * Virtual-Memory System" and the chapters on Svnapot and Svpbmt). Pure: no instruction that only
 * runs on the target. Both architectures have a header of this name with the same functions.
 */
#ifndef ASM_PTE_H
#define ASM_PTE_H

#include <graticule/pgtable.h>
#include <backend/pte.h>

#define PTE_V PTE_VALID
#define PTE_R BIT(1)
#define PTE_W BIT(2)
#define PTE_X BIT(3)
#define PTE_U BIT(4)
#define PTE_G BIT(5)
#define PTE_A BIT(6)
#define PTE_D BIT(7)
#define PTE_SOFT0 BIT(8)
#define PTE_SOFT1 BIT(9)
#define PTE_KEPT BIT(8) /* in entries that lead to tables: pte_keep() */
#define PTE_PPN_SHIFT 10
#define PTE_PPN_MASK (BIT(54) - BIT(PTE_PPN_SHIFT))
#define PTE_PBMT_SHIFT 61
#define PTE_PBMT_MASK (3ULL << PTE_PBMT_SHIFT)
#define PTE_N BIT(63)

#define PTE_SOFT_MASK (PTE_SOFT0 | PTE_SOFT1)
/* Svnapot: a group of 16 pages is N with PPN[3:0] = 1000. */
#define PTE_NAPOT_PPN_MASK (0xfULL << PTE_PPN_SHIFT)
#define PTE_NAPOT_PPN_64K (0x8ULL << PTE_PPN_SHIFT)

/* Values of struct grt_geometry.format. */
#define GEOMETRY_FORMAT_PBMT BIT(0) /* Svpbmt; without it the PMAs decide and PBMT stays 0 */

/** pte_is_leaf() - hardware would translate with this entry. W without R is reserved and faults. */
static inline bool pte_is_leaf(const struct grt_geometry *g, unsigned int level, pte_t pte)
{
	(void)g; /* at every level */
	(void)level;
	return likely((pte.val & (PTE_V | PTE_R)) == (PTE_V | PTE_R)) ||
	       (pte.val & (PTE_V | PTE_R | PTE_W | PTE_X)) == (PTE_V | PTE_X);
}

static inline bool pte_is_table(const struct grt_geometry *g, unsigned int level, pte_t pte)
{
	(void)g;
	return level && (pte.val & (PTE_V | PTE_R | PTE_W | PTE_X)) == PTE_V;
}

/** pte_keep() - the entry that leads to a table, which stays whatever becomes of the table. */
static inline pte_t pte_keep(pte_t pte)
{
	return pte_make(pte.val | PTE_KEPT);
}

/** pte_kept() - is it that? Other roots have it as well. */
static inline bool pte_kept(pte_t pte)
{
	return pte.val & PTE_KEPT;
}

/** pte_gathered() - nothing: where there is a limit no short way is taken. */
static inline u64 pte_gathered(u64 above)
{
	(void)above;
	return 0;
}

/**
 * pte_limit() - a leaf as it is below tables with @limits
 *
 * A table whose entry has G makes all below it global ("Sv32: Virtual Memory": the G bit).
 */
static inline pte_t pte_limit(pte_t pte, u64 limits)
{
	return pte_make(pte.val | limits);
}

/** pte_contiguous() - the entry is one of a group that may be cached as one translation. */
static inline bool pte_contiguous(const struct grt_geometry *g, unsigned int level, pte_t pte)
{
	return pte.val & PTE_N && g->cont_bits[level] &&
	       (pte.val & PTE_NAPOT_PPN_MASK) == PTE_NAPOT_PPN_64K;
}

/* ---- addresses ---- */

/** pte_phys_mask() - the bits of a leaf that may differ where nothing but its address does. */
static inline u64 pte_phys_mask(const struct grt_geometry *g)
{
	(void)g;
	return PTE_PPN_MASK;
}

static inline u64 pte_phys_bits(const struct grt_geometry *g, grt_phys_t pa)
{
	(void)g;
	return pa >> 12 << PTE_PPN_SHIFT;
}

/** pte_bits_phys() - what the entry's address field says, down to the size of what it maps. */
static inline grt_phys_t pte_bits_phys(const struct grt_geometry *g, pte_t pte)
{
	(void)g;
	return (pte.val & PTE_PPN_MASK) >> PTE_PPN_SHIFT << 12;
}

/**
 * pte_leaf_phys() - physical address that a leaf maps the start of its own entry to
 * @va: any address that the entry translates; which entry of a NAPOT group it is decides
 */
static inline grt_phys_t pte_leaf_phys(const struct grt_geometry *g, unsigned int level, pte_t pte,
				       grt_virt_t va)
{
	grt_phys_t pa = pte_bits_phys(g, pte);

	if (!pte_contiguous(g, level, pte))
		return pa;
	return align_down(pa, KIB(64)) | (va & (KIB(64) - KIB(4)));
}

static inline grt_phys_t pte_table_phys(const struct grt_geometry *g, pte_t pte)
{
	return pte_bits_phys(g, pte);
}

/** pte_leaf_step() - what a leaf's value grows by from one entry to the next. */
static inline u64 pte_leaf_step(const struct grt_geometry *g, unsigned int level)
{
	return grt_geometry_level_size(g, level) >> 12 << PTE_PPN_SHIFT;
}

/** pte_run_end() - the step holds for entries whose physical addresses are below this one. */
static inline grt_phys_t pte_run_end(const struct grt_geometry *g, grt_phys_t pa)
{
	(void)g;
	(void)pa;
	return BIT(56);
}

/** pte_group_identical() - all entries of a group have the same value, instead of one step each. */
static inline bool pte_group_identical(void)
{
	return true;
}

/* ---- making entries ---- */

/* What PBMT says (chapter on Svpbmt) by type; both types of device are I/O. */
#define CODES_OWN \
	((struct grt_entry_codes){ .memory = 0x82888210, .types = 0x3210, .limits = PTE_G })

/** pte_codes() - Return: false where something is to be chosen, which there is not. */
static inline bool pte_codes(struct grt_entry_codes *c, const struct grt_geometry *g,
			     const struct grt_regime *r)
{
	(void)g;
	*c = CODES_OWN;
	if (r->kind == GRT_REGIME_STAGE2)
		c->limits = 0; /* the G-stage does not look at G */
	return !r->memory.set && !r->hpd;
}

/** pte_changes() - can entries be made, and changed? Those of stage 2 are read so far. */
static inline bool pte_changes(const struct grt_geometry *g)
{
	return !g->stage2;
}

/** pte_short_ways() - do they see all that counts? They don't look for G in entries that lead to tables. */
static inline bool pte_short_ways(const struct grt_geometry *g, const struct grt_entry_codes *c,
				  bool limited)
{
	(void)c;
	return !limited && !g->stage2;
}

/** pte_memory_code() - what entries say of the memory type of @attr, or GRT_MEMORY_NO_CODE. */
static inline unsigned int pte_memory_code(const struct grt_entry_codes *c, grt_attr_t attr)
{
	(void)c;
	return CODES_OWN.memory >> ((attr & GRT_ATTR_MEM_MASK) >> GRT_ATTR_MEM_SHIFT) * 4 & 15;
}

/* All but the memory type. */
static inline u64 pte_attr_bits(grt_attr_t attr)
{
	u64 bits = 0;

	bits |= attr & GRT_ATTR_READ ? PTE_R : 0;
	bits |= attr & GRT_ATTR_WRITE ? PTE_W : 0;
	bits |= attr & GRT_ATTR_EXEC ? PTE_X : 0;
	bits |= attr & GRT_ATTR_USER ? PTE_U : 0;
	bits |= attr & GRT_ATTR_GLOBAL ? PTE_G : 0;
	bits |= attr & GRT_ATTR_SOFT0 ? PTE_SOFT0 : 0;
	bits |= attr & GRT_ATTR_SOFT1 ? PTE_SOFT1 : 0;
	return bits;
}

/** pte_table() - entry that points to the table at @table. */
static inline pte_t pte_table(const struct grt_geometry *g, grt_phys_t table)
{
	return pte_make(pte_phys_bits(g, table) | PTE_V);
}

/**
 * pte_leaf_coded() - single leaf at @level, in a tree with @c
 *
 * A and D are set beforehand, unless GRT_MAP_OLD or GRT_MAP_CLEAN says otherwise: hardware need not set them
 * and then faults instead (Svade, rule R12).
 */
static inline pte_t pte_leaf_coded(const struct grt_geometry *g, const struct grt_entry_codes *c,
				   unsigned int level, grt_phys_t pa, grt_attr_t attr)
{
	u64 val = pte_phys_bits(g, pa) | pte_attr_bits(attr) | PTE_V;

	(void)level;
	val |= attr & GRT_MAP_OLD ? 0 : PTE_A;
	val |= (attr & (GRT_ATTR_WRITE | GRT_MAP_CLEAN)) == GRT_ATTR_WRITE ? PTE_D : 0;
	if (g->format & GEOMETRY_FORMAT_PBMT)
		val |= (u64)pte_memory_code(c, attr) << PTE_PBMT_SHIFT & PTE_PBMT_MASK;
	return pte_make(val);
}

/** pte_leaf() - likewise, with our own order of memory types. */
static inline pte_t pte_leaf(const struct grt_geometry *g, unsigned int level, grt_phys_t pa,
			     grt_attr_t attr)
{
	return pte_leaf_coded(g, &CODES_OWN, level, pa, attr);
}

/** pte_mkcont() - the leaf as it is written into each entry of a group (of level 0 here). */
static inline pte_t pte_mkcont(pte_t pte)
{
	return pte_make((pte.val & ~PTE_NAPOT_PPN_MASK) | PTE_NAPOT_PPN_64K | PTE_N);
}

/** pte_table_at() - the entry that leads to a table, with another table and all else as it is. */
static inline pte_t pte_table_at(const struct grt_geometry *g, pte_t pte, grt_phys_t table)
{
	return pte_make((pte.val & ~PTE_PPN_MASK) | pte_phys_bits(g, table));
}

/** pte_at() - single leaf at @level for @pa with every attribute and software bit of the leaf @pte. */
static inline pte_t pte_at(const struct grt_geometry *g, unsigned int level, pte_t pte,
			   grt_phys_t pa)
{
	(void)level;
	return pte_make((pte.val & ~(PTE_PPN_MASK | PTE_N)) | pte_phys_bits(g, pa));
}

/** pte_nocont() - an entry of a group, that of @va, as a single leaf: it gets its own address. */
static inline pte_t pte_nocont(const struct grt_geometry *g, unsigned int level, pte_t pte,
			       grt_virt_t va)
{
	return pte_at(g, level, pte, pte_leaf_phys(g, level, pte, va));
}

/* What grt_protect() sets and clears is one bit up from where it is in an attribute. */
#define PTE_PLAIN_MASK (PTE_W | PTE_X | PTE_U | PTE_G | PTE_SOFT_MASK)
_Static_assert((GRT_ATTR_WRITE | GRT_ATTR_EXEC | GRT_ATTR_USER | GRT_ATTR_GLOBAL | GRT_ATTR_SOFT0 |
		GRT_ATTR_SOFT1) << 1 ==
			       PTE_PLAIN_MASK &&
		       GRT_ATTR_READ << 1 == PTE_R,
	       "they are moved all at once");

/** pte_attr_visible() - GRT_ATTR_* of a leaf, which is not hidden, in a tree with @c. */
static inline grt_attr_t pte_attr_visible(const struct grt_geometry *g,
					  const struct grt_entry_codes *c, pte_t pte)
{
	(void)g;
	(void)c;
	return (pte.val >> 1 & (PTE_PLAIN_MASK | PTE_R) >> 1) | (pte.val >> PTE_PBMT_SHIFT & 3)
									<< GRT_ATTR_MEM_SHIFT;
}

/** pte_attr_coded() - likewise of one that may be, or is of the G-stage. */
static inline grt_attr_t pte_attr_coded(const struct grt_geometry *g,
					const struct grt_entry_codes *c, pte_t pte)
{
	grt_attr_t attr = pte_attr_visible(g, c, pte);

	/* To the G-stage all guests are users ("Two-Stage Address Translation"); G means nothing. */
	if (g->stage2)
		attr &= pte.val & PTE_U ? ~GRT_ATTR_GLOBAL
					: ~(GRT_ATTR_GLOBAL | GRT_ATTR_READ | GRT_ATTR_WRITE |
					    GRT_ATTR_EXEC);
	return attr & (pte_hidden(pte) ? ~GRT_ATTR_READ : ~0ULL);
}
_Static_assert(GRT_ATTR_OTHER >> GRT_ATTR_MEM_SHIFT == 3 &&
		       GRT_ATTR_DEVICE >> GRT_ATTR_MEM_SHIFT == 2,
	       "PBMT's values, of which 3 is reserved, are moved");

/** pte_attr() - likewise, with our own order of memory types. */
static inline grt_attr_t pte_attr(const struct grt_geometry *g, pte_t pte)
{
	return pte_attr_coded(g, &CODES_OWN, pte);
}

/* D where writing becomes possible, which @attr, or what is set of it, says. */
static inline u64 pte_dirty_bit(pte_t pte, grt_attr_t attr)
{
	return (attr & (GRT_ATTR_WRITE | GRT_MAP_CLEAN)) == GRT_ATTR_WRITE && !(pte.val & PTE_W)
		       ? PTE_D
		       : 0;
}

/**
 * pte_with_attr() - the leaf with other attributes; address, size, memory type, A and unknown bits stay
 *
 * D is set where writing becomes possible, unless GRT_MAP_CLEAN says otherwise, and kept where it ends: it
 * may be news of a write. Without GRT_ATTR_READ the leaf is hidden. GRT_ATTR_SHARED changes nothing:
 * the ratified ISA has no bit for it, a confidential guest (CoVE) asks its monitor instead.
 */
static inline pte_t pte_with_attr(const struct grt_geometry *g, const struct grt_entry_codes *c,
				  pte_t pte, grt_attr_t attr)
{
	u64 mask = PTE_V | PTE_R | PTE_W | PTE_X | PTE_U | PTE_G | PTE_SOFT_MASK;
	u64 bits = pte_attr_bits(attr | GRT_ATTR_READ) | (attr & GRT_ATTR_READ ? PTE_V : 0);

	(void)g;
	(void)c;
	bits |= (pte.val & ~mask) | pte_dirty_bit(pte, attr);
	return pte_make(pte_reveal(pte, bits));
}

static __force_inline u64 pte_plain_bits(grt_attr_t attr)
{
	return (attr << 1 & PTE_PLAIN_MASK) | (attr & GRT_ATTR_READ ? PTE_V : 0);
}

/** pte_edit() - pte_with_attr() with the attributes that the leaf has, some set and some cleared. */
static __force_inline pte_t pte_edit(const struct grt_geometry *g, const struct grt_entry_codes *c,
				     pte_t pte, grt_attr_t set, grt_attr_t clear)
{
	u64 val = (pte.val & ~pte_plain_bits(clear)) | pte_plain_bits(set);

	(void)g;
	(void)c;
	return pte_make(pte_reveal(pte, val) | pte_dirty_bit(pte, set));
}

/* pte_edit() of a valid leaf as bits. Return: false where they depend on what else the leaf says. */
static inline bool pte_edit_bits(struct grt_edit edit, struct entry_bits *bits)
{
	bits->set = pte_plain_bits(edit.set);
	bits->clear = pte_plain_bits(edit.clear) & ~bits->set;
	return !((edit.set | edit.clear) & GRT_ATTR_READ) && !(edit.set & GRT_ATTR_WRITE);
}

/**
 * pte_edits() - copies of leaves with one edit, and the leaves with another, as bits
 *
 * Bits can be cleared in entries that are hidden or empty as well.
 * Return: false where an edit depends on what else a leaf says.
 */
static inline bool pte_edits(const struct grt_geometry *g, struct grt_edit to, struct grt_edit from,
			     struct entry_edits *e)
{
	bool to_bits = pte_edit_bits(to, &e->to), from_bits = pte_edit_bits(from, &e->from);

	(void)g;
	e->need = e->to.set | e->from.set ? PTE_V : 0;
	e->none = 0;
	return to_bits && from_bits;
}

#endif
