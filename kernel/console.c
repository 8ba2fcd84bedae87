// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Console drivers: Arm PL011 (DDI 0183) and its SBSA subset, the 16550 family, and the SBI.
 *
 * The firmware has set the line up; this only sends. A UART that never becomes ready costs a
 * bounded wait per character and not the kernel.
 */
#include "kernel/console.h"

#define KEPT_SIZE 4096
#define READY_POLLS 1000000

#define PL011_DR 0x00
#define PL011_FR 0x18
#define PL011_FR_TXFF BIT(5)

#define NS16550_THR 0
#define NS16550_LSR 5
#define NS16550_LSR_THRE BIT(5)

/* Numbers only: this outlives the boot stage. */
static struct console_desc console;
static virt_addr_t console_regs;

/* Printed while there was no console. */
static char kept[KEPT_SIZE];
static size_t kept_len;

static u32 reg_read(virt_addr_t reg, u8 width)
{
	return width == 1 ? *(volatile u8 *)(uintptr_t)reg : *(volatile u32 *)(uintptr_t)reg;
}

static void reg_write(virt_addr_t reg, u8 width, u8 value)
{
	if (width == 1)
		*(volatile u8 *)(uintptr_t)reg = value;
	else
		*(volatile u32 *)(uintptr_t)reg = value;
}

static void wait_ready(virt_addr_t reg, u8 width, u32 mask, u32 ready)
{
	unsigned int polls = READY_POLLS;

	while ((reg_read(reg, width) & mask) != ready && --polls)
		;
}

static void console_putc(char c)
{
	virt_addr_t regs = console_regs;

	switch (console.type) {
	case CONSOLE_NONE:
		break;
	case CONSOLE_SBI:
		arch_console_putc(c);
		break;
	case CONSOLE_PL011:
		wait_ready(regs + PL011_FR, 4, PL011_FR_TXFF, 0);
		reg_write(regs + PL011_DR, 4, (u8)c);
		break;
	case CONSOLE_NS16550:
		wait_ready(regs + (NS16550_LSR << console.reg_shift), console.io_width,
			   NS16550_LSR_THRE, NS16550_LSR_THRE);
		reg_write(regs + (NS16550_THR << console.reg_shift), console.io_width, (u8)c);
		break;
	}
}

static void keep(const char *s, size_t len)
{
	for (; len && kept_len < KEPT_SIZE; len--)
		kept[kept_len++] = *s++;
}

void console_write(const char *s, size_t len)
{
	if (console.type == CONSOLE_NONE) {
		keep(s, len);
		return;
	}
	for (; len; len--, s++) {
		if (*s == '\n')
			console_putc('\r');
		console_putc(*s);
	}
}

void console_set(const struct console_desc *desc, virt_addr_t regs)
{
	console = *desc;
	console_regs = regs;
	if (console.type == CONSOLE_NONE)
		return;
	console_write(kept, kept_len);
	kept_len = 0;
}
