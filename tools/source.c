// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Memory that is pieces of files. Nothing of it is kept: who reads a table has it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tools/source.h"
#include "tools/util.h"

void source_add(struct source *s, const struct segment *segment)
{
	if (!segment->size)
		return;
	if (!(s->nr & (s->nr - 1))) {
		size_t room = s->nr ? 2 * s->nr : 1;

		s->segment = reallocarray(s->segment, room, sizeof(*segment));
		if (!s->segment)
			die("memory", "none left");
	}
	s->segment[s->nr] = *segment;
	/* None ends beyond the last address. */
	s->segment[s->nr].size = min_u64(segment->size, ~0ULL - segment->pa);
	s->nr++;
}

static int by_address(const void *a, const void *b)
{
	const struct segment *x = a, *y = b;

	return (x->pa > y->pa) - (x->pa < y->pa);
}

bool source_sort(struct source *s)
{
	u64 end = 0;
	size_t n = 0;

	if (s->nr)
		qsort(s->segment, s->nr, sizeof(*s->segment), by_address);
	for (size_t i = 0; i < s->nr; i++) {
		struct segment g = s->segment[i];
		u64 known = end > g.pa ? end - g.pa : 0;

		if (known >= g.size)
			continue;
		g.pa += known;
		g.offset += known;
		g.size -= known;
		end = g.pa + g.size;
		s->segment[n++] = g;
	}
	s->nr = n;
	return n;
}

/* The segment that holds @pa. */
static const struct segment *find(const struct source *s, u64 pa)
{
	size_t low = 0, high = s->nr;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct segment *g = &s->segment[middle];

		if (pa < g->pa)
			high = middle;
		else if (pa - g->pa >= g->size)
			low = middle + 1;
		else
			return g;
	}
	return NULL;
}

/* What can't be read, of a device or of /proc/kcore, is not there. */
static bool read_all(int fd, char *buf, size_t len, u64 offset)
{
	while (len) {
		ssize_t got = pread(fd, buf, len, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		buf += got;
		len -= (size_t)got;
		offset += (u64)got;
	}
	return true;
}

bool source_read(struct source *s, u64 pa, void *buf, size_t len)
{
	char *at = buf;

	if (s->read)
		return s->read(s, pa, buf, len);
	while (len) {
		const struct segment *g = find(s, pa);
		size_t n;

		if (!g)
			return false;
		n = (size_t)min_u64(len, g->size - (pa - g->pa));
		if (!read_all(g->fd, at, n, g->offset + (pa - g->pa)))
			return false;
		s->reads++;
		s->bytes += n;
		at += n;
		pa += n;
		len -= n;
	}
	return true;
}

void source_close(struct source *s)
{
	/* A file for each of them, or one for all. */
	for (size_t i = 0; i < s->nr && !s->read; i++)
		if (!i || s->segment[i].fd != s->segment[i - 1].fd)
			close(s->segment[i].fd);
	free(s->segment);
	free(s->vmcoreinfo);
	free(s);
}
