// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Self-tests that walk the live tables. */
#include "kernel/arch.h"
#include "kernel/selftest.h"
#include "mm/page_size.h"
#include "mm/split_policy.h"
#include "mm/vm.h"

typedef unsigned long long ull;

static bool writable_executable(grt_attr_t attr)
{
	return (attr & GRT_ATTR_WRITE) && (attr & GRT_ATTR_EXEC);
}

/* Walk everything in the kernel's half. */
static int walk_all(const struct grt_pgtable *pt, grt_leaf_fn fn, void *arg)
{
	grt_virt_t start = grt_geometry_upper_start(pt->g);

	return grt_walk(pt, start, 0 - start, fn, arg);
}

/* ---- W^X ---- */

static u64 boot_leaves, boot_wx;

static int count_wx(const struct grt_leaf *leaf, void *arg)
{
	(void)arg;
	boot_leaves++;
	boot_wx += writable_executable(leaf->attr);
	return 0;
}

void selftest_boot_tables(const struct grt_pgtable *pt)
{
	struct grt_pgtable identity;

	walk_all(pt, count_wx, NULL);
	if (!arch_boot_identity(pt, &identity))
		grt_walk(&identity, 0, BIT(identity.g->va_bits), count_wx, NULL);
}

void test_boot_stage_wx(struct ktap *t)
{
	ktap_check(t, boot_leaves, "nothing was looked at");
	ktap_check(t, !boot_wx, "%llu of %llu leaves", (ull)boot_wx, (ull)boot_leaves);
}

static int fail_wx(const struct grt_leaf *leaf, void *t)
{
	ktap_check(t, !writable_executable(leaf->attr), "0x%llx", (ull)leaf->va);
	return 0;
}

void test_no_wx(struct ktap *t)
{
	walk_all(&kernel_vm.pt, fail_wx, t);
}

static int fail_executable(const struct grt_leaf *leaf, void *t)
{
	bool text = leaf->va >= (grt_virt_t)__text_start &&
		    leaf->va + leaf->size <= (grt_virt_t)__text_end;

	ktap_check(t, text || !(leaf->attr & GRT_ATTR_EXEC), "0x%llx", (ull)leaf->va);
	return 0;
}

void test_executable_is_text(struct ktap *t)
{
	walk_all(&kernel_vm.pt, fail_executable, t);
}

/* ---- the image ---- */

struct expect {
	struct ktap *t;
	grt_virt_t next;
	u64 offset; /* va - pa */
	grt_attr_t perm;
};

static int check_leaf(const struct grt_leaf *leaf, void *arg)
{
	struct expect *e = arg;

	ktap_check(e->t, leaf->va == e->next, "hole at 0x%llx", (ull)e->next);
	ktap_check(e->t, leaf->va - leaf->pa == e->offset, "0x%llx shows other memory",
		   (ull)leaf->va);
	ktap_check(e->t, (leaf->attr & GRT_ATTR_PERM_MASK) == e->perm,
		   "0x%llx has permissions 0x%x", (ull)leaf->va,
		   (unsigned int)(leaf->attr & GRT_ATTR_PERM_MASK));
	e->next = leaf->va + leaf->size;
	return 0;
}

static void check_range(struct ktap *t, grt_virt_t start, grt_virt_t end, u64 offset,
			grt_attr_t perm)
{
	struct expect e = { t, start, offset, perm };

	grt_walk(&kernel_vm.pt, start, end - start, check_leaf, &e);
	ktap_check(t, e.next == end, "ends at 0x%llx", (ull)e.next);
}

static grt_attr_t rodata_perm(void)
{
	return boot_info.opts.rodata == RODATA_OFF ? GRT_ATTR_READ | GRT_ATTR_WRITE : GRT_ATTR_READ;
}

void test_kernel_sections(struct ktap *t)
{
	u64 offset = boot_info.layout.kernel_offset;

	check_range(t, (grt_virt_t)__text_start, (grt_virt_t)__text_end, offset,
		    GRT_ATTR_READ | GRT_ATTR_EXEC);
	check_range(t, (grt_virt_t)__rodata_start, (grt_virt_t)__rodata_end, offset, rodata_perm());
	check_range(t, (grt_virt_t)__data_start, (grt_virt_t)__data_end, offset,
		    GRT_ATTR_READ | GRT_ATTR_WRITE);
}

/* ---- the linear map ---- */

/* What the walk finds in the linear region, compared range by range with what RAM there is. */
struct coverage {
	struct ktap *t;
	const struct linear_map *lm;
	unsigned int range; /* that the last leaf was in: leaves and ranges are in order */
	u64 bytes;
};

static int check_is_ram(const struct grt_leaf *leaf, void *arg)
{
	struct coverage *c = arg;
	const struct grt_mem_range *r = c->lm->memory.ranges;
	bool found;

	while (c->range < c->lm->memory.nr && r[c->range].start + r[c->range].size <= leaf->pa)
		c->range++;
	r += c->range;
	found = c->range < c->lm->memory.nr && leaf->pa - r->start < r->size &&
		leaf->pa - r->start + leaf->size <= r->size;
	ktap_check(c->t, found, "0x%llx maps 0x%llx, which is not RAM", (ull)leaf->va,
		   (ull)leaf->pa);
	ktap_check(c->t, leaf->va - leaf->pa == c->lm->offset, "0x%llx has another offset",
		   (ull)leaf->va);
	ktap_check(c->t, !(leaf->attr & (GRT_ATTR_EXEC | GRT_ATTR_USER | GRT_ATTR_MEM_MASK)),
		   "0x%llx has attributes 0x%x", (ull)leaf->va, (unsigned int)leaf->attr);
	c->bytes += leaf->size;
	return 0;
}

void test_linear_map_is_ram(struct ktap *t)
{
	const struct grt_region *linear = grt_layout_find(&boot_info.layout, GRT_REGION_LINEAR);
	struct linear_map lm;
	struct coverage c = { .t = t, .lm = &lm };
	u64 ram = 0;

	if (!ktap_check(t, !boot_linear_map(&boot_info, &lm), "no memory to list its ranges"))
		return;
	for (unsigned int i = 0; i < lm.memory.nr; i++)
		ram += lm.memory.ranges[i].size;
	grt_walk(&kernel_vm.pt, linear->start, linear->size, check_is_ram, &c);
	ktap_check(t, c.bytes == ram, "%llu bytes mapped, %llu bytes of RAM", (ull)c.bytes,
		   (ull)ram);
}

void test_linear_aliases(struct ktap *t)
{
	u64 to_alias = boot_info.layout.linear_offset - boot_info.layout.kernel_offset;
	u64 offset = boot_info.layout.linear_offset;
	struct grt_leaf leaf;
	grt_attr_t perm;

	for (const char *p = __text_start; p < __data_end; p += PAGE_SIZE) {
		if (vm_translate(&kernel_vm, (grt_virt_t)p + to_alias, &leaf)) {
			ktap_fail(t, "no alias of 0x%llx", (ull)p);
			return;
		}
		perm = p < __text_end	  ? GRT_ATTR_READ
		       : p < __rodata_end ? rodata_perm()
					  : GRT_ATTR_READ | GRT_ATTR_WRITE;
		ktap_check(t, leaf.va - leaf.pa == offset, "0x%llx", (ull)leaf.va);
		ktap_check(t, (leaf.attr & GRT_ATTR_PERM_MASK) == perm, "alias of 0x%llx: 0x%x",
			   (ull)p, (unsigned int)(leaf.attr & GRT_ATTR_PERM_MASK));
	}
}

static int fail_nomap(const struct grt_leaf *leaf, void *t)
{
	ktap_check(t, !memblock_overlaps(&boot_info.memblock.nomap, leaf->pa, leaf->size),
		   "0x%llx maps 0x%llx", (ull)leaf->va, (ull)leaf->pa);
	return 0;
}

void test_nomap(struct ktap *t)
{
	if (!boot_info.memblock.nomap.nr)
		ktap_skip(t, "no no-map memory");
	else
		walk_all(&kernel_vm.pt, fail_nomap, t);
}

static int count_leaf(const struct grt_leaf *leaf, void *arg)
{
	u64(*leaves)[2] = arg;

	leaves[leaf->level][leaf->contiguous]++;
	return 0;
}

/* As it is, it has the leaves that a new one gets, and so the tables; and none of those is missing. */
void test_linear_leaves(struct ktap *t)
{
	const struct grt_region *linear = grt_layout_find(&boot_info.layout, GRT_REGION_LINEAR);
	u64 leaves[GRT_GEOMETRY_MAX_LEVELS][2] = { 0 };
	struct grt_cost new = { .g = &boot_info.geometry };
	struct grt_cost more = { .g = &boot_info.geometry, .pt = &kernel_vm.pt };
	struct linear_map lm;

	if (!ktap_check(t, !boot_linear_map(&boot_info, &lm), "no memory to list its ranges"))
		return;
	linear_map_cost(&lm, &new);
	linear_map_cost(&lm, &more);
	ktap_check(t, !more.tables, "%llu tables are missing", (ull)more.tables);
	grt_walk(&kernel_vm.pt, linear->start, linear->size, count_leaf, leaves);
	for (unsigned int l = 0; l < boot_info.geometry.levels; l++)
		for (unsigned int c = 0; c < 2; c++)
			ktap_check(t, leaves[l][c] == new.leaves[l][c],
				   "level %u%s: %llu leaves, planned %llu", l,
				   c ? " contiguous" : "", (ull)leaves[l][c],
				   (ull) new.leaves[l][c]);
}

/* ---- everything ---- */

static int check_region(const struct grt_leaf *leaf, void *t)
{
	const struct grt_region *first = grt_layout_region_of(&boot_info.layout, leaf->va);
	const struct grt_region *last =
		grt_layout_region_of(&boot_info.layout, leaf->va + leaf->size - 1);
	u8 perm = (leaf->attr & GRT_ATTR_READ ? GRT_REGION_PERM_R : 0) |
		  (leaf->attr & GRT_ATTR_WRITE ? GRT_REGION_PERM_W : 0) |
		  (leaf->attr & GRT_ATTR_EXEC ? GRT_REGION_PERM_X : 0);

	if (!first || first != last) {
		ktap_fail(t, "0x%llx is not in one region", (ull)leaf->va);
		return 0;
	}
	ktap_check(t, first->id != GRT_REGION_GUARD, "0x%llx is in a guard region", (ull)leaf->va);
	ktap_check(t, !(perm & ~first->perm), "0x%llx permits more than its region", (ull)leaf->va);
	return 0;
}

void test_mappings_in_regions(struct ktap *t)
{
	walk_all(&kernel_vm.pt, check_region, t);
}

static int ask_hardware(const struct grt_leaf *leaf, void *arg)
{
	struct ktap *t = arg;
	grt_phys_t pa = 0;
	int err = arch_hw_translate(leaf->va + leaf->size - 1, &pa);

	if (err == -EOPNOTSUPP)
		return err;
	ktap_check(t, !err && pa == leaf->pa + leaf->size - 1, "0x%llx: 0x%llx instead of 0x%llx",
		   (ull)leaf->va, (ull)pa, (ull)leaf->pa);
	return 0;
}

void test_hardware_agrees(struct ktap *t)
{
	if (walk_all(&kernel_vm.pt, ask_hardware, t) == -EOPNOTSUPP)
		ktap_skip(t, "this architecture can't be asked");
}
