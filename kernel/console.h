/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The console: a UART that stdout-path names, or the SBI. Polled, output only. */
#ifndef KERNEL_CONSOLE_H
#define KERNEL_CONSOLE_H

#include <graticule/types.h>

enum console_type { CONSOLE_NONE, CONSOLE_SBI, CONSOLE_PL011, CONSOLE_NS16550 };

/* Bytes of registers that a UART may have from its base on: what has to be mapped. */
#define CONSOLE_REGS_SIZE 0x1000

/**
 * struct console_desc - where the console is
 * @base: physical address of its registers
 * @reg_shift: log2 of the distance of two registers in bytes
 * @io_width: bytes of an access: 1 or 4
 */
struct console_desc {
	enum console_type type;
	phys_addr_t base;
	u8 reg_shift;
	u8 io_width;
};

/**
 * console_set() - use @desc from here on
 * @regs: address of the registers in the present address space (@desc->base while the MMU is off)
 *
 * What is printed while the type is CONSOLE_NONE is kept and comes out with the next call. That is
 * so at first; set it too where the registers are out of reach until they are mapped.
 */
void console_set(const struct console_desc *desc, virt_addr_t regs);

/** console_write() - @len bytes; "\n" becomes "\r\n". */
void console_write(const char *s, size_t len);

/** arch_console_putc() - for CONSOLE_SBI; architectures without it provide a no-op. */
void arch_console_putc(char c);

#endif
