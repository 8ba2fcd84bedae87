// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A script from its text to its outcome. */
#include <stdio.h>
#include <string.h>
#include "mm/linear_map.h"
#include "model/mutate.h"
#include "tools/simulator/litmus.h"
#include "tools/simulator/run.h"

/* Entries written, which the model counts as steps and not one by one. */
static u64 stores;
/* The script that runs, where its events are wanted as litmus tests. */
static struct sim *watched;

enum model_verdict model_mutate(struct model *m, struct model_event *ev)
{
	if (watched)
		litmus_watch(watched->litmus, m, ev, watched->step ? watched->step->line : 0);
	stores += ev->kind == MODEL_STORE ? 1 : ev->kind == MODEL_FILL ? ev->count : 0;
	return MODEL_KEEP;
}

static struct sim_count counts(const struct sim *sim)
{
	const u64 *n = model_counts(sim->m.model);

	return (struct sim_count){
		.tables = sim->m.pt.tables,
		.stores = stores,
		.barriers = n[MODEL_BARRIER] + n[MODEL_SFENCE_W_INVAL] + n[MODEL_SFENCE_INVAL_IR],
		.invalidations =
			n[MODEL_TLBI] + n[MODEL_SFENCE] + n[MODEL_SINVAL] + n[MODEL_REMOTE_SFENCE],
	};
}

/* Before any CPU uses the tables, so that it takes no barrier and no invalidation. */
static int map_memory(struct sim *sim, const struct sim_request *req)
{
	struct linear_map lm = {
		.memory = req->memory,
		.offset = req->linear_offset,
		.limits = req->nocont ? GRT_MAP_NO_CONT : 0,
	};
	grt_phys_t cursor = 0;
	struct grt_run run;
	int err = 0;

	while (!err && req->memory.nr && linear_map_next(&lm, &cursor, &run))
		err = grt_map(&sim->m.pt, run.va, run.pa, run.size, run.attr);
	return err;
}

static bool is_operation(const struct step *step)
{
	for (const struct verb *v = op_verbs; v->word; v++)
		if (!strncmp(step->text, v->word, strlen(v->word)))
			return strcmp(v->word, "cpu") && strcmp(v->word, "fail-alloc");
	return false;
}

/* Can the engine, and a dump, walk the tree to its end? What is written by hand may lead round in circles. */
static bool followable(struct sim *sim)
{
	return !model_tangled(sim->m.model) &&
	       (!sim->raw || model_follows(sim->m.model, grt_geometry_root_level(&sim->m.g),
					   sim->m.pt.root, GRT_PHYS_NONE));
}

static bool run_step(struct sim *sim, const struct step *step)
{
	struct sim_count before = counts(sim), after;
	struct sim_record *r;

	sim->step = step;
	step->run(sim, step);
	if (is_operation(step)) {
		after = counts(sim);
		r = record_add(sim, SIM_OPERATION);
		r->result = sim->result;
		r->count = (struct sim_count){ .tables = after.tables,
					       .stores = after.stores - before.stores,
					       .barriers = after.barriers - before.barriers,
					       .invalidations =
						       after.invalidations - before.invalidations };
	}
	record_violations(sim);
	return followable(sim);
}

static bool machine_error(struct sim_error *error, const char *expected)
{
	error->line = 0;
	snprintf(error->expected, sizeof(error->expected), "%s", expected);
	return false;
}

struct machine_spec sim_machine(const struct sim_request *req, bool lower)
{
	struct machine_spec spec = {
		.page_shift = req->page_shift,
		.va_bits = req->va_bits,
		.pa_bits = req->pa_bits,
		.nocont = req->nocont,
		.nr_cpus = req->nr_cpus,
		.ext = req->ext,
		.lower = lower,
	};

	memcpy(spec.bbm, req->bbm, sizeof(spec.bbm));
	return spec;
}

static bool start(struct sim *sim, const struct sim_request *req, bool lower,
		  struct sim_error *error)
{
	struct machine_spec spec = sim_machine(req, lower);

	if (machine_init(&sim->m, &spec))
		return machine_error(error, "the CPUs have no such layout");
	sim->m.limit = req->max_tables;
	for (unsigned int i = 0; i < SIM_MAX_PAGES; i++)
		sim->page[i] = GRT_PHYS_NONE;
	if (map_memory(sim, req)) {
		machine_done(&sim->m);
		return machine_error(error, "the linear map can't be made");
	}
	if (!req->dead)
		machine_boot(&sim->m);
	return true;
}

static bool step_error(struct sim_error *error, const struct step *step, const char *expected)
{
	error->line = step->line;
	snprintf(error->word, sizeof(error->word), "%s", step->text);
	snprintf(error->expected, sizeof(error->expected), "%s", expected);
	return false;
}

static bool run_all(struct sim *sim, const struct step *steps, size_t nr, struct sim_error *error)
{
	struct sim_count before = counts(sim), after;

	for (size_t i = 0; i < nr; i++)
		if (!run_step(sim, &steps[i]))
			return step_error(error, &steps[i],
					  "a tree: no table below itself, nor a million entries "
					  "in tables that are linked twice");
	sim->step = NULL;
	/* At the end all is said to be complete, which is no news where something was wrong before. */
	if (sim->m.pt.batch)
		grt_batch_commit(&sim->m.pt);
	if (!sim->reported)
		machine_claim(&sim->m);
	record_violations(sim);
	after = counts(sim);
	sim->out->total = (struct sim_count){ after.tables, after.stores - before.stores,
					      after.barriers - before.barriers,
					      after.invalidations - before.invalidations };
	return true;
}

/* The geometry decides what the words of a script mean, and some of those which half the tree is for. */
static struct step *parse(const struct sim_request *req, size_t *nr, bool *lower,
			  struct sim_error *error)
{
	struct sim sim = { 0 };
	struct grt_geometry g;

	if (!start(&sim, req, false, error))
		return NULL;
	g = sim.m.g;
	machine_done(&sim.m);
	return script_parse(req, &g, nr, lower, error);
}

/* The script once more, as questions to herd7. What can't be asked is said, and leaves nothing. */
static void export(struct sim *sim, const struct sim_request *req)
{
	struct litmus *l = sim->litmus;

	if (litmus_export(l, sim, req))
		return;
	outcome_free(sim->out);
	sim->out->refused = l->refused;
	sim->out->refused_line = l->refused_line;
	sim->out->refused_rule = l->rule ? model_rules[l->rule].id : NULL;
}

bool simulator_run(const struct sim_request *req, struct sim_outcome *out, struct sim_error *error)
{
	struct litmus litmus = { 0 };
	struct sim sim = { .out = out, .litmus = &litmus };
	struct step *steps;
	bool lower = false, ok;
	size_t nr;

	*out = (struct sim_outcome){ 0 };
	*error = (struct sim_error){ 0 };
	steps = parse(req, &nr, &lower, error);
	if (!steps)
		return false;
	ok = start(&sim, req, lower, error);
	if (ok) {
		watched = req->litmus ? &sim : NULL;
		ok = run_all(&sim, steps, nr, error);
		watched = NULL;
		if (ok && req->litmus)
			export(&sim, req);
		litmus_free(&litmus);
		machine_done(&sim.m);
	}
	if (!ok)
		outcome_free(out);
	script_free(steps, nr);
	return ok;
}
