// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The model as a whole: its beginning and end, and the way of an event. */
#include <stdlib.h>

#include <graticule/tlb.h>
#include "model/model_internal.h"
#include "model/mutate.h"

struct model *model_current;

struct model_config model_config_default(unsigned int nr_cpus, unsigned int bbm)
{
	struct model_config c = { .nr_cpus = nr_cpus };

	for (unsigned int i = 0; i < MODEL_MAX_CPUS; i++)
		c.cpu[i] = (struct model_cpu_config){
			.bbm = (u8)bbm, .tlb_range = true, .caches_invalid = true, .svinval = true
		};
	return c;
}

struct model *model_new(const struct grt_geometry *g, const struct model_config *config)
{
	struct model *m = calloc(1, sizeof(*m));

	m->g = *g;
	m->config = *config;
	for (unsigned int cpu = 0; cpu < MODEL_MAX_CPUS; cpu++)
		for (unsigned int half = 0; half < 2; half++)
			m->cpu[cpu].half[half].root = GRT_PHYS_NONE;
	model_current = m;
	return m;
}

void model_free(struct model *m)
{
	model_memory_free(m);
	free(m->rec);
	free(m->unsynced);
	free(m->touched);
	free(m->root);
	free(m->live);
	free(m->cacheable.range);
	free(m->past.range);
	free(m->cleaning);
	free(m->code);
	free(m->copy);
	if (model_current == m)
		model_current = NULL;
	free(m);
}

void model_cpu(struct model *m, unsigned int cpu)
{
	m->this_cpu = cpu;
}

unsigned int model_this_cpu(const struct model *m)
{
	return m->this_cpu;
}

bool model_online(const struct model *m, unsigned int cpu)
{
	return m->cpu[cpu].online;
}

void model_boot(struct model *m, grt_phys_t root, int asid)
{
	m->seq++;
	for (unsigned int cpu = 0; cpu < m->config.nr_cpus; cpu++) {
		struct model_cpu_state *c = &m->cpu[cpu];

		c->online = true;
		c->mmu = true;
		c->half[1] = (struct model_half){ .root = root, .asid = asid };
		c->ordered = c->visible = c->visible_local = c->synced = c->settled = c->fenced =
			m->seq;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(m->hash); i++)
		for (struct model_page *p = m->hash[i]; p; p = p->next)
			p->uncached = false;
	model_root_update(m);
}

void model_always_live(struct model *m, grt_virt_t va, u64 size, unsigned int access)
{
	m->live = realloc(m->live, (m->nr_live + 1) * sizeof(*m->live));
	if (!m->live)
		abort();
	m->live[m->nr_live++] = (struct model_area){ .at = va, .size = size, .access = access };
}

unsigned int model_reports(const struct model *m)
{
	return m->nr_reports;
}

const struct model_report *model_report(const struct model *m, unsigned int n)
{
	return &m->report[n];
}

u64 model_notes(const struct model *m)
{
	return m->notes;
}

const u64 *model_counts(const struct model *m)
{
	return m->count;
}

/* ---- events ---- */

static void reset(struct model *m, unsigned int cpu)
{
	struct model_rec rec = { .kind = REC_UNKNOWN,
				 .last = ~0ULL,
				 .holders = (u8)BIT(cpu),
				 .rule = model_arch.reset_rule,
				 .asid = MODEL_ASID_ANY };

	m->cpu[cpu] = (struct model_cpu_state){ .half = { { .root = GRT_PHYS_NONE },
							  { .root = GRT_PHYS_NONE } } };
	for (unsigned int i = 0; i < m->nr_rec; i++)
		m->rec[i].holders &= (u8)~BIT(cpu);
	model_record(m, &rec);
	m->roots_changed = true;
}

long model_apply(struct model *m, const struct model_event *ev)
{
	long ret = 0;

	if (ev->kind >= MODEL_KINDS || m->tangled) /* a step that turned out to be none */
		return 0;
	m->seq++;
	m->count[ev->kind]++;
	m->this_cpu = ev->cpu;
	model_trace_add(m, ev);
	switch (ev->kind) {
	case MODEL_STORE:
	case MODEL_FILL:
		model_store(m, ev);
		break;
	case MODEL_CACHE:
		model_maintain(m, ev);
		break;
	case MODEL_RESET:
		reset(m, ev->cpu);
		break;
	case MODEL_WRITE_CODE:
		model_code_written(m, ev);
		break;
	case MODEL_CODE_CLEAN:
		model_code_clean(m, ev);
		break;
	case MODEL_CODE_INVALIDATE:
		model_code_invalidate(m, ev);
		break;
	case MODEL_COPY:
		model_copy(m, ev);
		break;
	case MODEL_ALLOC:
		model_alloc_page(m, ev->addr);
		break;
	case MODEL_FREE:
		if (!ev->count && !model_page_used(m, ev->addr))
			model_break(m, MODEL_C3, "0x%llx is freed and belongs to nobody",
				    (unsigned long long)ev->addr);
		model_free_memory(m, ev->addr,
				  ev->count ? ev->count : grt_geometry_page_size(&m->g));
		break;
	case MODEL_USE:
		model_use(m, ev->cpu, ev->val, ev->op);
		break;
	case MODEL_CLAIM:
		model_claim(m, ev);
		break;
	default:
		ret = model_arch_event(m, ev);
		break;
	}
	if (m->roots_changed)
		model_root_update(m);
	return ret;
}

long model_do(struct model *m, struct model_event ev)
{
	if (model_mutate(m, &ev) == MODEL_DROP)
		return 0;
	return model_apply(m, &ev);
}

long model_mmu_op(struct model_site site, enum model_kind kind, unsigned int op, u64 val)
{
	struct model *m = model_current;

	return model_do(
		m, (struct model_event){
			   .kind = kind, .cpu = m->this_cpu, .op = op, .val = val, .site = site });
}

void model_mmu_sfence(struct model_site site, enum model_kind kind, unsigned int op, grt_virt_t va,
		      int asid)
{
	struct model *m = model_current;

	if (asid != GRT_TLB_ANY_ASID)
		op |= MODEL_RS2;
	model_do(m, (struct model_event){ .kind = kind,
					  .cpu = m->this_cpu,
					  .op = op,
					  .val = va,
					  .asid = asid,
					  .site = site });
}

long model_mmu_remote_sfence(struct model_site site, u64 mask, u64 base,
			     const struct grt_tlb_fence *what)
{
	struct model *m = model_current;

	return model_do(m, (struct model_event){ .kind = MODEL_REMOTE_SFENCE,
						 .cpu = m->this_cpu,
						 .mask = mask,
						 .step = base,
						 .val = what->start,
						 .count = what->size,
						 .asid = what->asid,
						 .site = site });
}
