// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Waking CPUs; see asm/gic.h. */
#include <asm/cpu_ops.h>
#include <asm/gic.h>
#include <asm/mmu_ops.h>
#include <asm/sysreg.h>
#include <asm/trap.h>
#include "kernel/arch.h"
#include "kernel/boot.h"
#include "kernel/fdt.h"
#include "kernel/printk.h"
#include "mm/vmalloc.h"

/* Registers of the distributor. */
#define GICD_CTLR 0x0
#define GICD_CTLR_ENABLE 0x1
#define GICD_CTLR_ENABLE_V3 0x13 /* affinity routing, group 1; the bits that both views have */
#define GICD_CTLR_RWP BIT(31)
#define GICD_ISENABLER0 0x100
#define GICD_ICACTIVER0 0x380
#define GICD_IPRIORITYR0 0x400
#define GICD_ITARGETSR0 0x800
#define GICD_SGIR 0xf00

/* Of GICv2's CPU interface. */
#define GICC_CTLR 0x0
#define GICC_PMR 0x4
#define GICC_IAR 0xc
#define GICC_IAR_ID 0x3ff /* the rest says who has sent it */
#define GICC_EOIR 0x10

/* Of GICv3's redistributors: two frames of 64K each, or four with virtual LPIs. */
#define GICR_TYPER 0x8
#define GICR_TYPER_VLPIS BIT(1)
#define GICR_TYPER_LAST BIT(4)
#define GICR_WAKER 0x14
#define GICR_WAKER_SLEEP 0x2
#define GICR_WAKER_ASLEEP 0x4
#define GICR_SGI_FRAME KIB(64)
#define GICR_IGROUPR0 0x80 /* here and from 0x100 on as in the distributor */

#define WAKE_SGI 0U
#define ALL_PRIORITIES 0xff
#define WAKE_PRIORITIES 0xa0a0a0a0 /* of four; above ALL_PRIORITIES however few bits there are */

static u8 version;
static u8 timer;
static u64 stride;
static char *distributor;

/* v2: the CPU interface; v3: the redistributors. */
static struct interfaces {
	char *regs;
	u64 size;
} interfaces[GIC_MAX_REGIONS];
static unsigned int nr_interfaces;

/* What GICv2 calls the CPU, and whether the CPU can be woken at all. */
static u8 target[BOOT_MAX_CPUS];
static bool ready[BOOT_MAX_CPUS];

static u32 read32(const char *base, u64 reg)
{
	return cpu_read32(base + reg);
}

static u64 read64(const char *base, u64 reg)
{
	return cpu_read64(base + reg);
}

static void write32(char *base, u64 reg, u32 value)
{
	cpu_write32(base + reg, value);
}

static bool wait_clear(const char *base, u64 reg, u32 bits)
{
	u64 start = arch_cycles();

	while (read32(base, reg) & bits)
		if (arch_cycles() - start > arch_cycles_hz())
			return false;
	return true;
}

/* ---- the device tree ---- */

/* The name keeps most nodes from being looked into, which takes time that every boot spends. */
static u8 version_of(const struct fdt *fdt, int node)
{
	static const char *const v2[] = { "arm,gic-400", "arm,cortex-a15-gic", "arm,cortex-a9-gic",
					  "arm,cortex-a7-gic" };

	if (!fdt_name_is(fdt, node, "interrupt-controller", 20) &&
	    !fdt_name_is(fdt, node, "intc", 4) && !fdt_name_is(fdt, node, "gic", 3))
		return 0;
	if (fdt_prop_has_string(fdt, node, "compatible", "arm,gic-v3"))
		return 3;
	for (unsigned int i = 0; i < ARRAY_SIZE(v2); i++)
		if (fdt_prop_has_string(fdt, node, "compatible", v2[i]))
			return 2;
	return 0;
}

static bool next_range(struct fdt_reg *reg, struct gic_range *range)
{
	return fdt_reg_next(reg, &range->start, &range->size);
}

/* What follows the regions in reg is for hypervisors. */
static bool read_regions(struct gic_info *gic, const struct fdt *fdt, int node)
{
	u32 regions = 1, n = 0;
	struct fdt_reg reg;

	if (fdt_reg(fdt, node, 0, &reg) || !next_range(&reg, &gic->distributor))
		return false;
	if (gic->version == 3)
		regions = fdt_prop_u32(fdt, node, "#redistributor-regions", 1);
	while (n < regions && n < GIC_MAX_REGIONS && next_range(&reg, &gic->region[n]))
		n++;
	gic->nr_regions = (u8)n;
	return n;
}

/* Of frames of 64K; anything else is not believed. */
static u64 read_stride(const struct fdt *fdt, int node)
{
	u32 len;
	const void *p = fdt_prop(fdt, node, "redistributor-stride", &len);
	u64 bytes = p && (len == 4 || len == 8) ? fdt_cells(p, len / 4) : 0;

	return is_aligned(bytes, GICR_SGI_FRAME) ? bytes : 0;
}

void gic_scan(struct gic_info *gic, const struct fdt *fdt)
{
	struct fdt_top top = { 0 };

	while (fdt_top_next(fdt, &top)) {
		gic->version = version_of(fdt, top.node);
		if (!gic->version)
			continue;
		if (fdt_available(fdt, top.node) && read_regions(gic, fdt, top.node)) {
			gic->stride = read_stride(fdt, top.node);
			return;
		}
	}
	gic->version = 0;
}

/*
 * Interrupts of the timer's node: secure and other physical, virtual, hypervisor's (Linux,
 * devicetree/bindings/timer/arm,arch_timer.yaml); three cells each of which say type, number, flags.
 */
#define TIMER_VIRTUAL 2
#define INTERRUPT_CELLS 3
#define INTERRUPT_PPI 1
#define FIRST_PPI 16
#define NR_PPIS 16

void gic_scan_timer(struct gic_info *gic, const struct fdt *fdt, int node)
{
	u32 len, at = TIMER_VIRTUAL * INTERRUPT_CELLS;
	const u8 *cells = fdt_prop(fdt, node, "interrupts", &len);
	u64 number;

	if (!cells || len < (at + INTERRUPT_CELLS) * 4 ||
	    fdt_cells(cells + (u64)at * 4, 1) != INTERRUPT_PPI ||
	    fdt_prop(fdt, node, "interrupt-names", NULL))
		return;
	number = fdt_cells(cells + (u64)at * 4 + 4, 1);
	if (number < NR_PPIS)
		gic->timer = (u8)(FIRST_PPI + number);
}

/* ---- switching on ---- */

/* A tree may name a device that the machine lacks, or call memory one. */
static char *map_registers(const struct gic_range *range)
{
	char *regs;

	if (memblock_overlaps(&boot_info.memblock.memory, range->start, range->size))
		return NULL;
	regs = vmap_phys(range->start, range->size, GRT_ATTR_KERNEL_RW | GRT_ATTR_DEVICE);
	if (regs && probe_register((grt_virt_t)regs, 4) < 0) {
		vfree(regs);
		return NULL;
	}
	return regs;
}

static bool map_all(const struct gic_info *gic)
{
	distributor = map_registers(&gic->distributor);
	if (!distributor)
		return false;
	for (unsigned int i = 0; i < gic->nr_regions; i++) {
		struct interfaces *next = &interfaces[nr_interfaces];

		*next = (struct interfaces){ map_registers(&gic->region[i]), gic->region[i].size };
		nr_interfaces += next->regs != NULL;
	}
	return nr_interfaces != 0;
}

void gic_init(const struct gic_info *gic)
{
	if (!gic->version)
		return;
	if (!map_all(gic)) {
		printk("graticule: the interrupt controller can't be used where the device tree has "
		       "it: CPUs wait for events\n");
		return;
	}
	stride = gic->stride;
	timer = gic->timer;
	if (gic->version == 2)
		write32(distributor, GICD_CTLR, GICD_CTLR_ENABLE);
	else
		write32(distributor, GICD_CTLR, GICD_CTLR_ENABLE_V3);
	if (gic->version == 3 && !wait_clear(distributor, GICD_CTLR, GICD_CTLR_RWP))
		return;
	version = gic->version;
}

/*
 * What wakes this CPU; v2 and v3 have the same three registers. Who ran before may have left it active,
 * or with a priority that PMR masks.
 */
static void enable_wakers(char *base)
{
	u32 wakers = BIT(WAKE_SGI) | (timer ? BIT(timer) : 0);

	write32(base, GICD_ICACTIVER0, wakers);
	write32(base, GICD_IPRIORITYR0 + WAKE_SGI / 4 * 4, WAKE_PRIORITIES);
	write32(base, GICD_IPRIORITYR0 + timer / 4 * 4, WAKE_PRIORITIES);
	write32(base, GICD_ISENABLER0, wakers);
}

/* The distributor shows each CPU registers of its own here. */
static bool cpu_init_v2(unsigned int id)
{
	target[id] = (u8)read32(distributor, GICD_ITARGETSR0);
	enable_wakers(distributor);
	write32(interfaces->regs, GICC_PMR, ALL_PRIORITIES);
	write32(interfaces->regs, GICC_CTLR, GICD_CTLR_ENABLE);
	return target[id] != 0;
}

static u64 redistributor_size(u64 typer)
{
	if (stride)
		return stride;
	return typer & GICR_TYPER_VLPIS ? 4 * GICR_SGI_FRAME : 2 * GICR_SGI_FRAME;
}

/* GICR_TYPER has the CPU's affinity in its upper half, all four numbers in a row. */
static char *find_in(const struct interfaces *in, u64 affinity)
{
	u64 at = 0, typer;

	do {
		if (at + 2 * GICR_SGI_FRAME > in->size ||
		    probe_register((grt_virt_t)in->regs + at + GICR_TYPER, 4) < 0)
			return NULL;
		typer = read64(in->regs + at, GICR_TYPER);
		if (typer >> 32 == affinity)
			return in->regs + at;
		at += redistributor_size(typer);
	} while (!(typer & GICR_TYPER_LAST));
	return NULL;
}

static char *find_redistributor(u64 hwid)
{
	u64 affinity = (hwid & 0xffffff) | (hwid >> 32 & 0xff) << 24;
	char *found = NULL;

	for (unsigned int i = 0; i < nr_interfaces && !found; i++)
		found = find_in(&interfaces[i], affinity);
	return found;
}

/* The system registers: not there where a hypervisor has not let EL1 have them. */
static bool enable_sysregs(void)
{
	if (!sysreg_field(read_sysreg(id_aa64pfr0_el1), PFR0_GIC))
		return false;
	write_sysreg(ICC_SRE_EL1, read_sysreg(ICC_SRE_EL1) | ICC_SRE_SRE);
	mmu_isb();
	if (!(read_sysreg(ICC_SRE_EL1) & ICC_SRE_SRE))
		return false;
	write_sysreg(ICC_PMR_EL1, ALL_PRIORITIES);
	/* UNKNOWN at reset: with EOImode 1 the end of an interrupt would leave it active for ever. */
	write_sysreg(ICC_CTLR_EL1, read_sysreg(ICC_CTLR_EL1) & ~ICC_CTLR_EOIMODE);
	write_sysreg(ICC_IGRPEN1_EL1, 1);
	mmu_isb();
	return true;
}

static bool cpu_init_v3(u64 hwid)
{
	char *redistributor = find_redistributor(hwid);

	if (!redistributor || !enable_sysregs())
		return false;
	write32(redistributor, GICR_WAKER, read32(redistributor, GICR_WAKER) & ~GICR_WAKER_SLEEP);
	if (!wait_clear(redistributor, GICR_WAKER, GICR_WAKER_ASLEEP))
		return false;
	redistributor += GICR_SGI_FRAME;
	write32(redistributor, GICR_IGROUPR0, ~0U);
	enable_wakers(redistributor);
	return true;
}

#define TIMER_TURNS 1000 /* until an interrupt has come from the timer to the CPU, generously */

/* Does the timer, which is made to expire, bring the interrupt that the device tree says? */
static bool timer_interrupts(void)
{
	bool found = false;

	write_sysreg(cntv_cval_el0, 0);
	write_sysreg(cntv_ctl_el0, CNTV_CTL_ENABLE);
	mmu_isb();
	for (unsigned int i = 0; i < TIMER_TURNS && !found; i++)
		found = gic_acknowledge() == timer;
	write_sysreg(cntv_ctl_el0, 0);
	mmu_isb();
	return found;
}

/* A CPU that waited for another interrupt would sleep for ever. */
static void try_timer(void)
{
	if (!timer || timer_interrupts())
		return;
	printk("graticule: the virtual timer doesn't bring interrupt %u, as the device tree says: not "
	       "used\n",
	       timer);
	timer = 0;
}

void gic_cpu_init(const struct cpu *cpu)
{
	bool good =
		(version == 2 && cpu_init_v2(cpu->id)) || (version == 3 && cpu_init_v3(cpu->hwid));

	if (good && !cpu->id)
		try_timer();
	__atomic_store_n(&ready[cpu->id], good, __ATOMIC_RELEASE);
}

/* ---- waking ---- */

bool gic_can_wake(const struct cpu *cpu)
{
	return __atomic_load_n(&ready[cpu->id], __ATOMIC_ACQUIRE);
}

bool gic_has_timer(void)
{
	return timer && gic_can_wake(arch_this_cpu());
}

bool gic_can_park(const struct cpu *cpu)
{
	return version == 3 && gic_can_wake(cpu);
}

/* ICC_SGI1R_EL1: Aff3 [55:48], RS [47:44], Aff2 [39:32], INTID [27:24], Aff1 [23:16], targets [15:0]. */
static u64 sgi_operand(u64 hwid)
{
	u64 aff0 = hwid & 0xff, aff1 = hwid >> 8 & 0xff, aff2 = hwid >> 16 & 0xff;
	u64 aff3 = hwid >> 32 & 0xff;

	return aff3 << 48 | (aff0 >> 4) << 44 | aff2 << 32 | (u64)WAKE_SGI << 24 | aff1 << 16 |
	       BIT(aff0 & 15);
}

void gic_wake(const struct cpu *cpu)
{
	if (!gic_can_wake(cpu))
		return;
	if (version == 2) {
		write32(distributor, GICD_SGIR, (u32)target[cpu->id] << 16 | WAKE_SGI);
	} else {
		write_sysreg(ICC_SGI1R_EL1, sgi_operand(cpu->hwid));
		mmu_isb();
	}
}

u32 gic_acknowledge(void)
{
	u32 id;

	if (version == 2) {
		id = read32(interfaces->regs, GICC_IAR);
		if ((id & GICC_IAR_ID) < GIC_FIRST_SPECIAL)
			write32(interfaces->regs, GICC_EOIR, id);
		id &= GICC_IAR_ID;
	} else {
		id = (u32)read_sysreg(ICC_IAR1_EL1);
		if (id < GIC_FIRST_SPECIAL)
			write_sysreg(ICC_EOIR1_EL1, id);
	}
	/* The look for work comes after this. */
	cpu_dsb_sy();
	return id;
}
