// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * From the device tree to the registers of a UART. Section numbers are the Devicetree Specification's,
 * 0.4.
 */
#include "base/string.h"
#include "kernel/arch.h"
#include "kernel/boot_dt.h"
#include "kernel/printk.h"

#define ALIAS_MAX 32

/* At 9600 baud a full FIFO of 64 bytes takes as long, if reading a register takes a microsecond. */
#define IDLE_POLLS 100000

/*
 * What sends a byte: the offsets of two registers, and the bits that say there is room; the bits that are set
 * when nothing is left to send; what switches the transmitter on, where it is so simple. A 16550's offsets
 * are numbers of registers, of a width and at a distance that its node says.
 */
enum uart_kind { PL011, NS16550, BCM2835_AUX, CADENCE, SIFIVE };

struct uart {
	u8 data;
	u8 status;
	u32 mask;
	u32 ready;
	u8 idle;
	u8 width;
	u8 control;
	u8 enable;
	u8 disable;
};

/* clang-format off */
static const struct uart uarts[] = {
	/* Arm DDI 0183: UARTDR, UARTFR.TXFF and TXFE. The subset of the SBSA (DEN0029) has both. */
	[PL011] = { 0x00, 0x18, BIT(5), 0, BIT(7), 4, 0, 0, 0 },
	/* Texas Instruments PC16550D (SNLS378): THR, LSR.THRE. */
	[NS16550] = { 0, 5, BIT(5), BIT(5), BIT(5), 1, 0, 0, 0 },
	/* Broadcom, BCM2835 ARM Peripherals, 2.2: AUX_MU_IO_REG, AUX_MU_LSR_REG "transmitter empty". */
	[BCM2835_AUX] = { 0x00, 0x14, BIT(5), BIT(5), BIT(5), 4, 0, 0, 0 },
	/* Zynq UltraScale+ registers (UG1087), UART: TX_RX_FIFO, Channel_sts.TFUL, TEMPTY; Control.TXEN. */
	[CADENCE] = { 0x30, 0x2c, BIT(4), 0, BIT(3), 4, 0x00, BIT(4), BIT(5) },
	/* SiFive FU540-C000 Manual, 13: txdata, which also says that the FIFO is full; txctrl.txen. */
	[SIFIVE] = { 0x00, 0x00, BIT(31), 0, 0, 4, 0x08, BIT(0), 0 },
};

/* Names in place: each pointer would be a relocation, which head.S applies twice. */
static const struct uart_name {
	char compatible[24];
	u8 kind;
} uart_names[] = {
	{ "arm,pl011", PL011 },
	{ "ns16550a", NS16550 },
	{ "arm,sbsa-uart", PL011 },
	{ "ns16550", NS16550 },
	{ "ns16450", NS16550 },
	{ "ns16750", NS16550 },
	{ "ns16850", NS16550 },
	{ "ns8250", NS16550 },
	{ "snps,dw-apb-uart", NS16550 },
	{ "brcm,bcm2835-aux-uart", BCM2835_AUX },
	{ "cdns,uart-r1p8", CADENCE },
	{ "cdns,uart-r1p12", CADENCE },
	{ "xlnx,xuartps", CADENCE },
	{ "sifive,uart0", SIFIVE },
};
/* clang-format on */

/* ---- one UART -------------------------------------------------------------------------------- */

static const struct uart_name *name_of(const struct fdt *fdt, int node)
{
	const struct uart_name *name;
	u32 len;
	const char *list = fdt_prop(fdt, node, "compatible", &len);

	if (!len)
		return NULL;
	for (name = uart_names; name < uart_names + ARRAY_SIZE(uart_names); name++)
		if (fdt_list_has(list, len, name->compatible))
			return name;
	return NULL;
}

/* Where a 16550 has its registers, and how they are accessed. */
static int read_ns16550(const struct fdt *fdt, int node, struct console_desc *desc)
{
	u32 shift = fdt_prop_u32(fdt, node, "reg-shift", 0);
	u32 width = fdt_prop_u32(fdt, node, "reg-io-width", 1);

	if (shift > 4 || (width != 1 && width != 2 && width != 4) || width > 1U << shift)
		return -ENODEV;
	if (width > 1 && fdt_prop(fdt, node, "big-endian", NULL))
		return -ENODEV;
	desc->base += fdt_prop_u32(fdt, node, "reg-offset", 0);
	desc->data = (u16)(desc->data << shift);
	desc->status = (u16)(desc->status << shift);
	desc->io_width = (u8)width;
	return 0;
}

/* One page is mapped, and an access that is not aligned to its width would trap. */
static bool registers_reachable(const struct console_desc *desc)
{
	u64 last = max_u64(desc->data, desc->status) + desc->io_width - 1;

	return is_aligned(desc->base, desc->io_width) &&
	       (desc->base & (CONSOLE_REGS_SIZE - 1)) + last < CONSOLE_REGS_SIZE;
}

/*
 * A tree may name a device that the machine does not have: the bus refuses, or floats. Where something else
 * is, as memory, most likely no bit says that all has been sent.
 */
static bool answers(const struct console_desc *desc, u32 idle)
{
	const u64 floats = (1UL << 8 * desc->io_width) - 1;

	for (unsigned int i = 0; i < IDLE_POLLS; i++) {
		s64 status = arch_probe_register(desc->base + desc->status, desc->io_width);

		if (status < 0 || (u64)status == floats)
			return false;
		if (((u64)status & idle) == idle)
			return true;
	}
	return false;
}

static int read_uart(const struct fdt *fdt, const struct fdt_path *path, enum uart_kind kind,
		     struct console_desc *console)
{
	const struct uart *uart = &uarts[kind];
	struct console_desc desc = {
		.type = CONSOLE_UART,
		.mask = uart->mask,
		.ready = uart->ready,
		.data = uart->data,
		.status = uart->status,
		.control = uart->control,
		.enable = uart->enable,
		.disable = uart->disable,
		.io_width = uart->width,
	};

	if (fdt_address(fdt, path, &desc.base))
		return -ENODEV;
	if (kind == NS16550 && read_ns16550(fdt, path->node[path->depth - 1], &desc))
		return -ENODEV;
	if (!registers_reachable(&desc) || !answers(&desc, uart->idle))
		return -ENODEV;
	*console = desc;
	return 0;
}

/* ---- which one ------------------------------------------------------------------------------- */

/* Follow a path or an alias, up to the ':' of its options (3.6). */
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

/* The UART that @s names, if it and all that it is behind are there. */
static const struct uart_name *named_uart(const struct fdt *fdt, const char *s,
					  struct console_desc *console)
{
	const struct uart_name *name;
	struct fdt_path path;
	unsigned int i;

	if (!s || find_device(fdt, s, &path) <= 0)
		return NULL;
	for (i = 1; i < path.depth; i++)
		if (!fdt_available(fdt, path.node[i]))
			return NULL;
	name = name_of(fdt, path.node[path.depth - 1]);
	return name && !read_uart(fdt, &path, name->kind, console) ? name : NULL;
}

static const struct uart_name *first_uart(const struct fdt *fdt, struct console_desc *console)
{
	struct fdt_path path = { .depth = 1 };
	bool enter = true;

	while (fdt_walk(fdt, &path, enter)) {
		int node = path.node[path.depth - 1];
		const struct uart_name *name;

		enter = fdt_available(fdt, node);
		name = enter ? name_of(fdt, node) : NULL;
		if (name && !read_uart(fdt, &path, name->kind, console))
			return name;
	}
	return NULL;
}

int boot_dt_console(struct boot_info *bi, const struct fdt *fdt)
{
	int chosen = fdt_find(fdt, "/chosen", 7, NULL);
	const struct uart_name *name;
	const char *wish = NULL;

	if (chosen >= 0)
		wish = fdt_prop_string(fdt, chosen, "stdout-path");
	if (chosen >= 0 && !wish)
		wish = fdt_prop_string(fdt, chosen, "linux,stdout-path"); /* its older name */
	if (named_uart(fdt, wish, &bi->console))
		return 0;
	name = named_uart(fdt, "serial0", &bi->console);
	/* A guess is worse than what the firmware offers. */
	if (!name && bi->console.type == CONSOLE_NONE)
		name = first_uart(fdt, &bi->console);
	if (!name)
		return -ENODEV;
	printk("graticule: %s: console is the %s at %#lx\n",
	       wish ? "stdout-path leads to no UART that can be used" : "no stdout-path",
	       name->compatible, bi->console.base);
	return 0;
}
