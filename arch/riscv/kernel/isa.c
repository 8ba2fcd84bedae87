// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the device tree says of the harts and of the platform. */
#include <asm/boot.h>
#include <asm/power.h>
#include "base/string.h"
#include "kernel/arch.h"
#include "kernel/boot.h"
#include "kernel/fdt.h"

/* The extensions that matter to the MMU. */
struct isa {
	bool svnapot;
	bool svpbmt;
	bool svinval;
	bool svadu;
	bool svade;
	bool svvptc;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* Is @s, up to @end, nothing or a version like "1" or "1p0"? */
static bool is_version(const char *s, const char *end)
{
	if (s == end)
		return true;
	if (!is_digit(*s))
		return false;
	while (s < end && is_digit(*s))
		s++;
	if (s < end && lower(*s) == 'p' && s + 1 < end)
		s++;
	while (s < end && is_digit(*s))
		s++;
	return s == end;
}

static bool is_extension(const char *s, const char *end, const char *name)
{
	for (; *name; name++, s++)
		if (s == end || lower(*s) != *name)
			return false;
	return is_version(s, end);
}

static void add_extension(struct isa *isa, const char *s, const char *end)
{
	/* All of them start with "sv"; most names are seen off here. */
	if (end - s < 5 || lower(s[0]) != 's' || lower(s[1]) != 'v')
		return;
	isa->svnapot |= is_extension(s, end, "svnapot");
	isa->svpbmt |= is_extension(s, end, "svpbmt");
	isa->svinval |= is_extension(s, end, "svinval");
	isa->svadu |= is_extension(s, end, "svadu");
	isa->svade |= is_extension(s, end, "svade");
	isa->svvptc |= is_extension(s, end, "svvptc");
}

/*
 * riscv,isa: "rv64imac_zicsr2p0_svnapot". The first name of several letters may follow the single
 * letters without an underscore ("ISA Extension Naming Conventions").
 */
static void parse_isa_string(struct isa *isa, const char *s)
{
	const char *end = s;
	bool first = true;

	for (;; s = end + 1, first = false) {
		for (end = s; *end && *end != '_'; end++)
			;
		add_extension(isa, s, end);
		for (; first && s < end; s++)
			add_extension(isa, s, end);
		if (!*end)
			return;
	}
}

/* riscv,isa-extensions: a list of names. */
static void parse_isa_list(struct isa *isa, const char *s, const char *limit)
{
	const char *end;

	for (; s < limit; s = end + 1) {
		for (end = s; end < limit && *end; end++)
			;
		add_extension(isa, s, end);
	}
}

/* The list goes before the string, which is its older form. */
static void parse_isa(struct isa *isa, const struct fdt *fdt, int node)
{
	u32 len;
	const char *s = fdt_prop(fdt, node, "riscv,isa-extensions", &len);

	if (s) {
		parse_isa_list(isa, s, s + len);
		return;
	}
	s = fdt_prop_string(fdt, node, "riscv,isa");
	if (s)
		parse_isa_string(isa, s);
}

#define MMU_TYPE_NONE 1 /* narrower than any mode */

/* 0: the tree doesn't say, or names a mode that this kernel has not heard of. */
static u8 mmu_type_bits(const struct fdt *fdt, int node)
{
	const char *type = fdt_prop_string(fdt, node, "mmu-type");

	if (!type)
		return 0;
	if (!strcmp(type, "riscv,none"))
		return MMU_TYPE_NONE;
	if (!strcmp(type, "riscv,sv39"))
		return 39;
	if (!strcmp(type, "riscv,sv48"))
		return 48;
	return !strcmp(type, "riscv,sv57") ? 57 : 0;
}

static u32 timebase(const struct fdt *fdt, int node)
{
	u32 len;
	const void *p = fdt_prop(fdt, node, "timebase-frequency", &len);

	return p && (len == 4 || len == 8) ? (u32)fdt_cells(p, len / 4) : 0;
}

void arch_scan_cpu(struct boot_info *bi, const struct fdt *fdt, int node, u64 hwid)
{
	struct arch_boot_info *a = &bi->arch;
	u8 bits = mmu_type_bits(fdt, node);
	bool first = !a->isa_scanned;
	struct isa isa = { 0 };

	/* A hart without an MMU can't take part; it is left out when it refuses satp. */
	if (bits == MMU_TYPE_NONE && hwid != bi->boot_hwid)
		return;
	if (bits && (!a->mmu_type_bits || bits < a->mmu_type_bits))
		a->mmu_type_bits = bits;
	parse_isa(&isa, fdt, node);
	a->isa_scanned = true;
	a->isa_svnapot = isa.svnapot && (first || a->isa_svnapot);
	a->isa_svpbmt = isa.svpbmt && (first || a->isa_svpbmt);
	a->isa_svinval = isa.svinval && (first || a->isa_svinval);
	a->isa_svadu = isa.svadu && (first || a->isa_svadu);
	a->isa_svade = isa.svade && (first || a->isa_svade);
	a->isa_svvptc = isa.svvptc && (first || a->isa_svvptc);
	if (!a->timebase_hz)
		a->timebase_hz = timebase(fdt, node);
}

void arch_scan_root(struct boot_info *bi, const struct fdt *fdt)
{
	int cpus = fdt_find(fdt, "/cpus", 5, NULL);
	u32 hz = cpus < 0 ? 0 : timebase(fdt, cpus);
	struct power_devices devices;

	if (hz)
		bi->arch.timebase_hz = hz;
	power_find(fdt, &devices);
	power_init(&devices);
	if (machine_mode)
		boot_stop("entered in machine mode: this kernel runs in supervisor mode, above "
			  "firmware with an SBI, like OpenSBI");
}
