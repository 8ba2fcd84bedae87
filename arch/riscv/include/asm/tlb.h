/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* When a fence by address pays, and when everything is fenced. */
#ifndef ASM_TLB_H
#define ASM_TLB_H

#include "base/types.h"

/* More addresses than this in one batch: refilling the TLB costs less than fencing one by one. */
#define SFENCE_MAX_ADDRESSES 64U

/* The size that makes a remote fence, SBI RFENCE's like the domain's, one of everything. */
#define SBI_RFENCE_SIZE_ALL (~0ULL)

#endif
