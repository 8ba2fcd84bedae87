// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a kernel engineer gets to read: the rule, the steps in words, and how to see it again. */
#include <stdarg.h>
#include <string.h>

#include "model/model_internal.h"

void model_break(struct model *m, enum model_rule rule, const char *fmt, ...)
{
	struct model_report *r = &m->report[m->nr_reports];
	unsigned int first;
	va_list args;

	if (m->nr_reports == MODEL_MAX_REPORTS)
		return;
	m->nr_reports++;
	r->rule = rule;
	va_start(args, fmt);
	vsnprintf(r->text, sizeof(r->text), fmt, args);
	va_end(args);
	first = m->nr_trace > MODEL_TRACE ? (unsigned int)(m->nr_trace % MODEL_TRACE) : 0;
	r->nr_trace = (unsigned int)min_u64(m->nr_trace, MODEL_TRACE);
	for (unsigned int i = 0; i < r->nr_trace; i++)
		r->trace[i] = m->trace[(first + i) % MODEL_TRACE];
}

/* Stores to tables that no CPU can reach, and loads, explain nothing. */
void model_trace_add(struct model *m, const struct model_event *ev)
{
	if (ev->kind == MODEL_STORE || ev->kind == MODEL_FILL) {
		const struct model_page *p = model_page(m, ev->addr);

		if (!p || (!p->nr_pos && !p->stale))
			return;
	}
	if (ev->kind == MODEL_ALLOC)
		return;
	m->trace[m->nr_trace++ % MODEL_TRACE] = *ev;
}

static void store_words(char *buf, size_t size, const struct model *m, const struct model_event *ev)
{
	const struct model_page *p = model_page(m, ev->addr);
	unsigned int i = model_word_index(m, ev->addr);
	char where[96] = "";

	if (p && p->nr_pos)
		snprintf(where, sizeof(where), ", level %u, va 0x%llx", p->pos[0].level,
			 (unsigned long long)model_entry_va(m, &p->pos[0], i));
	if (ev->kind == MODEL_FILL)
		snprintf(buf, size, "store %llu entries from 0x%llx on = 0x%llx + n * 0x%llx%s",
			 (unsigned long long)ev->count, (unsigned long long)ev->addr,
			 (unsigned long long)ev->val, (unsigned long long)ev->step, where);
	else
		snprintf(buf, size, "store entry 0x%llx = 0x%llx%s", (unsigned long long)ev->addr,
			 (unsigned long long)ev->val, where);
}

static void access_words(char *buf, size_t size, const struct model_event *ev)
{
	snprintf(buf, size, "use 0x%llx (%s%s%s)", (unsigned long long)ev->val,
		 ev->op & MODEL_READ ? "r" : "", ev->op & MODEL_WRITE ? "w" : "",
		 ev->op & MODEL_EXEC ? "x" : "");
}

void model_event_words(char *buf, size_t size, const struct model *m, const struct model_event *ev)
{
	unsigned long long addr = ev->addr, count = ev->count;

	switch (ev->kind) {
	case MODEL_STORE:
	case MODEL_FILL:
		store_words(buf, size, m, ev);
		break;
	case MODEL_CACHE:
		snprintf(buf, size, "clean%s the cache: 0x%llx, %llu bytes",
			 ev->op == MODEL_CACHE_CLEAN ? "" : " and invalidate",
			 ev->mask ? (unsigned long long)ev->val : addr, count);
		break;
	case MODEL_RESET:
		snprintf(buf, size, "starts, MMU off");
		break;
	case MODEL_ONLINE:
		snprintf(buf, size, "goes %s", ev->val ? "online" : "offline");
		break;
	case MODEL_PARK:
		snprintf(buf, size, "says that it is parked");
		break;
	case MODEL_RESUME:
		snprintf(buf, size, "lets the other CPUs go");
		break;
	case MODEL_WRITE_CODE:
		snprintf(buf, size, "writes instructions");
		break;
	case MODEL_COPY:
		snprintf(buf, size, "copies 0x%llx to 0x%llx, %llu bytes",
			 (unsigned long long)ev->val, addr, count);
		break;
	case MODEL_ALLOC:
		snprintf(buf, size, "allocates 0x%llx", addr);
		break;
	case MODEL_FREE:
		snprintf(buf, size, "frees 0x%llx", addr);
		break;
	case MODEL_USE:
		access_words(buf, size, ev);
		break;
	case MODEL_CLAIM:
		snprintf(buf, size, "claims that the change is complete");
		break;
	default:
		model_arch_words(buf, size, m, ev);
		break;
	}
}

void model_print_report(FILE *f, const struct model *m, const struct model_report *r)
{
	const struct model_rule_text *rule = &model_rules[r->rule];

	fprintf(f, "rule %s broken: %s\n  rule: %s [%s]\n  steps:\n", rule->id, r->text,
		rule->statement, rule->manual);
	for (unsigned int i = r->nr_trace > 16 ? r->nr_trace - 16 : 0; i < r->nr_trace; i++) {
		const struct model_event *ev = &r->trace[i];
		char words[200];

		model_event_words(words, sizeof(words), m, ev);
		fprintf(f, "    cpu %u: %s", ev->cpu, words);
		if (ev->site.file)
			fprintf(f, " (%s:%d, %s)", ev->site.file, ev->site.line, ev->site.func);
		fprintf(f, "\n");
	}
	if (m->reproduce[0])
		fprintf(f, "  reproduce: %s\n", m->reproduce);
}

void model_print(FILE *f, const struct model *m)
{
	for (unsigned int i = 0; i < m->nr_reports; i++)
		model_print_report(f, m, &m->report[i]);
}

void model_reproduce(struct model *m, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(m->reproduce, sizeof(m->reproduce), fmt, args);
	va_end(args);
}
