/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fields of system registers (Arm ARM, chapter D "AArch64 System Register Descriptions"), for C and
 * assembly. Registers that older assemblers don't know go by their encoding.
 */
#ifndef ASM_SYSREG_H
#define ASM_SYSREG_H

#ifdef __ASSEMBLY__
#define SYSREG_BIT(n) (1 << (n))
#else
#define SYSREG_BIT(n) (1ULL << (n))
#endif

#define CURRENT_EL1 0x4
#define CURRENT_EL2 0x8
#define CURRENT_EL3 0xc

/* SPSR_ELx: to EL1 on SP_EL1, with D, A, I and F masked. */
#define SPSR_EL1H_MASKED 0x3c5
#define SPSR_IL SYSREG_BIT(20)
#define SPSR_EL1T 0x4

/* CPACR_EL1.FPEN: EL1 may use vector and floating-point registers, EL0 may not. */
#define CPACR_FPEN_EL1 SYSREG_BIT(20)

#define SCTLR_M SYSREG_BIT(0)
#define SCTLR_C SYSREG_BIT(2)
#define SCTLR_SA SYSREG_BIT(3)
#define SCTLR_SA0 SYSREG_BIT(4)
#define SCTLR_ITD SYSREG_BIT(7)
#define SCTLR_SED SYSREG_BIT(8)
#define SCTLR_EOS SYSREG_BIT(11)
#define SCTLR_I SYSREG_BIT(12)
#define SCTLR_WXN SYSREG_BIT(19)
#define SCTLR_TSCXT SYSREG_BIT(20)
#define SCTLR_EIS SYSREG_BIT(22)
#define SCTLR_SPAN SYSREG_BIT(23)
#define SCTLR_NTLSMD SYSREG_BIT(28)
#define SCTLR_LSMAOE SYSREG_BIT(29)

/* What is RES1 without the extension that gives the bit a meaning; little endian, no EL0 rights. */
#define SCTLR_EL1_BASE                                                                             \
	(SCTLR_ITD | SCTLR_SED | SCTLR_EOS | SCTLR_TSCXT | SCTLR_EIS | SCTLR_SPAN | SCTLR_NTLSMD | \
	 SCTLR_LSMAOE)
#define SCTLR_EL1_MMU_OFF (SCTLR_EL1_BASE | SCTLR_SA)
#define SCTLR_EL1_MMU_ON \
	(SCTLR_EL1_BASE | SCTLR_SA | SCTLR_SA0 | SCTLR_M | SCTLR_C | SCTLR_I | SCTLR_WXN)
/* SCTLR_EL2 and SCTLR_EL3 without MMU and caches. */
#define SCTLR_EL2_OFF 0x30c50830

#define HCR_RW SYSREG_BIT(31)
#define HCR_E2H_BIT 34
#define HCR_E2H SYSREG_BIT(HCR_E2H_BIT)
/*
 * EL1 may use the counters and floating point, and not SVE and SME: CNTHCTL_EL2 and CPTR_EL2 as they are,
 * and as HCR_EL2.E2H makes them.
 */
#define CNTHCTL_COUNTERS 0x3
#define CNTHCTL_COUNTERS_E2H 0xc00
#define CPTR_EL2_OPEN 0x33ff
#define CPTR_EL2_OPEN_E2H 0x300000
#define SCR_EL3_DROP 0x4b1 /* NS, RES1, SMC and HVC undefined, the levels below are AArch64 */

/* MPIDR_EL1: Aff3 and Aff2..0, as PSCI and device trees use them. */
#define MPIDR_AFFINITY 0xff00ffffffULL

#define ESR_EC_SHIFT 26
#define ESR_EC_IABT 0x21
#define ESR_EC_DATA 0x4 /* IABT with this bit: data abort */
#define ESR_FSC_MASK 0x3f
#define ESR_FSC_CONFLICT 0x30

/* Registers by encoding: op0_op1_CRn_CRm_op2. */
#define SYS_ID_AA64MMFR4_EL1 s3_0_c0_c7_4
#define MMFR4_E2H0_SIGN_BIT 27 /* of E2H0: HCR_EL2.E2H can't be 0 */
#define SYS_ICC_SRE_EL2 s3_4_c12_c9_5
#define SYS_ICH_HCR_EL2 s3_4_c12_c11_0
#define SYS_HCRX_EL2 s3_4_c1_c2_2
#define SYS_HFGRTR_EL2 s3_4_c1_c1_4
#define SYS_HFGWTR_EL2 s3_4_c1_c1_5
#define SYS_HFGITR_EL2 s3_4_c1_c1_6
#define SYS_HDFGRTR_EL2 s3_4_c3_c1_4
#define SYS_HDFGWTR_EL2 s3_4_c3_c1_5
#define SYS_HAFGRTR_EL2 s3_4_c3_c1_6
#define SYS_HDFGRTR2_EL2 s3_4_c3_c1_0
#define SYS_HDFGWTR2_EL2 s3_4_c3_c1_1
#define SYS_HFGRTR2_EL2 s3_4_c3_c1_2
#define SYS_HFGWTR2_EL2 s3_4_c3_c1_3
#define SYS_HFGITR2_EL2 s3_4_c3_c1_7
/* EL1's registers as EL2 reaches them when HCR_EL2.E2H is 1. */
#define SYS_SCTLR_EL12 s3_5_c1_c0_0
#define SYS_SPSR_EL12 s3_5_c4_c0_0
#define SYS_ELR_EL12 s3_5_c4_c0_1
#define SYS_ESR_EL12 s3_5_c5_c2_0
#define SYS_FAR_EL12 s3_5_c6_c0_0
#define SYS_VBAR_EL12 s3_5_c12_c0_0

/* The interrupt controller's CPU interface. */
#define CNTV_CTL_ENABLE 1
#define CNTV_TVAL_MAX 0x7fffffff /* it is signed */

#define ICC_PMR_EL1 s3_0_c4_c6_0
#define ICC_SGI1R_EL1 s3_0_c12_c11_5
#define ICC_IAR1_EL1 s3_0_c12_c12_0
#define ICC_EOIR1_EL1 s3_0_c12_c12_1
#define ICC_CTLR_EL1 s3_0_c12_c12_4
#define ICC_CTLR_EOIMODE SYSREG_BIT(1)
#define ICC_SRE_EL1 s3_0_c12_c12_5
#define ICC_SRE_SRE SYSREG_BIT(0)
#define ICC_IGRPEN1_EL1 s3_0_c12_c12_7

#ifndef __ASSEMBLY__
#include "base/types.h"

#define SYSREG_STRING(reg) #reg
#define SYSREG_NAME(reg) SYSREG_STRING(reg)
/* Macros, because the register's name is a part of the instruction. */
#define read_sysreg(reg)                                                   \
	({                                                                 \
		u64 __value;                                               \
		asm volatile("mrs %0, " SYSREG_NAME(reg) : "=r"(__value)); \
		__value;                                                   \
	})
#define write_sysreg(reg, value) \
	asm volatile("msr " SYSREG_NAME(reg) ", %x0" : : "rZ"((u64)(value)) : "memory")

/** sysreg_field() - a 4-bit field of an ID register. */
static inline unsigned int sysreg_field(u64 reg, unsigned int shift)
{
	return (unsigned int)(reg >> shift) & 0xf;
}

/* PAR_EL1, where the address of a translation that worked is. */
#define PAR_FAULT BIT(0)
#define PAR_PA (BIT(52) - BIT(12))

#define TCR_T0SZ_SHIFT 0
#define TCR_EPD0 BIT(7)
#define TCR_WBWA_SHAREABLE0 (0x35ULL << 8) /* walks through TTBR0: IRGN, ORGN, SH */
#define TCR_TG0_SHIFT 14
#define TCR_T1SZ_SHIFT 16
#define TCR_WBWA_SHAREABLE1 (0x35ULL << 24)
#define TCR_TG1_SHIFT 30
#define TCR_IPS_SHIFT 32
#define TCR_AS BIT(36)
#define TCR_E0PD1 BIT(56)
#define TCR_DS BIT(59)

/* Offsets of the fields of ID registers. */
#define MMFR0_PARANGE 0
#define MMFR0_ASIDBITS 4
#define MMFR0_TGRAN16 20
#define MMFR0_TGRAN64 24
#define MMFR0_TGRAN4 28
#define MMFR1_HAFDBS 0
#define PFR0_EL3 12
#define PFR0_GIC 24
#define MMFR2_VARANGE 16
#define MMFR2_BBM 52
#define MMFR2_E0PD 60
#define ISAR0_ATOMIC 20
#define ISAR0_TLB 56
#define CTR_IMINLINE 0 /* log2 of a line's words of four bytes; of the data cache: */
#define CTR_DMINLINE 16
#endif

#endif
