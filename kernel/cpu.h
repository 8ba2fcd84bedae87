/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The CPUs of the reference kernel. arch_this_cpu() keeps a pointer to one's own in a register.
 *
 * Each of these knows those before it and none after: cpu, quiesce, work, smp.
 */
#ifndef KERNEL_CPU_H
#define KERNEL_CPU_H

/*
 * Assembly uses the first fields by these offsets; static assertions in arch/<a>/kernel keep them true.
 */
#define CPU_TRAP_STACK 0
#define CPU_PROBE_RESUME 8
#define CPU_STACK 16
#define CPU_HWID 24
#define CPU_SCRATCH 32
#define CPU_CONFLICTS 48

#ifndef __ASSEMBLY__
#include "base/types.h"
#include "kernel/work_queue.h"

/**
 * struct cpu - a CPU
 * @trap_stack: top of the stack that exceptions run on, so that a stack overflow can be reported
 * @probe_resume: where a fault of arch_probe() resumes; 0 outside of it
 * @stack: top of its ordinary stack
 * @hwid: hart id, MPIDR affinity
 * @scratch: for the trap entry
 * @conflicts: TLB conflicts that it has had and survived
 * @id: 0 is the boot CPU
 * @error: why it is not online: -errno of arch_secondary_init()
 * @online: it runs in secondary_main(); written once with release order
 * @left_out: the boot CPU has given it up: it stays out, however late it comes; see quiesce_join()
 * @resize_level: how it stands a change of size of a live leaf; see arch_can_resize(), kernel/arch.h
 * @stack_start: lowest address of the ordinary stack; the guard page lies below
 * @queue: what it has to do
 * @share: its part of a work_begin(), and @has_share: it has one
 */
struct cpu {
	grt_virt_t trap_stack;
	grt_virt_t probe_resume;
	grt_virt_t stack;
	u64 hwid;
	u64 scratch[2];
	u64 conflicts;
	unsigned int id;
	int error;
	bool online;
	bool left_out;
	u8 resize_level;
	grt_virt_t stack_start;
	grt_virt_t trap_stack_start;
	struct work_queue queue;
	struct work share;
	bool has_share;
};

/* The first nr_cpus of them are filled in. */
extern struct cpu cpus[];
extern unsigned int nr_cpus;

/**
 * cpu_wait() - a moment of a wait that nobody ends by waking this CPU
 * @turn: how often it has been called in this wait
 *
 * Short waits are the ordinary case: it begins as a busy wait. Then it sleeps, longer from turn to turn,
 * so that a wait costs few instructions however slow the others are. Not in an exception handler.
 */
void cpu_wait(unsigned int turn);

#endif /* __ASSEMBLY__ */

#endif
