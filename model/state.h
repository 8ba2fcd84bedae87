/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the model keeps: entries as the architecture reads them, memory, CPUs, and what these may hold. */
#ifndef MODEL_STATE_H
#define MODEL_STATE_H

#include <graticule/layout.h>
#include "model/model.h"

/* ---- entries, decoded without the code under test ---- */

enum model_entry_kind { ENTRY_INVALID, ENTRY_TABLE, ENTRY_LEAF };

/**
 * struct model_entry - an entry as the architecture reads it
 * @pa: of the table, or what the leaf maps its own start to
 * @access: MODEL_READ | MODEL_WRITE | MODEL_EXEC of the kernel
 * @perm: everything that may differ in place, as bits that only compare
 * @state: accessed and dirty, likewise
 * @memory: memory type, shareability: whatever needs more than that to change
 * @below: of a table: what it and those above it say of all that is below (A22; G of riscv)
 * @idle: not accessed: an access faults, or hardware sets that; @clean: a write likewise
 * @user: not the kernel's alone
 * @uncached: not through the caches that all else goes through (A23, R13)
 * @reserved: the rule that a reserved encoding breaks, or MODEL_NONE
 */
struct model_entry {
	enum model_entry_kind kind;
	grt_phys_t pa;
	unsigned int access;
	u64 perm;
	u64 state;
	u64 memory;
	u64 below;
	bool cont;
	bool global;
	bool idle;
	bool clean;
	bool user;
	bool uncached;
	enum model_rule reserved;
};

/* ---- memory ---- */

/**
 * struct model_pos - where a table is reachable: what it maps, at which level, from which root
 * @above: @below of the entries that lead there
 */
struct model_pos {
	grt_virt_t va;
	u64 above;
	unsigned int root;
	u8 level;
};

/**
 * struct model_page - a page that was allocated or written once
 * @used: allocated: not in the hands of its allocator
 * @stale: records of table pointers that lead here
 * @stored: of the newest store of each CPU
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
	u64 stored[MODEL_MAX_CPUS];
	u64 pass;
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
 * @tree: the root that it is of
 * @broken: an invalid entry took its place
 * @nonleaf: an invalid entry that became a table
 * @claimed: CPUs that did not translate when it was said to be gone; @freed: when its memory was freed
 * @rule: the rule that is broken while it is there, or MODEL_NONE: C4
 * @why: the rule that an invalidation which missed it has broken
 */
struct model_rec {
	enum model_rec_kind kind;
	grt_virt_t start;
	grt_virt_t last;
	grt_phys_t pa;
	struct model_entry entry;
	u64 seq;
	grt_phys_t tree;
	int asid;
	unsigned int root;
	u8 half;
	u8 level;
	u8 claimed;
	u8 freed;
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
	bool root_unfenced;
};

struct model_root {
	grt_phys_t pa;
	int asid;
	u8 half;
	u8 walkers;
};

struct model_range {
	u64 start;
	u64 end; /* exclusive */
};

/** struct model_ranges - sorted, apart from each other; @nr of them, and room for @max */
struct model_ranges {
	struct model_range *range;
	unsigned int nr;
	unsigned int max;
};

/**
 * struct model_code - memory in which instructions were written
 * @seq: when, by @writer
 * @cleaning: CPUs whose next DSB has the data where instructions are fetched from; @cleaned: it is there
 * @everywhere, @local: CPUs whose next DSB has instruction caches invalidated, of all or their own
 * @done: of each CPU, when it was
 */
struct model_code {
	u64 start;
	u64 end;
	u64 seq;
	u8 writer;
	u8 cleaning;
	u8 everywhere;
	u8 local;
	bool cleaned;
	u64 done[MODEL_MAX_CPUS];
};

/** struct model_copy - memory whose contents are those of @from */
struct model_copy {
	grt_phys_t from;
	grt_phys_t to;
	u64 size;
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
	struct model_rec
		*unsynced; /* arm64: invalidated by their holder, which has had no ISB since */
	unsigned int nr_unsynced;
	unsigned int max_unsynced;
	struct model_root *root;
	unsigned int nr_roots;
	struct model_area window[MODEL_WINDOWS];
	unsigned int nr_windows;
	struct model_area *live;
	unsigned int nr_live;
	struct model_ranges cacheable; /* memory that caches may hold */
	struct model_ranges past;      /* memory that was written past them */
	struct model_event *cleaning;  /* arm64: until a DSB */
	unsigned int nr_cleaning;
	struct model_code *code;
	unsigned int nr_code;
	struct model_copy *copy;
	unsigned int nr_copies;
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

#endif
