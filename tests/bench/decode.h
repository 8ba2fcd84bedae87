/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which instructions are counted by kind: their encodings. */
#ifndef TESTS_BENCH_DECODE_H
#define TESTS_BENCH_DECODE_H

#include <stddef.h>
#include <stdint.h>
#include "kernel/window.h"

#define NR_WINDOWS WINDOW_NR

enum target { TARGET_ARM64, TARGET_RISCV };

enum kind {
	KIND_OTHER,
	KIND_OPEN,
	KIND_CLOSE,
	/* arm64 */
	KIND_DSB, /* and its 16 domains and types, by CRm */
	KIND_DMB = KIND_DSB + 16,
	KIND_ISB = KIND_DMB + 16,
	KIND_DC_ZVA,
	KIND_TLBI_OTHER,
	KIND_TLBI, /* and decode.c's list of them */
	KIND_CALL = KIND_TLBI + 18,
	/* riscv */
	KIND_SFENCE_ALL,
	KIND_SFENCE_VA,
	KIND_SINVAL_VA,
	KIND_SFENCE_W_INVAL,
	KIND_SFENCE_INVAL_IR,
	KIND_FENCE,
	KIND_FENCE_I,
	KIND_ECALL,
	NR_KINDS
};

/** kind_name() - what the counts of a kind, between KIND_CLOSE and NR_KINDS, are called. */
const char *kind_name(enum kind kind);

/**
 * decode() - the kind of an instruction
 * @word: its bytes, little endian
 * @size: how many
 * @window: filled in for KIND_OPEN and KIND_CLOSE
 */
enum kind decode(enum target target, uint32_t word, size_t size, unsigned int *window);

#endif
