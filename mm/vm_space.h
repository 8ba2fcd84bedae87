/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Mapped areas in one kind of region: what vmalloc and execmem have in common. An unmapped page
 * lies before and after each area. Where no leaf can be split live, areas are mapped with pages.
 *
 * Any CPU, any time; locks va.lock, then, not nested, the vm's.
 */
#ifndef MM_VM_SPACE_H
#define MM_VM_SPACE_H

#include "mm/va_space.h"
#include "mm/vm.h"

/**
 * struct vm_space - the areas of one kind of region
 * @vm: where they are mapped
 * @va: their addresses; its lock protects the counters
 * @areas: how many there are
 * @bytes: mapped, guards not included
 * @exec: its regions allow code
 * @next: of the same address space
 */
struct vm_space {
	struct kernel_vm *vm;
	struct va_space va;
	u64 areas;
	u64 bytes;
	bool exec;
	struct vm_space *next;
};

/** vm_space_of() - the space that the address @va belongs to, or NULL. */
struct vm_space *vm_space_of(struct kernel_vm *vm, grt_virt_t va);

/**
 * vm_space_init() - a space over all regions of @vm's layout that have @id
 *
 * Return: 0, -ENOENT (there is none), -ENOMEM.
 */
int vm_space_init(struct vm_space *s, struct kernel_vm *vm, enum grt_region_id id);

/**
 * vm_space_alloc() - memory of any physical shape at the lowest addresses that are free
 * @size: bytes, rounded up to pages
 * @align: least alignment of the address, a power of two or 0
 * @attr: GRT_ATTR_* | GRT_MAP_* | VM_PINNED
 *
 * Return: the address, or NULL with nothing allocated.
 */
void *vm_space_alloc(struct vm_space *s, u64 size, u64 align, grt_attr_t attr);

/* Permissions never change (stacks), so that the memory need not come from the split reserve. */
#define VM_PINNED BIT(24)

/** vm_space_map() - map [@pa, @pa + @size), which stays the caller's. Return: address or NULL. */
void *vm_space_map(struct vm_space *s, grt_phys_t pa, u64 size, grt_attr_t attr);

/** vm_space_size() - bytes of the area that starts at @p, whole pages; 0 where none does. */
u64 vm_space_size(struct vm_space *s, const void *p);

/** struct vm_run - physically contiguous memory of an area. */
struct vm_run {
	grt_phys_t pa;
	u64 size;
};

/** struct vm_cursor - where vm_next_run() goes on; the caller holds the lock of the space. */
struct vm_cursor {
	struct page *block;
	u64 skip;
	u64 left;
};

/** vm_runs() - the memory behind @size bytes from @offset on of @area, which has that many. */
static inline struct vm_cursor vm_runs(const struct va_area *area, u64 offset, u64 size)
{
	return (struct vm_cursor){ area->blocks, offset, size };
}

/** vm_next_run() - Return: true with the next run of memory in @run. */
bool vm_next_run(struct vm_cursor *c, struct vm_run *run);

/**
 * vm_space_free() - end of an area: unmapped on every CPU, then its memory and addresses are free
 *
 * Aliases in the linear map that set_memory_*() has changed become read-write and as large as they were.
 *
 * Return: 0; -EINVAL, with a report, where no area starts at @p; what grt_unmap() returns.
 */
int vm_space_free(struct vm_space *s, const void *p);

#endif
