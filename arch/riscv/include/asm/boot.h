/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What C and the assembly of the boot path share. */
#ifndef ASM_BOOT_H
#define ASM_BOOT_H

/* Offsets in struct handover. */
#define HANDOVER_SATP 0
#define HANDOVER_OFFSET 8
#define HANDOVER_CPU 16
#define HANDOVER_STATE 24

/* What became of a secondary hart: struct handover's state. */
#define HANDOVER_WAITING 0
#define HANDOVER_ENTERED 1 /* translates, is on its way to secondary_main() */
#define HANDOVER_REFUSED 2 /* does not have this mode of satp; has stopped again */

#ifndef __ASSEMBLY__
#include <graticule/types.h>
#include "kernel/cpu.h"

/**
 * struct handover - what a hart needs to turn translation on
 * @satp: for the kernel's tables
 * @offset: va - pa of the kernel image
 * @cpu: virtual address of its struct; not for the boot hart
 * @state: HANDOVER_*, written by the hart
 */
struct handover {
	u64 satp;
	u64 offset;
	struct cpu *cpu;
	u64 state;
};

/* The boot hart's; head.S reads it when boot_main() has returned. */
extern struct handover boot_handover;

/* In head.S: where the firmware starts a secondary, a1 is the physical address of its struct handover. */
extern char secondary_entry[];

/* In head.S: the stack that the boot hart's traps use until it gets one in vmalloc space. */
extern char boot_trap_stack[];

/**
 * satp_probe() - try a mode of satp, from translation off back to translation off; in mode.S
 * @satp: with a root that maps this code, readable and executable
 * @offset: va - pa of that mapping
 * @test: a virtual address to load a byte from while it translates; 0: none
 *
 * Return: 0: there is no such mode; 1: there is, and the load faulted; 2: there is.
 */
int satp_probe(u64 satp, u64 offset, virt_addr_t test);

/**
 * untranslated_store() - store a word to a physical address, with translation off meanwhile; in mode.S
 * @offset: va - pa of the kernel image at present
 *
 * No fault of it is seen. Interrupts are off; so is everything that keeps an address.
 */
void untranslated_store(phys_addr_t pa, u32 value, u64 offset);

/**
 * park() - arch_quiesce_park(), see kernel/arch.h; in mode.S
 * @words: quiesce_words
 * @offset: va - pa of the kernel image
 */
void park(phys_addr_t words, u64 number, u64 offset);

/** semihosting_exit() - ask a debugger or emulator to end with a failure; returns if there is none. */
void semihosting_exit(void);
#endif

#endif
