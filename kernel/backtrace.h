/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The way back from an exception, by frame pointers. */
#ifndef KERNEL_BACKTRACE_H
#define KERNEL_BACKTRACE_H

#include "base/types.h"

#define BACKTRACE_MAX 32
#define BACKTRACE_STACKS 3

/** struct address_span - from @start to before @end; empty if there is none. */
struct address_span {
	grt_virt_t start;
	grt_virt_t end;
};

/**
 * struct backtrace_from - registers, and where things may lie
 * @pc: of the exception
 * @ra: the register for return addresses
 * @fp: frame pointer
 * @text: the code that there is
 * @stack: all that is mapped of the stacks that @fp may point to
 */
struct backtrace_from {
	grt_virt_t pc;
	grt_virt_t ra;
	grt_virt_t fp;
	struct address_span text;
	struct address_span stack[BACKTRACE_STACKS];
};

/**
 * struct backtrace_entry - a function on the way
 * @address: of the instruction that was executed: the first entry's is the pc, the others' is in a call
 * @guess: only the register says so: true for a function without a frame, else out of date
 */
struct backtrace_entry {
	grt_virt_t address;
	bool guess;
};

/**
 * backtrace_walk() - who called whom, innermost first
 *
 * Reads nothing but @from->text and, from a frame pointer that is aligned and higher than the one before
 * it, one of @from->stack: it ends on any stack, and faults on none.
 *
 * Return: the number of entries, 1 at least, @max at most.
 */
unsigned int backtrace_walk(const struct backtrace_from *from, struct backtrace_entry *entry,
			    unsigned int max);

#endif
