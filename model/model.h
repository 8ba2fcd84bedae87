/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The TLB model: physical memory, CPUs, and for each CPU everything that its TLB and walk caches may hold.
 *
 * A primitive of asm/mmu_ops.h becomes a struct model_event that carries the place in the source which
 * issued it; model_do() shows it to model_mutate() and applies it. Raw traces make events themselves.
 * What a CPU may hold is what its live roots reach now, plus a list of records (struct model_rec) of
 * what they reached before and no completed invalidation has removed. So a machine of any size costs
 * no more than its tables and its unfinished changes.
 */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include <stdio.h>

#include <graticule/geometry.h>
#include <graticule/pgtable.h>
#include "base/types.h"
#include "model/rules.h"

#define MODEL_MAX_CPUS 8
#define MODEL_ASID_ANY (-1)
#define MODEL_TRACE 64
#define MODEL_MAX_REPORTS 32

/* ---- the machine ---- */

/**
 * struct model_cpu_config - one CPU
 * @bbm: arm64: FEAT_BBM level; 3 also for a CPU that behaves so without saying it
 * @tlb_range: arm64: FEAT_TLBIRANGE
 * @ntlbpa: arm64: FEAT_nTLBPA: walk caches are not tagged by physical address
 * @hafdbs: arm64: hardware updates the access flag (1) and the dirty state (2)
 * @repeat_tlbi: arm64: the erratum of rule A27
 * @idc, @dic: arm64: CTR_EL0: new instructions need no cleaning of data, no invalidation
 * @caches_invalid: riscv: invalid entries may be cached
 * @svvptc: riscv: they are forgotten within bounded time
 * @svadu: riscv: hardware sets A and D; else Svade: it faults
 * @svinval: riscv: SINVAL.VMA exists
 * @fence_va_broken: riscv: a fence with an address does nothing (SiFive CIP-1200)
 */
struct model_cpu_config {
	u8 bbm;
	bool tlb_range;
	bool ntlbpa;
	u8 hafdbs;
	bool repeat_tlbi;
	bool idc;
	bool dic;
	bool caches_invalid;
	bool svvptc;
	bool svadu;
	bool svinval;
	bool fence_va_broken;
};

/**
 * struct model_config - the machine
 * @nr_cpus: 1 to MODEL_MAX_CPUS
 * @el2: arm64: the CPUs run at EL2, whose regime the lower half's root is of then (HCR_EL2.E2H clear)
 * @size_residue: claims may leave translations that differ from the tables in nothing but size
 */
struct model_config {
	unsigned int nr_cpus;
	bool el2;
	bool size_residue;
	struct model_cpu_config cpu[MODEL_MAX_CPUS];
};

/** model_config_default() - @nr_cpus CPUs that cache what they may, with every extension; bbm as given. */
struct model_config model_config_default(unsigned int nr_cpus, unsigned int bbm);

/* ---- events ---- */

enum model_kind {
	/* tables: @addr is the physical address of the (first) entry */
	MODEL_STORE, /* @val; @count: bytes if not 8; @op: 1 for an atomic exchange */
	MODEL_FILL,  /* @count entries from @val on, each @step more than the last */
	/* ordering: @op is an enum model_barrier */
	MODEL_BARRIER,
	/* invalidation */
	MODEL_TLBI,   /* arm64: @op is an enum model_tlbi, @val the operand */
	MODEL_SFENCE, /* riscv: @op: MODEL_RS1 | MODEL_RS2; @val: address; @asid */
	MODEL_SFENCE_W_INVAL,
	MODEL_SINVAL, /* as MODEL_SFENCE */
	MODEL_SFENCE_INVAL_IR,
	MODEL_REMOTE_SFENCE, /* @mask, @step: hart of bit 0; @val: start; @count: size */
	/* control: what boot code and root switches do, C or assembly */
	/* @op: half, 1 is the kernel's; @addr: root, GRT_PHYS_NONE: reserved; @asid; @mask: CnP */
	MODEL_ROOT,
	MODEL_MMU,    /* @val: 1 on, 0 off */
	MODEL_SYSREG, /* @op: enum model_sysreg */
	/* data, to memory: @addr, or @val if @mask, @count bytes; @op: MODEL_CACHE_FLUSH or _CLEAN */
	MODEL_CACHE,
	MODEL_RESET,  /* the CPU starts: unknown TLB, MMU off */
	MODEL_ONLINE, /* @val: the CPU is (not) sent remote fences from here on */
	MODEL_PARK,   /* the CPU says that it is parked for a quiesced change */
	MODEL_RESUME, /* the quiesced change is over */
	MODEL_PMP,    /* riscv: PMP registers have changed */
	/* instructions: @val, @count bytes; @count 0: anywhere */
	MODEL_WRITE_CODE,
	MODEL_CODE_CLEAN,      /* arm64: data, to the point of unification */
	MODEL_CODE_INVALIDATE, /* arm64: @op: MODEL_CODE_EVERYWHERE or _LOCAL */
	MODEL_FENCE_I,
	MODEL_REMOTE_FENCE_I, /* @mask, @step as of MODEL_REMOTE_SFENCE */
	/* memory */
	MODEL_ALLOC, /* @addr: a page from the allocator, contents undefined */
	MODEL_FREE,  /* @addr: goes back to it; @count: bytes if it is not a table */
	MODEL_COPY,  /* @count bytes from @val on, to @addr: the contents are the same */
	/* what the rest of the kernel relies on */
	MODEL_USE, /* @val: address; @op: MODEL_READ | MODEL_WRITE | MODEL_EXEC */
	MODEL_CLAIM, /* what was changed so far in [@val, @val + @count) is complete; @count 0: anywhere */
	MODEL_KINDS
};

enum model_barrier {
	MODEL_DSB_ISHST,
	MODEL_DSB_ISH,
	MODEL_DSB_NSHST,
	MODEL_DSB_NSH,
	MODEL_DSB_SY,
	MODEL_ISB,
	MODEL_FENCE_WW,	  /* fence w, w */
	MODEL_FENCE_RWRW, /* fence rw, rw */
	MODEL_DMB,	  /* dmb ish, dmb ishst */
	MODEL_BARRIERS
};

/* In the order of MODEL_TLBI_FORMS: each operation once local and once inner shareable. */
enum model_tlbi {
	MODEL_VMALLE1,
	MODEL_VMALLE1IS,
	MODEL_ASIDE1,
	MODEL_ASIDE1IS,
	MODEL_VAE1,
	MODEL_VAE1IS,
	MODEL_VALE1,
	MODEL_VALE1IS,
	MODEL_VAAE1,
	MODEL_VAAE1IS,
	MODEL_VAALE1,
	MODEL_VAALE1IS,
	MODEL_RVAE1,
	MODEL_RVAE1IS,
	MODEL_RVALE1,
	MODEL_RVALE1IS,
	MODEL_RVAAE1,
	MODEL_RVAAE1IS,
	MODEL_RVAALE1,
	MODEL_RVAALE1IS,
	MODEL_ALLE2,
	MODEL_ALLE2IS,
	MODEL_VAE2,
	MODEL_VAE2IS,
	MODEL_VALE2,
	MODEL_VALE2IS,
	MODEL_RVAE2,
	MODEL_RVAE2IS,
	MODEL_RVALE2,
	MODEL_RVALE2IS,
	MODEL_TLBIS
};

enum model_cache { MODEL_CACHE_FLUSH, MODEL_CACHE_CLEAN };
enum model_code_op { MODEL_CODE_EVERYWHERE, MODEL_CODE_LOCAL };
enum model_sysreg { MODEL_TCR_LOWER, MODEL_TCR_UPPER, MODEL_MAIR };

#define MODEL_RS1 1U
#define MODEL_RS2 2U
#define MODEL_READ 1U
#define MODEL_WRITE 2U
#define MODEL_EXEC 4U

/** struct model_site - a place; @caller: of a store, where the function that it is inlined into goes on. */
struct model_site {
	const char *file;
	const char *func;
	int line;
	const void *caller;
};

/** struct model_event - one step of one CPU; what the members mean depends on @kind, see there. */
struct model_event {
	enum model_kind kind;
	unsigned int cpu;
	unsigned int op;
	int asid;
	u64 addr;
	u64 val;
	u64 step;
	u64 count;
	u64 mask;
	struct model_site site;
};

#define MODEL_SITE ((struct model_site){ .file = __FILE__, .func = __func__, .line = __LINE__ })

struct model;

/* The model that the primitives of asm/mmu_ops.h act on. */
extern struct model *model_current;

/**
 * model_do() - show an event to model_mutate(), then apply what is left of it
 *
 * Return: of MODEL_REMOTE_SFENCE the SBI error, else 0.
 */
long model_do(struct model *m, struct model_event ev);

/** model_apply() - apply an event as it is. */
long model_apply(struct model *m, const struct model_event *ev);

/* ---- set up ---- */

struct model *model_new(const struct grt_geometry *g, const struct model_config *config);
void model_free(struct model *m);

/** model_cpu() - the primitives are executed by @cpu from here on. */
void model_cpu(struct model *m, unsigned int cpu);
unsigned int model_this_cpu(const struct model *m);

/**
 * model_boot() - all CPUs online, their MMUs on, nothing in their TLBs
 * @root: as the kernel's, or where one root translates both halves as that of @asid
 */
void model_boot(struct model *m, grt_phys_t root, int asid);

/**
 * model_window() - pointers from @at on, @size bytes of them, mean physical memory from @pa on
 * @va: what a kernel has in their place: each access is a MODEL_USE of the address; 0: nobody translates
 *
 * Where windows overlap the last one counts; model_window_close() ends it.
 */
void model_window(struct model *m, u64 at, u64 size, grt_phys_t pa, grt_virt_t va);
void model_window_close(struct model *m);

/** model_always_live() - addresses that must work at each step, for MODEL_READ | ... accesses (C6). */
void model_always_live(struct model *m, grt_virt_t va, u64 size, unsigned int access);

/** model_online() - is @cpu one that the others have to fence? */
bool model_online(const struct model *m, unsigned int cpu);

/* ---- memory ---- */

grt_phys_t model_phys(const struct model *m, const u64 *entry);
u64 model_word(const struct model *m, grt_phys_t pa);
/** model_poke() - write memory as it was before the story begins: no event, nothing pending. */
void model_poke(struct model *m, grt_phys_t pa, u64 val);
bool model_page_used(const struct model *m, grt_phys_t pa);

/**
 * model_follows() - can what a table leads to be walked to its end?
 * @above: the table that is to link it, or GRT_PHYS_NONE
 *
 * Not where a table is below itself, and not where tables that are linked again and again add up to more
 * than a million entries.
 */
bool model_follows(struct model *m, unsigned int level, grt_phys_t table, grt_phys_t above);
/** model_tangled() - has an event made a walk without an end? It and those after it have not been judged. */
bool model_tangled(const struct model *m);

/* ---- verdict ---- */

/**
 * struct model_report - a rule that was broken
 * @text: what happened, in one line
 * @trace: the steps that led there
 */
struct model_report {
	enum model_rule rule;
	char text[256];
	struct model_event trace[MODEL_TRACE];
	unsigned int nr_trace;
};

unsigned int model_reports(const struct model *m);
const struct model_report *model_report(const struct model *m, unsigned int n);
/** model_notes() - how often an invalidation found nothing that it could have removed (A1). */
u64 model_notes(const struct model *m);
/** model_counts() - events applied, by kind. */
const u64 *model_counts(const struct model *m);
/** model_reproduce() - the one line that makes it happen again, printed in reports. */
void model_reproduce(struct model *m, const char *fmt, ...) __format_printf(2, 3);
void model_print_report(FILE *f, const struct model *m, const struct model_report *r);
/** model_print() - every report. */
void model_print(FILE *f, const struct model *m);
/** model_event_words() - an event as a kernel engineer would write it. */
void model_event_words(char *buf, size_t size, const struct model *m, const struct model_event *ev);

/* ---- what asm/mmu_ops.h expands to ---- */

u64 model_mmu_load(const u64 *entry);
void model_mmu_store(struct model_site site, u64 *entry, u64 val);
unsigned int model_mmu_same(const u64 *entry, u64 mask, unsigned int n);
void model_mmu_flip(struct model_site site, u64 *entry, u64 flip, unsigned int n);
unsigned int model_mmu_copy(struct model_site site, u64 *to, u64 *from, const struct entry_edits *e,
			    unsigned int n);
u64 model_mmu_swap(struct model_site site, u64 *entry, u64 val);
bool model_mmu_replace(struct model_site site, u64 *entry, u64 old, u64 val);
void model_mmu_flip_atomic(struct model_site site, u64 *entry, u64 flip, unsigned int n);
bool model_mmu_take(struct model_site site, u64 *entry, u64 look, u64 clear, unsigned int n,
		    u64 *taken);
void model_mmu_fill(struct model_site site, u64 *entry, u64 first, u64 step, u64 n);
void model_mmu_order_tables(struct model_site site);
long model_mmu_op(struct model_site site, enum model_kind kind, unsigned int op, u64 val);
void model_mmu_tlbi(struct model_site site, const struct grt_regime *r, unsigned int op,
		    u64 operand);
void model_mmu_sfence(struct model_site site, enum model_kind kind, unsigned int op, grt_virt_t va,
		      int asid);
struct grt_tlb_fence;
long model_mmu_remote_sfence(struct model_site site, u64 mask, u64 base,
			     const struct grt_tlb_fence *what);

#endif
