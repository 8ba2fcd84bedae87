/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Calls of the Supervisor Binary Interface: the firmware below the kernel. */
#ifndef ASM_SBI_H
#define ASM_SBI_H

/* Extensions and their functions (RISC-V SBI specification, a chapter each). */
#define SBI_EXT_LEGACY_PUTCHAR 0x01
#define SBI_EXT_LEGACY_SHUTDOWN 0x08

#define SBI_EXT_BASE 0x10
#define SBI_BASE_SPEC_VERSION 0
#define SBI_BASE_IMPL_ID 1
#define SBI_BASE_PROBE 3
#define SBI_BASE_MVENDORID 4
#define SBI_BASE_MARCHID 5
#define SBI_BASE_MIMPID 6

#define SBI_EXT_TIME 0x54494d45
#define SBI_TIME_SET_TIMER 0

#define SBI_EXT_IPI 0x735049
#define SBI_IPI_SEND 0

#define SBI_EXT_HSM 0x48534d
#define SBI_HSM_START 0
#define SBI_HSM_STOP 1
#define SBI_HSM_STATUS 2
#define SBI_HSM_STOPPED 1 /* answers of SBI_HSM_STATUS */
#define SBI_HSM_START_PENDING 2

#define SBI_EXT_SRST 0x53525354
#define SBI_SRST_RESET 0
#define SBI_SRST_SHUTDOWN 0  /* type */
#define SBI_SRST_NO_REASON 0 /* reasons */
#define SBI_SRST_SYSTEM_FAILURE 1

#define SBI_EXT_DBCN 0x4442434e
#define SBI_DBCN_WRITE_BYTE 2

#ifndef __ASSEMBLY__
#include "base/types.h"

struct boot_info;

/** struct sbi_result - what a call returns: 0 or a negative SBI error number, and a value. */
struct sbi_result {
	s64 error;
	u64 value;
};

static inline struct sbi_result sbi_call(u64 extension, u64 function, u64 arg0, u64 arg1, u64 arg2)
{
	register u64 a0 asm("a0") = arg0;
	register u64 a1 asm("a1") = arg1;
	register u64 a2 asm("a2") = arg2;
	register u64 a6 asm("a6") = function;
	register u64 a7 asm("a7") = extension;

	asm volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a6), "r"(a7) : "memory");
	return (struct sbi_result){ (s64)a0, a1 };
}

/** sbi_detect() - find out which extensions the firmware has, once. */
void sbi_detect(void);

/** sbi_copy_facts() - put what sbi_detect() found where the rest of the kernel looks. */
void sbi_copy_facts(struct boot_info *bi);

/** sbi_has_console() - does the firmware have one? */
bool sbi_has_console(void);

/** sbi_putchar() - a character on the firmware's console. Works at any time. */
void sbi_putchar(char c);

/** sbi_has_ipi() - can harts send software interrupts to each other? */
bool sbi_has_ipi(void);

/** sbi_send_ipi() - a software interrupt for a hart. */
void sbi_send_ipi(u64 hart);

/** sbi_has_timer() - can a hart be interrupted at a time? */
bool sbi_has_timer(void);

/** sbi_set_timer() - this hart's timer interrupt at @time of rdtime; ~0: none, and none is pending. */
void sbi_set_timer(u64 time);

/** sbi_hart_start() - start a hart at physical address @entry, @opaque in its a1. Return: 0 or -errno. */
int sbi_hart_start(u64 hart, grt_phys_t entry, u64 opaque);

/** sbi_hart_state() - SBI_HSM_STOPPED and the like, as far as the firmware knows; negative: it doesn't. */
s64 sbi_hart_state(u64 hart);

/** sbi_has_reset() - has the firmware the SRST extension? */
bool sbi_has_reset(void);

/** sbi_machine_is_qemu() - is the hart one of QEMU's? Works at any time, in M-mode too. */
bool sbi_machine_is_qemu(void);

/** sbi_hart_wants_whole_fences() - is this hart one of those with CIP-1200? See graticule/asm/errata.h. */
bool sbi_hart_wants_whole_fences(void);

/** sbi_system_off() - end the machine (SRST); returns where the firmware can't. Works at any time. */
void sbi_system_off(bool success);

/**
 * sbi_legacy_shutdown() - end the machine as SBI 0.1 does
 *
 * May end this hart alone, never to return.
 */
void sbi_legacy_shutdown(void);
#endif

#endif
