// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Questions in herd7's words: litmus tests. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <asm/pte.h>
#include "tools/simulator/litmus_arm64.h"

#define MARK 100 /* what is stored to a page that holds something else */

/* ---- accesses, and what would be bad ---- */

/* A CPU that has done nothing yet. Return: false if there is none. */
static bool idle_cpu(const struct test *t, unsigned int *cpu)
{
	u32 busy = 0;

	for (unsigned int n = 0; n < t->nr_threads; n++)
		busy |= (u32)BIT(t->thread[n].cpu);
	for (*cpu = 0; *cpu < t->sim->m.model->config.nr_cpus; ++*cpu)
		if (!(busy & BIT(*cpu)))
			return true;
	return false;
}

/* Accesses that find what the newest entry says, and nothing else. */
static void add_look(struct test *t, unsigned int n)
{
	u64 now = litmus_entry(t->q->page, t->q->at);
	unsigned int label;

	if (t->q->read) {
		label = test_access(t, n, "LDR W5");
		if (litmus_found(now, false) == FOUND_PAGE)
			test_bad(t, n, "not (%u:X5=%u)", n, test_page(t, now));
		else
			test_bad(t, n, "not (fault(P%u:L%u,x))", n, label);
	}
	if (t->q->write) {
		fprintf(t->init, " %u:X10=%u;", n, test_page(t, now));
		label = test_access(t, n, "STR W10");
		if (litmus_found(now, true) == FOUND_PAGE)
			test_bad(t, n, "fault(P%u:L%u,x)", n, label);
		else
			test_bad(t, n, "not (fault(P%u:L%u,x,MMU:Permission))", n, label);
	}
}

/* ---- the file ---- */

static void steps_words(FILE *f, const struct litmus_question *q)
{
	for (size_t i = 0; i <= q->at; i++) {
		const struct litmus_event *e = &q->page->event[i];

		if (i && e->line == q->page->event[i - 1].line)
			continue;
		fprintf(f, "%s%u", i ? ", " : " * Lines of the script: ", e->line);
	}
	fprintf(f, "\n");
}

static void table(FILE *f, struct test *t)
{
	unsigned int lines = 0;

	for (unsigned int n = 0; n < t->nr_threads; n++) {
		if (t->thread[n].skips)
			test_line(t, n, "E%u:", n);
		lines = t->thread[n].nr > lines ? t->thread[n].nr : lines;
	}
	for (unsigned int n = 0; n < t->nr_threads; n++)
		fprintf(f, "%sP%-22u", n ? "| " : " ", n);
	fprintf(f, ";\n");
	for (unsigned int i = 0; i < lines; i++) {
		for (unsigned int n = 0; n < t->nr_threads; n++)
			fprintf(f, "%s%-23s", n ? "| " : " ",
				i < t->thread[n].nr ? t->thread[n].line[i] : "");
		fprintf(f, ";\n");
	}
}

static char *written(struct test *t, const char *asked)
{
	const struct litmus_page *p = t->q->page;
	const struct model_rule_text *rule = &model_rules[p->rule];
	char *text, words[128];
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		abort();
	test_entry(t, words, sizeof(words), p->initial);
	fclose(t->init);
	fprintf(f, "Variant=vmsa,fatal\n(*\n * %s\n", asked);
	steps_words(f, t->q);
	if (t->q->broken)
		fprintf(f, " * graticule: allowed, which breaks rule %s: %s.\n *)\n", rule->id,
			rule->statement);
	else
		fprintf(f, " * graticule: forbidden, no rule is broken.\n *)\n");
	fprintf(f, "{\n");
	for (unsigned int i = 1; i <= t->nr_pa; i++)
		fprintf(f, " int p%u=%u;", i, i);
	for (unsigned int i = 1; i <= t->flags; i++)
		fprintf(f, " int f%u=0;", i);
	fprintf(f, "\n [PTE(x)]=%s;\n%s\n}\n", words, t->init_text);
	table(f, t);
	fprintf(f, "%sexists (%s)\n", t->q->broken ? "" : "~", t->bad);
	fclose(f);
	return text;
}

static void begin(struct test *t, struct sim *sim, const struct litmus_question *q)
{
	*t = (struct test){ .sim = sim, .q = q };
	t->init = open_memstream(&t->init_text, &t->init_size);
	if (!t->init)
		abort();
	if (q->page->initial & PTE_VALID)
		test_page(t, q->page->initial);
}

static const char *finish(struct test *t, const char *what, const char *asked)
{
	char *text = written(t, asked);

	if (t->full)
		free(text);
	else
		litmus_add(t->sim, t->q->page->event[t->q->at].line, what, text);
	for (unsigned int n = 0; n < t->nr_threads; n++)
		for (unsigned int i = 0; i < t->thread[n].nr; i++)
			free(t->thread[n].line[i]);
	free(t->init_text);
	return t->full ? "a page sees more steps of it than a litmus test has registers" : NULL;
}

/* ---- the questions ---- */

const char *litmus_done(struct sim *sim, const struct litmus_question *q)
{
	unsigned int n, looks, flag;
	struct test t;

	begin(&t, sim, q);
	n = test_steps(&t);
	looks = test_thread(&t, q->cpu);
	if (looks != n) {
		flag = ++t.flags;
		test_signal(&t, n, flag);
		test_wait(&t, looks, flag);
		test_line(&t, looks, "ISB");
		t.thread[looks].waited = false;
	}
	add_look(&t, looks);
	return finish(
		&t, "done",
		"All is said to be complete. Can a CPU find anything else than the entry says?");
}

const char *litmus_use(struct sim *sim, const struct litmus_question *q)
{
	u64 now = litmus_entry(q->page, q->at);
	unsigned int n, label, page;
	struct test t;

	begin(&t, sim, q);
	n = test_steps(&t);
	if (q->write)
		fprintf(t.init, " %u:X10=%u;", n, MARK);
	label = test_access(&t, n, q->write ? "STR W10" : "LDR W5");
	page = q->own && now & PTE_VALID ? test_page(&t, now) : 0;
	if (page && q->write)
		test_bad(&t, n, "(fault(P%u:L%u,x) \\/ not ([p%u]=%u))", n, label, page, MARK);
	else if (page)
		test_bad(&t, n, "not (%u:X5=%u)", n, page);
	else
		test_bad(&t, n, "fault(P%u:L%u,x)", n, label);
	return finish(&t, "use", "The page is used. Can that go wrong?");
}

/*
 * Who looks: a CPU that does nothing else. One more than there are does as well, unless CPUs invalidate their
 * own TLBs; a CPU that is alone can only look itself. Return: the thread, or -1.
 */
static int observer(struct test *t, unsigned int last)
{
	const struct litmus_page *p = t->q->page;
	unsigned int cpu;

	if (idle_cpu(t, &cpu))
		return (int)test_thread(t, cpu);
	if (cpu == 1)
		return (int)last;
	for (size_t i = 0; i <= t->q->at; i++)
		if (p->event[i].ev.kind == MODEL_TLBI && !(p->event[i].ev.op % 2))
			return -1;
	return (int)test_thread(t, MODEL_MAX_CPUS);
}

const char *litmus_order(struct sim *sim, const struct litmus_question *q, u64 new)
{
	struct test t;
	int n;

	begin(&t, sim, q);
	n = observer(&t, test_steps(&t));
	if (n >= 0) {
		unsigned int page = test_page(&t, new), th = (unsigned int)n;
		char old[512] = "";

		test_line(&t, th, "LDR W5,[X1]");
		test_line(&t, th, "ISB");
		test_line(&t, th, "LDR W6,[X1]");
		for (unsigned int i = 1; i <= t.nr_pa; i++)
			if (i != page)
				snprintf(old + strlen(old), sizeof(old) - strlen(old), "%s%u:X6=%u",
					 *old ? " \\/ " : "", th, i);
		test_bad(&t, th, "(%u:X5=%u /\\ (%s))", th, page, old);
	}
	t.full |= n < 0;
	return finish(
		&t, "order",
		"Can a CPU find the new page, and after that an old one? (Break-before-make)");
}
