/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The instructions that open and close a window of kernel/window.h. */
#ifndef ASM_WINDOW_H
#define ASM_WINDOW_H

#include "kernel/window.h"

/** window_open() - what follows is in window @n, a constant; nothing moves across. */
static inline __attribute__((always_inline)) void window_open(const unsigned int n)
{
	asm volatile("slti x0, x0, %0" ::"i"(WINDOW_RISCV_OPEN + n) : "memory");
}

/** window_close() - until here. */
static inline __attribute__((always_inline)) void window_close(const unsigned int n)
{
	asm volatile("slti x0, x0, %0" ::"i"(WINDOW_RISCV_CLOSE + n) : "memory");
}

#endif
