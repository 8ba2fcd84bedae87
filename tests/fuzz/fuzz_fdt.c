// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Any bytes as a device tree: our reader and libfdt give the same answers, or both refuse. */
/* link: kernel/fdt.c kernel/fdt_query.c */
/* libs: -lfdt */
#include "tests/host/fdt_oracle.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	/* Aligned, and with nothing behind it. */
	void *blob = malloc(size);

	memcpy(blob, data, size);
	compare_readers(blob, size);
	free(blob);
	return 0;
}
