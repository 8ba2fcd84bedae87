/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the files of the model share. */
#ifndef MODEL_INTERNAL_H
#define MODEL_INTERNAL_H

#include "model/state.h"

/* ---- memory.c ---- */

struct model_page *model_page(const struct model *m, grt_phys_t pa);
struct model_page *model_page_make(struct model *m, grt_phys_t pa);
void model_memory_free(struct model *m);
void model_write_word(struct model *m, struct model_page *p, unsigned int i, u64 val);
void model_alloc_page(struct model *m, grt_phys_t pa);
void model_free_memory(struct model *m, grt_phys_t pa, u64 bytes);

static inline unsigned int model_word_index(const struct model *m, grt_phys_t pa)
{
	return (unsigned int)(pa & (grt_geometry_page_size(&m->g) - 1)) / 8;
}

/* ---- reach.c: what live roots reach ---- */

u8 model_walkers(const struct model *m, const struct model_pos *pos);
grt_virt_t model_entry_va(const struct model *m, const struct model_pos *pos, unsigned int i);
void model_reach(struct model *m, struct model_pos pos, grt_phys_t table);
void model_unreach(struct model *m, struct model_pos pos, grt_phys_t table);
void model_root_update(struct model *m);
/** model_root_pos() - where the table is that root @slot is. */
struct model_pos model_root_pos(const struct model *m, unsigned int slot);
/** model_entry_at() - entry @i of a table at @pos, if it is @val. */
struct model_entry model_entry_at(const struct model *m, const struct model_pos *pos,
				  unsigned int i, u64 val);
/** model_below() - where the table is that entry @i at @pos leads to. */
struct model_pos model_below(const struct model *m, const struct model_pos *pos, unsigned int i,
			     const struct model_entry *entry);
/** model_walk_from() - the entry of @root's tree that ends a walk, at @stop at last. Return: level, or -1. */
int model_walk_from(const struct model *m, grt_phys_t root, grt_virt_t va, unsigned int stop,
		    struct model_entry *entry, grt_phys_t *at);
/** model_walk() - the leaf of a CPU's tables for @va. Return: level, or -1. */
int model_walk(const struct model *m, unsigned int cpu, grt_virt_t va, struct model_entry *entry,
	       grt_phys_t *at);

/* ---- switch.c: what CPUs hold of what they translated with before ---- */

/** model_root_leave() - @cpu may still walk the root that it has, until an invalidation. */
void model_root_leave(struct model *m, unsigned int cpu, unsigned int half);
void model_root_install(struct model *m, unsigned int cpu, unsigned int half, grt_phys_t pa,
			int asid);
/** model_root_entered() - what @cpu holds of roots from before as global, and has another one for now. */
void model_root_entered(struct model *m, unsigned int cpu, unsigned int half);
/** model_translates() - @cpu does so again: nothing that it holds may lead to freed memory. */
void model_translates(struct model *m, unsigned int cpu);

/* ---- caches.c: of data (A23, R13) ---- */

/** model_mapped() - memory is mapped from here on, and CPUs may have what they write in their caches. */
void model_mapped(struct model *m, unsigned int level, const struct model_entry *leaf);
/** model_accessed() - @bytes from @pa on are used by way of @leaf. */
void model_accessed(struct model *m, unsigned int access, const struct model_entry *leaf,
		    grt_phys_t pa, grt_virt_t va);
/** model_maintain() - MODEL_CACHE; arm64: as soon as model_maintenance_done() says so, by a DSB of @cpu. */
void model_maintain(struct model *m, const struct model_event *ev);
void model_maintenance_done(struct model *m, unsigned int cpu);
/** model_copy() - MODEL_COPY: the contents are the same from here on, until one of them is written. */
void model_copy(struct model *m, const struct model_event *ev);
bool model_copied(const struct model *m, grt_phys_t one, grt_phys_t other, u64 bytes);

/* ---- code.c: instructions (A25, R16, R21) ---- */

void model_code_written(struct model *m, const struct model_event *ev);
void model_code_clean(struct model *m, const struct model_event *ev);
void model_code_invalidate(struct model *m, const struct model_event *ev);
/** model_code_dsb() - a DSB of @cpu: what it cleaned or invalidated is, if @full: for loads and stores. */
void model_code_dsb(struct model *m, unsigned int cpu, bool shared, bool full);
/** model_code_fence() - riscv: FENCE.I on @cpu. */
void model_code_fence(struct model *m, unsigned int cpu);
/** model_code_use() - @cpu fetches from @pa. */
void model_code_use(struct model *m, unsigned int cpu, grt_phys_t pa, grt_virt_t va);

/* ---- store.c ---- */

void model_store(struct model *m, const struct model_event *ev);
/** model_expand() - records of everything that an unlinked table leads to, like that of its pointer. */
void model_expand(struct model *m, const struct model_pos *pos, grt_phys_t table,
		  const struct model_rec *pointer);

/* ---- conflict.c ---- */

void model_check_new(struct model *m, const struct model_pos *pos, grt_virt_t va,
		     const struct model_entry *entry);
void model_check_linked(struct model *m, struct model_pos pos, grt_phys_t table);
void model_check_group(struct model *m, struct model_pos pos, grt_phys_t table, unsigned int i,
		       bool claimed);
/** model_check_entry() - encodings of an entry that becomes reachable. */
void model_check_entry(struct model *m, unsigned int level, const struct model_entry *entry,
		       grt_virt_t va);
void model_touch(struct model *m, grt_phys_t entry, grt_virt_t va, u8 level);

/* ---- record.c ---- */

void model_record(struct model *m, const struct model_rec *rec);
void model_invalidate(struct model *m, const struct model_inval *inv);
/** model_complete() - a DSB: what @cpu has invalidated with (@is) or without broadcast is gone. */
void model_complete(struct model *m, unsigned int cpu, bool is);
/** model_pending() - has an invalidation been issued that would remove it, and not been completed? */
bool model_pending(const struct model_rec *rec);
void model_record_drop(struct model *m, unsigned int n);
/** model_visible() - may @cpu no more load what the store of @rec has replaced? */
bool model_visible(const struct model *m, const struct model_rec *rec, unsigned int cpu, bool is);

/* ---- claim.c ---- */

void model_claim(struct model *m, const struct model_event *ev);
void model_use(struct model *m, unsigned int cpu, grt_virt_t va, unsigned int access);
/** model_maps_alike() - do the tables map the part of [@pa, @pa + @bytes) that @rec does as it does? */
bool model_maps_alike(const struct model *m, const struct model_rec *rec, grt_phys_t pa, u64 bytes);
/** model_awake() - CPUs that translate. */
u8 model_awake(const struct model *m);
/** model_permits() - accesses of @cpu that @entry does not make fault. */
unsigned int model_permits(const struct model *m, unsigned int cpu,
			   const struct model_entry *entry);
/** model_hardware_sets() - does @cpu's hardware set the accessed, or the dirty state? */
bool model_hardware_sets(const struct model *m, unsigned int cpu, bool dirty);
/** model_physical() - what @cpu reaches at @va. Return: false: nothing. */
bool model_physical(const struct model *m, unsigned int cpu, grt_virt_t va, grt_phys_t *pa);
/** model_leaf_agrees() - does the tree of @root say the same as @rec, a leaf? */
bool model_leaf_agrees(const struct model *m, const struct model_rec *rec, grt_phys_t root);

/* ---- report.c ---- */

void model_break(struct model *m, enum model_rule rule, const char *fmt, ...) __format_printf(3, 4);
void model_trace_add(struct model *m, const struct model_event *ev);

/* ---- one of each architecture: arch_riscv.c, arch_arm64.c ---- */

/** model_decode() - an entry of @level that translates @va, below tables that say @above. */
struct model_entry model_decode(const struct model *m, unsigned int level, u64 val, grt_virt_t va,
				u64 above);
/** model_arch_event() - barriers, invalidations and control. Return: of a remote fence the SBI error. */
long model_arch_event(struct model *m, const struct model_event *ev);
/** model_arch_words() - those events in the architecture's words. */
void model_arch_words(char *buf, size_t size, const struct model *m, const struct model_event *ev);
/** model_arch_conflict() - may @cpu not hold @rec while @new is reachable? Return: the rule, or none. */
enum model_rule model_arch_conflict(const struct model *m, unsigned int cpu,
				    const struct model_rec *rec, const struct model_entry *entry,
				    unsigned int level, grt_virt_t va);
/** model_arch_pointer_conflict() - likewise for a table pointer of @level or below. */
enum model_rule model_arch_pointer_conflict(const struct model *m, unsigned int cpu,
					    const struct model_rec *rec,
					    const struct model_entry *entry, unsigned int level);
/** model_arch_claim() - barriers that a claim of @cpu needs. */
void model_arch_claim(struct model *m, unsigned int cpu);
/** model_arch_use() - what has to be done before @cpu uses @va. Return: a use is possible. */
bool model_arch_use(struct model *m, unsigned int cpu, grt_virt_t va, unsigned int access,
		    const struct model_entry *entry, grt_phys_t at);

/**
 * struct model_arch - what differs in the common part
 * @records_invalid: invalid entries may be cached
 * @one_tree: a root translates both halves
 * @link_rule: a link before its table (C2, A7); @free_rule: a table that is freed too early
 * @relink_rule: a table that is linked while it may still be walked where it was
 * @group_rule: a group that disagrees; @pending_rule: an invalidation that was not completed
 * @reset_rule: a TLB whose contents are unknown is used
 * @writer_rule: a table that another CPU has filled is linked and not ordered
 * @below_rule: what a table says of all that is below; @state_rule: accessed or dirty is cleared
 * @dormant_rule: what a CPU held when it stopped to translate is used when it does so again
 * @global_rule: a translation of one address space is marked as one of all
 * @memory_rule: one memory is used by mappings of different type
 */
struct model_arch {
	bool records_invalid;
	bool one_tree; /* both halves in one root */
	enum model_rule link_rule;
	enum model_rule free_rule;
	enum model_rule relink_rule;
	enum model_rule group_rule;
	enum model_rule pending_rule;
	enum model_rule reset_rule;
	enum model_rule writer_rule;
	enum model_rule below_rule;
	enum model_rule state_rule;
	enum model_rule dormant_rule;
	enum model_rule global_rule;
	enum model_rule memory_rule;
};
extern const struct model_arch model_arch;

#endif
