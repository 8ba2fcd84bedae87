// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The CPUs of a litmus test. Their registers: X0 the page's entry, X1 the page, X2 what TLBI takes, X5 and
 * X6 what loads find, X7 what flags are set to, X8 the flag that was read last, X9 0 that depends on it,
 * X10 what is stored to the page; from X11 on entries and addresses of flags.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <asm/pte.h>
#include "tools/simulator/litmus_arm64.h"

void test_line(struct test *t, unsigned int n, const char *fmt, ...)
{
	struct thread *th = &t->thread[n];
	char buf[64];
	va_list args;

	va_start(args, fmt);
	vsnprintf(buf, sizeof(buf), fmt, args);
	va_end(args);
	t->full |= th->nr == MAX_LINES;
	if (th->nr < MAX_LINES)
		th->line[th->nr++] = strdup(buf);
}

/* ---- entries ---- */

const char *litmus_memory(u64 val)
{
	/* The kernel's own order (regime_memory_own), Inner Shareable. */
	static const char *const types[] = { "", "Device-nGnRnE", "Normal,ISH,iNC,oNC" };
	unsigned int index = (unsigned int)((val & PTE_ATTRINDX_MASK) >> PTE_ATTRINDX_SHIFT);

	return index < ARRAY_SIZE(types) ? types[index] : NULL;
}

/* Which page of memory: each holds its number, from 1 on. */
unsigned int test_page(struct test *t, u64 val)
{
	grt_phys_t pa = model_decode(t->sim->m.model, 0, val, 0, 0).pa;

	for (unsigned int i = 0; i < t->nr_pa; i++)
		if (t->pa[i] == pa)
			return i + 1;
	t->full |= t->nr_pa == ARRAY_SIZE(t->pa);
	if (!t->full)
		t->pa[t->nr_pa++] = pa;
	return t->nr_pa;
}

void test_entry(struct test *t, char *buf, size_t size, u64 val)
{
	const char *memory = litmus_memory(val);

	if (val & PTE_VALID)
		snprintf(buf, size, "(oa:PA(p%u)%s%s%s%s%s%s)", test_page(t, val),
			 val & PTE_AF ? "" : ", af:0", val & PTE_AP_RO ? ", db:0" : "",
			 val & PTE_DBM ? ", dbm:1" : "", *memory ? ", attrs:(" : "", memory,
			 *memory ? ")" : "");
	else
		snprintf(buf, size, "(oa:PA(x), valid:0)");
}

static unsigned int take_register(struct test *t, unsigned int n)
{
	t->full |= t->thread[n].next > LAST_FREE;
	return t->full ? LAST_FREE : t->thread[n].next++;
}

/* ---- threads ---- */

unsigned int test_thread(struct test *t, unsigned int cpu)
{
	unsigned int n;

	for (n = 0; n < t->nr_threads; n++)
		if (t->thread[n].cpu == cpu)
			return n;
	t->thread[n] = (struct thread){ .cpu = cpu, .next = FIRST_FREE };
	fprintf(t->init, " %u:X1=x;", n);
	return t->nr_threads++;
}

/* The end of what a thread does before another one goes on: nothing but a store says so. */
void test_signal(struct test *t, unsigned int n, unsigned int flag)
{
	unsigned int reg = take_register(t, n);

	fprintf(t->init, " %u:X%u=f%u;", n, reg, flag);
	test_line(t, n, "MOV W7,#1");
	test_line(t, n, "STR W7,[X%u]", reg);
}

/*
 * What comes after that is ordered by what every CPU does that waits: it depends on the load. There is no
 * barrier that the script does not have.
 */
void test_wait(struct test *t, unsigned int n, unsigned int flag)
{
	unsigned int reg = take_register(t, n);

	fprintf(t->init, " %u:X%u=f%u;", n, reg, flag);
	test_line(t, n, "LDR W8,[X%u]", reg);
	test_line(t, n, "CBZ W8,E%u", n);
	t->thread[n].waited = t->thread[n].skips = true;
}

static void hand_over(struct test *t, unsigned int from, unsigned int to)
{
	test_signal(t, from, ++t->flags);
	test_wait(t, to, t->flags);
}

/* ---- steps ---- */

static void add_store(struct test *t, unsigned int n, const struct litmus_event *e)
{
	unsigned int reg = take_register(t, n);
	char words[128], entry[24];

	test_entry(t, words, sizeof(words), e->val);
	snprintf(entry, sizeof(entry), " %u:X0=PTE(x);", n);
	fprintf(t->init, " pteval_t %u:X%u=%s;%s", n, reg, words, t->thread[n].stores ? "" : entry);
	t->thread[n].stores = true;
	if (e->ev.op) /* an atomic exchange */
		test_line(t, n, "SWP X%u,X%u,[X0]", reg, reg);
	else
		test_line(t, n, "STR X%u,[X0]", reg);
}

static void add_barrier(struct test *t, unsigned int n, unsigned int op)
{
	static const char *const words[] = { "DSB ISHST",
					     "DSB ISH",
					     "DSB NSHST",
					     "DSB NSH",
					     "DSB SY",
					     "ISB",
					     [MODEL_DMB] = "DMB ISH" };

	test_line(t, n, "%s", words[op]);
	if (op == MODEL_ISB)
		t->thread[n].waited = false;
}

/* A range is an operation on each of its pages, an ASID the whole TLB; the format has no hints of levels. */
static void add_tlbi(struct test *t, unsigned int n, unsigned int op)
{
	static const char *const words[] = { "VMALLE1", "VMALLE1", "VAE1",  "VALE1", "VAAE1",
					     "VAALE1",	"VAE1",	   "VALE1", "VAAE1", "VAALE1" };
	const char *is = op % 2 ? "IS" : "";

	if (op / 2 <= MODEL_ASIDE1 / 2) {
		test_line(t, n, "TLBI %s%s", words[op / 2], is);
		return;
	}
	test_line(t, n, "LSR X2,X1,#12");
	test_line(t, n, "TLBI %s%s,X2", words[op / 2], is);
}

static void add_event(struct test *t, unsigned int n, const struct litmus_event *e)
{
	if (e->ev.kind == MODEL_STORE)
		add_store(t, n, e);
	else if (e->ev.kind == MODEL_BARRIER)
		add_barrier(t, n, e->ev.op);
	else if (e->ev.kind == MODEL_TLBI)
		add_tlbi(t, n, e->ev.op);
}

/* Everything up to the event that is asked of. Return: the thread that does this one. */
unsigned int test_steps(struct test *t)
{
	const struct litmus_page *p = t->q->page;
	unsigned int last = 0, n;

	for (size_t i = 0; i <= t->q->at; i++) {
		const struct litmus_event *e = &p->event[i];

		if (i < t->q->at && (e->ev.kind == MODEL_USE || e->ev.kind == MODEL_CLAIM))
			continue;
		n = test_thread(t, e->ev.cpu);
		if (t->nr_threads > 1 && n != last)
			hand_over(t, last, n);
		add_event(t, n, e);
		last = n;
	}
	return last;
}

/* ---- accesses, and what would be bad ---- */

void test_bad(struct test *t, unsigned int n, const char *fmt, ...)
{
	size_t len = strlen(t->bad);
	char buf[128];
	va_list args;

	va_start(args, fmt);
	vsnprintf(buf, sizeof(buf), fmt, args);
	va_end(args);
	if (t->thread[n].skips)
		snprintf(t->bad + len, sizeof(t->bad) - len, "%s(%u:X8=1 /\\ %s)",
			 len ? " \\/ " : "", n, buf);
	else
		snprintf(t->bad + len, sizeof(t->bad) - len, "%s%s", len ? " \\/ " : "", buf);
}

/* Return: the label of the access. */
unsigned int test_access(struct test *t, unsigned int n, const char *instruction)
{
	if (t->thread[n].waited)
		test_line(t, n, "EOR W9,W8,W8");
	test_line(t, n, "L%u:", t->labels);
	test_line(t, n, t->thread[n].waited ? "%s,[X1,W9,SXTW]" : "%s,[X1]", instruction);
	return t->labels++;
}
