// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * set_memory, vmalloc, execmem, the pages of the linear map, the split reserve and the repaint on the model,
 * while other CPUs use what is not changed; pages and fences that fail.
 */
/* link: mm/vmalloc.c mm/execmem.c mm/vm_space.c mm/va_space.c mm/pool.c mm/vm.c mm/set_memory.c */
/* link: mm/split_reserve.c mm/split_policy.c mm/quiesced.c mm/fixmap.c mm/repaint.c mm/linear_map.c */
/* link: mm/page_alloc.c mm/memblock.c mm/address.c mm/report.c mm/bootstrap.c */
/* libs: -Wl,--wrap=page_alloc,--wrap=page_free,--wrap=page_free_to_reserve,--wrap=page_alloc_add */
#include "tests/model/mm_model.h"
#include "mm/execmem.h"
#include "mm/repaint.h"
#include "mm/set_memory.h"
#include "mm/split_policy.h"
#include "mm/split_reserve.h"
#include "mm/vmalloc.h"

#define MAX_AREAS 6U
#define ROUNDS 48U
#define RUNS 48U /* of each kind */
#define ASIDE (ARENA_BASE + ARENA_SIZE - ASIDE_SIZE)
#define ASIDE_SIZE MIB(16)

static struct area {
	grt_virt_t va;
	unsigned int pages;
	bool code;
} areas[MAX_AREAS];

static struct grt_mem_range reserve;
static bool breaks_groups;

static const struct call {
	const char *name;
	int (*fn)(struct kernel_vm *vm, grt_virt_t va, u64 pages);
	grt_attr_t set;
	grt_attr_t clear;
} calls[] = {
	{ "set_memory_ro", set_memory_ro, 0, GRT_ATTR_WRITE },
	{ "set_memory_rw", set_memory_rw, GRT_ATTR_WRITE, 0 },
	{ "set_memory_x", set_memory_x, GRT_ATTR_EXEC, 0 },
	{ "set_memory_nx", set_memory_nx, 0, GRT_ATTR_EXEC },
	{ "set_memory_rox", set_memory_rox, GRT_ATTR_EXEC, GRT_ATTR_WRITE },
	{ "set_memory_decrypted", set_memory_decrypted, GRT_ATTR_SHARED, 0 },
	{ "set_memory_encrypted", set_memory_encrypted, 0, GRT_ATTR_SHARED },
};

static u64 changed[ARRAY_SIZE(calls)], refused, repainted;

/* ---- what others use meanwhile ---- */

/*
 * The linear map's of the page at @va, and its neighbour, which may be in the same leaf. Below level 2 a group
 * that changes as a whole is broken, which nobody may watch.
 */
static void watch_alias(grt_virt_t va, grt_attr_t keep)
{
	grt_phys_t pa = phys_at(va);
	struct grt_leaf leaf;

	assert_int_equal(grt_translate(&VM->pt, vm_linear(VM, pa), &leaf), 0);
	if (leaf.contiguous && breaks_groups)
		return;
	watch_page(vm_linear(VM, pa), keep);
	watch_page(vm_linear(VM, pa ^ PAGE_SIZE), GRT_ATTR_READ);
}

/* Pages @first to @first + @nr - 1 of @a lose @clear, all others nothing. */
static void watch_area(const struct area *a, unsigned int first, unsigned int nr, grt_attr_t clear)
{
	const unsigned int page[] = { 0, first, first + nr / 2, first + nr - 1, a->pages - 1 };

	for (unsigned int i = 0; i < ARRAY_SIZE(page); i++) {
		grt_attr_t keep = page[i] - first < nr ? ~clear : ~0ULL;

		watch_page(a->va + page[i] * PAGE_SIZE, keep);
		watch_alias(a->va + page[i] * PAGE_SIZE, keep);
	}
}

static void watch_others(const struct area *but)
{
	for (unsigned int i = 0; i < MAX_AREAS; i++)
		if (&areas[i] != but && areas[i].pages) {
			watch_page(areas[i].va, ~0ULL);
			watch_alias(areas[i].va, ~0ULL);
		}
}

/* ---- areas ---- */

/* On each CPU, as far as it is permitted. */
static void use_all(grt_virt_t va, u64 pages)
{
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		model_cpu(mach.model, cpu);
		for (u64 i = 0; i < pages; i += 1 + pages / 4)
			machine_use(&mach, va + i * PAGE_SIZE,
				    access_of(attr_at(va + i * PAGE_SIZE)));
	}
	model_cpu(mach.model, 0);
}

static void new_area(struct area *a)
{
	u64 size;

	a->pages = 1 + (unsigned int)random() % (random() % 8 ? 20 : 600);
	a->code = random() % 2;
	if (split_mode() == SPLIT_RESERVE && random() % 8 == 0)
		a->pages = (unsigned int)page_alloc_reserve_free() + 1;
	size = a->pages * PAGE_SIZE;
	watch_others(a);
	may_fail();
	a->va = (uintptr_t)(a->code ? execmem_alloc(EXECMEM_MODULE, size) : vmalloc(size));
	operation_over("allocation", a->va);
	assert_true(a->va || pages_failed || fences_failed);
	if (!a->va)
		a->pages = 0;
	use_all(a->va, a->pages);
}

/* Return: it has succeeded. */
static bool try_free(struct area *a)
{
	u64 reports = mm_report_count();

	watch_others(a);
	may_fail();
	page_fails = 1; /* it needs none */
	if (a->code)
		execmem_free(EXECMEM_MODULE, (void *)(uintptr_t)a->va);
	else
		vfree((void *)(uintptr_t)a->va);
	assert_int_equal(pages_failed, 0);
	operation_over("free", mm_report_count() == reports);
	return mm_report_count() == reports;
}

/* Where a CPU was not fenced nothing is given back, and it can be tried again. */
static void free_area(struct area *a)
{
	while (!try_free(a))
		assert_true(fences_failed);
	a->pages = 0;
}

/* Nothing that has failed explains another one. */
static void check_error(int err)
{
	if (fences_failed)
		assert_int_equal(err, -EIO);
	else if (err == -EBUSY)
		assert_true(quiesces_failed);
	else if (err)
		assert_true(err == -ENOMEM && pages_failed);
}

static bool all_permit(const struct area *a, unsigned int first, unsigned int nr,
		       const struct call *c)
{
	for (unsigned int i = first; i < first + nr; i++) {
		grt_attr_t attr = (attr_at(a->va + i * PAGE_SIZE) & ~c->clear) | c->set;

		if (attr & GRT_ATTR_WRITE && attr & GRT_ATTR_EXEC)
			return false;
	}
	return a->code || !(c->set & GRT_ATTR_EXEC);
}

static void change_area(struct area *a)
{
	unsigned int first = (unsigned int)random() % a->pages;
	unsigned int nr = 1 + (unsigned int)random() % (a->pages - first);
	unsigned int n = (unsigned int)random() % ARRAY_SIZE(calls);
	const struct call *c = &calls[n];
	grt_virt_t va = a->va + first * PAGE_SIZE;
	bool permitted = all_permit(a, first, nr, c);
	grt_attr_t attr = attr_at(va);
	int err;

	watch_area(a, first, nr, c->clear);
	watch_others(a);
	may_fail();
	err = c->fn(VM, va, nr);
	operation_over(c->name, !err);
	if (!permitted)
		assert_true(err == -EPERM || err == -EINVAL);
	else
		check_error(err);
	changed[n] += !err;
	refused += !permitted;
	if (!err)
		attr = (attr & ~c->clear) | (c->set & GRT_ATTR_PERM_MASK);
	if (!fences_failed)
		assert_int_equal(attr_at(va) & GRT_ATTR_PERM_MASK, attr & GRT_ATTR_PERM_MASK);
	use_all(va, nr);
}

/* ---- the linear map ---- */

/* Return: it has succeeded. */
static bool change_pages(const char *name, grt_phys_t pa, u64 nr, int which, bool must)
{
	struct page *page = phys_to_page(pa);
	int err;

	watch_page(vm_linear(VM, pa ^ PAGE_SIZE << page->order), GRT_ATTR_READ);
	watch_others(NULL);
	may_fail();
	if (must)
		page_fails = 1;
	switch (which) {
	case 0:
		err = set_direct_map_invalid(VM, page, nr);
		break;
	case 1:
		err = set_direct_map_valid(VM, page, nr, true);
		break;
	case 2:
		err = set_direct_map_default(VM, page, nr);
		break;
	default:
		err = kernel_map_pages(VM, page, nr, which == 3);
	}
	if (must)
		assert_int_equal(pages_failed, 0);
	operation_over(name, !err);
	check_error(err);
	return !err;
}

static void direct_map(void)
{
	unsigned int order = (unsigned int)random() % 4;
	grt_phys_t pa = page_alloc(order, 0);
	grt_virt_t va = vm_linear(VM, pa);
	u64 nr = BIT(order);

	assert_true(pa != GRT_PHYS_NONE);
	hidden = pa;
	hidden_size = PAGE_SIZE << order;
	while (!change_pages("hide", pa, nr, random() % 2 ? 0 : 4, false))
		;
	assert_int_equal(attr_at(va) & GRT_ATTR_READ, 0);
	while (!change_pages("show", pa, nr, random() % 2 ? 1 : 3, true))
		;
	use_all(va, nr);
	while (!change_pages("put together", pa, nr, 2, true))
		;
	use_all(va, nr);
	hidden_size = 0;
	page_free(pa, order);
	all_is_done("pages are freed");
}

/* ---- machines ---- */

static bool start(const struct grt_geometry_choice *c, unsigned int seed, u8 bbm,
		  enum split_mode mode)
{
	struct machine_spec spec = { .page_shift = c->page_shift,
				     .va_bits = c->va_bits,
				     .nr_cpus = CPUS,
				     .bbm = { bbm, bbm, bbm },
				     .ext = seed % 2 ? 3 : 7 };

	if (!machine_begin(&spec))
		return false;
	model_reproduce(mach.model, "test_model_mm, %s, level %u, %s", c->name, bbm,
			split_mode_name(mode));
	if (mode == SPLIT_RESERVE)
		split_reserve_choose(&arena_mb, &test_geometry, &reserve);
	memblock_reserve(&arena_mb, ASIDE, ASIDE_SIZE);
	machine_start(seed % 3 == 0, seed, mode == SPLIT_RESERVE ? &reserve : NULL);
	if (mode == SPLIT_RESERVE)
		split_reserve_init(&reserve);
	set_memory_init(VM, true);
	split_mode_set(mode);
	assert_int_equal(vmalloc_init(VM), 0);
	assert_int_equal(execmem_init(VM), 0);
	breaks_groups = bbm < 2;
	memset(areas, 0, sizeof(areas));
	random_begin(seed);
	return true;
}

static void free_all(void)
{
	for (unsigned int i = 0; i < MAX_AREAS; i++)
		if (areas[i].pages)
			free_area(&areas[i]);
}

static void change_things(void)
{
	for (unsigned int i = 0; i < ROUNDS; i++) {
		struct area *a = &areas[(unsigned int)random() % MAX_AREAS];

		if (i % 12 == 11)
			direct_map();
		else if (!a->pages)
			new_area(a);
		else if (random() % 6)
			change_area(a);
		else
			free_area(a);
	}
}

/* Afterwards all is free that was so before; what was lost with a CPU that was not fenced apart. */
static void run(const struct grt_geometry_choice *c, unsigned int seed, u8 bbm,
		enum split_mode mode)
{
	u64 lost = failed_fences, free;

	if (!start(c, seed, bbm, mode))
		return;
	free = page_alloc_available() + VM->pt.tables;
	change_things();
	free_all();
	if (failed_fences == lost)
		assert_int_equal(page_alloc_available() + VM->pt.tables, free);
	machine_done(&mach);
}

/* ---- repaint ---- */

static struct memblock aside_mb;
static struct memblock_storage aside_lists;

/* Memory for tables, which the page allocator has not seen. */
static void set_aside(const struct linear_map *lm)
{
	memblock_storage_init(&aside_mb, &aside_lists, STORAGE_RANGES);
	memblock_add(&aside_mb, ASIDE, ASIDE_SIZE);
	assert_int_equal(repaint_reserve(&VM->pt, lm, &aside_mb), 0);
	for (u64 i = 0; i < ASIDE_SIZE; i += PAGE_SIZE)
		machine_event(&mach,
			      (struct model_event){ .kind = MODEL_ALLOC, .addr = ASIDE + i });
}

static int is_large(const struct grt_leaf *leaf, void *arg)
{
	(void)arg;
	return leaf->level || leaf->contiguous;
}

static void repaint(const struct grt_geometry_choice *c, unsigned int seed, u8 bbm)
{
	static struct grt_mem_range ram = { ARENA_BASE, ARENA_SIZE };
	struct linear_map lm = { .memory = { &ram, 1 } };
	int err;

	if (!start(c, seed, bbm, SPLIT_LIVE))
		return;
	lm.offset = test_layout.linear_offset;
	set_aside(&lm);
	for (unsigned int i = 0; i < MAX_AREAS; i++)
		new_area(&areas[i]);
	watch_others(NULL);
	may_fail();
	page_fails = 1; /* tables have been set aside */
	err = repaint_linear_map(VM, &lm);
	assert_int_equal(pages_failed, 0);
	operation_over("repaint", !err);
	check_error(err);
	assert_int_equal(split_mode(), err ? SPLIT_LIVE : SPLIT_PAGES);
	if (!err)
		assert_int_equal(grt_walk(&VM->pt, vm_linear(VM, ARENA_BASE), ARENA_SIZE, is_large,
					  NULL),
				 0);
	repainted += !err;
	repaint_release();
	all_is_done("what was set aside is given back");
	change_things();
	free_all();
	machine_done(&mach);
}

static void other_cpus_see_no_rule_broken(void **state)
{
	(void)state;
	for (unsigned int n = 0; n < RUNS / grt_geometry_nr_choices; n++)
		for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
			run(&grt_geometry_choices[i], n + i, 3, SPLIT_LIVE);
			run(&grt_geometry_choices[i], n + i, 2, SPLIT_LIVE);
			run(&grt_geometry_choices[i], n + i, 0, SPLIT_RESERVE);
		}
	printf("# %lu operations, %lu without a page, %lu without a fence; %lu looks, %lu frees\n",
	       operations, failed_pages, failed_fences, nr_looks, nr_freed);
	for (unsigned int i = 0; i < ARRAY_SIZE(calls); i++)
		assert_true(changed[i] > 0);
	assert_true(refused > grt_geometry_nr_choices && nr_quiesced);
	assert_true(failed_pages > 10 && (!real_fence || failed_fences > 10));
}

/* One that can't change sizes live comes up. */
static void a_repaint_breaks_no_rule(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++)
		for (u8 bbm = 0; bbm < 4; bbm++)
			repaint(&grt_geometry_choices[i], i, bbm);
	assert_true(repainted > grt_geometry_nr_choices);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(other_cpus_see_no_rule_broken),
		cmocka_unit_test(a_repaint_breaks_no_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
