// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The real engine and backends on the model: in every layout, on machines of all sorts, no rule is broken.
 * MODEL_ONLY="name of a case" in the environment runs that case alone.
 */
/* link: mm/linear_map.c mm/bootstrap.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <graticule/pgtable_copy.h>
#include "mm/bootstrap.h"
#include "mm/linear_map.h"
#include "model/machine.h"
#include "tests/dry_map.h"
#include "tests/host/random.h"

#define EXT_ALL 0xffU
#define ERRATA (BIT(4) | BIT(5)) /* arm64: repeat-tlbi; riscv: svvptc, cip-1200 */

/* Machines: which CPUs, with the odd ones of TLB-RULES.md's last paragraph. */
struct variety {
	const char *name;
	unsigned int cpus;
	u8 bbm[MODEL_MAX_CPUS];
	machine_ext_t ext;
	enum grt_regime_kind kind;
	u16 asid;
};

enum { MAP, UNMAP, REPORT, PROTECT, SPLIT, COLLAPSE, COPY, OPERATIONS };

static struct machine mach;
/* Tables that it has from the start. */
static u64 first_tables;
/* Another tree, with tables of the same provider, which no CPU walks. */
static struct grt_pgtable copied;
static u64 succeeded[OPERATIONS];
/* What was mapped last: where splits and changes are likely to find something. */
static grt_virt_t mapped;
static u64 mapped_size;

static bool wanted(const char *name)
{
	const char *only = getenv("MODEL_ONLY");

	return !only || !strcmp(only, name);
}

static void start(const struct grt_geometry_choice *c, const struct variety *v, const char *name)
{
	struct machine_spec spec = { .page_shift = c->page_shift,
				     .va_bits = c->va_bits,
				     .nr_cpus = v->cpus,
				     .ext = v->ext,
				     .kind = v->kind,
				     .asid = v->asid,
				     .maps_tables = c->va_bits % 2 };

	memcpy(spec.bbm, v->bbm, sizeof(spec.bbm));
	assert_int_equal(machine_init(&mach, &spec), 0);
	model_reproduce(mach.model, "MODEL_ONLY='%s' test_model_engine", name);
}

static void no_rule_is_broken(void)
{
	if (!model_reports(mach.model))
		return;
	model_print(stderr, mach.model);
	fail_msg("%u rules broken", model_reports(mach.model));
}

/* ---- random operations ---- */

/* As in test_engine_random.c: near the top of the address space, on or beside boundaries of some level. */
static void random_range(grt_virt_t *va, u64 *size)
{
	const struct grt_geometry *g = &mach.g;
	unsigned int top = grt_geometry_root_level(g), shift = g->page_shift;
	u64 unit = grt_geometry_level_size(g, (unsigned int)random() % (top + 1)) >> shift;
	/* The top of all addresses, or of the lower half. */
	u64 end = (mach.lower ? BIT(g->upper_bits) - 1 : ~0ULL) >> shift, span, s, e;

	end++;
	while (!grt_geometry_leaf_allowed(g, top))
		top--;
	span = min_u64(BIT(g->upper_bits - shift), 8 * (grt_geometry_level_size(g, top) >> shift));
	s = end - span + random_u64() % span;
	s = random() % 4 ? align_down(s, unit) : s;
	e = s + unit * (1 + (u64)random() % 20);
	if (random() % 3 == 0)
		e -= random_u64() % min_u64(40, e - s);
	if (random() % 3 == 0)
		s += random_u64() % min_u64(40, e - s);
	if (e > end || random() % 16 == 0)
		e = end;
	*va = s << shift;
	*size = (e - s) << shift;
}

static grt_attr_t random_attr(void)
{
	static const grt_attr_t attr[] = {
		GRT_ATTR_KERNEL_RO,
		GRT_ATTR_KERNEL_RW,
		GRT_ATTR_KERNEL_RX,
		GRT_ATTR_READ | GRT_ATTR_USER,
		GRT_ATTR_KERNEL_RW | GRT_ATTR_DEVICE,
		GRT_ATTR_KERNEL_RO | GRT_ATTR_SOFT1,
		GRT_ATTR_WRITE | GRT_ATTR_GLOBAL, /* hidden */
	};

	return attr[(unsigned int)random() % ARRAY_SIZE(attr)] & ~mach.pt.never;
}

static u64 nr_leaves(const struct grt_cost *cost)
{
	u64 n = 0;

	for (unsigned int l = 0; l < GRT_GEOMETRY_MAX_LEVELS; l++)
		n += cost->leaves[l][0] + cost->leaves[l][1];
	return n;
}

static void do_map(grt_virt_t va, u64 size)
{
	grt_phys_t pa = va & (BIT(mach.g.pa_bits - 2) - 1);
	grt_attr_t attr = random_attr();
	struct grt_cost cost;
	int err;

	if (random() % 4 == 0 && size < 2000 * grt_geometry_page_size(&mach.g))
		attr |= GRT_MAP_PAGES_ONLY;
	if (random() % 8 == 0)
		attr |= GRT_MAP_NO_CONT;
	err = dry_map(&mach.pt, &(struct grt_run){ va, pa, size, attr }, &cost);
	if (!err && (cost.tables + mach.pt.tables - first_tables > 300 || nr_leaves(&cost) > 3000))
		return;
	assert_int_equal(grt_map(&mach.pt, va, pa, size, attr), err);
	if (err)
		return;
	succeeded[MAP]++;
	mapped = va;
	mapped_size = size;
}

/* Some pages of what was mapped last. */
static void mapped_range(grt_virt_t *va, u64 *size)
{
	u64 page = grt_geometry_page_size(&mach.g), pages = mapped_size / page;
	u64 first = random_u64() % pages;

	*va = mapped + first * page;
	*size = (1 + random_u64() % min_u64(pages - first, 2000)) * page;
}

/* As mm/ changes several ranges: dry, with what it takes at hand, then for real. */
static int protect_dry_first(grt_virt_t va, u64 size, grt_attr_t set, grt_attr_t clear)
{
	struct grt_pgtable *pt = &mach.pt;
	struct grt_tlb_batch batch;
	int err;

	if (pt->batch)
		return grt_protect(pt, va, size, set, clear);
	grt_batch_dry(pt, &batch);
	err = grt_protect(pt, va, size, set, clear);
	if (!err)
		err = grt_batch_run(pt);
	if (!err)
		assert_int_equal(grt_protect(pt, va, size, set, clear), 0);
	assert_int_equal(grt_batch_commit(pt), 0);
	return err;
}

/* What has short ways: one page, or a block, which may be a part of a larger leaf. */
static void one_leaf(grt_virt_t *va, u64 *size)
{
	unsigned int level = random() % 4 == 0;

	*size = grt_geometry_level_size(&mach.g, level);
	*va = align_down(*va, *size);
}

static void do_protect(grt_virt_t va, u64 size)
{
	static const grt_attr_t change[][2] = {
		{ GRT_ATTR_WRITE, GRT_ATTR_EXEC },
		{ 0, GRT_ATTR_WRITE },
		{ GRT_ATTR_EXEC, GRT_ATTR_WRITE },
		{ GRT_ATTR_SOFT0, 0 },
		{ GRT_ATTR_EXEC, 0 },
		{ GRT_ATTR_GLOBAL, GRT_ATTR_USER },
		{ 0, GRT_ATTR_READ },
		{ GRT_ATTR_READ, 0 },
	};
	const grt_attr_t *c = change[(unsigned int)random() % ARRAY_SIZE(change)];
	grt_attr_t set = c[0] & ~mach.pt.never;

	if (random() % 2)
		one_leaf(&va, &size);
	if (random() % 3)
		succeeded[PROTECT] += !grt_protect(&mach.pt, va, size, set, c[1]);
	else
		succeeded[PROTECT] += !protect_dry_first(va, size, set, c[1]);
}

/* To the other tree, and what is copied becomes read-only, or is hidden, or stays as it is. */
static void do_copy(grt_virt_t va, u64 size)
{
	static const struct grt_edit edit[] = {
		{ 0, GRT_ATTR_WRITE },
		{ 0, GRT_ATTR_WRITE },
		{ GRT_ATTR_SOFT0, GRT_ATTR_WRITE },
		{ 0, GRT_ATTR_READ },
		{ 0, 0 },
	};
	struct grt_edit from = edit[(unsigned int)random() % ARRAY_SIZE(edit)];
	int err = grt_copy(&copied, &mach.pt, va, size, edit[0], from);

	succeeded[COPY] += !err;
	if (err == -EEXIST || copied.tables > 40)
		grt_unmap(&copied, copied.first, copied.extent + 1);
}

/* What was mapped goes back to whoever owns memory: no CPU may have it cached (rule C3). */
static void give_back(const struct grt_leaf *leaf, unsigned int nr, void *data)
{
	for (const struct grt_leaf *end = leaf + nr; leaf < end; leaf++)
		if (leaf->pa >= mach.next)
			machine_event(data, (struct model_event){ .kind = MODEL_FREE,
								  .addr = leaf->pa,
								  .count = leaf->size });
}

static void do_unmap(grt_virt_t va, u64 size)
{
	if (random() % 2)
		succeeded[UNMAP] += !grt_unmap(&mach.pt, va, size);
	else
		succeeded[REPORT] += !grt_unmap_report(&mach.pt, va, size, give_back, &mach);
}

/* The result does not matter here: what was refused has stored nothing that breaks a rule. */
static void one_operation(void)
{
	grt_virt_t va;
	u64 size;

	if (mapped_size && random() % 2)
		mapped_range(&va, &size);
	else
		random_range(&va, &size);
	if (random() % 16 == 0)
		mach.fail_at = 1 + (u64)random() % 3;
	switch (random() % 11) {
	case 0 ... 2:
		mach.fail_at = 0;
		do_map(va, size);
		break;
	case 3 ... 4:
		do_unmap(va, size);
		break;
	case 5 ... 6:
		do_protect(va, size);
		break;
	case 7:
		succeeded[SPLIT] += !grt_split(&mach.pt, va);
		break;
	case 8 ... 9:
		do_copy(va, size);
		break;
	default:
		succeeded[COLLAPSE] += !grt_collapse(&mach.pt, va, size, GRT_EXTENT_INSIDE);
		break;
	}
	mach.fail_at = 0;
}

static void run_sequence(const struct grt_geometry_choice *c, const struct variety *v,
			 unsigned int seed, unsigned int rounds)
{
	struct grt_tlb_batch batch;
	char name[80];

	snprintf(name, sizeof(name), "%s %s seed %u", c->name, v->name, seed);
	if (!wanted(name))
		return;
	random_begin(seed);
	mapped_size = 0;
	start(c, v, name);
	assert_int_equal(machine_tree(&mach, &copied, mach.pt.regime.half, mach.pt.ops, &mach), 0);
	machine_boot(&mach);
	if (seed % 2 && !machine_halves(&mach.g))
		assert_int_equal(grt_pgtable_keep_root(&mach.pt), 0);
	first_tables = mach.pt.tables;
	for (unsigned int i = 0; i < rounds; i++) {
		if (!mach.pt.batch) /* who holds one open does not migrate */
			model_cpu(mach.model, (unsigned int)random() % v->cpus);
		if (seed % 2 && i % 5 == 0)
			grt_batch_begin(&mach.pt, &batch);
		one_operation();
		if (seed % 2 && i % 5 == 4)
			assert_int_equal(grt_batch_commit(&mach.pt), 0);
		machine_claim(&mach);
		no_rule_is_broken();
	}
	machine_done(&mach);
}

static void sequences(const struct variety *v, unsigned int n)
{
	for (unsigned int k = 0; k < n; k++)
		for (unsigned int i = 0; i < grt_geometry_nr_choices && machine_has(v[k].kind); i++)
			for (unsigned int seed = 1; seed <= 2; seed++)
				run_sequence(&grt_geometry_choices[i], &v[k], seed, 300);
}

static void random_sequences_break_no_rule(void **state)
{
	static const struct variety v[] = {
		{ "one CPU, everything", 1, { 3 }, EXT_ALL & ~BIT(5), GRT_REGIME_ANY_ASID, 0 },
		{ "4 CPUs, level 2", 4, { 2, 2, 2, 2 }, 3, GRT_REGIME_ANY_ASID, 0 },
		{ "2 CPUs, mixed levels", 2, { 3, 0 }, 7, GRT_REGIME_ANY_ASID, 0 },
		{ "8 CPUs, level 3, nothing else",
		  8,
		  { 3, 3, 3, 3, 3, 3, 3, 3 },
		  0,
		  GRT_REGIME_ANY_ASID,
		  0 },
		/* riscv: CIP-1200 too; arm64: a TLBI twice */
		{ "2 CPUs with errata", 2, { 3, 3 }, 3 | ERRATA, GRT_REGIME_ANY_ASID, 0 },
		{ "3 CPUs, by ASID", 3, { 3, 3, 3 }, 7, GRT_REGIME_ASID, 5 },
		{ "3 CPUs, EL2", 3, { 3, 2, 3 }, 7, GRT_REGIME_EL2, 0 },
		{ "3 CPUs, EL2, errata", 3, { 3, 3, 3 }, ERRATA, GRT_REGIME_EL2, 0 },
		{ "3 CPUs, by ASID, errata", 3, { 3, 3, 3 }, ERRATA, GRT_REGIME_ASID, 5 },
	};

	(void)state;
	sequences(v, ARRAY_SIZE(v));
	for (unsigned int op = 0; op < OPERATIONS && !getenv("MODEL_ONLY"); op++)
		assert_true(succeeded[op] > 20 * grt_geometry_nr_choices);
}

/* ---- the linear map ---- */

static grt_phys_t reserve_from;

static grt_phys_t reserve(u64 size, u64 align, void *arg)
{
	(void)arg;
	for (u64 at = align_up(reserve_from, align), i = 0; i < size; i += align)
		machine_event(&mach, (struct model_event){ .kind = MODEL_ALLOC, .addr = at + i });
	return align_up(reserve_from, align);
}

/* Pages of the pool in the image are the kernel's from the start. */
static void give_image(grt_phys_t pa, u64 size)
{
	for (u64 i = 0; i < size; i += grt_geometry_page_size(&mach.g))
		machine_event(&mach, (struct model_event){ .kind = MODEL_ALLOC, .addr = pa + i });
}

static void make_linear_map(const struct grt_geometry_choice *c, u64 bytes, grt_attr_t limits,
			    u64 image, const char *what)
{
	static const struct variety v = {
		"", 2, { 0, 0 }, EXT_ALL & ~BIT(5), GRT_REGIME_ANY_ASID, 0
	};
	struct grt_mem_range ram[2] = { { GIB(2), bytes / 2 },
					{ GIB(4) + align_up(bytes / 2, GIB(1)), bytes / 2 } };
	struct linear_map lm = { .memory = { ram, 2 },
				 .limits = limits,
				 .readonly = { GIB(2) + MIB(2), MIB(4) } };
	struct table_pool pool;
	struct grt_cost cost, reserved;
	u64 tables;
	char name[80];

	snprintf(name, sizeof(name), "%s %s", c->name, what);
	if (!wanted(name))
		return;
	start(c, &v, name);
	if (ram[1].start + ram[1].size > BIT(mach.g.upper_bits - 1)) {
		machine_done(&mach);
		return;
	}
	lm.offset = grt_geometry_upper_start(&mach.g);
	table_pool_init(&pool, GIB(2), image, grt_geometry_page_size(&mach.g));
	pool.image_offset = (u64)machine_at(0);
	reserve_from = GIB(2) + MIB(512);
	give_image(GIB(2), image);
	model_window(mach.model, lm.offset, BIT(mach.g.upper_bits - 1), 0, lm.offset);
	assert_int_equal(machine_tree(&mach, &mach.pt, GRT_REGIME_UPPER, &table_pool_ops, &pool),
			 0);
	machine_boot(&mach);
	cost = (struct grt_cost){ .g = &mach.g, .pt = &mach.pt };
	linear_map_cost(&lm, &cost);
	tables = mach.pt.tables;
	assert_int_equal(linear_map_create(&mach.pt, &lm, &pool, reserve, NULL, &reserved), 0);
	machine_claim(&mach);
	for (unsigned int i = 0; i < 2; i++) {
		machine_use(&mach, ram[i].start + lm.offset, MODEL_READ | MODEL_WRITE);
		machine_use(&mach, ram[i].start + ram[i].size - 1 + lm.offset, MODEL_WRITE);
	}
	machine_use(&mach, lm.readonly.start + lm.offset, MODEL_READ);
	no_rule_is_broken();
	assert_int_equal(mach.pt.tables - tables, cost.tables);
	assert_int_equal(model_counts(mach.model)[MODEL_TLBI], 0);
	machine_done(&mach);
}

static void the_linear_map_breaks_no_rule(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		const struct grt_geometry_choice *c = &grt_geometry_choices[i];

		make_linear_map(c, GIB(2), GRT_MAP_PAGES_ONLY, MIB(1), "2 GiB by pages");
		make_linear_map(c, GIB(16), 0, MIB(1), "16 GiB");
		make_linear_map(c, TIB(16), 0, MIB(1), "16 TiB");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_sequences_break_no_rule),
		cmocka_unit_test(the_linear_map_breaks_no_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
