// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Any bytes as a core: it is refused, or all that it says it has can be read and nothing else. */
/* link: tools/source.c tools/source_core.c tools/vmcoreinfo.c tools/util.c kernel/format.c */
/* libs: -ljansson -Wl,--wrap=die */
#define _GNU_SOURCE 1
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <sanitizer/lsan_interface.h>
#include "tools/util.h"
#include "tools/vmcoreinfo.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
_Noreturn void __wrap_die(const char *place, const char *fmt, ...);

static jmp_buf refused;

_Noreturn void __wrap_die(const char *place, const char *fmt, ...)
{
	(void)place;
	(void)fmt;
	longjmp(refused, 1);
}

static void look(struct source *s)
{
	u8 byte;
	u64 root;

	for (size_t i = 0; i < s->nr; i++) {
		const struct segment *g = &s->segment[i];

		if (!g->size || (i && g[-1].pa + g[-1].size > g->pa))
			abort();
		if (!source_read(s, g->pa, &byte, 1) ||
		    !source_read(s, g->pa + g->size - 1, &byte, 1))
			abort();
	}
	if (source_read(s, ~0ULL, &byte, 1))
		abort();
	free(vmcoreinfo_root(s, &root));
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	int fd = memfd_create("core", 0);
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	/* Who refuses ends the program, and lets go of nothing before. */
	__lsan_disable();
	if (!setjmp(refused)) {
		struct source *s = source_core(path);

		look(s);
		source_close(s);
	}
	__lsan_enable();
	close_range((unsigned int)fd, ~0U, 0);
	return 0;
}
