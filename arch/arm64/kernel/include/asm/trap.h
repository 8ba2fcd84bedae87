/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The frame that the vectors of entry.S save, and their numbers. */
#ifndef ASM_TRAP_H
#define ASM_TRAP_H

/* Offsets in struct trap_frame. */
#define FRAME_SP 248
#define FRAME_PC 256
#define FRAME_SIZE 288

/* Vectors in the order of the table (Arm ARM, D1 "Exception vectors"). */
#define VECTOR_SYNC 0
#define VECTOR_IRQ 1
#define VECTOR_FIQ 2
#define VECTOR_SERROR 3
#define VECTOR_SP0 0   /* from EL1 on SP_EL0: the kernel's ordinary stack */
#define VECTOR_SPX 4   /* from EL1 on SP_EL1: inside of the handling of an exception */
#define VECTOR_LOWER 8 /* from EL0; 12 and up: AArch32 */

#ifndef __ASSEMBLY__
#include "base/types.h"

struct trap_frame {
	u64 x[31];
	u64 sp;
	u64 pc;
	u64 pstate;
	u64 esr;
	u64 far;
};

_Noreturn void trap_handle(struct trap_frame *frame, unsigned int vector);

/*
 * In entry.S: accesses that may fault. Each returns -EFAULT if it did, and leaves no trace of it.
 * probe_exec() has the instruction at @va fetched and not executed, probe_register() returns what it read.
 */
int probe_read(grt_virt_t va);
int probe_write(grt_virt_t va);
int probe_exec(grt_virt_t va);
s64 probe_register(grt_virt_t va, unsigned int width);

/** fake_exception() - take an exception with the syndrome @esr, on the vectors' own way; for self-tests. */
void fake_exception(u64 esr);
#endif

#endif
