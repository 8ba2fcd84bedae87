/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What harts do otherwise than the specification says: by mvendorid, marchid and mimpid. Pure. */
#ifndef GRT_ASM_ERRATA_H
#define GRT_ASM_ERRATA_H

#include <graticule/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * grt_errata_cip_1200() - SiFive CIP-1200: a fence that names an address or an ASID may do nothing (rule R1).
 */
bool grt_errata_cip_1200(uint64_t mvendorid, uint64_t marchid, uint64_t mimpid);

#ifdef __cplusplus
}
#endif

#endif
