// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A run as it is seen: which pages each store gives another translation, and what one page sees of it. */
#include <stdlib.h>
#include <string.h>
#include "tools/simulator/litmus.h"

/* Pages that one script may change: each is judged alone. */
#define MAX_CHANGES 4096
#define MAX_EVENTS 64

/* Room for one more: arrays grow to the next power of two. */
static void *grown(void *array, size_t nr, size_t size)
{
	if (nr & (nr - 1))
		return array;
	array = realloc(array, (nr ? 2 * nr : 1) * size);
	if (!array)
		abort();
	return array;
}

bool litmus_refuse(struct litmus *l, unsigned int line, const char *why, enum model_rule rule)
{
	if (!l->refused) {
		l->refused = why;
		l->refused_line = line;
		l->rule = rule;
	}
	return false;
}

/* ---- which pages a store changes ---- */

/** struct leaves - what an entry leads to: pages, and whatever else translates, in order. */
struct leaves {
	struct leaf {
		grt_virt_t va;
		u64 val;
		u64 above; /* what its tables say */
		u8 level;
		bool cont;
	} * leaf;
	size_t nr;
	bool many;
};

static void collect(struct model *m, const struct model_pos *pos, unsigned int i, u64 val,
		    struct leaves *out)
{
	grt_virt_t va = model_entry_va(m, pos, i);
	struct model_entry e = model_entry_at(m, pos, i, val);
	struct model_pos below;
	const struct model_page *p;

	out->many |= out->nr > MAX_CHANGES;
	if (e.kind == ENTRY_LEAF && !out->many) {
		out->leaf = grown(out->leaf, out->nr, sizeof(*out->leaf));
		out->leaf[out->nr++] = (struct leaf){ va, val, pos->above, pos->level, e.cont };
	}
	below = model_below(m, pos, i, &e);
	p = e.kind == ENTRY_TABLE ? model_page(m, e.pa) : NULL;
	for (unsigned int n = 0; p && !out->many && n < grt_geometry_entries(&m->g, below.level);
	     n++)
		collect(m, &below, n, p->words[n], out);
}

static bool same(const struct leaf *a, const struct leaf *b)
{
	return a->val == b->val && a->above == b->above && a->level == b->level;
}

static void change(struct litmus *l, struct litmus_step *s, grt_virt_t va, u64 was, u64 now)
{
	if (l->nr_changes == MAX_CHANGES)
		litmus_refuse(l, s->line, "it changes too many pages", MODEL_NONE);
	if (l->refused)
		return;
	l->change = grown(l->change, l->nr_changes, sizeof(*l->change));
	l->change[l->nr_changes++] = (struct litmus_change){ va, was, now };
	s->nr++;
}

/* Leaves that are alike on both sides do not change; of those that do, each has to be a page. */
static void compare(struct litmus *l, struct litmus_step *s, const struct leaves *old,
		    const struct leaves *new)
{
	size_t i = 0, j = 0;

	while (i < old->nr || j < new->nr) {
		const struct leaf *a = i < old->nr ? &old->leaf[i] : NULL;
		const struct leaf *b = j < new->nr ? &new->leaf[j] : NULL;
		bool take_a = a && (!b || a->va <= b->va), take_b = b && (!a || b->va <= a->va);

		i += take_a;
		j += take_b;
		if (take_a && take_b && same(a, b))
			continue;
		if ((take_a && a->level) || (take_b && b->level))
			litmus_refuse(l, s->line,
				      "it changes a block, and the format has pages only",
				      MODEL_NONE);
		else if ((take_a && a->cont) || (take_b && b->cont))
			litmus_refuse(
				l, s->line,
				"it changes a contiguous group, and the format has single pages "
				"(--nocont)",
				MODEL_NONE);
		else if ((take_a && a->above) || (take_b && b->above))
			litmus_refuse(
				l, s->line,
				"its tables limit what it permits, and the format has no tables",
				MODEL_NONE);
		else
			change(l, s, take_a ? a->va : b->va, take_a ? a->val : 0,
			       take_b ? b->val : 0);
	}
}

static void watch_entry(struct litmus *l, struct model *m, struct litmus_step *s,
			const struct model_page *p, unsigned int i, u64 val)
{
	for (unsigned int n = 0; n < p->nr_pos && !l->refused; n++) {
		const struct model_pos *pos = &p->pos[n];
		struct model_entry e = model_entry_at(m, pos, i, val);
		struct leaves old = { 0 }, new = { 0 };

		if (e.kind == ENTRY_TABLE && !model_follows(m, pos->level - 1, e.pa, p->pa))
			return; /* which ends the run */
		collect(m, pos, i, p->words[i], &old);
		collect(m, pos, i, val, &new);
		if (old.many || new.many)
			litmus_refuse(l, s->line, "it changes too many pages", MODEL_NONE);
		else
			compare(l, s, &old, &new);
		free(old.leaf);
		free(new.leaf);
	}
}

static void watch_store(struct litmus *l, struct model *m, struct litmus_step *s)
{
	u64 n = s->ev.kind == MODEL_FILL ? s->ev.count : 1, val = s->ev.val;

	for (grt_phys_t at = s->ev.addr; n && !l->refused; n--, at += 8, val += s->ev.step) {
		const struct model_page *p = model_page(m, at);

		if (p && p->nr_pos)
			watch_entry(l, m, s, p, model_word_index(m, at), val);
	}
}

/* An access finds the entry that is there; the first CPU's tables are all CPUs' here. */
static void watch_use(struct litmus *l, const struct model *m, struct litmus_step *s)
{
	grt_virt_t va = align_down(s->ev.val, grt_geometry_page_size(&m->g));
	struct model_entry e;
	grt_phys_t at;
	int level = model_walk(m, 0, va, &e, &at);
	u64 val = level < 0 ? 0 : model_word(m, at);

	if (level > 0 || (!level && e.cont))
		return; /* which is as good as it was before: what changed it would have been refused */
	change(l, s, va, val, val);
}

void litmus_watch(struct litmus *l, struct model *m, const struct model_event *ev,
		  unsigned int line)
{
	struct litmus_step *s;
	const char *why = litmus_arch_refuses(m, ev);

	litmus_watched(l, m);
	if (why)
		litmus_refuse(l, line, why, MODEL_NONE);
	if (l->refused || ev->kind == MODEL_ALLOC || ev->kind == MODEL_FREE)
		return;
	l->step = grown(l->step, l->nr, sizeof(*l->step));
	s = &l->step[l->nr];
	*s = (struct litmus_step){ .ev = *ev, .line = line, .first = l->nr_changes };
	if (ev->kind == MODEL_STORE || ev->kind == MODEL_FILL) {
		watch_store(l, m, s);
		if (!s->nr) /* no translation becomes another one */
			return;
	}
	if (ev->kind == MODEL_USE)
		watch_use(l, m, s);
	l->nr++;
}

void litmus_watched(struct litmus *l, const struct model *m)
{
	if (l->nr && l->reports < model_reports(m) && !l->step[l->nr - 1].rule)
		l->step[l->nr - 1].rule = model_report(m, l->reports)->rule;
	l->reports = model_reports(m);
}

/* ---- one page ---- */

static const struct litmus_change *change_of(const struct litmus *l, const struct litmus_step *s,
					     grt_virt_t va)
{
	for (size_t i = s->first; i < s->first + s->nr; i++)
		if (l->change[i].va == va)
			return &l->change[i];
	return NULL;
}

/* A barrier behind the same one, where steps of other pages were in between. */
static bool again(const struct litmus_page *p, const struct model_event *ev)
{
	const struct model_event *last = p->nr ? &p->event[p->nr - 1].ev : NULL;

	return last && ev->kind == MODEL_BARRIER && last->kind == ev->kind && last->op == ev->op &&
	       last->cpu == ev->cpu;
}

static void page_event(struct litmus_page *p, const struct litmus_step *s, u64 val)
{
	if (again(p, &s->ev))
		return;
	p->event = grown(p->event, p->nr, sizeof(*p->event));
	p->event[p->nr++] = (struct litmus_event){ .ev = s->ev, .line = s->line, .val = val };
}

/* Is an access or a claim about the page? */
static bool about(const struct model *m, const struct model_event *ev, grt_virt_t va)
{
	if (ev->kind == MODEL_CLAIM)
		return !ev->count || (ev->val <= va && va - ev->val < ev->count);
	return align_down(ev->val, grt_geometry_page_size(&m->g)) == va;
}

/* The entries that an invalidation may find: the one from the beginning and those that were stored since. */
static bool concerns(const struct litmus_page *p, const struct litmus_step *s)
{
	const struct model *m = p->sim->m.model;
	struct model_entry e = model_decode(m, 0, p->initial, p->va, 0);
	bool any = litmus_arch_concerns(m, &s->ev, p->va, &e);

	for (size_t i = 0; i < p->nr && !any; i++) {
		e = model_decode(m, 0, p->event[i].val, p->va, 0);
		any = p->event[i].ev.kind == MODEL_STORE &&
		      litmus_arch_concerns(m, &s->ev, p->va, &e);
	}
	return any;
}

/* Steps [@from, @to) as the page sees them: what comes before its first change says nothing of it. */
static void project(struct litmus_page *p, const struct litmus *l, size_t from, size_t to)
{
	bool changed = false;

	for (size_t n = from; n < to; n++) {
		const struct litmus_step *s = &l->step[n];
		const struct litmus_change *c = change_of(l, s, p->va);

		if (c && !p->nr)
			p->initial = c->was;
		if (c && s->ev.kind != MODEL_USE) {
			page_event(p, s, c->now);
			if (s->ev.kind == MODEL_FILL)
				p->event[p->nr - 1].ev.count = 0;
			p->event[p->nr - 1].ev.kind = MODEL_STORE;
			changed = true;
		} else if (s->ev.kind == MODEL_USE || s->ev.kind == MODEL_CLAIM) {
			if (about(p->sim->m.model, &s->ev, p->va))
				page_event(p, s, 0);
		} else if (changed && (s->ev.kind == MODEL_BARRIER ||
				       (s->ev.kind == MODEL_TLBI && concerns(p, s)))) {
			page_event(p, s, 0);
		}
	}
}

static bool page_of(struct litmus *l, struct litmus_page *p, size_t from, size_t to,
		    const struct sim_request *req, enum model_rule *rule)
{
	const char *why = NULL;

	project(p, l, from, to);
	if (!litmus_judge(p, req))
		why = "it is about an address that is not in the tree";
	else if (p->nr > MAX_EVENTS)
		why = "a page sees more steps of it than a litmus test has registers";
	else
		why = litmus_arch_ask((struct sim *)p->sim, p);
	if (why)
		litmus_refuse(l, p->event[p->judged].line, why, p->rule);
	if (p->rule && !*rule)
		*rule = p->rule;
	free(p->event);
	return !why;
}

/* Has a step of [@from, @to) been about @va before? */
static bool seen(const struct litmus *l, size_t from, size_t to, grt_virt_t va)
{
	for (size_t n = from; n < to; n++)
		if (change_of(l, &l->step[n], va))
			return true;
	return false;
}

/* ---- everything ---- */

/* From one claim to the next: each page that was changed. What the script breaks, a page breaks, too. */
static bool segment(struct litmus *l, struct sim *sim, size_t from, size_t to,
		    const struct sim_request *req)
{
	enum model_rule found = MODEL_NONE;

	for (size_t n = from; n < to; n++)
		for (size_t i = l->step[n].first; i < l->step[n].first + l->step[n].nr; i++) {
			struct litmus_page p = { .sim = sim, .va = l->change[i].va };

			if (!seen(l, from, n, p.va) && !page_of(l, &p, from, to, req, &found))
				return false;
		}
	for (size_t n = from; n < to && !found; n++)
		if (l->step[n].rule)
			return litmus_refuse(
				l, l->step[n].line,
				"it is not about one page's entry, which is all that the "
				"format has",
				l->step[n].rule);
	return true;
}

bool litmus_export(struct litmus *l, struct sim *sim, const struct sim_request *req)
{
	size_t from = 0;

	litmus_watched(l, sim->m.model);
	for (size_t n = 0; n < l->nr && !l->refused; n++)
		if (l->step[n].ev.kind == MODEL_CLAIM && !l->step[n].ev.count) {
			segment(l, sim, from, n + 1, req);
			from = n + 1;
		}
	if (!l->refused)
		segment(l, sim, from, l->nr, req);
	return !l->refused;
}

void litmus_free(struct litmus *l)
{
	free(l->step);
	free(l->change);
}
