// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <asm/regime.h>
#include "kernel/arch.h"
#include "kernel/printk.h"
#include "kernel/quiesce.h"
#include "kernel/smp.h"
#include "kernel/work.h"
#include "mm/page_alloc.h"
#include "mm/page_size.h"
#include "mm/quiesced.h"
#include "mm/repaint.h"
#include "mm/split_policy.h"
#include "mm/vmalloc.h"

static u64 this_hwid(void)
{
	return arch_this_cpu()->hwid;
}

struct grt_tlb_domain kernel_domain = { .this_cpu = this_hwid, .fence = ARCH_TLB_FENCE };

void smp_domain_add(u64 hwid)
{
	struct grt_tlb_domain *d = &kernel_domain;

	if (hwid >= GRT_TLB_DOMAIN_MAX_CPUS)
		return;
	__atomic_fetch_or(&d->words, BIT(hwid / 64), __ATOMIC_SEQ_CST);
	__atomic_fetch_or(&d->online[hwid / 64], BIT(hwid % 64), __ATOMIC_SEQ_CST);
}

struct cpu *smp_boot_cpu(const struct boot_info *bi)
{
	struct cpu *cpu = &cpus[0];

	*cpu = (struct cpu){ .hwid = bi->boot_hwid, .online = true };
	nr_cpus = 1;
	return cpu;
}

int smp_stacks(struct cpu *cpu)
{
	void *stack = vmalloc_stack(), *trap_stack = vmalloc_stack();

	if (!stack || !trap_stack) {
		vfree(stack);
		vfree(trap_stack);
		return -ENOMEM;
	}
	cpu->stack_start = (grt_virt_t)stack;
	cpu->stack = cpu->stack_start + THREAD_SIZE;
	cpu->trap_stack_start = (grt_virt_t)trap_stack;
	cpu->trap_stack = cpu->trap_stack_start + THREAD_SIZE;
	return 0;
}

void secondary_main(struct cpu *cpu)
{
	int err;

	smp_domain_add(cpu->hwid);
	err = arch_secondary_init(cpu);
	__atomic_store_n(&cpu->error, err, __ATOMIC_RELEASE);
	if (err)
		arch_cpu_park();
	if (!quiesce_join(cpu))
		arch_cpu_park();
	work_loop();
}

/* Long: under an emulator on a busy host the clock runs on while the CPU that is started does not. */
#define ONLINE_SECONDS 10

static bool wait_online(struct cpu *cpu)
{
	u64 start = arch_cycles(), limit = ONLINE_SECONDS * arch_cycles_hz();
	unsigned int turn = 0;

	while (arch_cycles() - start < limit) {
		if (__atomic_load_n(&cpu->online, __ATOMIC_ACQUIRE))
			return true;
		if (__atomic_load_n(&cpu->error, __ATOMIC_ACQUIRE))
			return false;
		cpu_wait(turn++);
	}
	return false;
}

static int start_one(struct cpu *cpu)
{
	int err = arch_cpu_start(cpu);

	if (err)
		return err;
	if (wait_online(cpu))
		return 0;
	err = __atomic_load_n(&cpu->error, __ATOMIC_ACQUIRE);
	return err ? err : -EIO;
}

/*
 * Live splits rely on every CPU: @cpu, which has just come up, may be one that they must not be done
 * under.
 */
static void check_resize(const struct boot_info *bi, const struct cpu *cpu)
{
	struct quiesced_stats before, after;
	struct quiesce_stats cycles;
	struct linear_map lm;
	int err;

	if (split_mode() != SPLIT_LIVE || arch_can_resize(cpu))
		return;
	quiesced_stats(&before);
	err = boot_linear_map(bi, &lm);
	if (!err)
		err = repaint_linear_map(&kernel_vm, &lm);
	if (err) {
		split_mode_set(SPLIT_RESERVE);
		printk("graticule: CPU %u (BBM level %u): linear map not repainted, error %d\n",
		       cpu->id, cpu->resize_level, err);
		return;
	}
	quiesced_stats(&after);
	quiesce_stats(&cycles);
	printk("graticule: linear map repainted by pages for CPU %u (BBM level %u): %lu tables, "
	       "quiesced for %lu cycles (%lu us)\n",
	       cpu->id, cpu->resize_level, after.tables - before.tables, cycles.longest,
	       cycles.longest * 1000000 / arch_cycles_hz());
}

/* Pages that stay for everything else than stacks, and for what each CPU will want. */
#define SPARE_PAGES 256U
#define SPARE_PAGES_EACH 4U

/*
 * The structs and stacks of the CPUs, all of them before the first one runs: each new mapping would have
 * to be told to those that run already. Return: for how many CPUs there is memory.
 */
static unsigned int prepare_cpus(const struct boot_info *bi)
{
	for (unsigned int i = 1; i < bi->nr_cpus; i++) {
		cpus[i] = (struct cpu){ .id = i, .hwid = bi->cpu_hwid[i] };
		if (page_alloc_available() < SPARE_PAGES + SPARE_PAGES_EACH * i ||
		    smp_stacks(&cpus[i])) {
			printk("graticule: memory for %u CPUs: %u are left out\n", i,
			       bi->nr_cpus - i);
			return i;
		}
	}
	return bi->nr_cpus;
}

/* CPUs in a row that are left out for the same reason. */
struct refusals {
	int err;
	unsigned int more;
};

/* Firmware that knows 128 harts of 256 is not worth 128 lines. */
static void end_refusals(struct refusals *r)
{
	if (r->more)
		printk("graticule: so %s the next %u\n", r->more == 1 ? "is" : "are", r->more);
	*r = (struct refusals){ 0 };
}

static void refuse(struct refusals *r, const struct cpu *cpu, int err)
{
	if (r->err == err) {
		r->more++;
		return;
	}
	end_refusals(r);
	r->err = err;
	printk("graticule: CPU %u (0x%llx) is left out: error %d\n", cpu->id,
	       (unsigned long long)cpu->hwid, err);
}

unsigned int smp_start(const struct boot_info *bi)
{
	struct refusals refusals = { 0 };
	unsigned int online = 1, prepared;

	printk_smp();
	if (quiesce_init(bi->nr_cpus)) {
		printk("graticule: no memory to start other CPUs\n");
		return 1;
	}
	prepared = prepare_cpus(bi);
	for (unsigned int i = 1; i < prepared; i++) {
		struct cpu *cpu = &cpus[i];
		int err;

		nr_cpus = i + 1;
		err = start_one(cpu);
		if (err && quiesce_leave_out(cpu)) {
			refuse(&refusals, cpu, err);
			continue;
		}
		end_refusals(&refusals);
		online++;
		check_resize(bi, cpu);
	}
	end_refusals(&refusals);
	repaint_release();
	return online;
}
