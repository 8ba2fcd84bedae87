// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "base/errno.h"
#include "mm/execmem.h"
#include "mm/set_memory.h"
#include "mm/vm_space.h"

static struct vm_space windows[EXECMEM_NR];

int execmem_init(struct kernel_vm *vm)
{
	int err = vm_space_init(&windows[EXECMEM_MODULE], vm, GRT_REGION_MODULES);

	return err ? err : vm_space_init(&windows[EXECMEM_BPF], vm, GRT_REGION_BPF);
}

/* The windows follow the image, so the lowest free addresses are the nearest to it. */
void *execmem_alloc(enum execmem_type type, size_t size)
{
	return vm_space_alloc(&windows[type], size, 0, GRT_ATTR_KERNEL_RW);
}

int execmem_seal(enum execmem_type type, void *p)
{
	u64 size = vm_space_size(&windows[type], p);

	return size ? set_memory_rox(windows[type].vm, (uintptr_t)p, size >> PAGE_SHIFT) : -EINVAL;
}

void execmem_free(enum execmem_type type, const void *p)
{
	if (p)
		vm_space_free(&windows[type], p);
}

static u64 distance(grt_virt_t a, grt_virt_t b)
{
	return a > b ? a - b : b - a;
}

bool execmem_in_reach(grt_virt_t va, u64 size, u64 reach)
{
	grt_virt_t start = address_map.kernel_start, last = start + address_map.kernel_size - 1;
	grt_virt_t end = va + size - 1;

	return max_u64(distance(va, last), distance(end, start)) <= reach &&
	       max_u64(distance(va, start), distance(end, last)) <= reach;
}
