// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* CPUs by name: which stand a change of size of a live leaf, and which need a TLBI twice. */
#include <graticule/asm/cpu_models.h>
#include <asm/step.h>
#include <asm/sysreg.h>

/**
 * struct cpu_model - CPUs by MIDR_EL1
 * @implementer: [31:24]
 * @part: [15:4]
 * @first: variant and revision, [23:20] and [3:0], of the first; likewise @last
 */
struct cpu_model {
	u8 implementer;
	u16 part;
	u8 first;
	u8 last;
};

/*
 * Their makers attest that they never raise a TLB conflict abort for a change of size, which is level 3;
 * their ID registers say less, because they are older than it. To Linux, that is: the list in
 * arch/arm64/kernel/cpufeature.c, cpu_supports_bbml2_noabort().
 */
static const struct cpu_model never_conflict[] = {
	{ 0x41, 0xd82, 0x03, 0x0f }, /* Arm Cortex-X4, r0p3 and later r0 */
	{ 0x41, 0xd83, 0x02, 0x0f }, /* Arm Neoverse-V3AE, r0p2 and later r0 */
	{ 0x41, 0xd84, 0x02, 0x0f }, /* Arm Neoverse-V3, r0p2 and later r0 */
	{ 0x4e, 0x010, 0x00, 0xff }, /* NVIDIA Olympus */
	{ 0xc0, 0xac3, 0x00, 0xff }, /* Ampere AmpereOne */
	{ 0xc0, 0xac4, 0x00, 0xff }, /* Ampere AmpereOne, AC04 */
};

static bool is_model(const struct cpu_model *model, u64 midr)
{
	u8 release = (u8)((midr >> 16 & 0xf0) | (midr & 0xf));

	return model->implementer == (midr >> 24 & 0xff) && model->part == (midr >> 4 & 0xfff) &&
	       release >= model->first && release <= model->last;
}

/*
 * Erratum numbers are of the makers' notices. Arm's are the documents SDEN-859338 (Cortex-A55), -885749
 * (A76), -1152370 (A77), -1401784 (A78), -1707916 and -2004089 (A78C), -1873351 (A510), -1775101 (A710),
 * -1401782 (X1), -1707914 (X1C), -1775100 (X2), -2055130 (X3), -2432808 (X4), 109108 (X925), -885747
 * (Neoverse-N1), -1982442 (N2), -1401781 (V1), -2332927 (V2) and -2891958 (V3). What has a number from
 * 4118414 on is known as CVE-2025-10263. The source for cores without a document here, and for those of
 * other makers, is Linux, Documentation/arch/arm64/silicon-errata.rst.
 */
static const struct cpu_model repeats_tlbi[] = {
	{ 0x41, 0xd05, 0x00, 0xff }, /* Arm Cortex-A55: 2441007 */
	{ 0x41, 0xd0b, 0x00, 0xff }, /* Cortex-A76: 1286807, 4193800 */
	{ 0x41, 0xd0c, 0x00, 0xff }, /* Neoverse-N1: 4193800 */
	{ 0x41, 0xd0d, 0x00, 0xff }, /* Cortex-A77: 4193798 */
	{ 0x41, 0xd0e, 0x00, 0xff }, /* Cortex-A76AE: 4193801 */
	{ 0x41, 0xd40, 0x00, 0xff }, /* Neoverse-V1: 4193790 */
	{ 0x41, 0xd41, 0x00, 0xff }, /* Cortex-A78: 4193791 */
	{ 0x41, 0xd42, 0x00, 0xff }, /* Cortex-A78AE: 4193793 */
	{ 0x41, 0xd44, 0x00, 0xff }, /* Cortex-X1: 4193791 */
	{ 0x41, 0xd46, 0x00, 0x11 }, /* Cortex-A510 up to r1p1: 2441009 */
	{ 0x41, 0xd47, 0x00, 0xff }, /* Cortex-A710: 4193788 */
	{ 0x41, 0xd48, 0x00, 0xff }, /* Cortex-X2: 4193788 */
	{ 0x41, 0xd49, 0x00, 0xff }, /* Neoverse-N2: 4193789 */
	{ 0x41, 0xd4b, 0x00, 0xff }, /* Cortex-A78C: 4193794 */
	{ 0x41, 0xd4c, 0x00, 0xff }, /* Cortex-X1C: 4193792 */
	{ 0x41, 0xd4e, 0x00, 0xff }, /* Cortex-X3: 4193786 */
	{ 0x41, 0xd4f, 0x00, 0xff }, /* Neoverse-V2: 4193787 */
	{ 0x41, 0xd82, 0x00, 0xff }, /* Cortex-X4: 4118414 */
	{ 0x41, 0xd83, 0x00, 0xff }, /* Neoverse-V3AE: 4193784 */
	{ 0x41, 0xd84, 0x00, 0xff }, /* Neoverse-V3: 4193784 */
	{ 0x41, 0xd85, 0x00, 0xff }, /* Cortex-X925: 4193781 */
	{ 0x41, 0xd8c, 0x00, 0xff }, /* C1-Ultra: 4193780 */
	{ 0x41, 0xd90, 0x00, 0xff }, /* C1-Premium: 4193780 */
	{ 0x4e, 0x010, 0x00, 0xff }, /* NVIDIA Olympus: T410-OLY-1029 */
	{ 0x51, 0x800, 0x00, 0x00 }, /* Qualcomm Falkor v1: 1009 */
	{ 0x51, 0x804, 0xce, 0xfe }, /* Qualcomm Kryo 4xx Gold, a Cortex-A76 up to r3p0: 1286807 */
	{ 0x6d, 0xd49, 0x00, 0xff }, /* Microsoft Azure Cobalt 100: 4193789 */
};

/* Qualcomm Kryo, of any part number 0x2nn: 1009. */
static bool is_kryo(u64 midr)
{
	return (midr >> 24 & 0xff) == 0x51 && (midr >> 12 & 0xf) == 0x2;
}

static bool is_any(const struct cpu_model *models, unsigned int nr, u64 midr)
{
	for (unsigned int i = 0; i < nr; i++)
		if (is_model(&models[i], midr))
			return true;
	return false;
}

bool grt_cpu_repeats_tlbi(u64 midr)
{
	return is_any(repeats_tlbi, ARRAY_SIZE(repeats_tlbi), midr) || is_kryo(midr);
}

u8 grt_bbm_level_of(u64 midr, u64 mmfr2)
{
	u8 level = (u8)sysreg_field(mmfr2, MMFR2_BBM);

	if (is_any(never_conflict, ARRAY_SIZE(never_conflict), midr))
		return BBM_NO_CONFLICT;
	return level < BBM_NO_CONFLICT ? level : BBM_NO_CONFLICT;
}
