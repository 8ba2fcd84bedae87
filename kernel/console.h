/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The console: a UART of the device tree, or the firmware's. Polled, output only. */
#ifndef KERNEL_CONSOLE_H
#define KERNEL_CONSOLE_H

#include "base/types.h"

enum console_type { CONSOLE_NONE, CONSOLE_SBI, CONSOLE_UART };

/* Registers of a UART that are used lie in one piece of this size and alignment: what is mapped. */
#define CONSOLE_REGS_SIZE 0x1000

/**
 * struct console_desc - where the console is, and what sends a byte
 * @base: physical address of its registers; the others are of a UART only
 * @data: offset of the register that takes a byte
 * @status: offset of the register to look at before
 * @mask: bits of it
 * @ready: what they are once there is room
 * @control: offset of the register that switches the transmitter on
 * @enable: bits of it to set; none: it is on, or the firmware alone knows how
 * @disable: bits of it to clear
 * @io_width: bytes of an access: 1, 2 or 4
 */
struct console_desc {
	enum console_type type;
	grt_phys_t base;
	u32 mask;
	u32 ready;
	u16 data;
	u16 status;
	u16 control;
	u16 enable;
	u16 disable;
	u8 io_width;
};

/**
 * console_set() - use @desc from here on
 * @regs: address of the registers in the present address space (@desc->base while the MMU is off)
 *
 * What is printed while the type is CONSOLE_NONE is kept and comes out with the next call. That is
 * so at first; set it too where the registers are out of reach until they are mapped.
 */
void console_set(const struct console_desc *desc, grt_virt_t regs);

/** console_known() - is what is printed now not merely kept? */
bool console_known(void);

/** console_write() - @len bytes; "\n" becomes "\r\n". */
void console_write(const char *s, size_t len);

/** arch_console_putc() - for CONSOLE_SBI: by way of the SBI, or of semihosting. */
void arch_console_putc(char c);

#endif
