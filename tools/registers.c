// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * From registers to roots and regimes in words. Arm ARM D23.2: TCR_EL1, TCR_EL2, VTCR_EL2, HCR_EL2,
 * SCTLR_ELx; RISC-V privileged specification: satp, vsatp, hgatp.
 */
#include <stdio.h>
#include <string.h>
#include "tools/registers.h"
#include "tools/source_gdb.h"
#include "tools/util.h"

static u64 bits(u64 value, unsigned int high, unsigned int low)
{
	return value >> low & (BIT(high - low + 1) - 1);
}

/* A register that the CPU lacks is 0: then nothing is on that it would turn on. */
static u64 get(unsigned int cpu, const char *name)
{
	u64 value;

	return source_gdb_register(cpu, name, &value) ? value : 0;
}

/* ---- arm64 ---- */

/**
 * struct fields - what a TCR says of one half, wherever the register has it
 * @granule: log2 of the page size; 0: reserved
 */
struct fields {
	const char *kind;
	unsigned int granule;
	unsigned int tsz;
	unsigned int ps;
	unsigned int levels;
	bool ds;
	bool hd;
	bool hpd;
	bool fwb;
	bool wxn;
	bool has_mair;
	u64 mair;
};

/* TG0's and TG1's codes are not the same (TCR_EL1). */
static unsigned int granule_of(unsigned int tg, bool upper)
{
	static const u8 tg0[] = { 12, 16, 14, 0 }, tg1[] = { 0, 14, 12, 16 };

	return upper ? tg1[tg] : tg0[tg];
}

static void add(struct found_root *r, u64 ttbr, const struct fields *f)
{
	static const u8 sizes[] = { 32, 36, 40, 42, 44, 48, 52, 52 };
	char mair[32] = "", levels[24] = "";
	/* BADDR; with 52-bit addresses bits 5:2 are its 51:48 (TTBR0_EL1). */
	bool large = f->ps == 6 && (f->granule == 16 || f->ds);
	u64 pa = ttbr & (BIT(48) - (large ? 64 : 2));

	if (large)
		pa |= bits(ttbr, 5, 2) << 48;
	if (f->has_mair)
		snprintf(mair, sizeof(mair), ":mair=%llx", (unsigned long long)f->mair);
	if (f->levels)
		snprintf(levels, sizeof(levels), ":levels=%u", f->levels);
	r->pa = pa;
	snprintf(r->words, sizeof(r->words), "arm64:%s:%uk:%u:pa=%u%s%s%s%s%s%s%s", f->kind,
		 1U << (f->granule - 10), 64 - f->tsz, sizes[f->ps], levels, f->ds ? ":ds" : "",
		 f->fwb ? ":fwb" : "", f->hpd ? ":hpd" : "", f->hd ? ":hd" : "",
		 f->wxn ? ":wxn" : "", mair);
}

/* TCR_EL1, and TCR_EL2 with E2H: EPD0 and EPD1 turn halves off. */
static unsigned int two_halves(unsigned int cpu, bool el2, struct found_root *root)
{
	const u64 tcr = get(cpu, el2 ? "TCR_EL2" : "TCR_EL1"),
		  sctlr = get(cpu, el2 ? "SCTLR_EL2" : "SCTLR");
	unsigned int n = 0;

	for (unsigned int upper = 0; upper < 2; upper++) {
		const unsigned int at = 16 * upper;
		const struct fields f = {
			.kind = el2 ? (upper ? "el2h:upper" : "el2h:lower")
				    : (upper ? "el1:upper" : "el1:lower"),
			.granule = granule_of((unsigned int)bits(tcr, 15 + at, 14 + at), upper),
			.tsz = (unsigned int)bits(tcr, 5 + at, at),
			.ps = (unsigned int)bits(tcr, 34, 32),
			.hd = bits(tcr, 40, 39) == 3,
			.hpd = tcr >> (41 + upper) & 1,
			.ds = tcr >> 59 & 1,
			.wxn = sctlr >> 19 & 1,
			.has_mair = true,
			.mair = get(cpu, el2 ? "MAIR_EL2" : "MAIR_EL1"),
		};
		char ttbr[16];

		if (tcr >> (7 + at) & 1)
			continue;
		if (!f.granule)
			die("TCR", "CPU %u has a reserved granule in it: 0x%llx", cpu,
			    (unsigned long long)tcr);
		snprintf(ttbr, sizeof(ttbr), "TTBR%u_EL%d", upper, el2 ? 2 : 1);
		add(&root[n++], get(cpu, ttbr), &f);
	}
	return n;
}

static void el2_alone(unsigned int cpu, struct found_root *root)
{
	const u64 tcr = get(cpu, "TCR_EL2");
	const struct fields f = {
		.kind = "el2",
		.granule = granule_of((unsigned int)bits(tcr, 15, 14), false),
		.tsz = (unsigned int)bits(tcr, 5, 0),
		.ps = (unsigned int)bits(tcr, 18, 16),
		.hd = bits(tcr, 22, 21) == 3,
		.hpd = tcr >> 24 & 1,
		.ds = tcr >> 32 & 1,
		.wxn = get(cpu, "SCTLR_EL2") >> 19 & 1,
		.has_mair = true,
		.mair = get(cpu, "MAIR_EL2"),
	};

	if (!f.granule)
		die("TCR_EL2", "CPU %u has a reserved granule in it", cpu);
	add(root, get(cpu, "TTBR0_EL2"), &f);
}

/* Tables on a walk by SL0, and SL2 with DS (VTCR_EL2). */
static unsigned int stage2_levels(u64 vtcr, unsigned int granule)
{
	static const u8 levels_4k[] = { 2, 3, 4, 1 }, others[] = { 1, 2, 3, 4 };
	const unsigned int sl0 = (unsigned int)bits(vtcr, 7, 6);

	if (granule != 12)
		return others[sl0];
	return vtcr >> 32 & vtcr >> 33 & 1 ? 5 : levels_4k[sl0];
}

static void stage2(unsigned int cpu, u64 hcr, struct found_root *root)
{
	const u64 vtcr = get(cpu, "VTCR_EL2");
	struct fields f = {
		.kind = "s2",
		.granule = granule_of((unsigned int)bits(vtcr, 15, 14), false),
		.tsz = (unsigned int)bits(vtcr, 5, 0),
		.ps = (unsigned int)bits(vtcr, 18, 16),
		.hd = bits(vtcr, 22, 21) == 3,
		.ds = vtcr >> 32 & 1,
		.fwb = hcr >> 46 & 1,
	};

	if (!f.granule)
		die("VTCR_EL2", "CPU %u has a reserved granule in it", cpu);
	f.levels = stage2_levels(vtcr, f.granule);
	add(root, get(cpu, "VTTBR_EL2"), &f);
}

#define SCTLR_M BIT(0)
#define SCTLR_EE BIT(25)
#define HCR_VM BIT(0)
#define HCR_TGE BIT(27)
#define HCR_E2H BIT(34)

static unsigned int arm64_roots(unsigned int cpu, struct found_root *root, bool *nested)
{
	const u64 hcr = get(cpu, "HCR_EL2"), el1 = get(cpu, "SCTLR"), el2 = get(cpu, "SCTLR_EL2");
	unsigned int n = 0;

	if ((el1 & SCTLR_M && el1 & SCTLR_EE) || (el2 & SCTLR_M && el2 & SCTLR_EE))
		die("SCTLR", "CPU %u has big-endian tables, which are not supported", cpu);
	if (el2 & SCTLR_M && hcr & HCR_E2H)
		n += two_halves(cpu, true, root);
	else if (el2 & SCTLR_M)
		el2_alone(cpu, &root[n++]);
	if (hcr & HCR_VM && !(hcr & HCR_TGE)) {
		stage2(cpu, hcr, &root[n++]);
		*nested |= el1 & SCTLR_M;
	} else if (el1 & SCTLR_M && !(hcr & HCR_TGE)) {
		n += two_halves(cpu, false, root + n);
	}
	return n;
}

/* ---- RISC-V ---- */

static void add_atp(unsigned int cpu, const char *name, u64 atp, struct found_root *root)
{
	static const char *const modes[] = {
		[0] = "bare", [8] = "sv39", [9] = "sv48", [10] = "sv57", [15] = NULL
	};
	const char *mode = modes[atp >> 60];
	const bool guest = *name == 'h' && atp >> 60;

	if (!mode)
		die(name, "CPU %u has mode %llu in it, which is not supported", cpu,
		    (unsigned long long)atp >> 60);
	root->pa = bits(atp, 43, 0) << 12;
	snprintf(root->words, sizeof(root->words), "riscv:%s%s", mode, guest ? "x4" : "");
}

static unsigned int riscv_roots(unsigned int cpu, struct found_root *root, bool *nested)
{
	const u64 hgatp = get(cpu, "hgatp");
	unsigned int n = 0;
	u64 satp;

	if (!source_gdb_register(cpu, "satp", &satp))
		die("satp", "CPU %u has none", cpu);
	add_atp(cpu, "satp", satp, &root[n++]);
	if (hgatp >> 60) {
		add_atp(cpu, "hgatp", hgatp, &root[n++]);
		*nested |= get(cpu, "vsatp") >> 60 != 0;
	}
	return n;
}

unsigned int registers_roots(const struct source *s, unsigned int cpu,
			     struct found_root root[REGISTERS_MAX_ROOTS], bool *nested)
{
	if (!strcmp(s->arch, "arm64"))
		return arm64_roots(cpu, root, nested);
	return riscv_roots(cpu, root, nested);
}
