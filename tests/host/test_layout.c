// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The planner's rules as properties over random machines, in every geometry, with both policies. The
 * check here is written from the rules' words and shares nothing with grt_layout_check().
 */
#include <stdlib.h>
#include "generic/layout_memory.h"
#include "tests/host/layout_support.h"
#include "tests/host/random.h"

#define MAX_RANGES 40
#define ROUNDS 400

struct machine {
	struct grt_mem_range ram[MAX_RANGES];
	struct grt_layout_input in;
};

/* ---- the rules, once more ---- */

static void check_order(const struct grt_geometry *g, const struct grt_layout *l)
{
	grt_virt_t lowest = ~0ULL << g->upper_bits;
	u64 page = 1ULL << g->page_shift;
	unsigned int i;

	assert_in_range(l->nr, 1, GRT_LAYOUT_MAX_REGIONS);
	for (i = 0; i < l->nr; i++) {
		const struct grt_region *r = &l->region[i];

		assert_true(r->size > 0);
		assert_true(r->start >= lowest && test_last(r) >= r->start);
		assert_int_equal(r->start % page, 0);
		assert_int_equal(r->size % page, 0);
		assert_non_null(r->name);
		if (i)
			assert_true(r->start > test_last(r - 1));
	}
}

static bool maps_something(const struct grt_region *r)
{
	return r->id != GRT_REGION_GUARD;
}

/* Nothing is mapped in a guard's place: between any two regions that are not the window's there is one. */
static void check_guards(const struct grt_layout *l)
{
	const struct grt_region *before = NULL;
	unsigned int i;

	for (i = 0; i < l->nr; i++) {
		const struct grt_region *r = &l->region[i];

		assert_int_equal(r->perm == 0, r->id == GRT_REGION_GUARD);
		if (!maps_something(r))
			continue;
		if (before && (r->id == GRT_REGION_VMALLOC || r->id == GRT_REGION_LINEAR ||
			       r->id == GRT_REGION_VMEMMAP || r->id == GRT_REGION_FIXMAP ||
			       r->id == GRT_REGION_KERNEL || r->id == GRT_REGION_TEXT))
			assert_true(r->start - test_last(before) > MIB(1));
		if (before && (before->id == GRT_REGION_VMALLOC || before->id == GRT_REGION_LINEAR))
			assert_true(r->start - test_last(before) > MIB(1));
		before = r;
	}
	assert_true(0 - test_last(before) > KIB(64));
}

static void check_memory(const struct grt_layout_input *in, const struct grt_layout *l)
{
	const struct grt_region *linear = test_region(l, GRT_REGION_LINEAR, 0);
	u64 page = 1ULL << in->g->page_shift;
	unsigned int i;

	for (i = 0; i < in->memory.nr; i++) {
		u64 first = align_up(in->memory.ranges[i].start, page);
		u64 end = align_down(in->memory.ranges[i].start + in->memory.ranges[i].size, page);

		if (first >= end)
			continue;
		assert_true(first + l->linear_offset >= linear->start);
		assert_true(end - 1 + l->linear_offset <= test_last(linear));
		assert_true(first + l->linear_offset <= end - 1 + l->linear_offset);
	}
	assert_true(test_region(l, GRT_REGION_VMEMMAP, 0)->size >=
		    linear->size / page * in->struct_page_size);
	assert_null(test_region(l, GRT_REGION_LINEAR, 1));
}

static u64 distance(grt_virt_t a, grt_virt_t b)
{
	return a > b ? a - b : b - a;
}

/* The largest distance of a byte of @r and a byte of the kernel. */
static u64 reach(const struct grt_region *r, const struct grt_region *kernel)
{
	return max_u64(distance(r->start, test_last(kernel)),
		       distance(test_last(r), kernel->start));
}

/* The parts of the image, one after the other; those of no size are left out. */
static void check_parts(const struct grt_layout_input *in, const struct grt_layout *l,
			const struct grt_region *kernel)
{
	const struct {
		enum grt_region_id id;
		u64 end;
		u8 perm;
	} parts[] = {
		{ GRT_REGION_TEXT, in->text_end, GRT_REGION_PERM_R | GRT_REGION_PERM_X },
		{ GRT_REGION_RODATA, in->rodata_end,
		  GRT_REGION_PERM_R | (in->rodata_writable ? GRT_REGION_PERM_W : 0) },
		{ GRT_REGION_DATA, kernel->size, GRT_REGION_PERM_R | GRT_REGION_PERM_W },
	};
	grt_virt_t at = kernel->start;
	unsigned int n;

	for (n = 0; n < ARRAY_SIZE(parts); n++) {
		const struct grt_region *r = grt_layout_find(l, parts[n].id);

		if (!in->text_end || at == kernel->start + parts[n].end) {
			assert_null(r);
			continue;
		}
		assert_int_equal(r->start, at);
		assert_int_equal(r->perm, parts[n].perm);
		at = r->start + r->size;
		assert_int_equal(at, kernel->start + parts[n].end);
		assert_null(test_region(l, parts[n].id, 1));
	}
	assert_int_equal(!grt_layout_find(l, GRT_REGION_KERNEL), in->text_end != 0);
}

static void check_kernel(const struct grt_layout_input *in, const struct grt_layout *l)
{
	struct grt_region image = grt_layout_image(l);
	const struct grt_region *kernel = &image, *r;
	u64 modules = 0;
	unsigned int n;

	check_parts(in, l, kernel);
	assert_int_equal(kernel->start, in->image_pa + l->kernel_offset);
	assert_true(kernel->size >= in->image_size);
	assert_int_equal((kernel->start - in->image_pa) % in->image_align, 0);
	for (n = 0; (r = test_region(l, GRT_REGION_MODULES, n)); n++) {
		assert_true(reach(r, kernel) < GIB(2));
		modules += r->size;
	}
	assert_true(modules >= MIB(128));
	r = test_region(l, GRT_REGION_BPF, 0);
	assert_int_equal(r->size, MIB(128));
	assert_true(reach(r, kernel) < GIB(2));
}

static void check_plan(const struct grt_layout_input *in, const struct grt_layout *l)
{
	assert_null(grt_layout_check(in, l));
	check_order(in->g, l);
	check_guards(l);
	check_memory(in, l);
	check_kernel(in, l);
}

/* ---- random machines ---- */

/* A size from a page to @max, small ones as likely as large ones. */
static u64 random_size(u64 *state, unsigned int min_shift, unsigned int max_shift)
{
	unsigned int shift =
		min_shift + (unsigned int)(test_random(state) % (max_shift - min_shift));

	return (BIT(shift) + test_random(state) % BIT(shift)) & ~0xfffULL;
}

/* RAM of up to 2^@span_shift bytes from first to last. Returns the number of ranges. */
static unsigned int random_ram(u64 *state, unsigned int span_shift, struct grt_mem_range *ram)
{
	unsigned int want = 1 + (unsigned int)(test_random(state) % MAX_RANGES), n;
	u64 at = random_size(state, 12, span_shift), end = at + BIT(span_shift);

	for (n = 0; n < want; n++) {
		u64 size =
			random_size(state, 17, span_shift - 1); /* a whole page of 64K at least */

		if (at + size > end)
			break;
		ram[n] = (struct grt_mem_range){ at, size };
		at += size;
		if (test_random(state) % 4)
			at += random_size(state, 12, span_shift - 2);
	}
	if (!n)
		ram[n++] = (struct grt_mem_range){ at, MIB(64) };
	return n;
}

static void random_machine(u64 *state, const struct grt_geometry *g, unsigned int span_shift,
			   struct machine *m)
{
	unsigned int nr = random_ram(state, span_shift, m->ram);

	m->in = test_input(g, m->ram, nr);
	m->in.image_pa = align_down(test_random(state) % BIT(span_shift), KIB(64));
	m->in.image_size = random_size(state, 16, 27);
	if (test_random(state) % 4) { /* the parts are known, some may be empty */
		u64 pages = m->in.image_size / KIB(64), text = 1 + test_random(state) % pages;

		m->in.text_end = text * KIB(64);
		m->in.rodata_end = (text + test_random(state) % (pages - text + 1)) * KIB(64);
		m->in.rodata_writable = test_random(state) & 1;
	}
	m->in.struct_page_size = 16U << test_random(state) % 3;
	m->in.kaslr = test_random(state) & 1;
	m->in.seed = test_random(state);
}

/* Three quarters of the half always fit RAM, wherever it starts and whatever its holes. */
static void every_plan_keeps_the_rules(void **test)
{
	u64 state = random_state(0x6772617469637565);
	unsigned int choice, round;
	struct machine m;
	struct grt_layout l;

	(void)test;
	for (choice = 0; choice < grt_geometry_nr_choices; choice++) {
		struct grt_geometry g = test_geometry(choice);
		unsigned int max = min_u64(g.upper_bits - 1U, g.pa_bits - 1U);

		for (round = 0; round < ROUNDS; round++) {
			unsigned int span =
				26 + (unsigned int)(test_random(&state) % (max - 26 + 1));

			random_machine(&state, &g, span, &m);
			assert_int_equal(grt_layout_plan(&m.in, &l), 0);
			check_plan(&m.in, &l);
		}
	}
}

static void text_region_policy_keeps_the_rules_or_does_not_exist(void **test)
{
	u64 state = random_state(0x7465787465787421);
	unsigned int choice, round;
	struct machine m;
	struct grt_layout l;

	(void)test;
	for (choice = 0; choice < grt_geometry_nr_choices; choice++) {
		struct grt_geometry g = test_geometry(choice);
		unsigned int max = min_u64(g.upper_bits - 1U, g.pa_bits - 1U);

		for (round = 0; round < ROUNDS; round++) {
			unsigned int span =
				26 + (unsigned int)(test_random(&state) % (max - 26 + 1));
			int err;

			random_machine(&state, &g, span, &m);
			m.in.policy = GRT_LAYOUT_TEXT_REGION;
			err = grt_layout_plan(&m.in, &l);
			if (err) {
				assert_int_equal(err, -EINVAL);
				assert_string_equal(l.error, "the architecture has no such policy");
			} else {
				check_plan(&m.in, &l);
			}
		}
	}
}

/* Garbage in: an answer out, and a plan only where it keeps the rules. */
static void any_input_gives_a_valid_plan_or_a_reason(void **test)
{
	u64 state = random_state(0x67617262616765);
	unsigned int choice, round, i;
	struct machine m;
	struct grt_layout l;

	(void)test;
	for (choice = 0; choice < grt_geometry_nr_choices; choice++) {
		struct grt_geometry g = test_geometry(choice);

		for (round = 0; round < 4 * ROUNDS; round++) {
			random_machine(&state, &g, 40, &m);
			m.in.truncate = test_random(&state) & 1;
			for (i = 0; i < m.in.memory.nr; i++)
				if (!(test_random(&state) % 8)) {
					m.ram[i].start =
						test_random(&state) >> test_random(&state) % 64;
					m.ram[i].size =
						test_random(&state) >> test_random(&state) % 64;
				}
			m.in.image_pa =
				test_random(&state) >> test_random(&state) % 64 & ~0xffffULL;
			m.in.image_size = test_random(&state) >> test_random(&state) % 64;
			if (grt_layout_plan(&m.in, &l))
				assert_non_null(l.error);
			else if (!l.lost_bytes)
				check_plan(&m.in, &l);
			else
				assert_null(grt_layout_check(&m.in, &l));
		}
	}
}

/* ---- linear map ---- */

static u64 leaf_sizes(const struct grt_geometry *g, u64 *sizes)
{
	unsigned int level, nr = 0;

	for (level = 0; level < g->levels; level++) {
		if (!(g->leaf_levels & BIT(level)))
			continue;
		sizes[nr++] = grt_geometry_level_size(g, level);
		if (g->cont_bits[level])
			sizes[nr++] = grt_geometry_group_size(g, level);
	}
	return nr;
}

static bool ram_has_leaf(const struct machine *m, u64 size)
{
	unsigned int i;

	for (i = 0; i < m->in.memory.nr; i++)
		if (align_up(m->ram[i].start, size) + size <= m->ram[i].start + m->ram[i].size)
			return true;
	return false;
}

/* RAM in the lower half of what fits: there is room for every alignment. */
static void linear_map_can_use_every_leaf_that_ram_can(void **test)
{
	u64 state = random_state(0x6c65616673), sizes[2 * GRT_GEOMETRY_MAX_LEVELS], nr, i;
	unsigned int choice, round;
	struct machine m;
	struct grt_layout l;

	(void)test;
	for (choice = 0; choice < grt_geometry_nr_choices; choice++) {
		struct grt_geometry g = test_geometry(choice);

		nr = leaf_sizes(&g, sizes);
		for (round = 0; round < ROUNDS; round++) {
			random_machine(&state, &g, min_u64(g.upper_bits - 2U, g.pa_bits - 1U), &m);
			assert_int_equal(grt_layout_plan(&m.in, &l), 0);
			for (i = 0; i < nr; i++)
				if (ram_has_leaf(&m, sizes[i]) || !m.in.kaslr)
					assert_int_equal(l.linear_offset % sizes[i], 0);
		}
	}
}

static void memory_that_does_not_fit_is_an_error_or_cut_off(void **test)
{
	unsigned int choice;
	struct grt_layout l;

	(void)test;
	for (choice = 0; choice < grt_geometry_nr_choices; choice++) {
		struct grt_geometry g = test_geometry(choice);
		/* From 64M on, as much as the half has: some of it can't fit. */
		struct grt_mem_range ram[] = { { MIB(64), GIB(1) },
					       { GIB(2), BIT(g.upper_bits) - GIB(2) } };
		struct grt_layout_input in = test_input(&g, ram, 2);
		struct grt_layout whole;
		u64 kept;

		assert_int_equal(grt_layout_plan(&in, &l), -ERANGE);
		assert_non_null(l.error);
		in.truncate = true;
		assert_int_equal(grt_layout_plan(&in, &l), 0);
		assert_null(grt_layout_check(&in, &l));
		assert_true(l.memory_end > GIB(2));
		kept = l.memory_end - GIB(2);
		assert_int_equal(l.lost_bytes, ram[1].size - kept);
		assert_true(kept > BIT(g.upper_bits) / 2);
		/* What is kept fits, and no more than a few blocks beyond it would. */
		ram[1].size = kept;
		in.truncate = false;
		assert_int_equal(grt_layout_plan(&in, &whole), 0);
		assert_int_equal(whole.lost_bytes, 0);
		ram[1].size = kept + 4 * grt_geometry_level_size(&g, 1);
		assert_int_equal(grt_layout_plan(&in, &whole), -ERANGE);
	}
}

static void memory_beyond_physical_addresses_is_an_error_or_cut_off(void **test)
{
	unsigned int choice;
	struct grt_layout l;

	(void)test;
	for (choice = 0; choice < grt_geometry_nr_choices; choice++) {
		struct grt_geometry g = test_geometry(choice);
		struct grt_mem_range ram[] = { { 0, 0 }, { 0, 0 } };
		struct grt_layout_input in;

		g.pa_bits = 36;
		ram[0] = (struct grt_mem_range){ GIB(60), GIB(2) };
		ram[1] = (struct grt_mem_range){ GIB(63), GIB(2) };
		in = test_input(&g, ram, 2);
		assert_int_equal(grt_layout_plan(&in, &l), -ERANGE);
		in.truncate = true;
		assert_int_equal(grt_layout_plan(&in, &l), 0);
		assert_int_equal(l.memory_end, GIB(64));
		assert_int_equal(l.lost_bytes, GIB(1));
		assert_null(grt_layout_check(&in, &l));
	}
}

/* From 64 MiB to 64 TiB, where the half has the room. */
static void every_power_of_two_of_memory_is_planned(void **test)
{
	unsigned int choice, shift;
	struct grt_layout l;

	(void)test;
	for (choice = 0; choice < grt_geometry_nr_choices; choice++) {
		struct grt_geometry g = test_geometry(choice);

		for (shift = 26; shift <= 46; shift++) {
			struct grt_mem_range ram = { GIB(2), BIT(shift) };
			struct grt_layout_input in = test_input(&g, &ram, 1);
			int err = grt_layout_plan(&in, &l);

			if (shift < g.upper_bits && GIB(2) + BIT(shift) <= BIT(g.pa_bits)) {
				assert_int_equal(err, 0);
				check_plan(&in, &l);
			} else {
				assert_int_equal(err, -ERANGE);
			}
		}
	}
}

/* ---- memory that may come later ---- */

/* Whole pages of every range lie where the linear region has a place. */
static void check_room_for(const struct grt_layout *l, const struct grt_mem_range *ram,
			   unsigned int nr)
{
	const struct grt_region *linear = test_region(l, GRT_REGION_LINEAR, 0);
	u64 page = 1ULL << l->g->page_shift;
	struct grt_mem_range room = grt_layout_room(l);

	for (unsigned int i = 0; i < nr; i++) {
		u64 first = align_up(ram[i].start, page);
		u64 end = align_down(ram[i].start + ram[i].size, page);

		if (first >= end)
			continue;
		assert_true(first >= room.start && end - room.start <= room.size);
		assert_true(first + l->linear_offset - linear->start < linear->size);
		assert_true(end - 1 + l->linear_offset - linear->start < linear->size);
	}
}

/* Split @all: what mem= would keep of it, or the other way round, and the rest. */
static void split_ram(u64 *state, const struct grt_mem_range *all, unsigned int nr,
		      struct machine *kept, struct machine *rest)
{
	bool above = test_random(state) % 4 != 0;
	unsigned int in = (unsigned int)(test_random(state) % nr);
	u64 cut = test_random(state) % all[in].size & ~0xfffULL;

	kept->in.memory.nr = rest->in.memory.nr = 0;
	for (unsigned int i = 0; i < nr; i++) {
		u64 low = i < in ? all[i].size : i > in ? 0 : cut;
		struct machine *first = above ? kept : rest, *second = above ? rest : kept;

		if (low)
			first->ram[first->in.memory.nr++] =
				(struct grt_mem_range){ all[i].start, low };
		if (low < all[i].size)
			second->ram[second->in.memory.nr++] =
				(struct grt_mem_range){ all[i].start + low, all[i].size - low };
	}
}

static void there_is_room_for_what_may_come_later(void **test)
{
	u64 state = random_state(0x6c61746572);
	unsigned int choice, round;

	(void)test;
	for (choice = 0; choice < grt_geometry_nr_choices; choice++) {
		struct grt_geometry g = test_geometry(choice);
		unsigned int max = min_u64(g.upper_bits - 1U, g.pa_bits - 1U), planned = 0;

		for (round = 0; round < ROUNDS; round++) {
			unsigned int span =
				26 + (unsigned int)(test_random(&state) % (max - 26 + 1));
			static struct machine m, kept, rest;
			struct grt_layout l;

			random_machine(&state, &g, span, &m);
			m.in.policy = test_random(&state) % 4 ? GRT_LAYOUT_DEFAULT
							      : GRT_LAYOUT_TEXT_REGION;
			if (grt_layout_plan(&m.in, &l))
				continue; /* there is no such policy */
			split_ram(&state, m.ram, m.in.memory.nr, &kept, &rest);
			m.in.memory = (struct grt_memory_map){ kept.ram, kept.in.memory.nr };
			m.in.later = (struct grt_memory_map){ rest.ram, rest.in.memory.nr };
			if (grt_layout_plan(&m.in, &l)) {
				assert_string_equal(
					l.error, m.in.memory.nr ? "there is no whole page of memory"
								: "there is no memory");
				continue;
			}
			check_plan(&m.in, &l);
			check_room_for(&l, rest.ram, rest.in.memory.nr);
			planned++;
		}
		assert_true(planned > ROUNDS / 2);
	}
}

/* Each leaf that all of RAM could use can be used by what comes later, too. */
static void what_comes_later_can_use_every_leaf(void **test)
{
	u64 state = random_state(0x6c617465726c6561), sizes[2 * GRT_GEOMETRY_MAX_LEVELS], nr, i;
	unsigned int choice, round, planned;
	struct machine m;
	struct grt_layout l;

	(void)test;
	for (choice = 0; choice < grt_geometry_nr_choices; choice++) {
		struct grt_geometry g = test_geometry(choice);

		nr = leaf_sizes(&g, sizes);
		planned = 0;
		for (round = 0; round < ROUNDS; round++) {
			struct grt_mem_range first;

			random_machine(&state, &g, min_u64(g.upper_bits - 2U, g.pa_bits - 1U), &m);
			first = (struct grt_mem_range){ m.ram[0].start, KIB(128) };
			m.in.later = m.in.memory;
			m.in.memory = (struct grt_memory_map){ &first, 1 };
			m.ram[0].start += first.size;
			m.ram[0].size -= first.size;
			if (!m.ram[0].size) {
				m.in.later.ranges++;
				m.in.later.nr--;
			}
			if (grt_layout_plan(&m.in, &l))
				continue;
			planned++;
			m.in.memory = m.in.later;
			for (i = 0; i < nr; i++)
				for (unsigned int r = 0; r < m.in.later.nr; r++)
					if (align_up(m.in.later.ranges[r].start, sizes[i]) +
						    sizes[i] <=
					    m.in.later.ranges[r].start + m.in.later.ranges[r].size)
						assert_int_equal(l.linear_offset % sizes[i], 0);
		}
		assert_true(planned > ROUNDS / 2);
	}
}

/* If it can't all have a place: RAM that is there, and as much as a linear map can hold from there on. */
static void as_much_room_as_fits(void **test)
{
	unsigned int choice, i;

	(void)test;
	for (choice = 0; choice < grt_geometry_nr_choices; choice++) {
		struct grt_geometry g = test_geometry(choice);
		u64 half = BIT(g.upper_bits);
		struct grt_mem_range ram = { GIB(2), GIB(1) }, later = { GIB(3), half };
		struct grt_mem_range all = { GIB(2), GIB(1) + half };
		struct grt_layout_input in = test_input(&g, &all, 1);
		struct grt_layout l, cut;

		in.truncate = true;
		assert_int_equal(grt_layout_plan(&in, &cut), 0);
		in = test_input(&g, &ram, 1);
		in.later = (struct grt_memory_map){ &later, 1 };
		in.kaslr = true;
		for (i = 0; i < 50; i++) {
			u64 leaf = max_u64(memory_largest_leaf(&in.memory, &g, ~0ULL),
					   grt_geometry_level_size(&g, 1));
			struct grt_mem_range room;

			in.seed = i;
			assert_int_equal(grt_layout_plan(&in, &l), 0);
			check_plan(&in, &l);
			room = grt_layout_room(&l);
			assert_true(room.start <= GIB(2));
			assert_true(room.start + room.size >= cut.memory_end - 2 * leaf);
			assert_int_equal(l.linear_offset % leaf, 0);
			assert_true(room.start + room.size <= BIT(g.pa_bits));
		}
		/* Memory below RAM comes first, if RAM that is there is not lost by it. */
		later = (struct grt_mem_range){ GIB(1), GIB(1) };
		assert_int_equal(grt_layout_plan(&in, &l), 0);
		check_room_for(&l, &later, 1);
		/* What no table can name has no place, and is in nobody's way. */
		later = (struct grt_mem_range){ BIT(56) - GIB(1), GIB(1) };
		assert_int_equal(grt_layout_plan(&in, &l), 0);
		check_plan(&in, &l);
	}
}

static void later_memory_is_checked_too(void **test)
{
	struct grt_mem_range ram = { GIB(2), GIB(1) },
			     later[] = { { GIB(5), GIB(1) }, { GIB(4), GIB(1) } };
	struct grt_geometry g = test_geometry(0);
	struct grt_layout_input in = test_input(&g, &ram, 1);
	struct grt_layout l;

	(void)test;
	in.later = (struct grt_memory_map){ later, 2 };
	assert_int_equal(grt_layout_plan(&in, &l), -EINVAL);
	assert_string_equal(l.error, "memory ranges are unsorted or overlap");
}

/* ---- KASLR ---- */

static int compare_u64(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

static unsigned int distinct(u64 *v, unsigned int nr)
{
	unsigned int i, n = nr ? 1 : 0;

	qsort(v, nr, sizeof(*v), compare_u64);
	for (i = 1; i < nr; i++)
		n += v[i] != v[i - 1];
	return n;
}

#define SEEDS 20000

/* An image so large that few places are left: all of them are found, and the bits are their logarithm. */
static void reported_kernel_bits_are_the_places_there_are(void **test)
{
	static u64 at[SEEDS], base[SEEDS];
	struct grt_mem_range ram = { GIB(2), GIB(1) };
	unsigned int choice, i, tried = 0;
	struct grt_layout l;

	(void)test;
	for (choice = 0; choice < grt_geometry_nr_choices; choice++) {
		struct grt_geometry g = test_geometry(choice);
		struct grt_layout_input in = test_input(&g, &ram, 1);
		unsigned int places, linear;

		if (g.upper_bits > 39)
			continue; /* too many places to find them all */
		tried++;
		in.kaslr = true;
		in.image_size = GIB(2) - MIB(256) - 2 * IMAGE_ALIGN; /* three offsets */
		for (i = 0; i < SEEDS; i++) {
			in.seed = i * 0x123456789abcdefULL;
			assert_int_equal(grt_layout_plan(&in, &l), 0);
			at[i] = l.kernel_offset;
			base[i] = l.linear_offset;
		}
		places = distinct(at, SEEDS);
		linear = distinct(base, SEEDS);
		assert_int_equal(places % 3, 0);
		assert_true(places > 3);
		assert_int_equal(l.kernel_bits, log2_floor(places));
		assert_int_equal(l.linear_bits, log2_floor(linear));
	}
	assert_true(tried);
}

static void the_same_seed_gives_the_same_plan(void **test)
{
	u64 state = random_state(0x73616d65);
	struct grt_layout a, b;
	struct machine m;
	unsigned int choice;

	(void)test;
	for (choice = 0; choice < grt_geometry_nr_choices; choice++) {
		struct grt_geometry g = test_geometry(choice);

		random_machine(&state, &g, 34, &m);
		memset(&a, 0x55, sizeof(a));
		memset(&b, 0xaa, sizeof(b));
		assert_int_equal(grt_layout_plan(&m.in, &a), 0);
		assert_int_equal(grt_layout_plan(&m.in, &b), 0);
		assert_int_equal(a.nr, b.nr);
		assert_memory_equal(a.region, b.region, a.nr * sizeof(*a.region));
		m.in.kaslr = false;
		assert_int_equal(grt_layout_plan(&m.in, &a), 0);
		m.in.seed++;
		assert_int_equal(grt_layout_plan(&m.in, &b), 0);
		assert_memory_equal(a.region, b.region, a.nr * sizeof(*a.region));
		assert_int_equal(a.kernel_bits, 0);
		assert_int_equal(a.linear_bits, 0);
	}
}

/* Load address, kernel and linear map say nothing of each other. */
static void kernel_address_depends_on_the_seed_alone(void **test)
{
	struct grt_mem_range ram = { GIB(2), GIB(4) };
	unsigned int choice, i, moved = 0;
	struct grt_layout a, b;

	(void)test;
	for (choice = 0; choice < grt_geometry_nr_choices; choice++) {
		struct grt_geometry g = test_geometry(choice);
		struct grt_layout_input in = test_input(&g, &ram, 1);

		in.kaslr = true;
		for (i = 0; i < 100; i++) {
			u64 difference;

			in.seed = i;
			in.image_pa = GIB(2) + MIB(2);
			assert_int_equal(grt_layout_plan(&in, &a), 0);
			in.image_pa = GIB(5) + MIB(26);
			assert_int_equal(grt_layout_plan(&in, &b), 0);
			assert_int_equal(grt_layout_find(&a, GRT_REGION_KERNEL)->start,
					 grt_layout_find(&b, GRT_REGION_KERNEL)->start);
			assert_int_equal(a.linear_offset, b.linear_offset);
			difference =
				grt_layout_find(&a, GRT_REGION_KERNEL)->start - a.linear_offset;
			in.seed = i + 1000;
			assert_int_equal(grt_layout_plan(&in, &b), 0);
			moved += grt_layout_find(&b, GRT_REGION_KERNEL)->start - b.linear_offset !=
				 difference;
		}
	}
	assert_true(moved > 95 * grt_geometry_nr_choices);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_plan_keeps_the_rules),
		cmocka_unit_test(text_region_policy_keeps_the_rules_or_does_not_exist),
		cmocka_unit_test(any_input_gives_a_valid_plan_or_a_reason),
		cmocka_unit_test(linear_map_can_use_every_leaf_that_ram_can),
		cmocka_unit_test(memory_that_does_not_fit_is_an_error_or_cut_off),
		cmocka_unit_test(memory_beyond_physical_addresses_is_an_error_or_cut_off),
		cmocka_unit_test(every_power_of_two_of_memory_is_planned),
		cmocka_unit_test(there_is_room_for_what_may_come_later),
		cmocka_unit_test(what_comes_later_can_use_every_leaf),
		cmocka_unit_test(as_much_room_as_fits),
		cmocka_unit_test(later_memory_is_checked_too),
		cmocka_unit_test(reported_kernel_bits_are_the_places_there_are),
		cmocka_unit_test(the_same_seed_gives_the_same_plan),
		cmocka_unit_test(kernel_address_depends_on_the_seed_alone),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("layout", tests, NULL, NULL);
}
