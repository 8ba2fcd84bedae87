/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The kernel command line. */
#ifndef KERNEL_CMDLINE_H
#define KERNEL_CMDLINE_H

#include "base/types.h"

#define COMMAND_LINE_SIZE 2048
#define OPTION_MAX_BBM 16

enum rodata_mode { RODATA_FULL, RODATA_ON, RODATA_OFF };
enum report_mode { REPORT_BOTH, REPORT_JSON, REPORT_TABLE };

/**
 * struct boot_options - what the command line asks for
 * @page_shift: pagesize=, log2; 0: not given
 * @va_bits: vabits=N or satp=svN; 0: not given
 * @satp_bare: reserved
 * @bbm: bbm=N[,N...]: level of CPU n; the last one holds for the CPUs after it
 * @nr_bbm: how many; 0: as detected
 * @bench: bench: the benchmark says what it did
 * @by_pages: debug_pagealloc=on: the linear map has pages only, any of which can be made invalid
 * @mem: mem=, bytes; 0: not given
 * @report: report=, in which forms the kernel reports its layout
 * @stress: stress=, how long the stress test runs, in seconds; 0: a moment
 */
struct boot_options {
	u8 page_shift;
	u8 va_bits;
	enum rodata_mode rodata;
	enum report_mode report;
	bool nokaslr;
	bool nocont;
	bool bench;
	bool by_pages;
	u8 bbm[OPTION_MAX_BBM];
	u8 nr_bbm;
	u64 mem;
	u64 stress;
};

/**
 * cmdline_parse() - parse @line into @opts
 * @warn: called with each word that is unknown or malformed, and why; such words change nothing
 *
 * Which words exist depends on the architecture (CMDLINE_* in asm/arch.h): pagesize= and vabits= on
 * arm64, satp= on riscv; one that belongs to the other architecture is an unknown word.
 */
void cmdline_parse(const char *line, struct boot_options *opts,
		   void (*warn)(const char *word, size_t len, const char *why));

#endif
