// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Values of system registers against the numbers that the Arm ARM's tables of fields (D23.2) make. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <graticule/asm/caps.h>
#include <asm/mmu_regs.h>

static struct grt_mmu_caps caps(unsigned int pa_bits)
{
	return (struct grt_mmu_caps){ .pa_bits = (u8)pa_bits,
				      .granule_4k = true,
				      .granule_16k = true,
				      .granule_64k = true,
				      .lpa2_4k = true,
				      .lpa2_16k = true,
				      .lva = true };
}

/* PARange, and IPS of TCR_EL1: 0b000 to 0b110. */
static const struct {
	u8 bits;
	u64 ips;
} sizes[] = {
	{ 32, 0 },	     { 36, 0x100000000 }, { 40, 0x200000000 }, { 42, 0x300000000 },
	{ 44, 0x400000000 }, { 48, 0x500000000 }, { 52, 0x600000000 },
};

/*
 * T0SZ [5:0], IRGN0 [9:8] 01 and ORGN0 [11:10] 01: write-back, read and write allocate, SH0 [13:12] 11: inner
 * shareable, TG0 [15:14]: 00 4K, 01 64K, 10 16K; T1SZ [21:16], IRGN1 [25:24], ORGN1 [27:26], SH1 [29:28] the
 * same, TG1 [31:30]: 10 4K, 01 16K, 11 64K; DS [59]. EPD0 [7], A1 [22], EPD1 [23] and TBI [38:37] are 0.
 */
static const struct {
	u8 page_shift;
	u8 upper;
	u8 lower;
	u64 tcr;
} layouts[] = {
	{ 12, 39, 39, 0x00000000b5193519 }, { 12, 48, 39, 0x00000000b5103519 },
	{ 12, 48, 48, 0x00000000b5103510 }, { 12, 52, 52, 0x08000000b50c350c },
	{ 14, 36, 36, 0x00000000751cb51c }, { 14, 47, 36, 0x000000007511b51c },
	{ 14, 48, 47, 0x000000007510b511 }, { 14, 52, 52, 0x08000000750cb50c },
	{ 16, 42, 42, 0x00000000f5167516 }, { 16, 48, 42, 0x00000000f5107516 },
	{ 16, 52, 48, 0x00000000f50c7510 }, { 16, 52, 42, 0x00000000f50c7516 },
};

static void tcr_of_every_granule_and_size(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(layouts); i++) {
		for (unsigned int j = 0; j < ARRAY_SIZE(sizes); j++) {
			const struct grt_mmu_caps c = caps(sizes[j].bits);
			struct grt_geometry upper, lower;
			u64 want = layouts[i].tcr, ips = sizes[j].ips;

			assert_int_equal(grt_geometry_init(&upper, layouts[i].page_shift,
							   layouts[i].upper, &c),
					 0);
			assert_int_equal(grt_geometry_init(&lower, layouts[i].page_shift,
							   layouts[i].lower, &c),
					 0);
			/* 52 bits of address need the format for them: 64K's, or DS. */
			if (sizes[j].bits == 52 && layouts[i].page_shift != 16 &&
			    layouts[i].upper != 52)
				ips = 0x500000000;
			assert_int_equal(tcr_el1(&upper, &lower, false, false), want | ips);
			assert_int_equal(tcr_el1(&upper, &lower, true, false),
					 want | ips | 0x1000000000);
			assert_int_equal(tcr_el1(&upper, &lower, false, true),
					 want | ips | 0x100000000000000);
			/* EL2: T0SZ [5:0], SH0 [13:12] 11, TG0, PS [18:16]; 23, 31 RES1; DS [32]. */
			assert_int_equal(tcr_el2(&upper), 0x80803000 | (want & 0xc000) |
								  (want >> 16 & 0x3f) | ips >> 16 |
								  (want >> 59 & 1) << 32);
		}
	}
}

static void walks_of_the_lower_half_end_with_epd0(void **state)
{
	(void)state;
	assert_int_equal(TCR_EPD0, 0x80);
}

static void parange_in_bits_and_back(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		assert_int_equal(parange_bits(i), sizes[i].bits);
		assert_int_equal(parange_for(sizes[i].bits), i);
	}
	assert_int_equal(parange_bits(7), 52); /* 56 */
	assert_int_equal(parange_bits(15), 52);
	assert_int_equal(parange_for(31), 0);
	assert_int_equal(parange_for(33), 1);
	assert_int_equal(parange_for(47), 5);
	assert_int_equal(parange_for(56), 6);
}

/* BADDR [47:1] in place, with [51:48] of an address of 52 bits in [5:2]; ASID [63:48] and CnP [0] are 0. */
static void ttbr_of_a_root(void **state)
{
	(void)state;
	assert_int_equal(ttbr_el1(0x80000000), 0x80000000);
	assert_int_equal(ttbr_el1(0x0000fffffffff000), 0x0000fffffffff000);
	assert_int_equal(ttbr_el1(0x0000000080000040), 0x80000040);
	assert_int_equal(ttbr_el1(0x000f000080000000), 0x8000003c);
	assert_int_equal(ttbr_el1(0x0001000000000040), 0x44);
	assert_int_equal(ttbr_el1(0x000a123456780000), 0x0000123456780028);
}

static void mair_of_our_own_order(void **state)
{
	(void)state;
	assert_int_equal(mair_value(&regime_memory_own), 0x040044ff);
}

/*
 * RES1 without the extension: ITD, SED, EOS, TSCXT, EIS, SPAN, nTLSMD, LSMAOE; EE, E0E, A, UCI, nTWE are 0.
 */
static void sctlr_without_and_with_the_mmu(void **state)
{
	(void)state;
	assert_int_equal(SCTLR_EL1_MMU_OFF, 0x30d00988); /* SA */
	assert_int_equal(SCTLR_EL1_MMU_ON, 0x30d8199d);	 /* M, C, SA, SA0, I, WXN */
	assert_int_equal(SCTLR_EL2_OFF, 0x30c50830);	 /* RES1 alone */
}

static void what_el2_and_el3_leave_to_el1(void **state)
{
	(void)state;
	assert_int_equal(HCR_RW, 0x80000000); /* and VM, SWIO, TGE, E2H are 0 */
	assert_int_equal(HCR_E2H_BIT, 34);
	assert_int_equal(SCR_EL3_DROP, 1 << 10 | 1 << 7 | 3 << 4 | 1 << 0); /* RW, SMD, RES1, NS */
	assert_int_equal(SPSR_EL1H_MASKED, 15 << 6 | 5);		    /* D, A, I, F; EL1h */
	/* CPTR_EL2: RES1 [13], TSM [12], [9], TZ [8], [7:0]; with E2H: FPEN [21:20], not ZEN, SMEN. */
	assert_int_equal(CPTR_EL2_OPEN, 1 << 13 | 1 << 12 | 1 << 9 | 1 << 8 | 0xff);
	assert_int_equal(CPTR_EL2_OPEN_E2H, 3 << 20);
	/* CNTHCTL_EL2: EL1PCTEN [0] and EL1PCEN [1]; with E2H [10] and [11]. */
	assert_int_equal(CNTHCTL_COUNTERS, 1 << 1 | 1 << 0);
	assert_int_equal(CNTHCTL_COUNTERS_E2H, 1 << 11 | 1 << 10);
	assert_int_equal(CPACR_FPEN_EL1, 1 << 20);
}

/* Each at its lowest bit (Arm ARM D23.2, ID_AA64*_EL1); all fields have 4. */
static void fields_of_id_registers(void **state)
{
	(void)state;
	assert_int_equal(sysreg_field(0x123456789abcdef0, 0), 0x0);
	assert_int_equal(sysreg_field(0x123456789abcdeff, 0), 0xf);
	assert_int_equal(sysreg_field(0x123456789abcdef0, 28), 0x9);
	assert_int_equal(sysreg_field(0xf23456789abcdef0, 60), 0xf);
	assert_int_equal(MMFR0_PARANGE, 0);
	assert_int_equal(MMFR0_ASIDBITS, 4);
	assert_int_equal(MMFR0_TGRAN16, 20);
	assert_int_equal(MMFR0_TGRAN64, 24);
	assert_int_equal(MMFR0_TGRAN4, 28);
	assert_int_equal(MMFR1_HAFDBS, 0);
	assert_int_equal(MMFR2_VARANGE, 16);
	assert_int_equal(MMFR2_BBM, 52);
	assert_int_equal(MMFR2_E0PD, 60);
	assert_int_equal(ISAR0_ATOMIC, 20);
	assert_int_equal(ISAR0_TLB, 56);
	assert_int_equal(PFR0_EL3, 12);
	assert_int_equal(PFR0_GIC, 24);
}

static void fields_of_states_and_exceptions(void **state)
{
	(void)state;
	/* CurrentEL.EL [3:2]; SPSR_ELx.M [3:0] */
	assert_int_equal(CURRENT_EL1, 1 << 2);
	assert_int_equal(CURRENT_EL2, 2 << 2);
	assert_int_equal(CURRENT_EL3, 3 << 2);
	assert_int_equal(SPSR_EL1T, 4);
	assert_int_equal(SPSR_IL, 1 << 20);
	/* MPIDR_EL1: Aff3 [39:32], Aff2 to Aff0 [23:0] */
	assert_int_equal(MPIDR_AFFINITY, 0xffULL << 32 | 0xffffff);
	/* ESR_ELx: EC [31:26], instruction aborts from the same level 0x21, data aborts 0x25; FSC [5:0] */
	assert_int_equal(ESR_EC_SHIFT, 26);
	assert_int_equal(ESR_EC_IABT, 0x21);
	assert_int_equal(ESR_EC_IABT | ESR_EC_DATA, 0x25);
	assert_int_equal(ESR_EC_DATA, 0x4);
	assert_int_equal(ESR_FSC_MASK, 0x3f);
	assert_int_equal(ESR_FSC_CONFLICT, 0x30);
	/* CNTV_CTL_EL0.ENABLE [0]; CNTV_TVAL_EL0 is a signed number of 32 bits */
	assert_int_equal(CNTV_CTL_ENABLE, 1);
	assert_int_equal(CNTV_TVAL_MAX, INT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tcr_of_every_granule_and_size),
		cmocka_unit_test(walks_of_the_lower_half_end_with_epd0),
		cmocka_unit_test(parange_in_bits_and_back),
		cmocka_unit_test(ttbr_of_a_root),
		cmocka_unit_test(mair_of_our_own_order),
		cmocka_unit_test(sctlr_without_and_with_the_mmu),
		cmocka_unit_test(what_el2_and_el3_leave_to_el1),
		cmocka_unit_test(fields_of_id_registers),
		cmocka_unit_test(fields_of_states_and_exceptions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
