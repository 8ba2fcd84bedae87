/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Instructions that are about CPUs and devices, and not about tables: one function for each. */
#ifndef ASM_CPU_OPS_H
#define ASM_CPU_OPS_H

#include "base/types.h"

/** cpu_dsb_sy() - all that was accessed before is done, for the whole system. */
static inline void cpu_dsb_sy(void)
{
	asm volatile("dsb sy" : : : "memory");
}

/* ---- waiting ---- */

static inline void cpu_wfi(void)
{
	asm volatile("wfi" : : : "memory");
}

static inline void cpu_wfe(void)
{
	asm volatile("wfe" : : : "memory");
}

static inline void cpu_sev(void)
{
	asm volatile("sev" : : : "memory");
}

static inline void cpu_yield(void)
{
	asm volatile("yield" : : : "memory");
}

/* ---- exceptions ---- */

/** cpu_unmask_serror() - from here on a failing access can be told of. */
static inline void cpu_unmask_serror(void)
{
	asm volatile("msr daifclr, #4" : : : "memory");
}

/** cpu_set_trap_stack() - exceptions run on SP_EL1; the caller, and all other code, on SP_EL0. */
static inline void cpu_set_trap_stack(grt_virt_t top)
{
	asm volatile("msr spsel, #1\n\tmov sp, %0\n\tmsr spsel, #0" : : "r"(top) : "memory");
}

/** cpu_hvc_test() - HVC #1: el.S. It saves as much as a function does. */
static inline s64 cpu_hvc_test(grt_phys_t test, grt_phys_t stack)
{
	register u64 x0 asm("x0") = test;
	register u64 x1 asm("x1") = stack;

	asm volatile("hvc #1"
		     : "+r"(x0), "+r"(x1)
		     :
		     : "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13",
		       "x14", "x15", "x16", "x17", "x18", "x30", "cc", "memory");
	return (s64)x0;
}

/* ---- registers of devices: one instruction of that width, whose syndrome says what it was ---- */

static inline u32 cpu_read32(const void *reg)
{
	u32 value;

	asm volatile("ldr %w0, [%1]" : "=r"(value) : "r"(reg) : "memory");
	return value;
}

static inline u64 cpu_read64(const void *reg)
{
	u64 value;

	asm volatile("ldr %0, [%1]" : "=r"(value) : "r"(reg) : "memory");
	return value;
}

static inline void cpu_write32(void *reg, u32 value)
{
	asm volatile("str %w1, [%0]" : : "r"(reg), "r"(value) : "memory");
}

#endif
