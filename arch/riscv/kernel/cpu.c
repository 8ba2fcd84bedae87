// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A hart of the kernel, and starting the others. */
#include <graticule/tlb.h>
#include <asm/boot.h>
#include <asm/csr.h>
#include <asm/mmu_ops.h>
#include <asm/sbi.h>
#include "base/errno.h"
#include "kernel/arch.h"
#include "kernel/boot.h"
#include "kernel/console.h"
#include "kernel/printk.h"
#include "kernel/quiesce.h"
#include "kernel/smp.h"
#include "mm/address.h"

_Static_assert(offsetof(struct handover, satp) == HANDOVER_SATP, "asm/boot.h");
_Static_assert(offsetof(struct handover, offset) == HANDOVER_OFFSET, "asm/boot.h");
_Static_assert(offsetof(struct handover, cpu) == HANDOVER_CPU, "asm/boot.h");
_Static_assert(offsetof(struct handover, state) == HANDOVER_STATE, "asm/boot.h");

#define START_TRIES 4
#define START_SECONDS 10	     /* the host of an emulator may be busy */
#define PENDING_SECONDS 120	     /* busier: the hart is in the firmware yet, which says so */
#define DEFAULT_TIMEBASE_HZ 10000000 /* where the device tree says nothing, or what can't be */
#define MIN_TIMEBASE_HZ 10000
#define MAX_TIMEBASE_HZ 4000000000U

/* Each hart keeps its own: one that comes late must not read what was meant for another. */
static struct handover secondary_handover[BOOT_MAX_CPUS] __not_cleared;

extern char trap_entry[];

void arch_early_console(struct console_desc *console)
{
	sbi_detect();
	if (read_csr(satp) && !machine_mode)
		boot_stop("entered with translation on, at the virtual address 0x%llx",
			  (unsigned long long)(grt_virt_t)_start);
	*console = (struct console_desc){
		.type = sbi_has_console() ? CONSOLE_SBI : CONSOLE_NONE,
	};
}

void arch_init(struct cpu *cpu)
{
	if (!cpu->trap_stack)
		cpu->trap_stack = (grt_virt_t)boot_trap_stack + BOOT_TRAP_STACK_SIZE;
	write_csr(sscratch, cpu);
	hart_set_pointer(cpu);
	write_csr(stvec, trap_entry);
}

int arch_boot_identity(const struct grt_pgtable *kernel, struct grt_pgtable *identity)
{
	(void)kernel;
	(void)identity;
	return -ENOENT; /* see head.S */
}

int arch_secondary_init(struct cpu *cpu)
{
	/* Nobody changes tables while a hart comes online, who would not know it. */
	if (sbi_hart_wants_whole_fences() && !boot_info.caps.whole_fences) {
		printk("graticule: CPU %u: erratum CIP-1200: every fence is one of everything\n",
		       cpu->id);
		boot_info.caps.whole_fences = true;
	}
	/* Fences that were sent before this hart was known to be online were lost (rule R14). */
	mmu_sfence_all(GRT_TLB_ANY_ASID);
	return 0;
}

struct cpu *arch_this_cpu(void)
{
	return hart_pointer();
}

/* The word of the kernel's domain that has this hart's bit, physical. */
static grt_phys_t online_word(u64 hwid)
{
	return virt_to_phys(&kernel_domain.online[hwid / 64]);
}

static void sleep_until(u64 interrupts)
{
	u64 hwid = arch_this_cpu()->hwid;

	set_csr(sie, interrupts);
	if (hwid < GRT_TLB_DOMAIN_MAX_CPUS)
		sleep_outside(boot_handover.offset, online_word(hwid), BIT(hwid % 64));
	else /* alone: see arch_cpu_start() */
		arch_cpu_relax();
}

/*
 * None of these interrupts is ever taken; the pending bit is all that is wanted. A hart that sleeps is
 * out of the kernel's tables, so that it isn't woken by each fence of the others.
 */
void arch_cpu_idle(void)
{
	if (sbi_has_ipi())
		sleep_until(SIE_SSIE);
	else
		arch_cpu_relax();
}

void arch_cpu_nap(u64 cycles)
{
	if (!sbi_has_ipi() || !sbi_has_timer()) {
		arch_cpu_relax();
		return;
	}
	sbi_set_timer(arch_cycles() + cycles);
	sleep_until(SIE_SSIE | SIE_STIE);
	clear_csr(sie, SIE_STIE);
	sbi_set_timer(~0ULL);
}

void arch_cpu_wake(const struct cpu *cpu)
{
	mmu_order_remote();
	if (sbi_has_ipi())
		sbi_send_ipi(cpu->hwid);
}

/* Without translation, which takes no table at all. */
int arch_smp_init(void)
{
	return 0;
}

void arch_quiesce_park(u64 number)
{
	u64 hwid = arch_this_cpu()->hwid;

	set_csr(sie, SIE_SSIE);
	park(boot_handover.offset, online_word(hwid), BIT(hwid % 64), virt_to_phys(&quiesce_words),
	     number);
}

/* There is no rule against it: see asm/step.h. */
bool arch_can_resize(const struct cpu *cpu)
{
	(void)cpu;
	return true;
}

/* HS-mode is supervisor mode; its regime is no other. */
int arch_hypervisor_test(unsigned int *step)
{
	(void)step;
	return -ENODEV;
}

int arch_fake_conflict(void)
{
	return -EOPNOTSUPP;
}

bool arch_mixed_resize(const struct boot_info *bi)
{
	(void)bi;
	return false;
}

void arch_cpu_relax(void)
{
	hart_pause();
}

u64 arch_cycles(void)
{
	return read_csr(time);
}

/* What no timer has would make time limits end at once, or never. */
u64 arch_cycles_hz(void)
{
	u32 hz = boot_info.arch.timebase_hz;

	return hz < MIN_TIMEBASE_HZ || hz > MAX_TIMEBASE_HZ ? DEFAULT_TIMEBASE_HZ : hz;
}

static int lacks(u64 hart, const char *name)
{
	printk("graticule: hart %#lx lacks %s, which the boot hart has and uses\n", hart, name);
	return -EOPNOTSUPP;
}

/* -EBUSY: the hart has been in the kernel and has left it, but not by secondary_entry. */
static int wait_entered(const struct handover *h, u64 hart)
{
	u64 hz = arch_cycles_hz(), start = arch_cycles(), released = start, now;
	unsigned int turn = 0;

	do {
		s64 state = sbi_hart_state(hart);

		now = arch_cycles();
		if (state == SBI_HSM_START_PENDING)
			released = now;
		switch (__atomic_load_n(&h->state, __ATOMIC_ACQUIRE)) {
		case HANDOVER_ENTERED:
			return 0;
		case HANDOVER_NO_MODE:
			return lacks(hart, "this mode of satp");
		case HANDOVER_LACKS + PROBE_SVNAPOT:
			return lacks(hart, "svnapot");
		case HANDOVER_LACKS + PROBE_SVPBMT:
			return lacks(hart, "svpbmt");
		case HANDOVER_LACKS + PROBE_SVINVAL:
			return lacks(hart, "svinval");
		}
		if (state == SBI_HSM_STOPPED)
			return -EBUSY;
		cpu_wait(turn++);
	} while (now - released < START_SECONDS * hz && now - start < PENDING_SECONDS * hz);
	return -EIO;
}

int arch_cpu_start(struct cpu *cpu)
{
	struct handover *h = &secondary_handover[cpu->id];
	int err = -EBUSY;

	/* What is not in the domain is never fenced (rule R4). */
	if (max_u64(cpu->hwid, boot_info.boot_hwid) >= GRT_TLB_DOMAIN_MAX_CPUS)
		return -EOPNOTSUPP;
	*h = (struct handover){
		.satp = boot_handover.satp,
		.offset = boot_handover.offset,
		.cpu = cpu,
		.state = HANDOVER_WAITING,
	};
	mmu_order_remote();
	/*
	 * OpenSBI 1.1 marks the hart as started before it stores the address to start at: a hart that
	 * looks just then comes to the image's first instruction instead, stops itself, and gets another
	 * try.
	 */
	for (unsigned int tries = 0; tries < START_TRIES && err == -EBUSY; tries++) {
		err = sbi_hart_start(cpu->hwid, virt_to_phys(secondary_entry), virt_to_phys(h));
		if (!err)
			err = wait_entered(h, cpu->hwid);
	}
	return err;
}

void arch_mmu_features(const struct boot_info *bi, char *buf, size_t size)
{
	const struct grt_mmu_caps *c = &bi->caps;

	snprintf(buf, size, "sv%u%s%s%s%s%s", c->va_bits, c->svnapot ? " svnapot" : "",
		 c->svpbmt ? " svpbmt" : "", c->svinval ? " svinval" : "", c->svadu ? " svadu" : "",
		 c->svvptc ? " svvptc" : "");
}

int arch_hw_translate(grt_virt_t va, grt_phys_t *pa)
{
	(void)va;
	(void)pa;
	return -EOPNOTSUPP; /* there is no instruction for it below the hypervisor's */
}
