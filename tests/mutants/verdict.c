// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tests/mutants/verdict.h"

#define REASONS "tests/mutants/reasons"
#define MAX_MUTANTS 4096
#define MAX_REASONS 64
#define MAX_FILES 32

/** struct mutant - one change of one site. @path, @func, @line: where it is in words; @source: the line. */
struct mutant {
	const struct site *site;
	enum mutation mutation;
	enum verdict verdict;
	char path[160];
	char func[48];
	char source[96];
	int line;
	bool excused;
};

/**
 * struct reason - of one mutant: @source is the line of the source, which numbers would not outlive
 *
 * @arch may be "*", where the code is both's.
 */
struct reason {
	char arch[8];
	char file[64];
	char func[48];
	char mutation[24];
	char source[96];
	char why[160];
	unsigned int used;
};

static struct mutant mutants[MAX_MUTANTS];
static unsigned int nr_mutants;
static struct reason reasons[MAX_REASONS];
static unsigned int nr_reasons;

/* ---- names of places ---- */

static void copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%.*s", (int)size - 1, from);
}

/* The function and line that a helper was inlined into or called from: what binutils know of the address. */
static bool resolve(struct mutant *m, const void *address)
{
	char command[512], self[256], func[256], at[256], *colon;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	Dl_info info;
	FILE *f;
	bool found = false;

	if (n < 0 || !dladdr(address, &info))
		return false;
	self[n] = '\0';
	snprintf(command, sizeof(command), "addr2line -f -i -e '%s' 0x%lx 2>/dev/null", self,
		 (unsigned long)((const char *)address - (const char *)info.dli_fbase - 1));
	f = popen(command, "r");
	/* From the innermost outwards: the first that is in no header. */
	while (f && !found && fgets(func, sizeof(func), f) && fgets(at, sizeof(at), f)) {
		colon = strrchr(at, ':');
		if (!colon || strstr(at, ".h:"))
			continue;
		*colon = '\0';
		func[strcspn(func, "\n")] = '\0';
		copy(m->path, sizeof(m->path), at);
		copy(m->func, sizeof(m->func), func);
		m->line = atoi(colon + 1);
		found = true;
	}
	if (f)
		pclose(f);
	return found;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void name_place(struct mutant *m)
{
	const struct site *s = m->site;

	if (s->caller && resolve(m, s->caller))
		return;
	copy(m->path, sizeof(m->path), s->where.file);
	copy(m->func, sizeof(m->func), s->where.func);
	m->line = s->where.line;
}

static void read_source(struct mutant *m)
{
	FILE *f = fopen(m->path, "r");
	char line[256];

	for (int n = 0; f && n < m->line && fgets(line, sizeof(line), f); n++)
		copy(m->source, sizeof(m->source), line + strspn(line, " \t"));
	if (f)
		fclose(f);
	m->source[strcspn(m->source, "\n")] = '\0';
}

void verdict_add(const struct site *site, enum mutation mutation, enum verdict verdict)
{
	struct mutant *m = &mutants[nr_mutants++];

	if (nr_mutants > MAX_MUTANTS)
		abort();
	*m = (struct mutant){ .site = site, .mutation = mutation, .verdict = verdict };
	name_place(m);
	read_source(m);
}

/* ---- reasons ---- */

static void trim(char *s)
{
	size_t n = strlen(s);

	while (n && strchr(" \t\n", s[n - 1]))
		s[--n] = '\0';
}

static void read_reasons(void)
{
	FILE *f = fopen(REASONS, "r");
	char line[512];

	while (f && fgets(line, sizeof(line), f)) {
		struct reason *r = &reasons[nr_reasons];

		if (*line == '#' || *line == '\n')
			continue;
		if (nr_reasons == MAX_REASONS ||
		    sscanf(line, "%7s %63s %47s %23[^|]| %95[^|]| %159[^\n]", r->arch, r->file,
			   r->func, r->mutation, r->source, r->why) != 6) {
			fprintf(stderr, "%s: malformed: %s", REASONS, line);
			exit(1);
		}
		trim(r->mutation);
		trim(r->source);
		nr_reasons++;
	}
	if (f)
		fclose(f);
}

static bool is_here(const struct reason *r)
{
	return !strcmp(r->arch, "*") || !strcmp(r->arch, mutate_arch_name);
}

static bool matches(const struct reason *r, const struct mutant *m)
{
	return is_here(r) && !strcmp(r->file, base_name(m->path)) && !strcmp(r->func, m->func) &&
	       !strcmp(r->source, m->source) && !strcmp(r->mutation, mutation_names[m->mutation]);
}

static struct reason *find_reason(const struct mutant *m)
{
	for (unsigned int i = 0; i < nr_reasons; i++)
		if (matches(&reasons[i], m))
			return &reasons[i];
	return NULL;
}

/* ---- printing ---- */

static const char *event_words(const struct site *s)
{
	static const char *const kinds[MODEL_KINDS] = {
		[MODEL_STORE] = "store",
		[MODEL_FILL] = "fill",
		[MODEL_BARRIER] = "barrier",
		[MODEL_TLBI] = "tlbi",
		[MODEL_SFENCE] = "sfence.vma",
		[MODEL_SFENCE_W_INVAL] = "sfence.w.inval",
		[MODEL_SINVAL] = "sinval.vma",
		[MODEL_SFENCE_INVAL_IR] = "sfence.inval.ir",
		[MODEL_REMOTE_SFENCE] = "remote sfence",
	};

	return kinds[s->kind];
}

static void print_mutant(const struct mutant *m, unsigned int number)
{
	static const char *const words[] = { "noticed", "NOT NOTICED", "never executed",
					     "crashed" };
	const struct reason *r = m->excused ? find_reason(m) : NULL;

	printf("%s %u - %s:%d %s: %s %u %s: %s%s%s\n",
	       m->verdict == MUTANT_NOTICED || m->excused ? "ok" : "not ok", number,
	       base_name(m->path), m->line, m->func, event_words(m->site), m->site->op,
	       mutation_names[m->mutation],
	       m->excused ? "harmless" : words[m->verdict - MUTANT_NOTICED], r ? ": " : "",
	       r ? r->why : "");
	if (m->verdict != MUTANT_NOTICED && !r)
		printf("# %s\t%s\t%s\t%s\t| %s\n", mutate_arch_name, base_name(m->path), m->func,
		       mutation_names[m->mutation], m->source);
}

static void print_table(void)
{
	const char *files[MAX_FILES];
	unsigned int all[MAX_FILES + 1] = { 0 }, noticed[MAX_FILES + 1] = { 0 }, nr = 0, f;
	unsigned int excused[MAX_FILES + 1] = { 0 };

	for (unsigned int i = 0; i < nr_mutants; i++) {
		for (f = 0; f < nr && strcmp(files[f], base_name(mutants[i].path)); f++)
			;
		if (f == nr && nr < MAX_FILES)
			files[nr++] = base_name(mutants[i].path);
		for (unsigned int k = f; k <= MAX_FILES; k += MAX_FILES - f ? MAX_FILES - f : 1) {
			all[k]++;
			noticed[k] += mutants[i].verdict == MUTANT_NOTICED;
			excused[k] += mutants[i].excused;
		}
	}
	printf("# %-24s %8s %8s %9s\n", "file", "mutants", "noticed", "harmless");
	for (f = 0; f < nr; f++)
		printf("# %-24s %8u %8u %9u\n", files[f], all[f], noticed[f], excused[f]);
	f = MAX_FILES;
	printf("# %-24s %8u %8u %9u  score %.1f %%\n", "all", all[f], noticed[f], excused[f],
	       100.0 * noticed[f] / (all[f] > excused[f] ? all[f] - excused[f] : 1));
}

int verdict_print(void)
{
	unsigned int number = 1, bad = 0;

	read_reasons();
	for (unsigned int i = 0; i < nr_mutants; i++) {
		struct mutant *m = &mutants[i];
		struct reason *r = m->verdict == MUTANT_NOTICED ? NULL : find_reason(m);

		m->excused = r;
		if (r)
			r->used++;
		bad += m->verdict != MUTANT_NOTICED && !r;
		print_mutant(m, ++number);
	}
	for (unsigned int i = 0; i < nr_reasons; i++) {
		struct reason *r = &reasons[i];

		if (r->used == 1 || !is_here(r))
			continue;
		printf("not ok %u - a reason that %u mutants need: %s %s %s\n", ++number, r->used,
		       r->file, r->func, r->mutation);
		bad++;
	}
	printf("1..%u\n", number);
	print_table();
	return bad ? 1 : 0;
}
