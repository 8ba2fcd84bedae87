/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The model's replacement for both architectures' asm/mmu_ops.h. Each primitive is a macro, so that an
 * event knows the place that issued it. Some are passed as function pointers: those have a function of the
 * same name too, whose place is here.
 */
#ifndef ASM_MMU_OPS_H
#define ASM_MMU_OPS_H

#include <graticule/asm/caps.h>
#include <asm/tlb.h>
#include "base/types.h"
#include "model/model.h"

#define mmu_load_entry(entry) model_mmu_load(entry)
#define mmu_store_entry(entry, val) model_mmu_store(MODEL_SITE, entry, val)
#define mmu_fill_entries(entry, first, step, n) model_mmu_fill(MODEL_SITE, entry, first, step, n)
#define mmu_same_entries(entry, mask, n) model_mmu_same(entry, mask, n)
#define mmu_skip_empty(entry, n) ((void)(entry), (void)(n), 0U)
#define mmu_flip_entries(entry, flip, n) model_mmu_flip(MODEL_SITE, entry, flip, n)
#define mmu_copy_entries(to, from, e, n) model_mmu_copy(MODEL_SITE, to, from, e, n)
#define mmu_swap_entry(caps, entry, val) ((void)(caps), model_mmu_swap(MODEL_SITE, entry, val))
#define mmu_replace_entry(caps, entry, old, val) \
	((void)(caps), model_mmu_replace(MODEL_SITE, entry, old, val))
#define mmu_flip_atomic(caps, entry, flip, n) \
	((void)(caps), model_mmu_flip_atomic(MODEL_SITE, entry, flip, n))
#define mmu_take_entries(caps, entry, look, clear, n, taken) \
	((void)(caps), model_mmu_take(MODEL_SITE, entry, look, clear, n, taken))
#define mmu_order_tables() model_mmu_order_tables(MODEL_SITE)

/* ---- arm64 ---- */

#define mmu_dsb_ishst() model_mmu_op(MODEL_SITE, MODEL_BARRIER, MODEL_DSB_ISHST, 0)
#define mmu_dsb_ish() model_mmu_op(MODEL_SITE, MODEL_BARRIER, MODEL_DSB_ISH, 0)
#define mmu_isb() model_mmu_op(MODEL_SITE, MODEL_BARRIER, MODEL_ISB, 0)
#define mmu_tlbi(r, op, operand) model_mmu_tlbi(MODEL_SITE, r, op, operand)

/* ---- RISC-V ---- */

static inline void mmu_sfence_va(grt_virt_t va, int asid)
{
	model_mmu_sfence(MODEL_SITE, MODEL_SFENCE, MODEL_RS1, va, asid);
}

static inline void mmu_sinval_va(grt_virt_t va, int asid)
{
	model_mmu_sfence(MODEL_SITE, MODEL_SINVAL, MODEL_RS1, va, asid);
}

#define mmu_order_remote() model_mmu_op(MODEL_SITE, MODEL_BARRIER, MODEL_FENCE_RWRW, 0)
#define mmu_sfence_all(asid) model_mmu_sfence(MODEL_SITE, MODEL_SFENCE, 0, 0, asid)
#define mmu_sfence_va(va, asid) model_mmu_sfence(MODEL_SITE, MODEL_SFENCE, MODEL_RS1, va, asid)
#define mmu_sfence_w_inval() model_mmu_op(MODEL_SITE, MODEL_SFENCE_W_INVAL, 0, 0)
#define mmu_sinval_va(va, asid) model_mmu_sfence(MODEL_SITE, MODEL_SINVAL, MODEL_RS1, va, asid)
#define mmu_sfence_inval_ir() model_mmu_op(MODEL_SITE, MODEL_SFENCE_INVAL_IR, 0, 0)
#define mmu_remote_sfence(mask, base, what) model_mmu_remote_sfence(MODEL_SITE, mask, base, what)

#endif
