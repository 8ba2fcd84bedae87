/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Fields of the supervisor CSRs (privileged specification, chapter 12 "Supervisor-Level ISA"). */
#ifndef ASM_CSR_H
#define ASM_CSR_H

#define SSTATUS_SIE 0x2	    /* interrupts are taken */
#define SSTATUS_FS 0x6000   /* floating-point state */
#define SSTATUS_VS 0x600    /* vector state */
#define SSTATUS_SUM 0x40000 /* user pages can be accessed */
#define SSTATUS_MXR 0x80000 /* executable pages can be read */

#define SIE_SSIE 0x2  /* software interrupts, in sie and sip */
#define SIE_STIE 0x20 /* the timer's */

#define SATP_MODE_SHIFT 60
#define SATP_MODE_SV39 8 /* Sv48 is 9, Sv57 10 */

#define SCAUSE_INTERRUPT_BIT 63
#define CAUSE_FETCH_MISALIGNED 0
#define CAUSE_FETCH_ACCESS 1
#define CAUSE_ILLEGAL 2
#define CAUSE_BREAKPOINT 3
#define CAUSE_LOAD_MISALIGNED 4
#define CAUSE_LOAD_ACCESS 5
#define CAUSE_STORE_MISALIGNED 6
#define CAUSE_STORE_ACCESS 7
#define CAUSE_FETCH_PAGE_FAULT 12
#define CAUSE_LOAD_PAGE_FAULT 13
#define CAUSE_STORE_PAGE_FAULT 15

#define MSTATUS_MIE 0x8 /* interrupts are taken in M-mode */
#define MISA_S_SHIFT 18 /* there is S-mode */

#ifndef __ASSEMBLY__
#include "base/types.h"

/** satp_make() - satp for a root table; the ASID is 0. */
static inline u64 satp_make(unsigned int va_bits, grt_phys_t root)
{
	u64 mode = SATP_MODE_SV39 + (va_bits - 39) / 9;

	return mode << SATP_MODE_SHIFT | root >> 12;
}

/* Macros, because the register's name is a part of the instruction. */
#define read_csr(csr)                                                     \
	({                                                                \
		u64 __value;                                              \
		asm volatile("csrr %0, " #csr : "=r"(__value)::"memory"); \
		__value;                                                  \
	})
#define write_csr(csr, value) asm volatile("csrw " #csr ", %z0" ::"rJ"((u64)(value)) : "memory")
#define set_csr(csr, bits) asm volatile("csrs " #csr ", %0" ::"r"((u64)(bits)) : "memory")
#define clear_csr(csr, bits) asm volatile("csrc " #csr ", %0" ::"r"((u64)(bits)) : "memory")

/** hart_pointer() - what tp holds, which is this hart's own from arch_init() on. */
static inline void *hart_pointer(void)
{
	void *p;

	asm volatile("mv %0, tp" : "=r"(p));
	return p;
}

static inline void hart_set_pointer(const void *p)
{
	asm volatile("mv tp, %0" ::"r"(p) : "memory");
}

/** hart_pause() - PAUSE, a hint on harts without it, and a number for assemblers that don't know it. */
static inline void hart_pause(void)
{
	asm volatile(".word 0x0100000f" ::: "memory");
}
#endif

#endif
