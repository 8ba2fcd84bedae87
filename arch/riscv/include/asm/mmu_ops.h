/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every page-table access and every privileged MMU instruction of RISC-V. Tests on the host put a
 * header of this name in front of it, so that exactly the code that boots is the code that is checked.
 */
#ifndef ASM_MMU_OPS_H
#define ASM_MMU_OPS_H

#include <graticule/asm/caps.h>
#include <graticule/tlb.h>
#include <asm/tlb.h>
#include <backend/entries.h>

/*
 * 64 entries a round, and what is left over first, by a jump into the middle of the round: @left is
 * that in bytes of code, @base lies so that it ends a round further on. Instructions are not compressed.
 */
#define MMU_FILL_ROUNDS(store)                                                                      \
	".option push\n\t.option norvc\n\tlla %[at], 2f\n\tsub %[at], %[at], %[left]\n\t"           \
	"jr %[at]\n1:\t.set at, 0\n\t.rept 64\n\t" store "\n\t.set at, at + 8\n\t.endr\n"           \
	"2:\taddi %[base], %[base], 512\n\taddi %[rounds], %[rounds], -1\n\tbgez %[rounds], 1b\n\t" \
	".option pop"

/**
 * mmu_fill_entries() - write @n consecutive entries, the first @first and each @step more than the last
 *
 * The one hot loop of table creation: two instructions an entry, or one where they are all the same,
 * plus the rounds'.
 */
static inline void mmu_fill_entries(u64 *entry, u64 first, u64 step, unsigned int n)
{
	s64 rounds = n / 64;
	u64 left = n % 64, at, *base = entry + left - 64;

	if (step)
		asm volatile(MMU_FILL_ROUNDS("sd %[first], at(%[base])\n\t"
					     "add %[first], %[first], %[step]")
			     : [first] "+&r"(first), [base] "+&r"(base), [rounds] "+&r"(rounds),
			       [at] "=&r"(at)
			     : [step] "r"(step), [left] "r"(left * 8)
			     : "memory");
	else
		asm volatile(MMU_FILL_ROUNDS("sd %z[first], at(%[base])")
			     : [base] "+&r"(base), [rounds] "+&r"(rounds), [at] "=&r"(at)
			     : [first] "rJ"(first), [left] "r"(left * 4)
			     : "memory");
}

/** mmu_skip_empty() - no way to look at many entries that is faster than the one in C. */
static inline unsigned int mmu_skip_empty(const u64 *entry, unsigned int n)
{
	(void)entry;
	(void)n;
	return 0;
}

/**
 * mmu_same_entries() - how many of @n consecutive entries, the first included, agree with it
 * @mask: in these bits
 *
 * Three instructions an entry, plus the loop's: what differs anywhere is gathered first.
 */
static inline unsigned int mmu_same_entries(const u64 *entry, u64 mask, unsigned int n)
{
	u64 first = mmu_load_entry(entry), differ = 0, val;
	const u64 *at = entry, *end = entry + n;

	for (; end - at >= 32; at += 32) {
		asm volatile(
			".irp at, 0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120, "
			"128, 136, 144, 152, 160, 168, 176, 184, 192, 200, 208, 216, 224, 232, "
			"240, 248\n\tld %1, \\at(%2)\n\txor %1, %1, %3\n\tor %0, %0, %1\n\t.endr"
			: "+&r"(differ), "=&r"(val)
			: "r"(at), "r"(first)
			: "memory");
		if (differ & mask)
			break;
	}
	while (at != end && !((mmu_load_entry(at) ^ first) & mask))
		at++;
	return (unsigned int)(at - entry);
}

/** mmu_flip_entries() - invert the bits @flip in @n consecutive entries, three instructions an entry */
static inline void mmu_flip_entries(u64 *entry, u64 flip, unsigned int n)
{
	const u64 *end = entry + (n & -32U);
	u64 val;

	for (; entry != end; entry += 32)
		asm volatile(
			".irp at, 0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120, "
			"128, 136, 144, 152, 160, 168, 176, 184, 192, 200, 208, 216, 224, 232, "
			"240, 248\n\tld %0, \\at(%1)\n\txor %0, %0, %2\n\tsd %0, \\at(%1)\n\t.endr"
			: "=&r"(val)
			: "r"(entry), "r"(flip)
			: "memory");
	for (end += n & 31; entry != end; entry++)
		mmu_store_entry(entry, mmu_load_entry(entry) ^ flip);
}

/**
 * mmu_copy_entries() - copy entries, and edit the copies and those that were copied
 * @n: how many at most; those of a group are either all of them or none
 *
 * Where both edits clear the same bits of any entry, whatever it is, four instructions an entry: one load,
 * one AND and two stores, and no scalar code has fewer.
 *
 * Return: how many, up to the first that lacks what it needs or has what it must not have; maybe fewer.
 */
static inline unsigned int mmu_copy_entries(u64 *to, u64 *from, const struct entry_edits *e,
					    unsigned int n)
{
	const u64 *end = to + (n & -32U);
	u64 keep = ~e->to.clear, val;

	if (e->need | e->none | e->to.set | e->from.set || e->to.clear != e->from.clear)
		return mmu_copy_one_by_one(to, from, e, n);
	for (; to != end; to += 32, from += 32)
		asm volatile(
			".irp at, 0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120, "
			"128, 136, 144, 152, 160, 168, 176, 184, 192, 200, 208, 216, 224, 232, "
			"240, 248\n\tld %0, \\at(%2)\n\tand %0, %0, %3\n\tsd %0, \\at(%1)\n\t"
			"sd %0, \\at(%2)\n\t.endr"
			: "=&r"(val)
			: "r"(to), "r"(from), "r"(keep)
			: "memory");
	return (n & -32U) + mmu_copy_one_by_one(to, from, e, n & 31);
}

/*
 * ---- entries that hardware may write meanwhile (Svadu) ----
 *
 * Relaxed: hardware and software agree on the order of writes of one entry without fences, and what has to
 * come before or after the change is ordered by the fences that a plain store needs as well.
 */

/** mmu_replace_entry() - store @val if the entry holds @old. Return: whether it did. */
static inline bool mmu_replace_entry(const struct grt_mmu_caps *caps, u64 *entry, u64 old, u64 val)
{
	u64 seen, failed;

	(void)caps;
	asm volatile("1:\tlr.d %0, %2\n\tbne %0, %z3, 2f\n\tsc.d %1, %z4, %2\n\tbnez %1, 1b\n2:"
		     : "=&r"(seen), "=&r"(failed), "+A"(*entry)
		     : "rJ"(old), "rJ"(val)
		     : "memory");
	return seen == old;
}

/** mmu_swap_entry() - store @val. Return: what the entry held until then. */
static inline u64 mmu_swap_entry(const struct grt_mmu_caps *caps, u64 *entry, u64 val)
{
	u64 old;

	(void)caps;
	asm volatile("amoswap.d %0, %z2, %1" : "=r"(old), "+A"(*entry) : "rJ"(val) : "memory");
	return old;
}

/** mmu_flip_atomic() - mmu_flip_entries(), each entry atomically. */
static inline void mmu_flip_atomic(const struct grt_mmu_caps *caps, u64 *entry, u64 flip,
				   unsigned int n)
{
	(void)caps;
	for (; n; n--, entry++)
		asm volatile("amoxor.d x0, %1, %0" : "+A"(*entry) : "r"(flip) : "memory");
}

/* Of 64 entries all or none. */
static inline bool mmu_take_all(u64 *entry, u64 look, u64 clear)
{
	u64 all = look, val;

	asm volatile(".set at, 0\n\t.rept 64\n\tld %1, at(%2)\n\tand %0, %0, %1\n\t"
		     ".set at, at + 8\n\t.endr"
		     : "+&r"(all), "=&r"(val)
		     : "r"(entry)
		     : "memory");
	if (all != look)
		return false;
	asm volatile(".rept 64\n\tamoand.d x0, %1, (%0)\n\taddi %0, %0, 8\n\t.endr"
		     : "+&r"(entry)
		     : "r"(~clear)
		     : "memory");
	return true;
}

/* Of 32 entries. Return: a bit for each that lacks some of @look. */
static inline u64 mmu_take_some(u64 *entry, u64 look, u64 clear)
{
	u64 left = 0, val;

	asm volatile(".irp eight, 192, 128, 64, 0\n\tslli %[left], %[left], 8\n\t"
		     ".irp bit, 0, 1, 2, 3, 4, 5, 6, 7\n\t"
		     "ld %[val], \\eight + 8 * \\bit(%[entry])\n\tand %[val], %[val], %[look]\n\t"
		     "beq %[val], %[look], 1f\n\tori %[left], %[left], 1 << \\bit\n\tj 2f\n"
		     "1:\taddi %[val], %[entry], \\eight + 8 * \\bit\n\t"
		     "amoand.d x0, %[keep], (%[val])\n2:\n\t.endr\n\t.endr"
		     : [left] "+&r"(left), [val] "=&r"(val)
		     : [entry] "r"(entry), [look] "r"(look), [keep] "r"(~clear)
		     : "memory");
	return left;
}

static inline bool mmu_take_entry(u64 *entry, u64 look, u64 clear)
{
	if ((mmu_load_entry(entry) & look) != look)
		return false;
	asm volatile("amoand.d x0, %1, %0" : "+A"(*entry) : "r"(~clear) : "memory");
	return true;
}

/* Of @n entries, 64 at most. *@all: it pays to try whether all can be taken. Return: a bit for each taken. */
static inline u64 mmu_take_word(u64 *entry, u64 look, u64 clear, unsigned int n, bool *all)
{
	unsigned int i = 0;
	u64 taken = 0;

	if (n == 64 && *all && mmu_take_all(entry, look, clear))
		return ~0ULL;
	for (; i + 32 <= n; i += 32)
		taken |= (mmu_take_some(entry + i, look, clear) ^ 0xffffffff) << i;
	for (; i < n; i++)
		taken |= (u64)mmu_take_entry(entry + i, look, clear) << i;
	*all = !~taken;
	return taken;
}

/**
 * mmu_take_entries() - clear @clear, each atomically, in those of @n entries that have all of @look
 * @taken: which they are, a bit for each, 64 a word
 *
 * 4 instructions an entry where it is all, else 5. Return: were there any?
 */
static inline bool mmu_take_entries(const struct grt_mmu_caps *caps, u64 *entry, u64 look,
				    u64 clear, unsigned int n, u64 *taken)
{
	bool all = true;
	u64 any = 0;

	(void)caps;
	for (; n > 64; n -= 64, entry += 64) {
		*taken = mmu_take_word(entry, look, clear, 64, &all);
		any |= *taken++;
	}
	*taken = mmu_take_word(entry, look, clear, n, &all);
	return any | *taken;
}

/** mmu_order_tables() - the stores that filled tables come before those that link them (rule C2). */
static inline void mmu_order_tables(void)
{
	asm volatile("fence w, w" ::: "memory");
}

/* Earlier stores to tables come before the interrupt that asks other harts to fence (rule R4). */
static inline void mmu_order_remote(void)
{
	asm volatile("fence rw, rw" ::: "memory");
}

/*
 * mmu_sfence_all() - everything on this hart, leaf and non-leaf entries (rule R2)
 * @asid: of this address space, but not what is global; GRT_TLB_ANY_ASID: of all, global or not (rule R3)
 */
static __force_inline void mmu_sfence_all(int asid)
{
	if (asid == GRT_TLB_ANY_ASID)
		asm volatile("sfence.vma x0, x0" ::: "memory");
	else
		asm volatile("sfence.vma x0, %0" ::"r"((u64)asid) : "memory");
}

/* The leaf entries of @va on this hart; @asid as above. */
static __force_inline void mmu_sfence_va(grt_virt_t va, int asid)
{
	if (asid == GRT_TLB_ANY_ASID)
		asm volatile("sfence.vma %0, x0" ::"r"(va) : "memory");
	else
		asm volatile("sfence.vma %0, %1" ::"r"(va), "r"((u64)asid) : "memory");
}

/* Svinval (rule R9); written as numbers because assemblers want the extension for the names. */
static inline void mmu_sfence_w_inval(void)
{
	asm volatile(".word 0x18000073" ::: "memory");
}

static __force_inline void mmu_sinval_va(grt_virt_t va, int asid)
{
	if (asid == GRT_TLB_ANY_ASID)
		asm volatile(".insn r 0x73, 0, 0x0b, x0, %0, x0" ::"r"(va) : "memory");
	else
		asm volatile(".insn r 0x73, 0, 0x0b, x0, %0, %1" ::"r"(va), "r"((u64)asid)
			     : "memory");
}

static inline void mmu_sfence_inval_ir(void)
{
	asm volatile(".word 0x18100073" ::: "memory");
}

#define SBI_EXT_RFENCE 0x52464e43UL
#define SBI_RFENCE_SFENCE_VMA 1UL
#define SBI_RFENCE_SFENCE_VMA_ASID 2UL

/**
 * mmu_remote_sfence() - SBI RFENCE: SFENCE.VMA on other harts, complete on return
 * @mask: bit n names hart @base + n
 * @what: which addresses and ASID
 *
 * Return: an SBI error number, 0 for success.
 */
static inline long mmu_remote_sfence(u64 mask, u64 base, const struct grt_tlb_fence *what)
{
	register u64 a0 asm("a0") = mask;
	register u64 a1 asm("a1") = base;
	register u64 a2 asm("a2") = what->start;
	register u64 a3 asm("a3") = what->size;
	register u64 a4 asm("a4") = (u64)what->asid;
	register u64 a6 asm("a6") =
		what->asid == GRT_TLB_ANY_ASID ? SBI_RFENCE_SFENCE_VMA : SBI_RFENCE_SFENCE_VMA_ASID;
	register u64 a7 asm("a7") = SBI_EXT_RFENCE;

	asm volatile("ecall"
		     : "+r"(a0), "+r"(a1)
		     : "r"(a2), "r"(a3), "r"(a4), "r"(a6), "r"(a7)
		     : "memory");
	return (long)a0;
}

#endif
