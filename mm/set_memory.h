/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Changing what memory permits after it was mapped: a range of vmalloc or execmem memory together with
 * its aliases in the linear map, and pages of the linear map alone.
 *
 * Each call plans everything first, reserves the tables that the splits need, and then changes all of it
 * in one batch: it is done, on every CPU, on return, or nothing has changed. Memory is handled by runs of
 * physically contiguous pages. Where CPUs can't split a leaf of the linear map live, and the memory is
 * not from the split reserve, the aliases are split under quiesce first; that stays when the call fails.
 *
 * Context: any CPU, not in an exception handler; takes the lock of the space, then the vm's.
 *
 * Common results: 0; -EINVAL (not whole pages of one area that has memory of its own; a mapping would
 * be writable and executable); -EPERM (a stack; general vmalloc memory made executable; leaves that were
 * mapped before it was known that they can't be split); -ENOMEM; -EBUSY (no quiesce); -EIO (a CPU could
 * not be fenced). The kernel image is in no area, so its text and rodata stay as they are.
 */
#ifndef MM_SET_MEMORY_H
#define MM_SET_MEMORY_H

#include "mm/page.h"
#include "mm/vm.h"

/**
 * set_memory_init() - for areas of @vm
 * @protect_aliases: aliases follow (rodata=full); else only what set_memory_decrypted() does concerns them
 */
void set_memory_init(struct kernel_vm *vm, bool protect_aliases);

/**
 * set_memory_ro() - read-only, and so are the aliases
 * set_memory_rw() - writable, and so are the aliases; not while it is executable
 * set_memory_x() - executable: only in the windows of execmem, and only what is read-only
 * set_memory_nx() - not executable
 * set_memory_rox() - read-only and executable in one step
 * @va: page aligned, anywhere in an area
 */
int set_memory_ro(struct kernel_vm *vm, grt_virt_t va, u64 pages);
int set_memory_rw(struct kernel_vm *vm, grt_virt_t va, u64 pages);
int set_memory_x(struct kernel_vm *vm, grt_virt_t va, u64 pages);
int set_memory_nx(struct kernel_vm *vm, grt_virt_t va, u64 pages);
int set_memory_rox(struct kernel_vm *vm, grt_virt_t va, u64 pages);

/**
 * set_memory_decrypted() - share memory with the host of a confidential guest
 * set_memory_encrypted() - hide it from the host again
 * @va: in an area, then the aliases change with it; or of allocated pages in the linear map
 *
 * The state is a bit of the entry where the architecture has one (struct grt_geometry, @shared_bit: arm64
 * Realms); everywhere else no entry changes. The call to the monitor that such a guest makes besides is
 * the caller's.
 */
int set_memory_decrypted(struct kernel_vm *vm, grt_virt_t va, u64 pages);
int set_memory_encrypted(struct kernel_vm *vm, grt_virt_t va, u64 pages);

/**
 * set_direct_map_invalid() - pages of the linear map fault
 * set_direct_map_valid() - show them again as they were, or hide them
 * set_direct_map_default() - read-write, and the largest leaves come back
 * kernel_map_pages() - read-write or hidden; leaves stay as they are
 * @page: first page of an allocation of the caller's (page_alloc.h)
 * @nr: pages, of that allocation and those that follow it
 *
 * Showing what was hidden in the same pieces can't fail. Page tables, objects of mm/, and whatever the
 * page allocator did not hand out are refused: -EINVAL.
 */
int set_direct_map_invalid(struct kernel_vm *vm, struct page *page, u64 nr);
int set_direct_map_valid(struct kernel_vm *vm, struct page *page, u64 nr, bool valid);
int set_direct_map_default(struct kernel_vm *vm, struct page *page, u64 nr);
int kernel_map_pages(struct kernel_vm *vm, struct page *page, u64 nr, bool enable);

#endif
