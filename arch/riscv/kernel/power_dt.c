// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the device tree names that ends the machine. */
#include <asm/power.h>
#include "kernel/fdt.h"

/* A node's first registers: GRT_PHYS_NONE where it has none that can be stored to. */
static grt_phys_t registers(const struct fdt *fdt, const struct fdt_path *path)
{
	u64 address;

	return fdt_address(fdt, path, &address) || !is_aligned(address, 4) ? GRT_PHYS_NONE
									   : address;
}

/*
 * The test device of SiFive's and QEMU's machines: the only one that ends QEMU with a failure status. It
 * does nothing else, so it is used where its status is "disabled" too.
 */
static grt_phys_t test_device(const struct fdt *fdt, const struct fdt_path *path)
{
	u32 len;
	const char *list = fdt_prop(fdt, path->node[path->depth - 1], "compatible", &len);

	if (!fdt_list_has(list, len, "sifive,test0") && !fdt_list_has(list, len, "sifive,test1"))
		return GRT_PHYS_NONE;
	return registers(fdt, path);
}

static grt_phys_t find_test_device(const struct fdt *fdt)
{
	grt_phys_t pa = GRT_PHYS_NONE;
	struct fdt_path path;

	/* Where QEMU has it, which is found sooner. */
	if (fdt_find(fdt, "/soc/test", 9, &path) >= 0)
		pa = test_device(fdt, &path);
	path.depth = 1;
	path.node[0] = 0;
	while (pa == GRT_PHYS_NONE && fdt_walk(fdt, &path, true))
		pa = test_device(fdt, &path);
	if (pa == GRT_PHYS_NONE && fdt_prop_has_string(fdt, 0, "compatible", "riscv-virtio"))
		pa = QEMU_VIRT_TEST;
	return pa;
}

static bool find_phandle(const struct fdt *fdt, u32 phandle, struct fdt_path *path)
{
	*path = (struct fdt_path){ .depth = 1 };
	while (fdt_walk(fdt, path, true))
		if (fdt_prop_u32(fdt, path->node[path->depth - 1], "phandle", 0) == phandle)
			return true;
	return false;
}

/* The registers are those of the node that regmap names, or, without it, of the parent. */
static void read_syscon(const struct fdt *fdt, struct fdt_path *path, struct power_devices *devices)
{
	int node = path->node[path->depth - 1];
	u32 regmap = fdt_prop_u32(fdt, node, "regmap", 0);
	u32 mask = fdt_prop_u32(fdt, node, "mask", ~0U);

	if (!fdt_available(fdt, node))
		return;
	devices->syscon_value = fdt_prop_u32(fdt, node, "value", mask);
	if (fdt_prop(fdt, node, "value", NULL) && mask != ~0U)
		return; /* other bits of the register would have to be kept */
	path->depth--;
	if (regmap && !find_phandle(fdt, regmap, path))
		return;
	devices->syscon = registers(fdt, path);
	if (devices->syscon != GRT_PHYS_NONE)
		devices->syscon += fdt_prop_u32(fdt, node, "offset", 0) & ~3U;
}

static void find_syscon(const struct fdt *fdt, struct power_devices *devices)
{
	struct fdt_path path = { .depth = 1 };

	while (fdt_walk(fdt, &path, true))
		if (fdt_prop_has_string(fdt, path.node[path.depth - 1], "compatible",
					"syscon-poweroff")) {
			read_syscon(fdt, &path, devices);
			return;
		}
}

void power_find(const struct fdt *fdt, struct power_devices *out)
{
	*out = (struct power_devices){ find_test_device(fdt), GRT_PHYS_NONE, 0 };
	if (!power_firmware_can())
		find_syscon(fdt, out);
}
