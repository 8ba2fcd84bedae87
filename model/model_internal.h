/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the files of the model share. */
#ifndef MODEL_INTERNAL_H
#define MODEL_INTERNAL_H

#include <graticule/layout.h>
#include "model/model.h"

/* ---- entries, decoded without the code under test ---- */

enum model_entry_kind { ENTRY_INVALID, ENTRY_TABLE, ENTRY_LEAF };

/**
 * struct model_entry - an entry as the architecture reads it
 * @pa: of the table, or what the leaf maps its own start to
 * @access: MODEL_READ | MODEL_WRITE | MODEL_EXEC of the kernel
 * @perm: everything that may differ in place, as bits that only compare
 * @memory: memory type, shareability: whatever needs more than that to change
 * @accessed: hardware would not set the accessed, or for a writable leaf the dirty state
 * @reserved: the rule that a reserved encoding breaks, or MODEL_NONE
 */
struct model_entry {
	enum model_entry_kind kind;
	grt_phys_t pa;
	unsigned int access;
	u64 perm;
	u64 memory;
	bool cont;
	bool global;
	bool accessed;
	enum model_rule reserved;
};

/* ---- memory ---- */

/** struct model_pos - where a table is reachable: what it maps, at which level, from which root. */
struct model_pos {
	grt_virt_t va;
	unsigned int root;
	u8 level;
};

/**
 * struct model_page - a page that was allocated or written once
 * @used: allocated: not in the hands of its allocator
 * @stale: records of table pointers that lead here
 * @seq: of the newest store, by @writer
 * @fresh: by entry: the newest store over one that was invalid, its number times MODEL_MAX_CPUS plus the CPU
 * @uncached: written with the MMU off (A17)
 * @pass: the newest model_follows() that came here
 * @written: bit per word: has a value
 */
struct model_page {
	struct model_page *next;
	grt_phys_t pa;
	u64 *words;
	u64 *written;
	u64 *fresh;
	struct model_pos *pos;
	unsigned int nr_pos;
	unsigned int stale;
	u64 seq;
	u64 pass;
	u8 writer;
	bool used;
	bool uncached;
};

/* ---- what may be cached although the tables say otherwise ---- */

enum model_rec_kind {
	REC_LEAF,    /* consecutive leaves of one size, of consecutive memory */
	REC_INVALID, /* invalid entries (riscv) */
	REC_POINTER, /* a table pointer in a walk cache */
	REC_ROOT,    /* a root that was replaced */
	REC_UNKNOWN, /* what a CPU came up with */
};

/**
 * struct model_rec - one record
 * @start: to @last, virtual
 * @pa: of the first leaf, the table, or the root
 * @entry: a leaf's attributes
 * @asid: MODEL_ASID_ANY, or that of the root
 * @holders: CPUs that may hold it
 * @pend_is: [n]: CPUs that do until the next DSB ISH of CPU n; @pend_local: until their own DSB
 * @store_cpu: the store after which nobody can load it any more, and when: @seq
 * @late: CPUs with the erratum of A27 that do until the next DSB after another TLBI
 * @broken: an invalid entry took its place
 * @nonleaf: an invalid entry that became a table
 * @rule: the rule that is broken while it is there (REC_UNKNOWN)
 * @why: the rule that an invalidation which missed it has broken
 */
struct model_rec {
	enum model_rec_kind kind;
	grt_virt_t start;
	grt_virt_t last;
	grt_phys_t pa;
	struct model_entry entry;
	u64 seq;
	int asid;
	unsigned int root;
	u8 half;
	u8 level;
	u8 store_cpu;
	u8 holders;
	u8 pend_local;
	u8 pend_is[MODEL_MAX_CPUS];
	u8 late;
	bool broken;
	bool nonleaf;
	enum model_rule rule;
	enum model_rule why;
};

/** struct model_inval - an invalidation, architecture aside. A rule: what is broken if it does not reach. */
struct model_inval {
	unsigned int issuer;
	u8 targets;
	bool is; /* completed by a DSB ISH of the issuer, else by any DSB of it; riscv: at once */
	bool at_once;
	bool other_regime; /* arm64: it removes nothing */
	bool all;	   /* addresses and levels */
	bool leaf_only;
	int asid; /* MODEL_ASID_ANY: all */
	bool keep_global;
	int level; /* -1: any; else leaves of this one */
	u64 since; /* riscv: only stores before this event; 0: all */
	grt_virt_t start;
	grt_virt_t last;
	enum model_rule unordered;
	enum model_rule leaf_rule;
	enum model_rule asid_rule;
	enum model_rule scope_rule;
	enum model_rule part_rule;
};

/* ---- CPUs ---- */

struct model_half {
	grt_phys_t root; /* GRT_PHYS_NONE: reserved, nothing is walked */
	int asid;
	bool cnp;
};

/**
 * struct model_cpu_state - one CPU; sequence numbers of events, 0 for never
 * @ordered: its stores up to here come before its later ones (A7, C2)
 * @visible: ... are seen by every walker (A5, R4); @visible_local: by its own
 * @synced: of the last ISB
 * @completed: of the last DSB that completed a TLBI, or made an entry visible
 * @published: of the DSB that made a new entry visible
 * @settled: what it has stored up to here was visible before its last ISB
 * @stored: of its last store to any table
 * @live_valid: of its last store that made a reachable entry valid
 * @fenced: riscv: of the last SFENCE.VMA x0, x0
 * @broadcast: arm64: it has issued a TLBI for all CPUs since its last DSB
 * @ttbr0, @tcr: arm64: of the last write of TTBR0_EL1, and of TCR_EL1 for the lower half
 * @context: arm64: of the last write of a register that translation goes by
 * @winval: riscv: between SFENCE.W.INVAL and SFENCE.INVAL.IR: when the first was
 */
struct model_cpu_state {
	struct model_half half[2];
	u64 ordered;
	u64 visible;
	u64 visible_local;
	u64 synced;
	u64 completed;
	u64 published;
	u64 settled;
	u64 stored;
	u64 live_valid;
	u64 fenced;
	u64 ttbr0;
	u64 tcr;
	u64 context;
	u64 winval;
	bool broadcast;
	bool mmu;
	bool online;
	bool parked;
	bool pmp_changed;
	bool code_changed;
	bool root_unfenced;
};

struct model_root {
	grt_phys_t pa;
	u8 half;
	u8 walkers;
};

struct model_area {
	u64 at;
	u64 size;
	grt_phys_t pa;
	unsigned int access;
	grt_virt_t va;
};

/** struct model_touched - entries of contiguous groups that were stored since the last claim. */
struct model_touched {
	grt_phys_t entry;
	grt_virt_t va;
	u8 level;
};

#define MODEL_WINDOWS 8
#define MODEL_HASH_BITS 12
#define MODEL_CACHED 8

struct model {
	struct grt_geometry g;
	struct model_config config;
	struct model_cpu_state cpu[MODEL_MAX_CPUS];
	unsigned int this_cpu;
	u64 seq;
	struct model_page *hash[1 << MODEL_HASH_BITS];
	struct model_rec *rec;
	unsigned int nr_rec;
	unsigned int max_rec;
	struct model_root *root;
	unsigned int nr_roots;
	struct model_area window[MODEL_WINDOWS];
	unsigned int nr_windows;
	struct model_area *live;
	unsigned int nr_live;
	struct model_area cached[MODEL_CACHED]; /* riscv: memory that was mapped cacheable (R13) */
	unsigned int nr_cached;
	struct model_touched *touched;
	unsigned int nr_touched;
	unsigned int max_touched;
	struct model_event trace[MODEL_TRACE];
	u64 nr_trace;
	u64 count[MODEL_KINDS];
	u64 notes;
	u64 shared; /* entries that are in reach once more, because their table is linked once more */
	u64 pass;
	bool tangled;
	bool roots_changed;
	struct model_report report[MODEL_MAX_REPORTS];
	unsigned int nr_reports;
	char reproduce[256];
};

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
void model_root_install(struct model *m, unsigned int cpu, unsigned int half, grt_phys_t pa,
			int asid);
void model_root_update(struct model *m);
/** model_walk() - the leaf of a CPU's tables for @va. Return: level, or -1. */
int model_walk(const struct model *m, unsigned int cpu, grt_virt_t va, struct model_entry *entry,
	       grt_phys_t *at);

/* ---- store.c ---- */

void model_store(struct model *m, const struct model_event *ev);
/** model_expand() - records of everything that an unlinked table leads to. */
void model_expand(struct model *m, const struct model_pos *pos, grt_phys_t table, bool broken);

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

/* ---- report.c ---- */

void model_break(struct model *m, enum model_rule rule, const char *fmt, ...) __format_printf(3, 4);
void model_trace_add(struct model *m, const struct model_event *ev);

/* ---- one of each architecture: arch_riscv.c, arch_arm64.c ---- */

/** model_decode() - an entry of @level that translates @va. */
struct model_entry model_decode(const struct model *m, unsigned int level, u64 val, grt_virt_t va);
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
};
extern const struct model_arch model_arch;

#endif
