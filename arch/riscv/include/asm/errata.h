/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What harts do otherwise than the specification says: by mvendorid, marchid and mimpid. Pure. */
#ifndef ASM_ERRATA_H
#define ASM_ERRATA_H

#include <graticule/types.h>

/** errata_cip_1200() - SiFive CIP-1200: a fence that names an address or an ASID may do nothing (rule R1). */
bool errata_cip_1200(u64 mvendorid, u64 marchid, u64 mimpid);

#endif
