// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Assertions and dumps. */
#include <stdio.h>
#include <string.h>
#include "base/errno.h"
#include "tools/simulator/run.h"

static const struct {
	const char *word;
	int err;
} errors[] = {
	{ "0", 0 },
	{ "EINVAL", -EINVAL },
	{ "ENOMEM", -ENOMEM },
	{ "EEXIST", -EEXIST },
	{ "EBUSY", -EBUSY },
	{ "EPERM", -EPERM },
	{ "ERANGE", -ERANGE },
	{ "EIO", -EIO },
	{ "ENOENT", -ENOENT },
};

const char *error_words(int err)
{
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		if (errors[i].err == err)
			return errors[i].word;
	return "an unknown error";
}

static void run_result(struct sim *sim, const struct step *s)
{
	if (sim->result != s->result)
		record_failed(sim, "the result is %s", error_words(sim->result));
}

static bool parse_result(struct parser *p, struct step *s)
{
	s->run = run_result;
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		if (parser_accept(p, errors[i].word)) {
			s->result = errors[i].err;
			return true;
		}
	return parser_fail(p, "0, EINVAL, ENOMEM, EEXIST, EBUSY, EPERM, ERANGE or EIO");
}

static void run_leaf(struct sim *sim, const struct step *s)
{
	struct grt_leaf leaf;
	char attr[12];

	if (grt_translate(&sim->m.pt, s->a, &leaf)) {
		record_failed(sim, "0x%llx is not mapped", (unsigned long long)s->a);
		return;
	}
	attr_words(leaf.attr, attr);
	if (leaf.va != s->a || leaf.size != s->b || (s->has_pa && leaf.pa != s->c) ||
	    (s->has_attr && leaf.attr != s->set) || (s->flag && !leaf.contiguous))
		record_failed(sim, "a leaf of 0x%llx bytes starts at 0x%llx, pa=%llx perm=%s%s",
			      (unsigned long long)leaf.size, (unsigned long long)leaf.va,
			      (unsigned long long)leaf.pa, attr,
			      leaf.contiguous ? " contiguous" : "");
}

static bool parse_leaf_option(struct parser *p, struct step *s)
{
	const char *arg = parser_option(p, "pa=");

	if (arg) {
		p->word[--p->next] = (char *)arg;
		s->has_pa = true;
		return parser_hex(p, &s->c, "pa= and a hexadecimal address");
	}
	arg = parser_option(p, "perm=");
	if (arg) {
		s->has_attr = true;
		return parser_attr(p, arg, strlen(arg), true, &s->set);
	}
	s->flag |= parser_accept(p, "contiguous");
	return s->flag || parser_fail(p, "pa=PA, perm=PERM or contiguous");
}

static bool parse_leaf(struct parser *p, struct step *s)
{
	s->run = run_leaf;
	if (!parser_address(p, &s->a) || !parser_size(p, &s->b))
		return false;
	while (parser_peek(p)) {
		unsigned int at = p->next;

		if (!parse_leaf_option(p, s))
			return false;
		if (p->next == at)
			return parser_fail(p, "the end of the line");
	}
	return true;
}

static void run_unmapped(struct sim *sim, const struct step *s)
{
	struct grt_leaf leaf;

	if (!grt_translate(&sim->m.pt, s->a, &leaf))
		record_failed(sim, "a leaf of 0x%llx bytes at 0x%llx maps it",
			      (unsigned long long)leaf.size, (unsigned long long)leaf.va);
}

static bool parse_unmapped(struct parser *p, struct step *s)
{
	s->run = run_unmapped;
	return parser_address(p, &s->a);
}

static void run_tables(struct sim *sim, const struct step *s)
{
	if (sim->m.pt.tables != s->a)
		record_failed(sim, "%llu tables are in use", (unsigned long long)sim->m.pt.tables);
}

static bool parse_tables(struct parser *p, struct step *s)
{
	s->run = run_tables;
	return parser_number(p, &s->a, ~0ULL, "a number of tables");
}

static bool parse_assert(struct parser *p, struct step *s)
{
	if (parser_accept(p, "result"))
		return parse_result(p, s);
	if (parser_accept(p, "leaf"))
		return parse_leaf(p, s);
	if (parser_accept(p, "unmapped"))
		return parse_unmapped(p, s);
	if (parser_accept(p, "tables"))
		return parse_tables(p, s);
	return parser_fail(p, "result, leaf, unmapped or tables");
}

static void run_dump(struct sim *sim, const struct step *s)
{
	(void)s;
	record_dump(sim);
}

static bool parse_dump(struct parser *p, struct step *s)
{
	(void)p;
	s->run = run_dump;
	return true;
}

const struct verb check_verbs[] = {
	{ "assert", parse_assert },
	{ "dump", parse_dump },
	{ NULL, NULL },
};
