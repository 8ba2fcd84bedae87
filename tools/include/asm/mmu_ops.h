/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The host's replacement for both architectures' asm/mmu_ops.h: the same functions, counted, and
 * reported one by one to whoever sets mmu_host.trace. Entries are ordinary memory.
 */
#ifndef ASM_MMU_OPS_H
#define ASM_MMU_OPS_H

#include <graticule/asm/caps.h>
#include <graticule/tlb.h>
#include <asm/tlb.h>
#include "base/types.h"

enum mmu_event {
	MMU_LOAD,	  /* entry, value */
	MMU_STORE,	  /* entry, value */
	MMU_ORDER,	  /* tables before links, RISC-V: fence w, w */
	MMU_ORDER_REMOTE, /* fence rw, rw */
	MMU_DSB_ISHST,
	MMU_DSB_ISH,
	MMU_ISB,
	MMU_TLBI, /* operation, operand */
	MMU_SFENCE_ALL,
	MMU_SFENCE_VA, /* address */
	MMU_SFENCE_W_INVAL,
	MMU_SINVAL_VA, /* address */
	MMU_SFENCE_INVAL_IR,
	MMU_REMOTE_SFENCE, /* start, size; harts in mmu_host.remote_* */
	MMU_EVENTS
};

/**
 * struct mmu_host - what the replacement counts, and its knobs
 * @count: events by kind
 * @trace: called for each event but loads, after a store has taken place; NULL: nobody listens
 * @load: what an entry holds, as whoever sets it sees it; NULL: what memory holds
 * @kind: the regime of the last TLBI
 * @asid: of the last fence, remote ones too
 * @hardware: called before each access to an entry, which it may change as hardware does; NULL: nobody does
 * @remote_mask: hart mask of the last remote fence, which begins at hart @remote_base
 * @remote_result: what the next remote fences return
 */
struct mmu_host {
	u64 count[MMU_EVENTS];
	void (*trace)(void *arg, enum mmu_event event, const u64 *entry, u64 a, u64 b);
	void *trace_arg;
	u64 (*load)(const u64 *entry);
	unsigned int kind;
	int asid;
	void (*hardware)(const u64 *entry);
	u64 remote_mask;
	u64 remote_base;
	long remote_result;
};

/* One instance however many files include this. */
__attribute__((weak)) struct mmu_host mmu_host;

static inline void mmu_host_event(enum mmu_event event, const u64 *entry, u64 a, u64 b)
{
	mmu_host.count[event]++;
	if (mmu_host.trace)
		mmu_host.trace(mmu_host.trace_arg, event, entry, a, b);
}

static inline void mmu_host_hardware(const u64 *entry)
{
	if (mmu_host.hardware)
		mmu_host.hardware(entry);
}

static inline u64 mmu_load_entry(const u64 *entry)
{
	mmu_host_hardware(entry);
	mmu_host.count[MMU_LOAD]++;
	if (mmu_host.load)
		return mmu_host.load(entry);
	return __atomic_load_n(entry, __ATOMIC_RELAXED);
}

static inline void mmu_store_entry(u64 *entry, u64 val)
{
	mmu_host_hardware(entry);
	__atomic_store_n(entry, val, __ATOMIC_RELAXED);
	mmu_host_event(MMU_STORE, entry, val, 0);
}

static inline void mmu_fill_entries(u64 *entry, u64 first, u64 step, unsigned int n)
{
	for (; n; n--, first += step)
		mmu_store_entry(entry++, first);
}

/* Less than there are, as it may. */
static inline unsigned int mmu_skip_empty(const u64 *entry, unsigned int n)
{
	unsigned int empty = 0;

	while (empty < n && !mmu_load_entry(&entry[empty]))
		empty++;
	return empty / 3 * 3;
}

static inline unsigned int mmu_same_entries(const u64 *entry, u64 mask, unsigned int n)
{
	unsigned int same = 1;

	while (same < n && !((mmu_load_entry(&entry[same]) ^ mmu_load_entry(entry)) & mask))
		same++;
	return same;
}

static inline void mmu_flip_entries(u64 *entry, u64 flip, unsigned int n)
{
	for (; n; n--, entry++)
		mmu_store_entry(entry, mmu_load_entry(entry) ^ flip);
}

/* Up to the first that may not be, or fewer: as it may. */
static inline unsigned int mmu_copy_entries(u64 *to, u64 *from, const struct entry_edits *e,
					    unsigned int n)
{
	unsigned int i = 0;

	for (; i < n && (mmu_load_entry(from + i) & (e->need | e->none)) == e->need; i++) {
		u64 val = mmu_load_entry(from + i), edited = entry_edit(val, &e->from);

		mmu_store_entry(to + i, entry_edit(val, &e->to));
		if (edited != val)
			mmu_store_entry(from + i, edited);
	}
	return i;
}

static inline u64 mmu_swap_entry(const struct grt_mmu_caps *caps, u64 *entry, u64 val)
{
	u64 old;

	(void)caps;
	mmu_host_hardware(entry);
	old = __atomic_exchange_n(entry, val, __ATOMIC_RELAXED);
	mmu_host_event(MMU_STORE, entry, val, 0);
	return old;
}

static inline bool mmu_replace_entry(const struct grt_mmu_caps *caps, u64 *entry, u64 old, u64 val)
{
	(void)caps;
	mmu_host_hardware(entry);
	if (!__atomic_compare_exchange_n(entry, &old, val, false, __ATOMIC_RELAXED,
					 __ATOMIC_RELAXED))
		return false;
	mmu_host_event(MMU_STORE, entry, val, 0);
	return true;
}

static inline void mmu_flip_atomic(const struct grt_mmu_caps *caps, u64 *entry, u64 flip,
				   unsigned int n)
{
	(void)caps;
	for (; n; n--, entry++) {
		u64 val;

		mmu_host_hardware(entry);
		val = __atomic_xor_fetch(entry, flip, __ATOMIC_RELAXED);
		mmu_host_event(MMU_STORE, entry, val, 0);
	}
}

static inline bool mmu_take_entries(const struct grt_mmu_caps *caps, u64 *entry, u64 look,
				    u64 clear, unsigned int n, u64 *taken)
{
	bool any = false;

	(void)caps;
	for (unsigned int i = 0; i < n; i++) {
		bool takes = (mmu_load_entry(entry + i) & look) == look;

		taken[i / 64] = (i % 64 ? taken[i / 64] : 0) | (u64)takes << i % 64;
		any |= takes;
		if (!takes)
			continue;
		mmu_host_hardware(entry + i);
		mmu_host_event(MMU_STORE, entry + i,
			       __atomic_and_fetch(entry + i, ~clear, __ATOMIC_RELAXED), 0);
	}
	return any;
}

static inline void mmu_order_tables(void)
{
	mmu_host_event(MMU_ORDER, NULL, 0, 0);
}

/* ---- arm64 ---- */

static inline void mmu_dsb_ishst(void)
{
	mmu_host_event(MMU_DSB_ISHST, NULL, 0, 0);
}

static inline void mmu_dsb_ish(void)
{
	mmu_host_event(MMU_DSB_ISH, NULL, 0, 0);
}

static inline void mmu_isb(void)
{
	mmu_host_event(MMU_ISB, NULL, 0, 0);
}

/* @op is an enum tlbi_op where the architecture has one. */
static inline void mmu_tlbi(const struct grt_regime *r, unsigned int op, u64 operand)
{
	mmu_host.kind = r->kind;
	mmu_host_event(MMU_TLBI, NULL, op, operand | (u64)r->asid << 48);
}

/* ---- RISC-V ---- */

static inline void mmu_order_remote(void)
{
	mmu_host_event(MMU_ORDER_REMOTE, NULL, 0, 0);
}

static inline void mmu_sfence_all(int asid)
{
	mmu_host.asid = asid;
	mmu_host_event(MMU_SFENCE_ALL, NULL, 0, 0);
}

static inline void mmu_sfence_va(grt_virt_t va, int asid)
{
	mmu_host.asid = asid;
	mmu_host_event(MMU_SFENCE_VA, NULL, va, 0);
}

static inline void mmu_sfence_w_inval(void)
{
	mmu_host_event(MMU_SFENCE_W_INVAL, NULL, 0, 0);
}

static inline void mmu_sinval_va(grt_virt_t va, int asid)
{
	mmu_host.asid = asid;
	mmu_host_event(MMU_SINVAL_VA, NULL, va, 0);
}

static inline void mmu_sfence_inval_ir(void)
{
	mmu_host_event(MMU_SFENCE_INVAL_IR, NULL, 0, 0);
}

static inline long mmu_remote_sfence(u64 mask, u64 base, const struct grt_tlb_fence *what)
{
	mmu_host.asid = what->asid;
	mmu_host.remote_mask = mask;
	mmu_host.remote_base = base;
	mmu_host_event(MMU_REMOTE_SFENCE, NULL, what->start, what->size);
	return mmu_host.remote_result;
}

#endif
