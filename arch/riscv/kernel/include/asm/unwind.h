/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How compilers leave the way back (RISC-V ABIs specification, "Frame Pointer Convention"). */
#ifndef ASM_UNWIND_H
#define ASM_UNWIND_H

#include "base/types.h"

/* The caller's frame pointer and the return address lie here from the frame pointer on. */
#define FRAME_RECORD (-16)
#define FRAME_ALIGN 16

/* This far before a return address is an address of the instruction that made the call. */
#define CALL_BACK 2

static inline u32 unwind_instruction(grt_virt_t va)
{
	const u16 *p = (const u16 *)(uintptr_t)va;

	return p[0] | (u32)p[1] << 16;
}

/**
 * call_target() - what was called by the instruction before @ra
 * @text: nothing is read before it
 *
 * Return: 0 if it is no call or one through a register.
 */
static inline grt_virt_t call_target(grt_virt_t ra, grt_virt_t text)
{
	u32 jump, upper;
	s64 offset;

	if (ra % 2 || ra - text < 8)
		return 0;
	jump = unwind_instruction(ra - 4);
	upper = unwind_instruction(ra - 8);
	if ((upper & 0xfff) == 0x097 && (jump & 0xfffff) == 0x080e7) /* auipc ra; jalr ra, (ra) */
		return ra - 8 + (s64)(s32)(upper & 0xfffff000) + ((s32)jump >> 20);
	if ((jump & 0xfff) != 0x0ef) /* jal ra */
		return 0;
	offset = (s64)(jump >> 21 & 0x3ff) << 1 | (s64)(jump >> 20 & 1) << 11 |
		 (s64)(jump >> 12 & 0xff) << 12 | (jump >> 31 ? -(1LL << 20) : 0);
	return ra - 4 + offset;
}

#endif
