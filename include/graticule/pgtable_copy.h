/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What one tree maps, in another tree too. */
#ifndef GRT_PGTABLE_COPY_H
#define GRT_PGTABLE_COPY_H

#include <graticule/pgtable.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * grt_copy() - map what another tree maps in a range: fork, eagerly
 * @to: the tree that gets it: of the same geometry and memory types as @from, and not the same tree
 * @va: virtual address, page aligned, in the half that both trees serve
 * @size: bytes, page aligned, not zero
 * @to_edit: how the copies differ; attributes as for grt_protect()
 * @from_edit: how what was copied changes; copy-on-write clears GRT_ATTR_WRITE in both
 *
 * Leaves and groups are copied as they are, hidden ones too. Of those that reach over an edge of the range a
 * part is copied, as smaller leaves; they are split in @from only if they change there. Where something is
 * mapped in @to nothing may be in the range; tables that it has there are used.
 *
 * One pass. What changes in @from is one batch, complete on return or when its open batch is committed; only
 * where CPUs need break-before-make for it is more than one invalidation made. The caller serialises
 * operations on both trees.
 *
 * Return: 0; -EINVAL (arguments; a dry batch is open on one side only; entries of the trees don't say the
 * same; a leaf would be what its tree refuses: writable and executable, or global by ASID); -EEXIST
 * (something is mapped in @to); -ENOMEM or -EPERM as grt_unmap(), or where tables take from or add to what
 * is asked for. After each of these both trees are as they were. -EIO as grt_batch_commit().
 */
int grt_copy(struct grt_pgtable *to, struct grt_pgtable *from, grt_virt_t va, uint64_t size,
	     struct grt_edit to_edit, struct grt_edit from_edit);

#ifdef __cplusplus
}
#endif

#endif
