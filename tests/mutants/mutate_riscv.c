// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What can be wrong with a fence. */
#include "model/model_internal.h"
#include "tests/mutants/mutate.h"

#define OTHER_ASID 0x7ff

const char mutate_arch_name[] = "riscv";

static bool weaker(struct model_event *ev)
{
	if (ev->kind == MODEL_BARRIER && ev->op == MODEL_FENCE_RWRW) {
		ev->op = MODEL_FENCE_WW;
		return true;
	}
	return false;
}

/* With an address, as a fence for one leaf; a remote one covers it all the same. */
static bool leaf_only(struct model_event *ev)
{
	if ((ev->kind == MODEL_SFENCE || ev->kind == MODEL_SINVAL) && !(ev->op & MODEL_RS1)) {
		ev->op |= MODEL_RS1;
		return true;
	}
	if (ev->kind == MODEL_REMOTE_SFENCE && ev->count == ~0ULL) {
		ev->val = 0;
		ev->count = BIT(38);
		return true;
	}
	return false;
}

static bool other_asid(struct model_event *ev)
{
	if (ev->kind != MODEL_SFENCE && ev->kind != MODEL_SINVAL && ev->kind != MODEL_REMOTE_SFENCE)
		return false;
	ev->op |= MODEL_RS2;
	ev->asid = OTHER_ASID;
	return true;
}

static bool later_start(const struct model *m, struct model_event *ev)
{
	u64 page = grt_geometry_page_size(&m->g);

	if ((ev->kind == MODEL_SFENCE || ev->kind == MODEL_SINVAL) && ev->op & MODEL_RS1) {
		ev->val += page;
		return true;
	}
	if (ev->kind != MODEL_REMOTE_SFENCE || ev->count == ~0ULL)
		return false;
	ev->val += page;
	ev->count = ev->count > page ? ev->count - page : page;
	return true;
}

static bool earlier_end(const struct model *m, struct model_event *ev)
{
	u64 page = grt_geometry_page_size(&m->g);

	if (ev->kind != MODEL_REMOTE_SFENCE || ev->count == ~0ULL || ev->count <= page)
		return false;
	ev->count -= page;
	return true;
}

static bool wrong_unit(struct model_event *ev)
{
	bool address = (ev->kind == MODEL_SFENCE || ev->kind == MODEL_SINVAL) && ev->op & MODEL_RS1;

	if (!address && (ev->kind != MODEL_REMOTE_SFENCE || ev->count == ~0ULL))
		return false;
	ev->val >>= 12; /* a page number */
	return true;
}

static bool less_harts(struct model_event *ev)
{
	if (ev->kind != MODEL_REMOTE_SFENCE || !ev->mask)
		return false;
	ev->mask &= ~BIT(log2_floor(ev->mask));
	return true;
}

static bool other_base(struct model_event *ev)
{
	if (ev->kind != MODEL_REMOTE_SFENCE)
		return false;
	ev->step++;
	return true;
}

/*
 * A fence of this hart and one of others are independent; and it is late only when something was used: a
 * fence after the write of satp is as good as one before.
 */
bool mutate_may_pass(const struct model_event *ev, const struct model_event *next)
{
	bool local = ev->kind == MODEL_SFENCE || ev->kind == MODEL_SFENCE_INVAL_IR;

	if (ev->kind == MODEL_BARRIER && ev->op == MODEL_FENCE_WW)
		return next->kind != MODEL_STORE && next->kind != MODEL_FILL;
	return local && (next->kind == MODEL_BARRIER || next->kind == MODEL_REMOTE_SFENCE ||
			 next->kind == MODEL_ROOT || next->kind == MODEL_SFENCE ||
			 next->kind == MODEL_SFENCE_W_INVAL);
}

bool mutate_arch(struct model *m, struct model_event *ev, enum mutation mutation)
{
	switch (mutation) {
	case MUTATE_WEAK:
		return weaker(ev);
	case MUTATE_LEAF:
		return leaf_only(ev);
	case MUTATE_ASID:
		return other_asid(ev);
	case MUTATE_START:
		return later_start(m, ev);
	case MUTATE_END:
		return earlier_end(m, ev);
	case MUTATE_SHIFT:
		return wrong_unit(ev);
	case MUTATE_HARTS_LESS:
		return less_harts(ev);
	case MUTATE_HARTS_BASE:
		return other_base(ev);
	default:
		return false;
	}
}
