/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Exceptions, in the words that both architectures share. */
#ifndef KERNEL_TRAP_H
#define KERNEL_TRAP_H

#include <graticule/types.h>

enum access_kind { ACCESS_READ, ACCESS_WRITE, ACCESS_EXEC, ACCESS_NONE };

/**
 * struct trap - an exception
 * @pc: where
 * @sp: stack pointer then
 * @fp: frame pointer
 * @ra: register for return addresses
 * @addr: faulting virtual address, if @access is not ACCESS_NONE
 * @access: what was tried
 * @cause: in words, from the architecture's table
 * @code: the raw cause register (scause, ESR_EL1)
 * @frame: the saved registers, for arch_print_trap()
 */
struct trap {
	virt_addr_t pc;
	virt_addr_t sp;
	virt_addr_t fp;
	virt_addr_t ra;
	virt_addr_t addr;
	enum access_kind access;
	const char *cause;
	u64 code;
	void *frame;
};

/**
 * trap_report() - print a readable report and stop: cause, address, region by name, the entry, who called
 * whom, registers
 *
 * Arch entry code has dealt with faults of arch_probe() before. Also works in the boot stage.
 */
_Noreturn void trap_report(const struct trap *trap);

#endif
