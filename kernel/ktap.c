// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Self-tests, with their results on the console as KTAP, version 1. */
#include "kernel/ktap.h"
#include "kernel/printk.h"

static void ktap_result(struct ktap *t, unsigned int number, const char *name)
{
	if (t->failed) {
		t->failures++;
		printk("not ok %u %s\n", number, name);
	} else if (t->skip) {
		t->skipped++;
		printk("ok %u %s # SKIP %s\n", number, name, t->skip);
	} else {
		t->passed++;
		printk("ok %u %s\n", number, name);
	}
}

unsigned int ktap_run(struct ktap *t, const struct self_test *tests, unsigned int nr)
{
	unsigned int i;

	*t = (struct ktap){ 0 };
	printk("KTAP version 1\n1..%u\n", nr);
	for (i = 0; i < nr; i++) {
		t->failed = false;
		t->skip = NULL;
		tests[i].fn(t);
		ktap_result(t, i + 1, tests[i].name);
	}
	printk("# Totals: pass:%u fail:%u skip:%u total:%u\n", t->passed, t->failures, t->skipped,
	       nr);
	return t->failures;
}

/* One printk() per line, or another CPU's output could come in between. */
static void vnote(const char *fmt, va_list ap)
{
	char line[256];

	vsnprintf(line, sizeof(line), fmt, ap);
	printk("# %s\n", line);
}

void ktap_note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vnote(fmt, ap);
	va_end(ap);
}

void ktap_fail(struct ktap *t, const char *fmt, ...)
{
	va_list ap;

	t->failed = true;
	va_start(ap, fmt);
	vnote(fmt, ap);
	va_end(ap);
}

void ktap_skip(struct ktap *t, const char *reason)
{
	t->skip = reason;
}

bool ktap_check(struct ktap *t, bool ok, const char *fmt, ...)
{
	va_list ap;

	if (ok)
		return true;
	t->failed = true;
	va_start(ap, fmt);
	vnote(fmt, ap);
	va_end(ap);
	return false;
}
