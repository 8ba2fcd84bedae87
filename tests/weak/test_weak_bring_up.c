// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* CPUs that come up while others change tables, that can't stand what the others do, and that come too late. */
/* traced: kernel/smp.c kernel/quiesce.c kernel/work.c tests/mutants/twins.c */
/* traced: tests/mutants/twins_riscv.c tests/mutants/twins_arm64.c arch/riscv/tlb.c */
#include <asm/mmu_ops.h>
#include "tests/weak/protocol.h"
#include "kernel/printk.h"
#include "kernel/smp.h"
#include "mm/page_alloc.h"
#include "mm/repaint.h"
#include "mm/split_policy.h"
#include "mm/vmalloc.h"

#define LIMIT 12000

static struct boot_info *info;
static enum split_mode mode;
/* The CPU that can't change sizes live; what the first one has work to do, when the last one starts. */
static unsigned int old_cpu, repaints;
static bool changes;
static struct work change_work;

/* ---- what kernel/smp.c asks for ---- */

int printk(const char *fmt, ...)
{
	(void)fmt;
	return 0;
}

void printk_smp(void)
{
}

void *vmalloc_stack(void)
{
	return &info;
}

void vfree(const void *p)
{
	(void)p;
}

u64 page_alloc_available(void)
{
	return GIB(1);
}

struct kernel_vm kernel_vm;
unsigned int boot_page_shift = 12;

enum split_mode split_mode(void)
{
	return mode;
}

void split_mode_set(enum split_mode to)
{
	mode = to;
}

bool arch_can_resize(const struct cpu *cpu)
{
	return cpu->id != old_cpu;
}

int boot_linear_map(const struct boot_info *bi, struct linear_map *lm)
{
	(void)bi;
	(void)lm;
	return 0;
}

int repaint_linear_map(struct kernel_vm *vm, const struct linear_map *lm)
{
	(void)vm;
	(void)lm;
	repaint(1);
	repaints++;
	mode = SPLIT_PAGES;
	return 0;
}

void repaint_release(void)
{
}

void quiesced_stats(struct quiesced_stats *out)
{
	*out = (struct quiesced_stats){ 0 };
}

/* ---- the architecture ---- */

static void change_tables(void *arg)
{
	(void)arg;
	if (grt_protect(&mach.pt, base() + 2 * block(), block(), 0, GRT_ATTR_WRITE))
		weak_wrong("no change");
	machine_claim(&mach);
	no_rule_is_broken();
}

int arch_cpu_start(struct cpu *cpu)
{
	if (changes && cpu->id == nr_cpus - 1 && cpu->id > 1 &&
	    work_on(1, &change_work, change_tables, NULL))
		weak_wrong("no CPU to work");
	weak_start(cpu->id);
	return 0;
}

/* What is not its assembly's: rule R14. */
int arch_secondary_init(struct cpu *cpu)
{
	(void)cpu;
	machine_event(&mach, (struct model_event){ .kind = MODEL_ONLINE, .val = 1 });
	if (!machine_has(GRT_REGIME_EL2) && wrong != NO_SECONDARY_FENCE) /* riscv */
		event(MODEL_SFENCE, 0);
	/* Text, stack and data, which are no part of the linear map: it has not joined yet. */
	machine_use(&mach, mach.image, MODEL_READ | MODEL_EXEC);
	no_rule_is_broken();
	return 0;
}

static void run_twin(const char *name)
{
	for (const struct twin *t = twins; t->way; t++)
		if (!strcmp(t->way, name))
			t->run(&mach);
}

/* From the firmware to C. */
static void enter(unsigned int cpu)
{
	run_twin("a_secondary");
	run_twin("mmu_drop_ttbr0");
	no_rule_is_broken();
	secondary_main(&cpus[cpu]);
}

/* ---- runs ---- */

static void begin(unsigned int nr)
{
	begin_machine(nr, 1);
	for (unsigned int cpu = nr; cpu-- > 1;) {
		model_cpu(mach.model, cpu);
		machine_event(&mach, (struct model_event){ .kind = MODEL_RESET });
	}
	model_cpu(mach.model, 0);
	mach.pt.domain = &kernel_domain;
	mode = SPLIT_LIVE;
	info->nr_cpus = nr;
	for (unsigned int i = 0; i < nr; i++)
		info->cpu_hwid[i] = i;
	smp_boot_cpu(info);
	smp_domain_add(0);
}

static void begin2(void)
{
	begin(2);
	old_cpu = 1;
}

static void begin3(void)
{
	begin(3);
	old_cpu = 2;
	changes = true;
}

static void begin_late(void)
{
	begin(2);
	impatient = true;
}

static void begin_late3(void)
{
	begin(3);
	impatient = true;
}

/* All that are online take part in what comes then; no other does. */
static void boot(unsigned int cpu)
{
	unsigned int online, n = 0;

	if (cpu)
		enter(cpu);
	online = smp_start(info);
	impatient = false;
	for (unsigned int i = 0; i < info->nr_cpus; i++) {
		n += __atomic_load_n(&cpus[i].online, __ATOMIC_RELAXED);
		if (cpus[i].left_out && __atomic_load_n(&cpus[i].online, __ATOMIC_RELAXED))
			weak_wrong("CPU %u is left out and online", i);
	}
	if (n != online)
		weak_wrong("%u CPUs are online, and %u said to be", n, online);
	if (old_cpu && repaints != 1)
		weak_wrong("%u repaints", repaints);
	if (changes)
		work_wait(&change_work);
	repaint(0);
	use(base() + 3 * block());
}

static void cpus_come_up_while_others_change_tables(void **state)
{
	const struct weak two = { begin2, boot, end_machine, 2, .may_sleep = 2, .waiting = 2 };
	const struct weak three = { begin3, boot, end_machine, 3, .may_sleep = 6, .waiting = 6 };

	(void)state;
	always_right(&two, 2, LIMIT);
	always_right(&three, 1, LIMIT);
	found_wrong(&two, NO_SECONDARY_FENCE, LIMIT);
}

static void who_comes_too_late_stays_out(void **state)
{
	const struct weak two = { begin_late, boot, end_machine, 2, .may_sleep = 2, .waiting = 2 };
	const struct weak three = {
		begin_late3, boot, end_machine, 3, .may_sleep = 6, .waiting = 6
	};

	(void)state;
	always_right(&two, 2, LIMIT);
	always_right(&three, 1, LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cpus_come_up_while_others_change_tables),
		cmocka_unit_test(who_comes_too_late_stays_out),
	};

	info = calloc(1, sizeof(*info));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
