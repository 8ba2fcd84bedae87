/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The page-table engine: one loop over levels for every geometry of every architecture.
 *
 * Every operation is run dry first: that counts exactly the tables that it needs and looks for what
 * makes it illegal; it may fail and stores nothing. Then the tables are made, and it is run for real,
 * which can't fail but where other CPUs can't be fenced: any operation then returns -EIO and has changed
 * the tree, and the tables that it unlinked are never freed. One that would change a tree that can only
 * be read (GRT_REGIME_STAGE2) is -EOPNOTSUPP.
 */
#ifndef GRT_PGTABLE_H
#define GRT_PGTABLE_H

#include <graticule/geometry.h>
#include <graticule/regime.h>
#include <graticule/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a mapping permits and which memory it is. Never both GRT_ATTR_WRITE and GRT_ATTR_EXEC. */
typedef uint64_t grt_attr_t;
#define GRT_ATTR_READ (UINT64_C(1) << 0)
#define GRT_ATTR_WRITE (UINT64_C(1) << 1)
#define GRT_ATTR_EXEC (UINT64_C(1) << 2)
#define GRT_ATTR_USER (UINT64_C(1) << 3)
#define GRT_ATTR_GLOBAL (UINT64_C(1) << 4)
#define GRT_ATTR_PERM_MASK (GRT_ATTR_READ | GRT_ATTR_WRITE | GRT_ATTR_EXEC | GRT_ATTR_USER)
#define GRT_ATTR_SOFT0 (UINT64_C(1) << 7) /* two bits for the embedding kernel's own use */
#define GRT_ATTR_SOFT1 (UINT64_C(1) << 8)
/* Shared with the host of a confidential guest; no meaning elsewhere. */
#define GRT_ATTR_SHARED (UINT64_C(1) << 21)
/* One memory type. A device's is GRT_ATTR_DEVICE with or without more. */
#define GRT_ATTR_MEM_SHIFT 10
#define GRT_ATTR_NORMAL 0		       /* write-back cacheable memory */
#define GRT_ATTR_NONCACHED (UINT64_C(1) << 10) /* normal memory, not cached */
#define GRT_ATTR_DEVICE (UINT64_C(1) << 11)    /* device memory, strongly ordered (arm64: nGnRnE) */
/* Likewise, and writes are acknowledged early; RISC-V: as GRT_ATTR_DEVICE. */
#define GRT_ATTR_DEVICE_nGnRE (GRT_ATTR_DEVICE | (UINT64_C(1) << 12))
/* None that the regime names: found, never mapped. */
#define GRT_ATTR_OTHER (GRT_ATTR_NONCACHED | GRT_ATTR_DEVICE)
#define GRT_ATTR_MEM_MASK (7ULL << GRT_ATTR_MEM_SHIFT)
/* Not attributes of the entry: how grt_map() chooses leaves. */
#define GRT_MAP_PAGES_ONLY (UINT64_C(1) << 16) /* level 0 leaves only */
#define GRT_MAP_NO_CONT (UINT64_C(1) << 17)    /* no contiguous groups */
/* Nothing of which a part could not change while CPUs use the rest: pages where no size can change. */
#define GRT_MAP_SPLITTABLE (UINT64_C(1) << 18)
#define GRT_MAP_MASK (GRT_MAP_PAGES_ONLY | GRT_MAP_NO_CONT | GRT_MAP_SPLITTABLE)
/* About accessed and dirty state, which is set from the start without them. */
#define GRT_MAP_OLD (UINT64_C(1) << 19) /* not accessed yet */
/* Writable and not written yet; also what grt_protect() makes writable. */
#define GRT_MAP_CLEAN (UINT64_C(1) << 20)

#define GRT_ATTR_KERNEL_RO (GRT_ATTR_READ | GRT_ATTR_GLOBAL)
#define GRT_ATTR_KERNEL_RW (GRT_ATTR_READ | GRT_ATTR_WRITE | GRT_ATTR_GLOBAL)
#define GRT_ATTR_KERNEL_RX (GRT_ATTR_READ | GRT_ATTR_EXEC | GRT_ATTR_GLOBAL)

/** struct grt_edit - how attributes change: those to set, and those to clear, as in grt_protect(). */
struct grt_edit {
	grt_attr_t set;
	grt_attr_t clear;
};

struct grt_pgtable;
struct grt_tlb_batch;
struct grt_tlb_domain;

/**
 * struct grt_pgtable_ops - where table pages come from and how they are reached
 * @alloc: a page of the geometry's page size, aligned to it, contents undefined; GRT_PHYS_NONE when
 *	none is left. Mapped: @map of it works at once.
 * @free: gives a page from @alloc back; no CPU's TLB or walk cache refers to it any more
 * @map: the page as memory that the CPU can access, of a root all of its pages; NULL: at its physical
 *	address plus *@offset
 * @unmap: ends the use of a pointer from @map; may be NULL
 * @offset: virtual minus physical address of every table, modulo 2^64, a multiple of the page size, where
 *	@map is NULL
 * @contains: may a table of a tree that somebody else built lie there? NULL: anywhere
 * @available: how many calls of @alloc will surely succeed, because nobody else takes tables from this
 *	provider meanwhile; NULL: nobody knows, and an operation allocates all that it needs before it
 *	changes anything
 * @alloc_run: like @nr calls of @alloc for pages that follow one another, physically and in what @map
 *	returns; may lower @nr, not to 0. Only with @available; NULL: one by one
 *
 * All get the table's own @ctx through the struct grt_pgtable.
 */
struct grt_pgtable_ops {
	grt_phys_t (*alloc)(struct grt_pgtable *pt);
	void (*free)(struct grt_pgtable *pt, grt_phys_t table);
	uint64_t *(*map)(const struct grt_pgtable *pt, grt_phys_t table);
	void (*unmap)(const struct grt_pgtable *pt, uint64_t *table);
	const uint64_t *offset;
	bool (*contains)(const struct grt_pgtable *pt, grt_phys_t table);
	uint64_t (*available)(const struct grt_pgtable *pt);
	grt_phys_t (*alloc_run)(struct grt_pgtable *pt, uint64_t *nr);
};

/**
 * struct grt_pgtable_config - what a tree is, and who provides for it
 * @g: its shape
 * @caps: what the CPUs that walk it can do; not NULL, since what may be changed in place depends on it
 * @regime: which half it serves, and what its entries may say
 * @ops: provider of table pages
 * @ctx: for the provider
 * @domain: the CPUs whose TLBs may hold its entries; NULL: those that hear a broadcast
 * @upper: grt_pgtable_init() only: where one root translates both halves and the tree serves the lower
 *	one, the tree whose entries of the upper half the root has as well; NULL: none has any. See
 *	grt_pgtable_keep_root()
 *
 * What is pointed to outlives the tree.
 */
struct grt_pgtable_config {
	const struct grt_geometry *g;
	const struct grt_mmu_caps *caps;
	struct grt_regime regime;
	const struct grt_pgtable_ops *ops;
	void *ctx;
	const struct grt_tlb_domain *domain;
	const struct grt_pgtable *upper;
};

/**
 * struct grt_pgtable - one tree of tables
 * @g: its shape
 * @caps: what the CPUs that walk it can do
 * @regime: what it is to the hardware beside that
 * @first: grt_regime_first()
 * @extent: grt_regime_extent()
 * @never: attributes that the regime has no mappings with
 * @codes: how its entries say what they say
 * @limited: an entry that leads to a table adds to what is below it, or may
 * @fixed: it can be read, and not changed
 * @detour: short ways don't see all that counts here, and are not taken
 * @root: physical address of the root
 * @root_at: log2 of the bytes that an entry of it maps, less 3, and from bit 8 up the level below it
 * @root_mask: of the bytes at which its entries are
 * @down: what @root_at falls by from level to level; @mask: @root_mask of the tables below
 * @direct: @ops->offset where it says how each table is reached, and short ways may be taken; else NULL
 * @ops: provider of table pages
 * @ctx: for the provider
 * @tables: table pages in use, the root included
 * @changes: operations that have begun, to notice whether one has meanwhile
 * @live: a CPU may be walking it: changes obey the step rules and are published and invalidated
 * @domain: the CPUs whose TLBs may hold its entries; NULL: those that hear a broadcast
 * @batch: open batch (grt_batch_begin()), or NULL
 * @spare: chain of tables that grt_batch_run() allocated and no operation has used yet
 * @spares: how many
 *
 * The caller serialises operations on one struct grt_pgtable (mm/ holds a lock).
 */
struct grt_pgtable {
	const struct grt_geometry *g;
	const struct grt_mmu_caps *caps;
	struct grt_regime regime;
	grt_virt_t first;
	uint64_t extent;
	grt_attr_t never;
	struct grt_entry_codes codes;
	bool limited;
	bool fixed;
	bool detour;
	grt_phys_t root;
	int64_t root_at;
	uint64_t root_mask;
	int64_t down;
	uint64_t mask;
	const uint64_t *direct;
	const struct grt_pgtable_ops *ops;
	void *ctx;
	uint64_t tables;
	uint64_t changes;
	bool live;
	const struct grt_tlb_domain *domain;
	struct grt_tlb_batch *batch;
	grt_phys_t spare;
	uint64_t spares;
};

/* Accessed and dirty state of a leaf: of a group what any of its entries says. */
#define GRT_PGSTATE_ACCESSED 1U
#define GRT_PGSTATE_DIRTY 2U /* written since it was clean, also where it is read-only now */

/**
 * struct grt_leaf - a leaf, or a whole contiguous group, as the walk reports it
 * @va: first virtual address
 * @size: bytes
 * @pa: physical address that @va translates to
 * @attr: GRT_ATTR_* of it
 * @level: level of the entry or entries
 * @contiguous: a contiguous group of 1 << cont_bits entries
 * @state: GRT_PGSTATE_* of it; 0 in a tree that can only be read
 */
struct grt_leaf {
	grt_virt_t va;
	uint64_t size;
	grt_phys_t pa;
	grt_attr_t attr;
	uint8_t level;
	bool contiguous;
	uint8_t state;
};

/**
 * struct grt_cost - what mappings will need, to the page
 * @g: the tree's shape, set by the caller like
 * @pt: the tree, or NULL: one that has nothing but its root; all else is zero to begin with
 * @tables: table pages beyond those that the tree has
 * @leaves: leaves by level; [..][0] single entries, [..][1] whole contiguous groups
 */
struct grt_cost {
	const struct grt_geometry *g;
	const struct grt_pgtable *pt;
	uint64_t tables;
	uint64_t leaves[GRT_GEOMETRY_MAX_LEVELS][2];
	/* private: the last table counted at each level, plus one, so that neighbours share it */
	uint64_t last_table[GRT_GEOMETRY_MAX_LEVELS];
};

/**
 * grt_pgtable_init() - make an empty tree, which no CPU uses yet: allocates and clears the root
 * @pt: filled in
 *
 * Return: 0; -ENOMEM; -EINVAL where @config lacks something, names a half that one tree can't serve, a
 * kind that its geometry is not for, or an ASID or an index that can't be; -EOPNOTSUPP: the architecture
 * has no such kind of regime, or its trees can only be read (GRT_REGIME_STAGE2).
 */
int grt_pgtable_init(struct grt_pgtable *pt, const struct grt_pgtable_config *config);

/** grt_pgtable_provide() - from here on the tree's tables are those of another provider. */
static inline void grt_pgtable_provide(struct grt_pgtable *pt, const struct grt_pgtable_ops *ops,
				       void *ctx)
{
	pt->ops = ops;
	pt->ctx = ctx;
	pt->direct = ops->map || pt->detour ? NULL : ops->offset;
}

/** GRT_MAX_ADOPTED - tables in a tree that grt_pgtable_adopt() follows if nobody sets a limit. */
#define GRT_MAX_ADOPTED (1ULL << 24)

/**
 * grt_pgtable_adopt() - take over a tree that somebody else has built
 * @pt: filled in, live: some CPU may be walking it
 * @config: its @ops own the tables from here on and free those that become empty
 * @root: physical address of the root
 * @max_tables: more than these, and it is not followed to the end; a table that leads back to itself is
 *	one of countless
 *
 * Counts the tables in the half that the tree serves. Stores nothing.
 *
 * Return: 0; -EINVAL as grt_pgtable_init(), also where a table lies outside of what @config->ops contain
 * or beyond the geometry's physical addresses, or a mapping is what the regime has none of
 * (GRT_REGIME_ASID: global); -E2BIG (more tables); -EOPNOTSUPP: the architecture has no such kind of
 * regime. A tree of GRT_REGIME_STAGE2 can be adopted: grt_translate() and grt_walk() read it.
 */
int grt_pgtable_adopt(struct grt_pgtable *pt, const struct grt_pgtable_config *config,
		      grt_phys_t root, uint64_t max_tables);

/**
 * grt_pgtable_keep_root() - each entry of a root leads to a table, and goes on doing so
 * @pt: a tree whose root translates both halves
 *
 * Other roots can have the same entries then (@upper of their configuration): what is mapped, changed and
 * removed in this tree is so in theirs, since only tables below the root change. It costs as many tables as
 * the half has entries that are empty or leaves: leaves are split, and no leaf is as large as such an entry
 * any more. A kernel does this once, before it makes the first tree for user space. Its domain is every CPU
 * that translates with any of the roots.
 *
 * Return: 0; -EINVAL (each half has a root of its own); -ENOMEM, -EPERM as grt_unmap().
 */
int grt_pgtable_keep_root(struct grt_pgtable *pt);

/** grt_pgtable_destroy() - free every table of a tree that no CPU uses; of GRT_REGIME_STAGE2 none. */
void grt_pgtable_destroy(struct grt_pgtable *pt);

/**
 * grt_map() - map a range with the largest leaves and groups that fit
 * @va: virtual address, page aligned, in the half that the tree serves, as for all operations
 * @pa: physical address, page aligned
 * @size: bytes, page aligned, not zero
 * @attr: GRT_ATTR_* | GRT_MAP_*
 *
 * A table is filled front to back before it is linked. On a live tree the new entries are usable by
 * every CPU on return, or when the open batch is committed; with regime.retries_faults an access may fault
 * for a short time after that. Without GRT_ATTR_READ nobody can use them: such mappings are hidden, as
 * grt_protect() hides others, keep what they map and permit, and are shown by it.
 *
 * Return: 0; -EINVAL (alignment, range, W+X); -ERANGE (@pa beyond the geometry's pa_bits); -EEXIST
 * (something is mapped there); -ENOMEM; -EPERM where a table that somebody else built takes from or adds
 * to what @attr asks for (RISC-V: G makes all below global). After each of these the tree is as it was.
 */
int grt_map(struct grt_pgtable *pt, grt_virt_t va, grt_phys_t pa, uint64_t size, grt_attr_t attr);

/** struct grt_run - one of several mappings that grt_map_runs() makes as one. */
struct grt_run {
	grt_virt_t va;
	grt_phys_t pa;
	uint64_t size;
	grt_attr_t attr;
};

/**
 * grt_map_runs() - grt_map() for several ranges at once
 * @runs: @nr of them, ascending by virtual address and without overlap
 *
 * All or none of them. A new table that several runs meet in is written once, front to back.
 *
 * Return: as grt_map(); -EINVAL too where the runs are not in order.
 */
int grt_map_runs(struct grt_pgtable *pt, const struct grt_run *runs, unsigned int nr);

/**
 * grt_unmap() - remove every mapping in a range; holes are tolerated
 *
 * Splits the leaves that reach over the edges and frees tables that become empty, after the
 * invalidation.
 *
 * Return: 0; -EINVAL; -ENOMEM (a split at an edge); -EPERM (a split that this CPU can't do live).
 */
int grt_unmap(struct grt_pgtable *pt, grt_virt_t va, uint64_t size);

/** grt_report_fn - is told of @nr leaves that are no more; a whole contiguous group is one. */
typedef void (*grt_report_fn)(const struct grt_leaf *leaf, unsigned int nr, void *data);

/**
 * grt_unmap_report() - grt_unmap(), and tell of each leaf that was removed
 * @report: told of each, hidden ones too, some at a time and in ascending order, when no CPU can use any of
 *	them any more, with the state that hardware had written by then. May free what they mapped; changes no
 *	tree that has its tables from the same provider
 * @data: for it
 *
 * Where a batch is open it is committed. So pages far apart, of which each would cost an invalidation, are
 * hidden first in one batch (grt_protect()), and then removed: what is hidden costs none.
 *
 * Return: as grt_unmap(), and -EINVAL without @report. After any of these nothing has been reported, after
 * -EIO neither: the range is empty, and nobody knows whether what it mapped is still used.
 */
int grt_unmap_report(struct grt_pgtable *pt, grt_virt_t va, uint64_t size, grt_report_fn report,
		     void *data);

/**
 * grt_protect() - change attributes in a range, splitting only at its edges
 * @set: GRT_ATTR_PERM_MASK, GRT_ATTR_GLOBAL, GRT_ATTR_SHARED, GRT_ATTR_SOFT0, GRT_ATTR_SOFT1 and
 *	GRT_MAP_CLEAN to set
 * @clear: and to clear
 *
 * Holes are tolerated. A leaf at an edge that has the attributes already stays whole.
 *
 * Where the entries of a contiguous group can't change one by one while CPUs use them, but its size can,
 * the group is taken apart first: every address translates at every moment, and grt_collapse() makes
 * the group again. Where its size can't change either, it is broken (break-before-make) and other CPUs
 * may see a short fault: mappings of which parts change have no groups there (GRT_MAP_SPLITTABLE).
 *
 * Without GRT_ATTR_READ a leaf is hidden: it keeps its place, its address and its other attributes, but
 * nothing translates with it. Setting GRT_ATTR_READ shows it again, which needs no table and can't fail
 * in a range whose edges were split when it was hidden.
 *
 * Return: 0; -EINVAL (arguments; a leaf would be writable and executable); -ENOMEM or -EPERM as
 * grt_unmap(); -EPERM also where a table takes from what is to be set, or adds what is to be cleared.
 */
int grt_protect(struct grt_pgtable *pt, grt_virt_t va, uint64_t size, grt_attr_t set,
		grt_attr_t clear);

/**
 * grt_remap() - a leaf maps something else from here on: copy on write
 * @size: of the leaf; one that is larger, or a group, is split so that it has this size
 * @pa: what it maps then, aligned to @size like @va
 * @attr: GRT_ATTR_* of it then
 *
 * A CPU sees the old mapping or the new one; where the architecture wants break-before-make it may see a
 * fault in between, which is over when this returns. Accessed and dirty state start anew.
 *
 * Return: 0; -EINVAL (arguments; several leaves); -ERANGE (@pa); -ENOENT (nothing is mapped); -ENOMEM or
 * -EPERM as grt_unmap(); -EPERM as grt_map(). After each of these the tree is as it was.
 */
int grt_remap(struct grt_pgtable *pt, grt_virt_t va, grt_phys_t pa, uint64_t size, grt_attr_t attr);

/** grt_split() - afterwards a leaf starts at @va. Return: 0, -EINVAL (unmapped), -ENOMEM, -EPERM. */
int grt_split(struct grt_pgtable *pt, grt_virt_t va);

/** enum grt_extent - which blocks and groups grt_collapse() is about. */
enum grt_extent {
	GRT_EXTENT_INSIDE, /* those that lie in the range whole */
	GRT_EXTENT_AROUND, /* also those that overlap it; what doesn't is left as it is */
};

/**
 * grt_collapse() - put back the largest leaves and groups that the contents of a range allow
 *
 * Return: 0; -EINVAL; -EPERM (there is something to collapse, and this CPU can't do it live).
 */
int grt_collapse(struct grt_pgtable *pt, grt_virt_t va, uint64_t size, enum grt_extent extent);

/*
 * grt_translate() and grt_walk() may run beside an operation on the tree, without its lock, if what
 * @free of the provider is given back is not used again before every such reader has returned that had
 * begun before (a grace period, as of RCU). A table that is unlinked keeps what it holds until then, but
 * for the first word, which is an address of a page and so no valid entry (generic/chain.h).
 *
 * A reader finds each address as it was before or after any of the operations meanwhile. Where a leaf is
 * broken (break-before-make) it may find nothing, as CPUs do. A walk reports what is mapped all the
 * time, and nothing that was at no time; a leaf that has become larger may overlap one that it has
 * reported. Each entry is loaded once and judged by itself; the next one is further on, so that walks end.
 * grt_pgtable_destroy() and grt_swap_commit() are not for company, and neither is any operation but
 * these two.
 */

/** grt_translate() - the leaf that translates @va. Return: 0; -ENOENT (nothing does); -EINVAL. */
int grt_translate(const struct grt_pgtable *pt, grt_virt_t va, struct grt_leaf *leaf);

typedef int (*grt_leaf_fn)(const struct grt_leaf *leaf, void *arg);

/**
 * grt_walk() - call @fn for each leaf (a contiguous group is one) that overlaps a range, in order
 *
 * Return: 0; -EINVAL (the range); or the first value but 0 that @fn returned, which ends the walk.
 */
int grt_walk(const struct grt_pgtable *pt, grt_virt_t va, uint64_t size, grt_leaf_fn fn, void *arg);

/**
 * grt_cost_add() - add what mapping @run would need to @cost
 *
 * Mappings come in ascending order and don't overlap; tables that they share are counted once.
 * Exact in every tree: its tables are used, wherever they are and whatever they hold, and a leaf does not
 * go over one. Leaves that are mapped already are passed over, so that a tree which has the mapping lacks
 * no table for it. Cost: by levels and by the entries of the tables above those of pages that the range
 * meets; in a new tree by levels alone.
 */
void grt_cost_add(struct grt_cost *cost, const struct grt_run *run);

/**
 * grt_run_leaf() - the leaf or group that mapping @run would put over an address
 * @va: inside of @run
 * @leaf: filled in
 *
 * Return: 0, or -EINVAL.
 */
int grt_run_leaf(const struct grt_pgtable *pt, const struct grt_run *run, grt_virt_t va,
		 struct grt_leaf *leaf);

/**
 * grt_batch_begin() - operations on @pt from here add to @batch and don't commit by themselves
 *
 * An operation that would mix with what the batch holds, such as mapping what it has just unmapped,
 * commits it first.
 */
void grt_batch_begin(struct grt_pgtable *pt, struct grt_tlb_batch *batch);

/**
 * grt_batch_dry() - likewise, and until grt_batch_run() they store nothing
 *
 * So several changes are all made, or none: dry, each operation returns what it would return (-ENOMEM
 * apart), and the tables that it would take alone are added up, so that one which two of them share
 * counts twice; what is left over is freed by grt_batch_commit(). Their ranges don't overlap, and nothing
 * else changes the tree before they have been done.
 *
 *	grt_batch_dry(pt, &batch);
 *	err = change();
 *	if (!err)
 *		err = grt_batch_run(pt);
 *	if (!err)
 *		err = change();
 *	commit_err = grt_batch_commit(pt);
 */
void grt_batch_dry(struct grt_pgtable *pt, struct grt_tlb_batch *batch);

/**
 * grt_batch_run() - have the tables at hand that the operations need, and let them be real
 *
 * None of those that were run dry fails after this but where other CPUs can't be fenced.
 *
 * Return: 0 or -ENOMEM.
 */
int grt_batch_run(struct grt_pgtable *pt);

/**
 * grt_batch_commit() - publish, invalidate, wait, then free what was unlinked; the batch is closed
 *
 * Tables that grt_batch_run() made and nothing has used are freed as well.
 *
 * Return: 0, or -EIO where other CPUs could not be fenced. The unlinked tables are not freed then, because
 * a CPU may still walk them.
 */
int grt_batch_commit(struct grt_pgtable *pt);

#ifdef __cplusplus
}
#endif

#endif
