// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "mm/report.h"

static mm_report_fn report_fn;
static u64 reports;

void mm_report_to(mm_report_fn fn)
{
	report_fn = fn;
}

void mm_report(const char *what, u64 value)
{
	__atomic_fetch_add(&reports, 1, __ATOMIC_RELAXED);
	if (report_fn)
		report_fn(what, value);
}

u64 mm_report_count(void)
{
	return __atomic_load_n(&reports, __ATOMIC_RELAXED);
}
