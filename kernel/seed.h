/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The seed of KASLR from what a boot loader leaves in /chosen. The host tool reads it likewise. */
#ifndef KERNEL_SEED_H
#define KERNEL_SEED_H

#include "base/types.h"

/**
 * seed_read() - a seed of 64 bits from a property of any length
 * @bytes: @len of them
 *
 * Eight bytes are the big-endian number that they are. Each further byte is mixed in, so that every bit of
 * every one counts, and none takes away what another gave.
 *
 * Return: NULL, or why there is no seed, as the end of a sentence "kaslr-seed ..."; @seed is 0 then.
 */
const char *seed_read(const void *bytes, u32 len, u64 *seed);

#endif
