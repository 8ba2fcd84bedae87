// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdlib.h>
#include <string.h>
#include "tests/mutants/mutate.h"

const char *const mutation_names[MUTATIONS] = {
	[MUTATE_DROP] = "dropped",
	[MUTATE_LATE] = "late",
	[MUTATE_WEAK] = "weaker",
	[MUTATE_LOCAL] = "local",
	[MUTATE_LEAF] = "leaf only",
	[MUTATE_ASID] = "one ASID",
	[MUTATE_REGIME] = "other regime",
	[MUTATE_START] = "start + 1 page",
	[MUTATE_END] = "end early",
	[MUTATE_SHIFT] = "address unit",
	[MUTATE_TTL] = "level hint",
	[MUTATE_HARTS_LESS] = "one hart less",
	[MUTATE_HARTS_BASE] = "hart mask + 1",
};

static struct site sites[MAX_SITES];
static unsigned int nr_sites;
static enum { OFF, WATCH, ARMED } mode;
static unsigned int armed_site;
static enum mutation armed;
static u64 hits;

/* Events that come later than the code says. */
static struct model_event *held;
static unsigned int nr_held, max_held;

void mutate_watch(void)
{
	mode = WATCH;
}

void mutate_arm(unsigned int site, enum mutation mutation)
{
	mode = ARMED;
	armed_site = site;
	armed = mutation;
	hits = 0;
	nr_held = 0;
}

void mutate_off(void)
{
	mode = OFF;
}

u64 mutate_hits(void)
{
	return hits;
}

unsigned int mutate_sites(void)
{
	return nr_sites;
}

const struct site *mutate_site(unsigned int n)
{
	return &sites[n];
}

/* ---- sites ---- */

static bool is_store(const struct model_event *ev)
{
	return ev->kind == MODEL_STORE || ev->kind == MODEL_FILL;
}

static bool is_order(const struct model_event *ev)
{
	return ev->kind >= MODEL_BARRIER && ev->kind <= MODEL_REMOTE_SFENCE;
}

/* What the tests do themselves has no place. */
static bool is_code(const struct model_event *ev)
{
	return ev->site.line && (is_store(ev) || is_order(ev));
}

static unsigned int find_site(const struct model_event *ev)
{
	unsigned int n;

	for (n = 0; n < nr_sites; n++) {
		const struct site *s = &sites[n];

		if (s->where.line == ev->site.line && s->caller == ev->site.caller &&
		    s->kind == ev->kind && s->op == ev->op && !strcmp(s->where.file, ev->site.file))
			break;
	}
	return n;
}

/* Would the mutation change this event? */
static bool applies(struct model *m, const struct model_event *ev, enum mutation mutation)
{
	struct model_event copy = *ev;

	if (mutation == MUTATE_LATE)
		return true;
	if (mutation == MUTATE_DROP)
		return !is_store(ev);
	return !is_store(ev) && mutate_arch(m, &copy, mutation) && memcmp(&copy, ev, sizeof(copy));
}

static void watch(struct model *m, const struct model_event *ev)
{
	unsigned int n = find_site(ev);
	struct site *s = &sites[n];

	if (n == nr_sites) {
		if (n == MAX_SITES)
			abort();
		*s = (struct site){
			.where = ev->site, .caller = ev->site.caller, .kind = ev->kind, .op = ev->op
		};
		nr_sites++;
	}
	for (enum mutation mutation = 0; mutation < MUTATIONS; mutation++)
		if (applies(m, ev, mutation))
			s->mutations |= (u32)BIT(mutation);
}

/* ---- late ---- */

static void hold(const struct model_event *ev)
{
	if (nr_held == max_held) {
		max_held = max_held ? 2 * max_held : 64;
		held = realloc(held, max_held * sizeof(*held));
		if (!held)
			abort();
	}
	held[nr_held++] = *ev;
}

static void release(struct model *m)
{
	unsigned int n = nr_held;

	nr_held = 0; /* model_apply() does not come back here */
	for (unsigned int i = 0; i < n; i++)
		model_apply(m, &held[i]);
}

static u64 words(const struct model_event *ev)
{
	return ev->kind == MODEL_FILL ? ev->count : 1;
}

static bool overlaps(const struct model_event *a, const struct model_event *b)
{
	return a->addr < b->addr + 8 * words(b) && b->addr < a->addr + 8 * words(a);
}

/* A program sees its own stores in order, whenever they get to memory. */
u64 model_mutate_load(const struct model *m, grt_phys_t pa, u64 val)
{
	(void)m;
	for (unsigned int i = 0; i < nr_held; i++) {
		const struct model_event *ev = &held[i];

		if (is_store(ev) && pa >= ev->addr && pa - ev->addr < 8 * words(ev))
			val = ev->val + (pa - ev->addr) / 8 * ev->step * (ev->kind == MODEL_FILL);
	}
	return val;
}

static bool same_place(const struct model_event *ev)
{
	for (unsigned int i = 0; i < nr_held; i++)
		if (overlaps(&held[i], ev))
			return true;
	return false;
}

/* What another CPU does for itself is before or after, as it happens. */
static bool elsewhere(const struct model_event *ev)
{
	return ev->cpu != held[0].cpu &&
	       (is_order(ev) || ev->kind == MODEL_ROOT || ev->kind == MODEL_MMU ||
		ev->kind == MODEL_SYSREG || ev->kind == MODEL_PARK);
}

/* Stores wait for what orders them, anything else for one event. */
static enum model_verdict after_held(struct model *m, struct model_event *ev)
{
	bool stores = is_store(&held[0]);

	if (ev->kind == MODEL_ALLOC || elsewhere(ev) || mutate_may_pass(&held[0], ev) ||
	    (stores && is_store(ev) && !same_place(ev)))
		return MODEL_KEEP;
	if (stores && !is_order(ev)) {
		release(m);
		return MODEL_KEEP;
	}
	model_apply(m, ev);
	release(m);
	return MODEL_DROP;
}

enum model_verdict model_mutate(struct model *m, struct model_event *ev)
{
	enum model_verdict verdict = MODEL_KEEP;
	bool here;

	if (mode == OFF)
		return MODEL_KEEP;
	if (mode == WATCH) {
		if (is_code(ev))
			watch(m, ev);
		return MODEL_KEEP;
	}
	here = is_code(ev) && find_site(ev) == armed_site;
	if (nr_held && !(here && is_store(ev) && !same_place(ev)))
		verdict = after_held(m, ev);
	if (!here || verdict == MODEL_DROP || !applies(m, ev, armed))
		return verdict;
	hits++;
	if (armed == MUTATE_LATE)
		hold(ev);
	else if (armed != MUTATE_DROP && mutate_arch(m, ev, armed))
		return MODEL_KEEP;
	return MODEL_DROP;
}
