/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How mm/ tells of a caller's mistake, such as a double free, and goes on without harm. */
#ifndef MM_REPORT_H
#define MM_REPORT_H

#include "base/types.h"

typedef void (*mm_report_fn)(const char *what, u64 value);

/** mm_report_to() - have mistakes printed by @fn. Not in the boot stage: it keeps a pointer. */
void mm_report_to(mm_report_fn fn);

/** mm_report() - @what went wrong, with the address or size that it is about. */
void mm_report(const char *what, u64 value);

/** mm_report_count() - mistakes since boot. */
u64 mm_report_count(void);

#endif
