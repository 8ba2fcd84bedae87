/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How compilers leave the way back (AAPCS64, 6.4.6 "The Frame Pointer"). */
#ifndef ASM_UNWIND_H
#define ASM_UNWIND_H

#include "base/types.h"

/* The caller's frame pointer and the return address lie here from the frame pointer on. */
#define FRAME_RECORD 0
#define FRAME_ALIGN 16

/* This far before a return address is an address of the instruction that made the call. */
#define CALL_BACK 4

/**
 * call_target() - what was called by the instruction before @ra
 * @text: nothing is read before it
 *
 * Return: 0 if it is no call or one through a register.
 */
static inline grt_virt_t call_target(grt_virt_t ra, grt_virt_t text)
{
	u32 insn;

	if (ra % 4 || ra - text < 4)
		return 0;
	insn = *(const u32 *)(uintptr_t)(ra - 4);
	if (insn >> 26 != 0x25) /* BL */
		return 0;
	return ra - 4 + ((s64)(s32)(insn << 6) >> 4);
}

#endif
