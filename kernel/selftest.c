// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The table of self-tests. */
#include "kernel/boot.h"
#include "kernel/selftest.h"
#include "mm/page_alloc.h"
#include "mm/page_size.h"

unsigned int selftest_cpus_online;

static const struct self_test tests[] = {
	{ "the plan keeps every rule of placement", test_layout_rules },
	{ "pointers in the image are relocated to its virtual address", test_relocated },
	{ "virt_to_phys() and phys_to_virt() know both offsets", test_address_conversion },
	{ "the identity map of the boot stage is gone", test_identity_map_gone },
	{ "the device tree is preserved", test_device_tree_preserved },
	{ "the initrd is preserved", test_initrd_preserved },
	{ "every CPU of the device tree is online", test_cpus_online },
	{ "stacks lie in vmalloc space between guard pages", test_stacks },

	{ "the boot stage mapped nothing writable and executable", test_boot_stage_wx },
	{ "nothing is mapped writable and executable", test_no_wx },
	{ "only kernel text is executable", test_executable_is_text },
	{ "text is r-x, rodata r--, data rw-", test_kernel_sections },
	{ "the linear map is all of RAM and nothing else", test_linear_map_is_ram },
	{ "linear aliases of the image permit no more than the image", test_linear_aliases },
	{ "no-map memory is mapped nowhere", test_nomap },
	{ "the linear map has the leaves that were planned", test_linear_leaves },
	{ "every mapping lies in a region that allows it", test_mappings_in_regions },
	{ "the MMU translates as the tables say", test_hardware_agrees },

	{ "entries are filled, compared and changed as one by one", test_entry_loops },
	{ "the hypervisor's level translates as a tree says that changes meanwhile",
	  test_hypervisor_tree },

	{ "the page allocator gives out disjoint, aligned, writable blocks", test_page_alloc },
	{ "vmalloc maps, unmaps and gives everything back", test_vmalloc },
	{ "vmalloc keeps out of the module and BPF windows", test_vmalloc_windows },
	{ "code runs in the windows once it is sealed, and can't be written", test_execmem },

	{ "every CPU runs the work that it is given, in order and on its own stack", test_work },
	{ "text, stacks and CPU data lie outside of the linear map", test_always_live },
	{ "the linear map is made of what all CPUs can stand, with unchanged permissions",
	  test_split_mode },
	{ "a quiesce stops every other CPU, and all go on", test_quiesce },
	{ "leaves become pages under quiesce while CPUs use the memory", test_quiesced_pages },
	{ "CPUs that wait in a quiesce have nothing writable and executable", test_quiesce_wx },
	{ "a TLB conflict is survived and counted", test_conflict },

	{ "set_memory changes a range and its aliases, and nothing beside them", test_set_memory },
	{ "W+X, stacks, tables, the image and strange ranges are refused",
	  test_set_memory_refused },
	{ "a hidden page of the linear map faults, and comes back", test_direct_map },
	{ "split, then collapse: the same tables and leaves", test_split_collapse },
	{ "vfree() restores aliases and leaves", test_vfree_restores },
	{ "80 % of memory becomes read-only and writable again, and nothing is lost",
	  test_most_of_memory },
	{ "memory that mem= left out is added and removed", test_hotplug_left_out },
	{ "free memory is removed, and added again as it was", test_hotplug_free_memory },
	{ "CPUs use memory whose leaves change, and never see a fault or wrong data", test_stress },

	{ "writing kernel text faults", test_fault_text },
	{ "writing or executing rodata faults", test_fault_rodata },
	{ "executing data, stack and vmalloc memory faults", test_fault_data_exec },
	{ "writing or executing the linear alias of text faults", test_fault_alias },
	{ "guard pages and guard regions fault", test_fault_guards },
	{ "the null page and non-canonical addresses fault", test_fault_null },
	{ "a page faults as soon as it is unmapped", test_fault_after_unmap },
};

/* With less, a test could fail for want of memory and not because something is wrong. */
#define LEAST_PAGES 128

unsigned int selftest_run(unsigned int cpus_online)
{
	u64 free = page_alloc_available();
	struct ktap t;

	if (free < LEAST_PAGES)
		boot_stop("memory too small: %llu KiB are free, the self-tests need %llu KiB",
			  (unsigned long long)(free * PAGE_SIZE >> 10),
			  (unsigned long long)(LEAST_PAGES * PAGE_SIZE >> 10));
	selftest_cpus_online = cpus_online;
	return ktap_run(&t, tests, ARRAY_SIZE(tests));
}
