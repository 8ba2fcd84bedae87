/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Memory for code: modules and BPF programs, in windows within reach of the kernel image. It is
 * writable and not executable until it is sealed, then executable and not writable.
 *
 * Any CPU, any time after execmem_init(), but not in an exception handler.
 */
#ifndef MM_EXECMEM_H
#define MM_EXECMEM_H

#include "mm/vm.h"

enum execmem_type { EXECMEM_MODULE, EXECMEM_BPF, EXECMEM_NR };

/** execmem_init() - start with the windows that the layout has. Return: 0, -ENOENT or -ENOMEM. */
int execmem_init(struct kernel_vm *vm);

/**
 * execmem_alloc() - @size bytes of a window, read-write
 *
 * Where a direct branch to any byte of the kernel reaches, while there is room.
 *
 * Return: the address, or NULL.
 */
void *execmem_alloc(enum execmem_type type, size_t size);

/**
 * execmem_seal() - make an allocation read-only and executable, on every CPU
 *
 * The caller makes the instruction caches coherent before it runs the code.
 *
 * Return: 0, -EINVAL (not from execmem_alloc()), or what grt_protect() returns.
 */
int execmem_seal(enum execmem_type type, void *p);

/** execmem_free() - end of an allocation; nothing runs in it any more. */
void execmem_free(enum execmem_type type, const void *p);

/** execmem_in_reach() - is all of [@va, @va + @size) within @reach bytes of all of the kernel? */
bool execmem_in_reach(grt_virt_t va, u64 size, u64 reach);

#endif
