// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Self-tests: page allocator, vmalloc, module and BPF windows. */
#include <asm/cache.h>
#include "base/string.h"
#include "kernel/arch.h"
#include "kernel/selftest.h"
#include "mm/address.h"
#include "mm/execmem.h"
#include "mm/page_alloc.h"
#include "mm/page_size.h"
#include "mm/report.h"
#include "mm/vmalloc.h"

typedef unsigned long long ull;

/* Small and repeatable: every run makes the same choices. */
static u32 random_state;

static u32 random_below(u32 n)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % n;
}

struct balance {
	struct page_alloc_stats pages;
	struct vmalloc_stats areas;
	u64 mistakes;
};

static void balance_start(struct balance *b)
{
	random_state = 1;
	page_alloc_stats(&b->pages);
	vmalloc_stats(&b->areas);
	b->mistakes = mm_report_count();
}

/* Tables that vmalloc space needed may stay; they are few, and the first round has paid for them. */
static void balance_check(struct ktap *t, const struct balance *b, u64 tables)
{
	struct balance now;

	page_alloc_stats(&now.pages);
	vmalloc_stats(&now.areas);
	ktap_check(t, now.pages.free + tables >= b->pages.free, "%llu pages lost",
		   (ull)(b->pages.free - now.pages.free));
	ktap_check(t, now.areas.areas == b->areas.areas && now.areas.bytes == b->areas.bytes,
		   "an area is lost");
	ktap_check(t, mm_report_count() == b->mistakes, "mistakes were reported");
}

#define BLOCKS 48

struct block {
	grt_phys_t pa;
	unsigned int order;
};

static void stamp(const struct block *b, u64 value)
{
	u64 *first = phys_to_virt(b->pa);

	first[0] = value;
	first[(PAGE_SIZE << b->order) / sizeof(u64) - 1] = ~value;
}

static bool stamped(const struct block *b, u64 value)
{
	const u64 *first = phys_to_virt(b->pa);

	return first[0] == value && first[(PAGE_SIZE << b->order) / sizeof(u64) - 1] == ~value;
}

void test_page_alloc(struct ktap *t)
{
	static struct block blocks[BLOCKS];
	struct balance b;

	balance_start(&b);
	for (unsigned int i = 0; i < BLOCKS; i++) {
		blocks[i].order = random_below(4);
		blocks[i].pa = page_alloc(blocks[i].order, 0);
		if (blocks[i].pa == GRT_PHYS_NONE)
			continue;
		ktap_check(t, is_aligned(blocks[i].pa, PAGE_SIZE << blocks[i].order),
			   "0x%llx is not aligned", (ull)blocks[i].pa);
		stamp(&blocks[i], 0x5741a000 + i);
	}
	for (unsigned int i = 0; i < BLOCKS; i++) {
		if (blocks[i].pa == GRT_PHYS_NONE)
			continue;
		ktap_check(t, stamped(&blocks[i], 0x5741a000 + i), "block %u was overwritten", i);
		page_free(blocks[i].pa, blocks[i].order);
	}
	balance_check(t, &b, 0);
	ktap_note("%llu of %llu pages free", (ull)b.pages.free, (ull)b.pages.total);
}

static bool in_general_vmalloc(grt_virt_t va, u64 size)
{
	const struct grt_region *r = grt_layout_region_of(&boot_info.layout, va);

	return r && r->id == GRT_REGION_VMALLOC && va + size - r->start <= r->size;
}

static void check_area(struct ktap *t, u8 *p, u64 size)
{
	ktap_check(t, in_general_vmalloc((grt_virt_t)p, size), "0x%llx is elsewhere", (ull)p);
	memset(p, 0xa5, size);
	ktap_check(t, p[0] == 0xa5 && p[size - 1] == 0xa5, "0x%llx does not hold data", (ull)p);
	ktap_check(t, arch_probe(ACCESS_READ, (grt_virt_t)p - 1) == -EFAULT, "no guard below");
	ktap_check(t, arch_probe(ACCESS_READ, align_up((grt_virt_t)p + size, PAGE_SIZE)) == -EFAULT,
		   "no guard above");
}

void test_vmalloc(struct ktap *t)
{
	static const u64 sizes[] = { 1, KIB(4), KIB(64), KIB(100), MIB(1), MIB(2) + 1, MIB(5) };
	struct page_alloc_stats now;
	struct balance b;

	for (unsigned int round = 0; round < 2; round++) {
		if (round)
			balance_start(&b);
		for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
			u8 *p = vmalloc(sizes[i]);

			if (!p) {
				page_alloc_stats(&now);
				ktap_check(t, sizes[i] > now.free * PAGE_SIZE / 4,
					   "no room for %llu bytes", (ull)sizes[i]);
				continue;
			}
			check_area(t, p, sizes[i]);
			vfree(p);
			ktap_check(t, arch_probe(ACCESS_READ, (grt_virt_t)p) == -EFAULT,
				   "readable after vfree()");
		}
	}
	balance_check(t, &b, 0);
}

/* A large part of the general areas is taken by mapping the same memory again and again. */
void test_vmalloc_windows(struct ktap *t)
{
	static void *areas[BLOCKS];
	u64 size = MIB(4);
	struct balance b;

	balance_start(&b);
	for (unsigned int i = 0; i < BLOCKS; i++) {
		areas[i] = vmap_phys(boot_info.image_pa, size, GRT_ATTR_KERNEL_RO);
		if (areas[i])
			ktap_check(t, in_general_vmalloc((grt_virt_t)areas[i], size),
				   "%llu bytes at 0x%llx", (ull)size, (ull)areas[i]);
		size = KIB(4) << random_below(12);
	}
	for (unsigned int i = 0; i < BLOCKS; i++)
		vfree(areas[i]);
	balance_check(t, &b, 0);
	for (unsigned int i = 0; i < boot_info.layout.nr; i++) {
		const struct grt_region *r = &boot_info.layout.region[i];

		if (r->id == GRT_REGION_VMALLOC)
			size = max_u64(size, r->size);
	}
	ktap_check(t, !vmap_phys(0, size, GRT_ATTR_KERNEL_RO), "more than the largest piece");
}

static void check_code(struct ktap *t, enum execmem_type type, enum grt_region_id region)
{
	u32 *code = execmem_alloc(type, PAGE_SIZE);
	grt_virt_t va = (grt_virt_t)code;
	const struct grt_region *r = grt_layout_region_of(&boot_info.layout, va);

	if (!ktap_check(t, code, "no room"))
		return;
	ktap_check(t, r && r->id == region, "0x%llx is in region %s", (ull)va, r ? r->name : "?");
	ktap_check(t, execmem_in_reach(va, PAGE_SIZE, GIB(2)), "0x%llx is out of reach", (ull)va);
	code[0] = ARCH_INSN_RETURN;
	ktap_check(t, arch_probe(ACCESS_EXEC, va) == -EFAULT, "executable while it is writable");
	ktap_check(t, !execmem_seal(type, code), "can't be sealed");
	icache_sync(va, sizeof(*code));
	ktap_check(t, !arch_probe(ACCESS_EXEC, va), "does not run");
	ktap_check(t, arch_probe(ACCESS_WRITE, va) == -EFAULT, "writable after it was sealed");
	execmem_free(type, code);
	ktap_check(t, arch_probe(ACCESS_EXEC, va) == -EFAULT, "executable after it was freed");
}

void test_execmem(struct ktap *t)
{
	struct balance b;

	check_code(t, EXECMEM_MODULE, GRT_REGION_MODULES);
	check_code(t, EXECMEM_BPF, GRT_REGION_BPF);
	balance_start(&b);
	check_code(t, EXECMEM_MODULE, GRT_REGION_MODULES);
	check_code(t, EXECMEM_BPF, GRT_REGION_BPF);
	balance_check(t, &b, 0);
}
