// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which modes of satp the hart has, which one to use, and the values that turn it on. */
#include <asm/arch.h>
#include <asm/boot.h>
#include <asm/csr.h>
#include <asm/mmu_ops.h>
#include <asm/pte.h>
#include <asm/sbi.h>
#include "kernel/arch.h"
#include "kernel/boot.h"
#include "kernel/printk.h"

struct handover boot_handover;
struct hart_probe hart_probe;

_Static_assert(offsetof(struct hart_probe, satp) == PROBE_SATP, "asm/boot.h");
_Static_assert(offsetof(struct hart_probe, offset) == PROBE_OFFSET, "asm/boot.h");
_Static_assert(offsetof(struct hart_probe, word) == PROBE_WORD, "asm/boot.h");
_Static_assert(offsetof(struct hart_probe, test) == PROBE_TEST, "asm/boot.h");
_Static_assert(offsetof(struct hart_probe, svinval) == PROBE_RUN_SVINVAL, "asm/boot.h");

/*
 * The tree that probes is one table, the root: its slots of the first kind show code and data, and one
 * leads back to it, so that its first entries are those of pages too. It stays, for the other harts;
 * nobody else uses it.
 */
enum { SLOT_GROUP = 0, SLOT_ACCESSED = 508, SLOT_TYPE, SLOT_ITSELF, SLOT_CODE, SLOTS };

static grt_virt_t slot_address(const struct grt_geometry *g, unsigned int slot)
{
	return ~0ULL << g->va_bits | (u64)slot << g->root_shift;
}

/* A leaf of the root that shows @pa; where it shows it. */
static grt_virt_t map_slot(const struct grt_geometry *g, unsigned int slot, grt_phys_t pa,
			   grt_attr_t attr, u64 without)
{
	unsigned int level = grt_geometry_root_level(g);
	grt_phys_t base = align_down(pa, grt_geometry_level_size(g, level));

	mmu_store_entry(&probe_root()[slot], pte_leaf(g, level, base, attr).val & ~without);
	return slot_address(g, slot) + (pa - base);
}

/* A group of 64 KiB around @pa, in the first entries of the root as a table of pages. */
static grt_virt_t map_group(const struct grt_geometry *g, grt_phys_t pa)
{
	pte_t group = pte_mkcont(pte_leaf(g, 0, align_down(pa, KIB(64)), GRT_ATTR_READ));
	grt_virt_t va = ~0ULL << g->va_bits;

	mmu_fill_entries(&probe_root()[SLOT_GROUP], group.val, 0, 16);
	mmu_store_entry(&probe_root()[SLOT_ITSELF], pte_table(g, (grt_phys_t)probe_root()).val);
	for (unsigned int level = grt_geometry_root_level(g); level; level--)
		va |= (u64)SLOT_ITSELF << grt_geometry_level_shift(g, level);
	return va | (pa & (KIB(64) - 1));
}

static bool has_mode(u8 va_bits, struct grt_geometry *g)
{
	grt_phys_t code = (grt_phys_t)satp_probe;

	if (grt_geometry_init(g, ARCH_PAGE_SHIFT_MIN, va_bits, NULL))
		return false;
	hart_probe.satp = satp_make(va_bits, (grt_phys_t)probe_root());
	hart_probe.offset = map_slot(g, SLOT_CODE, code, GRT_ATTR_READ | GRT_ATTR_EXEC, 0) - code;
	return satp_probe(hart_probe.satp, hart_probe.offset, 0, 0);
}

/*
 * The widest mode up to a limit: what the command line asks for, else mmu-type, since it may say less
 * than the hart has and there are harts that hang when a mode that it doesn't name is tried.
 */
static u8 widest_mode(const struct boot_info *bi, struct grt_geometry *g)
{
	unsigned int limit = bi->opts.va_bits ? bi->opts.va_bits : bi->arch.mmu_type_bits;

	mmu_fill_entries(probe_root(), 0, 0, SLOTS);
	for (unsigned int i = grt_geometry_nr_choices; i--;) {
		u8 va_bits = grt_geometry_choices[i].va_bits;

		if ((!limit || va_bits <= limit) && has_mode(va_bits, g))
			return va_bits;
	}
	return 0;
}

/*
 * The word that is read: the magic number of the header, or, where that is in the ninth page of its 64
 * KiB, what is a page further on. A hart that ignores N takes each page of a group for the ninth.
 */
static grt_phys_t probe_word(void)
{
	grt_phys_t pa = (grt_phys_t)_start + IMAGE_MAGIC_OFFSET;

	return (pa >> 12) % 16 == 8 ? pa + KIB(4) : pa;
}

static bool shows_word(grt_virt_t va)
{
	return satp_probe(hart_probe.satp, hart_probe.offset, va, hart_probe.word) == 2;
}

/* Where the hart does not set A, or only lets the firmware do so, the access faults. */
static bool sets_accessed(const struct grt_geometry *g)
{
	grt_virt_t va = map_slot(g, SLOT_ACCESSED, probe_word(), GRT_ATTR_READ, PTE_A);

	return shows_word(va) && mmu_load_entry(&probe_root()[SLOT_ACCESSED]) & PTE_A;
}

static bool works(bool does, const char *name)
{
	if (!does)
		printk("graticule: the device tree names %s, but this hart does not have it or "
		       "has it switched off: not used\n",
		       name);
	return does;
}

/*
 * A device tree may name what the hart lacks, or what the firmware has to switch on and has not
 * (Svpbmt, Svadu: menvcfg). A bit of an entry that is reserved then makes every access fault, so what
 * is named is tried first. Svvptc can't be tried: it is believed, and what has regime.retries_faults
 * relies on it.
 */
static void probe_extensions(const struct boot_info *bi, const struct grt_geometry *g,
			     struct grt_mmu_caps *caps)
{
	const struct arch_boot_info *a = &bi->arch;
	struct hart_probe *p = &hart_probe;

	p->word = *(const u64 *)probe_word();
	if (a->isa_svnapot && !bi->opts.nocont) {
		grt_virt_t va = map_group(g, probe_word());

		caps->svnapot = works(shows_word(va), "svnapot");
		p->test[PROBE_SVNAPOT] = caps->svnapot ? va : 0;
	}
	if (a->isa_svpbmt) {
		grt_virt_t va =
			map_slot(g, SLOT_TYPE, probe_word(), GRT_ATTR_READ | GRT_ATTR_NONCACHED, 0);

		caps->svpbmt = works(shows_word(va), "svpbmt");
		p->test[PROBE_SVPBMT] = caps->svpbmt ? va : 0;
	}
	if (a->isa_svinval) {
		caps->svinval = works(svinval_probe(), "svinval");
		p->svinval = caps->svinval;
	}
	/* With Svade named too, both are there and the firmware chooses. */
	if (a->isa_svadu)
		caps->svadu = sets_accessed(g) || (!a->isa_svade && works(false, "svadu"));
}

void arch_detect(struct boot_info *bi)
{
	const struct arch_boot_info *a = &bi->arch;
	struct grt_geometry g;
	u8 va_bits;

	if (!is_aligned(bi->image_pa, KIB(4)))
		boot_stop("the image is loaded at 0x%llx, which is not a multiple of 4 KiB",
			  (unsigned long long)bi->image_pa);
	va_bits = widest_mode(bi, &g);
	if (!va_bits)
		boot_stop("this hart has neither sv39, sv48 nor sv57%s",
			  bi->opts.va_bits   ? " within what satp= allows"
			  : a->mmu_type_bits ? " within the mmu-type of the device tree"
					     : "");
	sbi_copy_facts(bi);
	bi->caps = (struct grt_mmu_caps){
		.va_bits = va_bits,
		.pa_bits = 56,
		.svvptc = a->isa_svvptc,
		.whole_fences = sbi_hart_wants_whole_fences(),
	};
	if (bi->caps.whole_fences)
		printk("graticule: erratum CIP-1200: every fence is one of everything\n");
	probe_extensions(bi, &g, &bi->caps);
}

int arch_choose_geometry(struct boot_info *bi)
{
	const char *note;
	int err = grt_geometry_choose(0, bi->opts.va_bits, &bi->caps, NULL, &bi->geometry, &note);

	if (!err && note)
		printk("graticule: satp=sv%u: %s: sv%u\n", bi->opts.va_bits, note,
		       bi->geometry.va_bits);
	return err;
}

/* Were these wrong, the fetch that turns translation on would fault for ever, in silence. */
static bool maps_text(struct grt_pgtable *kernel, grt_virt_t va, grt_phys_t pa)
{
	struct grt_leaf leaf;

	return !grt_translate(kernel, va, &leaf) && leaf.pa + (va - leaf.va) == pa &&
	       leaf.attr & GRT_ATTR_EXEC;
}

int arch_boot_handover(struct boot_info *bi, struct grt_pgtable *kernel)
{
	u64 offset = bi->layout.kernel_offset;

	if (!maps_text(kernel, bi->image_pa + offset, bi->image_pa))
		return -EFAULT;
	bi->arch.satp = satp_make(bi->geometry.va_bits, kernel->root);
	boot_handover.satp = bi->arch.satp;
	boot_handover.offset = offset;
	return 0;
}
