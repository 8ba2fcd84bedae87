// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* printk: formatted output to the console, one CPU at a time. */
#include "kernel/arch.h"
#include "kernel/console.h"
#include "kernel/printk.h"

static bool smp;
static bool locked;

static void printk_lock(void)
{
	while (__atomic_test_and_set(&locked, __ATOMIC_ACQUIRE))
		arch_cpu_relax();
}

static void printk_unlock(void)
{
	__atomic_clear(&locked, __ATOMIC_RELEASE);
}

static void put_console(void *arg, const char *s, size_t len)
{
	(void)arg;
	console_write(s, len);
}

int vprintk(const char *fmt, va_list ap)
{
	bool lock = __atomic_load_n(&smp, __ATOMIC_RELAXED);
	int n;

	if (lock)
		printk_lock();
	n = vformat(put_console, NULL, fmt, ap);
	if (lock)
		printk_unlock();
	return n;
}

int printk(const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vprintk(fmt, ap);
	va_end(ap);
	return n;
}

void printk_smp(void)
{
	__atomic_store_n(&smp, true, __ATOMIC_RELAXED);
}

void printk_oops(void)
{
	__atomic_store_n(&smp, false, __ATOMIC_RELAXED);
}
