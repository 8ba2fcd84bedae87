/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the RISC-V boot code learns beside what the harts' MMUs can do. */
#ifndef ASM_BOOT_INFO_H
#define ASM_BOOT_INFO_H

#include "base/types.h"

/**
 * struct arch_boot_info - what only the RISC-V boot code knows about
 * @mmu_type_bits: va_bits of the device tree's mmu-type, the upper limit; 0: none given
 * @isa_scanned: an ISA string has been seen: the flags hold for every hart that was scanned
 * @isa_svnapot: every scanned hart has the extension; likewise the others
 * @sbi_spec: SBI specification version, 0 before sbi_get_spec_version
 * @sbi_impl: SBI implementation id
 * @sbi_rfence: the extension is there; likewise the others
 * @timebase_hz: frequency of the time CSR, 0: not given
 * @satp: handover: satp of the kernel's tables
 */
struct arch_boot_info {
	u8 mmu_type_bits;
	bool isa_scanned;
	bool isa_svnapot;
	bool isa_svpbmt;
	bool isa_svinval;
	bool isa_svadu;
	bool isa_svade;
	bool isa_svvptc;
	u32 sbi_spec;
	u32 sbi_impl;
	bool sbi_time;
	bool sbi_rfence;
	bool sbi_hsm;
	bool sbi_srst;
	bool sbi_dbcn;
	u32 timebase_hz;
	u64 satp;
};

#endif
