/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Addresses. Everything else that public headers use is of <stdint.h>. */
#ifndef GRT_TYPES_H
#define GRT_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A physical address, in bytes. */
typedef uint64_t grt_phys_t;
/** A virtual address, in bytes; kernel addresses are sign extended to 64 bits. */
typedef uint64_t grt_virt_t;

/* No table and no memory lies here: the answer "none" of functions that return a physical address. */
#define GRT_PHYS_NONE (~(grt_phys_t)0)

#endif
