// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What happened, kept to be printed by the command. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tools/simulator/litmus.h"

static void *grown(void *array, size_t nr, size_t size)
{
	if (nr & (nr - 1)) /* room for the next power of two */
		return array;
	array = realloc(array, (nr ? 2 * nr : 1) * size);
	if (!array)
		abort();
	return array;
}

static char *copy(const char *s)
{
	char *c = strdup(s);

	if (!c)
		abort();
	return c;
}

struct sim_record *record_add(struct sim *sim, enum sim_kind kind)
{
	struct sim_outcome *out = sim->out;
	struct sim_record *r;

	out->record = grown(out->record, out->nr, sizeof(*out->record));
	r = &out->record[out->nr++];
	*r = (struct sim_record){ .kind = kind,
				  .line = sim->step ? sim->step->line : 0,
				  .text = copy(sim->step ? sim->step->text : "the linear map") };
	return r;
}

void record_failed(struct sim *sim, const char *fmt, ...)
{
	struct sim_record *r = record_add(sim, SIM_FAILED);
	char buf[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(buf, sizeof(buf), fmt, args);
	va_end(args);
	r->found = copy(buf);
}

void attr_words(grt_attr_t attr, char buf[12])
{
	static const char letters[] = "rwxugnd"; /* in the order of the bits */
	unsigned int n = 0;

	for (unsigned int i = 0; letters[i]; i++)
		if (attr & BIT(i))
			buf[n++] = letters[i];
	buf[n] = '\0';
}

static int add_leaf(const struct grt_leaf *leaf, void *arg)
{
	struct sim_record *r = arg;
	struct sim_run *last = r->nr_runs ? &r->run[r->nr_runs - 1] : NULL;

	if (last && last->level == leaf->level && last->contiguous == leaf->contiguous &&
	    last->attr == leaf->attr && last->va + last->count * last->size == leaf->va &&
	    last->pa + last->count * last->size == leaf->pa) {
		last->count++;
		return 0;
	}
	r->run = grown(r->run, r->nr_runs, sizeof(*r->run));
	r->run[r->nr_runs++] = (struct sim_run){ .va = leaf->va,
						 .size = leaf->size,
						 .pa = leaf->pa,
						 .count = 1,
						 .attr = leaf->attr,
						 .level = leaf->level,
						 .contiguous = leaf->contiguous };
	return 0;
}

void record_dump(struct sim *sim)
{
	struct sim_record *r = record_add(sim, SIM_DUMP);
	grt_virt_t upper = grt_geometry_upper_start(&sim->m.g);

	r->count.tables = sim->m.pt.tables;
	if (sim->m.lower || !machine_halves(&sim->m.g))
		grt_walk(&sim->m.pt, 0, BIT(sim->m.g.upper_bits), add_leaf, r);
	if (!sim->m.lower)
		grt_walk(&sim->m.pt, upper, 0ULL - upper, add_leaf, r);
}

static void add_violation(struct sim *sim, const struct model_report *report)
{
	const struct model_rule_text *rule = &model_rules[report->rule];
	struct sim_record *r = record_add(sim, SIM_VIOLATION);
	char words[256], line[320];

	r->rule = rule->id;
	r->statement = rule->statement;
	r->manual = rule->manual;
	r->found = copy(report->text);
	r->trace = calloc(report->nr_trace + 1, sizeof(*r->trace));
	if (!r->trace)
		abort();
	for (unsigned int i = 0; i < report->nr_trace; i++) {
		const struct model_event *ev = &report->trace[i];

		model_event_words(words, sizeof(words), sim->m.model, ev);
		if (ev->site.line && ev->site.file)
			snprintf(line, sizeof(line), "cpu %u: %s (%s:%d)", ev->cpu, words,
				 ev->site.file, ev->site.line);
		else
			snprintf(line, sizeof(line), "cpu %u: %s", ev->cpu, words);
		r->trace[r->nr_trace++] = copy(line);
	}
}

void record_violations(struct sim *sim)
{
	while (sim->reported < model_reports(sim->m.model))
		add_violation(sim, model_report(sim->m.model, sim->reported++));
}

void litmus_add(struct sim *sim, unsigned int line, const char *what, char *text)
{
	struct sim_outcome *out = sim->out;

	for (size_t i = out->nr_litmus; i-- > 0 && out->litmus[i].line == line;)
		if (!strcmp(out->litmus[i].what, what) && !strcmp(out->litmus[i].text, text)) {
			out->litmus[i].pages++;
			free(text);
			return;
		}
	out->litmus = grown(out->litmus, out->nr_litmus, sizeof(*out->litmus));
	out->litmus[out->nr_litmus++] =
		(struct sim_litmus){ .line = line, .what = what, .pages = 1, .text = text };
}

void outcome_free(struct sim_outcome *out)
{
	for (size_t i = 0; i < out->nr; i++) {
		struct sim_record *r = &out->record[i];

		for (size_t j = 0; j < r->nr_trace; j++)
			free(r->trace[j]);
		free(r->trace);
		free(r->text);
		free(r->found);
		free(r->run);
	}
	for (size_t i = 0; i < out->nr_litmus; i++) {
		free(out->litmus[i].text);
		free(out->litmus[i].name);
	}
	free(out->litmus);
	free(out->record);
	*out = (struct sim_outcome){ 0 };
}
