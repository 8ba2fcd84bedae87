// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The verdict about one page: its steps, on a machine like the script's whose tables map nothing else. So it
 * is about what the litmus test says and not about what else the script does.
 */
#include <stdlib.h>
#include <string.h>
#include "tools/simulator/litmus.h"

/*
 * A machine whose tables reach down to the page, with the entry that it begins with. Return: where that
 * is, or GRT_PHYS_NONE for an address that is none of the tree's.
 */
static grt_phys_t begin(struct machine *m, const struct litmus_page *page)
{
	struct model_entry entry;
	grt_phys_t at = GRT_PHYS_NONE;

	if (grt_map(&m->pt, page->va, 0, grt_geometry_page_size(&m->g),
		    GRT_ATTR_READ | GRT_ATTR_WRITE))
		return GRT_PHYS_NONE;
	machine_boot(m);
	model_walk(m->model, 0, page->va, &entry, &at);
	model_poke(m->model, at, page->initial);
	return at;
}

/* Does an access find something else by an old translation than by the entry? */
static bool shows(const struct model_rec *r, const struct model_entry *now)
{
	return now->kind != ENTRY_LEAF || r->pa != now->pa || r->entry.idle != now->idle ||
	       (r->entry.access ^ now->access) & MODEL_WRITE;
}

/* CPUs that may use another translation than the entry's, which a claim is not to find. */
static void find_stale(const struct machine *m, struct litmus_page *page, grt_phys_t at)
{
	struct model_entry now = model_decode(m->model, 0, model_word(m->model, at), page->va, 0);

	page->stale = page->hidden = 0;
	for (unsigned int i = 0; i < m->model->nr_rec; i++) {
		const struct model_rec *r = &m->model->rec[i];

		if (r->kind == REC_LEAF && shows(r, &now))
			page->stale |= r->holders;
		else if (r->kind == REC_LEAF && r->entry.perm != now.perm)
			page->hidden |= r->holders;
	}
}

static void replay(struct machine *m, struct litmus_page *page, grt_phys_t at)
{
	for (size_t i = 0; i < page->nr; i++) {
		struct model_event ev = page->event[i].ev;

		if (ev.kind == MODEL_STORE) {
			ev.addr = at;
			ev.val = page->event[i].val;
		}
		page->judged = i;
		find_stale(m, page, at);
		model_apply(m->model, &ev);
		if (!model_reports(m->model))
			continue;
		page->rule = model_report(m->model, 0)->rule;
		return;
	}
}

bool litmus_judge(struct litmus_page *page, const struct sim_request *req)
{
	struct model *whole = model_current;
	struct machine_spec spec = sim_machine(req, page->sim->m.lower);
	struct machine m;
	grt_phys_t at;

	if (machine_init(&m, &spec))
		abort(); /* the same was there before */
	at = begin(&m, page);
	if (at != GRT_PHYS_NONE)
		replay(&m, page, at);
	machine_done(&m);
	model_current = whole;
	return at != GRT_PHYS_NONE;
}
