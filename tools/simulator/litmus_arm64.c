// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What is asked about a page, and what can't be, in herd7's AArch64 model with -variant vmsa. */
#include <stdio.h>
#include <asm/pte.h>
#include "model/arch_arm64.h"
#include "tools/simulator/litmus_arm64.h"

const char *litmus_arch_refuses(const struct model *m, const struct model_event *ev)
{
	(void)m;
	switch (ev->kind) {
	case MODEL_STORE:
	case MODEL_FILL:
	case MODEL_BARRIER:
	case MODEL_TLBI:
	case MODEL_ALLOC:
	case MODEL_FREE:
	case MODEL_CLAIM:
		return NULL;
	case MODEL_USE:
		return ev->op & MODEL_EXEC ? "it fetches instructions, which herd7 does not "
					     "translate (-variant vmsa or ifetch, not both)"
					   : NULL;
	case MODEL_COPY:
		return "it copies memory, and each page of a litmus test holds a number of its own";
	case MODEL_CACHE:
	case MODEL_CODE_CLEAN:
	case MODEL_CODE_INVALIDATE:
	case MODEL_WRITE_CODE:
		return "it is about code or caches, which herd7 does not have together with translation";
	case MODEL_ROOT:
	case MODEL_MMU:
	case MODEL_SYSREG:
		return "it writes a system register, and the format's tables are always in use";
	default:
		return "it is not about a CPU that translates, and the format's CPUs always do";
	}
}

bool litmus_arch_concerns(const struct model *m, const struct model_event *ev, grt_virt_t va,
			  const struct model_entry *entry)
{
	struct model_inval inv;

	if (model_tlbi_inval(m, ev, &inv))
		return true; /* for the model to complain of */
	if (entry->kind != ENTRY_LEAF || (!inv.all && (inv.start > va || inv.last < va)))
		return false;
	if (inv.asid == MODEL_ASID_ANY || (entry->global && !inv.keep_global))
		return true;
	return !entry->global && grt_geometry_upper_start(&m->g) > va &&
	       m->cpu[ev->cpu].half[0].asid == inv.asid;
}

/* ---- what an access finds ---- */

enum litmus_found litmus_found(u64 val, bool write)
{
	if (!(val & PTE_VALID))
		return FOUND_TRANSLATION;
	if (!(val & PTE_AF))
		return FOUND_ACCESS_FLAG;
	return write && val & PTE_AP_RO ? FOUND_PERMISSION : FOUND_PAGE;
}

/* Which fault it is does not matter: none of the entries that make a read fault is cached. */
bool litmus_differs(const struct model *m, u64 a, u64 b, bool write)
{
	bool works = litmus_found(a, write) == FOUND_PAGE;

	if (works != (litmus_found(b, write) == FOUND_PAGE))
		return true;
	return works && !write && model_decode(m, 0, a, 0, 0).pa != model_decode(m, 0, b, 0, 0).pa;
}

/* ---- what can be asked ---- */

/* Rules whose breach is to be seen in what an access of the page finds. */
static bool observable(enum model_rule rule)
{
	switch (rule) {
	case MODEL_NONE:
	case MODEL_C1:
	case MODEL_C4:
	case MODEL_A2:
	case MODEL_A3:
	case MODEL_A5:
	case MODEL_A6:
	case MODEL_A8:
	case MODEL_A10:
	case MODEL_A12:
		return true;
	default:
		return false;
	}
}

static const char *refuse_entry(const struct model *m, u64 val)
{
	bool written = !(val & PTE_AF) || (val & PTE_DBM && val & PTE_AP_RO);

	if (!(val & PTE_VALID))
		return NULL;
	if (written && m->config.cpu[0].hafdbs)
		return "hardware may write its entry (hafdbs)";
	return litmus_memory(val) ? NULL
				  : "its entry has a memory type that the kernel does not use";
}

static const char *refuse_entries(const struct model *m, const struct litmus_page *p)
{
	const char *why = refuse_entry(m, p->initial);

	for (size_t i = 0; i < p->nr && !why; i++)
		if (p->event[i].ev.kind == MODEL_STORE)
			why = refuse_entry(m, p->event[i].val);
	return why;
}

/*
 * To herd7 a DSB is one of the system, whatever its domain. That makes a difference unless all is between a
 * CPU and its own TLB.
 */
static const char *refuse_domain(const struct litmus_page *p)
{
	bool local = false, others = false, fresh = false;
	u64 now = p->initial;

	for (size_t i = 0; i <= p->judged; i++) {
		const struct model_event *ev = &p->event[i].ev;

		local |= ev->kind == MODEL_BARRIER &&
			 (ev->op == MODEL_DSB_NSH || ev->op == MODEL_DSB_NSHST);
		others |= ev->cpu != p->event[0].ev.cpu || (ev->kind == MODEL_TLBI && ev->op % 2);
		if (ev->kind == MODEL_STORE) {
			fresh |= !(now & PTE_VALID) && p->event[i].val & PTE_VALID;
			now = p->event[i].val;
		}
	}
	return local && (others || fresh) ? "a DSB of the non-shareable domain is one of the "
					    "whole system to herd7"
					  : NULL;
}

/* ---- the questions ---- */

u64 litmus_entry(const struct litmus_page *p, size_t at)
{
	u64 val = p->initial;

	for (size_t i = 0; i <= at && i < p->nr; i++)
		if (p->event[i].ev.kind == MODEL_STORE)
			val = p->event[i].val;
	return val;
}

/*
 * Accesses that tell the entry from one that was there before: a read does where there was another page or
 * none, a write where there was the same with other permissions.
 */
static void find_accesses(const struct model *m, struct litmus_question *q)
{
	const struct litmus_page *p = q->page;
	u64 now = litmus_entry(p, q->at), was = p->initial;

	for (size_t i = 0; i <= q->at; i++) {
		if (litmus_differs(m, was, now, false))
			q->read = true;
		else if (litmus_differs(m, was, now, true))
			q->write = true;
		if (p->event[i].ev.kind == MODEL_STORE)
			was = p->event[i].val;
	}
}

/* CPUs that do something up to event @at. */
static u32 busy_cpus(const struct litmus_page *p, size_t at)
{
	u32 cpus = 0;

	for (size_t i = 0; i <= at; i++)
		cpus |= (u32)BIT(p->event[i].ev.cpu);
	return cpus;
}

/*
 * Those that look, each in a test of its own. If all is well, whoever does something and one of those that
 * don't; else one that can see what is wrong: what is about no translation is about the CPU that claims.
 */
static u32 lookers(const struct sim *sim, const struct litmus_page *p, size_t at, bool broken)
{
	u32 all = (u32)BIT(sim->m.model->config.nr_cpus) - 1, busy = busy_cpus(p, at);
	u32 claims = (u32)BIT(p->event[at].ev.cpu), idle = all & ~busy;

	idle &= ~idle + 1;
	if (!broken)
		return busy | idle;
	if (p->stale & idle)
		return idle;
	return !p->stale || p->stale & claims ? claims : (u32)BIT(log2_floor(p->stale));
}

static const char *ask_done(struct sim *sim, const struct litmus_page *p, size_t at, bool broken)
{
	struct litmus_question q = { .page = p, .at = at, .broken = broken };
	u32 cpus = lookers(sim, p, at, broken);
	const char *why = NULL;

	find_accesses(sim->m.model, &q);
	if ((!q.read && !q.write) || (broken && p->hidden && !p->stale))
		return broken ? "no access shows a change of nothing but the memory type, of who may "
				"execute, of user or global"
			      : NULL;
	for (; q.cpu < MODEL_MAX_CPUS && !why; q.cpu++)
		if (cpus & BIT(q.cpu))
			why = litmus_done(sim, &q);
	return why;
}

/* An access is good if it works; by the CPU that made the change also if it finds what was put there. */
static const char *ask_use(struct sim *sim, const struct litmus_page *p, size_t at, bool broken)
{
	struct litmus_question q = { .page = p, .at = at, .broken = broken };
	const struct model_event *ev = &p->event[at].ev;
	bool others = false, idle = litmus_found(p->initial, false) == FOUND_ACCESS_FLAG;

	for (size_t i = 0; i < at; i++)
		if (p->event[i].ev.kind == MODEL_STORE) {
			q.own |= p->event[i].ev.cpu == ev->cpu;
			others |= p->event[i].ev.cpu != ev->cpu;
			idle |= litmus_found(p->event[i].val, false) == FOUND_ACCESS_FLAG;
		}
	q.write = ev->op & MODEL_WRITE;
	if (!broken && !q.own && !others)
		return NULL;
	if (q.own && others)
		return "several CPUs have changed the page that it uses";
	if (idle)
		return "it uses a page whose access flag is or was clear, which the model leaves to hardware";
	return litmus_use(sim, &q);
}

/* Break-before-make: may an access find the new page, and a later one the old page? */
static const char *ask_order(struct sim *sim, const struct litmus_page *p, size_t at, bool broken)
{
	struct litmus_question q = { .page = p, .at = at, .broken = broken };
	const struct model *m = sim->m.model;
	u64 now = 0, val = p->initial;
	const char *why = "what accesses find does not tell the old page from the new one";
	bool older = false, again = false;
	size_t newest = 0;

	for (size_t i = 0; i <= at; i++)
		if (p->event[i].ev.kind == MODEL_STORE && p->event[i].val & PTE_VALID) {
			now = p->event[i].val;
			newest = i;
		}
	for (size_t i = 0; now && i <= newest; i++) {
		if (litmus_found(val, false) == FOUND_PAGE) {
			older |= litmus_differs(m, val, now, false);
			again |= !litmus_differs(m, val, now, false);
		}
		if (p->event[i].ev.kind == MODEL_STORE)
			val = p->event[i].val;
	}
	if (older && !again && litmus_found(now, false) == FOUND_PAGE)
		why = litmus_order(sim, &q, now);
	return broken ? why : NULL;
}

const char *litmus_arch_ask(struct sim *sim, const struct litmus_page *p)
{
	const char *why = refuse_entries(sim->m.model, p);
	enum model_kind last = p->event[p->judged].ev.kind;

	if (!why)
		why = refuse_domain(p);
	if (!why && !observable(p->rule))
		why = "it is not about what an access of one page finds";
	for (size_t i = 0; i <= p->judged && !why; i++) {
		bool broken = p->rule && i == p->judged;

		if (p->event[i].ev.kind == MODEL_USE)
			why = ask_use(sim, p, i, broken);
		else if (p->event[i].ev.kind == MODEL_CLAIM)
			why = ask_done(sim, p, i, broken);
	}
	if (!why && (!p->rule || last == MODEL_STORE))
		why = ask_order(sim, p, p->judged, p->rule);
	return why;
}
