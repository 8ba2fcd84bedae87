// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#define _GNU_SOURCE
#include <graticule/pgtable_copy.h>
#include <graticule/pgtable_swap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "mm/bootstrap.h"
#include "mm/linear_map.h"
#include "tests/mutants/twins.h"
#include "tests/mutants/workload.h"

#define NR_CPUS 3
#define RW GRT_ATTR_KERNEL_RW
#define RX_USER (GRT_ATTR_READ | GRT_ATTR_EXEC | GRT_ATTR_USER)

/* ---- operations, each with its claim, and uses of what it was about ---- */

static u64 page(const struct machine *m)
{
	return grt_geometry_page_size(&m->g);
}

static u64 block(const struct machine *m)
{
	return grt_geometry_level_size(&m->g, 1);
}

static u64 group(const struct machine *m)
{
	return grt_geometry_group_size(&m->g, 0);
}

/* The half of the tree: its first address, and the one after its last. */
static grt_virt_t bottom(const struct machine *m)
{
	return m->lower ? 0 : grt_geometry_upper_start(&m->g);
}

static grt_virt_t end(const struct machine *m)
{
	return m->lower ? BIT(m->g.upper_bits) : 0;
}

static grt_virt_t base(const struct machine *m)
{
	return bottom(m) + 16 * block(m);
}

static grt_phys_t memory(const struct machine *m)
{
	return 16 * block(m);
}

/* Every CPU, what the tables permit, at the first and the last address of the leaf. */
static void use_everywhere(struct machine *m, grt_virt_t va)
{
	unsigned int self = model_this_cpu(m->model);
	struct grt_leaf leaf;

	if (m->pt.batch || grt_translate(&m->pt, va, &leaf) || leaf.attr & GRT_ATTR_USER)
		return;
	for (unsigned int cpu = NR_CPUS; cpu-- > 0;) {
		model_cpu(m->model, cpu);
		machine_use(m, leaf.va, leaf.attr & GRT_ATTR_WRITE ? MODEL_WRITE : MODEL_READ);
		machine_use(m, leaf.va + leaf.size - 8, MODEL_READ);
	}
	model_cpu(m->model, self);
}

static void over(struct machine *m, grt_virt_t va, u64 size)
{
	machine_claim(m);
	use_everywhere(m, va);
	use_everywhere(m, va + size - 8);
}

static void map(struct machine *m, grt_virt_t va, u64 size, grt_attr_t attr)
{
	grt_map(&m->pt, va, va - base(m) + memory(m), size, attr & ~m->pt.never);
	over(m, va, size);
}

static void unmap(struct machine *m, grt_virt_t va, u64 size)
{
	grt_unmap(&m->pt, va, size);
	over(m, va, size);
}

static void protect(struct machine *m, grt_virt_t va, u64 size, grt_attr_t set, grt_attr_t clear)
{
	grt_protect(&m->pt, va, size, set & ~m->pt.never, clear);
	over(m, va, size);
}

static void split(struct machine *m, grt_virt_t va)
{
	grt_split(&m->pt, va);
	over(m, va - page(m), 2 * page(m));
}

static void collapse(struct machine *m, grt_virt_t va, u64 size)
{
	grt_collapse(&m->pt, va, size, GRT_EXTENT_INSIDE);
	over(m, va, size);
}

/* ---- what is done ---- */

static void blocks(struct machine *m)
{
	grt_virt_t va = base(m);

	map(m, va, 4 * block(m), RW);
	split(m, va + block(m) + page(m));
	protect(m, va + block(m) + page(m), block(m), 0, GRT_ATTR_WRITE);
	protect(m, va + block(m) + page(m), block(m), GRT_ATTR_WRITE, 0);
	collapse(m, va, 4 * block(m));
	protect(m, va, 4 * block(m), GRT_ATTR_EXEC, GRT_ATTR_WRITE);
	protect(m, va, 4 * block(m), GRT_ATTR_WRITE, GRT_ATTR_EXEC);
	protect(m, va, 4 * block(m), GRT_ATTR_SOFT0, 0);
	unmap(m, va + block(m), block(m));
	map(m, va + block(m), block(m), GRT_ATTR_KERNEL_RO);
	unmap(m, va + 2 * block(m) + page(m), page(m));
	unmap(m, va, 4 * block(m));
}

static void remap(struct machine *m, grt_virt_t va, grt_phys_t pa, grt_attr_t attr)
{
	grt_remap(&m->pt, va, pa, page(m), attr & ~m->pt.never);
	over(m, va, page(m));
}

/* Copies of pages, as after a write to memory that was shared. */
static void copies(struct machine *m)
{
	grt_virt_t va = base(m) + 50 * block(m);

	map(m, va, 2 * block(m), RW);
	map(m, va + 2 * block(m), 4 * page(m), GRT_ATTR_READ | GRT_ATTR_USER);
	remap(m, va + page(m), memory(m), RW);
	remap(m, va + page(m), memory(m) + page(m), GRT_ATTR_KERNEL_RO);
	remap(m, va + 2 * block(m) + page(m), memory(m),
	      GRT_ATTR_READ | GRT_ATTR_WRITE | GRT_ATTR_USER);
	unmap(m, va, 2 * block(m) + 4 * page(m));
}

/* What was mapped goes back to whoever owns memory. */
static void give_back(const struct grt_leaf *leaf, unsigned int nr, void *data)
{
	for (const struct grt_leaf *last = leaf + nr; leaf < last; leaf++)
		machine_event(data, (struct model_event){ .kind = MODEL_FREE,
							  .addr = leaf->pa,
							  .count = leaf->size });
}

static void report(struct machine *m, grt_virt_t va, u64 size)
{
	grt_unmap_report(&m->pt, va, size, give_back, m);
	over(m, va, size);
}

/* As munmap does it: of a page, of a part of a table, of a part of several, of what leaves no table. */
static void reports(struct machine *m)
{
	grt_virt_t va = base(m) + 56 * block(m);

	map(m, va, 3 * block(m), RW | GRT_MAP_PAGES_ONLY);
	map(m, va + 3 * block(m), 2 * block(m), RX_USER);
	report(m, va + page(m), page(m));
	report(m, va + 4 * page(m), 3 * page(m));
	report(m, va + 8 * page(m), 2 * block(m));
	report(m, va + 3 * block(m), block(m) + page(m));
	map(m, va + 4 * page(m), page(m), RW);
	report(m, va, 5 * block(m));
}

/* Where tables were come blocks, and the tables' memory is used again. */
static void pages(struct machine *m)
{
	grt_virt_t va = base(m) + 8 * block(m);

	map(m, va, 2 * block(m), RW | GRT_MAP_PAGES_ONLY);
	collapse(m, va, block(m));
	unmap(m, va, 2 * block(m));
	map(m, va, 2 * block(m), RW);
	unmap(m, va, 2 * block(m));
	map(m, va + page(m), page(m), RX_USER);
	unmap(m, va + page(m), page(m));
	map(m, va + page(m), 8 * page(m), RX_USER);
	unmap(m, va + page(m), 8 * page(m));
	map(m, va + page(m), page(m), RX_USER);
	map(m, va + 3 * page(m), page(m), RW);
	map(m, va + block(m), page(m), RW);
	unmap(m, va + page(m), page(m));
	unmap(m, va, 2 * block(m));
}

static void groups(struct machine *m)
{
	grt_virt_t va = base(m) + 12 * block(m);

	map(m, va, 4 * group(m), RW);
	protect(m, va + group(m), group(m), 0, GRT_ATTR_WRITE);
	protect(m, va + 2 * group(m) + page(m), page(m), 0, GRT_ATTR_WRITE);
	protect(m, va + 2 * group(m) + page(m), page(m), GRT_ATTR_WRITE, 0);
	collapse(m, va, 4 * group(m));
	split(m, va + page(m));
	collapse(m, va, group(m));
	unmap(m, va + 3 * group(m) + page(m), page(m));
	protect(m, va, 3 * group(m), 0, GRT_ATTR_GLOBAL);
	protect(m, va, 3 * group(m), GRT_ATTR_GLOBAL, 0);
	protect(m, va + page(m), page(m), 0, GRT_ATTR_GLOBAL);
	protect(m, va + page(m), page(m), GRT_ATTR_GLOBAL, 0);
	unmap(m, va, 4 * group(m));
}

/* Into another tree: all that is shared becomes read-only in place, before anyone relies on it. */
static void copy(struct machine *m, struct grt_pgtable *to, grt_virt_t va, u64 size)
{
	const struct grt_edit readonly = { 0, GRT_ATTR_WRITE };

	grt_copy(to, &m->pt, va, size, readonly, readonly);
	over(m, va, size);
}

/* And back, into tables that are walked. */
static void copy_back(struct machine *m, struct grt_pgtable *from, grt_virt_t va, u64 size)
{
	const struct grt_edit none = { 0, 0 };

	grt_copy(&m->pt, from, va, size, none, none);
	over(m, va, size);
}

static void forks(struct machine *m)
{
	grt_virt_t va = base(m) + 60 * block(m);
	struct grt_pgtable to;

	if (machine_tree(m, &to, m->pt.regime.half, m->pt.ops, m))
		return;
	map(m, va, 2 * block(m), RW | GRT_MAP_PAGES_ONLY | GRT_MAP_NO_CONT);
	map(m, va + 2 * block(m), 2 * block(m), RW);
	copy(m, &to, va, block(m));
	copy(m, &to, va + block(m) + page(m), page(m));
	copy(m, &to, va + 2 * block(m) + page(m), 2 * block(m) - page(m));
	protect(m, va, 4 * block(m), GRT_ATTR_WRITE, 0);
	unmap(m, va, 4 * block(m));
	copy_back(m, &to, va + page(m), page(m));
	copy_back(m, &to, va, page(m));
	copy_back(m, &to, va + 4 * page(m), 3 * block(m));
	unmap(m, va, 4 * block(m));
	grt_pgtable_destroy(&to);
}

/* So many pages that each way to invalidate them is the cheapest once. */
static void ranges(struct machine *m)
{
	static const unsigned int sizes[] = { 1, 3, 7, 32, 64, 70, 700, 2048 };
	grt_virt_t va = base(m) + 20 * block(m);

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		u64 size = sizes[i] * page(m);

		map(m, va, size, RW | GRT_MAP_PAGES_ONLY);
		protect(m, va, size, 0, GRT_ATTR_WRITE);
		protect(m, va, size, GRT_ATTR_WRITE, 0);
		unmap(m, va, size);
	}
}

/* The top of the half, where the end of a range may be 2^64. */
static void top(struct machine *m)
{
	grt_virt_t va = end(m) - block(m);

	map(m, va, block(m), RW);
	protect(m, va, block(m), 0, GRT_ATTR_WRITE);
	unmap(m, va + block(m) - page(m), page(m));
	unmap(m, va, block(m));
	map(m, end(m) - page(m), page(m), RW);
	protect(m, end(m) - page(m), page(m), 0, GRT_ATTR_WRITE);
	unmap(m, end(m) - page(m), page(m));
}

/* Large leaves in ranges that more than one range operation would have to cover. */
static void large(struct machine *m)
{
	unsigned int level = grt_geometry_root_level(&m->g);
	u64 size;

	while (!grt_geometry_leaf_allowed(&m->g, level))
		level--;
	size = grt_geometry_level_size(&m->g, level);
	if (level < 2 || size * 9 > BIT(m->g.pa_bits - 1) || size * 16 > BIT(m->g.upper_bits))
		return;
	grt_map(&m->pt, bottom(m) + size, size, 9 * size, RW & ~m->pt.never);
	over(m, bottom(m) + size, 9 * size);
	protect(m, bottom(m) + size, 9 * size, 0, GRT_ATTR_WRITE);
	unmap(m, bottom(m) + size, 9 * size);
}

static void commit(struct machine *m, grt_virt_t va, u64 size)
{
	grt_batch_commit(&m->pt);
	over(m, va, size);
}

static void batches(struct machine *m)
{
	grt_virt_t va = base(m) + 24 * block(m);
	struct grt_tlb_batch batch;

	grt_batch_begin(&m->pt, &batch);
	map(m, va, block(m), RW);
	map(m, va + block(m), 8 * page(m), RW);
	commit(m, va, block(m) + 8 * page(m));

	grt_batch_begin(&m->pt, &batch);
	protect(m, va + block(m) + page(m), page(m), 0, GRT_ATTR_WRITE);
	split(m, va + page(m));
	protect(m, va + 4 * page(m), page(m), 0, GRT_ATTR_WRITE);
	unmap(m, va + block(m), page(m));
	map(m, va + block(m), page(m), GRT_ATTR_KERNEL_RO); /* commits what was unmapped there */
	commit(m, va, block(m) + 8 * page(m));

	grt_batch_begin(&m->pt, &batch);
	for (unsigned int i = 0; i < 7; i++) /* more ranges than a batch has */
		protect(m, va + (3 + 8ULL * i) * page(m), page(m), 0, GRT_ATTR_WRITE);
	commit(m, va, block(m));

	grt_batch_begin(&m->pt, &batch);
	unmap(m, va, block(m));
	map(m, va, block(m), RW);
	unmap(m, va + block(m), block(m));
	commit(m, va, 2 * block(m));
	unmap(m, va, block(m));
}

static void fail_everything(struct machine *m)
{
	grt_virt_t va = base(m) + 30 * block(m);

	map(m, va, 2 * block(m), RW);
	for (u64 n = 1; n <= 3; n++) {
		m->fail_at = n;
		map(m, va + 4 * block(m) + page(m), block(m), RW);
		m->fail_at = n;
		split(m, va + page(m));
		m->fail_at = n;
		protect(m, va + page(m), block(m), 0, GRT_ATTR_WRITE);
		m->fail_at = n;
		unmap(m, va + 5 * page(m), block(m));
	}
	m->fail_at = 0;
	unmap(m, va, 8 * block(m));
}

/* ---- pages in place of blocks, under quiesce ---- */

/* twins.c has the sequences of the other CPUs; here they are what the swap relies on. */
static void others(struct machine *m, void (*what)(struct machine *m))
{
	unsigned int self = model_this_cpu(m->model);

	for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++) {
		model_cpu(m->model, cpu);
		if (cpu != self)
			what(m);
	}
	model_cpu(m->model, self);
}

static void swap_pages(struct machine *m, grt_virt_t va, u64 size)
{
	struct grt_swap swap;
	grt_phys_t next;

	if (grt_swap_begin(&m->pt, va, size, &swap))
		return;
	next = machine_alloc(m);
	if (!grt_swap_build(&m->pt, &swap, next)) {
		others(m, twin_park);
		grt_swap_commit(&m->pt, &swap, machine_at(swap.table), machine_at(next));
		machine_event(m, (struct model_event){ .kind = MODEL_RESUME });
		others(m, twin_unpark);
	}
	grt_swap_end(&m->pt, &swap);
	machine_free(m, next);
	over(m, va, size);
}

static void swaps(struct machine *m)
{
	grt_virt_t va = base(m) + 40 * block(m);

	map(m, va, 4 * block(m), RW);
	map(m, va + 4 * block(m), page(m), GRT_ATTR_KERNEL_RX);
	m->image = va + 4 * block(m);
	swap_pages(m, va + block(m), block(m));
	swap_pages(m, va + 3 * block(m) - page(m), 2 * page(m));
	unmap(m, va, 4 * block(m));
	map(m, va, 4 * group(m), RW);
	swap_pages(m, va + page(m), group(m));
	unmap(m, va, 4 * group(m));
	m->image = 0;
	unmap(m, va + 4 * block(m), page(m));
}

/* ---- changes while the others sleep ---- */

static void asleep(struct machine *m)
{
	grt_virt_t va = base(m) + 50 * block(m);

	map(m, va, 4 * block(m), RW);
	map(m, va + 4 * block(m), page(m), GRT_ATTR_KERNEL_RX);
	m->image = va + 4 * block(m);
	others(m, twin_sleep);
	grt_protect(&m->pt, va, block(m), 0, GRT_ATTR_WRITE);
	grt_unmap(&m->pt, va + block(m), 2 * block(m));
	grt_map(&m->pt, va + 2 * block(m), 0, page(m), GRT_ATTR_KERNEL_RO);
	machine_claim(m);
	others(m, twin_wake);
	over(m, va, 4 * block(m));
	use_everywhere(m, va + 2 * block(m));
	m->image = 0;
	unmap(m, va, 5 * block(m));
}

/* ---- the linear map at boot ---- */

#define RAM GIB(2)

static grt_phys_t reserve(u64 size, u64 align, void *arg)
{
	struct machine *m = arg;
	grt_phys_t ram = RAM + 4 * block(m);

	for (u64 i = 0; i < size; i += align)
		machine_event(m, (struct model_event){ .kind = MODEL_ALLOC, .addr = ram + i });
	return ram;
}

/*
 * The first tables are in the image; the others in RAM that the new map reaches itself, so that each
 * access to one is a use of what was mapped before.
 */
static void linear_map(struct machine *m)
{
	struct grt_mem_range ram = { RAM, 8 * block(m) };
	struct linear_map lm = {
		.memory = { &ram, 1 },
		.offset = grt_geometry_upper_start(&m->g),
		.readonly = { RAM + block(m), block(m) + page(m) },
		.limits = GRT_MAP_PAGES_ONLY,
	};
	struct table_pool pool;
	struct grt_cost cost;

	table_pool_init(&pool, GIB(1), 6 * page(m), page(m));
	pool.image_offset = (u64)machine_at(0);
	for (u64 i = 0; i < 6; i++)
		machine_event(m, (struct model_event){ .kind = MODEL_ALLOC,
						       .addr = GIB(1) + i * page(m) });
	model_window(m->model, lm.offset, RAM + ram.size, 0, lm.offset);
	if (machine_tree(m, &m->pt, GRT_REGIME_UPPER, &table_pool_ops, &pool))
		abort();
	machine_boot(m);
	if (linear_map_create(&m->pt, &lm, &pool, reserve, m, &cost))
		abort();
	over(m, RAM + lm.offset, ram.size);
}

/* ---- from reset to running ---- */

static void boot(struct machine *m)
{
	grt_virt_t va = base(m);
	unsigned int cpu;

	m->domain.online[0] = 0;
	for (cpu = NR_CPUS; cpu-- > 0;) {
		model_cpu(m->model, cpu);
		machine_event(m, (struct model_event){ .kind = MODEL_RESET });
	}
	grt_map(&m->pt, va, memory(m), 4 * block(m), RW);
	m->image = va;
	twin_boot(m);
	m->pt.live = true;
	m->domain.online[0] = BIT(0);
	machine_use(m, va, MODEL_WRITE);
	protect(m, va, block(m), 0, GRT_ATTR_WRITE);
	for (cpu = 1; cpu < NR_CPUS; cpu++) {
		model_cpu(m->model, cpu);
		twin_secondary(m);
		m->domain.online[0] |= BIT(cpu);
		machine_use(m, va + 3 * block(m), MODEL_WRITE);
		protect(m, va + cpu * block(m), block(m), 0, GRT_ATTR_WRITE);
		m->image = va + 3 * block(m);
	}
	unmap(m, va, 4 * block(m));
}

/* ---- an ASID that is used again, or the root of a regime that has none ---- */

static void load(struct machine *m, grt_phys_t root, int asid)
{
	for (unsigned int cpu = NR_CPUS; cpu-- > 0;) {
		model_cpu(m->model, cpu);
		machine_event(
			m, (struct model_event){ .kind = MODEL_ROOT, .addr = root, .asid = asid });
		if (machine_halves(&m->g))
			machine_event(m, (struct model_event){ .kind = MODEL_BARRIER,
							       .op = MODEL_ISB });
	}
}

/* Nobody walks the old root when it is forgotten, and nobody has used the new one yet (A12, R8). */
static void recycle(struct machine *m, grt_phys_t root,
		    int (*invalidate)(const struct grt_pgtable *pt))
{
	load(m, GRT_PHYS_NONE, 0);
	invalidate(&m->pt);
	load(m, root, m->regime.asid);
	invalidate(&m->pt);
	machine_claim(m);
}

/* Changes without invalidations of their own, of which whoever calls this knows. */
static void forget(struct machine *m, int (*invalidate)(const struct grt_pgtable *pt))
{
	m->pt.live = false;
	grt_protect(&m->pt, base(m), page(m), 0, GRT_ATTR_WRITE);
	m->pt.live = true;
	invalidate(&m->pt);
	over(m, base(m), page(m));
	protect(m, base(m), page(m), GRT_ATTR_WRITE, 0);
}

static void recycled(struct machine *m)
{
	map(m, base(m), 2 * page(m), RW);
	forget(m, grt_tlb_invalidate_tree);
	forget(m, grt_tlb_invalidate_all);
	recycle(m, m->identity, grt_tlb_invalidate_tree);
	machine_use(m, m->identity_va, MODEL_READ);
	recycle(m, m->pt.root, grt_tlb_invalidate_all);
	over(m, base(m), 2 * page(m));
	recycle(m, m->identity, grt_tlb_invalidate_all);
	recycle(m, m->pt.root, grt_tlb_invalidate_tree);
	unmap(m, base(m), 2 * page(m));
}

/* What any tree can do, whatever else the machine does with it. */
static void tree(struct machine *m)
{
	machine_boot(m);
	blocks(m);
	pages(m);
	groups(m);
	copies(m);
	reports(m);
	forks(m);
	ranges(m);
	top(m);
	large(m);
	batches(m);
	fail_everything(m);
	model_cpu(m->model, 1);
}

static void space(struct machine *m)
{
	tree(m);
	recycled(m);
}

static void everything(struct machine *m)
{
	tree(m);
	swaps(m);
	asleep(m);
	blocks(m);
}

/* ---- which machines ---- */

struct variety {
	const char *name;
	u8 bbm[NR_CPUS];
	machine_ext_t ext;
	enum grt_regime_kind kind;
	u16 asid;
};

static struct scenario scenarios[256];
static unsigned int nr_scenarios;

static void add(const struct grt_geometry_choice *c, const char *name, const struct variety *v,
		void (*run)(struct machine *m))
{
	struct scenario *s = &scenarios[nr_scenarios++];
	char *text;

	if (nr_scenarios > ARRAY_SIZE(scenarios) ||
	    asprintf(&text, "%s, %s, %s", c->name, name, v->name) < 0)
		abort();
	*s = (struct scenario){ .name = text,
				.run = run,
				.spec = { .page_shift = c->page_shift,
					  .va_bits = c->va_bits,
					  .nr_cpus = NR_CPUS,
					  .ext = v->ext,
					  .kind = v->kind,
					  .asid = v->asid } };
	memcpy(s->spec.bbm, v->bbm, sizeof(v->bbm));
}

unsigned int workload_scenarios(bool full, const struct scenario **out)
{
	/* Extensions by number: what has none of that number ignores it. */
	static const struct variety varieties[] = {
		{ "everything", { 3, 3, 3 }, 7, GRT_REGIME_ANY_ASID, 0 },
		{ "no range operations, no Svnapot, no Svinval",
		  { 3, 3, 3 },
		  2,
		  GRT_REGIME_ANY_ASID,
		  0 },
		{ "level 2", { 2, 2, 2 }, 3, GRT_REGIME_ANY_ASID, 0 },
		{ "levels 3, 0, 3", { 3, 0, 3 }, 3, GRT_REGIME_ANY_ASID, 0 },
		{ "errata", { 3, 3, 3 }, 0x33, GRT_REGIME_ANY_ASID, 0 },
	};
	static const struct variety trees[] = {
		{ "by ASID", { 3, 3, 3 }, 3, GRT_REGIME_ASID, 5 },
		{ "by ASID, nothing else", { 2, 3, 3 }, 0, GRT_REGIME_ASID, 5 },
		{ "EL2", { 3, 3, 3 }, 3, GRT_REGIME_EL2, 0 },
		{ "EL2, nothing else", { 2, 3, 3 }, 0, GRT_REGIME_EL2, 0 },
	};

	nr_scenarios = 0;
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		const struct grt_geometry_choice *c = &grt_geometry_choices[i];

		/*
		 * The layouts differ in operands and not in sites: one of each granule and one with LPA2 do.
		 */
		if (!full && i % 4 != 1 && i != 2)
			continue;
		add(c, "boot", &varieties[0], boot);
		add(c, "linear map", &varieties[0], linear_map);
		for (unsigned int v = 0; v < ARRAY_SIZE(varieties); v++)
			add(c, "operations", &varieties[v], everything);
		for (unsigned int v = 0; v < ARRAY_SIZE(trees); v++)
			if (machine_has(trees[v].kind))
				add(c, "operations", &trees[v], space);
	}
	*out = scenarios;
	return nr_scenarios;
}

/* Roots for the lower half, as they are before the story begins. */
static void make_roots(struct machine *m)
{
	enum grt_regime_half half = GRT_REGIME_BOTH;
	struct grt_pgtable pt;

	if (!machine_halves(&m->g) && m->regime.kind == GRT_REGIME_ANY_ASID)
		return;
	if (machine_halves(&m->g))
		half = GRT_REGIME_LOWER;
	if (machine_tree(m, &pt, half, m->pt.ops, m))
		abort();
	m->other = pt.root;
	if (machine_tree(m, &pt, half, m->pt.ops, m) ||
	    grt_map(&pt, memory(m), memory(m), page(m), GRT_ATTR_KERNEL_RX & ~pt.never))
		abort();
	m->identity = pt.root;
	m->identity_va = memory(m);
}

static void run(const struct scenario *s, struct machine *m)
{
	if (machine_init(m, &s->spec))
		abort();
	model_reproduce(m->model, "%s", s->name);
	make_roots(m);
	s->run(m);
}

unsigned int workload_run(const struct scenario *s)
{
	struct machine m;
	unsigned int n;

	run(s, &m);
	n = model_reports(m.model);
	machine_done(&m);
	return n;
}

void workload_print(const struct scenario *s)
{
	struct machine m;

	run(s, &m);
	model_print(stderr, m.model);
	machine_done(&m);
}
