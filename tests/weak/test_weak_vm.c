// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Two CPUs change one address space at once, while a third one uses it; all that they share is the lock. */
/* traced: mm/vm.c generic/[a-z]*.c tests/mutants/twins.c tests/mutants/twins_riscv.c tests/mutants/twins_arm64.c */
/* traced: arch/riscv/tlb.c arch/arm64/tlb.c kernel/quiesce.c kernel/work.c */
/* link: mm/page_alloc.c mm/memblock.c mm/address.c mm/report.c */
#include "tests/weak/protocol.h"
#include "mm/vm.h"

#define LIMIT 6000
#define VM (&kernel_vm)

static grt_virt_t page_of(unsigned int n)
{
	return base() + n * page();
}

/* The first block is in pages, so that what one CPU changes is nothing to the other. */
static void begin(unsigned int nr)
{
	begin_machine(nr, nr);
	if (grt_unmap(&mach.pt, base(), block()) ||
	    grt_map(&mach.pt, base(), GIB(2), block(), RW | GRT_MAP_PAGES_ONLY | GRT_MAP_NO_CONT))
		abort();
	model_cpu(mach.model, 0);
	VM->pt = mach.pt;
}

static void begin_pair(void)
{
	begin(2);
}

static void begin_all(void)
{
	begin(3);
}

/* What was asked for is true of page @n. A claim is about all CPUs: none is in the middle of a change. */
static void done(unsigned int n, int err)
{
	if (err)
		weak_wrong("error %d", err);
	spin_lock(&VM->lock);
	machine_event(&mach, (struct model_event){
				     .kind = MODEL_CLAIM, .val = page_of(n), .count = page() });
	spin_unlock(&VM->lock);
	no_rule_is_broken();
}

static void change(unsigned int cpu)
{
	unsigned int n = 1 + cpu;
	struct grt_leaf leaf;

	if (cpu == 2) {
		use(base());
		use(page_of(8));
		return;
	}
	done(n, vm_protect(VM, page_of(n), page(), 0, GRT_ATTR_WRITE));
	machine_use(&mach, page_of(n), MODEL_READ);
	done(n, vm_unmap(VM, page_of(n), page()));
	done(n, vm_map(VM, page_of(n), GIB(3), page(), RW));
	use(page_of(n));
	if (vm_translate(VM, page_of(n), &leaf) || leaf.pa != GIB(3))
		weak_wrong("page %u is not where it was put", n);
}

static void one_at_a_time_by_the_lock(void **state)
{
	const struct weak two = { begin_pair, change, end_machine, 2, .may_sleep = 0 };
	const struct weak three = { begin_all, change, end_machine, 3, .may_sleep = 0 };

	(void)state;
	always_right(&two, 2, LIMIT);
	always_right(&three, 1, LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_at_a_time_by_the_lock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
