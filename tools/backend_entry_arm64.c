// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* arm64's regimes and entries, in words (Arm ARM D8.2 to D8.6). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tools/tree_impl.h"
#include "tools/util.h"

#define PTE_GP BIT(50)
#define PTE_NT BIT(16) /* in blocks */
#define SH(entry) ((entry) >> 8 & 3)

/* ---- regimes ---- */

static bool number_word(struct regime *r, const char *word)
{
	u64 n;

	if (!strncmp(word, "pa=", 3) && parse_number(word + 3, &n) && n >= 32 && n <= 52)
		r->shape.pa_bits = (u8)n;
	else if (!strncmp(word, "levels=", 7) && parse_number(word + 7, &n) && n && n <= 5)
		r->shape.levels = (u8)n;
	else if (!strncmp(word, "mair=", 5) && parse_address(word + 5, &r->mair))
		r->has_mair = true;
	else if (parse_number(word, &n) && n && n <= 64)
		r->shape.va_bits = (u8)n;
	else
		return false;
	return true;
}

static bool flag_word(struct regime *r, const char *word)
{
	const struct {
		const char *word;
		bool *flag;
	} flags[] = {
		{ "upper", &r->upper },	  { "ds", &r->shape.ds }, { "lpa2", &r->shape.ds },
		{ "fwb", &r->shape.fwb }, { "hpd", &r->hpd },	  { "hd", &r->hd },
		{ "wxn", &r->wxn },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(flags); i++)
		if (!strcmp(flags[i].word, word))
			return *flags[i].flag = true;
	return !strcmp(word, "lower") || !strcmp(word, "el1");
}

bool entry_word(struct regime *r, const char *word)
{
	static const char *const sizes[] = { "4k", "16k", "64k" };

	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++)
		if (!strcmp(sizes[i], word)) {
			r->shape.page_shift = (u8)(12 + 2 * i);
			return true;
		}
	if (!strcmp(word, "el2"))
		r->kind = REGIME_EL2;
	else if (!strcmp(word, "el2h"))
		r->kind = REGIME_EL2_HOST;
	else if (!strcmp(word, "s2"))
		r->kind = REGIME_STAGE2;
	else
		return flag_word(r, word) || number_word(r, word);
	return true;
}

static void append(struct regime *r, const char *text)
{
	strncat(r->name, text, sizeof(r->name) - strlen(r->name) - 1);
}

const char *entry_complete(struct regime *r)
{
	static const char *const kinds[] = { "el1", "el2", "el2h", "s2" };
	const bool halves = r->kind == REGIME_EL1 || r->kind == REGIME_EL2_HOST;
	char text[32];

	r->shape.stage2 = r->kind == REGIME_STAGE2;
	if (!r->shape.page_shift || !r->shape.va_bits)
		return "a page size, 4k, 16k or 64k, and a number of address bits are expected";
	if (r->upper && !halves)
		return "has no upper half";
	if (r->shape.levels && !r->shape.stage2)
		return "levels= is for s2: the others have as many as they need";
	snprintf(r->name, sizeof(r->name), "arm64:%s%s:%uk:%u", kinds[r->kind],
		 !halves    ? ""
		 : r->upper ? ":upper"
			    : ":lower",
		 1U << (r->shape.page_shift - 10), r->shape.va_bits);
	snprintf(text, sizeof(text), ":levels=%u", r->shape.levels);
	append(r, r->shape.levels ? text : "");
	append(r, r->shape.ds ? ":ds" : "");
	snprintf(text, sizeof(text), ":pa=%u", r->shape.pa_bits);
	append(r, r->shape.pa_bits ? text : "");
	append(r, r->shape.fwb ? ":fwb" : "");
	append(r, r->hpd ? ":hpd" : "");
	append(r, r->hd ? ":hd" : "");
	append(r, r->wxn ? ":wxn" : "");
	snprintf(text, sizeof(text), ":mair=%llx", (unsigned long long)r->mair);
	append(r, r->has_mair ? text : "");
	return NULL;
}

void entry_regime(const struct regime *r, struct grt_geometry *g, struct grt_regime *out)
{
	g->el2 = r->kind == REGIME_EL2;
	*out = (struct grt_regime){
		.half = r->upper ? GRT_REGIME_UPPER : GRT_REGIME_LOWER,
		.kind = r->kind == REGIME_EL2	   ? GRT_REGIME_EL2
			: r->kind == REGIME_STAGE2 ? GRT_REGIME_STAGE2
						   : GRT_REGIME_ANY_ASID,
		.hpd = r->hpd,
	};
}

/* Arm counts from the root down to level 3, and with five levels from -1. */
int entry_level_name(const struct tree *t, unsigned int level)
{
	(void)t;
	return 3 - (int)level;
}

/* ---- entries ---- */

u64 entry_key(const struct grt_geometry *g, unsigned int level, pte_t pte)
{
	(void)level;
	return pte.val & ~(pte_phys_mask(g) | PTE_CONT | PTE_TABLE);
}

const char *entry_fault(const struct tree *t, unsigned int level, pte_t pte)
{
	const bool table = pte_is_table(&t->g, level, pte);

	if (!table && !pte_is_leaf(&t->g, level, pte))
		return level ? "no block can be at this level" : "reserved at the last level";
	if ((table ? pte_table_phys(&t->g, pte) : pte_bits_phys(&t->g, pte)) >> t->g.pa_bits)
		return "beyond the regime's physical addresses";
	return NULL;
}

static const char *const devices[] = { "device-nGnRnE", "device-nGnRE", "device-nGRE",
				       "device-GRE" };

static const char *policy(unsigned int half)
{
	static const char *const policies[] = { "wt-transient", "wb-transient", "write-through",
						"write-back" };

	return half == 4 ? "non-cacheable" : policies[half >> 2];
}

static void two_words(const char *outer, const char *inner, char buf[48])
{
	snprintf(buf, 48, "%s%s%s", outer, outer == inner ? "" : "/", outer == inner ? "" : inner);
}

/* A field of MAIR_ELx (D23.2, "MAIR_EL1"): hints of where to allocate are left out. */
static void mair_words(unsigned int type, char buf[48])
{
	if (!(type >> 4))
		snprintf(buf, 48, "%s%s%s", devices[type >> 2 & 3], type & 1 ? "-nXS" : "",
			 type & 2 ? "-reserved" : "");
	else if (type == 0xf0)
		strcpy(buf, "write-back-tagged");
	else if (type == 0x40)
		strcpy(buf, "non-cacheable-nXS");
	else if (type == 0xa0)
		strcpy(buf, "write-through-nXS");
	else if (!(type & 15))
		snprintf(buf, 48, "reserved-%02x", type);
	else
		two_words(policy(type >> 4), policy(type & 15), buf);
}

/* MemAttr, D8.6.5 and, with FWB, D8.6.6. */
static void stage2_words(bool fwb, unsigned int attr, char buf[48])
{
	static const char *const forced[] = { "reserved", "non-cacheable", "write-back",
					      "as-stage1" };
	static const char *const normal[] = { "reserved", "non-cacheable", "write-through",
					      "write-back" };
	const char *outer = normal[attr >> 2], *inner = normal[attr & 3];

	if (fwb && attr & 8)
		strcpy(buf, "reserved");
	else if (fwb && attr & 4)
		strcpy(buf, forced[attr & 3]);
	else if (!(attr >> 2))
		strcpy(buf, devices[attr & 3]);
	else
		two_words(outer, inner, buf);
}

static void memory_words(const struct regime *r, u64 e, char buf[48])
{
	unsigned int index = (unsigned int)(e >> PTE_ATTRINDX_SHIFT & 7);

	if (r->kind == REGIME_STAGE2)
		stage2_words(r->shape.fwb, (unsigned int)(e >> 2 & 15), buf);
	else if (r->has_mair)
		mair_words((unsigned int)(r->mair >> 8 * index & 0xff), buf);
	else
		snprintf(buf, 48, "attr%u", index);
}

static void put(char perm[4], bool r, bool w, bool x)
{
	perm[0] = r ? 'r' : '-';
	perm[1] = w ? 'w' : '-';
	perm[2] = x ? 'x' : '-';
	perm[3] = '\0';
}

/* What @e, with what tables add, permits to the more privileged level and to EL0 (D8.4.1). */
static void permissions(const struct regime *r, u64 e, struct words *w)
{
	/* Where hardware manages dirty state a clean page can be written. */
	bool write = !(e & PTE_AP_RO) || (r->hd && e & PTE_DBM), el0 = e & PTE_AP_EL0;
	const unsigned int xn = (unsigned int)(e >> 53 & 3);

	switch (r->kind) {
	case REGIME_EL2:
		put(w->kernel, true, write, !(e & PTE_UXN) && !(r->wxn && write));
		put(w->user, false, false, false);
		break;
	case REGIME_STAGE2: /* S2AP, and XN of FEAT_XNX */
		write = e & PTE_AP_RO || (r->hd && e & PTE_DBM);
		put(w->kernel, el0, write, xn == 0 || xn == 3);
		put(w->user, el0, write, xn == 0 || xn == 1);
		break;
	default:
		/* What EL0 can write, no one above executes. */
		put(w->kernel, true, write,
		    !(e & PTE_PXN) && !(el0 && write) && !(r->wxn && write));
		put(w->user, el0, el0 && write, !(e & PTE_UXN) && !(r->wxn && el0 && write));
	}
}

static void state_words(const struct tree *t, u64 e, struct words *w)
{
	static const char *const share[] = { "non-shareable", "sh-reserved", "outer-shareable",
					     "inner-shareable" };
	const bool clean = t->regime->kind == REGIME_STAGE2 ? !(e & PTE_AP_RO) : e & PTE_AP_RO;

	if (t->g.format != GEOMETRY_FORMAT_LPA2)
		words_add(w, "%s", share[SH(e)]);
	if (!(e & PTE_AF))
		words_add(w, "old");
	if (e & PTE_DBM)
		words_add(w, clean ? "dbm-clean" : "dbm-dirty");
}

void entry_describe(const struct tree *t, const struct item *item, struct words *w)
{
	const u64 e = item->entry,
		  limited = item->limits ? pte_limit(pte_make(e), item->limits).val : e;
	const enum regime_kind kind = t->regime->kind;

	*w = (struct words){ .kernel = "" };
	permissions(t->regime, limited, w);
	memory_words(t->regime, e, w->memory);
	if (kind == REGIME_EL2 || (kind != REGIME_STAGE2 && !(e & PTE_NG)))
		words_add(w, "global");
	state_words(t, e, w);
	if (kind != REGIME_STAGE2 && limited & PTE_NS)
		words_add(w, "ns");
	if (kind != REGIME_STAGE2 && e & PTE_GP)
		words_add(w, "guarded");
	if (item->level && e & PTE_NT)
		words_add(w, "nT");
	if (e & PTE_SOFT_MASK)
		words_add(w, "soft=%llu", (unsigned long long)(e & PTE_SOFT_MASK) >> 55);
	if (e >> 59)
		words_add(w, "bits63:59=0x%llx", (unsigned long long)(e >> 59));
}
