// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <graticule/tlb.h>
#include "mm/page_alloc.h"
#include "mm/quiesced.h"
#include "mm/set_memory.h"
#include "mm/split_policy.h"
#include "mm/vm_space.h"

/* Attributes to set and to clear. */
struct edit {
	grt_attr_t set;
	grt_attr_t clear;
};

/**
 * struct change - one call at work
 * @offset: of the range in @area
 * @here: for the area's own addresses
 * @alias: for the linear map, where
 * @aliases: that changes
 */
struct change {
	struct kernel_vm *vm;
	struct va_area *area;
	grt_virt_t va;
	u64 offset;
	u64 size;
	struct edit here;
	struct edit alias;
	bool aliases;
};

void set_memory_init(struct kernel_vm *vm, bool protect_aliases)
{
	vm->protect_aliases = protect_aliases;
}

/*
 * The aliases in one run. Pages take the place of leaves that can't be split live, which the dry run notices;
 * it makes no difference to anybody if the call fails afterwards.
 */
static int change_alias(struct kernel_vm *vm, grt_virt_t va, u64 size, const struct edit *e)
{
	int err = grt_protect(&vm->pt, va, size, e->set, e->clear);

	if (err != -EPERM)
		return err;
	err = quiesced_pages_locked(vm, va, size);
	return err ? err : grt_protect(&vm->pt, va, size, e->set, e->clear);
}

static int change_runs(const struct change *c)
{
	struct vm_cursor cursor = vm_runs(c->area, c->offset, c->aliases ? c->size : 0);
	struct vm_run run;
	int err = grt_protect(&c->vm->pt, c->va, c->size, c->here.set, c->here.clear);

	while (!err && vm_next_run(&cursor, &run))
		err = change_alias(c->vm, vm_linear(c->vm, run.pa), run.size, &c->alias);
	return err;
}

/* All of it, or nothing: where it fails after the dry run a CPU could not be fenced. */
static int change_all(const struct change *c)
{
	struct grt_pgtable *pt = &c->vm->pt;
	struct grt_tlb_batch batch;
	int err;

	grt_batch_dry(pt, &batch);
	err = change_runs(c);
	if (!err)
		err = grt_batch_run(pt);
	if (!err) {
		c->area->aliased |= c->aliases;
		err = change_runs(c);
	}
	return grt_batch_commit(pt) ? -EIO : err;
}

static int check_range(const struct vm_space *s, const struct change *c)
{
	u64 start;

	if (!c->area || !c->area->size || !c->area->blocks)
		return -EINVAL;
	start = c->area->va & PAGE_MASK;
	if (c->va < start || c->va - start >= c->area->size ||
	    c->size > c->area->size - (c->va - start))
		return -EINVAL;
	if (c->area->pinned || (c->here.set & GRT_ATTR_EXEC && !s->exec))
		return -EPERM;
	return 0;
}

/* The lock of the space keeps the area where it is. */
static int change_area(struct vm_space *s, struct change *c)
{
	int err;

	spin_lock(&s->va.lock);
	c->area = va_space_find(&s->va, c->va);
	err = check_range(s, c);
	if (!err) {
		c->offset = c->va - (c->area->va & PAGE_MASK);
		spin_lock(&c->vm->lock);
		err = change_all(c);
		spin_unlock(&c->vm->lock);
	}
	spin_unlock(&s->va.lock);
	return err;
}

static bool bad_range(grt_virt_t va, u64 pages)
{
	return !is_aligned(va, PAGE_SIZE) || !pages || pages > ~0ULL >> PAGE_SHIFT;
}

static int change_memory(struct kernel_vm *vm, grt_virt_t va, u64 pages, const struct edit *here,
			 const struct edit *alias)
{
	struct vm_space *s = vm_space_of(vm, va);
	struct change c = {
		.vm = vm,
		.va = va,
		.size = pages << PAGE_SHIFT,
		.here = *here,
	};

	if (!s || bad_range(va, pages))
		return -EINVAL;
	if (alias) {
		c.alias = *alias;
		c.aliases = alias->set | alias->clear;
	}
	return change_area(s, &c);
}

/* What becomes executable was made read-only before, or is now, and its alias with it. */
static int change_permissions(struct kernel_vm *vm, grt_virt_t va, u64 pages, grt_attr_t set,
			      grt_attr_t clear)
{
	struct edit here = { set, clear }, alias = { set & GRT_ATTR_WRITE, clear & GRT_ATTR_WRITE };

	return change_memory(vm, va, pages, &here, vm->protect_aliases ? &alias : NULL);
}

int set_memory_ro(struct kernel_vm *vm, grt_virt_t va, u64 pages)
{
	return change_permissions(vm, va, pages, 0, GRT_ATTR_WRITE);
}

int set_memory_rw(struct kernel_vm *vm, grt_virt_t va, u64 pages)
{
	return change_permissions(vm, va, pages, GRT_ATTR_WRITE, 0);
}

int set_memory_x(struct kernel_vm *vm, grt_virt_t va, u64 pages)
{
	return change_permissions(vm, va, pages, GRT_ATTR_EXEC, 0);
}

int set_memory_nx(struct kernel_vm *vm, grt_virt_t va, u64 pages)
{
	return change_permissions(vm, va, pages, 0, GRT_ATTR_EXEC);
}

int set_memory_rox(struct kernel_vm *vm, grt_virt_t va, u64 pages)
{
	return change_permissions(vm, va, pages, GRT_ATTR_EXEC, GRT_ATTR_WRITE);
}

/* ---- the linear map alone ---- */

/* As large as before, too, where that can be while CPUs use it. */
static int restore_locked(struct kernel_vm *vm, grt_virt_t va, u64 size, grt_attr_t set)
{
	struct grt_tlb_batch batch;
	int err;

	grt_batch_begin(&vm->pt, &batch);
	err = grt_protect(&vm->pt, va, size, set, 0);
	if (!err && split_mode() == SPLIT_LIVE)
		err = grt_collapse(&vm->pt, va, size, GRT_EXTENT_AROUND);
	return grt_batch_commit(&vm->pt) ? -EIO : err;
}

/* Pages take the place of leaves that can't be split live. */
static int change_linear_quiesced(struct kernel_vm *vm, grt_virt_t va, u64 size, grt_attr_t set,
				  grt_attr_t clear)
{
	int err = quiesced_pages_locked(vm, va, size);

	return err ? err : grt_protect(&vm->pt, va, size, set, clear);
}

static inline int change_linear(struct kernel_vm *vm, struct page *page, u64 nr, grt_attr_t set,
				grt_attr_t clear, bool restore)
{
	grt_virt_t va = vm_linear(vm, page_to_phys(page));
	u64 size = nr << PAGE_SHIFT;
	int err;

	if (!page_alloc_owned(page, nr))
		return -EINVAL;
	spin_lock(&vm->lock);
	err = restore ? restore_locked(vm, va, size, set)
		      : grt_protect(&vm->pt, va, size, set, clear);
	if (err == -EPERM)
		err = change_linear_quiesced(vm, va, size, set, clear);
	spin_unlock(&vm->lock);
	return err;
}

int set_direct_map_invalid(struct kernel_vm *vm, struct page *page, u64 nr)
{
	return change_linear(vm, page, nr, 0, GRT_ATTR_READ, false);
}

int set_direct_map_valid(struct kernel_vm *vm, struct page *page, u64 nr, bool valid)
{
	return change_linear(vm, page, nr, valid ? GRT_ATTR_READ : 0, valid ? 0 : GRT_ATTR_READ,
			     false);
}

int set_direct_map_default(struct kernel_vm *vm, struct page *page, u64 nr)
{
	return change_linear(vm, page, nr, GRT_ATTR_READ | GRT_ATTR_WRITE, 0, true);
}

int kernel_map_pages(struct kernel_vm *vm, struct page *page, u64 nr, bool enable)
{
	return change_linear(vm, page, nr, enable ? GRT_ATTR_READ | GRT_ATTR_WRITE : 0,
			     enable ? 0 : GRT_ATTR_READ, false);
}

/* ---- shared with the host, or not ---- */

static int change_shared(struct kernel_vm *vm, grt_virt_t va, u64 pages, grt_attr_t set,
			 grt_attr_t clear)
{
	const struct grt_region *r = grt_layout_region_of(vm->layout, va);
	struct edit e = { set, clear };

	if (!r || r->id != GRT_REGION_LINEAR)
		return change_memory(vm, va, pages, &e, &e);
	if (bad_range(va, pages))
		return -EINVAL;
	return change_linear(vm, phys_to_page(va - vm->layout->linear_offset), pages, set, clear,
			     false);
}

int set_memory_decrypted(struct kernel_vm *vm, grt_virt_t va, u64 pages)
{
	return change_shared(vm, va, pages, GRT_ATTR_SHARED, 0);
}

int set_memory_encrypted(struct kernel_vm *vm, grt_virt_t va, u64 pages)
{
	return change_shared(vm, va, pages, 0, GRT_ATTR_SHARED);
}
