// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * From the device tree to struct boot_info: memory, reservations, CPUs, /chosen. Section numbers are
 * the Devicetree Specification's, 0.4.
 */
#include "base/string.h"
#include "kernel/arch.h"
#include "kernel/boot_dt.h"
#include "kernel/printk.h"
#include "kernel/seed.h"

/* What a pass over the root's children finds. 0 is the root itself, hence: not there. */
struct root_nodes {
	int chosen;
	int cpus;
	int reserved;
	bool memory;
};

/* "more than 1280", of which the preprocessor makes one string. */
#define QUOTE(x) #x
#define MORE_THAN(n) "more than " QUOTE(n)

static int add_range(int (*add)(struct memblock *mb, grt_phys_t start, u64 size),
		     struct memblock *mb, u64 start, u64 size, const char **why)
{
	int err = add(mb, start, size);

	if (err == -E2BIG)
		*why = add == memblock_add ? MORE_THAN(BOOT_MAX_RANGES) " ranges of memory"
					   : MORE_THAN(BOOT_MAX_RANGES) " reserved ranges";
	else if (err)
		*why = "a memory range lies outside of the address space";
	return err;
}

/* ---- memory ---------------------------------------------------------------------------------- */

/* Section 3.4 asks for the name and for device_type; trees that lack one of them exist. */
static bool is_memory(const struct fdt *fdt, const struct fdt_top *top)
{
	return top->type ? !strcmp(top->type, "memory") : fdt_name_is(fdt, top->node, "memory", 6);
}

static int add_memory(struct boot_info *bi, const struct fdt *fdt, int node, const char **why)
{
	struct fdt_reg reg;
	u64 start, size;
	int err;

	err = fdt_reg(fdt, node, 0, &reg);
	if (err) {
		*why = "a memory node has no reg, or a malformed one";
		return -EINVAL;
	}
	while (fdt_reg_next(&reg, &start, &size)) {
		err = add_range(memblock_add, &bi->memblock, start, size, why);
		if (err)
			return err;
	}
	return 0;
}

/* As fdt_find() does: what the console is taken from must not be another node than the rest. */
static void take_first(const struct fdt *fdt, int node, int *found)
{
	if (*found)
		printk("graticule: warning: the device tree has /%s twice: the first is used\n",
		       fdt_name(fdt, node));
	else
		*found = node;
}

static int scan_root(struct boot_info *bi, const struct fdt *fdt, struct root_nodes *found,
		     const char **why)
{
	struct fdt_top top = { 0 };
	int err;

	while (fdt_top_next(fdt, &top)) {
		int node = top.node;

		if (fdt_name_is(fdt, node, "chosen", 6)) {
			take_first(fdt, node, &found->chosen);
		} else if (fdt_name_is(fdt, node, "cpus", 4)) {
			take_first(fdt, node, &found->cpus);
		} else if (fdt_name_is(fdt, node, "reserved-memory", 15)) {
			take_first(fdt, node, &found->reserved);
		} else if (is_memory(fdt, &top)) {
			if (!fdt_available(fdt, node))
				continue;
			found->memory = true;
			err = add_memory(bi, fdt, node, why);
			if (err)
				return err;
		}
	}
	if (!found->memory)
		*why = "no memory node";
	else if (!memblock_total(&bi->memblock))
		*why = "the memory nodes describe no memory";
	else
		return 0;
	return -EINVAL;
}

/* ---- reservations ---------------------------------------------------------------------------- */

static int reserve(struct boot_info *bi, u64 start, u64 size, bool nomap, const char **why)
{
	struct memblock *mb = &bi->memblock;

	if (size && (memblock_overlaps(&mb->reserved, start, size) ||
		     memblock_overlaps(&mb->nomap, start, size)))
		printk("graticule: warning: reserved memory at %#lx, %#lx bytes, overlaps another "
		       "reservation: merged\n",
		       start, size);
	return add_range(nomap ? memblock_nomap : memblock_reserve, mb, start, size, why);
}

static int reserve_node(struct boot_info *bi, const struct fdt *fdt, int node, int parent,
			const char **why)
{
	bool nomap = fdt_prop(fdt, node, "no-map", NULL);
	struct fdt_reg reg;
	u64 start, size;
	int err;

	err = fdt_reg(fdt, node, parent, &reg);
	if (err == -ENOENT) {
		/* Only a size: memory that its driver is to allocate, and there is no driver. */
		printk("graticule: reserved memory %s has no address: skipped\n",
		       fdt_name(fdt, node));
		return 0;
	}
	if (err) {
		*why = "a node of /reserved-memory has a malformed reg";
		return err;
	}
	while (fdt_reg_next(&reg, &start, &size)) {
		err = reserve(bi, start, size, nomap, why);
		if (err)
			return err;
	}
	return 0;
}

static int scan_reservations(struct boot_info *bi, const struct fdt *fdt, int parent,
			     const char **why)
{
	u64 start, size;
	int node, err;
	u32 i;

	for (i = 0; fdt_reservation(fdt, i, &start, &size); i++) {
		err = reserve(bi, start, size, false, why);
		if (err)
			return err;
	}
	if (!parent)
		return 0;
	for (node = fdt_child(fdt, parent); node >= 0; node = fdt_sibling(fdt, node)) {
		if (!fdt_available(fdt, node))
			continue;
		err = reserve_node(bi, fdt, node, parent, why);
		if (err)
			return err;
	}
	return 0;
}

static bool overlap(u64 a, u64 a_size, u64 b, u64 b_size)
{
	return a < b ? b - a < a_size : a - b < b_size;
}

/* What the loader put into memory has to be there, apart from each other and mappable. */
static const char *check_loaded(const struct boot_info *bi)
{
	const struct memblock *mb = &bi->memblock;
	const struct grt_mem_range *initrd = &bi->initrd;

	if (!memblock_contains(&mb->memory, bi->image_pa, bi->image_size))
		return "the kernel image does not lie in memory";
	if (overlap(bi->image_pa, bi->image_size, bi->dtb_pa, bi->dtb_size))
		return "the device tree overlaps the kernel image";
	if (memblock_overlaps(&mb->nomap, bi->image_pa, bi->image_size))
		return "the kernel image lies in no-map memory";
	if (memblock_overlaps(&mb->nomap, bi->dtb_pa, bi->dtb_size))
		return "the device tree lies in no-map memory";
	if (!initrd->size)
		return NULL;
	if (overlap(bi->image_pa, bi->image_size, initrd->start, initrd->size))
		return "the initrd overlaps the kernel image";
	if (overlap(bi->dtb_pa, bi->dtb_size, initrd->start, initrd->size))
		return "the initrd overlaps the device tree";
	if (memblock_overlaps(&mb->nomap, initrd->start, initrd->size))
		return "the initrd lies in no-map memory";
	return NULL;
}

static int reserve_loaded(struct boot_info *bi, const char **why)
{
	struct memblock *mb = &bi->memblock;
	int err;

	*why = check_loaded(bi);
	if (*why)
		return -EINVAL;
	err = add_range(memblock_reserve, mb, bi->image_pa, bi->image_size, why);
	if (!err)
		err = add_range(memblock_reserve, mb, bi->dtb_pa, bi->dtb_size, why);
	if (!err)
		err = add_range(memblock_reserve, mb, bi->initrd.start, bi->initrd.size, why);
	return err;
}

/* ---- CPUs ------------------------------------------------------------------------------------ */

static bool cpu_known(const struct boot_info *bi, u64 hwid)
{
	unsigned int i;

	for (i = 0; i < bi->nr_cpus; i++)
		if (bi->cpu_hwid[i] == hwid)
			return true;
	return false;
}

static void scan_cpu(struct boot_info *bi, const struct fdt *fdt, int node, u32 cells, bool *boot)
{
	u32 len;
	const void *reg = fdt_prop(fdt, node, "reg", &len);
	u64 hwid;

	if (!cells || cells > 2 || len < 4 * cells) {
		printk("graticule: warning: CPU node %s has no usable reg: ignored\n",
		       fdt_name(fdt, node));
		return;
	}
	hwid = fdt_cells(reg, cells);
	if (hwid == bi->boot_hwid && !*boot) {
		*boot = true;
	} else if (cpu_known(bi, hwid)) {
		printk("graticule: warning: the device tree has CPU %#lx twice\n", hwid);
		return;
	} else if (bi->nr_cpus == BOOT_MAX_CPUS) {
		bi->cpus_ignored++;
		return;
	} else {
		bi->cpu_hwid[bi->nr_cpus++] = hwid;
	}
	arch_scan_cpu(bi, fdt, node, hwid);
}

static void scan_cpus(struct boot_info *bi, const struct fdt *fdt, int cpus)
{
	u32 cells = cpus ? fdt_prop_u32(fdt, cpus, "#address-cells", 1) : 0;
	bool boot = false;
	const char *type;
	int node;

	bi->cpu_hwid[0] = bi->boot_hwid;
	bi->nr_cpus = 1;
	node = cpus ? fdt_child(fdt, cpus) : -ENOENT;
	for (; node >= 0; node = fdt_sibling(fdt, node)) {
		type = fdt_prop_string(fdt, node, "device_type");
		if (type ? strcmp(type, "cpu") : !fdt_name_is(fdt, node, "cpu", 3))
			continue;
		if (fdt_available(fdt, node))
			scan_cpu(bi, fdt, node, cells, &boot);
	}
	if (!boot)
		printk("graticule: warning: the device tree does not have the boot CPU, %#lx\n",
		       bi->boot_hwid);
	if (bi->cpus_ignored)
		printk("graticule: warning: %u CPUs beyond the first %u are not used\n",
		       bi->cpus_ignored, BOOT_MAX_CPUS);
}

/* ---- /chosen --------------------------------------------------------------------------------- */

static void read_bootargs(struct boot_info *bi, const struct fdt *fdt, int chosen)
{
	const char *args = fdt_prop_string(fdt, chosen, "bootargs");
	size_t len;
	u32 there;

	bi->cmdline[0] = '\0';
	if (!args) {
		if (fdt_prop(fdt, chosen, "bootargs", &there) && there)
			printk("graticule: warning: /chosen/bootargs has no end: ignored\n");
		return;
	}
	len = strlen(args);
	if (len >= COMMAND_LINE_SIZE) {
		/* Half a word could mean something else. */
		for (len = COMMAND_LINE_SIZE - 1; len && args[len] != ' '; len--)
			;
		printk("graticule: warning: the command line is too long: cut after %zu bytes\n",
		       len);
	}
	memcpy(bi->cmdline, args, len);
	bi->cmdline[len] = '\0';
}

/* A number of one or two cells. */
static bool read_number(const struct fdt *fdt, int node, const char *name, u64 *out)
{
	u32 len;
	const void *p = fdt_prop(fdt, node, name, &len);

	if (len != 4 && len != 8)
		return false;
	*out = fdt_cells(p, len / 4);
	return true;
}

static void read_initrd(struct boot_info *bi, const struct fdt *fdt, int chosen)
{
	bool has_start, has_end;
	u64 start = 0, end = 0;

	bi->initrd = (struct grt_mem_range){ 0 };
	has_start = read_number(fdt, chosen, "linux,initrd-start", &start);
	has_end = read_number(fdt, chosen, "linux,initrd-end", &end);
	if (start == end && has_start == has_end)
		return;
	if (start >= end || !has_start ||
	    !memblock_contains(&bi->memblock.memory, start, end - start)) {
		printk("graticule: warning: initrd from %#lx to %#lx is not in memory: ignored\n",
		       start, end);
		return;
	}
	bi->initrd.start = start;
	bi->initrd.size = end - start;
}

static bool take_seed(struct boot_info *bi, const struct fdt *fdt, int chosen, const char *name)
{
	const char *unusable;
	u32 len;
	const void *p = fdt_prop(fdt, chosen, name, &len);

	if (!p)
		return false;
	unusable = seed_read(p, len, &bi->seed);
	if (unusable)
		printk("graticule: warning: /chosen/%s %s: not used\n", name, unusable);
	return !unusable;
}

/* kaslr-seed is for this very purpose. Some loaders, QEMU for RISC-V too, only give rng-seed. */
static void read_seed(struct boot_info *bi, const struct fdt *fdt, int chosen)
{
	bi->seed = 0;
	bi->has_seed =
		take_seed(bi, fdt, chosen, "kaslr-seed") || take_seed(bi, fdt, chosen, "rng-seed");
}

static void read_chosen(struct boot_info *bi, const struct fdt *fdt, int chosen)
{
	if (!chosen)
		return;
	read_bootargs(bi, fdt, chosen);
	read_initrd(bi, fdt, chosen);
	read_seed(bi, fdt, chosen);
}

int boot_dt_read(struct boot_info *bi, const struct fdt *fdt, const char **why)
{
	struct root_nodes found = { 0 };
	int err;

	bi->dtb_size = fdt->size;
	err = scan_root(bi, fdt, &found, why);
	if (err)
		return err;
	read_chosen(bi, fdt, found.chosen);
	err = scan_reservations(bi, fdt, found.reserved, why);
	if (!err)
		err = reserve_loaded(bi, why);
	if (err)
		return err;
	scan_cpus(bi, fdt, found.cpus);
	return 0;
}
