// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * An AVL tree. What it keeps of a subtree (first, last, gap) follows from the two children alone,
 * so that a change of one area touches nothing but its own ancestors. Recursion is as deep as the
 * tree: 46 for four thousand million areas.
 */
#include "base/errno.h"
#include "mm/page_size.h"
#include "mm/va_space.h"

static unsigned int height(const struct va_area *t)
{
	return t ? t->height : 0;
}

static void update(struct va_area *t)
{
	const struct va_area *low = t->child[0], *high = t->child[1];

	t->height = 1 + (height(low) > height(high) ? height(low) : height(high));
	t->first = low ? low->first : t->start;
	t->last = high ? high->last : t->end;
	t->gap = 0;
	if (low)
		t->gap = max_u64(low->gap, t->start - low->last);
	if (high)
		t->gap = max_u64(t->gap, max_u64(high->gap, high->first - t->end));
}

/* The child on @side comes up, @t goes down on the other. */
static struct va_area *rotate(struct va_area *t, int side)
{
	struct va_area *top = t->child[side];

	t->child[side] = top->child[!side];
	top->child[!side] = t;
	update(t);
	update(top);
	return top;
}

static struct va_area *balance(struct va_area *t)
{
	for (int side = 0; side < 2; side++) {
		struct va_area *deep = t->child[side];

		if (height(deep) <= height(t->child[!side]) + 1)
			continue;
		if (height(deep->child[!side]) > height(deep->child[side]))
			t->child[side] = rotate(deep, !side);
		return rotate(t, side);
	}
	update(t);
	return t;
}

static struct va_area *insert(struct va_area *t, struct va_area *area)
{
	struct va_area **child;

	if (!t) {
		update(area);
		return area;
	}
	child = &t->child[area->start > t->start];
	*child = insert(*child, area);
	return balance(t);
}

static struct va_area *remove_first(struct va_area *t, struct va_area **first)
{
	if (!t->child[0]) {
		*first = t;
		return t->child[1];
	}
	t->child[0] = remove_first(t->child[0], first);
	return balance(t);
}

static struct va_area *remove(struct va_area *t, const struct va_area *area)
{
	struct va_area *next, *above;

	if (t != area) {
		struct va_area **child = &t->child[area->start > t->start];

		*child = remove(*child, area);
		return balance(t);
	}
	if (!t->child[1])
		return t->child[0];
	above = remove_first(t->child[1], &next);
	next->child[0] = t->child[0];
	next->child[1] = above;
	return balance(next);
}

/** struct va_want - what is looked for: @room is a gap that is worth a look */
struct va_want {
	u64 size;
	u64 align;
	u64 room;
};

static u64 largest_gap(const struct va_area *t, grt_virt_t low, grt_virt_t high)
{
	if (!t)
		return high - low;
	return max_u64(t->gap, max_u64(t->first - low, high - t->last));
}

/* Look in [@low, @high), where the areas of @t are. Return: an address, or 0. */
static grt_virt_t search(const struct va_area *t, grt_virt_t low, grt_virt_t high,
			 const struct va_want *want)
{
	grt_virt_t va;

	if (largest_gap(t, low, high) < want->room)
		return 0;
	if (t) {
		va = search(t->child[0], low, t->start, want);
		return va ? va : search(t->child[1], t->end, high, want);
	}
	va = align_up(low, want->align);
	return va >= low && va < high && high - va >= want->size ? va : 0;
}

static struct va_area *add_area(struct va_space *space, grt_virt_t start, grt_virt_t end)
{
	struct va_area *area = pool_alloc(&space->pool);

	if (!area)
		return NULL;
	*area = (struct va_area){ .start = start, .end = end };
	space->root = insert(space->root, area);
	return area;
}

void va_space_init(struct va_space *space, grt_virt_t start, grt_virt_t end)
{
	*space = (struct va_space){ .start = start, .end = end };
	pool_init(&space->pool, sizeof(struct va_area));
}

int va_space_block(struct va_space *space, grt_virt_t start, grt_virt_t end)
{
	return add_area(space, start, end) ? 0 : -ENOMEM;
}

struct va_area *va_space_take(struct va_space *space, u64 size, u64 align)
{
	struct va_want want = { .size = size, .align = align };
	grt_virt_t va;

	if (!size || size > space->end - space->start || align > space->end - space->start)
		return NULL;
	/*
	 * A gap with this much room is always good, so that the way to it never turns back. Those
	 * that are smaller and good by luck are only tried when there is none.
	 */
	want.room = size + align - PAGE_SIZE;
	va = search(space->root, space->start, space->end, &want);
	if (!va && align > PAGE_SIZE) {
		want.room = size;
		va = search(space->root, space->start, space->end, &want);
	}
	return va ? add_area(space, va, va + size) : NULL;
}

void va_space_give(struct va_space *space, struct va_area *area)
{
	space->root = remove(space->root, area);
	pool_free(&space->pool, area);
}

struct va_area *va_space_find(const struct va_space *space, grt_virt_t va)
{
	struct va_area *t = space->root;

	while (t && (va < t->start || va >= t->end))
		t = t->child[va >= t->end];
	return t;
}
