// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the kernel learns from a device tree: memory, reservations, CPUs, /chosen and the console. */
/* link: kernel/fdt.c kernel/fdt_query.c kernel/boot_dt.c kernel/boot_dt_console.c */
/* link: kernel/format.c kernel/seed.c mm/memblock.c */
/* libs: -lfdt */
#include <libfdt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include "kernel/arch.h"
#include "kernel/boot_dt.h"
#include "kernel/printk.h"
#include "tests/host/memblock_storage.h"

#define RAM 0x80000000UL
#define RAM_SIZE MIB(128)
#define IMAGE (RAM + MIB(2))
#define IMAGE_SIZE MIB(1)
#define DTB (RAM + MIB(64))

static u64 blob[16384];
static struct boot_info bi;
static struct memblock_storage lists;
static char said[4096];
static const char *why;
static u64 absent;  /* a device that the tree names and the machine lacks */
static s64 nothing; /* what is read there */
#define IDLE 0xa8   /* a UART of any kind that has sent all */
static u64 scanned[BOOT_MAX_CPUS];
static unsigned int nr_scanned;

int printk(const char *fmt, ...)
{
	size_t at = strlen(said);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(said + at, sizeof(said) - at, fmt, ap);
	va_end(ap);
	return 0;
}

void arch_scan_cpu(struct boot_info *info, const struct fdt *fdt, int node, u64 hwid)
{
	assert_ptr_equal(info, &bi);
	assert_true(fdt_name_is(fdt, node, "cpu", 3));
	scanned[nr_scanned++] = hwid;
}

s64 arch_probe_register(grt_phys_t pa, unsigned int width)
{
	assert_true(is_aligned(pa, width));
	return absent && align_down(pa, 0x1000) == absent ? nothing : IDLE;
}

/* ---- building trees: "/soc/serial@1000" is made with its parents ------------------------------- */

static int node_at(const char *path)
{
	const char *end = path, *next;
	int node = 0, child;

	while (end[0] && end[1]) {
		for (next = ++end; *end && *end != '/'; end++)
			;
		child = fdt_subnode_offset_namelen(blob, node, next, (int)(end - next));
		node = child >= 0 ? child
				  : fdt_add_subnode_namelen(blob, node, next, (int)(end - next));
		assert_true(node > 0);
	}
	return node;
}

static void set_string(const char *path, const char *name, const char *value)
{
	assert_int_equal(fdt_setprop_string(blob, node_at(path), name, value), 0);
}

static void set_flag(const char *path, const char *name)
{
	assert_int_equal(fdt_setprop_empty(blob, node_at(path), name), 0);
}

static void set_cells(const char *path, const char *name, unsigned int nr, ...)
{
	fdt32_t cell[16];
	unsigned int i;
	va_list ap;

	va_start(ap, nr);
	for (i = 0; i < nr; i++)
		cell[i] = cpu_to_fdt32(va_arg(ap, unsigned int));
	va_end(ap);
	assert_int_equal(fdt_setprop(blob, node_at(path), name, cell, (int)nr * 4), 0);
}

static void remove_node(const char *path)
{
	assert_int_equal(fdt_del_node(blob, node_at(path)), 0);
}

/* One bank, one CPU, nothing else. */
static int start_machine(void **arg)
{
	(void)arg;
	absent = 0;
	assert_int_equal(fdt_create_empty_tree(blob, sizeof(blob)), 0);
	set_cells("/", "#address-cells", 1, 2);
	set_cells("/", "#size-cells", 1, 2);
	set_string("/memory@80000000", "device_type", "memory");
	set_cells("/memory@80000000", "reg", 4, 0, (u32)RAM, 0, (u32)RAM_SIZE);
	set_cells("/cpus", "#address-cells", 1, 1);
	set_cells("/cpus", "#size-cells", 1, 0);
	set_string("/cpus/cpu@0", "device_type", "cpu");
	set_cells("/cpus/cpu@0", "reg", 1, 0);
	return 0;
}

static int read_tree(void)
{
	struct fdt fdt;

	memset(&bi, 0, sizeof(bi));
	memblock_storage_init(&bi.memblock, &lists, BOOT_MAX_RANGES);
	bi.image_pa = IMAGE;
	bi.image_size = IMAGE_SIZE;
	bi.dtb_pa = DTB;
	said[0] = '\0';
	nr_scanned = 0;
	why = NULL;
	if (fdt_open(&fdt, blob, sizeof(blob), &why))
		fail_msg("%s", why);
	return boot_dt_read(&bi, &fdt, &why);
}

static int find_console_beside(enum console_type firmware)
{
	struct fdt fdt;

	memset(&bi, 0, sizeof(bi));
	bi.console.type = firmware;
	said[0] = '\0';
	if (fdt_open(&fdt, blob, sizeof(blob), &why))
		fail_msg("%s", why);
	return boot_dt_console(&bi, &fdt);
}

static int find_console(void)
{
	return find_console_beside(CONSOLE_NONE);
}

/* The console is the UART at @base, found without a word or with a line that holds @line. */
static void expect_console(u64 base, const char *line)
{
	assert_int_equal(find_console(), 0);
	assert_int_equal(bi.console.type, CONSOLE_UART);
	if (bi.console.base != base)
		fail_msg("0x%lx, not 0x%lx", (unsigned long)bi.console.base, (unsigned long)base);
	if (line ? !strstr(said, line) : said[0] != '\0')
		fail_msg("expected \"%s\", not \"%s\"", line ? line : "", said);
}

static void expect_no_console(void)
{
	assert_int_equal(find_console(), -ENODEV);
	assert_int_equal(bi.console.type, CONSOLE_NONE);
	assert_string_equal(said, "");
}

static void expect_stop(const char *reason)
{
	int err = read_tree();

	assert_true(err < 0);
	if (!why || !strstr(why, reason))
		fail_msg("expected \"%s\", not \"%s\"", reason, why ? why : "");
}

static void expect_warning(const char *warning)
{
	assert_int_equal(read_tree(), 0);
	if (!strstr(said, warning))
		fail_msg("expected \"%s\", not \"%s\"", warning, said);
}

static bool in_list(const struct memblock_list *list, u64 start, u64 size)
{
	return memblock_contains(list, start, size);
}

/* ---- memory ------------------------------------------------------------------------------------ */

static void one_bank_and_what_was_loaded(void **arg)
{
	(void)arg;
	assert_int_equal(read_tree(), 0);
	assert_string_equal(said, "");
	assert_int_equal(bi.memblock.memory.nr, 1);
	assert_true(memblock_total(&bi.memblock) == RAM_SIZE);
	assert_int_equal(bi.memblock.reserved.nr, 2);
	assert_true(in_list(&bi.memblock.reserved, IMAGE, IMAGE_SIZE));
	assert_true(in_list(&bi.memblock.reserved, DTB, bi.dtb_size));
	assert_int_equal(bi.dtb_size, fdt_totalsize(blob));
	assert_int_equal(bi.memblock.nomap.nr, 0);
}

static void several_banks_in_several_nodes(void **arg)
{
	(void)arg;
	set_cells("/memory@80000000", "reg", 12, 0, (u32)RAM, 0, (u32)RAM_SIZE, 8, 0, 1, 0, 0,
		  0x1000, 0, 0);
	set_string("/memory@c0000000", "device_type", "memory");
	set_string("/memory@c0000000", "status", "okay");
	set_cells("/memory@c0000000", "reg", 4, 0, 0xc0000000, 0, 0x1234);
	set_string("/memory@d0000000", "device_type", "memory");
	set_string("/memory@d0000000", "status", "disabled");
	set_cells("/memory@d0000000", "reg", 4, 0, 0xd0000000, 0, 0x1000);
	set_cells("/memory@80000000", "linux,usable-memory", 4, 0, 0, 0, 0);
	assert_int_equal(read_tree(), 0);
	assert_int_equal(bi.memblock.memory.nr, 3);
	assert_true(in_list(&bi.memblock.memory, 0x800000000, GIB(4)));
	assert_true(in_list(&bi.memblock.memory, 0xc0000000, 0x1234));
}

static void cells_may_be_one_or_two(void **arg)
{
	(void)arg;
	set_cells("/", "#address-cells", 1, 1);
	set_cells("/", "#size-cells", 1, 1);
	set_cells("/memory@80000000", "reg", 2, (u32)RAM, (u32)RAM_SIZE);
	assert_int_equal(read_tree(), 0);
	assert_true(in_list(&bi.memblock.memory, RAM, RAM_SIZE));
	set_cells("/", "#address-cells", 1, 2);
	set_cells("/memory@80000000", "reg", 3, 0, (u32)RAM, (u32)RAM_SIZE);
	assert_int_equal(read_tree(), 0);
	assert_true(in_list(&bi.memblock.memory, RAM, RAM_SIZE));
	set_cells("/", "#address-cells", 1, 3);
	expect_stop("malformed");
}

static void a_memory_node_needs_no_device_type(void **arg)
{
	(void)arg;
	assert_int_equal(fdt_delprop(blob, node_at("/memory@80000000"), "device_type"), 0);
	assert_int_equal(read_tree(), 0);
	set_string("/memory@80000000", "device_type", "something");
	expect_stop("no memory node");
}

static void memory_that_is_missing_or_malformed_stops(void **arg)
{
	(void)arg;
	set_cells("/memory@80000000", "reg", 3, 0, (u32)RAM, 0);
	expect_stop("malformed");
	set_cells("/memory@80000000", "reg", 4, 0, (u32)RAM, 0, 0);
	expect_stop("describe no memory");
	set_cells("/memory@80000000", "reg", 4, ~0U, (u32)RAM, 1, 0);
	expect_stop("outside of the address space");
	set_cells("/memory@80000000", "reg", 4, 0, (u32)IMAGE + 1, 0, (u32)RAM_SIZE);
	expect_stop("the kernel image does not lie in memory");
	assert_int_equal(fdt_delprop(blob, node_at("/memory@80000000"), "reg"), 0);
	expect_stop("no reg");
	remove_node("/memory@80000000");
	expect_stop("no memory node");
}

/* ---- reservations ------------------------------------------------------------------------------ */

static void reserve_child(const char *path, u32 start, u32 size)
{
	set_cells("/reserved-memory", "#address-cells", 1, 2);
	set_cells("/reserved-memory", "#size-cells", 1, 2);
	set_flag("/reserved-memory", "ranges");
	set_cells(path, "reg", 4, 0, start, 0, size);
}

static void reservations_of_each_kind(void **arg)
{
	(void)arg;
	fdt_add_mem_rsv(blob, RAM + MIB(80), 0x1000);
	reserve_child("/reserved-memory/a@86000000", 0x86000000, 0x2000);
	reserve_child("/reserved-memory/b@87000000", 0x87000000, 0x3000);
	set_flag("/reserved-memory/b@87000000", "no-map");
	reserve_child("/reserved-memory/off@87800000", 0x87800000, 0x3000);
	set_string("/reserved-memory/off@87800000", "status", "disabled");
	set_cells("/reserved-memory/two@0", "reg", 8, 0, 0x81000000, 0, 0x1000, 0, 0x81002000, 0,
		  0x1000);
	set_cells("/reserved-memory/pool", "size", 2, 0, 0x100000);
	expect_warning("pool has no address: skipped");
	assert_true(in_list(&bi.memblock.reserved, RAM + MIB(80), 0x1000));
	assert_true(in_list(&bi.memblock.reserved, 0x86000000, 0x2000));
	assert_true(in_list(&bi.memblock.reserved, 0x81000000, 0x1000));
	assert_true(in_list(&bi.memblock.reserved, 0x81002000, 0x1000));
	assert_int_equal(bi.memblock.reserved.nr, 6);
	assert_int_equal(bi.memblock.nomap.nr, 1);
	assert_true(in_list(&bi.memblock.nomap, 0x87000000, 0x3000));
}

static void overlapping_reservations_are_merged(void **arg)
{
	(void)arg;
	reserve_child("/reserved-memory/a@86000000", 0x86000000, 0x2000);
	reserve_child("/reserved-memory/b@86002000", 0x86002000, 0x2000);
	assert_int_equal(read_tree(), 0);
	assert_string_equal(said, "");
	reserve_child("/reserved-memory/b@86002000", 0x86001fff, 0x2001);
	expect_warning("bytes, overlaps another reservation: merged");
	assert_true(in_list(&bi.memblock.reserved, 0x86000000, 0x4000));
}

static void nothing_that_was_loaded_may_be_no_map(void **arg)
{
	(void)arg;
	reserve_child("/reserved-memory/a@0", (u32)IMAGE + IMAGE_SIZE - 1, 0x1000);
	assert_int_equal(read_tree(), 0);
	set_flag("/reserved-memory/a@0", "no-map");
	expect_stop("the kernel image lies in no-map");
	reserve_child("/reserved-memory/a@0", (u32)DTB - 0x1000, 0x1001);
	expect_stop("the device tree lies in no-map");
	reserve_child("/reserved-memory/a@0", 0x83000fff, 0x1000);
	set_cells("/chosen", "linux,initrd-start", 1, 0x83000000);
	set_cells("/chosen", "linux,initrd-end", 1, 0x83001000);
	expect_stop("the initrd lies in no-map");
	set_cells("/reserved-memory/a@0", "reg", 3, 0, 0, 0);
	expect_stop("/reserved-memory has a malformed reg");
}

/* As many ranges as the kernel can keep, in one node, and one more. */
static void too_many_banks_stop(void **arg)
{
	static u64 reg[2 * (BOOT_MAX_RANGES + 1)];
	int node = node_at("/memory@80000000");
	unsigned int i;

	(void)arg;
	for (i = 0; i <= BOOT_MAX_RANGES; i++) {
		reg[2 * i] = cpu_to_fdt64(RAM + i * GIB(1));
		reg[2 * i + 1] = cpu_to_fdt64(RAM_SIZE);
	}
	assert_int_equal(fdt_setprop(blob, node, "reg", reg, BOOT_MAX_RANGES * 16), 0);
	assert_int_equal(read_tree(), 0);
	assert_int_equal(bi.memblock.memory.nr, BOOT_MAX_RANGES);
	assert_true(in_list(&bi.memblock.memory, RAM + (BOOT_MAX_RANGES - 1) * GIB(1), RAM_SIZE));
	assert_int_equal(fdt_setprop(blob, node, "reg", reg, sizeof(reg)), 0);
	expect_stop("more than 1280 ranges of memory");
	/* Banks that touch are one range, however many. */
	for (i = 0; i <= BOOT_MAX_RANGES; i++)
		reg[2 * i] = cpu_to_fdt64(RAM + i * RAM_SIZE);
	assert_int_equal(fdt_setprop(blob, node, "reg", reg, sizeof(reg)), 0);
	assert_int_equal(read_tree(), 0);
	assert_int_equal(bi.memblock.memory.nr, 1);
}

static void too_many_reservations_stop(void **arg)
{
	unsigned int i;

	(void)arg;
	for (i = 0; i < BOOT_MAX_RANGES - 2; i++)
		assert_int_equal(fdt_add_mem_rsv(blob, RAM + MIB(65) + i * 0x2000UL, 0x1000), 0);
	assert_int_equal(read_tree(), 0);
	assert_int_equal(bi.memblock.reserved.nr, BOOT_MAX_RANGES);
	assert_int_equal(fdt_add_mem_rsv(blob, RAM + MIB(65) + i * 0x2000UL, 0x1000), 0);
	expect_stop("more than 1280 reserved ranges");
}

/* ---- /chosen ----------------------------------------------------------------------------------- */

static void initrd_of_either_width(void **arg)
{
	(void)arg;
	set_cells("/chosen", "linux,initrd-start", 1, 0x83000000);
	set_cells("/chosen", "linux,initrd-end", 2, 0, 0x83000801);
	assert_int_equal(read_tree(), 0);
	assert_true(bi.initrd.start == 0x83000000 && bi.initrd.size == 0x801);
	assert_true(in_list(&bi.memblock.reserved, 0x83000000, 0x801));
	set_cells("/chosen", "linux,initrd-end", 1, (u32)(RAM + RAM_SIZE) + 1);
	expect_warning("initrd from 0x83000000 to 0x88000001 is not in memory");
	assert_true(bi.initrd.size == 0);
	set_cells("/chosen", "linux,initrd-end", 1, 0x82000000);
	expect_warning("is not in memory: ignored");
	set_cells("/chosen", "linux,initrd-start", 1, (u32)IMAGE);
	expect_stop("the initrd overlaps the kernel image");
}

static void command_line_and_seed(void **arg)
{
	char line[COMMAND_LINE_SIZE + 100];

	(void)arg;
	assert_int_equal(read_tree(), 0);
	assert_string_equal(bi.cmdline, "");
	assert_false(bi.has_seed);
	set_string("/chosen", "bootargs", "satp=sv48 nokaslr");
	set_cells("/chosen", "kaslr-seed", 2, 0x12345678, 0x9abcdef0);
	set_cells("/chosen", "rng-seed", 2, 1, 1);
	assert_int_equal(read_tree(), 0);
	assert_string_equal(bi.cmdline, "satp=sv48 nokaslr");
	assert_true(bi.has_seed && bi.seed == 0x123456789abcdef0);
	set_cells("/chosen", "kaslr-seed", 2, 0, 0);
	expect_warning("/chosen/kaslr-seed is all zero: not used");
	assert_true(bi.has_seed && bi.seed == 0x100000001);
	set_cells("/chosen", "rng-seed", 1, 5);
	expect_warning("/chosen/rng-seed is shorter than 8 bytes: not used");
	assert_false(bi.has_seed);
	set_cells("/chosen", "kaslr-seed", 1, 0xffffffff);
	expect_warning("/chosen/kaslr-seed is shorter than 8 bytes: not used");
	assert_false(bi.has_seed);
	set_cells("/chosen", "kaslr-seed", 4, 0x12345678, 0x9abcdef0, 0x12345678, 0x9abcdef0);
	assert_int_equal(read_tree(), 0);
	assert_true(bi.has_seed && bi.seed && bi.seed != 0x123456789abcdef0);
	assert_string_equal(said, "");
	assert_int_equal(fdt_delprop(blob, node_at("/chosen"), "kaslr-seed"), 0);
	set_cells("/chosen", "rng-seed", 5, 1, 2, 4, 8, 16);
	assert_int_equal(read_tree(), 0);
	assert_true(bi.has_seed);

	assert_int_equal(fdt_setprop(blob, node_at("/chosen"), "bootargs", "nokaslr", 7), 0);
	expect_warning("/chosen/bootargs has no end: ignored");
	assert_string_equal(bi.cmdline, "");
	assert_int_equal(fdt_setprop_empty(blob, node_at("/chosen"), "bootargs"), 0);
	assert_int_equal(read_tree(), 0);
	assert_string_equal(said, "");
	memset(line, 'x', sizeof(line));
	memcpy(line, "nocont ", 7);
	line[sizeof(line) - 1] = '\0';
	set_string("/chosen", "bootargs", line);
	expect_warning("cut after 6 bytes");
	assert_string_equal(bi.cmdline, "nocont");
}

/* ---- CPUs -------------------------------------------------------------------------------------- */

static void set_cpu(unsigned int n, const char *status)
{
	char path[32];

	snprintf(path, sizeof(path), "/cpus/cpu@%x", n);
	set_string(path, "device_type", "cpu");
	set_cells(path, "reg", 1, n);
	if (status)
		set_string(path, "status", status);
}

static void cpus_that_are_usable_boot_cpu_first(void **arg)
{
	struct fdt fdt;

	(void)arg;
	set_cpu(3, "okay");
	set_cpu(1, "disabled");
	set_cpu(2, NULL);
	set_string("/cpus/cpu-map", "x", "");
	assert_int_equal(read_tree(), 0);
	assert_string_equal(said, "");
	assert_int_equal(bi.nr_cpus, 3);
	assert_int_equal(nr_scanned, 3);
	assert_true(bi.cpu_hwid[0] == 0);

	memblock_storage_init(&bi.memblock, &lists, BOOT_MAX_RANGES);
	bi.boot_hwid = 2;
	nr_scanned = 0;
	assert_int_equal(fdt_open(&fdt, blob, sizeof(blob), &why), 0);
	assert_int_equal(boot_dt_read(&bi, &fdt, &why), 0);
	assert_int_equal(bi.nr_cpus, 3);
	assert_true(bi.cpu_hwid[0] == 2);
	assert_true(bi.cpu_hwid[1] + bi.cpu_hwid[2] == 3);
}

static void cpu_numbers_may_have_two_cells(void **arg)
{
	(void)arg;
	set_cells("/cpus", "#address-cells", 1, 2);
	set_cells("/cpus/cpu@0", "reg", 2, 0, 0);
	set_string("/cpus/cpu@1", "device_type", "cpu");
	set_cells("/cpus/cpu@1", "reg", 2, 1, 0x100);
	assert_int_equal(read_tree(), 0);
	assert_true(bi.nr_cpus == 2 && bi.cpu_hwid[1] == 0x100000100);
}

static void odd_cpu_nodes_are_warnings(void **arg)
{
	unsigned int n;

	(void)arg;
	set_cells("/cpus/cpu@0", "reg", 1, 9);
	expect_warning("does not have the boot CPU, 0");
	assert_int_equal(bi.nr_cpus, 2);
	set_cells("/cpus/cpu@0", "reg", 1, 0);
	set_cpu(1, NULL);
	set_cells("/cpus/cpu@1", "reg", 1, 0);
	expect_warning("has CPU 0 twice");
	assert_int_equal(fdt_delprop(blob, node_at("/cpus/cpu@1"), "reg"), 0);
	expect_warning("cpu@1 has no usable reg");
	for (n = 1; n < BOOT_MAX_CPUS + 2; n++)
		set_cpu(n, NULL);
	expect_warning("2 CPUs beyond the first 256 are not used");
	assert_int_equal(bi.nr_cpus, BOOT_MAX_CPUS);
	assert_int_equal(nr_scanned, BOOT_MAX_CPUS);
	remove_node("/cpus");
	expect_warning("does not have the boot CPU");
	assert_int_equal(bi.nr_cpus, 1);
}

static void of_a_node_that_is_there_twice_the_first_counts(void **arg)
{
	(void)arg;
	/* libfdt adds in front of what is there. */
	set_string("/chosen@1", "bootargs", "second");
	set_string("/chosen@2", "bootargs", "first");
	expect_warning("has /chosen@1 twice: the first is used");
	assert_string_equal(bi.cmdline, "first");
	set_cells("/cpus@1", "#address-cells", 1, 1);
	set_cells("/cpus@1/cpu@7", "reg", 1, 7);
	expect_warning("has /cpus twice: the first is used");
	assert_int_equal(bi.nr_cpus, 2);
	set_cells("/reserved-memory", "#address-cells", 1, 2);
	set_cells("/reserved-memory@1", "#address-cells", 1, 2);
	expect_warning("has /reserved-memory twice");
}

/* ---- console ----------------------------------------------------------------------------------- */

#define GUESSED "leads to no UART that can be used: console is the "

/* A UART at /name@address, with the root's two cells. */
static void set_uart(const char *path, const char *compatible, u32 address)
{
	set_string(path, "compatible", compatible);
	set_cells(path, "reg", 4, 0, address, 0, 0x1000);
}

static void console_by_path_and_by_alias(void **arg)
{
	(void)arg;
	expect_no_console();
	set_uart("/pl011@9000000", "arm,pl011", 0x9000000);
	set_uart("/pl011@8000000", "arm,pl011", 0x8000000);
	set_string("/chosen", "stdout-path", "/pl011@8000000");
	expect_console(0x8000000, NULL);
	set_string("/chosen", "stdout-path", "/pl011@8000000:115200n8");
	expect_console(0x8000000, NULL);
	set_string("/aliases", "uart", "/pl011@8000000");
	set_string("/chosen", "stdout-path", "uart:115200n8");
	expect_console(0x8000000, NULL);
	set_string("/chosen", "linux,stdout-path", "/pl011@9000000");
	expect_console(0x8000000, NULL);
	assert_int_equal(fdt_delprop(blob, node_at("/chosen"), "stdout-path"), 0);
	expect_console(0x9000000, NULL);
	assert_int_equal(fdt_delprop(blob, node_at("/chosen"), "linux,stdout-path"), 0);
	set_string("/aliases", "serial0", "/pl011@8000000");
	expect_console(0x8000000, "no stdout-path: console is the arm,pl011 at 0x8000000\n");
}

/* Each leads nowhere: the alias serial0 stands in, and without it the first of the tree. */
static void a_stdout_path_that_leads_nowhere(void **arg)
{
	static const char *const paths[] = {
		"",
		"/",
		"/:x",
		":115200",
		"/nothing@0",
		"/disabled@7000000",
		"/strange@6",
		"/memory",
		"nothing",
		"loop",
		"\"serial1\"",
		"serial1 ",
		"/chosen",
		"/off/u@7000",
		"\xff\x01/",
		"/cpus/cpu@0",
		"a-name-that-is-longer-than-any-alias",
	};
	unsigned int i;

	(void)arg;
	/* libfdt adds each in front of those that are there. */
	set_uart("/last@9000000", "arm,pl011", 0x9000000);
	set_uart("/first@8000000", "ns16550a", 0x8000000);
	set_uart("/disabled@7000000", "arm,pl011", 0x7000000);
	set_string("/disabled@7000000", "status", "disabled");
	set_string("/disabled@7000000", "secure-status", "okay");
	set_uart("/strange@6", "vendor,uart", 0x6000000);
	set_uart("/off/u@7000", "arm,pl011", 0x7000);
	set_flag("/off", "ranges");
	set_string("/off", "status", "fail");
	set_string("/aliases", "serial1", "/last@9000000");
	set_string("/aliases", "loop", "loop");
	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		set_string("/chosen", "stdout-path", paths[i]);
		expect_console(0x8000000, GUESSED "ns16550a at 0x8000000\n");
	}
	set_string("/aliases", "serial0", "/last");
	expect_console(0x9000000, GUESSED "arm,pl011 at 0x9000000\n");
	set_string("/aliases", "serial0", "/disabled");
	expect_console(0x8000000, GUESSED "ns16550a");
	/* Not even a string. */
	assert_int_equal(fdt_setprop(blob, node_at("/chosen"), "stdout-path", "/last@9000000", 13),
			 0);
	expect_console(0x8000000, "no stdout-path");
	remove_node("/chosen");
	expect_console(0x8000000, "no stdout-path");
	remove_node("/first@8000000");
	remove_node("/last@9000000");
	expect_no_console();
}

static void the_first_uart_that_answers(void **arg)
{
	(void)arg;
	set_uart("/b@9000000", "arm,pl011", 0x9000000);
	set_uart("/a@8000000", "arm,pl011", 0x8000000);
	absent = 0x8000000;
	nothing = -EFAULT;
	expect_console(0x9000000, "at 0x9000000");
	nothing = 0xffffffff;
	expect_console(0x9000000, "at 0x9000000");
	nothing = 0xff;
	expect_console(0x8000000, "at 0x8000000");
	/* Memory, or another device: nothing says that all has been sent. */
	nothing = 0;
	expect_console(0x9000000, "at 0x9000000");
	nothing = 0xffffffff & ~0xa8;
	expect_console(0x9000000, "at 0x9000000");
	nothing = 0x90;
	expect_console(0x8000000, "at 0x8000000");
	set_string("/a@8000000", "compatible", "ns16550a");
	expect_console(0x9000000, "at 0x9000000");
	set_string("/chosen", "stdout-path", "/a");
	expect_console(0x9000000, GUESSED "arm,pl011 at 0x9000000");
	absent = 0;
	expect_console(0x8000000, NULL);
}

/* Where the firmware has a console, a guess is no improvement. */
static void the_firmwares_console_before_a_guess(void **arg)
{
	(void)arg;
	set_uart("/a@8000000", "arm,pl011", 0x8000000);
	assert_int_equal(find_console_beside(CONSOLE_SBI), -ENODEV);
	assert_int_equal(bi.console.type, CONSOLE_SBI);
	set_string("/chosen", "stdout-path", "/b");
	assert_int_equal(find_console_beside(CONSOLE_SBI), -ENODEV);
	set_string("/chosen", "stdout-path", "/a");
	assert_int_equal(find_console_beside(CONSOLE_SBI), 0);
	assert_int_equal(bi.console.type, CONSOLE_UART);
}

/* Depth first, past what is switched off, has no address here or no way up. */
static void uarts_are_found_at_any_depth(void **arg)
{
	(void)arg;
	set_uart("/z@9000000", "arm,pl011", 0x9000000);
	expect_console(0x9000000, "no stdout-path");

	/* 32-bit buses, three deep. */
	set_cells("/soc", "#address-cells", 1, 1);
	set_cells("/soc", "#size-cells", 1, 1);
	set_cells("/soc", "ranges", 8, 0x7e000000, 0, 0x3f000000, 0x1000000, 0x40000000, 0,
		  0x40000000, 0x1000);
	set_cells("/soc/apb", "#address-cells", 1, 1);
	set_cells("/soc/apb", "#size-cells", 1, 1);
	set_cells("/soc/apb", "ranges", 3, 0x200000, 0x7e200000, 0x10000);
	set_cells("/soc/apb/x", "#address-cells", 1, 1);
	set_cells("/soc/apb/x", "#size-cells", 1, 1);
	set_flag("/soc/apb/x", "ranges");
	set_string("/soc/apb/x/serial@201000", "compatible", "arm,pl011");
	set_cells("/soc/apb/x/serial@201000", "reg", 2, 0x201000, 0x1000);
	expect_console(0x3f201000, "no stdout-path");

	/* In front of it: beyond the bus's range; without reg; on a bus without addresses; on PCI. */
	set_string("/soc/apb/x/serial@300000", "compatible", "arm,pl011");
	set_cells("/soc/apb/x/serial@300000", "reg", 2, 0x300000, 0x1000);
	set_string("/soc/noreg", "compatible", "arm,pl011");
	set_cells("/i2c", "#address-cells", 1, 1);
	set_cells("/i2c", "#size-cells", 1, 0);
	set_string("/i2c/serial@4", "compatible", "ns16550a");
	set_cells("/i2c/serial@4", "reg", 1, 4);
	set_cells("/pci", "#address-cells", 1, 3);
	set_cells("/pci", "#size-cells", 1, 2);
	set_flag("/pci", "ranges");
	set_string("/pci/serial@0", "compatible", "ns16550a");
	set_cells("/pci/serial@0", "reg", 5, 0, 0, 0x1000, 0, 8);
	expect_console(0x3f201000, "no stdout-path");

	set_string("/soc/apb", "status", "disabled");
	expect_console(0x9000000, "no stdout-path");
	set_string("/soc/apb", "status", "okay");
	expect_console(0x3f201000, "no stdout-path");
	set_string("/soc", "status", "reserved");
	expect_console(0x9000000, "no stdout-path");
}

/* Every driver: where its registers are. */
static void expect_registers(const char *compatible, u16 data, u16 status, u32 mask, u32 ready,
			     u8 width)
{
	set_uart("/serial@9000000", compatible, 0x9000000);
	set_string("/chosen", "stdout-path", "/serial@9000000");
	expect_console(0x9000000, NULL);
	assert_int_equal(bi.console.data, data);
	assert_int_equal(bi.console.status, status);
	assert_int_equal(bi.console.mask, mask);
	assert_int_equal(bi.console.ready, ready);
	assert_int_equal(bi.console.io_width, width);
}

static void each_driver_knows_its_registers(void **arg)
{
	(void)arg;
	expect_registers("arm,pl011", 0, 0x18, 1 << 5, 0, 4);
	expect_registers("arm,sbsa-uart", 0, 0x18, 1 << 5, 0, 4);
	expect_registers("ns16550a", 0, 5, 1 << 5, 1 << 5, 1);
	expect_registers("snps,dw-apb-uart", 0, 5, 1 << 5, 1 << 5, 1);
	expect_registers("brcm,bcm2835-aux-uart", 0, 0x14, 1 << 5, 1 << 5, 4);
	expect_registers("xlnx,xuartps", 0x30, 0x2c, 1 << 4, 0, 4);
	expect_registers("cdns,uart-r1p8", 0x30, 0x2c, 1 << 4, 0, 4);
	expect_registers("cdns,uart-r1p12", 0x30, 0x2c, 1 << 4, 0, 4);
	expect_registers("sifive,uart0", 0, 0, 1U << 31, 0, 4);
	/* Only a 16550 has its registers where the tree says. */
	set_cells("/serial@9000000", "reg-shift", 1, 2);
	set_cells("/serial@9000000", "reg-io-width", 1, 1);
	expect_registers("xlnx,xuartps", 0x30, 0x2c, 1 << 4, 0, 4);
	expect_registers("ns16550", 0, 0x14, 1 << 5, 1 << 5, 1);
	set_cells("/serial@9000000", "reg-io-width", 1, 2);
	expect_registers("ns16550", 0, 0x14, 1 << 5, 1 << 5, 2);
	assert_int_equal(fdt_setprop(blob, node_at("/serial@9000000"), "compatible",
				     "vendor,x\0ns16550a", 18),
			 0);
	expect_console(0x9000000, NULL);
}

static void set_ns16550(void)
{
	set_string("/chosen", "stdout-path", "/a/b/serial@100");
	set_cells("/a", "#address-cells", 1, 1);
	set_cells("/a", "#size-cells", 1, 1);
	set_cells("/a", "ranges", 4, 0, 0x12, 0x40000000, 0x10000000);
	set_cells("/a/b", "#address-cells", 1, 2);
	set_cells("/a/b", "#size-cells", 1, 1);
	set_cells("/a/b", "ranges", 8, 0, 0x1000, 0x500, 0x100, 0, 0, 0x3000, 0x1000);
	set_string("/a/b/serial@100", "compatible", "ns16550a");
	set_cells("/a/b/serial@100", "reg", 3, 0, 0x100, 0x100);
}

static void addresses_are_translated_bus_by_bus(void **arg)
{
	(void)arg;
	set_ns16550();
	assert_int_equal(find_console(), 0);
	assert_int_equal(bi.console.type, CONSOLE_UART);
	assert_true(bi.console.base == 0x1240003100);
	assert_true(bi.console.status == 5 && bi.console.io_width == 1);
	set_flag("/a/b", "ranges");
	assert_int_equal(find_console(), 0);
	assert_true(bi.console.base == 0x1240000100);
	set_cells("/a/b", "ranges", 4, 0, 0x101, 0x3000, 0x1000);
	assert_int_equal(find_console(), -ENODEV);
	set_cells("/a/b", "ranges", 4, 0, 0, 0x3000, 0x100);
	assert_int_equal(find_console(), -ENODEV);
	assert_int_equal(fdt_delprop(blob, node_at("/a/b"), "ranges"), 0);
	assert_int_equal(find_console(), -ENODEV);
}

static void uart_register_layout(void **arg)
{
	(void)arg;
	set_ns16550();
	set_cells("/a/b/serial@100", "reg-shift", 1, 2);
	set_cells("/a/b/serial@100", "reg-io-width", 1, 4);
	set_cells("/a/b/serial@100", "reg-offset", 1, 0x20);
	assert_int_equal(find_console(), 0);
	assert_true(bi.console.base == 0x1240003120);
	assert_true(bi.console.status == 20 && bi.console.io_width == 4);
	set_flag("/a/b/serial@100", "big-endian");
	assert_int_equal(find_console(), -ENODEV);
	assert_int_equal(fdt_delprop(blob, node_at("/a/b/serial@100"), "big-endian"), 0);
	/* The page that is mapped has to hold all of it. */
	set_cells("/a/b/serial@100", "reg-offset", 1, 0xee8);
	assert_int_equal(find_console(), 0);
	set_cells("/a/b/serial@100", "reg-offset", 1, 0xeec);
	assert_int_equal(find_console(), -ENODEV);
	set_cells("/a/b/serial@100", "reg-offset", 1, 0x21);
	assert_int_equal(find_console(), -ENODEV);
	set_cells("/a/b/serial@100", "reg-io-width", 1, 2);
	assert_int_equal(find_console(), -ENODEV);
	set_cells("/a/b/serial@100", "reg-io-width", 1, 3);
	assert_int_equal(find_console(), -ENODEV);
	set_cells("/a/b/serial@100", "reg-io-width", 1, 1);
	assert_int_equal(find_console(), 0);
	set_cells("/a/b/serial@100", "reg-shift", 1, 5);
	assert_int_equal(find_console(), -ENODEV);
	set_string("/a/b/serial@100", "compatible", "vendor,other");
	assert_int_equal(find_console(), -ENODEV);
}

#define TEST(fn) cmocka_unit_test_setup(fn, start_machine)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_bank_and_what_was_loaded),
		TEST(several_banks_in_several_nodes),
		TEST(cells_may_be_one_or_two),
		TEST(a_memory_node_needs_no_device_type),
		TEST(memory_that_is_missing_or_malformed_stops),
		TEST(reservations_of_each_kind),
		TEST(overlapping_reservations_are_merged),
		TEST(nothing_that_was_loaded_may_be_no_map),
		TEST(too_many_banks_stop),
		TEST(too_many_reservations_stop),
		TEST(initrd_of_either_width),
		TEST(command_line_and_seed),
		TEST(cpus_that_are_usable_boot_cpu_first),
		TEST(cpu_numbers_may_have_two_cells),
		TEST(odd_cpu_nodes_are_warnings),
		TEST(of_a_node_that_is_there_twice_the_first_counts),
		TEST(console_by_path_and_by_alias),
		TEST(a_stdout_path_that_leads_nowhere),
		TEST(the_first_uart_that_answers),
		TEST(the_firmwares_console_before_a_guess),
		TEST(uarts_are_found_at_any_depth),
		TEST(each_driver_knows_its_registers),
		TEST(addresses_are_translated_bus_by_bus),
		TEST(uart_register_layout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
