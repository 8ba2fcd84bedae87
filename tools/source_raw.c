// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Raw images of memory: FILE@BASE[,FILE@BASE...]. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tools/source.h"
#include "tools/util.h"

static void add_file(struct source *s, char *item)
{
	char *at = strrchr(item, '@');
	struct segment g = { 0 };
	off_t size;

	if (!at || at == item)
		die(xprintf("--raw %s", item), "FILE@BASE is expected");
	*at = '\0';
	if (!parse_address(at + 1, &g.pa))
		die(xprintf("--raw %s@%s", item, at + 1), "the base is no hexadecimal address");
	g.fd = open(item, O_RDONLY | O_CLOEXEC);
	if (g.fd < 0)
		die(item, "%s", strerror(errno));
	size = lseek(g.fd, 0, SEEK_END); /* of a block device as well */
	if (size < 0)
		die(item, "%s", errno == EISDIR ? "is a directory" : strerror(errno));
	if (!size || size == INT64_MAX)
		die(item, "has no contents of a known size");
	g.size = (u64)size;
	if (g.size - 1 > ~0ULL - g.pa)
		die(item, "ends beyond the last address");
	for (size_t i = 0; i < s->nr; i++)
		if (g.pa < s->segment[i].pa + s->segment[i].size &&
		    s->segment[i].pa < g.pa + g.size)
			die(item, "overlaps memory that is given before it");
	source_add(s, &g);
}

struct source *source_raw(const char *arg)
{
	struct source *s = xalloc(1, sizeof(*s));
	char *list = xprintf("%s", arg), *item, *save;

	s->name = arg;
	for (item = strtok_r(list, ",", &save); item; item = strtok_r(NULL, ",", &save))
		add_file(s, item);
	if (!source_sort(s))
		die(xprintf("--raw %s", arg), "FILE@BASE is expected");
	free(list);
	return s;
}
