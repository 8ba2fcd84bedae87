/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where the primitives of RISC-V are. */
#include <asm/boot.h>
#include <asm/cache.h>
#include <asm/csr.h>
#include <asm/mmu_ops.h>
#include <asm/sbi.h>
#include <asm/window.h>
#include "base/types.h"
