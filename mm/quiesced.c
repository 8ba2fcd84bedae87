// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <graticule/pgtable_swap.h>
#include "base/errno.h"
#include "mm/fixmap.h"
#include "mm/quiesced.h"

static const struct quiesced_ops *quiesced_ops;
static struct quiesced_stats stats;

void quiesced_provider(const struct quiesced_ops *ops)
{
	quiesced_ops = ops;
}

int quiesced_run(quiesced_fn fn, void *arg)
{
	if (quiesced_ops)
		return quiesced_ops->run(fn, arg);
	fn(arg);
	return 0;
}

/*
 * What the commit works on. Tables are reached by their fixmap aliases, because their places in the
 * linear map may be part of what is made invalid.
 */
struct commit {
	struct grt_pgtable *pt;
	struct grt_swap swap;
	grt_phys_t next_pa;
	u64 *table;
	u64 *next;
};

static void commit(void *arg)
{
	struct commit *c = arg;

	grt_swap_commit(c->pt, &c->swap, c->table, c->next);
}

#if __STDC_HOSTED__
/* Nothing is mapped by the tables of a host program. */
static u64 *alias(struct kernel_vm *vm, enum fix_slot slot, grt_phys_t table)
{
	(void)vm;
	(void)slot;
	return phys_to_virt(table);
}
#else
static u64 *alias(struct kernel_vm *vm, enum fix_slot slot, grt_phys_t table)
{
	(void)table;
	return (u64 *)fixmap_addr(vm->layout, slot);
}
#endif

/* Before the tables are rebuilt, because this changes some. Where it fails one of them may be mapped. */
static int map_aliases(struct kernel_vm *vm, struct commit *c)
{
	int err =
		fixmap_map(&vm->pt, vm->layout, FIX_SWAP_TABLE, c->swap.table, GRT_ATTR_KERNEL_RW);

	if (!err)
		err = fixmap_map(&vm->pt, vm->layout, FIX_SWAP_NEXT, c->next_pa,
				 GRT_ATTR_KERNEL_RW);
	c->table = alias(vm, FIX_SWAP_TABLE, c->swap.table);
	c->next = alias(vm, FIX_SWAP_NEXT, c->next_pa);
	return err;
}

/* Of several errors -EIO counts: a CPU may have cached what it must not use. */
static int first_error(int err, int other)
{
	return err && other != -EIO ? err : other;
}

static int unmap_aliases(struct kernel_vm *vm)
{
	int err = fixmap_unmap(&vm->pt, vm->layout, FIX_SWAP_TABLE);

	return first_error(err, fixmap_unmap(&vm->pt, vm->layout, FIX_SWAP_NEXT));
}

static int replace_entries(struct kernel_vm *vm, struct commit *c)
{
	int err = map_aliases(vm, c);

	if (!err)
		err = grt_swap_build(&vm->pt, &c->swap, c->next_pa);
	if (!err)
		err = quiesced_run(commit, c);
	err = first_error(err, grt_swap_end(&vm->pt, &c->swap));
	return first_error(err, unmap_aliases(vm));
}

static int replace(struct kernel_vm *vm, struct commit *c)
{
	int err;

	c->next_pa = vm->pt.ops->alloc(&vm->pt);
	if (c->next_pa == GRT_PHYS_NONE)
		return -ENOMEM;
	err = replace_entries(vm, c);
	if (err != -EIO) /* else its alias may be in use */
		vm->pt.ops->free(&vm->pt, c->next_pa);
	if (!err) {
		stats.swaps++;
		stats.tables += (u64)c->swap.tables;
	}
	return err;
}

int quiesced_pages_locked(struct kernel_vm *vm, grt_virt_t va, u64 size)
{
	struct grt_tlb_batch *open = vm->pt.batch;
	struct commit c = { .pt = &vm->pt };
	int err = 0;

	/* The aliases must work when they are mapped, and nothing be pending in the range. */
	if (open)
		err = grt_batch_commit(&vm->pt);
	if (!err)
		err = grt_swap_begin(&vm->pt, va, size, &c.swap);
	if (!err)
		err = replace(vm, &c);
	vm->pt.batch = open;
	return err == -ENOENT ? 0 : err;
}

int quiesced_pages(struct kernel_vm *vm, grt_virt_t va, u64 size)
{
	int err;

	spin_lock(&vm->lock);
	err = quiesced_pages_locked(vm, va, size);
	spin_unlock(&vm->lock);
	return err;
}

void quiesced_stats(struct quiesced_stats *out)
{
	*out = stats;
}
