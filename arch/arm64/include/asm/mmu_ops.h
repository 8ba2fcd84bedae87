/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every page-table access and every privileged MMU instruction of arm64. Tests on the host put a
 * header of this name in front of it, so that exactly the code that boots is the code that is checked.
 */
#ifndef ASM_MMU_OPS_H
#define ASM_MMU_OPS_H

#include <graticule/asm/caps.h>
#include <graticule/regime.h>
#include <asm/sysreg.h>
#include <asm/tlb.h>
#include <asm/vector.h>
#include <backend/entries.h>

/* A pair of registers at a time; @n is a multiple of 32, and not 0. */
static inline void mmu_pair_fill(u64 *entry, u64 first, u64 step, u64 n)
{
	u64 second = first + step, twice = step * 2;
	const u64 *end = entry + n;

	if (step) {
		for (; entry != end; entry += 32)
			asm volatile(
				".irp at, 0, 16, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, "
				"208, 224, 240\n\tstp %0, %1, [%2, #\\at]\n\t"
				"add %0, %0, %3\n\tadd %1, %1, %3\n\t.endr"
				: "+&r"(first), "+&r"(second)
				: "r"(entry), "r"(twice)
				: "memory");
		return;
	}
	for (; entry != end; entry += 32)
		asm volatile(
			".irp at, 0, 16, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, "
			"224, 240\n\tstp %x0, %x0, [%1, #\\at]\n\t.endr"
			:
			: "rZ"(first), "r"(entry)
			: "memory");
}

/**
 * mmu_fill_entries() - write @n consecutive entries, the first @first and each @step more than the last
 *
 * The one hot loop of table creation: 0.64 instructions an entry, or 0.14 where they are all the same.
 * Without vectors 1.5 and 0.5: a pair store is two single-copy atomic 64-bit accesses too.
 */
static inline void mmu_fill_entries(u64 *entry, u64 first, u64 step, unsigned int n)
{
	if (n >= MMU_VECTOR_MIN && mmu_vectors()) {
		if (step)
			mmu_vector_fill(entry, first, step, n & -8U);
		else
			mmu_vector_repeat(entry, first, n & -8U);
		entry += n & -8U;
		first += (n & -8U) * step;
		n &= 7;
	}
	if (n >= 32) {
		mmu_pair_fill(entry, first, step, n & -32U);
		entry += n & -32U;
		first += (n & -32U) * step;
		n &= 31;
	}
	for (; n; n--, entry++, first += step)
		mmu_store_entry(entry, first);
}

/**
 * mmu_skip_empty() - so many of @n consecutive entries, from the first on, hold nothing; maybe more do
 *
 * One instruction an entry, or none, which says nothing.
 */
static inline unsigned int mmu_skip_empty(const u64 *entry, unsigned int n)
{
	const u64 *at = entry, *end = entry + n;
	s64 most = 64;

	/* Twice as many in each turn: where so many are empty more may be. */
	for (; end - at >= MMU_VECTOR_MIN && mmu_vectors(); most *= 2) {
		u64 k = end - at < most ? (u64)(end - at) & -8ULL : (u64)most;

		if (mmu_vector_any(at, k))
			break;
		at += k;
	}
	return (unsigned int)(at - entry);
}

/**
 * mmu_same_entries() - how many of @n consecutive entries, the first included, agree with it
 * @mask: in these bits
 *
 * 1.4 instructions an entry: what differs anywhere in 64 of them is gathered first.
 */
static inline unsigned int mmu_same_entries(const u64 *entry, u64 mask, unsigned int n)
{
	const u64 *at = entry, *end = entry + n;
	u64 first = mmu_load_entry(entry);

	while (end - at >= MMU_VECTOR_MIN && mmu_vectors()) {
		u64 k = end - at < 64 ? (u64)(end - at) & -8ULL : 64;

		if (mmu_vector_differ(at, first, k) & mask)
			break;
		at += k;
	}
	while (at != end && !((mmu_load_entry(at) ^ first) & mask))
		at++;
	return (unsigned int)(at - entry);
}

/** mmu_flip_entries() - invert the bits @flip in @n consecutive entries, one instruction an entry */
static inline void mmu_flip_entries(u64 *entry, u64 flip, unsigned int n)
{
	const u64 *end = entry + n;

	if (n >= MMU_VECTOR_MIN && mmu_vectors()) {
		mmu_vector_flip(entry, flip, n & -8U);
		entry += n & -8U;
	}
	for (; entry != end; entry++)
		mmu_store_entry(entry, mmu_load_entry(entry) ^ flip);
}

/**
 * mmu_copy_entries() - copy entries, and edit the copies and those that were copied
 * @n: how many at most; those of a group are either all of them or none
 *
 * Where both edits set the same bits, 1.8 instructions an entry with vectors.
 *
 * Return: how many, up to the first that lacks what it needs or has what it must not have; maybe fewer.
 */
static inline unsigned int mmu_copy_entries(u64 *to, u64 *from, const struct entry_edits *e,
					    unsigned int n)
{
	unsigned int done = 0;

	if (n >= MMU_VECTOR_MIN && !(e->to.clear | e->from.clear) && e->to.set == e->from.set &&
	    mmu_vectors())
		done = mmu_vector_copy(to, from, e, n & -16U);
	return done + mmu_copy_one_by_one(to + done, from + done, e, n - done);
}

/*
 * ---- entries that hardware may write meanwhile (FEAT_HAFDBS) ----
 *
 * Relaxed: hardware and software agree on the order of writes of one entry without barriers, and what has to
 * come before or after the change is ordered by the barriers that a plain store needs as well.
 */

/** mmu_replace_entry() - store @val if the entry holds @old. Return: whether it did. */
static inline bool mmu_replace_entry(const struct grt_mmu_caps *caps, u64 *entry, u64 old, u64 val)
{
	u64 seen = old;
	u32 failed;

	if (caps->lse) {
		asm volatile(".arch_extension lse\n\tcas %0, %2, %1"
			     : "+&r"(seen), "+Q"(*entry)
			     : "r"(val)
			     : "memory");
		return seen == old;
	}
	asm volatile("1:\tldxr %0, %2\n\tcmp %0, %3\n\tb.ne 2f\n\tstxr %w1, %4, %2\n\t"
		     "cbnz %w1, 1b\n2:"
		     : "=&r"(seen), "=&r"(failed), "+Q"(*entry)
		     : "r"(old), "r"(val)
		     : "cc", "memory");
	return seen == old;
}

/** mmu_swap_entry() - store @val. Return: what the entry held until then. */
static inline u64 mmu_swap_entry(const struct grt_mmu_caps *caps, u64 *entry, u64 val)
{
	u64 old;

	if (caps->lse)
		asm volatile(".arch_extension lse\n\tswp %2, %0, %1"
			     : "=&r"(old), "+Q"(*entry)
			     : "r"(val)
			     : "memory");
	else
		do
			old = mmu_load_entry(entry);
		while (!mmu_replace_entry(caps, entry, old, val));
	return old;
}

/** mmu_flip_atomic() - mmu_flip_entries(), each entry atomically. */
static inline void mmu_flip_atomic(const struct grt_mmu_caps *caps, u64 *entry, u64 flip,
				   unsigned int n)
{
	for (u64 old; n; n--, entry++) {
		if (caps->lse) {
			asm volatile(".arch_extension lse\n\tsteor %1, %0"
				     : "+Q"(*entry)
				     : "r"(flip)
				     : "memory");
			continue;
		}
		do
			old = mmu_load_entry(entry);
		while (!mmu_replace_entry(caps, entry, old, old ^ flip));
	}
}

/* Of 64 entries all or none. */
static inline bool mmu_take_all(u64 *entry, u64 look, u64 clear)
{
	u64 all = look, val, next;

	asm volatile(".set at, 0\n\t.rept 32\n\tldp %1, %2, [%3, #at]\n\tand %0, %0, %1\n\t"
		     "and %0, %0, %2\n\t.set at, at + 16\n\t.endr"
		     : "+&r"(all), "=&r"(val), "=&r"(next)
		     : "r"(entry)
		     : "memory");
	if (all != look)
		return false;
	asm volatile(".arch_extension lse\n\t"
		     ".rept 64\n\tstclr %1, [%0]\n\tadd %0, %0, #8\n\t.endr"
		     : "+&r"(entry)
		     : "r"(clear)
		     : "memory");
	return true;
}

/* Of 32 entries. Return: a bit for each that lacks some of @look. */
static inline u64 mmu_take_some(u64 *entry, u64 look, u64 clear)
{
	uintptr_t at = (uintptr_t)entry - 8;
	u64 left = 0, val;

	asm volatile(
		".arch_extension lse\n\t"
		".irp bit, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, "
		"21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31\n\t"
		"ldr %[val], [%[at], #8]!\n\tbics xzr, %[look], %[val]\n\tb.eq 1f\n\t"
		"orr %[left], %[left], #1 << \\bit\n\tb 2f\n"
		"1:\tstclr %[clear], [%[at]]\n2:\n\t.endr"
		: [at] "+&r"(at), [left] "+&r"(left), [val] "=&r"(val)
		: [look] "r"(look), [clear] "r"(clear)
		: "memory", "cc");
	return left;
}

static inline bool mmu_take_entry(const struct grt_mmu_caps *caps, u64 *entry, u64 look, u64 clear)
{
	u64 val;

	do {
		val = mmu_load_entry(entry);
		if ((val & look) != look)
			return false;
	} while (!mmu_replace_entry(caps, entry, val, val & ~clear));
	return true;
}

/* Of @n entries, 64 at most. *@all: it pays to try whether all can be taken. Return: a bit for each taken. */
static inline u64 mmu_take_word(const struct grt_mmu_caps *caps, u64 *entry, u64 look, u64 clear,
				unsigned int n, bool *all)
{
	unsigned int i = 0;
	u64 taken = 0;

	if (n == 64 && *all && caps->lse && mmu_take_all(entry, look, clear))
		return ~0ULL;
	for (; i + 32 <= n && caps->lse; i += 32)
		taken |= (mmu_take_some(entry + i, look, clear) ^ 0xffffffff) << i;
	for (; i < n; i++)
		taken |= (u64)mmu_take_entry(caps, entry + i, look, clear) << i;
	*all = !~taken;
	return taken;
}

/**
 * mmu_take_entries() - clear @clear, each atomically, in those of @n entries that have all of @look
 * @taken: which they are, a bit for each, 64 a word
 *
 * 3.5 instructions an entry where it is all, else 4 or 5. Return: were there any?
 */
static inline bool mmu_take_entries(const struct grt_mmu_caps *caps, u64 *entry, u64 look,
				    u64 clear, unsigned int n, u64 *taken)
{
	bool all = true;
	u64 any = 0;

	for (; n > 64; n -= 64, entry += 64) {
		*taken = mmu_take_word(caps, entry, look, clear, 64, &all);
		any |= *taken++;
	}
	*taken = mmu_take_word(caps, entry, look, clear, n, &all);
	return any | *taken;
}

/* DSB ISHST: earlier stores are seen by the table walks of all CPUs of the inner shareable domain. */
static inline void mmu_dsb_ishst(void)
{
	asm volatile("dsb ishst" ::: "memory");
}

/* DSB ISH: earlier TLBIs are complete on all CPUs of the inner shareable domain. */
static inline void mmu_dsb_ish(void)
{
	asm volatile("dsb ish" ::: "memory");
}

static inline void mmu_isb(void)
{
	asm volatile("isb" ::: "memory");
}

/** mmu_order_tables() - the stores that filled tables come before those that link them (rule A7). */
static inline void mmu_order_tables(void)
{
	mmu_dsb_ishst();
}

/* EL1&0 whatever the ASID. Range forms are SYS: assemblers want -march=armv8.4-a for their names. */
static inline void mmu_tlbi_any_asid(enum tlbi_op op, u64 operand)
{
	switch (op) {
	case TLBI_ALL:
		asm volatile("tlbi vmalle1is" ::: "memory");
		break;
	case TLBI_VA:
		asm volatile("tlbi vaae1is, %0" ::"r"(operand) : "memory");
		break;
	case TLBI_VA_LAST:
		asm volatile("tlbi vaale1is, %0" ::"r"(operand) : "memory");
		break;
	case TLBI_RANGE: /* RVAAE1IS */
		asm volatile("sys #0, c8, c2, #3, %0" ::"r"(operand) : "memory");
		break;
	case TLBI_RANGE_LAST: /* RVAALE1IS */
		asm volatile("sys #0, c8, c2, #7, %0" ::"r"(operand) : "memory");
		break;
	}
}

static inline void mmu_tlbi_asid(enum tlbi_op op, u64 operand)
{
	switch (op) {
	case TLBI_ALL:
		asm volatile("tlbi aside1is, %0" ::"r"(operand) : "memory");
		break;
	case TLBI_VA:
		asm volatile("tlbi vae1is, %0" ::"r"(operand) : "memory");
		break;
	case TLBI_VA_LAST:
		asm volatile("tlbi vale1is, %0" ::"r"(operand) : "memory");
		break;
	case TLBI_RANGE: /* RVAE1IS */
		asm volatile("sys #0, c8, c2, #1, %0" ::"r"(operand) : "memory");
		break;
	case TLBI_RANGE_LAST: /* RVALE1IS */
		asm volatile("sys #0, c8, c2, #5, %0" ::"r"(operand) : "memory");
		break;
	}
}

static inline void mmu_tlbi_el2(enum tlbi_op op, u64 operand)
{
	switch (op) {
	case TLBI_ALL:
		asm volatile("tlbi alle2is" ::: "memory");
		break;
	case TLBI_VA:
		asm volatile("tlbi vae2is, %0" ::"r"(operand) : "memory");
		break;
	case TLBI_VA_LAST:
		asm volatile("tlbi vale2is, %0" ::"r"(operand) : "memory");
		break;
	case TLBI_RANGE: /* RVAE2IS */
		asm volatile("sys #4, c8, c2, #1, %0" ::"r"(operand) : "memory");
		break;
	case TLBI_RANGE_LAST: /* RVALE2IS */
		asm volatile("sys #4, c8, c2, #5, %0" ::"r"(operand) : "memory");
		break;
	}
}

/**
 * mmu_tlbi() - one TLB invalidation, inner shareable
 * @r: of this regime, and of its ASID
 * @operand: from tlbi_va() or tlbi_range(), asm/tlb.h; of TLBI_ALL 0
 */
static inline void mmu_tlbi(const struct grt_regime *r, enum tlbi_op op, u64 operand)
{
	if (likely(r->kind == GRT_REGIME_ANY_ASID))
		mmu_tlbi_any_asid(op, operand);
	else if (r->kind == GRT_REGIME_ASID)
		mmu_tlbi_asid(op, operand | tlbi_asid(r->asid));
	else
		mmu_tlbi_el2(op, operand);
}

/**
 * mmu_drop_ttbr0() - end this CPU's use of the lower half: no walks, nothing left in the TLB
 * @tcr: TCR_EL1 with EPD0 set
 *
 * TCR may be cached in the TLB (rule A14): nothing runs in the lower half any more when it changes.
 */
static inline void mmu_drop_ttbr0(u64 tcr)
{
	asm volatile("msr tcr_el1, %0\n\tisb\n\tmsr ttbr0_el1, xzr\n\tisb\n\t"
		     "tlbi vmalle1\n\tdsb nsh\n\tisb"
		     :
		     : "r"(tcr)
		     : "memory");
}

/** mmu_translate() - PAR_EL1 after the hardware's own walk for a privileged read of @va. */
static inline u64 mmu_translate(grt_virt_t va)
{
	u64 par;

	asm volatile("at s1e1r, %1\n\tisb\n\tmrs %0, par_el1" : "=r"(par) : "r"(va) : "memory");
	return par;
}

/** mmu_translate_el2() - likewise at EL2, for a read, or a write, of its own regime. */
static inline u64 mmu_translate_el2(grt_virt_t va, bool write)
{
	u64 par;

	if (write)
		asm volatile("at s1e2w, %0" : : "r"(va) : "memory");
	else
		asm volatile("at s1e2r, %0" : : "r"(va) : "memory");
	asm volatile("isb\n\tmrs %0, par_el1" : "=r"(par) : : "memory");
	return par;
}

/**
 * mmu_begin_el2() - EL2 translates, from what its registers say, and forgets what it had cached
 * @sctlr: SCTLR_EL2 with M set
 */
static inline void mmu_begin_el2(u64 sctlr)
{
	asm volatile("dsb sy\n\tisb\n\ttlbi alle2\n\tdsb nsh\n\tisb\n\t"
		     "msr sctlr_el2, %0\n\tisb"
		     :
		     : "r"(sctlr)
		     : "memory");
}

/** mmu_end_el2() - EL2 translates no more: @sctlr has M clear. */
static inline void mmu_end_el2(u64 sctlr)
{
	asm volatile("msr sctlr_el2, %0\n\tisb\n\ttlbi alle2\n\tdsb nsh\n\tisb"
		     :
		     : "r"(sctlr)
		     : "memory");
}

/** mmu_clean_line() - write the cache line of @p to memory, for who reads it past the caches. */
static inline void mmu_clean_line(const volatile void *p)
{
	asm volatile("dc cvac, %0\n\tdsb sy" : : "r"(p) : "memory");
}

/** mmu_forget_line() - drop the cache line of @p, so that a store past the caches can be seen. */
static inline void mmu_forget_line(const volatile void *p)
{
	asm volatile("dc ivac, %0\n\tdsb sy" : : "r"(p) : "memory");
}

#endif
