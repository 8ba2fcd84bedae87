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

/** satp_read() - 0 while translation is off. */
static inline u64 satp_read(void)
{
	u64 satp;

	asm volatile("csrr %0, satp" : "=r"(satp)::"memory");
	return satp;
}

/* Who made the hart; in M-mode only. */
#define CSR_READ_MACHINE(name)                                 \
	static inline u64 csr_read_##name(void)                \
	{                                                      \
		u64 value;                                     \
		asm volatile("csrr %0, " #name : "=r"(value)); \
		return value;                                  \
	}

CSR_READ_MACHINE(mvendorid)
CSR_READ_MACHINE(marchid)
CSR_READ_MACHINE(mimpid)
#endif

#endif
