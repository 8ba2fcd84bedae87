// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Encodings: Arm ARM, C4.1 "A64 instruction set encoding", hints, barriers and system instructions;
 * RISC-V unprivileged specification, "RV32/64G instruction set listings", and privileged specification,
 * "RISC-V privileged instruction set listings".
 */
#include <stdbool.h>
#include "decode.h"

/* The low bits of a system instruction: op1, CRn, CRm, op2. */
#define SYS(op1, crn, crm, op2) ((op1) << 16 | (crn) << 12 | (crm) << 8 | (op2) << 5)

static const struct {
	uint32_t sys;
	const char *name;
} tlbi[KIND_CALL - KIND_TLBI] = {
	{ SYS(0, 8, 7, 0), "tlbi.vmalle1" },   { SYS(0, 8, 7, 1), "tlbi.vae1" },
	{ SYS(0, 8, 7, 2), "tlbi.aside1" },    { SYS(0, 8, 7, 3), "tlbi.vaae1" },
	{ SYS(0, 8, 7, 5), "tlbi.vale1" },     { SYS(0, 8, 7, 7), "tlbi.vaale1" },
	{ SYS(0, 8, 3, 0), "tlbi.vmalle1is" }, { SYS(0, 8, 3, 1), "tlbi.vae1is" },
	{ SYS(0, 8, 3, 2), "tlbi.aside1is" },  { SYS(0, 8, 3, 3), "tlbi.vaae1is" },
	{ SYS(0, 8, 3, 5), "tlbi.vale1is" },   { SYS(0, 8, 3, 7), "tlbi.vaale1is" },
	{ SYS(0, 8, 2, 1), "tlbi.rvae1is" },   { SYS(0, 8, 2, 3), "tlbi.rvaae1is" },
	{ SYS(0, 8, 2, 5), "tlbi.rvale1is" },  { SYS(0, 8, 2, 7), "tlbi.rvaale1is" },
	{ SYS(4, 8, 7, 0), "tlbi.alle2" },     { SYS(4, 8, 7, 4), "tlbi.alle1" },
};

static const char *const names[NR_KINDS] = {
	[KIND_DSB + 0] = "dsb.0",
	[KIND_DSB + 1] = "dsb.oshld",
	[KIND_DSB + 2] = "dsb.oshst",
	[KIND_DSB + 3] = "dsb.osh",
	[KIND_DSB + 4] = "dsb.4",
	[KIND_DSB + 5] = "dsb.nshld",
	[KIND_DSB + 6] = "dsb.nshst",
	[KIND_DSB + 7] = "dsb.nsh",
	[KIND_DSB + 8] = "dsb.8",
	[KIND_DSB + 9] = "dsb.ishld",
	[KIND_DSB + 10] = "dsb.ishst",
	[KIND_DSB + 11] = "dsb.ish",
	[KIND_DSB + 12] = "dsb.12",
	[KIND_DSB + 13] = "dsb.ld",
	[KIND_DSB + 14] = "dsb.st",
	[KIND_DSB + 15] = "dsb.sy",
	[KIND_DMB + 0] = "dmb.0",
	[KIND_DMB + 1] = "dmb.oshld",
	[KIND_DMB + 2] = "dmb.oshst",
	[KIND_DMB + 3] = "dmb.osh",
	[KIND_DMB + 4] = "dmb.4",
	[KIND_DMB + 5] = "dmb.nshld",
	[KIND_DMB + 6] = "dmb.nshst",
	[KIND_DMB + 7] = "dmb.nsh",
	[KIND_DMB + 8] = "dmb.8",
	[KIND_DMB + 9] = "dmb.ishld",
	[KIND_DMB + 10] = "dmb.ishst",
	[KIND_DMB + 11] = "dmb.ish",
	[KIND_DMB + 12] = "dmb.12",
	[KIND_DMB + 13] = "dmb.ld",
	[KIND_DMB + 14] = "dmb.st",
	[KIND_DMB + 15] = "dmb.sy",
	[KIND_ISB] = "isb",
	[KIND_DC_ZVA] = "dc.zva",
	[KIND_TLBI_OTHER] = "tlbi.other",
	[KIND_CALL] = "call",
	[KIND_SFENCE_ALL] = "sfence.all",
	[KIND_SFENCE_VA] = "sfence.va",
	[KIND_SINVAL_VA] = "sinval.va",
	[KIND_SFENCE_W_INVAL] = "sfence.w.inval",
	[KIND_SFENCE_INVAL_IR] = "sfence.inval.ir",
	[KIND_FENCE] = "fence",
	[KIND_FENCE_I] = "fence.i",
	[KIND_ECALL] = "ecall",
};

const char *kind_name(enum kind kind)
{
	return kind >= KIND_TLBI && kind < KIND_CALL ? tlbi[kind - KIND_TLBI].name : names[kind];
}

static bool find_window(uint32_t value, unsigned int open, unsigned int close, enum kind *kind,
			unsigned int *window)
{
	if (value - open < NR_WINDOWS)
		*kind = KIND_OPEN;
	else if (value - close < NR_WINDOWS)
		*kind = KIND_CLOSE;
	else
		return false;
	*window = value - (*kind == KIND_OPEN ? open : close);
	return true;
}

static enum kind decode_sys(uint32_t sys)
{
	if (sys == SYS(3, 7, 4, 1))
		return KIND_DC_ZVA;
	/* CRn 9: the forms that do not wait for accesses without XS. */
	if ((sys >> 12 & 15) != 8 && (sys >> 12 & 15) != 9)
		return KIND_OTHER;
	for (unsigned int i = 0; i < sizeof(tlbi) / sizeof(tlbi[0]); i++)
		if (sys == tlbi[i].sys)
			return KIND_TLBI + i;
	return KIND_TLBI_OTHER;
}

static enum kind decode_arm64(uint32_t word, unsigned int *window)
{
	unsigned int crm = word >> 8 & 15;
	enum kind kind;

	if ((word & 0xfffff01f) == 0xd503201f) /* HINT #CRm:op2 */
		return find_window(word >> 5 & 0x7f, WINDOW_ARM64_OPEN, WINDOW_ARM64_CLOSE, &kind,
				   window)
			       ? kind
			       : KIND_OTHER;
	switch (word & 0xfffff0ff) {
	case 0xd503309f: /* DSB */
	case 0xd503323f: /* DSB nXS */
		return KIND_DSB + crm;
	case 0xd50330bf:
		return KIND_DMB + crm;
	case 0xd50330df:
		return KIND_ISB;
	}
	if ((word & 0xffe0001c) == 0xd4000000 && (word & 3) >= 2) /* HVC, SMC */
		return KIND_CALL;
	if ((word & 0xfff80000) == 0xd5080000) /* SYS */
		return decode_sys(word & 0x7ffe0);
	return KIND_OTHER;
}

static enum kind decode_riscv(uint32_t word, size_t size, unsigned int *window)
{
	enum kind kind;

	if (size != 4)
		return KIND_OTHER;
	if ((word & 0xfffff) == 0x02013) /* SLTI x0, x0, imm */
		return find_window(word >> 20, WINDOW_RISCV_OPEN, WINDOW_RISCV_CLOSE, &kind, window)
			       ? kind
			       : KIND_OTHER;
	if ((word & 0x707f) == 0x000f)
		return KIND_FENCE;
	if ((word & 0x707f) == 0x100f)
		return KIND_FENCE_I;
	if ((word & 0xfe007fff) == 0x12000073)
		return word >> 15 & 31 ? KIND_SFENCE_VA : KIND_SFENCE_ALL;
	if ((word & 0xfe007fff) == 0x16000073)
		return KIND_SINVAL_VA;
	switch (word) {
	case 0x18000073:
		return KIND_SFENCE_W_INVAL;
	case 0x18100073:
		return KIND_SFENCE_INVAL_IR;
	case 0x00000073:
		return KIND_ECALL;
	}
	return KIND_OTHER;
}

enum kind decode(enum target target, uint32_t word, size_t size, unsigned int *window)
{
	return target == TARGET_ARM64 ? decode_arm64(word, window)
				      : decode_riscv(word, size, window);
}
