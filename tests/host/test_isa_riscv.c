// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the RISC-V boot code makes of the harts in the device tree: extensions, mmu-type, timebase. */
/* link: arch/riscv/kernel/isa.c kernel/fdt.c kernel/fdt_query.c */
/* libs: -lfdt */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <asm/boot.h>
#include <asm/power.h>
#include "kernel/arch.h"
#include "kernel/boot.h"
#include "kernel/fdt.h"

const u8 machine_mode = 0;

void power_find(const struct fdt *fdt, struct power_devices *out)
{
	(void)fdt;
	*out = (struct power_devices){ 0 };
}

void power_init(const struct power_devices *devices)
{
	(void)devices;
}

void boot_stop(const char *fmt, ...)
{
	fail_msg("boot_stop(): %s", fmt);
	abort();
}

/* A hart as the tests describe it; NULL: no such property. */
struct hart {
	const char *isa;
	const char *list; /* riscv,isa-extensions, each followed by a NUL, the last by two */
	const char *mmu;
	u32 timebase;
};

static u32 list_size(const char *list)
{
	const char *p = list;

	while (*p)
		p += strlen(p) + 1;
	return (u32)(p - list);
}

static void write_hart(void *blob, const struct hart *h, unsigned int n)
{
	char name[16];

	snprintf(name, sizeof(name), "cpu@%u", n);
	fdt_begin_node(blob, name);
	fdt_property_u32(blob, "reg", n);
	if (h->isa)
		fdt_property_string(blob, "riscv,isa", h->isa);
	if (h->list)
		fdt_property(blob, "riscv,isa-extensions", h->list, (int)list_size(h->list));
	if (h->mmu)
		fdt_property_string(blob, "mmu-type", h->mmu);
	if (h->timebase)
		fdt_property_u32(blob, "timebase-frequency", h->timebase);
	fdt_end_node(blob);
}

/* Build a tree of harts, hart 0 being the one that boots, and have each scanned. */
static void scan(struct arch_boot_info *out, const struct hart *harts, unsigned int nr,
		 u32 timebase)
{
	static struct boot_info bi;
	static u64 blob[1024];
	const char *why;
	struct fdt fdt;
	int cpus, node;
	u64 hwid = 0;

	memset(&bi, 0, sizeof(bi));
	fdt_create(blob, sizeof(blob));
	fdt_finish_reservemap(blob);
	fdt_begin_node(blob, "");
	fdt_begin_node(blob, "cpus");
	if (timebase)
		fdt_property_u32(blob, "timebase-frequency", timebase);
	for (unsigned int i = 0; i < nr; i++)
		write_hart(blob, &harts[i], i);
	fdt_end_node(blob);
	fdt_end_node(blob);
	assert_int_equal(fdt_finish(blob), 0);

	assert_int_equal(fdt_open(&fdt, blob, sizeof(blob), &why), 0);
	cpus = fdt_find(&fdt, "/cpus", 5, NULL);
	for (node = fdt_child(&fdt, cpus); node >= 0; node = fdt_sibling(&fdt, node))
		arch_scan_cpu(&bi, &fdt, node, hwid++);
	arch_scan_root(&bi, &fdt);
	*out = bi.arch;
}

static struct arch_boot_info scan_one(struct hart hart)
{
	struct arch_boot_info a;

	scan(&a, &hart, 1, 10000000);
	return a;
}

static void extensions_of_the_isa_string(void **unused)
{
	struct arch_boot_info a;

	(void)unused;
	a = scan_one((struct hart){ .isa = "rv64imafdc_zicsr_svnapot_svvptc" });
	assert_true(a.isa_scanned && a.isa_svnapot && a.isa_svvptc);
	assert_false(a.isa_svpbmt || a.isa_svinval || a.isa_svadu || a.isa_svade);
	a = scan_one((struct hart){ .isa = "RV64IMAC_SVPBMT1p0_Svinval2_sVaDu1P12_svade" });
	assert_true(a.isa_svpbmt && a.isa_svinval && a.isa_svadu && a.isa_svade);
	assert_false(a.isa_svnapot);
	/* The first name of several letters needs no underscore; "s" and "u" alone are privilege modes. */
	a = scan_one((struct hart){ .isa = "rv64imacsusvnapot1p0_zba" });
	assert_true(a.isa_svnapot);
}

static void near_misses_are_no_extensions(void **unused)
{
	static const char *const words[] = {
		"rv64imac_svnapotx",
		"rv64imac_svnapo",
		"rv64imac_xsvnapot",
		"rv64imac_svnapot1q0",
		"rv64imac_svnapotp1",
		"rv64imac_svnapot1p0p0",
		"rv64imac_sv",
		"_",
		"",
		"sv",
		"rv64imac__",
		"rv64imac_svnapot1p",
	};
	struct arch_boot_info a;

	(void)unused;
	for (unsigned int i = 0; i < ARRAY_SIZE(words); i++) {
		a = scan_one((struct hart){ .isa = words[i] });
		if (a.isa_svnapot)
			fail_msg("\"%s\" was taken for svnapot", words[i]);
		assert_true(a.isa_scanned);
	}
}

static void the_list_goes_before_the_string(void **unused)
{
	struct arch_boot_info a;

	(void)unused;
	a = scan_one((struct hart){ .list = "i\0m\0svnapot\0svinval\0", .isa = "rv64imac_svpbmt" });
	assert_true(a.isa_svnapot && a.isa_svinval);
	assert_false(a.isa_svpbmt);
}

static void what_one_hart_lacks_none_has(void **unused)
{
	static const struct hart harts[] = {
		{ .isa = "rv64imac_svnapot_svpbmt", .mmu = "riscv,sv57" },
		{ .isa = "rv64imac_svpbmt_svinval", .mmu = "riscv,sv39" },
		{ .isa = "rv64imac_svpbmt_svnapot", .mmu = "riscv,sv48" },
	};
	struct arch_boot_info a;

	(void)unused;
	scan(&a, harts, 3, 1);
	assert_true(a.isa_svpbmt);
	assert_false(a.isa_svnapot || a.isa_svinval);
	assert_int_equal(a.mmu_type_bits, 39);
}

static void a_hart_that_says_nothing_has_nothing(void **unused)
{
	static const struct hart harts[] = { { .isa = "rv64imac_svnapot" }, { .isa = NULL } };
	struct arch_boot_info a = scan_one((struct hart){ .isa = NULL });

	(void)unused;
	assert_false(a.isa_svnapot || a.isa_svpbmt || a.isa_svinval);
	scan(&a, harts, 2, 1);
	assert_false(a.isa_svnapot);
}

static void the_narrowest_mmu_type_is_the_limit(void **unused)
{
	static const struct hart harts[] = {
		{ .isa = "rv64imac_svnapot", .mmu = "riscv,sv48" },
		{ .isa = "rv64imac", .mmu = "riscv,none" },
	};
	struct arch_boot_info a;

	(void)unused;
	assert_int_equal(scan_one((struct hart){ .isa = "rv64i" }).mmu_type_bits, 0);
	assert_int_equal(scan_one((struct hart){ .mmu = "riscv,sv57" }).mmu_type_bits, 57);
	assert_int_equal(scan_one((struct hart){ .mmu = "riscv,sv64" }).mmu_type_bits, 0);
	/* A boot hart without an MMU: narrower than any mode. */
	assert_in_range(scan_one((struct hart){ .mmu = "riscv,none" }).mmu_type_bits, 1, 38);
	/* Another hart without one can't take part and so decides nothing. */
	scan(&a, harts, 2, 1);
	assert_int_equal(a.mmu_type_bits, 48);
	assert_true(a.isa_svnapot);
}

static void timebase_of_all_harts_or_of_the_first(void **unused)
{
	static const struct hart harts[] = { { .timebase = 1000000 }, { .timebase = 2000000 } };
	struct arch_boot_info a;

	(void)unused;
	scan(&a, harts, 2, 24000000);
	assert_int_equal(a.timebase_hz, 24000000);
	scan(&a, harts, 2, 0);
	assert_int_equal(a.timebase_hz, 1000000);
	scan(&a, harts, 0, 0);
	assert_int_equal(a.timebase_hz, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(extensions_of_the_isa_string),
		cmocka_unit_test(near_misses_are_no_extensions),
		cmocka_unit_test(the_list_goes_before_the_string),
		cmocka_unit_test(what_one_hart_lacks_none_has),
		cmocka_unit_test(a_hart_that_says_nothing_has_nothing),
		cmocka_unit_test(the_narrowest_mmu_type_is_the_limit),
		cmocka_unit_test(timebase_of_all_harts_or_of_the_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
