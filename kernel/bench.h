/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The operations that are counted, each once, in windows of kernel/window.h. */
#ifndef KERNEL_BENCH_H
#define KERNEL_BENCH_H

#include "base/types.h"

/**
 * bench_run() - do them, on the boot CPU, and leave everything as it was
 *
 * Says nothing unless the command line has the word bench. Then it also takes the large sizes, and has
 * a line "bench: WINDOW NAME" for each occurrence of a window, in their order. The leaves of the linear
 * map are lines "leaves: SIZE x COUNT", with the size in KiB.
 */
void bench_run(void);

/** bench_note() - the name of what was between the last window_open() and window_close() */
void bench_note(unsigned int window, int err, const char *fmt, ...) __format_printf(3, 4);

/** bench_trees() - those that need trees of their own. */
void bench_trees(void);
/** bench_report() - one of them, of so many bytes. */
void bench_report(u64 size);

#endif
