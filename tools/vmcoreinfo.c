// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Linux, Documentation/admin-guide/kdump/vmcoreinfo.rst: SYMBOL() are virtual addresses in hexadecimal,
 * NUMBER() decimal, or hexadecimal after 0x.
 */
#include <stdlib.h>
#include <string.h>
#include "tools/util.h"
#include "tools/vmcoreinfo.h"

/* The value of the line "@key=", in @base if it isn't 0x... */
static bool value(const struct source *s, const char *key, bool hex, u64 *out)
{
	const size_t len = strlen(key);
	const char *line = s->vmcoreinfo;
	char text[32];

	for (; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		size_t n;

		if (strncmp(line, key, len) != 0 || line[len] != '=')
			continue;
		n = strcspn(line + len + 1, "\n");
		if (n >= sizeof(text))
			return false;
		memcpy(text, line + len + 1, n);
		text[n] = '\0';
		return hex ? parse_address(text, out) : parse_number(text, out);
	}
	return false;
}

static char *arm64_root(const struct source *s, u64 *root)
{
	u64 va, offset, page, t1sz, bits;

	if (!value(s, "SYMBOL(swapper_pg_dir)", true, &va) ||
	    !value(s, "NUMBER(kimage_voffset)", false, &offset) ||
	    !value(s, "PAGESIZE", false, &page) || !value(s, "NUMBER(VA_BITS)", false, &bits))
		return NULL;
	/* A kernel for 52 bits may run on a CPU that has 48. */
	if (value(s, "NUMBER(TCR_EL1_T1SZ)", false, &t1sz))
		bits = 64 - t1sz;
	if ((page != KIB(4) && page != KIB(16) && page != KIB(64)) || bits > 52)
		return NULL;
	*root = va - offset;
	return xprintf("arm64:el1:upper:%lluk:%llu%s", (unsigned long long)page >> 10,
		       (unsigned long long)bits, bits > 48 && page < KIB(64) ? ":ds" : "");
}

static char *riscv_root(const struct source *s, u64 *root)
{
	u64 va, offset, bits;

	if (!value(s, "SYMBOL(swapper_pg_dir)", true, &va) ||
	    !value(s, "NUMBER(va_kernel_pa_offset)", false, &offset) ||
	    !value(s, "NUMBER(VA_BITS)", false, &bits) || (bits != 39 && bits != 48 && bits != 57))
		return NULL;
	*root = va - offset;
	return xprintf("riscv:sv%llu", (unsigned long long)bits);
}

char *vmcoreinfo_root(const struct source *s, u64 *root)
{
	if (!s->vmcoreinfo || !s->arch)
		return NULL;
	return strcmp(s->arch, "arm64") ? riscv_root(s, root) : arm64_root(s, root);
}
