// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Self-tests: placement, relocation, what was preserved, CPUs. */
#include "kernel/arch.h"
#include "kernel/fdt.h"
#include "kernel/selftest.h"
#include "kernel/smp.h"
#include "mm/address.h"
#include "mm/page_size.h"
#include "mm/vm.h"

void test_layout_rules(struct ktap *t)
{
	const struct boot_info *bi = &boot_info;
	struct grt_layout_input in;
	const char *broken;

	if (!ktap_check(t, !boot_layout_input(bi, &in), "no memory to list its ranges"))
		return;
	broken = grt_layout_check(&in, &bi->layout);
	ktap_check(t, !broken, "%s", broken);
	ktap_note("kernel at %u bits, linear map at %u bits of entropy", bi->layout.kernel_bits,
		  bi->layout.linear_bits);
}

/* A pointer that only a relocation can have made right. */
static const char *const volatile relocated = _start;

void test_relocated(struct ktap *t)
{
	struct grt_region kernel = grt_layout_image(&boot_info.layout);
	grt_virt_t start = (grt_virt_t)relocated;

	ktap_check(t, start == (grt_virt_t)_start, "0x%llx", (unsigned long long)start);
	ktap_check(t, start == kernel.start, "planned 0x%llx, runs at 0x%llx",
		   (unsigned long long)kernel.start, (unsigned long long)start);
	ktap_check(t, start == boot_info.image_pa + boot_info.layout.kernel_offset,
		   "kernel_offset is wrong");
}

void test_address_conversion(struct ktap *t)
{
	static const int in_image = 1;
	grt_phys_t pa = virt_to_phys(&in_image);
	const int *alias = phys_to_virt(pa);
	struct grt_leaf leaf;

	ktap_check(t, (const void *)alias != &in_image, "the image lies in the linear map");
	ktap_check(t, *alias == 1, "the alias shows other memory");
	ktap_check(t, virt_to_phys(alias) == pa, "linear map");
	if (ktap_check(t, !vm_translate(&kernel_vm, (grt_virt_t)&in_image, &leaf), "unmapped"))
		ktap_check(t, leaf.pa + ((grt_virt_t)&in_image - leaf.va) == pa,
			   "the tables say otherwise");
}

void test_identity_map_gone(struct ktap *t)
{
	ktap_check(t, arch_probe(ACCESS_READ, boot_info.image_pa) == -EFAULT, "readable");
	ktap_check(t, arch_probe(ACCESS_EXEC, boot_info.image_pa) == -EFAULT, "executable");
}

/* Does the linear map show both ends? Between them is nothing that is not mapped. */
static bool linear_mapped(grt_phys_t pa, u64 size)
{
	grt_virt_t va = pa + boot_info.layout.linear_offset;
	struct grt_leaf leaf;

	return !vm_translate(&kernel_vm, va, &leaf) &&
	       !vm_translate(&kernel_vm, va + size - 1, &leaf);
}

void test_device_tree_preserved(struct ktap *t)
{
	const struct boot_info *bi = &boot_info;
	const char *why;
	struct fdt fdt;

	if (!linear_mapped(bi->dtb_pa, bi->dtb_size)) {
		ktap_skip(t, "the device tree is not in whole pages of RAM");
		return;
	}
	ktap_check(t, memblock_contains(&bi->memblock.reserved, bi->dtb_pa, bi->dtb_size),
		   "not reserved");
	if (ktap_check(t, !fdt_open(&fdt, phys_to_virt(bi->dtb_pa), bi->dtb_size, &why), "%s", why))
		ktap_check(t, fdt.size == bi->dtb_size, "its size has changed");
}

void test_initrd_preserved(struct ktap *t)
{
	const struct grt_mem_range *initrd = &boot_info.initrd;
	u64 hash = 0xcbf29ce484222325; /* FNV-1a: whoever made the initrd can compare */
	const u8 *bytes;

	if (!initrd->size) {
		ktap_skip(t, "no initrd");
		return;
	}
	ktap_check(t, memblock_contains(&boot_info.memblock.reserved, initrd->start, initrd->size),
		   "not reserved");
	if (!ktap_check(t, linear_mapped(initrd->start, initrd->size), "not mapped"))
		return;
	bytes = phys_to_virt(initrd->start);
	for (u64 i = 0; i < initrd->size; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3;
	ktap_note("initrd: %llu bytes, FNV-1a %016llx", (unsigned long long)initrd->size,
		  (unsigned long long)hash);
}

void test_cpus_online(struct ktap *t)
{
	ktap_note("%u of %u CPUs online", selftest_cpus_online, boot_info.nr_cpus);
	if (selftest_cpus_online < boot_info.nr_cpus)
		ktap_skip(t, "the firmware or the CPUs' features left some out, as said above");
}

static void check_stack(struct ktap *t, grt_virt_t start)
{
	const struct grt_region *region = grt_layout_region_of(&boot_info.layout, start);
	struct grt_leaf leaf;

	ktap_check(t, region && region->id == GRT_REGION_VMALLOC, "0x%llx is not in vmalloc space",
		   (unsigned long long)start);
	ktap_check(t, !vm_translate(&kernel_vm, start, &leaf) && leaf.attr & GRT_ATTR_WRITE,
		   "0x%llx is not writable", (unsigned long long)start);
	ktap_check(t, vm_translate(&kernel_vm, start - 1, &leaf) == -ENOENT,
		   "no guard page below 0x%llx", (unsigned long long)start);
	ktap_check(t, vm_translate(&kernel_vm, start + THREAD_SIZE, &leaf) == -ENOENT,
		   "no guard page above 0x%llx", (unsigned long long)start);
}

void test_stacks(struct ktap *t)
{
	grt_virt_t here = (grt_virt_t)__builtin_frame_address(0);
	const struct cpu *self = arch_this_cpu();

	ktap_check(t, self == &cpus[0], "the boot CPU does not know itself");
	ktap_check(t, here - self->stack_start < THREAD_SIZE, "this stack is another one");
	for (unsigned int i = 0; i < nr_cpus; i++) {
		if (!cpus[i].online)
			continue;
		check_stack(t, cpus[i].stack_start);
		check_stack(t, cpus[i].trap_stack_start);
	}
}
