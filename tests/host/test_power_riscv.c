// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the RISC-V boot code finds in the device tree that ends the machine. */
/* link: arch/riscv/kernel/power_dt.c kernel/fdt.c kernel/fdt_query.c */
/* libs: -lfdt */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <libfdt.h>
#include <string.h>
#include <asm/power.h>
#include "kernel/fdt.h"

static bool firmware_can;

bool power_firmware_can(void)
{
	return firmware_can;
}

/* Bytes of @list, whose strings end with a NUL each, and the last with two. */
static u32 list_size(const char *list)
{
	const char *p = list;

	while (*p)
		p += strlen(p) + 1;
	return (u32)(p - list);
}

/* A node as the tests describe it: a path's last component, and properties. */
struct device {
	const char *name;
	const char *compatible; /* each followed by a NUL, the last by two */
	u64 reg;
	u32 phandle;
	const char *status;
};

static void cells(void *blob, u32 address, u32 size)
{
	fdt_property_u32(blob, "#address-cells", address);
	fdt_property_u32(blob, "#size-cells", size);
}

static void begin_device(void *blob, const struct device *d)
{
	fdt_begin_node(blob, d->name);
	if (d->compatible)
		fdt_property(blob, "compatible", d->compatible, (int)list_size(d->compatible));
	if (d->reg) {
		const u32 reg[4] = { cpu_to_fdt32((u32)(d->reg >> 32)), cpu_to_fdt32((u32)d->reg),
				     0, cpu_to_fdt32(0x1000) };

		fdt_property(blob, "reg", reg, sizeof(reg));
	}
	if (d->phandle)
		fdt_property_u32(blob, "phandle", d->phandle);
	if (d->status)
		fdt_property_string(blob, "status", d->status);
}

static void device(void *blob, const struct device *d)
{
	begin_device(blob, d);
	fdt_end_node(blob);
}

/* A bus of 4 KiB at @base of the bus above it. */
static void begin_bus(void *blob, const char *name, u64 base)
{
	const u64 ranges[] = { 0, cpu_to_fdt64(base), cpu_to_fdt64(0x1000) };

	fdt_begin_node(blob, name);
	cells(blob, 2, 2);
	fdt_property(blob, "ranges", ranges, sizeof(ranges));
}

static u64 power_blob[1024];

static void begin_power(void)
{
	fdt_create(power_blob, sizeof(power_blob));
	fdt_finish_reservemap(power_blob);
	fdt_begin_node(power_blob, "");
	cells(power_blob, 2, 2);
}

static struct power_devices find_power(void)
{
	struct power_devices found;
	const char *why;
	struct fdt fdt;

	fdt_end_node(power_blob);
	assert_int_equal(fdt_finish(power_blob), 0);
	assert_int_equal(fdt_open(&fdt, power_blob, sizeof(power_blob), &why), 0);
	power_find(&fdt, &found);
	return found;
}

/* One device below /soc, or in the root. */
static grt_phys_t find_test(bool soc, const struct device *d)
{
	begin_power();
	if (soc) {
		fdt_begin_node(power_blob, "soc");
		cells(power_blob, 2, 2);
		fdt_property(power_blob, "ranges", NULL, 0);
	}
	device(power_blob, d);
	if (soc)
		fdt_end_node(power_blob);
	return find_power().test;
}

static void the_test_device_is_found_wherever_it_is(void **unused)
{
	static const char qemu[] = "sifive,test1\0sifive,test0\0syscon\0";
	static const struct device
		ordinary = { .name = "test@100000", .compatible = qemu, .reg = 0x100000 },
		renamed = { .name = "syscon@200000",
			    .compatible = "sifive,test0\0",
			    .reg = 0x200000 },
		newer = { .name = "finisher", .compatible = "sifive,test1\0", .reg = 0x300000 },
		high = { .name = "test@4000100000", .compatible = qemu, .reg = 0x4000100000 },
		disabled = { .name = "test@100000",
			     .compatible = qemu,
			     .reg = 0x100000,
			     .status = "disabled" },
		other = { .name = "test@100000", .compatible = "syscon\0", .reg = 0x100000 },
		longer = { .name = "test@100000",
			   .compatible = "sifive,test01\0",
			   .reg = 0x100000 },
		odd = { .name = "test@100002", .compatible = qemu, .reg = 0x100002 },
		none = { .name = "test", .compatible = qemu };

	(void)unused;
	firmware_can = true;
	assert_int_equal(find_test(true, &ordinary), 0x100000);
	assert_int_equal(find_test(false, &ordinary), 0x100000);
	assert_int_equal(find_test(true, &renamed), 0x200000);
	assert_int_equal(find_test(false, &newer), 0x300000);
	assert_int_equal(find_test(true, &high), 0x4000100000);
	assert_int_equal(find_test(true, &disabled), 0x100000);
	assert_int_equal(find_test(true, &other), GRT_PHYS_NONE);
	assert_int_equal(find_test(true, &longer), GRT_PHYS_NONE);
	assert_int_equal(find_test(true, &odd), GRT_PHYS_NONE);
	assert_int_equal(find_test(true, &none), GRT_PHYS_NONE);
}

static void the_test_device_is_translated_by_each_bus(void **unused)
{
	const struct device decoy = { .name = "test@100000",
				      .compatible = "syscon\0",
				      .reg = 0x100000 },
			    real = { .name = "test@100",
				     .compatible = "sifive,test0\0",
				     .reg = 0x100 };

	(void)unused;
	firmware_can = true;
	begin_power();
	begin_bus(power_blob, "soc", 0x40000000);
	device(power_blob, &decoy);
	begin_bus(power_blob, "bus@400", 0x400);
	device(power_blob, &real);
	fdt_end_node(power_blob);
	fdt_end_node(power_blob);
	assert_int_equal(find_power().test, 0x40000500);
}

/* QEMU's /poweroff; @regmap 0: the register is the parent's. */
static struct power_devices find_syscon(u32 regmap, const u32 *mask, const u32 *value)
{
	const struct device syscon = { .name = "syscon@100000",
				       .compatible = "syscon\0",
				       .reg = 0x100000,
				       .phandle = 4 },
			    off = { .name = "poweroff", .compatible = "syscon-poweroff\0" };

	begin_power();
	begin_device(power_blob, &syscon);
	if (regmap) {
		fdt_end_node(power_blob);
		fdt_begin_node(power_blob, "deep");
	}
	begin_device(power_blob, &off);
	fdt_property_u32(power_blob, "offset", 8);
	if (regmap)
		fdt_property_u32(power_blob, "regmap", regmap);
	if (mask)
		fdt_property_u32(power_blob, "mask", *mask);
	if (value)
		fdt_property_u32(power_blob, "value", *value);
	fdt_end_node(power_blob);
	fdt_end_node(power_blob);
	return find_power();
}

static void a_syscon_stands_in_for_firmware(void **unused)
{
	const u32 value = 0x5555, all = ~0U, some = 0xff;

	(void)unused;
	firmware_can = true;
	assert_int_equal(find_syscon(4, NULL, &value).syscon, GRT_PHYS_NONE);
	firmware_can = false;
	assert_int_equal(find_syscon(4, NULL, &value).syscon, 0x100008);
	assert_int_equal(find_syscon(4, NULL, &value).syscon_value, 0x5555);
	assert_int_equal(find_syscon(0, NULL, &value).syscon, 0x100008);
	assert_int_equal(find_syscon(4, &all, &value).syscon, 0x100008);
	assert_int_equal(find_syscon(4, &some, NULL).syscon_value, 0xff);
	/* No such node; bits that would have to be kept. */
	assert_int_equal(find_syscon(5, NULL, &value).syscon, GRT_PHYS_NONE);
	assert_int_equal(find_syscon(4, &some, &value).syscon, GRT_PHYS_NONE);
}

static void nothing_is_found_where_nothing_is(void **unused)
{
	struct power_devices found;

	(void)unused;
	firmware_can = false;
	begin_power();
	found = find_power();
	assert_int_equal(found.test, GRT_PHYS_NONE);
	assert_int_equal(found.syscon, GRT_PHYS_NONE);
	/* But QEMU's virt machine has one all the same. */
	begin_power();
	fdt_property_string(power_blob, "compatible", "riscv-virtio");
	assert_int_equal(find_power().test, QEMU_VIRT_TEST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_test_device_is_found_wherever_it_is),
		cmocka_unit_test(the_test_device_is_translated_by_each_bus),
		cmocka_unit_test(a_syscon_stands_in_for_firmware),
		cmocka_unit_test(nothing_is_found_where_nothing_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
