/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The self-tests. Their names and order are the table in selftest.c; each file has one subject. */
#ifndef KERNEL_SELFTEST_H
#define KERNEL_SELFTEST_H

#include <graticule/pgtable.h>
#include "kernel/boot.h"
#include "kernel/ktap.h"

/** selftest_run() - run all of them on the boot CPU. Return: how many failed. */
unsigned int selftest_run(unsigned int cpus_online);

/**
 * selftest_boot_tables() - look at the tables that the boot stage ran on, while they are still there
 * @pt: the kernel's; called first thing in kernel_main()
 *
 * The verdict is a self-test's, later.
 */
void selftest_boot_tables(const struct grt_pgtable *pt);

/** selftest_cpus_online - what smp_start() returned. */
extern unsigned int selftest_cpus_online;

/* selftest_boot.c: placement, relocation, what was preserved, CPUs */
void test_layout_rules(struct ktap *t);
void test_relocated(struct ktap *t);
void test_address_conversion(struct ktap *t);
void test_identity_map_gone(struct ktap *t);
void test_device_tree_preserved(struct ktap *t);
void test_initrd_preserved(struct ktap *t);
void test_cpus_online(struct ktap *t);
void test_stacks(struct ktap *t);

/* selftest_tables.c: what the live tables say */
void test_boot_stage_wx(struct ktap *t);
void test_no_wx(struct ktap *t);
void test_executable_is_text(struct ktap *t);
void test_kernel_sections(struct ktap *t);
void test_linear_map_is_ram(struct ktap *t);
void test_linear_aliases(struct ktap *t);
void test_nomap(struct ktap *t);
void test_linear_leaves(struct ktap *t);
void test_mappings_in_regions(struct ktap *t);
void test_hardware_agrees(struct ktap *t);

/* selftest_entries.c: the loops that write tables, and a tree of another regime */
void test_entry_loops(struct ktap *t);
void test_hypervisor_tree(struct ktap *t);

/* selftest_mm.c: the allocators */
void test_page_alloc(struct ktap *t);
void test_vmalloc(struct ktap *t);
void test_vmalloc_windows(struct ktap *t);
void test_execmem(struct ktap *t);

/* selftest_smp.c: work on other CPUs, quiesce, changes of size */
void test_work(struct ktap *t);
void test_quiesce(struct ktap *t);
void test_quiesced_pages(struct ktap *t);
void test_quiesce_wx(struct ktap *t);
void test_conflict(struct ktap *t);
void test_always_live(struct ktap *t);
void test_split_mode(struct ktap *t);

/* selftest_set_memory.c: permissions that change, in vmalloc space and in the linear map */
void test_most_of_memory(struct ktap *t);
void test_set_memory(struct ktap *t);
void test_set_memory_refused(struct ktap *t);
void test_direct_map(struct ktap *t);
void test_split_collapse(struct ktap *t);
void test_vfree_restores(struct ktap *t);

/* selftest_hotplug.c: memory that comes and goes */
void test_hotplug_left_out(struct ktap *t);
void test_hotplug_free_memory(struct ktap *t);

/* stress.c */
void test_stress(struct ktap *t);

/* selftest_fault.c: what must fault, does */
void test_fault_text(struct ktap *t);
void test_fault_rodata(struct ktap *t);
void test_fault_data_exec(struct ktap *t);
void test_fault_alias(struct ktap *t);
void test_fault_guards(struct ktap *t);
void test_fault_null(struct ktap *t);
void test_fault_after_unmap(struct ktap *t);

#endif
