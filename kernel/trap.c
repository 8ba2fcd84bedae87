// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The last words of a kernel that ran into an exception. */
#include "kernel/arch.h"
#include "kernel/backtrace.h"
#include "kernel/boot.h"
#include "kernel/layout_json.h"
#include "kernel/printk.h"
#include "kernel/trap.h"
#include "mm/page_size.h"
#include "mm/vm.h"

/* Who reports, and its exceptions so far. Plain stores: without the MMU there are no atomics. */
static struct cpu *volatile reporter;
static volatile unsigned int reports;

static const char *access_name(enum access_kind kind)
{
	switch (kind) {
	case ACCESS_READ:
		return "read of";
	case ACCESS_WRITE:
		return "write to";
	case ACCESS_EXEC:
		return "execution of";
	default:
		return "access to";
	}
}

_Static_assert(GRT_ATTR_READ == GRT_REGION_PERM_R && GRT_ATTR_WRITE == GRT_REGION_PERM_W &&
		       GRT_ATTR_EXEC == GRT_REGION_PERM_X,
	       "both print the same way");

static void report_leaf(grt_virt_t addr)
{
	struct grt_leaf leaf;
	char perm[4];

	/* Before vm_init() there is nobody to ask. */
	if (!kernel_vm.pt.g)
		return;
	if (grt_translate(&kernel_vm.pt, addr, &leaf)) {
		printk("  entry   none: not mapped\n");
		return;
	}
	perm_string(leaf.attr & (GRT_ATTR_READ | GRT_ATTR_WRITE | GRT_ATTR_EXEC), perm);
	printk("  entry   level %u%s, %#lx bytes at %#lx -> %#lx, %s%s\n", leaf.level,
	       leaf.contiguous ? " group" : "", leaf.size, leaf.va, leaf.pa, perm,
	       leaf.attr & GRT_ATTR_DEVICE ? ", device" : "");
}

static void report_stack(grt_virt_t addr)
{
	const struct cpu *cpu;

	if (!kernel_vm.pt.g)
		return;
	cpu = arch_this_cpu();
	if (cpu->stack_start - addr - 1 < PAGE_SIZE)
		printk("  stack   overflow: the stack of CPU %u starts at %#lx\n", cpu->id,
		       cpu->stack_start);
}

static grt_virt_t address_of(const char *symbol)
{
	return (grt_virt_t)(uintptr_t)symbol;
}

/* The image is linked at 0: the offset is the address in its ELF file. */
static bool in_image(grt_virt_t va, u64 *offset)
{
	*offset = va - address_of(_start);
	return *offset < (u64)(_end - _start);
}

static void report_register(const char *name, grt_virt_t va)
{
	u64 offset;

	printk("  %-7s 0x%lx", name, va);
	if (in_image(va, &offset))
		printk(", image+0x%lx", offset);
	printk("\n");
}

static void report_backtrace(const struct trap *trap)
{
	const struct cpu *cpu = arch_this_cpu();
	const struct backtrace_from from = {
		.pc = trap->pc,
		.ra = trap->ra,
		.fp = trap->fp,
		.text = { address_of(__text_start), address_of(__text_end) },
		.stack = { { address_of(__boot_stacks_start), address_of(__boot_stacks_end) },
			   { cpu->stack_start, cpu->stack_start ? cpu->stack : 0 },
			   { cpu->trap_stack_start, cpu->trap_stack_start ? cpu->trap_stack : 0 } },
	};
	struct backtrace_entry entry[BACKTRACE_MAX];
	unsigned int nr = backtrace_walk(&from, entry, ARRAY_SIZE(entry)), i;
	u64 offset;

	printk("  backtrace, for addr2line -e graticule.elf; ? is from ra, which may be out of date\n");
	for (i = 0; i < nr; i++) {
		if (in_image(entry[i].address, &offset))
			printk("  #%u image+0x%lx%s\n", i, offset, entry[i].guess ? " ?" : "");
		else
			printk("  #%u 0x%lx, not in the image\n", i, entry[i].address);
	}
	if (nr == ARRAY_SIZE(entry))
		printk("  ...\n");
}

static void report_address(const struct trap *trap)
{
	const struct grt_layout *layout = &boot_info.layout;
	const struct grt_region *region = NULL;

	if (layout->nr)
		region = grt_layout_region_of(layout, trap->addr);
	printk("  address %s %#lx, ", access_name(trap->access), trap->addr);
	if (region)
		printk("region %s+%#lx\n", region_id_name(region->id), trap->addr - region->start);
	else
		printk("in no region\n");
	report_leaf(trap->addr);
	report_stack(trap->addr);
}

_Noreturn void trap_report(const struct trap *trap)
{
	if (reports && reporter != arch_this_cpu())
		arch_cpu_park(); /* the CPU that reports ends the machine */
	reporter = arch_this_cpu();
	printk_oops();
	switch (reports++) {
	case 0:
		/* What this CPU was printing may be half a line. */
		printk("\ngraticule: stop: exception: %s (code %#lx)\n", trap->cause, trap->code);
		report_register("pc", trap->pc);
		report_register("ra", trap->ra);
		printk("  sp      0x%lx\n", trap->sp);
		if (trap->access != ACCESS_NONE)
			report_address(trap);
		arch_print_trap(trap);
		report_backtrace(trap);
		break;
	case 1:
		printk("graticule: and another one while reporting it: %s\n", trap->cause);
		report_register("pc", trap->pc);
		break;
	default: /* printing itself does not work */
		break;
	}
	arch_power_off(false);
}
