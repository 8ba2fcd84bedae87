// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The console: UARTs, which differ in where their registers are (kernel/boot_dt_console.c), and the
 * firmware's.
 *
 * The firmware has set the line up; this only sends. Where there was none the transmitter may be off,
 * and is switched on: an emulated line has no rate. A UART that never becomes ready costs a bounded
 * wait and not the kernel.
 */
#include "kernel/console.h"

#define KEPT_SIZE 4096
#define READY_POLLS 1000000

/* Numbers only: this outlives the boot stage. */
static struct console_desc console;
static grt_virt_t console_regs;

/* Printed while there was no console. */
static char kept[KEPT_SIZE];
static size_t kept_len;

static u32 reg_read(grt_virt_t reg)
{
	switch (console.io_width) {
	case 1:
		return *(volatile u8 *)(uintptr_t)reg;
	case 2:
		return *(volatile u16 *)(uintptr_t)reg;
	default:
		return *(volatile u32 *)(uintptr_t)reg;
	}
}

static void reg_write(grt_virt_t reg, u32 value)
{
	switch (console.io_width) {
	case 1:
		*(volatile u8 *)(uintptr_t)reg = (u8)value;
		break;
	case 2:
		*(volatile u16 *)(uintptr_t)reg = (u16)value;
		break;
	default:
		*(volatile u32 *)(uintptr_t)reg = value;
	}
}

/* A line that nobody has used yet may be off; one that is on is left alone, with all that it sends. */
static void uart_enable(void)
{
	u32 old, control;

	if (!console.enable)
		return;
	old = reg_read(console_regs + console.control);
	control = (old & ~(u32)console.disable) | console.enable;
	if (control != old)
		reg_write(console_regs + console.control, control);
}

/* One that is never ready is waited for half as long each time, so that all waits are a bounded sum. */
static void wait_ready(void)
{
	static unsigned int limit = READY_POLLS;
	unsigned int polls = 0;

	while ((reg_read(console_regs + console.status) & console.mask) != console.ready)
		if (polls++ >= limit) {
			limit /= 2;
			return;
		}
	limit = READY_POLLS;
}

static void uart_putc(char c)
{
	wait_ready();
	reg_write(console_regs + console.data, (u8)c);
}

static void console_putc(char c)
{
	if (console.type == CONSOLE_UART)
		uart_putc(c);
	else
		arch_console_putc(c);
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

bool console_known(void)
{
	return console.type != CONSOLE_NONE;
}

void console_set(const struct console_desc *desc, grt_virt_t regs)
{
	console = *desc;
	console_regs = regs;
	if (console.type == CONSOLE_NONE)
		return;
	if (console.type == CONSOLE_UART)
		uart_enable();
	console_write(kept, kept_len);
	kept_len = 0;
}
