// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Memory that comes and goes on the model, with its struct pages, while other CPUs use the rest; pages and
 * fences that fail. The tree maps memory and the array where this program has them, in the lower half.
 */
/* link: mm/hotplug.c mm/vmemmap.c mm/vm.c mm/split_policy.c mm/page_alloc.c mm/page_isolate.c */
/* link: mm/memblock.c mm/memblock_grow.c mm/address.c mm/report.c mm/quiesced.c mm/fixmap.c */
/* libs: -Wl,--wrap=page_alloc,--wrap=page_free,--wrap=page_free_to_reserve,--wrap=page_alloc_add */
/* libs: -Wl,--wrap=memblock_alloc */
#include "tests/model/mm_model.h"
#include "mm/hotplug.h"
#include "mm/split_policy.h"
#include "mm/vmemmap.h"

#define RAM_SIZE MIB(64)
#define REST (ARENA_BASE + RAM_SIZE)
#define REST_SIZE (ARENA_SIZE - RAM_SIZE)
#define ARRAY_ALIGN MIB(64)
#define ROUNDS 24U
#define PARTS 12U
#define PART (REST_SIZE / PARTS)

static bool present[PARTS];
static u64 added, removed, busy;

grt_phys_t __real_memblock_alloc(struct memblock *mb, u64 size, u64 align, grt_phys_t min,
				 grt_phys_t max);
grt_phys_t __wrap_memblock_alloc(struct memblock *mb, u64 size, u64 align, grt_phys_t min,
				 grt_phys_t max);

/* Tables, before there is a page allocator. */
grt_phys_t __wrap_memblock_alloc(struct memblock *mb, u64 size, u64 align, grt_phys_t min,
				 grt_phys_t max)
{
	grt_phys_t pa = __real_memblock_alloc(mb, size, align, min, max);

	take_pages(pa, size > PAGE_SIZE);
	return pa;
}

static void place_array(void)
{
	char *memory = mmap(NULL, 2 * ARRAY_ALIGN, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	assert_true(memory != MAP_FAILED);
	array_start = align_up((uintptr_t)memory, ARRAY_ALIGN);
	array_size = ARENA_SIZE >> PAGE_SHIFT << STRUCT_PAGE_SHIFT;
	address_map.vmemmap_offset = array_start - (ARENA_BASE >> PAGE_SHIFT << STRUCT_PAGE_SHIFT);
}

static void map_linear(void)
{
	grt_phys_t cursor = 0;
	struct grt_mem_range r;

	while (memblock_next_mappable(&arena_mb, PAGE_SIZE, &cursor, &r))
		map_ram(r.start, r.start + r.size, 0);
}

/* Return: false where the machine's addresses can't be those of this program. */
static bool start(const struct grt_geometry_choice *c, unsigned int seed, u8 bbm)
{
	struct machine_spec spec = { .page_shift = c->page_shift,
				     .va_bits = c->va_bits,
				     .nr_cpus = CPUS,
				     .bbm = { bbm, bbm, bbm },
				     .ext = seed % 2 ? 3 : 7,
				     .lower = true };
	struct grt_pgtable pt;

	if (c->va_bits < 48 || !machine_begin(&spec))
		return false;
	model_reproduce(mach.model, "test_model_hotplug, %s, level %u, seed %u", c->name, bbm,
			seed);
	place_array();
	memblock_storage_init(&arena_mb, phys_to_virt(IMAGE_PA), STORAGE_RANGES);
	memblock_add(&arena_mb, ARENA_BASE, RAM_SIZE);
	memblock_reserve(&arena_mb, IMAGE_PA, IMAGE_SIZE);
	memblock_nomap(&arena_mb, REST + MIB(40), MIB(1));
	test_vm_plan(false, 0);
	test_layout.linear_offset = address_map.linear_offset;
	assert_int_equal(machine_tree(&mach, &pt,
				      machine_halves(&mach.g) ? GRT_REGIME_LOWER : GRT_REGIME_BOTH,
				      &linear_pgtable_ops, &arena_tables),
			 0);
	vm_init(VM, &pt, &test_layout);
	VM->pt.live = false;
	assert_int_equal(vmemmap_init(VM, &arena_mb), 0);
	page_alloc_init(&arena_mb);
	map_linear();
	memory_hotplug_init(VM, &arena_mb, seed % 5 ? 0 : GRT_MAP_NO_CONT);
	split_mode_set(bbm < 2 ? SPLIT_RESERVE : SPLIT_LIVE);
	VM->pt.live = true;
	mach.pt.root = VM->pt.root;
	machine_boot(&mach);
	model_cpu(mach.model, 0);
	model_window(mach.model, address_map.linear_start, ARENA_SIZE, ARENA_BASE,
		     address_map.linear_start);
	memset(present, 0, sizeof(present));
	random_begin(seed);
	return true;
}

static void stop(void)
{
	assert_int_equal(mm_report_count(), 0);
	munmap((char *)(uintptr_t)array_start, ARRAY_ALIGN);
	array_size = 0;
	machine_done(&mach);
}

/* Where memory is, and what describes it: by the CPU's own use. */
static void use_memory(grt_phys_t start, u64 size)
{
	const grt_phys_t page[] = { start, start + align_down(size / 2, PAGE_SIZE),
				    start + size - PAGE_SIZE };

	for (unsigned int i = 0; i < ARRAY_SIZE(page); i++)
		for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
			model_cpu(mach.model, cpu);
			if (memblock_overlaps(&arena_mb.nomap, page[i], PAGE_SIZE))
				continue;
			machine_use(&mach, (uintptr_t)phys_to_virt(page[i]),
				    MODEL_READ | MODEL_WRITE);
			machine_use(&mach, (uintptr_t)phys_to_page(page[i]),
				    MODEL_READ | MODEL_WRITE);
		}
	model_cpu(mach.model, 0);
}

static void watch_memory(grt_phys_t start, u64 size)
{
	const grt_phys_t page[] = { start, start + size - PAGE_SIZE };

	for (unsigned int i = 0; i < ARRAY_SIZE(page); i++) {
		watch_page((uintptr_t)phys_to_virt(page[i]), ~0ULL);
		watch_page((uintptr_t)phys_to_page(page[i]), ~0ULL);
	}
}

/* All that is there, but for parts @first to @first + @nr - 1. */
static void watch_rest(unsigned int first, unsigned int nr)
{
	watch_memory(ARENA_BASE, RAM_SIZE);
	for (unsigned int i = 0; i < PARTS; i++)
		if (present[i] && i - first >= nr)
			watch_memory(REST + i * PART, PART);
}

static bool is_there(const struct grt_mem_range *r)
{
	return memblock_overlaps(&arena_mb.memory, r->start, r->size);
}

/* The machine may take it away now: no TLB leads there, and no table. */
static void expect_gone(grt_phys_t start, u64 size)
{
	struct grt_leaf leaf;

	for (u64 i = 0; i < size; i += PAGE_SIZE)
		assert_int_equal(vm_translate(VM, (uintptr_t)phys_to_virt(start + i), &leaf),
				 -ENOENT);
	machine_event(&mach,
		      (struct model_event){ .kind = MODEL_FREE, .addr = start, .count = size });
}

/* After a CPU was not fenced the memory is of no use, and neither is what it takes to tell. */
static bool lost;

static void add_parts(unsigned int first, unsigned int nr)
{
	struct grt_mem_range r = { REST + first * PART, nr * PART };
	int err;

	watch_rest(first, nr);
	may_fail();
	err = memory_add(r.start, r.size);
	operation_over("memory_add", !err);
	lost = fences_failed;
	if (fences_failed)
		assert_int_equal(err, -EIO);
	else if (err)
		assert_true(err == -ENOMEM && pages_failed);
	assert_int_equal(is_there(&r), !err || lost);
	if (err)
		return;
	use_memory(r.start, r.size);
	memset(&present[first], true, nr * sizeof(present[0]));
	added++;
}

/* Something of it is in use, now and then. */
static void remove_parts(unsigned int first, unsigned int nr)
{
	struct grt_mem_range r = { REST + first * PART, nr * PART };
	int err;

	watch_rest(first, nr);
	may_fail();
	err = memory_remove(r.start, r.size);
	operation_over("memory_remove", !err);
	lost = fences_failed;
	if (fences_failed)
		assert_int_equal(err, -EIO);
	else if (err == -EBUSY)
		busy++;
	else if (err)
		assert_true(err == -EPERM ? split_mode() == SPLIT_RESERVE
					  : err == -ENOMEM && pages_failed);
	if (err && !lost)
		use_memory(r.start, r.size);
	if (err)
		return;
	assert_false(is_there(&r));
	expect_gone(r.start, r.size);
	all_is_done("memory is gone");
	memset(&present[first], false, nr * sizeof(present[0]));
	removed++;
}

static void come_and_go(void)
{
	unsigned int first = (unsigned int)random() % PARTS, nr = 1;

	while (first + nr < PARTS && present[first + nr] == present[first] && random() % 3)
		nr++;
	if (present[first])
		remove_parts(first, nr);
	else
		add_parts(first, nr);
}

static void run(const struct grt_geometry_choice *c, unsigned int seed, u8 bbm)
{
	if (!start(c, seed, bbm))
		return;
	lost = false;
	for (unsigned int i = 0; i < ROUNDS && !lost; i++)
		come_and_go();
	stop();
}

static void memory_comes_and_goes_and_no_rule_is_broken(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++)
		for (unsigned int n = 0; n < 8; n++)
			run(&grt_geometry_choices[i], 8 * i + n, (u8)(n % 4));
	printf("# %lu times added, %lu removed, %lu busy; %lu failed pages, %lu failed fences, "
	       "%lu looks\n",
	       added, removed, busy, failed_pages, failed_fences, nr_looks);
	assert_true(added > 50 && removed > 20 && failed_pages > 5);
	assert_true(!real_fence || failed_fences > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_comes_and_goes_and_no_rule_is_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
