// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Any bytes as the machine's device tree: an error has a reason, a success keeps what it promises. */
/* link: kernel/fdt.c kernel/fdt_query.c kernel/boot_dt.c kernel/boot_dt_console.c */
/* link: kernel/format.c kernel/seed.c mm/memblock.c */
#include <stdlib.h>
#include <string.h>
#include "kernel/arch.h"
#include "kernel/boot_dt.h"
#include "kernel/printk.h"
#include "tests/host/memblock_storage.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static void require(bool ok)
{
	if (!ok)
		abort();
}

static void discard(void *arg, const char *s, size_t len)
{
	(void)arg;
	require(!len || memchr(s, s[0], len));
}

int printk(const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vformat(discard, NULL, fmt, ap);
	va_end(ap);
	return n;
}

void arch_scan_cpu(struct boot_info *bi, const struct fdt *fdt, int node, u64 hwid)
{
	(void)hwid;
	require(fdt_available(fdt, node) && bi->nr_cpus <= BOOT_MAX_CPUS);
}

s64 arch_probe_register(grt_phys_t pa, unsigned int width)
{
	require(is_aligned(pa, width));
	return pa & 64 ? -EFAULT : (s64)(pa & 0xff);
}

static void check_lists(const struct boot_info *bi)
{
	const struct memblock *mb = &bi->memblock;

	require(memblock_total(mb));
	require(memblock_contains(&mb->memory, bi->image_pa, bi->image_size));
	require(memblock_contains(&mb->reserved, bi->image_pa, bi->image_size));
	require(memblock_contains(&mb->reserved, bi->initrd.start, bi->initrd.size));
	require(!memblock_overlaps(&mb->nomap, bi->image_pa, bi->image_size));
	require(!memblock_overlaps(&mb->nomap, bi->initrd.start, bi->initrd.size));
	require(bi->nr_cpus >= 1 && bi->cpu_hwid[0] == bi->boot_hwid);
	require(strlen(bi->cmdline) < COMMAND_LINE_SIZE);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static struct memblock_storage lists;
	static struct boot_info bi;
	const char *why = NULL;
	void *blob = malloc(size);
	struct fdt fdt;

	memset(&bi, 0, sizeof(bi));
	memblock_storage_init(&bi.memblock, &lists, BOOT_MAX_RANGES);
	bi.image_pa = 0x80200000;
	bi.image_size = 0x100000;
	bi.dtb_pa = 0x84000000;
	memcpy(blob, data, size);
	if (!fdt_open(&fdt, blob, size, &why)) {
		boot_dt_console(&bi, &fdt);
		if (!boot_dt_read(&bi, &fdt, &why))
			check_lists(&bi);
		else
			require(why);
	}
	free(blob);
	return 0;
}
