/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Runs of page-table entries by way of v0 to v7 and v16 to v20, for asm/mmu_ops.h. Counts of entries are
 * multiples of 8, and not 0.
 */
#ifndef ASM_VECTOR_H
#define ASM_VECTOR_H

#include <asm/sysreg.h>
#include "base/types.h"

/**
 * mmu_vectors() - may the loops below be used?
 *
 * The kernel must own them (CONFIG_VECTOR_TABLES; the library never uses them), and CPACR_EL1.FPEN let EL1
 * use them, as el.S says where the CPU has Advanced SIMD. What they load and store is elements of 64 bits,
 * each of them a single-copy atomic access (Arm ARM B2.2.1, "Requirements for single-copy atomicity"),
 * with the MMU off as well.
 */
static inline bool mmu_vectors(void)
{
#if defined(CONFIG_VECTOR_TABLES) && !defined(GRATICULE_LIBRARY)
	u64 cpacr;

	asm("mrs %0, cpacr_el1" : "=r"(cpacr));
	return cpacr & CPACR_FPEN_EL1;
#else
	return false;
#endif
}

/* Where it pays. */
#define MMU_VECTOR_MIN 16U

/* 32 lots of 8 entries a round, and what is left over first, by a jump into the middle of the round. */
#define MMU_VECTOR_ROUNDS(lot, shifts)                                                      \
	"adr %[at], 2f\n\tand %[left], %[lots], #31\n\tlsr %[lots], %[lots], #5\n\t" shifts \
	"br %[at]\n1:\t.rept 32\n\tst1 {v0.2d-v3.2d}, [%[entry]], #64\n\t" lot ".endr\n"    \
	"2:\tsubs %[lots], %[lots], #1\n\tb.pl 1b"

/* An instruction for each 8 entries, and 4 additions. */
static inline void mmu_vector_fill(u64 *entry, u64 first, u64 step, u64 n)
{
	u64 lots = n / 8, left, at;

	asm volatile(
		".arch_extension simd\n\t"
		"mov v0.d[0], %[first]\n\tmov v0.d[1], %[second]\n\t"
		"dup v4.2d, %[two]\n\tdup v5.2d, %[eight]\n\t"
		"add v1.2d, v0.2d, v4.2d\n\tadd v2.2d, v1.2d, v4.2d\n\t"
		"add v3.2d, v2.2d, v4.2d\n\t" MMU_VECTOR_ROUNDS(
			"add v0.2d, v0.2d, v5.2d\n\tadd v1.2d, v1.2d, v5.2d\n\t"
			"add v2.2d, v2.2d, v5.2d\n\tadd v3.2d, v3.2d, v5.2d\n\t",
			"sub %[at], %[at], %[left], lsl #4\n\tsub %[at], %[at], %[left], lsl #2\n\t")
		: [entry] "+&r"(entry), [lots] "+&r"(lots), [left] "=&r"(left), [at] "=&r"(at)
		: [first] "r"(first), [second] "r"(first + step), [two] "r"(2 * step),
		  [eight] "r"(8 * step)
		: "memory", "cc", "v0", "v1", "v2", "v3", "v4", "v5");
}

/* An instruction for each 8 entries. */
static inline void mmu_vector_repeat(u64 *entry, u64 val, u64 n)
{
	u64 lots = n / 8, left, at;

	asm volatile(".arch_extension simd\n\t"
		     "dup v0.2d, %[val]\n\tdup v1.2d, %[val]\n\t"
		     "dup v2.2d, %[val]\n\tdup v3.2d, %[val]\n\t" MMU_VECTOR_ROUNDS(
			     "", "sub %[at], %[at], %[left], lsl #2\n\t")
		     : [entry] "+&r"(entry), [lots] "+&r"(lots), [left] "=&r"(left), [at] "=&r"(at)
		     : [val] "r"(val)
		     : "memory", "cc", "v0", "v1", "v2", "v3");
}

/* How much @n entries differ from @first: the bits that are not the same in all. */
static inline u64 mmu_vector_differ(const u64 *entry, u64 first, u64 n)
{
	u64 low, high;

	asm volatile(".arch_extension simd\n\t"
		     "dup v4.2d, %[first]\n\tmovi v5.2d, #0\n"
		     "1:\tld1 {v0.2d-v3.2d}, [%[entry]], #64\n\t"
		     "eor v0.16b, v0.16b, v4.16b\n\teor v1.16b, v1.16b, v4.16b\n\t"
		     "eor v2.16b, v2.16b, v4.16b\n\teor v3.16b, v3.16b, v4.16b\n\t"
		     "orr v0.16b, v0.16b, v1.16b\n\torr v2.16b, v2.16b, v3.16b\n\t"
		     "orr v5.16b, v5.16b, v0.16b\n\torr v5.16b, v5.16b, v2.16b\n\t"
		     "subs %[n], %[n], #8\n\tb.ne 1b\n\t"
		     "mov %[low], v5.d[0]\n\tmov %[high], v5.d[1]"
		     : [entry] "+&r"(entry), [n] "+&r"(n), [low] "=&r"(low), [high] "=&r"(high)
		     : [first] "r"(first)
		     : "memory", "cc", "v0", "v1", "v2", "v3", "v4", "v5");
	return low | high;
}

/* The bits that any of @n entries has. */
static inline u64 mmu_vector_any(const u64 *entry, u64 n)
{
	u64 low, high;

	asm volatile(".arch_extension simd\n\t"
		     "movi v4.2d, #0\n\tmovi v5.2d, #0\n"
		     "1:\tld1 {v0.2d-v3.2d}, [%[entry]], #64\n\t"
		     "orr v4.16b, v4.16b, v0.16b\n\torr v5.16b, v5.16b, v1.16b\n\t"
		     "orr v4.16b, v4.16b, v2.16b\n\torr v5.16b, v5.16b, v3.16b\n\t"
		     "subs %[n], %[n], #8\n\tb.ne 1b\n\t"
		     "orr v4.16b, v4.16b, v5.16b\n\t"
		     "mov %[low], v4.d[0]\n\tmov %[high], v4.d[1]"
		     : [entry] "+&r"(entry), [n] "+&r"(n), [low] "=&r"(low), [high] "=&r"(high)
		     :
		     : "memory", "cc", "v0", "v1", "v2", "v3", "v4", "v5");
	return low | high;
}

/*
 * Set bits in @n entries, a multiple of 16, and in their copies, as far as the edits are allowed in all of
 * 16: what they have in common tells which bits one lacks, and what any has is all that one may have.
 */
static inline unsigned int mmu_vector_copy(u64 *to, u64 *from, const struct entry_edits *e, u64 n)
{
	u64 left = n, low, high;
	const u64 *at = from;

	asm volatile(".arch_extension simd\n\t"
		     "dup v16.2d, %[set]\n\tdup v19.2d, %[need]\n\tdup v20.2d, %[none]\n"
		     "1:\tld1 {v0.2d-v3.2d}, [%[at]], #64\n\tld1 {v4.2d-v7.2d}, [%[at]], #64\n\t"
		     "and v17.16b, v0.16b, v1.16b\n\torr v18.16b, v0.16b, v1.16b\n\t"
		     ".irp v, 2, 3, 4, 5, 6, 7\n\t"
		     "and v17.16b, v17.16b, v\\v\\().16b\n\torr v18.16b, v18.16b, v\\v\\().16b\n\t"
		     ".endr\n\t"
		     "bic v17.16b, v19.16b, v17.16b\n\tand v18.16b, v20.16b, v18.16b\n\t"
		     "orr v17.16b, v17.16b, v18.16b\n\t"
		     "mov %[low], v17.d[0]\n\tmov %[high], v17.d[1]\n\t"
		     "orr %[low], %[low], %[high]\n\tcbnz %[low], 2f\n\t"
		     ".irp v, 0, 1, 2, 3, 4, 5, 6, 7\n\t"
		     "orr v\\v\\().16b, v\\v\\().16b, v16.16b\n\t.endr\n\t"
		     "st1 {v0.2d-v3.2d}, [%[to]], #64\n\tst1 {v4.2d-v7.2d}, [%[to]], #64\n\t"
		     "st1 {v0.2d-v3.2d}, [%[from]], #64\n\tst1 {v4.2d-v7.2d}, [%[from]], #64\n\t"
		     "subs %[left], %[left], #16\n\tb.ne 1b\n2:"
		     : [to] "+&r"(to), [from] "+&r"(from), [at] "+&r"(at), [left] "+&r"(left),
		       [low] "=&r"(low), [high] "=&r"(high)
		     : [set] "r"(e->to.set), [need] "r"(e->need), [none] "r"(e->none)
		     : "memory", "cc", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v16", "v17",
		       "v18", "v19", "v20");
	return (unsigned int)(n - left);
}

/* Invert the bits @flip in @n entries. */
static inline void mmu_vector_flip(u64 *entry, u64 flip, u64 n)
{
	asm volatile(".arch_extension simd\n\t"
		     "dup v4.2d, %[flip]\n"
		     "1:\tld1 {v0.2d-v3.2d}, [%[entry]]\n\t"
		     "eor v0.16b, v0.16b, v4.16b\n\teor v1.16b, v1.16b, v4.16b\n\t"
		     "eor v2.16b, v2.16b, v4.16b\n\teor v3.16b, v3.16b, v4.16b\n\t"
		     "st1 {v0.2d-v3.2d}, [%[entry]], #64\n\t"
		     "subs %[n], %[n], #8\n\tb.ne 1b"
		     : [entry] "+&r"(entry), [n] "+&r"(n)
		     : [flip] "r"(flip)
		     : "memory", "cc", "v0", "v1", "v2", "v3", "v4");
}

#endif
