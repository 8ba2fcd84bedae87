// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Self-tests: what must fault, does; and the same address is fine where it is allowed. */
#include "kernel/arch.h"
#include "kernel/selftest.h"
#include "mm/fixmap.h"
#include "mm/vm.h"
#include "mm/vmalloc.h"

typedef unsigned long long ull;

static const char *const access_names[] = {
	[ACCESS_READ] = "read",
	[ACCESS_WRITE] = "write",
	[ACCESS_EXEC] = "execute",
};

static void must_fault(struct ktap *t, enum access_kind kind, grt_virt_t va)
{
	ktap_check(t, arch_probe(kind, va) == -EFAULT, "0x%llx: %s did not fault", (ull)va,
		   access_names[kind]);
}

static void must_work(struct ktap *t, enum access_kind kind, grt_virt_t va)
{
	ktap_check(t, !arch_probe(kind, va), "0x%llx: %s faulted", (ull)va, access_names[kind]);
}

void test_fault_text(struct ktap *t)
{
	must_work(t, ACCESS_READ, (grt_virt_t)__text_start);
	must_fault(t, ACCESS_WRITE, (grt_virt_t)__text_start);
	must_fault(t, ACCESS_WRITE, (grt_virt_t)__text_end - 8);
}

/* Constants that must not be optimised away. */
static const u64 constant = 1;
static u64 volatile variable = 1;

void test_fault_rodata(struct ktap *t)
{
	must_work(t, ACCESS_READ, (grt_virt_t)&constant);
	must_fault(t, ACCESS_EXEC, (grt_virt_t)&constant);
	if (boot_info.opts.rodata != RODATA_OFF)
		must_fault(t, ACCESS_WRITE, (grt_virt_t)&constant);
}

void test_fault_data_exec(struct ktap *t)
{
	u64 on_stack = 0;
	u64 *area = vmalloc(sizeof(*area));

	must_work(t, ACCESS_WRITE, (grt_virt_t)&variable);
	must_fault(t, ACCESS_EXEC, (grt_virt_t)&variable);
	must_work(t, ACCESS_WRITE, (grt_virt_t)&on_stack);
	must_fault(t, ACCESS_EXEC, (grt_virt_t)&on_stack);
	if (!ktap_check(t, area, "no memory"))
		return;
	must_work(t, ACCESS_WRITE, (grt_virt_t)area);
	must_fault(t, ACCESS_EXEC, (grt_virt_t)area);
	vfree(area);
}

void test_fault_alias(struct ktap *t)
{
	u64 to_alias = boot_info.layout.linear_offset - boot_info.layout.kernel_offset;
	grt_virt_t text = (grt_virt_t)__text_start + to_alias;
	grt_virt_t rodata = (grt_virt_t)&constant + to_alias;

	must_work(t, ACCESS_READ, text);
	must_fault(t, ACCESS_WRITE, text);
	must_fault(t, ACCESS_EXEC, text);
	must_work(t, ACCESS_READ, rodata);
	if (boot_info.opts.rodata != RODATA_OFF)
		must_fault(t, ACCESS_WRITE, rodata);
	must_work(t, ACCESS_WRITE, (grt_virt_t)&variable + to_alias);
	must_fault(t, ACCESS_EXEC, (grt_virt_t)&variable + to_alias);
}

void test_fault_guards(struct ktap *t)
{
	const struct grt_layout *l = &boot_info.layout;

	for (unsigned int i = 0; i < l->nr; i++) {
		if (l->region[i].id != GRT_REGION_GUARD)
			continue;
		must_fault(t, ACCESS_READ, l->region[i].start);
		must_fault(t, ACCESS_WRITE, l->region[i].start + l->region[i].size - 8);
	}
	must_fault(t, ACCESS_WRITE, arch_this_cpu()->stack_start - 8);
	must_fault(t, ACCESS_WRITE, arch_this_cpu()->trap_stack_start - 8);
}

void test_fault_null(struct ktap *t)
{
	must_fault(t, ACCESS_READ, 0);
	must_fault(t, ACCESS_WRITE, 8);
	must_fault(t, ACCESS_EXEC, 0);
	must_fault(t, ACCESS_READ, BIT(62));
	must_fault(t, ACCESS_READ, grt_geometry_upper_start(&boot_info.geometry) - 8);
	must_fault(t, ACCESS_READ, ~7ULL);
}

void test_fault_after_unmap(struct ktap *t)
{
	const struct grt_layout *l = &boot_info.layout;
	grt_virt_t va = fixmap_addr(l, FIX_TEST);
	int err;

	must_fault(t, ACCESS_READ, va);
	for (unsigned int i = 0; i < 3; i++) {
		err = fixmap_map(&kernel_vm.pt, l, FIX_TEST, boot_info.image_pa,
				 GRT_ATTR_KERNEL_RO);
		if (!ktap_check(t, !err, "error %d", err))
			return;
		must_work(t, ACCESS_READ, va);
		must_fault(t, ACCESS_WRITE, va);
		err = fixmap_unmap(&kernel_vm.pt, l, FIX_TEST);
		ktap_check(t, !err, "error %d", err);
		must_fault(t, ACCESS_READ, va);
	}
}
