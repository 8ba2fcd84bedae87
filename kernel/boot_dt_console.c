// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* From /chosen/stdout-path to the registers of a UART. */
#include <graticule/string.h>
#include "kernel/boot_dt.h"

#define ALIAS_MAX 32

static const struct uart {
	const char *compatible;
	enum console_type type;
} uarts[] = {
	{ "arm,pl011", CONSOLE_PL011 },
	{ "arm,sbsa-uart", CONSOLE_PL011 }, /* its registers for data and flags are the PL011's */
	{ "ns16550a", CONSOLE_NS16550 },
	{ "ns16550", CONSOLE_NS16550 },
	{ "snps,dw-apb-uart", CONSOLE_NS16550 },
};

/* Follow a path or an alias, up to the ':' of its options. */
static int find_device(const struct fdt *fdt, const char *s, struct fdt_path *path)
{
	char name[ALIAS_MAX];
	size_t len;
	int aliases;

	for (len = 0; s[len] && s[len] != ':'; len++)
		;
	if (*s == '/')
		return fdt_find(fdt, s, len, path);
	aliases = fdt_find(fdt, "/aliases", 8, NULL);
	if (aliases < 0 || len >= sizeof(name))
		return -ENOENT;
	memcpy(name, s, len);
	name[len] = '\0';
	s = fdt_prop_string(fdt, aliases, name);
	return s ? fdt_find(fdt, s, strlen(s), path) : -ENOENT;
}

static int find_stdout(const struct fdt *fdt, struct fdt_path *path)
{
	int chosen = fdt_find(fdt, "/chosen", 7, NULL);
	const char *s = NULL;

	if (chosen >= 0)
		s = fdt_prop_string(fdt, chosen, "stdout-path");
	if (chosen >= 0 && !s)
		s = fdt_prop_string(fdt, chosen, "linux,stdout-path"); /* its older name */
	return find_device(fdt, s ? s : "serial0", path);
}

/*
 * Translate an address on bus @node to one on the bus above it, @parent, by the ranges property:
 * triples of child address, parent address and size; empty means that they are the same.
 */
static int translate(const struct fdt *fdt, int node, int parent, u64 *address)
{
	u32 child_cells = fdt_prop_u32(fdt, node, "#address-cells", 2);
	u32 size_cells = fdt_prop_u32(fdt, node, "#size-cells", 1);
	u32 parent_cells = fdt_prop_u32(fdt, parent, "#address-cells", 2);
	u32 len, stride;
	const u8 *p = fdt_prop(fdt, node, "ranges", &len);
	u64 start;

	if (!p || child_cells > 2 || size_cells > 2 || parent_cells > 2)
		return -ENODEV;
	if (!len)
		return 0;
	stride = 4 * (child_cells + parent_cells + size_cells);
	for (; stride && len >= stride; p += stride, len -= stride) {
		start = fdt_cells(p, child_cells);
		if (*address < start ||
		    *address - start >= fdt_cells(p + 4 * (child_cells + parent_cells), size_cells))
			continue;
		*address += fdt_cells(p + 4 * child_cells, parent_cells) - start;
		return 0;
	}
	return -ENODEV;
}

static int uart_address(const struct fdt *fdt, const struct fdt_path *path, u64 *address)
{
	unsigned int i = path->depth - 2;
	struct fdt_reg reg;
	u64 size;
	int err;

	err = fdt_reg(fdt, path->node[i + 1], path->node[i], &reg);
	if (err)
		return err;
	fdt_reg_next(&reg, address, &size);
	for (; i; i--) {
		err = translate(fdt, path->node[i], path->node[i - 1], address);
		if (err)
			return err;
	}
	return 0;
}

static int read_uart(const struct fdt *fdt, int node, enum console_type type, u64 address,
		     struct console_desc *console)
{
	u32 shift = fdt_prop_u32(fdt, node, "reg-shift", 0);
	u32 width = fdt_prop_u32(fdt, node, "reg-io-width", 1);

	address += fdt_prop_u32(fdt, node, "reg-offset", 0);
	if (type == CONSOLE_PL011) {
		shift = 2;
		width = 4;
	}
	if (shift > 4 || (width != 1 && width != 4) || width > 1U << shift ||
	    !is_aligned(address, width))
		return -ENODEV;
	console->type = type;
	console->base = address;
	console->reg_shift = (u8)shift;
	console->io_width = (u8)width;
	return 0;
}

int boot_dt_console(struct boot_info *bi, const struct fdt *fdt)
{
	const struct uart *uart;
	struct fdt_path path;
	int node = find_stdout(fdt, &path);
	u64 address;

	if (node <= 0 || !fdt_available(fdt, node) || uart_address(fdt, &path, &address))
		return -ENODEV;
	for (uart = uarts; uart < uarts + ARRAY_SIZE(uarts); uart++)
		if (fdt_prop_has_string(fdt, node, "compatible", uart->compatible))
			return read_uart(fdt, node, uart->type, address, &bi->console);
	return -ENODEV;
}
