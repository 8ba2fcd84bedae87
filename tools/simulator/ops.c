// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Operations of the engine as steps. */
#include <string.h>
#include "tools/simulator/sim.h"

/* The end of an operation: what it claims is complete is checked. */
static void done(struct sim *sim, int result)
{
	sim->result = result;
	machine_claim(&sim->m);
}

static void run_map(struct sim *sim, const struct step *s)
{
	done(sim, grt_map(&sim->m.pt, s->a, s->b, s->c, s->set));
}

static bool parse_map(struct parser *p, struct step *s)
{
	const char *perm;

	s->run = run_map;
	if (!parser_address(p, &s->a) || !parser_hex(p, &s->b, "a hexadecimal physical address") ||
	    !parser_size(p, &s->c))
		return false;
	perm = parser_word(p);
	if (!perm)
		return parser_fail(p, "the permissions: letters of r w x u g d n");
	return parser_attr(p, perm, strlen(perm), true, &s->set);
}

static void run_unmap(struct sim *sim, const struct step *s)
{
	done(sim, grt_unmap(&sim->m.pt, s->a, s->b));
}

static bool parse_unmap(struct parser *p, struct step *s)
{
	s->run = run_unmap;
	return parser_address(p, &s->a) && parser_size(p, &s->b);
}

static void run_protect(struct sim *sim, const struct step *s)
{
	done(sim, grt_protect(&sim->m.pt, s->a, s->b, s->set, s->clear));
}

/* +w-x: letters behind + are set, those behind - cleared. */
static bool parse_changes(struct parser *p, struct step *s)
{
	static const char expected[] = "changes: + and - with letters of r w x u g, as in +w-x";
	const char *word = parser_word(p);

	if (!word)
		return parser_fail(p, expected);
	while (*word) {
		size_t len = strcspn(word + 1, "+-");
		grt_attr_t attr;

		if ((*word != '+' && *word != '-') || !len)
			return parser_fail_last(p, expected);
		if (!parser_attr(p, word + 1, len, false, &attr))
			return false;
		if (*word == '+')
			s->set |= attr;
		else
			s->clear |= attr;
		word += 1 + len;
	}
	if (s->set & s->clear)
		return parser_fail_last(p, "a letter behind + or behind -, not both");
	return true;
}

static bool parse_protect(struct parser *p, struct step *s)
{
	s->run = run_protect;
	return parser_address(p, &s->a) && parser_size(p, &s->b) && parse_changes(p, s);
}

static void run_split(struct sim *sim, const struct step *s)
{
	done(sim, grt_split(&sim->m.pt, s->a));
}

static bool parse_split(struct parser *p, struct step *s)
{
	s->run = run_split;
	return parser_address(p, &s->a);
}

static void run_collapse(struct sim *sim, const struct step *s)
{
	done(sim, grt_collapse(&sim->m.pt, s->a, s->b, GRT_EXTENT_INSIDE));
}

static bool parse_collapse(struct parser *p, struct step *s)
{
	s->run = run_collapse;
	return parser_address(p, &s->a) && parser_size(p, &s->b);
}

/* Between the two, operations share their invalidations. */
static void run_batch(struct sim *sim, const struct step *s)
{
	if (s->flag && !sim->m.pt.batch)
		grt_batch_begin(&sim->m.pt, &sim->batch);
	else if (!s->flag && sim->m.pt.batch)
		done(sim, grt_batch_commit(&sim->m.pt));
}

static bool parse_batch(struct parser *p, struct step *s)
{
	s->run = run_batch;
	s->flag = parser_accept(p, "begin");
	return s->flag || parser_accept(p, "commit") || parser_fail(p, "begin or commit");
}

static void run_fail_alloc(struct sim *sim, const struct step *s)
{
	sim->m.fail_at = s->a;
}

static bool parse_fail_alloc(struct parser *p, struct step *s)
{
	s->run = run_fail_alloc;
	if (!parser_number(p, &s->a, ~0ULL, "the number of an allocation, 1 or more"))
		return false;
	return s->a || parser_fail_last(p, "the number of an allocation, 1 or more");
}

static void run_cpu(struct sim *sim, const struct step *s)
{
	model_cpu(sim->m.model, (unsigned int)s->a);
}

static bool parse_cpu(struct parser *p, struct step *s)
{
	s->run = run_cpu;
	return parser_number(p, &s->a, p->req->nr_cpus - 1ULL, "the number of a CPU, below --cpus");
}

const struct verb op_verbs[] = {
	{ "map", parse_map },
	{ "unmap", parse_unmap },
	{ "protect", parse_protect },
	{ "split", parse_split },
	{ "collapse", parse_collapse },
	{ "batch", parse_batch },
	{ "fail-alloc", parse_fail_alloc },
	{ "cpu", parse_cpu },
	{ NULL, NULL },
};
