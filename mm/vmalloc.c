// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "mm/vm_space.h"
#include "mm/vmalloc.h"

static struct vm_space vmalloc_space;

int vmalloc_init(struct kernel_vm *vm)
{
	return vm_space_init(&vmalloc_space, vm, GRT_REGION_VMALLOC);
}

void *vmalloc(size_t size)
{
	return vm_space_alloc(&vmalloc_space, size, 0, GRT_ATTR_KERNEL_RW);
}

void *vmalloc_flags(size_t size, u64 align, grt_attr_t attr)
{
	return vm_space_alloc(&vmalloc_space, size, align, attr);
}

void *vmalloc_stack(void)
{
	return vm_space_alloc(&vmalloc_space, THREAD_SIZE, THREAD_SIZE,
			      GRT_ATTR_KERNEL_RW | VM_PINNED);
}

void *vmap_phys(grt_phys_t pa, u64 size, grt_attr_t attr)
{
	return vm_space_map(&vmalloc_space, pa, size, attr);
}

void vfree(const void *p)
{
	if (p)
		vm_space_free(&vmalloc_space, p);
}

void vmalloc_stats(struct vmalloc_stats *out)
{
	spin_lock(&vmalloc_space.va.lock);
	*out = (struct vmalloc_stats){ vmalloc_space.areas, vmalloc_space.bytes };
	spin_unlock(&vmalloc_space.va.lock);
}
