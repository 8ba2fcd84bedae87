/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What C and the assembly of the boot path share. */
#ifndef ASM_BOOT_H
#define ASM_BOOT_H

/*
 * Where the ELF file asks to be loaded: above the firmware, as boot loaders place an Image. The start of
 * RAM is that of QEMU's machines, a file having to name one.
 */
#define ELF_LOAD_ADDRESS 0x80200000

#define IMAGE_MAGIC_OFFSET 0x30 /* in the image's header */

/* Offsets in struct handover. */
#define HANDOVER_SATP 0
#define HANDOVER_OFFSET 8
#define HANDOVER_CPU 16
#define HANDOVER_STATE 24

/* What became of a secondary hart: struct handover's state. */
#define HANDOVER_WAITING 0
#define HANDOVER_ENTERED 1 /* translates, is on its way to secondary_main() */
#define HANDOVER_NO_MODE 2 /* does not have this mode of satp; has stopped again */
#define HANDOVER_LACKS 3   /* plus PROBE_*: lacks what the boot hart uses; has stopped again */

/* What the boot hart uses only where it works, and the other harts must have then. */
#define PROBE_SVNAPOT 0
#define PROBE_SVPBMT 1
#define PROBE_SVINVAL 2 /* the first that needs no memory */

/* Offsets in struct hart_probe. */
#define PROBE_SATP 0
#define PROBE_OFFSET 8
#define PROBE_WORD 16
#define PROBE_TEST 24
#define PROBE_RUN_SVINVAL 40

#ifndef __ASSEMBLY__
#include "base/types.h"

struct cpu;

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
 * struct hart_probe - what harts try before they rely on it
 * @satp: with a root that maps satp_probe(), readable and executable, and more to read
 * @offset: va - pa of that mapping
 * @word: what is read
 * @test: addresses that show it by way of PROBE_SVNAPOT, PROBE_SVPBMT; 0: that is not used
 * @svinval: not 0: the instructions of Svinval are used
 */
struct hart_probe {
	u64 satp;
	u64 offset;
	u64 word;
	grt_virt_t test[PROBE_SVINVAL];
	u64 svinval;
};

/* The page of that root, in mode.S. Not as an array: mmu_fill_entries() begins in front of it. */
static inline u64 *probe_root(void)
{
	u64 *root;

	asm("lla %0, probe_root_page" : "=r"(root));
	return root; /* cppcheck-suppress uninitvar */
}

/* The boot hart fills it; head.S has the others try it, by its physical address. */
extern struct hart_probe hart_probe;

/**
 * satp_probe() - try a mode of satp, from translation off back to translation off; in mode.S
 * @satp: with a root that maps this code, readable and executable
 * @offset: va - pa of that mapping
 * @test: a virtual address to load from while it translates; 0: none
 * @word: what is to be found there
 *
 * Return: 0: there is no such mode; 1: there is, and the load faulted or found something else; 2: it
 * found @word.
 */
int satp_probe(u64 satp, u64 offset, grt_virt_t test, u64 word);

/** svinval_probe() - try the instructions of Svinval. Return: 1, or 0 where one is illegal; in mode.S. */
int svinval_probe(void);

/**
 * untranslated_store() - store a word to a physical address, with translation off meanwhile; in mode.S
 * @offset: va - pa of the kernel image at present
 *
 * Interrupts are off; so is everything that keeps an address. Return: false where it faulted.
 */
bool untranslated_store(grt_phys_t pa, u32 value, u64 offset);

/**
 * park() - arch_quiesce_park(), see kernel/arch.h; in mode.S
 * @offset: va - pa of the kernel image
 * @online: this hart's word of the tables' domain, and
 * @bit: its bit there: out of the tables it is sent no fences
 * @words: quiesce_words
 */
void park(u64 offset, grt_phys_t online, u64 bit, grt_phys_t words, u64 number);

/** sleep_outside() - arch_cpu_idle(), out of the kernel's tables; in mode.S */
void sleep_outside(u64 offset, grt_phys_t online, u64 bit);

/**
 * semihosting_call() - ask a debugger or emulator for something; in mode.S
 * @arg: what @op takes
 *
 * Return: its answer; -EFAULT where nobody listens.
 */
long semihosting_call(u64 op, const void *arg);

/* In head.S: not 0 where the loader entered in M-mode, below which there is no firmware. */
extern const u8 machine_mode;
#endif

#endif
