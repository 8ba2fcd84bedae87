/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A machine to run the page-table engine on: the model, a tree whose tables are the model's memory, and
 * what the CPUs can do said once, to the engine and to the model.
 */
#ifndef MODEL_MACHINE_H
#define MODEL_MACHINE_H

#include <graticule/asm/caps.h>
#include <graticule/pgtable.h>
#include <graticule/tlb.h>
#include "base/errno.h"
#include "model/model.h"

/* Extensions by bit: the index into machine_extensions[], which each architecture has its own of. */
typedef u32 machine_ext_t;

/** struct machine_spec - what the machine is like. */
struct machine_spec {
	u8 page_shift;
	u8 va_bits;
	u8 pa_bits; /* 0: what the architecture has */
	bool nocont;
	unsigned int nr_cpus;
	u8 bbm[MODEL_MAX_CPUS]; /* arm64 */
	machine_ext_t ext;	/* of all CPUs */
	bool lower;		/* the tree is the lower half's, where that has one of its own */
	enum grt_regime_kind
		kind; /* of the tree; what isn't a kernel's is the lower half's as well */
	u16 asid;
	bool maps_tables; /* the provider maps each table; else they have an offset in common */
};

/**
 * struct machine - model, tree and provider of table pages
 * @next: physical address of the first page that was never handed out
 * @free: pages that came back, @nr_free of them: the newest is the next to go
 * @limit: pages that there are; 0: as many as are asked for
 * @lower: the tree is the lower half's
 * @regime: of it; of other trees too, but for the half
 * @identity: root of an identity map with one page at @identity_va, for sequences that pass through it
 * @other: an empty root
 * @image: an address that a CPU uses as soon as it translates; 0: none
 * @fail_at: the allocation that fails, counted down; 0: none
 */
struct machine {
	struct grt_geometry g;
	struct grt_mmu_caps caps;
	struct model *model;
	struct grt_pgtable pt;
	struct grt_tlb_domain domain;
	grt_phys_t next;
	grt_phys_t *free;
	unsigned int nr_free;
	unsigned int max_free;
	u64 fail_at;
	u64 limit;
	u64 used;
	bool lower;
	struct grt_regime regime;
	grt_phys_t identity;
	grt_virt_t identity_va;
	grt_phys_t other;
	grt_virt_t image;
};

/** machine_init() - an empty tree that no CPU uses. Return: 0 or what grt_geometry_init() says. */
int machine_init(struct machine *m, const struct machine_spec *spec);
/** machine_has() - does the architecture have trees of such a regime? */
bool machine_has(enum grt_regime_kind kind);
/** machine_halves() - the halves are trees of their own, and no address of one is in the other. */
bool machine_halves(const struct grt_geometry *g);
/** machine_boot() - all CPUs translate with the tree from here on. */
void machine_boot(struct machine *m);
void machine_done(struct machine *m);

/** machine_tree() - an empty tree of the machine's geometry. Return: as grt_pgtable_init(). */
int machine_tree(struct machine *m, struct grt_pgtable *pt, enum grt_regime_half half,
		 const struct grt_pgtable_ops *ops, void *ctx);

grt_phys_t machine_alloc(struct machine *m);
void machine_free(struct machine *m, grt_phys_t page);
/** machine_at() - the word of memory at @pa, for the primitives of asm/mmu_ops.h. */
u64 *machine_at(grt_phys_t pa);

/** machine_event() - an event of the CPU that runs. */
long machine_event(struct machine *m, struct model_event ev);
void machine_use(struct machine *m, grt_virt_t va, unsigned int access);
/** machine_claim() - the operation is over: unless a batch is open nothing stale may be used. */
void machine_claim(struct machine *m);

/* ---- one of each architecture: machine_riscv.c, machine_arm64.c ---- */

/* Ends with NULL; the word of bit n is the n-th. */
extern const char *const machine_extensions[];
/** machine_arch_caps() - what the engine and what each CPU of the model is told. */
void machine_arch_caps(const struct machine_spec *spec, struct grt_mmu_caps *caps,
		       struct model_cpu_config *cpu);

#endif
