// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Instructions that were written, until each CPU fetches the new ones (Arm ARM B2, "Concurrent modification
 * and execution of instructions", "Data and instruction caches": rule A25; RISC-V "Zifencei": R16, R21).
 */
#include <stdlib.h>
#include "model/model_internal.h"

static struct model_code *code_add(struct model *m, struct model_code code)
{
	m->code = realloc(m->code, (m->nr_code + 1) * sizeof(*m->code));
	if (!m->code)
		abort();
	m->code[m->nr_code] = code;
	return &m->code[m->nr_code++];
}

/* What of @n is in [start, end); the rest becomes others. */
static void code_cut(struct model *m, unsigned int n, u64 start, u64 end)
{
	struct model_code rest = m->code[n];

	if (rest.end > end) {
		m->code[n].end = end;
		code_add(m, rest)->start = end;
	}
	if (rest.start < start) {
		rest.end = start;
		m->code[n].start = start;
		code_add(m, rest);
	}
}

typedef void code_fn(struct model *m, struct model_code *code, const struct model_event *ev);

static void code_range(struct model *m, u64 start, u64 end, const struct model_event *ev,
		       code_fn *one)
{
	unsigned int nr = m->nr_code;

	for (unsigned int i = 0; i < nr; i++)
		if (m->code[i].start < end && m->code[i].end > start) {
			code_cut(m, i, start, end);
			one(m, &m->code[i], ev);
		}
}

/* The memory of [@va, @last], as far as it is contiguous and @cpu reaches it. Return: how much; 0: none. */
static u64 contiguous(const struct model *m, unsigned int cpu, grt_virt_t va, grt_virt_t last,
		      u64 *start)
{
	u64 page = grt_geometry_page_size(&m->g), n = page - (va & (page - 1));
	grt_phys_t next;

	if (!model_physical(m, cpu, va, start))
		return 0;
	while (n <= last - va && model_physical(m, cpu, va + n, &next) && next == *start + n)
		n += page;
	return min_u64(n, last - va + 1);
}

/* Calls @one for what was written in the memory that the event is about; without a size: in all. */
static void each_code(struct model *m, const struct model_event *ev, code_fn *one)
{
	grt_virt_t va = ev->val, last = va + ev->count - 1;
	u64 page = grt_geometry_page_size(&m->g), start, n;

	if (!ev->count)
		code_range(m, 0, ~0ULL, ev, one);
	for (u64 done = 0; done < ev->count; done += n) {
		n = contiguous(m, ev->cpu, va + done, last, &start);
		if (n)
			code_range(m, start, start + n, ev, one);
		else
			n = page - ((va + done) & (page - 1));
	}
}

/* Has what @code's writer stored left its store buffer, as @cpu sees it? */
static bool seen(const struct model *m, const struct model_code *code, unsigned int cpu)
{
	return code->writer == cpu || code->seq <= m->cpu[code->writer].visible;
}

static void forget(struct model *m, struct model_code *code, const struct model_event *ev)
{
	(void)m;
	(void)ev;
	code->end = code->start; /* what was there before is nobody's concern any more */
}

void model_code_written(struct model *m, const struct model_event *ev)
{
	struct model_code code = { .end = ~0ULL, .seq = m->seq, .writer = (u8)ev->cpu };
	grt_virt_t va = ev->val, last = va + ev->count - 1;
	u64 page = grt_geometry_page_size(&m->g), n;

	each_code(m, ev, forget);
	if (!ev->count)
		code_add(m, code);
	for (u64 done = 0; done < ev->count; done += n) {
		n = contiguous(m, ev->cpu, va + done, last, &code.start);
		code.end = code.start + n;
		if (n)
			code_add(m, code);
		else
			n = page - ((va + done) & (page - 1));
	}
}

static void clean(struct model *m, struct model_code *code, const struct model_event *ev)
{
	if (seen(m, code, ev->cpu))
		code->cleaning |= (u8)BIT(ev->cpu);
}

void model_code_clean(struct model *m, const struct model_event *ev)
{
	each_code(m, ev, clean);
}

/* CTR_EL0.IDC: data need not be cleaned, and a DSB is enough. */
static bool at_unification(const struct model *m, const struct model_code *code)
{
	return code->cleaned || (m->config.cpu[0].idc && code->seq <= m->cpu[code->writer].visible);
}

/* Before the data is there, an instruction cache would only fetch the old again. */
static void invalidate(struct model *m, struct model_code *code, const struct model_event *ev)
{
	if (!at_unification(m, code))
		return;
	if (ev->op == MODEL_CODE_LOCAL)
		code->local |= (u8)BIT(ev->cpu);
	else
		code->everywhere |= (u8)BIT(ev->cpu);
}

void model_code_invalidate(struct model *m, const struct model_event *ev)
{
	each_code(m, ev, invalidate);
}

void model_code_dsb(struct model *m, unsigned int cpu, bool shared, bool full)
{
	u8 local = full ? (u8)BIT(cpu) : 0, self = shared ? local : 0;

	for (unsigned int i = 0; i < m->nr_code; i++) {
		struct model_code *c = &m->code[i];
		bool all = c->everywhere & self;

		c->cleaned |= c->cleaning & self;
		/* CTR_EL0.DIC: instruction caches need not be invalidated. */
		all |= m->config.cpu[0].dic && at_unification(m, c);
		for (unsigned int n = 0; n < m->config.nr_cpus; n++)
			if (!c->done[n] && (all || (n == cpu && c->local & local)))
				c->done[n] = m->seq;
		c->local &= (u8)~local;
		c->cleaning &= (u8)~self;
		c->everywhere &= (u8)~self;
	}
}

static void fence_i(struct model *m, struct model_code *code, const struct model_event *ev)
{
	if (!code->done[ev->cpu] && seen(m, code, ev->cpu))
		code->done[ev->cpu] = m->seq;
}

void model_code_fence(struct model *m, unsigned int cpu)
{
	const struct model_event everything = { .cpu = cpu };

	each_code(m, &everything, fence_i);
}

void model_code_use(struct model *m, unsigned int cpu, grt_phys_t pa, grt_virt_t va)
{
	for (unsigned int i = 0; i < m->nr_code; i++) {
		struct model_code *c = &m->code[i];
		u64 done = c->done[cpu];

		if (pa < c->start || pa >= c->end)
			continue;
		c->done[cpu] = 1; /* it has been said */
		if (model_arch.one_tree && !done)
			model_break(m, c->writer == cpu ? MODEL_R16 : MODEL_R21,
				    "cpu %u executes at 0x%llx what was written since its FENCE.I",
				    cpu, (unsigned long long)va);
		else if (!model_arch.one_tree && !done)
			model_break(m, MODEL_A25,
				    "cpu %u executes at 0x%llx what caches may hide from it", cpu,
				    (unsigned long long)va);
		else if (!model_arch.one_tree && done > 1 && done >= m->cpu[cpu].synced)
			model_break(m, MODEL_A25,
				    "cpu %u executes at 0x%llx without an ISB after what was "
				    "written there was made visible",
				    cpu, (unsigned long long)va);
	}
}
