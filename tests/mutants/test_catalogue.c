// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Mistakes that kernels have really made, one test each: the sequence with the mistake breaks a rule,
 * and the same one without it breaks none. Lines that begin with "-" are the correct sequence's alone,
 * those with "+" the mistaken one's.
 */
/* link: mm/linear_map.c mm/bootstrap.c tools/simulator/?*.c tests/mutants/catalogue*.c */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/mutants/catalogue.h"

/* The script with one of the two kinds of lines: @keep without its mark, @leave not at all. */
static char *variant(const char *script, char keep, char leave)
{
	char *out = malloc(strlen(script) + 1), *to = out;

	for (const char *s = script; *s;) {
		size_t n = strcspn(s, "\n") + 1;

		if (!s[n - 1])
			n--;
		if (*s == keep) {
			memcpy(to, s + 1, n - 1);
			to += n - 1;
		} else if (*s != leave) {
			memcpy(to, s, n);
			to += n;
		}
		s += n;
	}
	*to = '\0';
	return out;
}

static bool listed(const char *rules, const char *rule)
{
	const char *at = strstr(rules, rule);
	char end = at ? at[strlen(rule)] : 'x';

	return !end || end == ' ';
}

/* Return: NULL, or what is wrong. Without @rules no rule may be broken, else the first is one of them. */
static const char *judge(const struct mistake *row, char *script, const char *rules)
{
	static char why[256];
	struct sim_request req = {
		.page_shift = row->page_shift,
		.va_bits = row->va_bits,
		.nr_cpus = 3,
		.ext = row->ext ? row->ext : catalogue_simulator->ext_default,
		.name = row->name,
		.script = script,
	};
	struct sim_outcome out;
	struct sim_error error;
	const struct sim_record *first = NULL;

	memset(req.bbm, row->bbm, sizeof(req.bbm));
	*why = '\0';
	if (!catalogue_simulator->run(&req, &out, &error)) {
		snprintf(why, sizeof(why), "line %u: '%s': %s is expected", error.line, error.word,
			 error.expected);
		return why;
	}
	for (size_t i = 0; i < out.nr && !first; i++)
		if (out.record[i].kind == SIM_VIOLATION || out.record[i].kind == SIM_FAILED)
			first = &out.record[i];
	if (first && (!rules || !first->rule || !listed(rules, first->rule)))
		snprintf(why, sizeof(why), "%s: line %u: %.60s: %.120s",
			 first->rule ? first->rule : "", first->line, first->text, first->found);
	else if (!first && rules)
		snprintf(why, sizeof(why), "no rule is broken");
	catalogue_simulator->free(&out);
	return *why ? why : NULL;
}

static unsigned int report(unsigned int number, const char *name, const char *what, const char *why)
{
	printf("%s %u - %s: %s\n", why ? "not ok" : "ok", number, name, what);
	if (why)
		printf("# %s\n", why);
	return why ? 1 : 0;
}

int main(void)
{
	unsigned int number = 0, bad = 0;

	for (const struct mistake *row = catalogue; row->name; row++) {
		char *with = variant(row->script, '+', '-'),
		     *without = variant(row->script, '-', '+');
		char what[64];

		snprintf(what, sizeof(what), "breaks %s", row->rules);
		bad += report(++number, row->name, what, judge(row, with, row->rules));
		bad += report(++number, row->name, "done right, breaks no rule",
			      judge(row, without, NULL));
		free(with);
		free(without);
	}
	printf("1..%u\n", number);
	return bad ? 1 : 0;
}
