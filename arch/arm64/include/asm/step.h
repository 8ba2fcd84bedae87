/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a change of an entry needs on arm64 (Arm ARM D8.16, "Using break-before-make when updating
 * translation table entries", and FEAT_BBM). The only place that decides.
 */
#ifndef ASM_STEP_H
#define ASM_STEP_H

#include <graticule/asm/caps.h>
#include <asm/pte_state.h>
#include <backend/step.h>

/* Where a level 3 CPU uses one of two cached sizes and a level 2 CPU may abort instead (rule A4). */
#define BBM_SIZE_CHANGE_LIVE 2
#define BBM_NO_CONFLICT 3

/* Permissions, access flag and software bits change in place (rule A2). */
#define PTE_IN_PLACE_MASK \
	(PTE_AP_EL0 | PTE_AP_RO | PTE_DBM | PTE_PXN | PTE_UXN | PTE_AF | PTE_SOFT_MASK)
/* No TLB caches these. */
#define PTE_NOT_CACHED_MASK PTE_SOFT_MASK

/*
 * Accessed and dirty state, in which the entries of a group may differ, and what no TLB caches. Where DBM
 * changes, AP[2] is no matter: DBM is a difference by itself.
 */
static inline u64 pte_state_mask(pte_t old)
{
	return PTE_AF | PTE_NOT_CACHED_MASK | (old.val & PTE_DBM ? PTE_AP_RO : 0);
}

static inline enum pte_step pte_step_size(const struct grt_mmu_caps *caps,
					  const struct grt_geometry *g, unsigned int level,
					  pte_t old, pte_t new)
{
	bool leaves = !pte_is_table(g, level, old) && !pte_is_table(g, level, new);

	/* The size and something else that is cached at once is more than FEAT_BBM covers. */
	if (leaves && (old.val ^ new.val) & ~(PTE_CONT | PTE_AF | PTE_NOT_CACHED_MASK))
		return PTE_STEP_BREAK;
	return caps->bbm >= BBM_SIZE_CHANGE_LIVE ? PTE_STEP_INVALIDATE : PTE_STEP_REFUSE;
}

/**
 * pte_step() - what replacing @old by @new needs while CPUs may walk the table
 * @level: level of the entry
 *
 * Where a table and a leaf replace one another the caller makes sure that only the size differs.
 */
static __force_inline enum pte_step pte_step(const struct grt_mmu_caps *caps,
					     const struct grt_geometry *g, unsigned int level,
					     pte_t old, pte_t new)
{
	u64 changed = old.val ^ new.val;

	if (!changed)
		return PTE_STEP_NONE;
	if (!pte_valid(old))
		return PTE_STEP_WRITE; /* invalid entries are never cached (A1) */
	if (!pte_valid(new))
		return PTE_STEP_INVALIDATE;
	if (pte_resizes(g, level, old, new))
		return pte_step_size(caps, g, level, old, new);
	if (!(changed & ~PTE_NOT_CACHED_MASK))
		return PTE_STEP_WRITE;
	if (changed & new.val & PTE_NG)
		changed &= ~PTE_NG; /* global to non-global only */
	if (changed & ~PTE_IN_PLACE_MASK)
		return PTE_STEP_BREAK;
	/* The entries of a group would disagree until the last is written, and on more than state (A18). */
	if (pte_contiguous(g, level, old) && caps->bbm < BBM_NO_CONFLICT &&
	    (old.val ^ new.val) & ~pte_state_mask(old))
		return PTE_STEP_BREAK;
	return PTE_STEP_INVALIDATE;
}

/**
 * pte_resize_may_wait() - the invalidation of a size change may wait for that of a change of attributes
 *
 * Below level 3 two cached translations may be combined, so that they may differ in nothing but size.
 */
static inline bool pte_resize_may_wait(const struct grt_mmu_caps *caps)
{
	return caps->bbm >= BBM_NO_CONFLICT;
}

#endif
