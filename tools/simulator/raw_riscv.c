// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* RISC-V's instructions as steps, and the SBI call that makes other harts fence. */
#include <string.h>
#include <asm/pte.h>
#include "tools/simulator/sim.h"

#define ASID_MAX 0xffff
#define HART_MAX 0xffffffff

/* "fence w,w" and "fence w, w" */
static bool parse_fence(struct parser *p, struct step *s)
{
	s->run = event_run;
	s->ev.kind = MODEL_BARRIER;
	if (parser_accept(p, "w,w") || (parser_accept(p, "w,") && parser_accept(p, "w"))) {
		s->ev.op = MODEL_FENCE_WW;
		return true;
	}
	s->ev.op = MODEL_FENCE_RWRW;
	return parser_accept(p, "rw,rw") || (parser_accept(p, "rw,") && parser_accept(p, "rw")) ||
	       parser_fail(p, "w,w or rw,rw");
}

/* One register: x0, or a value. A comma may follow it. */
static void strip_comma(struct parser *p)
{
	size_t len = parser_peek(p) ? strlen(parser_peek(p)) : 0;

	if (len && p->word[p->next][len - 1] == ',')
		p->word[p->next][len - 1] = '\0';
}

/* [x0|VA [x0|ASID]] */
static bool parse_registers(struct parser *p, struct step *s)
{
	u64 asid;

	s->run = event_run;
	s->ev.asid = MODEL_ASID_ANY;
	strip_comma(p);
	if (parser_peek(p) && !parser_accept(p, "x0")) {
		s->ev.op |= MODEL_RS1;
		if (!parser_address(p, &s->ev.val))
			return false;
	}
	if (parser_peek(p) && !parser_accept(p, "x0")) {
		s->ev.op |= MODEL_RS2;
		if (!parser_number(p, &asid, ASID_MAX, "an ASID or x0"))
			return false;
		s->ev.asid = (int)asid;
	}
	return true;
}

static bool parse_sfence(struct parser *p, struct step *s)
{
	s->ev.kind = MODEL_SFENCE;
	return parse_registers(p, s);
}

static bool parse_sinval(struct parser *p, struct step *s)
{
	s->ev.kind = MODEL_SINVAL;
	return parse_registers(p, s);
}

static bool parse_w_inval(struct parser *p, struct step *s)
{
	(void)p;
	s->run = event_run;
	s->ev.kind = MODEL_SFENCE_W_INVAL;
	return true;
}

static bool parse_inval_ir(struct parser *p, struct step *s)
{
	(void)p;
	s->run = event_run;
	s->ev.kind = MODEL_SFENCE_INVAL_IR;
	return true;
}

static bool parse_fence_i(struct parser *p, struct step *s)
{
	(void)p;
	s->run = event_run;
	s->ev.kind = MODEL_FENCE_I;
	return true;
}

/* all, or VA SIZE, which may be 0: whatever that means then (R19) */
static bool parse_fenced(struct parser *p, struct step *s)
{
	s->ev.count = ~0ULL;
	if (parser_accept(p, "all"))
		return true;
	if (!parser_address(p, &s->ev.val) || !parser_size(p, &s->ev.count))
		return false;
	return !s->ev.count || s->ev.count - 1 <= ~0ULL - s->ev.val ||
	       parser_fail_last(p, "a size that ends within the address space");
}

/* sbi remote_sfence_vma[_asid] MASK [base=N] (all | VA SIZE) [ASID], sbi remote_fence_i MASK [base=N] */
static bool parse_sbi(struct parser *p, struct step *s)
{
	bool by_asid = false;
	const char *arg;
	u64 asid;

	s->run = event_run;
	s->ev.kind = MODEL_REMOTE_SFENCE;
	s->ev.asid = MODEL_ASID_ANY;
	if (parser_accept(p, "remote_fence_i"))
		s->ev.kind = MODEL_REMOTE_FENCE_I;
	else if (parser_accept(p, "remote_sfence_vma_asid"))
		by_asid = true;
	else if (!parser_accept(p, "remote_sfence_vma"))
		return parser_fail(p,
				   "remote_sfence_vma, remote_sfence_vma_asid or remote_fence_i");
	if (!parser_hex(p, &s->ev.mask, "a mask of harts in hexadecimal"))
		return false;
	arg = parser_option(p, "base=");
	if (arg) {
		p->word[--p->next] = (char *)arg;
		if (!parser_number(p, &s->ev.step, HART_MAX, "the number of a hart"))
			return false;
	}
	if (s->ev.kind == MODEL_REMOTE_FENCE_I)
		return true;
	if (!parse_fenced(p, s))
		return false;
	if (by_asid && !parser_number(p, &asid, ASID_MAX, "an ASID"))
		return false;
	s->ev.asid = by_asid ? (int)asid : MODEL_ASID_ANY;
	return true;
}

/* csrw satp ROOT [asid=N] | csrw satp 0 | csrw pmp */
static bool parse_csrw(struct parser *p, struct step *s)
{
	const char *arg;
	u64 asid = 0;

	s->run = event_run;
	s->ev.kind = MODEL_PMP;
	if (parser_accept(p, "pmp"))
		return true;
	if (!parser_accept(p, "satp"))
		return parser_fail(p, "satp or pmp");
	if (!parser_root(p, s, "0"))
		return false;
	s->ev.op = 1;
	arg = parser_option(p, "asid=");
	if (arg) {
		p->word[--p->next] = (char *)arg;
		if (!parser_number(p, &asid, ASID_MAX, "an ASID"))
			return false;
	}
	s->ev.asid = (int)asid;
	return true;
}

/* cbo.flush, cbo.inval and cbo.clean */
static bool parse_cbo(struct parser *p, struct step *s)
{
	return parse_cached(
		p, s, strcmp(p->word[0], "cbo.clean") ? MODEL_CACHE_FLUSH : MODEL_CACHE_CLEAN);
}

const char table_words[] = "g: all below the table is global";

bool table_says(const char *letters, u64 *bits)
{
	*bits = PTE_G;
	return !strcmp(letters, "g");
}

const struct verb arch_verbs[] = {
	{ "fence", parse_fence },
	{ "sfence.vma", parse_sfence },
	{ "sinval.vma", parse_sinval },
	{ "sfence.w.inval", parse_w_inval },
	{ "sfence.inval.ir", parse_inval_ir },
	{ "fence.i", parse_fence_i },
	{ "sbi", parse_sbi },
	{ "csrw", parse_csrw },
	{ "cbo.flush", parse_cbo },
	{ "cbo.inval", parse_cbo },
	{ "cbo.clean", parse_cbo },
	{ NULL, NULL },
};
