// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What can be wrong with a barrier and a TLBI. */
#include "model/model_internal.h"
#include "tests/mutants/mutate.h"

#define OTHER_ASID 0x7ffULL

const char mutate_arch_name[] = "arm64";

static bool weaker(struct model_event *ev)
{
	if (ev->kind != MODEL_BARRIER || (ev->op != MODEL_DSB_ISH && ev->op != MODEL_DSB_NSH))
		return false;
	ev->op = ev->op == MODEL_DSB_ISH ? MODEL_DSB_ISHST : MODEL_DSB_NSHST;
	return true;
}

/* The inner-shareable form is the odd one of each pair. */
static bool local(struct model_event *ev)
{
	if (ev->kind == MODEL_BARRIER && (ev->op == MODEL_DSB_ISH || ev->op == MODEL_DSB_ISHST)) {
		ev->op = ev->op == MODEL_DSB_ISH ? MODEL_DSB_NSH : MODEL_DSB_NSHST;
		return true;
	}
	if (ev->kind != MODEL_TLBI || !(ev->op & 1))
		return false;
	ev->op &= ~1U;
	return true;
}

/* What an operation is, in the order of enum model_tlbi; each is there once local and once shared. */
static const struct form {
	bool va;
	bool range;
	enum model_tlbi last;  /* the same of last level entries only */
	enum model_tlbi asid;  /* the same of one ASID */
	enum model_tlbi other; /* the same of another regime */
} forms[] = {
	[MODEL_VMALLE1 / 2] = { .asid = MODEL_ASIDE1, .other = MODEL_ALLE2 },
	[MODEL_ASIDE1 / 2] = { .asid = MODEL_ASIDE1, .other = MODEL_ALLE2 },
	[MODEL_VAE1 / 2] = { true, false, MODEL_VALE1, MODEL_VAE1, MODEL_VAE2 },
	[MODEL_VALE1 / 2] = { true, false, 0, MODEL_VALE1, MODEL_VALE2 },
	[MODEL_VAAE1 / 2] = { true, false, MODEL_VAALE1, MODEL_VAE1, MODEL_VAE2 },
	[MODEL_VAALE1 / 2] = { true, false, 0, MODEL_VALE1, MODEL_VALE2 },
	[MODEL_RVAE1 / 2] = { true, true, MODEL_RVALE1, MODEL_RVAE1, MODEL_RVAE2 },
	[MODEL_RVALE1 / 2] = { true, true, 0, MODEL_RVALE1, MODEL_RVALE2 },
	[MODEL_RVAAE1 / 2] = { true, true, MODEL_RVAALE1, MODEL_RVAE1, MODEL_RVAE2 },
	[MODEL_RVAALE1 / 2] = { true, true, 0, MODEL_RVALE1, MODEL_RVALE2 },
	[MODEL_ALLE2 / 2] = { .other = MODEL_VMALLE1 },
	[MODEL_VAE2 / 2] = { true, false, MODEL_VALE2, 0, MODEL_VAAE1 },
	[MODEL_VALE2 / 2] = { true, false, 0, 0, MODEL_VAALE1 },
	[MODEL_RVAE2 / 2] = { true, true, MODEL_RVALE2, 0, MODEL_RVAAE1 },
	[MODEL_RVALE2 / 2] = { true, true, 0, 0, MODEL_RVAALE1 },
};

static bool is_range(const struct model_event *ev)
{
	return forms[ev->op / 2].range;
}

static bool is_va(const struct model_event *ev)
{
	return ev->kind == MODEL_TLBI && forms[ev->op / 2].va;
}

static bool leaf_only(struct model_event *ev)
{
	if (!is_va(ev) || !forms[ev->op / 2].last)
		return false;
	ev->op = forms[ev->op / 2].last | (ev->op & 1);
	return true;
}

static bool other_asid(struct model_event *ev)
{
	if (ev->kind != MODEL_TLBI || !forms[ev->op / 2].asid)
		return false;
	ev->op = forms[ev->op / 2].asid | (ev->op & 1);
	ev->val |= OTHER_ASID << 48;
	return true;
}

static bool other_regime(struct model_event *ev)
{
	if (ev->kind != MODEL_TLBI)
		return false;
	ev->op = forms[ev->op / 2].other | (ev->op & 1);
	ev->val &= ~(0xffffULL << 48);
	return true;
}

/* Address fields: [43:0] in units of 4K, and [36:0] of a range in units of its own. */
static bool later_start(const struct model *m, struct model_event *ev)
{
	u64 pages = is_range(ev) ? 1 : grt_geometry_page_size(&m->g) >> 12;

	if (!is_va(ev))
		return false;
	ev->val += pages;
	return true;
}

static bool earlier_end(struct model_event *ev)
{
	u64 num = ev->val >> 39 & 31, scale = ev->val >> 44 & 3;

	if (!is_va(ev) || !is_range(ev) || (!num && !scale))
		return false;
	if (num)
		ev->val -= BIT(39);
	else
		ev->val -= BIT(44) - (31ULL << 39);
	return true;
}

static bool wrong_unit(struct model_event *ev)
{
	u64 mask = is_range(ev) ? BIT(37) - 1 : BIT(44) - 1;

	if (!is_va(ev))
		return false;
	ev->val = (ev->val & ~mask) | ((ev->val << 12) & mask); /* the address was not shifted */
	return true;
}

/* TTL, or TG of a range. */
static bool wrong_level(const struct model *m, struct model_event *ev)
{
	u64 granule = (m->g.page_shift - 10U) / 2;

	if (!is_va(ev))
		return false;
	if (is_range(ev))
		ev->val ^= 1ULL << 46;
	else
		ev->val |= (granule << 2 | 1) << 44; /* of this granule, a level that has nothing */
	return true;
}

bool mutate_may_pass(const struct model_event *ev, const struct model_event *next)
{
	(void)ev;
	(void)next;
	return false;
}

bool mutate_arch(struct model *m, struct model_event *ev, enum mutation mutation)
{
	switch (mutation) {
	case MUTATE_WEAK:
		return weaker(ev);
	case MUTATE_LOCAL:
		return local(ev);
	case MUTATE_LEAF:
		return leaf_only(ev);
	case MUTATE_ASID:
		return other_asid(ev);
	case MUTATE_REGIME:
		return other_regime(ev);
	case MUTATE_START:
		return later_start(m, ev);
	case MUTATE_END:
		return earlier_end(ev);
	case MUTATE_SHIFT:
		return wrong_unit(ev);
	case MUTATE_TTL:
		return wrong_level(m, ev);
	default:
		return false;
	}
}
