/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the kernel says of its own address space, from the live tables. */
#ifndef KERNEL_REPORT_H
#define KERNEL_REPORT_H

#include <graticule/pgtable.h>
#include "kernel/boot.h"
#include "kernel/layout_json.h"

/** report_count_leaves() - walk the kernel's half of @pt and count its leaves by region. */
void report_count_leaves(const struct grt_pgtable *pt, const struct grt_layout *l,
			 struct layout_leaves *leaves);

/** report_json() - the one line "graticule-layout: {...}". */
void report_json(const struct boot_info *bi, const struct grt_pgtable *pt, unsigned int cpus);

/** report_split() - tables that large leaves save, and what the split reserve costs, for people. */
void report_split(const struct boot_info *bi, const struct grt_pgtable *pt);

/** report_table() - the same for people: a line per region, highest address first. */
void report_table(const struct boot_info *bi, const struct grt_pgtable *pt);

#endif
