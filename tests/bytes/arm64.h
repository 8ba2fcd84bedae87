/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where the primitives of arm64 are. */
#include <asm/cache.h>
#include <asm/cpu_ops.h>
#include <asm/mmu_ops.h>
#include <asm/sysreg.h>
#include <asm/vector.h>
#include <asm/window.h>
#include "base/types.h"
