/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The frame that entry.S saves. */
#ifndef ASM_TRAP_H
#define ASM_TRAP_H

/* Offsets in struct trap_frame. */
#define FRAME_SP 16
#define FRAME_T0 40
#define FRAME_SEPC 256
#define FRAME_SSTATUS 264
#define FRAME_SCAUSE 272
#define FRAME_STVAL 280
#define FRAME_SIZE 288

#ifndef __ASSEMBLY__
#include "base/types.h"

/**
 * struct trap_frame - the registers of a trap
 * @x: x0 to x31; x0 is not stored
 */
struct trap_frame {
	u64 x[32];
	u64 sepc;
	u64 sstatus;
	u64 scause;
	u64 stval;
};

/** trap_handle() - a trap that no arch_probe() waited for, on the trap stack. */
_Noreturn void trap_handle(struct trap_frame *frame);

/** early_trap_handle() - a trap before arch_init(), with or without translation, relocated or not. */
_Noreturn void early_trap_handle(u64 scause, u64 sepc, u64 stval);

/**
 * trap_cause_name() - scause in words
 *
 * Position independent: the answer needs no relocation.
 */
const char *trap_cause_name(u64 scause);

/* In entry.S: accesses that may fault. Each returns -EFAULT if it did, and leaves no trace of it. */
int probe_read(grt_virt_t va);
int probe_write(grt_virt_t va);
int probe_exec(grt_virt_t va);
#endif

#endif
