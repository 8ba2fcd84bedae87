// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdlib.h>
#include <string.h>
#include <asm/regime.h>
#include "model/machine.h"

/* Physical memory is reached from here on; the highest architectural address has 56 bits. */
#define WINDOW BIT(60)
#define WINDOW_SIZE BIT(57)

/* The domain asks without an argument. */
static u64 this_cpu(void)
{
	return model_this_cpu(model_current);
}

u64 *machine_at(grt_phys_t pa)
{
	return (u64 *)(uintptr_t)(WINDOW + pa);
}

long machine_event(struct machine *m, struct model_event ev)
{
	ev.cpu = model_this_cpu(m->model);
	return model_do(m->model, ev);
}

/* ---- table pages ---- */

grt_phys_t machine_alloc(struct machine *m)
{
	grt_phys_t page;

	if ((m->fail_at && !--m->fail_at) || (m->limit && m->used == m->limit))
		return GRT_PHYS_NONE;
	m->used++;
	if (m->nr_free) {
		page = m->free[--m->nr_free];
	} else {
		page = m->next;
		m->next += grt_geometry_page_size(&m->g);
	}
	machine_event(m, (struct model_event){ .kind = MODEL_ALLOC, .addr = page });
	return page;
}

void machine_free(struct machine *m, grt_phys_t page)
{
	bool used = model_page_used(m->model, page);

	machine_event(m, (struct model_event){ .kind = MODEL_FREE, .addr = page });
	if (!used)
		return; /* which the model has reported */
	m->used--;
	if (m->nr_free == m->max_free) {
		m->max_free = m->max_free ? 2 * m->max_free : 64;
		m->free = realloc(m->free, m->max_free * sizeof(*m->free));
		if (!m->free)
			abort();
	}
	m->free[m->nr_free++] = page;
}

static grt_phys_t provider_alloc(struct grt_pgtable *pt)
{
	return machine_alloc(pt->ctx);
}

static void provider_free(struct grt_pgtable *pt, grt_phys_t table)
{
	machine_free(pt->ctx, table);
}

static u64 *provider_map(const struct grt_pgtable *pt, grt_phys_t table)
{
	(void)pt;
	return machine_at(table);
}

static const struct grt_pgtable_ops mapping_provider = {
	.alloc = provider_alloc,
	.free = provider_free,
	.map = provider_map,
};

static const u64 window = WINDOW;
static const struct grt_pgtable_ops direct_provider = {
	.alloc = provider_alloc,
	.free = provider_free,
	.offset = &window,
};

/* ---- the machine ---- */

static void make_model(struct machine *m, const struct machine_spec *spec,
		       const struct model_cpu_config *cpu)
{
	struct model_config config = model_config_default(spec->nr_cpus, 0);

	config.el2 = spec->kind == GRT_REGIME_EL2;
	memcpy(config.cpu, cpu, spec->nr_cpus * sizeof(*cpu));
	m->model = model_new(&m->g, &config);
	model_current = m->model;
	model_window(m->model, WINDOW, WINDOW_SIZE, 0, 0);
}

int machine_tree(struct machine *m, struct grt_pgtable *pt, enum grt_regime_half half,
		 const struct grt_pgtable_ops *ops, void *ctx)
{
	return grt_pgtable_init(pt,
				&(struct grt_pgtable_config){ .g = &m->g,
							      .caps = &m->caps,
							      .regime = { .half = half,
									  .kind = m->regime.kind,
									  .asid = m->regime.asid },
							      .ops = ops,
							      .ctx = ctx,
							      .domain = &m->domain });
}

/* Where one root translates both halves, both are served: scripts use either. */
static enum grt_regime_half half_of(const struct machine *m)
{
	if (!machine_halves(&m->g))
		return GRT_REGIME_BOTH;
	return m->lower ? GRT_REGIME_LOWER : GRT_REGIME_UPPER;
}

int machine_init(struct machine *m, const struct machine_spec *spec)
{
	struct model_cpu_config cpu[MODEL_MAX_CPUS] = { 0 };
	int err;

	memset(m, 0, sizeof(*m));
	machine_arch_caps(spec, &m->caps, cpu);
	err = grt_geometry_init(&m->g, spec->page_shift, spec->va_bits, &m->caps);
	if (err)
		return err;
	m->g.el2 = spec->kind == GRT_REGIME_EL2;
	m->lower = (spec->lower || spec->kind != GRT_REGIME_ANY_ASID) && machine_halves(&m->g);
	m->regime = (struct grt_regime){ .kind = spec->kind, .asid = spec->asid };
	make_model(m, spec, cpu);
	/* The upper quarter of what can be addressed is for tables. */
	m->next = BIT(m->g.pa_bits) - BIT(m->g.pa_bits - 2);
	m->domain.this_cpu = this_cpu;
	m->domain.fence = ARCH_TLB_FENCE;
	err = machine_tree(m, &m->pt, half_of(m),
			   spec->maps_tables ? &mapping_provider : &direct_provider, m);
	for (unsigned int i = 0; i < spec->nr_cpus; i++)
		m->domain.online[0] |= BIT(i);
	return err;
}

bool machine_has(enum grt_regime_kind kind)
{
	return !arch_regime_check(&(struct grt_geometry){ .el2 = kind == GRT_REGIME_EL2 },
				  &(struct grt_mmu_caps){ 0 },
				  &(struct grt_regime){ .half = GRT_REGIME_LOWER, .kind = kind });
}

bool machine_halves(const struct grt_geometry *g)
{
	return g->upper_bits == g->va_bits;
}

/* The kernel has nothing, and each CPU the tree for its lower half. */
static void boot_lower(struct machine *m, unsigned int nr_cpus)
{
	model_boot(m->model, GRT_PHYS_NONE, 0);
	for (unsigned int cpu = nr_cpus; cpu-- > 0;) {
		model_cpu(m->model, cpu);
		machine_event(m, (struct model_event){ .kind = MODEL_ROOT,
						       .addr = m->pt.root,
						       .asid = m->regime.asid });
		machine_event(m, (struct model_event){ .kind = MODEL_BARRIER, .op = MODEL_ISB });
	}
}

void machine_boot(struct machine *m)
{
	if (m->lower)
		boot_lower(m, (unsigned int)__builtin_popcountll(m->domain.online[0]));
	else
		model_boot(m->model, m->pt.root, m->regime.asid);
	m->pt.live = true;
}

void machine_done(struct machine *m)
{
	model_free(m->model);
	model_current = NULL;
	free(m->free);
}

void machine_use(struct machine *m, grt_virt_t va, unsigned int access)
{
	machine_event(m, (struct model_event){ .kind = MODEL_USE, .val = va, .op = access });
}

void machine_claim(struct machine *m)
{
	if (!m->pt.batch && m->pt.live)
		machine_event(m, (struct model_event){ .kind = MODEL_CLAIM });
}
