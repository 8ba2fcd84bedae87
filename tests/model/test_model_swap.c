// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The linear map repainted with pages while all other CPUs are parked (rule A16), in every layout and on
 * mixed machines. MODEL_ONLY="name of a case" in the environment runs that case alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <graticule/pgtable_swap.h>
#include "model/machine.h"

#define CPUS 3

static struct machine mach;

static void step(enum model_kind kind, unsigned int op, u64 addr)
{
	machine_event(&mach, (struct model_event){ .kind = kind,
						   .op = op,
						   .addr = addr,
						   .asid = MODEL_ASID_ANY,
						   .site = MODEL_SITE });
}

/* Each architecture takes no notice of the other's words. */
static void drop_everything(void)
{
	step(MODEL_BARRIER, MODEL_ISB, 0);
	step(MODEL_TLBI, MODEL_VMALLE1, 0);
	step(MODEL_SFENCE, 0, 0);
	step(MODEL_BARRIER, MODEL_DSB_NSH, 0);
	step(MODEL_BARRIER, MODEL_ISB, 0);
}

static void park(unsigned int cpu)
{
	model_cpu(mach.model, cpu);
	step(MODEL_ROOT, 1, GRT_PHYS_NONE);
	drop_everything();
	step(MODEL_PARK, 0, 0);
}

static void go_on(unsigned int cpu)
{
	model_cpu(mach.model, cpu);
	machine_event(&mach,
		      (struct model_event){ .kind = MODEL_ROOT, .op = 1, .addr = mach.pt.root });
	drop_everything();
}

static void repaint(grt_virt_t va, u64 size)
{
	struct grt_swap swap;
	grt_phys_t next;

	if (grt_swap_begin(&mach.pt, va, size, &swap))
		return;
	next = machine_alloc(&mach);
	assert_int_equal(grt_swap_build(&mach.pt, &swap, next), 0);
	park(1);
	park(2);
	model_cpu(mach.model, 0);
	grt_swap_commit(&mach.pt, &swap, machine_at(swap.table), machine_at(swap.next));
	step(MODEL_RESUME, 0, 0);
	go_on(1);
	go_on(2);
	model_cpu(mach.model, 0);
	assert_int_equal(grt_swap_end(&mach.pt, &swap), 0);
	machine_free(&mach, next);
	machine_claim(&mach);
}

static void check_pages(grt_virt_t va, u64 size)
{
	struct grt_leaf leaf;
	u64 page = grt_geometry_page_size(&mach.g);

	for (u64 at = 0; at < size; at += page) {
		assert_int_equal(grt_translate(&mach.pt, va + at, &leaf), 0);
		assert_int_equal(leaf.size, page);
	}
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		model_cpu(mach.model, cpu);
		machine_use(&mach, va + size - 1, MODEL_READ | MODEL_WRITE);
	}
	model_cpu(mach.model, 0);
}

static void run(const struct grt_geometry_choice *c, u8 own, u8 others)
{
	struct machine_spec spec = { .page_shift = c->page_shift,
				     .va_bits = c->va_bits,
				     .nr_cpus = CPUS,
				     .bbm = { own, others, others },
				     .ext = 3 };
	const char *only = getenv("MODEL_ONLY");
	grt_virt_t va;
	char name[40];
	u64 size;

	snprintf(name, sizeof(name), "%s, levels %u and %u", c->name, own, others);
	if (only && strcmp(only, name))
		return;
	assert_int_equal(machine_init(&mach, &spec), 0);
	model_reproduce(mach.model, "MODEL_ONLY='%s' test_model_swap", name);
	machine_boot(&mach);
	va = grt_geometry_upper_start(&mach.g);
	size = grt_geometry_level_size(&mach.g, 1);
	assert_int_equal(grt_map(&mach.pt, va, 0, 20 * size, GRT_ATTR_KERNEL_RW), 0);
	repaint(va + size / 2, grt_geometry_page_size(&mach.g));
	check_pages(va + size / 2, grt_geometry_page_size(&mach.g));
	repaint(va + 2 * size, size + 3 * grt_geometry_page_size(&mach.g));
	check_pages(va + 2 * size, size + 3 * grt_geometry_page_size(&mach.g));
	repaint(va, 20 * size);
	check_pages(va, min_u64(20 * size, GIB(1)));
	if (model_reports(mach.model))
		model_print(stderr, mach.model);
	assert_int_equal(model_reports(mach.model), 0);
	machine_done(&mach);
}

static void repainting_under_quiesce_breaks_no_rule(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++) {
		run(&grt_geometry_choices[i], 3, 0);
		run(&grt_geometry_choices[i], 0, 0);
		run(&grt_geometry_choices[i], 2, 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(repainting_under_quiesce_breaks_no_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
