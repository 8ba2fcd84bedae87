// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "tools/simulate.h"
#include "tools/util.h"

/* strerrorname_np() has no answer for 0. */
static const char *result_words(int result)
{
	const char *name = result ? strerrorname_np(-result) : "0";

	return name ? name : "an unknown error";
}

/* GRT_ATTR_* as the letters that scripts use, in the order of the bits. */
static const char *perm_words(u32 attr, char buf[12])
{
	static const char letters[] = "rwxugnd";
	unsigned int n = 0, i;

	for (i = 0; letters[i]; i++)
		if (attr & BIT(i))
			buf[n++] = letters[i];
	buf[n] = '\0';
	return buf;
}

static const char *plural(u64 n)
{
	return n == 1 ? "" : "s";
}

/* ---- text ---- */

static void print_count(FILE *f, const struct sim_count *c)
{
	fprintf(f, "%llu table%s, %llu store%s, %llu barrier%s, %llu invalidation%s\n",
		(unsigned long long)c->tables, plural(c->tables), (unsigned long long)c->stores,
		plural(c->stores), (unsigned long long)c->barriers, plural(c->barriers),
		(unsigned long long)c->invalidations, plural(c->invalidations));
}

static void print_dump(FILE *f, const struct sim_record *r)
{
	char perm[12], size[16];
	size_t i;

	for (i = 0; i < r->nr_runs; i++) {
		const struct sim_run *run = &r->run[i];

		fprintf(f, "  0x%016llx -> 0x%012llx  %6llu x %-5s %s%s\n",
			(unsigned long long)run->va, (unsigned long long)run->pa,
			(unsigned long long)run->count, size_string(run->size, size),
			perm_words(run->attr, perm), run->contiguous ? " contiguous" : "");
	}
	if (!r->nr_runs)
		fprintf(f, "  nothing is mapped\n");
}

static void print_violation(FILE *f, const struct sim_record *r)
{
	size_t i;

	fprintf(f, "  violates %s: %s\n    %s\n    (%s)\n", r->rule, r->found, r->statement,
		r->manual);
	for (i = 0; i < r->nr_trace; i++)
		fprintf(f, "    %s\n", r->trace[i]);
}

static void print_record(FILE *f, const char *script, const struct sim_record *r)
{
	if (r->line)
		fprintf(f, "%s:%u: %s", script, r->line, r->text);
	else
		fprintf(f, "%s: at the end", script);
	switch (r->kind) {
	case SIM_OPERATION:
		fprintf(f, ": %s; ", result_words(r->result));
		print_count(f, &r->count);
		break;
	case SIM_DUMP:
		fputc('\n', f);
		print_dump(f, r);
		break;
	case SIM_FAILED:
		fprintf(f, ": FAILED: %s\n", r->found);
		break;
	case SIM_VIOLATION:
		fputc('\n', f);
		print_violation(f, r);
		break;
	}
}

static size_t count_kind(const struct sim_outcome *out, enum sim_kind kind)
{
	size_t n = 0, i;

	for (i = 0; i < out->nr; i++)
		n += out->record[i].kind == kind;
	return n;
}

void simulate_text(FILE *f, const char *script, const struct sim_outcome *out)
{
	size_t failed = count_kind(out, SIM_FAILED), violations = count_kind(out, SIM_VIOLATION), i;

	for (i = 0; i < out->nr; i++)
		print_record(f, script, &out->record[i]);
	fputs("total: ", f);
	print_count(f, &out->total);
	if (failed)
		fprintf(f, "%zu assertion%s failed\n", failed, plural(failed));
	fprintf(f, violations ? "%zu violation%s of the TLB rules\n" : "no TLB rule is broken\n",
		violations, plural(violations));
}

/* ---- JSON ---- */

static json_t *hex(u64 x)
{
	return json_sprintf("0x%llx", (unsigned long long)x);
}

static json_t *json_count(const struct sim_count *c)
{
	return json_pack("{sI sI sI sI}", "tables", (json_int_t)c->tables, "stores",
			 (json_int_t)c->stores, "barriers", (json_int_t)c->barriers,
			 "invalidations", (json_int_t)c->invalidations);
}

static json_t *json_dump_of(const struct sim_record *r)
{
	json_t *leaves = json_array();
	char perm[12];
	size_t i;

	for (i = 0; i < r->nr_runs; i++) {
		const struct sim_run *run = &r->run[i];

		json_array_append_new(
			leaves,
			json_pack("{so so sI sI ss si sb}", "va", hex(run->va), "pa", hex(run->pa),
				  "size", (json_int_t)run->size, "count", (json_int_t)run->count,
				  "perm", perm_words(run->attr, perm), "level", (int)run->level,
				  "contiguous", (int)run->contiguous));
	}
	return json_pack("{si so}", "line", (int)r->line, "leaves", leaves);
}

static json_t *json_violation(const struct sim_record *r)
{
	json_t *trace = json_array();
	size_t i;

	for (i = 0; i < r->nr_trace; i++)
		json_array_append_new(trace, json_string(r->trace[i]));
	return json_pack("{si ss ss ss ss ss so}", "line", (int)r->line, "step", r->text, "rule",
			 r->rule, "statement", r->statement, "manual", r->manual, "found", r->found,
			 "trace", trace);
}

static json_t *json_operation(const struct sim_record *r)
{
	json_t *o = json_count(&r->count);

	json_object_set_new(o, "line", json_integer(r->line));
	json_object_set_new(o, "step", json_string(r->text));
	json_object_set_new(o, "result", json_string(result_words(r->result)));
	return o;
}

static json_t *json_failed(const struct sim_record *r)
{
	return json_pack("{si ss ss}", "line", (int)r->line, "step", r->text, "found", r->found);
}

void simulate_json(FILE *f, const char *arch, const struct sim_request *req,
		   const struct sim_outcome *out)
{
	static const struct {
		const char *name;
		json_t *(*make)(const struct sim_record *r);
	} lists[] = {
		[SIM_OPERATION] = { "operations", json_operation },
		[SIM_DUMP] = { "dumps", json_dump_of },
		[SIM_FAILED] = { "failed", json_failed },
		[SIM_VIOLATION] = { "violations", json_violation },
	};
	json_t *o = json_pack("{ss sI si si}", "arch", arch, "page_size",
			      (json_int_t)BIT(req->page_shift), "va_bits", (int)req->va_bits,
			      "cpus", (int)req->nr_cpus),
	       *litmus = json_array(), *list[ARRAY_SIZE(lists)];
	char *text;
	size_t i;

	json_object_set_new(o, "total", json_count(&out->total));
	for (i = 0; i < ARRAY_SIZE(lists); i++) {
		list[i] = json_array();
		json_object_set_new(o, lists[i].name, list[i]);
	}
	for (i = 0; i < out->nr; i++)
		json_array_append_new(list[out->record[i].kind],
				      lists[out->record[i].kind].make(&out->record[i]));
	for (i = 0; i < out->nr_litmus; i++)
		json_array_append_new(litmus, json_string(out->litmus[i].name));
	if (req->litmus)
		json_object_set(o, "litmus", litmus);
	json_decref(litmus);
	text = json_text(o, JSON_INDENT(1));
	fprintf(f, "%s\n", text);
	free(text);
	json_decref(o);
}
