// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Ranges inside are [start, end) with ends of at most 2^56, which is more than any architecture
 * has, so that sums and roundings can't wrap. Runs with the MMU off, too: no locks.
 */
#include "base/string.h"
#include "mm/memblock.h"

static grt_phys_t range_end(const struct grt_mem_range *r)
{
	return r->start + r->size;
}

#define MEMBLOCK_PA_MAX BIT(56)

static bool range_valid(grt_phys_t start, u64 size)
{
	return size <= MEMBLOCK_PA_MAX && start <= MEMBLOCK_PA_MAX - size;
}

/* Index of the first range that ends above @pa. */
static unsigned int list_search(const struct memblock_list *list, grt_phys_t pa)
{
	unsigned int low = 0, high = list->nr;

	while (low < high) {
		unsigned int mid = (low + high) / 2;

		if (range_end(&list->range[mid]) <= pa)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct grt_mem_range *memblock_list_move(struct memblock_list *list, struct grt_mem_range *to,
					 unsigned int max)
{
	struct grt_mem_range *old = list->range;

	if (list->nr)
		memcpy(to, old, list->nr * sizeof(*to));
	list->range = to;
	list->max = max;
	return old;
}

bool memblock_room(struct memblock *mb, struct memblock_list *list, unsigned int nr)
{
	while (list->max - list->nr < nr)
		if (!mb->grow || !mb->grow(mb, list))
			return false;
	return true;
}

/* Replace @old ranges from index @at on by @new ones, which are in @with. */
static int list_replace(struct memblock_list *list, unsigned int at, unsigned int old,
			const struct grt_mem_range *with, unsigned int new)
{
	unsigned int tail = list->nr - at - old;

	if (list->nr - old + new > list->max)
		return -E2BIG;
	memmove(&list->range[at + new], &list->range[at + old], tail * sizeof(*with));
	for (unsigned int i = 0; i < new; i++)
		list->range[at + i] = with[i];
	list->nr = list->nr - old + new;
	return 0;
}

static int list_add(struct memblock_list *list, grt_phys_t start, u64 size)
{
	grt_phys_t end = start + size;
	unsigned int i, n = 0;

	if (!range_valid(start, size))
		return -EINVAL;
	if (!size)
		return 0;
	i = start ? list_search(list, start - 1) : 0;
	/* All that overlap or touch become one. */
	for (; i + n < list->nr && list->range[i + n].start <= end; n++)
		end = max_u64(end, range_end(&list->range[i + n]));
	if (n)
		start = min_u64(start, list->range[i].start);
	return list_replace(list, i, n, &(struct grt_mem_range){ start, end - start }, 1);
}

static int list_remove(struct memblock_list *list, grt_phys_t start, u64 size)
{
	grt_phys_t end = start + size;
	struct grt_mem_range left[2];
	unsigned int i, n = 0, kept = 0;

	if (!range_valid(start, size))
		return -EINVAL;
	if (!size)
		return 0;
	i = list_search(list, start);
	while (i + n < list->nr && list->range[i + n].start < end)
		n++;
	if (!n)
		return 0;
	if (list->range[i].start < start)
		left[kept++] = (struct grt_mem_range){ list->range[i].start,
						       start - list->range[i].start };
	if (range_end(&list->range[i + n - 1]) > end)
		left[kept++] =
			(struct grt_mem_range){ end, range_end(&list->range[i + n - 1]) - end };
	return list_replace(list, i, n, left, kept);
}

/*
 * Change a list of @mb, or one that grows as those do. A list that grows may change itself, by a reservation
 * for its storage: what has failed for want of room begins anew.
 */
static int change(struct memblock *mb, struct memblock_list *list,
		  int (*how)(struct memblock_list *list, grt_phys_t start, u64 size),
		  grt_phys_t start, u64 size)
{
	int err;

	while ((err = how(list, start, size)) == -E2BIG && mb->grow)
		if (!mb->grow(mb, list))
			return -ENOMEM;
	return err;
}

int memblock_add(struct memblock *mb, grt_phys_t start, u64 size)
{
	return change(mb, &mb->memory, list_add, start, size);
}

int memblock_remove(struct memblock *mb, grt_phys_t start, u64 size)
{
	return change(mb, &mb->memory, list_remove, start, size);
}

int memblock_reserve(struct memblock *mb, grt_phys_t start, u64 size)
{
	return change(mb, &mb->reserved, list_add, start, size);
}

int memblock_release(struct memblock *mb, grt_phys_t start, u64 size)
{
	return change(mb, &mb->reserved, list_remove, start, size);
}

int memblock_nomap(struct memblock *mb, grt_phys_t start, u64 size)
{
	return change(mb, &mb->nomap, list_add, start, size);
}

u64 memblock_list_bytes(const struct memblock_list *list)
{
	u64 bytes = 0;

	for (unsigned int i = 0; i < list->nr; i++)
		bytes += list->range[i].size;
	return bytes;
}

struct grt_mem_range memblock_span(const struct memblock_list *a, const struct memblock_list *b)
{
	const struct memblock_list *const lists[] = { a, b };
	grt_phys_t start = ~0ULL, end = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(lists); i++) {
		if (!lists[i]->nr)
			continue;
		start = min_u64(start, lists[i]->range[0].start);
		end = max_u64(end, range_end(&lists[i]->range[lists[i]->nr - 1]));
	}
	return (struct grt_mem_range){ start, end > start ? end - start : 0 };
}

u64 memblock_list_keep(struct memblock_list *list, struct grt_mem_range range)
{
	grt_phys_t end = min_u64(range_end(&range), MEMBLOCK_PA_MAX);
	u64 before = memblock_list_bytes(list);

	/* At the ends of a list, which needs no room for it. */
	list_remove(list, 0, range.start);
	list_remove(list, end, MEMBLOCK_PA_MAX - end);
	return before - memblock_list_bytes(list);
}

int memblock_limit(struct memblock *mb, u64 bytes, const struct grt_mem_range *keep,
		   struct memblock_list *left_out)
{
	unsigned int kept = 0;
	int err = 0;

	for (unsigned int i = 0; i < mb->memory.nr && !err; i++) {
		struct grt_mem_range *r = &mb->memory.range[i];
		u64 size = min_u64(r->size, bytes);

		err = change(mb, left_out, list_add, r->start + size, r->size - size);
		bytes -= size;
		r->size = size;
		if (size)
			kept = i + 1;
	}
	mb->memory.nr = kept;
	if (!err)
		err = memblock_add(mb, keep->start, keep->size);
	return err ? err : change(mb, left_out, list_remove, keep->start, keep->size);
}

/*
 * The first range at or after @from that is in RAM, not no-map, and not reserved where @reserved is
 * not NULL.
 */
static bool next_range(const struct memblock *mb, const struct memblock_list *reserved,
		       grt_phys_t from, struct grt_mem_range *out)
{
	const struct memblock_list *holes[] = { &mb->nomap, reserved };
	unsigned int i = list_search(&mb->memory, from);

	while (i < mb->memory.nr) {
		grt_phys_t end = range_end(&mb->memory.range[i]);
		bool moved = false;

		from = max_u64(from, mb->memory.range[i].start);
		for (unsigned int h = 0; h < ARRAY_SIZE(holes) && holes[h]; h++) {
			unsigned int n = list_search(holes[h], from);
			const struct grt_mem_range *hole = &holes[h]->range[n];

			if (n == holes[h]->nr)
				continue;
			if (hole->start <= from) {
				from = range_end(hole);
				moved = true;
			} else {
				end = min_u64(end, hole->start);
			}
		}
		if (from >= range_end(&mb->memory.range[i])) {
			i = list_search(&mb->memory, from);
		} else if (!moved) {
			*out = (struct grt_mem_range){ from, end - from };
			return true;
		}
	}
	return false;
}

bool memblock_next_free(const struct memblock *mb, grt_phys_t *cursor, struct grt_mem_range *out)
{
	if (!next_range(mb, &mb->reserved, *cursor, out))
		return false;
	*cursor = range_end(out);
	return true;
}

bool memblock_next_mappable(const struct memblock *mb, u64 page_size, grt_phys_t *cursor,
			    struct grt_mem_range *out)
{
	struct grt_mem_range r;

	while (next_range(mb, NULL, *cursor, &r)) {
		grt_phys_t start = align_up(r.start, page_size);
		grt_phys_t end = align_down(range_end(&r), page_size);

		*cursor = range_end(&r);
		if (start < end) {
			*out = (struct grt_mem_range){ start, end - start };
			return true;
		}
	}
	return false;
}

/* Append the whole pages of [@from, @to), if there is one. Return: false where there is no room. */
static bool add_pages(struct grt_mem_range *out, unsigned int *n, unsigned int max, grt_phys_t from,
		      grt_phys_t to, u64 page_size)
{
	grt_phys_t start = align_up(from, page_size), end = align_down(to, page_size);

	if (start >= end)
		return true;
	if (*n == max)
		return false;
	out[(*n)++] = (struct grt_mem_range){ start, end - start };
	return true;
}

int memblock_mappable(const struct memblock *mb, u64 page_size, struct grt_mem_range *out,
		      unsigned int max)
{
	const struct grt_mem_range *r = mb->memory.range, *last = r + mb->memory.nr;
	const struct grt_mem_range *hole = mb->nomap.range, *last_hole = hole + mb->nomap.nr;
	unsigned int n = 0;

	for (; r != last; r++) {
		grt_phys_t from = r->start, to;

		/* What is left of it before each hole, and after the last. */
		for (; from < range_end(r); from = range_end(hole)) {
			while (hole != last_hole && range_end(hole) <= from)
				hole++;
			to = hole != last_hole ? min_u64(range_end(r), hole->start) : range_end(r);
			if (to > from && !add_pages(out, &n, max, from, to, page_size))
				return -E2BIG;
			if (to == range_end(r))
				break;
		}
	}
	return (int)n;
}

/* Ranges that begin below @pa. */
static unsigned int list_below(const struct memblock_list *list, grt_phys_t pa)
{
	unsigned int low = 0, high = list->nr;

	while (low < high) {
		unsigned int mid = (low + high) / 2;

		if (list->range[mid].start < pa)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* The last free range below @cursor, or the part of it that is. */
static bool prev_free(const struct memblock *mb, grt_phys_t *cursor, struct grt_mem_range *out)
{
	const struct memblock_list *const holes[] = { &mb->nomap, &mb->reserved };
	grt_phys_t end = *cursor;
	unsigned int i = list_below(&mb->memory, end);

	while (i) {
		const struct grt_mem_range *ram = &mb->memory.range[i - 1];
		grt_phys_t start = ram->start;
		bool moved = false;

		end = min_u64(end, range_end(ram));
		for (unsigned int h = 0; h < ARRAY_SIZE(holes); h++) {
			unsigned int n = list_below(holes[h], end);
			const struct grt_mem_range *hole = n ? &holes[h]->range[n - 1] : NULL;

			if (!hole)
				continue;
			if (range_end(hole) >= end) {
				end = hole->start;
				moved = true;
			} else {
				start = max_u64(start, range_end(hole));
			}
		}
		if (end <= ram->start) {
			i = list_below(&mb->memory, end);
		} else if (!moved) {
			*out = (struct grt_mem_range){ start, end - start };
			*cursor = start;
			return true;
		}
	}
	return false;
}

grt_phys_t memblock_find(const struct memblock *mb, u64 size, u64 align, grt_phys_t min,
			 grt_phys_t max)
{
	struct grt_mem_range r;

	while (size && prev_free(mb, &max, &r)) {
		grt_phys_t low = max_u64(r.start, min), end = range_end(&r), start;

		if (end < size || end <= min)
			break;
		start = align_down(end - size, align);
		if (start >= low)
			return start;
	}
	return GRT_PHYS_NONE;
}

grt_phys_t memblock_alloc(struct memblock *mb, u64 size, u64 align, grt_phys_t min, grt_phys_t max)
{
	grt_phys_t found;

	/* Where there is no room to note it, a list that grows may take what was found. */
	do {
		found = memblock_find(mb, size, align, min, max);
		if (found == GRT_PHYS_NONE || !list_add(&mb->reserved, found, size))
			return found;
	} while (memblock_room(mb, &mb->reserved, 1));
	return GRT_PHYS_NONE;
}

u64 memblock_total(const struct memblock *mb)
{
	return memblock_list_bytes(&mb->memory);
}

u64 memblock_free_bytes(const struct memblock *mb)
{
	grt_phys_t cursor = 0;
	struct grt_mem_range r;
	u64 bytes = 0;

	while (memblock_next_free(mb, &cursor, &r))
		bytes += r.size;
	return bytes;
}

bool memblock_overlaps(const struct memblock_list *list, grt_phys_t start, u64 size)
{
	unsigned int i = list_search(list, start);

	return size && i < list->nr &&
	       (list->range[i].start <= start || list->range[i].start - start < size);
}

bool memblock_contains(const struct memblock_list *list, grt_phys_t start, u64 size)
{
	unsigned int i = list_search(list, start);

	return !size || (i < list->nr && list->range[i].start <= start &&
			 range_end(&list->range[i]) - start >= size);
}
