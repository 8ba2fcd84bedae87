/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a change of an entry needs on RISC-V (privileged specification, "Supervisor Memory-Management
 * Fence Instruction"). The only place that decides.
 *
 * There is no break-before-make: until the fence either the old or the new translation is used, and
 * each of them is right until the operation claims to be done (rule R1). That holds for NAPOT groups
 * too, where any of the 16 entries may supply any of the 16 translations: old or new, never a mix.
 */
#ifndef ASM_STEP_H
#define ASM_STEP_H

#include <graticule/asm/caps.h>
#include <asm/pte.h>
#include <backend/step.h>

/**
 * pte_step() - what replacing @old by @new needs while harts may walk the table
 * @level: level of the entry
 *
 * A new valid entry needs a fence as well, because an invalid one may have been cached (R5); the
 * batch counts those apart.
 */
static __force_inline enum pte_step pte_step(const struct grt_mmu_caps *caps,
					     const struct grt_geometry *g, unsigned int level,
					     pte_t old, pte_t new)
{
	(void)caps;
	(void)g;
	(void)level;
	if (old.val == new.val)
		return PTE_STEP_NONE;
	if (!pte_valid(old))
		return PTE_STEP_WRITE;
	if (pte_valid(new) && !((old.val ^ new.val) & ~PTE_SOFT_MASK))
		return PTE_STEP_WRITE;
	return PTE_STEP_INVALIDATE;
}

/**
 * pte_resize_may_wait() - the invalidation of a size change may wait for that of a change of attributes
 *
 * Always: each of the translations that coexist until the fence is one that was valid.
 */
static inline bool pte_resize_may_wait(const struct grt_mmu_caps *caps)
{
	(void)caps;
	return true;
}

#endif
