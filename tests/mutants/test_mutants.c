// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Each barrier, each invalidation, each ordering of two stores and each field of an operand is needed:
 * without it the model reports a broken rule. What is mutated is found by running the workload once.
 *	test_mutants [--full] [--site N] | --twins
 */
/* link: mm/linear_map.c mm/bootstrap.c tests/mutants/mutate*.c tests/mutants/twins*.c */
/* link: tests/mutants/workload.c tests/mutants/verdict.c */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tests/mutants/mutate.h"
#include "tests/mutants/twins.h"
#include "tests/mutants/verdict.h"
#include "tests/mutants/workload.h"

#define MAX_SCENARIOS 256
#define MAX_JOBS 64

static const struct scenario *scenario;
static unsigned int nr_scenarios;
/* Which scenarios reach a site: the others can't tell. */
static bool reaches[MAX_SITES][MAX_SCENARIOS];

/* ---- finding sites ---- */

/* Return: rules broken by the code as it is. */
static unsigned int find_sites(void)
{
	unsigned int broken = 0;

	for (unsigned int i = 0; i < nr_scenarios; i++) {
		unsigned int before = mutate_sites();

		mutate_watch();
		if (workload_run(&scenario[i])) {
			mutate_off();
			workload_print(&scenario[i]);
			broken++;
		}
		for (unsigned int n = before; n < mutate_sites(); n++)
			for (unsigned int j = i; j < nr_scenarios; j++)
				reaches[n][j] = true;
	}
	mutate_off();
	return broken;
}

/* ---- one mutant, in a process of its own ---- */

static void run_mutant(unsigned int site, enum mutation mutation)
{
	u64 hits = 0;

	for (unsigned int i = 0; i < nr_scenarios; i++) {
		if (!reaches[site][i])
			continue;
		mutate_arm(site, mutation);
		if (workload_run(&scenario[i]))
			_exit(MUTANT_NOTICED);
		hits += mutate_hits();
	}
	_exit(hits ? MUTANT_SURVIVED : MUTANT_NOT_REACHED);
}

static enum verdict verdict_of(int status)
{
	return WIFEXITED(status) && WEXITSTATUS(status) <= MUTANT_NOT_REACHED
		       ? (enum verdict)WEXITSTATUS(status)
		       : MUTANT_CRASHED;
}

struct job {
	pid_t pid;
	unsigned int site;
	enum mutation mutation;
};

static struct job jobs[MAX_JOBS];
static unsigned int running;

/* As many as there are CPUs. */
static unsigned int at_once(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	return cpus < 1 ? 1 : cpus > MAX_JOBS ? MAX_JOBS : (unsigned int)cpus;
}

static void collect(void)
{
	int status;
	pid_t pid = wait(&status);

	for (unsigned int i = 0; i < running; i++) {
		if (jobs[i].pid != pid)
			continue;
		verdict_add(mutate_site(jobs[i].site), jobs[i].mutation, verdict_of(status));
		jobs[i] = jobs[--running];
		return;
	}
}

static void start(unsigned int site, enum mutation mutation)
{
	pid_t pid;

	if (running == at_once())
		collect();
	fflush(stdout);
	pid = fork();
	if (!pid) {
		if (!freopen("/dev/null", "w", stderr))
			_exit(MUTANT_CRASHED);
		run_mutant(site, mutation);
	}
	if (pid < 0)
		abort();
	jobs[running++] = (struct job){ pid, site, mutation };
}

static int run_all(int only)
{
	for (unsigned int n = 0; n < mutate_sites(); n++)
		for (enum mutation mutation = 0; mutation < MUTATIONS; mutation++)
			if (mutate_site(n)->mutations & BIT(mutation) &&
			    (only < 0 || (unsigned int)only == n))
				start(n, mutation);
	while (running)
		collect();
	return verdict_print();
}

static void print_twins(void)
{
	static struct machine m;

	twin_print(true);
	for (const struct twin *t = twins; t->way; t++) {
		printf("twin %s\n", t->way);
		t->run(&m);
	}
}

int main(int argc, char **argv)
{
	bool full = argc > 1 && !strcmp(argv[1], "--full");
	int only = argc > 2 && !strcmp(argv[1], "--site") ? atoi(argv[2]) : -1;
	unsigned int broken;

	if (argc > 1 && !strcmp(argv[1], "--twins")) {
		print_twins();
		return 0;
	}
	nr_scenarios = workload_scenarios(full, &scenario);
	if (nr_scenarios > MAX_SCENARIOS)
		abort();
	broken = find_sites();
	printf("%s 1 - no rule is broken in %u scenarios as they are\n", broken ? "not ok" : "ok",
	       nr_scenarios);
	return run_all(only) || broken;
}
