/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Hand-written traces of raw events, shared by both architectures' tests. Variant 0 of a trace is good; the
 * others break the rule that it is about.
 *
 * The machine: 4K pages, three levels. The root's entry of BASE leads to MIDDLE, whose entry 0 leads to
 * LOW, entry 1 is a block, the rest is invalid. LOW: entries 0 to 7 are pages, 16 to 31 a group.
 */
#ifndef TESTS_MODEL_TRACES_H
#define TESTS_MODEL_TRACES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <graticule/asm/caps.h>
#include <asm/pte.h>
#include "model/model.h"

#define ROOT GIB(1)
#define MIDDLE (ROOT + KIB(4))
#define LOW (ROOT + KIB(8))
#define SPARE (ROOT + KIB(12))
#define SPARE2 (ROOT + KIB(16))
#define MEMORY GIB(4)

struct trace {
	enum model_rule rule;
	void (*steps)(unsigned int variant);
	unsigned int variants; /* the good one included */
};

static struct model *m;
static struct grt_geometry g;
static grt_virt_t base;

/* ---- entries ---- */

static inline u64 page_entry(unsigned int n, grt_attr_t attr)
{
	return pte_leaf(&g, 0, MEMORY + n * KIB(4), attr).val;
}

static inline u64 group_entry(unsigned int n, grt_attr_t attr)
{
	return pte_mkcont(pte_leaf(&g, 0, MEMORY + n * KIB(4), attr)).val;
}

static inline u64 block_entry(unsigned int n, grt_attr_t attr)
{
	return pte_leaf(&g, 1, MEMORY + n * MIB(2), attr).val;
}

static inline u64 table_entry(grt_phys_t table)
{
	return pte_table(&g, table).val;
}

static inline grt_phys_t low(unsigned int i)
{
	return LOW + 8ULL * i;
}

static inline grt_phys_t middle(unsigned int i)
{
	return MIDDLE + 8ULL * i;
}

static inline grt_phys_t top(void)
{
	return ROOT + 8ULL * grt_geometry_index(&g, 2, base);
}

static inline grt_virt_t page_va(unsigned int n)
{
	return base + n * KIB(4);
}

/* ---- steps ---- */

static inline void step(struct model_event ev)
{
	ev.cpu = model_this_cpu(m);
	model_do(m, ev);
}

static inline void store(grt_phys_t pa, u64 val)
{
	step((struct model_event){ .kind = MODEL_STORE, .addr = pa, .val = val });
}

static inline void fill(grt_phys_t pa, u64 val, u64 add, u64 n)
{
	step((struct model_event){
		.kind = MODEL_FILL, .addr = pa, .val = val, .step = add, .count = n });
}

static inline void barrier(enum model_barrier op)
{
	step((struct model_event){ .kind = MODEL_BARRIER, .op = op });
}

static inline void use(grt_virt_t va, unsigned int access)
{
	step((struct model_event){ .kind = MODEL_USE, .val = va, .op = access });
}

static inline void claim(void)
{
	step((struct model_event){ .kind = MODEL_CLAIM });
}

static inline void cache(enum model_cache op, grt_phys_t pa, u64 bytes)
{
	step((struct model_event){ .kind = MODEL_CACHE, .op = op, .addr = pa, .count = bytes });
}

static inline void code(enum model_kind kind, unsigned int op, grt_virt_t va, u64 bytes)
{
	step((struct model_event){ .kind = kind, .op = op, .val = va, .count = bytes });
}

static inline void alloc(grt_phys_t pa)
{
	step((struct model_event){ .kind = MODEL_ALLOC, .addr = pa });
}

static inline void release(grt_phys_t pa, u64 bytes)
{
	step((struct model_event){ .kind = MODEL_FREE, .addr = pa, .count = bytes });
}

static inline void root(unsigned int half, grt_phys_t pa, int asid)
{
	step((struct model_event){ .kind = MODEL_ROOT, .op = half, .addr = pa, .asid = asid });
}

static inline void control(enum model_kind kind, u64 val)
{
	step((struct model_event){ .kind = kind, .val = val });
}

/* A table of consecutive pages, or an empty one, that nothing links yet. */
static inline void fill_table(grt_phys_t table, bool pages, grt_attr_t attr)
{
	alloc(table);
	if (pages)
		fill(table, page_entry(512, attr), pte_leaf_step(&g, 0), 512);
	else
		fill(table, 0, 0, 512);
}

/* ---- the machine ---- */

/* arm64: at EL2 AP[1] is 1 and there is no PXN. */
static inline u64 leaf_of(const struct model_config *config, u64 entry)
{
	return config->el2 ? (entry | BIT(6)) & ~BIT(53) : entry;
}

static inline void begin_with(struct model_config config, unsigned int va_bits)
{
	if (m)
		model_free(m);
	assert_int_equal(grt_geometry_init(&g, 12, va_bits, NULL), 0);
	base = grt_geometry_upper_start(&g);
	m = model_new(&g, &config);
	for (unsigned int i = 0; i < 512; i++)
		for (unsigned int t = 0; t < 3; t++)
			model_poke(m, ROOT + t * KIB(4) + 8ULL * i, 0);
	model_poke(m, top(), table_entry(MIDDLE));
	model_poke(m, middle(0), table_entry(LOW));
	model_poke(m, middle(1), leaf_of(&config, block_entry(1, GRT_ATTR_KERNEL_RW)));
	for (unsigned int i = 0; i < 8; i++)
		model_poke(m, low(i), leaf_of(&config, page_entry(i, GRT_ATTR_KERNEL_RW)));
	for (unsigned int i = 16; i < 32; i++)
		model_poke(m, low(i), leaf_of(&config, group_entry(i, GRT_ATTR_KERNEL_RW)));
	model_boot(m, ROOT, 0);
}

/* ---- verdicts ---- */

static inline bool broken(enum model_rule rule)
{
	if (rule == MODEL_A1) /* not an error but a waste: it is counted */
		return model_notes(m);
	return model_reports(m) && model_report(m, 0)->rule == rule;
}

static inline void run_trace(const struct trace *t)
{
	const char *id = model_rules[t->rule].id;

	for (unsigned int v = 0; v < t->variants; v++) {
		t->steps(v);
		if (!v && (model_reports(m) || broken(t->rule))) {
			model_print(stderr, m);
			fail_msg("the good trace of %s is reported", id);
		}
		if (v && !broken(t->rule)) {
			model_print(stderr, m);
			fail_msg("variant %u of the bad traces of %s does not break it", v, id);
		}
	}
}

/* Each rule from @first to @last of @arch and of both has to be here, with a good and a bad trace. */
static inline void run_traces(const struct trace *traces, unsigned int n, char arch,
			      enum model_rule first, enum model_rule last)
{
	for (unsigned int rule = first; rule <= last; rule++) {
		bool seen = model_rules[rule].arch != arch && model_rules[rule].arch != 'C';

		assert_non_null(model_rules[rule].statement);
		assert_non_null(model_rules[rule].manual);
		for (unsigned int i = 0; i < n; i++)
			seen |= traces[i].rule == rule && traces[i].variants > 1;
		if (!seen)
			fail_msg("no traces of rule %s", model_rules[rule].id);
	}
	for (unsigned int i = 0; i < n; i++)
		run_trace(&traces[i]);
	model_free(m);
	m = NULL;
}

#endif
