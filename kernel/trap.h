/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Exceptions, in the words that both architectures share. */
#ifndef KERNEL_TRAP_H
#define KERNEL_TRAP_H

#include "base/types.h"

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
	grt_virt_t pc;
	grt_virt_t sp;
	grt_virt_t fp;
	grt_virt_t ra;
	grt_virt_t addr;
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
