// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <string.h>
#include "tests/model/explore.h"

/* One interleaving: the CPUs in the order of their steps, and how far each has come. */
struct path {
	u8 order[EXPLORE_MAX_CPUS * EXPLORE_MAX_STEPS];
	unsigned int len;
	unsigned int at[EXPLORE_MAX_CPUS];
	u32 flags;
};

static const struct explore_step *next_step(const struct explore *x, const struct path *p,
					    unsigned int cpu)
{
	return p->at[cpu] < x->script[cpu].nr ? &x->script[cpu].step[p->at[cpu]] : NULL;
}

static bool can_go(const struct explore *x, const struct path *p, unsigned int cpu)
{
	const struct explore_step *s = next_step(x, p, cpu);

	return s && (p->flags & s->needs) == s->needs && !(p->flags & s->absent);
}

static void advance(const struct explore *x, struct path *p, unsigned int cpu)
{
	const struct explore_step *s = next_step(x, p, cpu);

	p->flags = (p->flags | s->sets) & ~s->clears;
	p->at[cpu]++;
	p->order[p->len++] = (u8)cpu;
}

static void play(struct explore *x, const struct path *p)
{
	struct model *m = x->setup();
	unsigned int at[EXPLORE_MAX_CPUS] = { 0 };

	for (unsigned int i = 0; i < p->len; i++) {
		unsigned int cpu = p->order[i];
		const struct explore_step *s = &x->script[cpu].step[at[cpu]++];
		struct model_event ev = s->ev;

		ev.cpu = cpu;
		if (s->adjust)
			s->adjust(m, &ev);
		model_do(m, ev);
	}
	if (model_reports(m) && !x->bad++) {
		x->first = *model_report(m, 0);
		for (unsigned int i = 0; i < p->len; i++)
			x->first_order[i] = (char)('0' + p->order[i]);
		model_reproduce(m, "steps of the CPUs in the order %s", x->first_order);
	}
	model_free(m);
}

static bool descend(struct explore *x, struct path *p)
{
	bool any = false, complete = true;

	for (unsigned int cpu = 0; cpu < x->nr_cpus; cpu++) {
		struct path next = *p;

		if (!can_go(x, p, cpu))
			continue;
		any = true;
		advance(x, &next, cpu);
		complete &= descend(x, &next);
		if (x->limit && x->seen >= x->limit)
			return false;
	}
	if (any)
		return complete;
	for (unsigned int cpu = 0; cpu < x->nr_cpus; cpu++)
		if (next_step(x, p, cpu)) {
			x->stuck++;
			break;
		}
	x->seen++;
	play(x, p);
	return true;
}

bool explore_all(struct explore *x)
{
	struct path p = { .len = 0 };

	x->seen = x->bad = x->stuck = 0;
	memset(x->first_order, 0, sizeof(x->first_order));
	return descend(x, &p);
}
