// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* arm64's instructions as steps (Arm ARM C5.5, "A64 system instructions for TLB maintenance"). */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <asm/pte.h>
#include "tools/simulator/sim.h"

static bool parse_dsb(struct parser *p, struct step *s)
{
	static const struct {
		const char *word;
		enum model_barrier op;
	} domains[] = {
		{ "ishst", MODEL_DSB_ISHST }, { "ish", MODEL_DSB_ISH },
		{ "nshst", MODEL_DSB_NSHST }, { "nsh", MODEL_DSB_NSH },
		{ "sy", MODEL_DSB_SY },
	};

	s->run = event_run;
	s->ev.kind = MODEL_BARRIER;
	for (size_t i = 0; i < ARRAY_SIZE(domains); i++)
		if (parser_accept(p, domains[i].word)) {
			s->ev.op = domains[i].op;
			return true;
		}
	return parser_fail(p, "ishst, ish, nshst, nsh or sy");
}

static bool parse_dmb(struct parser *p, struct step *s)
{
	s->run = event_run;
	s->ev.kind = MODEL_BARRIER;
	s->ev.op = MODEL_DMB;
	return parser_accept(p, "ishst") || parser_accept(p, "ish") ||
	       parser_fail(p, "ish or ishst");
}

static bool parse_isb(struct parser *p, struct step *s)
{
	(void)p;
	s->run = event_run;
	s->ev.kind = MODEL_BARRIER;
	s->ev.op = MODEL_ISB;
	return true;
}

/* ---- tlbi ---- */

/* In the order of enum model_tlbi, where each has a local and an inner-shareable form. */
static const char *const operations[] = { "vmalle1", "aside1", "vae1",	 "vale1",  "vaae1",
					  "vaale1",  "rvae1",  "rvale1", "rvaae1", "rvaale1" };

/* Return: an enum model_tlbi, or -1. */
static int find_operation(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(operations); i++) {
		size_t len = strlen(operations[i]);

		if (strncmp(word, operations[i], len))
			continue;
		if (!word[len])
			return (int)(2 * i);
		if (!strcmp(word + len, "is"))
			return (int)(2 * i + 1);
	}
	return -1;
}

/* asid=N or ttl=N, which become fields of the operand. */
static bool parse_fields(struct parser *p, struct step *s, bool range)
{
	for (;;) {
		const char *arg = parser_option(p, "asid=");
		bool asid = arg;
		u64 val;

		if (!arg)
			arg = parser_option(p, "ttl=");
		if (!arg)
			return true;
		p->word[--p->next] = (char *)arg;
		if (!parser_number(p, &val,
				   asid	   ? 0xffff
				   : range ? 3
					   : 15,
				   "a number that the field holds"))
			return false;
		s->ev.val |= val << (asid ? 48 : range ? 37 : 44);
	}
}

static u64 range_operand(const struct grt_geometry *g, grt_virt_t va, unsigned int num,
			 unsigned int scale)
{
	bool ds = g->va_bits == 52 && g->page_shift < 16;

	return (u64)(g->page_shift - 10) / 2 << 46 | (u64)scale << 44 | (u64)num << 39 |
	       (va >> (ds ? 16 : g->page_shift) & (BIT(37) - 1));
}

/* The smallest range that covers @size. */
static bool parse_range(struct parser *p, struct step *s)
{
	u64 va, size, pages;

	if (!parser_address(p, &va) || !parser_size(p, &size))
		return false;
	pages = (size >> p->g.page_shift) + !is_aligned(size, grt_geometry_page_size(&p->g));
	for (unsigned int scale = 0; scale < 4; scale++) {
		u64 unit = BIT(5 * scale + 1), n = (pages + unit - 1) / unit;

		if (n >= 1 && n <= 32) {
			s->ev.val = range_operand(&p->g, va, (unsigned int)n - 1, scale);
			return true;
		}
	}
	return parser_fail_last(p, "a size that one range operation covers");
}

static bool parse_operand(struct parser *p, struct step *s, const char *arg)
{
	p->word[--p->next] = (char *)arg;
	return parser_hex(p, &s->ev.val, "operand= and the register in hexadecimal");
}

static bool parse_tlbi(struct parser *p, struct step *s)
{
	const char *word = parser_word(p), *arg;
	int op = word ? find_operation(word) : -1;
	u64 va;

	s->run = event_run;
	s->ev.kind = MODEL_TLBI;
	if (!word)
		return parser_fail(p, "an operation: vmalle1is, vae1is, rvaale1is ...");
	if (op < 0)
		return parser_fail_last(p, "an operation: vmalle1is, vae1is, rvaale1is ...");
	s->ev.op = (unsigned int)op;
	if (op < MODEL_ASIDE1)
		return true;
	arg = parser_option(p, "operand=");
	if (arg)
		return parse_operand(p, s, arg);
	if (op >= MODEL_RVAE1)
		return parse_range(p, s) && parse_fields(p, s, true);
	if (op >= MODEL_VAE1) {
		if (!parser_address(p, &va))
			return false;
		s->ev.val = va >> 12 & (BIT(44) - 1);
	}
	return parse_fields(p, s, false);
}

/* ---- system registers ---- */

static bool parse_ttbr(struct parser *p, struct step *s, unsigned int half)
{
	u64 asid = 0;
	const char *arg;

	if (!parser_root(p, s, "reserved"))
		return false;
	s->ev.op = half;
	arg = parser_option(p, "asid=");
	if (arg) {
		p->word[--p->next] = (char *)arg;
		if (!parser_number(p, &asid, 0xffff, "an ASID"))
			return false;
	}
	s->ev.asid = (int)asid;
	s->ev.mask = parser_accept(p, "cnp");
	return true;
}

static bool parse_msr(struct parser *p, struct step *s)
{
	s->run = event_run;
	if (parser_accept(p, "ttbr0_el1"))
		return parse_ttbr(p, s, 0);
	if (parser_accept(p, "ttbr1_el1"))
		return parse_ttbr(p, s, 1);
	if (parser_accept(p, "sctlr_el1")) {
		s->ev.kind = MODEL_MMU;
		s->ev.val = parser_accept(p, "on");
		return s->ev.val || parser_accept(p, "off") || parser_fail(p, "on or off");
	}
	s->ev.kind = MODEL_SYSREG;
	s->ev.op = MODEL_MAIR;
	if (parser_accept(p, "mair_el1"))
		return true;
	if (!parser_accept(p, "tcr_el1"))
		return parser_fail(p, "ttbr0_el1, ttbr1_el1, tcr_el1, mair_el1 or sctlr_el1");
	s->ev.op = parser_accept(p, "lower") ? MODEL_TCR_LOWER : MODEL_TCR_UPPER;
	return s->ev.op == MODEL_TCR_LOWER || parser_accept(p, "upper") ||
	       parser_fail(p, "lower or upper: the half that changes");
}

/* dc civac, ivac or cvac, of data; dc cvau, of instructions that were written */
static bool parse_dc(struct parser *p, struct step *s)
{
	if (parser_accept(p, "cvau"))
		return parse_code(p, s, MODEL_CODE_CLEAN);
	if (parser_accept(p, "cvac"))
		return parse_cached(p, s, MODEL_CACHE_CLEAN);
	if (!parser_accept(p, "civac") && !parser_accept(p, "ivac"))
		return parser_fail(p, "ivac, civac, cvac or cvau");
	return parse_cached(p, s, MODEL_CACHE_FLUSH);
}

static bool parse_ic(struct parser *p, struct step *s)
{
	s->run = event_run;
	s->ev.kind = MODEL_CODE_INVALIDATE;
	if (parser_accept(p, "ialluis"))
		return true;
	if (parser_accept(p, "ivau"))
		return parse_code(p, s, MODEL_CODE_INVALIDATE);
	s->ev.op = MODEL_CODE_LOCAL;
	return parser_accept(p, "iallu") || parser_fail(p, "ivau, ialluis or iallu");
}

const char table_words[] = "letters of w x u: what nothing below the table may do";

bool table_says(const char *letters, u64 *bits)
{
	for (; *letters; letters++)
		switch (*letters) {
		case 'w':
			*bits |= PTE_AP_TABLE_RO;
			break;
		case 'x':
			*bits |= PTE_PXN_TABLE | PTE_UXN_TABLE;
			break;
		case 'u':
			*bits |= PTE_AP_TABLE_EL0;
			break;
		default:
			return false;
		}
	return true;
}

const struct verb arch_verbs[] = {
	{ "dsb", parse_dsb }, { "dmb", parse_dmb }, { "isb", parse_isb }, { "tlbi", parse_tlbi },
	{ "msr", parse_msr }, { "dc", parse_dc },   { "ic", parse_ic },	  { NULL, NULL },
};
