// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Starting the other CPUs. */
#include <asm/boot.h>
#include <asm/mmu_ops.h>
#include <asm/psci.h>
#include <asm/spin_table.h>
#include "base/errno.h"
#include "cpu_private.h"
#include "features.h"
#include "kernel/arch.h"
#include "kernel/boot.h"
#include "kernel/printk.h"
#include "kernel/smp.h"

/*
 * How far the CPU that is being started has come, as it says itself before its MMU is on. Nothing
 * else is in these lines, which the alignment of the type, and so its size, sees to; and they are never
 * dirty once they have been written to memory: see arch_cpu_start().
 */
struct secondary_status {
	u64 value;
} __attribute__((aligned(CACHE_WRITEBACK_GRANULE)));

struct secondary_status secondary_status __attribute__((section(".data")));

_Static_assert(sizeof(secondary_status) == CACHE_WRITEBACK_GRANULE, "other data in its lines");

/* The CPU that was last seen with its MMU on. */
static struct cpu *secondary_arrived;

/* Long: under an emulator on a busy host the clock runs on while the CPU that is started does not. */
#define START_SECONDS 10

static const char *const refusals[] = {
	[SECONDARY_GRANULE] = "lacks the page size in use",
	[SECONDARY_PARANGE] = "has narrower physical addresses than the boot CPU",
	[SECONDARY_VARANGE] = "has narrower virtual addresses than the layout in use",
};

static u64 read_status(void)
{
	mmu_forget_line(&secondary_status);
	return __atomic_load_n(&secondary_status.value, __ATOMIC_RELAXED);
}

static bool arrived(struct cpu *cpu)
{
	return __atomic_load_n(&secondary_arrived, __ATOMIC_ACQUIRE) == cpu;
}

static int wait_arrival(struct cpu *cpu)
{
	u64 start = arch_cycles(), limit = START_SECONDS * arch_cycles_hz();
	unsigned int turn = 0;

	do {
		u64 status;

		if (arrived(cpu))
			return 0;
		status = read_status();
		if (status > SECONDARY_ENTERED && status < ARRAY_SIZE(refusals)) {
			printk("graticule: CPU %u %s\n", cpu->id, refusals[status]);
			return -EOPNOTSUPP;
		}
		cpu_wait(turn++);
	} while (arch_cycles() - start < limit);
	return arrived(cpu) ? 0 : -EIO;
}

int arch_cpu_start(struct cpu *cpu)
{
	u64 offset = mmu_handover.offset;
	int err;

	secondary_status.value = 0;
	mmu_clean_line(&secondary_status);
	if (spin_table_has(cpu))
		err = spin_table_start(cpu, (u64)spin_entry - offset);
	else
		err = psci_cpu_on(&boot_info, cpu->hwid, (u64)secondary_entry - offset, (u64)cpu);
	if (err)
		return err;
	return wait_arrival(cpu);
}

int arch_secondary_init(struct cpu *cpu)
{
	struct grt_mmu_caps caps;

	cpu_enter_kernel(cpu);
	features_read(&caps, &boot_info.opts, cpu->id);
	cpu->resize_level = caps.bbm;
	features_limit(&boot_info.caps, &caps, cpu->id);
	gic_cpu_init(cpu);
	__atomic_store_n(&secondary_arrived, cpu, __ATOMIC_RELEASE);
	return 0;
}
