// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Plans that break one rule, by as little as can be, and what grt_layout_check() says of each. */
#include "tests/host/layout_support.h"

static struct grt_geometry g;
static struct grt_mem_range ram[2];
static struct grt_layout_input in;
static struct grt_layout good, l;
static u64 page;

#define ORDER "regions are not ordered, disjoint and complete"
#define PAGES "a region is not made of whole pages"
#define NO_GUARD "two regions have no guard between them"
#define END "the end of the address space is not a guard"
#define PRESENCE "a region is missing or occurs twice"
#define NO_ROOM "there is no room for vmalloc or modules"
#define PARTS "the parts of the image are not those that are known"
#define TEXT "the text region is not the image's code"
#define RODATA "the rodata region is not the image's read-only data"
#define DATA "the data region is not for data"
#define IMAGE "the kernel's regions do not hold the image"
#define ALIGNMENT "the image lost its alignment"
#define REACH "a module or BPF address is out of the kernel's reach"
#define LITTLE "modules or BPF have too little room"
#define OUTSIDE "memory lies outside the linear region"
#define BEYOND "memory lies beyond the physical addresses that tables can hold"
#define LOST "memory is lost without being counted"
#define LATER "memory that may come later has no place"
#define VMEMMAP "vmemmap does not cover the linear region"
#define FIXMAP "fixmap is too small"
#define VMALLOC "vmalloc is too small"

/* A plan in one piece; what a test breaks, it breaks in a copy. */
static void begin(void)
{
	g = test_geometry(0);
	page = grt_geometry_page_size(&g);
	ram[0] = (struct grt_mem_range){ GIB(34), GIB(1) };
	in = test_input(&g, ram, 1);
	in.text_end = KIB(512);
	in.rodata_end = KIB(576);
	assert_int_equal(grt_layout_plan(&in, &good), 0);
	l = good;
}

/* @rule: NULL: none is broken. */
static void check(const char *rule)
{
	const char *said = grt_layout_check(&in, &l);

	if (rule && said)
		assert_string_equal(said, rule);
	else
		assert_ptr_equal(said, rule);
	begin();
}

static struct grt_region *find(enum grt_region_id id)
{
	for (unsigned int i = 0; i < l.nr; i++)
		if (l.region[i].id == id)
			return &l.region[i];
	fail();
	return NULL;
}

/* The end of @r, and the start of what follows, go up. */
static void move_end(struct grt_region *r, u64 by)
{
	r->size += by;
	r[1].start += by;
	r[1].size -= by;
}

static void order_is_checked(void **state)
{
	(void)state;
	begin();
	check(NULL);
	l.nr = 0;
	check("there are no regions");
	for (unsigned int i = 0; i < good.nr; i++) {
		l.region[i].start += page;
		check(ORDER);
		l.region[i].size = 0;
		check(ORDER);
		if (i + 1 < good.nr) {
			l.region[i].size += page;
			check(ORDER);
			move_end(&l.region[i], 1);
			check(PAGES);
			move_end(&l.region[i], -1);
			check(PAGES);
		}
		if (i && i + 1 < good.nr && good.region[i].id == GRT_REGION_GUARD) {
			l.region[i].id = GRT_REGION_VMALLOC;
			check(NO_GUARD);
			l.region[i].id = GRT_REGION_MODULES;
			check(NO_GUARD);
		}
	}
	/* Behind the last address. */
	l.region[l.nr] = (struct grt_region){ .id = GRT_REGION_GUARD, .size = page };
	l.nr++;
	check(ORDER);
	l.region[l.nr - 1].size -= page;
	check(END);
	l.region[l.nr] =
		(struct grt_region){ .id = GRT_REGION_VMALLOC, .start = 0 - page, .size = page };
	l.region[l.nr - 1].size -= page;
	l.nr++;
	check(END);
}

static void presence_is_checked(void **state)
{
	static const enum grt_region_id once[] = { GRT_REGION_FIXMAP, GRT_REGION_VMEMMAP,
						   GRT_REGION_BPF, GRT_REGION_TEXT,
						   GRT_REGION_LINEAR };

	(void)state;
	begin();
	for (unsigned int i = 0; i < ARRAY_SIZE(once); i++) {
		find(once[i])->id = GRT_REGION_GUARD;
		check(PRESENCE);
		/* Twice: the first address of vmalloc, behind a guard. */
		struct grt_region *r = find(GRT_REGION_VMALLOC), *last = &l.region[l.nr];

		memmove(r + 2, r, (size_t)((char *)last - (char *)r));
		l.nr += 2;
		r[0] = (struct grt_region){ .id = once[i], .start = r[2].start, .size = page };
		r[1] = (struct grt_region){ .id = GRT_REGION_GUARD,
					    .start = r[2].start + page,
					    .size = page };
		r[2].start += 2 * page;
		r[2].size -= 2 * page;
		check(PRESENCE);
	}
	find(GRT_REGION_DATA)->id = GRT_REGION_KERNEL;
	check(PRESENCE);
	find(GRT_REGION_DATA)->id = GRT_REGION_RODATA;
	check(PRESENCE);
	find(GRT_REGION_RODATA)->id = GRT_REGION_DATA;
	check(PRESENCE);
	for (unsigned int i = 0; i < l.nr; i++)
		if (l.region[i].id == GRT_REGION_VMALLOC)
			l.region[i].id = GRT_REGION_GUARD;
	check(NO_ROOM);
	for (unsigned int i = 0; i < l.nr; i++)
		if (l.region[i].id == GRT_REGION_MODULES)
			l.region[i].id = GRT_REGION_GUARD;
	check(NO_ROOM);
}

static void the_image_is_checked(void **state)
{
	(void)state;
	begin();
	l.kernel_offset += page;
	check(IMAGE);
	in.image_size = grt_layout_image(&l).size;
	check(NULL);
	in.image_size = grt_layout_image(&l).size + 1;
	check(IMAGE);
	in.image_pa += page;
	l.kernel_offset -= page;
	check(ALIGNMENT);
	in.image_pa += IMAGE_ALIGN;
	l.kernel_offset -= IMAGE_ALIGN;
	check(NULL);
	in.text_end = 0;
	check(PARTS);
	move_end(find(GRT_REGION_TEXT), page);
	check(TEXT);
	find(GRT_REGION_TEXT)->perm = GRT_REGION_PERM_R;
	check(TEXT);
	find(GRT_REGION_TEXT)->perm |= GRT_REGION_PERM_W;
	check(TEXT);
	move_end(find(GRT_REGION_RODATA), page);
	check(RODATA);
	in.rodata_writable = true;
	check(RODATA);
	find(GRT_REGION_RODATA)->perm |= GRT_REGION_PERM_W;
	in.rodata_writable = true;
	check(NULL);
	find(GRT_REGION_RODATA)->perm |= GRT_REGION_PERM_W;
	check(RODATA);
	in.rodata_end = in.text_end; /* there is none */
	check(RODATA);
	find(GRT_REGION_DATA)->perm = GRT_REGION_PERM_R;
	check(DATA);
	find(GRT_REGION_DATA)->perm |= GRT_REGION_PERM_X;
	check(DATA);
	/* Of an image that is one region nothing more is known. */
	in.text_end = in.rodata_end = 0;
	assert_int_equal(grt_layout_plan(&in, &l), 0);
	check(NULL);
	in.text_end = in.rodata_end = 0;
	assert_int_equal(grt_layout_plan(&in, &l), 0);
	in.text_end = KIB(512);
	check(PARTS);
}

/* All modules have @size bytes, the rest is BPF's, or the reverse. */
static void share_window(u64 modules, u64 bpf)
{
	struct grt_region *b = find(GRT_REGION_BPF);
	bool above = b[-1].id == GRT_REGION_MODULES;
	struct grt_region *m = above ? b - 1 : b + 1;
	u64 total = 0, by;

	for (unsigned int i = 0; i < l.nr; i++)
		total += l.region[i].id == GRT_REGION_MODULES ? l.region[i].size : 0;
	by = modules ? modules - total : b->size - bpf; /* what modules grow by */
	move_end(above ? m : b, above ? by : 0 - by);
}

static void the_window_is_checked(void **state)
{
	(void)state;
	begin();
	share_window(GRT_LAYOUT_MODULES_MIN, 0);
	check(NULL);
	share_window(GRT_LAYOUT_MODULES_MIN - page, 0);
	check(LITTLE);
	share_window(0, GRT_LAYOUT_BPF_SIZE);
	check(NULL);
	share_window(0, GRT_LAYOUT_BPF_SIZE - page);
	check(LITTLE);
	/* A window that grows at either end, as far as it may, and a page more. */
	for (unsigned int more = 0; more < 2; more++) {
		struct grt_region image = grt_layout_image(&l), *first, *last;
		u64 from, to;

		for (first = l.region;
		     first->id < GRT_REGION_MODULES || first->id > GRT_REGION_DATA;)
			first++;
		for (last = first;
		     last[1].id >= GRT_REGION_MODULES && last[1].id <= GRT_REGION_DATA;)
			last++;
		from = min_u64(first->start, image.start);
		to = test_last(last);
		if (last->id <= GRT_REGION_BPF && last[1].id == GRT_REGION_GUARD) {
			u64 by = GRT_LAYOUT_WINDOW_SIZE - (to - image.start + 1) + more * page;

			last->size += by;
			last[1].start += by;
			last[2].start += by;
			last[2].size -= by;
			check(more ? REACH : NULL);
		} else if (first->id <= GRT_REGION_BPF && first[-1].id == GRT_REGION_GUARD) {
			u64 by = GRT_LAYOUT_WINDOW_SIZE - (test_last(&image) - from + 1) +
				 more * page;

			first->start -= by;
			first->size += by;
			first[-1].start -= by;
			first[-2].size -= by;
			check(more ? REACH : NULL);
		}
	}
}

static void memory_is_checked(void **state)
{
	struct grt_region *linear;
	grt_phys_t start;

	(void)state;
	begin();
	linear = find(GRT_REGION_LINEAR);
	start = linear->start - l.linear_offset;
	ram[0] = (struct grt_mem_range){ start, linear->size };
	check(NULL);
	ram[0] = (struct grt_mem_range){ start, linear->size + page };
	check(OUTSIDE);
	ram[0] = (struct grt_mem_range){ start - page, GIB(1) };
	check(OUTSIDE);
	ram[0] = (struct grt_mem_range){ start - page + 1, page - 1 }; /* no whole page */
	check(NULL);
	ram[0] = (struct grt_mem_range){ start - page, page };
	check(OUTSIDE);
	/* What is cut off: of one range a part, and all of another. */
	in.memory.nr = 2;
	ram[1] = (struct grt_mem_range){ GIB(48), MIB(512) };
	l.memory_end = GIB(34) + MIB(256);
	l.lost_bytes = MIB(768) + MIB(512);
	check(NULL);
	for (unsigned int i = 0; i < 3; i++) {
		in.memory.nr = 2;
		ram[1] = (struct grt_mem_range){ GIB(48), MIB(512) };
		l.memory_end = GIB(34) + MIB(256);
		l.lost_bytes = i == 0 ? MIB(768) : i == 1 ? MIB(512) : MIB(768) + MIB(512) + 1;
		check(LOST);
	}
	l.memory_end = GIB(35);
	check(NULL);
	l.lost_bytes = page;
	check(LOST);
	/* The last page that tables can hold, and the next. */
	for (unsigned int more = 0; more < 2; more++) {
		linear = find(GRT_REGION_LINEAR);
		ram[0] = (struct grt_mem_range){ BIT(g.pa_bits) - GIB(1) + more * page, GIB(1) };
		l.linear_offset = linear->start - (BIT(g.pa_bits) - GIB(1));
		check(more ? BEYOND : NULL);
	}
}

static void check_later(grt_phys_t start, u64 size, const char *rule)
{
	struct grt_mem_range later = { start, size };

	in.later = (struct grt_memory_map){ &later, 1 };
	check(rule);
}

static void room_is_checked(void **state)
{
	struct grt_mem_range room;

	(void)state;
	begin();
	room = grt_layout_room(&l);
	check_later(room.start, page, NULL);
	check_later(room.start - page, page, LATER);
	check_later(room.start + GIB(4), GIB(1), NULL);
	check_later(room.start + room.size - page, page, NULL);
	check_later(BIT(g.pa_bits), GIB(1), NULL); /* nobody can hold that */
	check_later(GIB(1), GIB(1), LATER);
}

static void sizes_are_checked(void **state)
{
	(void)state;
	begin();
	for (unsigned int more = 0; more < 2; more++) {
		u64 pages = find(GRT_REGION_LINEAR)->size >> g.page_shift;
		struct grt_region *r = find(GRT_REGION_VMEMMAP);

		move_end(r, pages * in.struct_page_size - more * page - r->size);
		check(more ? VMEMMAP : NULL);
		r = find(GRT_REGION_FIXMAP);
		move_end(r, GRT_FIXMAP_SIZE - more * page - r->size);
		check(more ? FIXMAP : NULL);
		r = find(GRT_REGION_VMALLOC);
		assert_int_equal(r[1].id, GRT_REGION_GUARD);
		move_end(r, GRT_LAYOUT_VMALLOC_MIN - GRT_LAYOUT_WINDOW_SIZE - MIB(4) - more * page -
				    r->size);
		check(more ? VMALLOC : NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_is_checked),	cmocka_unit_test(presence_is_checked),
		cmocka_unit_test(the_image_is_checked), cmocka_unit_test(the_window_is_checked),
		cmocka_unit_test(memory_is_checked),	cmocka_unit_test(room_is_checked),
		cmocka_unit_test(sizes_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
