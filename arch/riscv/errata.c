// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * CIP-1200 is the number of SiFive's errata notice. Which harts have it is not public but for the check of
 * SiFive's own in Linux: arch/riscv/errata/sifive/errata.c, errata_cip_1200_check_func().
 */
#include <graticule/asm/errata.h>
#include "base/types.h"

#define VENDOR_SIFIVE 0x489
#define ARCH_7_SERIES 0x8000000000000007
#define ARCH_ROCKET 0x1 /* of the open core's number, which SiFive's of that time have too */

/* Releases are dates, in the low 24 bits; one before the last with the error is repaired. */
#define LAST_RELEASE 0x200630
#define MIMPID_REPAIRED 0x1200626

bool grt_errata_cip_1200(u64 mvendorid, u64 marchid, u64 mimpid)
{
	return mvendorid == VENDOR_SIFIVE && (marchid == ARCH_7_SERIES || marchid == ARCH_ROCKET) &&
	       (mimpid & 0xffffff) <= LAST_RELEASE && mimpid != MIMPID_REPAIRED;
}
