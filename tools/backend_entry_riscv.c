// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* RISC-V's regimes and entries, in words (privileged specification, "Supervisor-Level ISA"). */
#include <string.h>
#include <stdio.h>
#include "tools/tree_impl.h"

#define PTE_RESERVED (BIT(59) - BIT(54)) /* 60:59 are software's with Svrsw60t59b */
#define PTE_NOT_IN_POINTERS (PTE_D | PTE_A | PTE_U)
/* T-Head C9xx, "XuanTie C910 user manual": strongly ordered, cacheable, bufferable, shareable, secure. */
#define THEAD_SO BIT(63)
#define THEAD_C BIT(62)
#define THEAD_B BIT(61)
#define THEAD_SH BIT(60)
#define THEAD_SEC BIT(59)

static const struct mode {
	const char *name;
	u8 va_bits;
	bool stage2;
} modes[] = {
	{ "sv39", 39, false },	{ "sv48", 48, false },	{ "sv57", 57, false },
	{ "sv39x4", 41, true }, { "sv48x4", 50, true }, { "sv57x4", 59, true },
};

bool entry_word(struct regime *r, const char *word)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(modes); i++)
		if (!strcmp(modes[i].name, word)) {
			r->shape.va_bits = modes[i].va_bits;
			r->shape.stage2 = modes[i].stage2;
			r->kind = modes[i].stage2 ? REGIME_STAGE2 : REGIME_EL1;
			return true;
		}
	if (!strcmp(word, "bare"))
		r->kind = REGIME_BARE;
	else if (!strcmp(word, "thead"))
		r->thead = true;
	else
		return false;
	return true;
}

const char *entry_complete(struct regime *r)
{
	const char *name = "bare";

	r->shape.page_shift = 12;
	for (unsigned int i = 0; i < ARRAY_SIZE(modes); i++)
		if (modes[i].va_bits == r->shape.va_bits)
			name = modes[i].name;
	if (!r->shape.va_bits && r->kind != REGIME_BARE)
		return "sv39, sv48, sv57, sv39x4, sv48x4, sv57x4 or bare is expected";
	snprintf(r->name, sizeof(r->name), "riscv:%s%s", name, r->thead ? ":thead" : "");
	return NULL;
}

void entry_regime(const struct regime *r, struct grt_geometry *g, struct grt_regime *out)
{
	*out = (struct grt_regime){ .half = GRT_REGIME_BOTH };
	if (r->kind == REGIME_STAGE2)
		*out = (struct grt_regime){ .half = GRT_REGIME_LOWER, .kind = GRT_REGIME_STAGE2 };
	if (r->thead) { /* where others have N and PBMT */
		g->cont_bits[0] = 0;
		g->format = 0;
	}
}

int entry_level_name(const struct tree *t, unsigned int level)
{
	(void)t;
	return (int)level;
}

u64 entry_key(const struct grt_geometry *g, unsigned int level, pte_t pte)
{
	(void)level;
	return pte.val & ~(PTE_PPN_MASK | (g->format & GEOMETRY_FORMAT_PBMT ? PTE_N : 0));
}

/* "Virtual Address Translation Process", steps 3 to 5, and the chapters on Svnapot and Svpbmt. */
const char *entry_fault(const struct tree *t, unsigned int level, pte_t pte)
{
	const bool pbmt = t->g.format & GEOMETRY_FORMAT_PBMT;

	if ((pte.val & (PTE_R | PTE_W)) == PTE_W)
		return "W without R is reserved";
	if (pte.val & PTE_RESERVED)
		return "reserved bits are set";
	if (!(pte.val & (PTE_R | PTE_W | PTE_X))) {
		if (!level)
			return "a pointer at the last level";
		if (pte.val & PTE_NOT_IN_POINTERS)
			return "D, A or U in a pointer is reserved";
		return pbmt && pte.val & (PTE_N | PTE_PBMT_MASK)
			       ? "N or PBMT in a pointer is reserved"
			       : NULL;
	}
	if (level && pte_bits_phys(&t->g, pte) & (grt_geometry_level_size(&t->g, level) - 1))
		return "a misaligned superpage";
	if (!pbmt)
		return NULL;
	if ((pte.val & PTE_PBMT_MASK) == PTE_PBMT_MASK)
		return "PBMT 3 is reserved";
	return pte.val & PTE_N && !pte_contiguous(&t->g, level, pte) ? "a reserved N encoding"
								     : NULL;
}

static const char *memory_of(const struct tree *t, u64 entry, char buf[48])
{
	static const char *const types[] = { "pma", "non-cacheable", "io", "reserved" };

	if (!t->regime->thead)
		return types[entry >> PTE_PBMT_SHIFT & 3];
	snprintf(buf, 48, "%s%s", entry & THEAD_SO ? "strongly-ordered" : "weakly-ordered",
		 entry & THEAD_C ? ",cacheable" : "");
	return buf;
}

/* A guest is a user to the G-stage, in whatever mode; else a user's page is the kernel's with SUM only. */
static void permissions(const struct tree *t, u64 entry, struct words *w)
{
	const char all[4] = { entry & PTE_R ? 'r' : '-', entry & PTE_W ? 'w' : '-',
			      entry & PTE_X ? 'x' : '-' };
	const bool user = entry & PTE_U, guest = t->regime->kind == REGIME_STAGE2;

	memcpy(w->user, user ? all : "---", 4);
	memcpy(w->kernel, user == guest && (user || !guest) ? all : "---", 4);
}

void entry_describe(const struct tree *t, const struct item *item, struct words *w)
{
	const u64 e = item->entry;
	char buf[48];

	*w = (struct words){ .kernel = "rwx", .user = "rwx", .memory = "pma" };
	if (t->regime->kind == REGIME_BARE)
		return;
	permissions(t, e, w);
	snprintf(w->memory, sizeof(w->memory), "%s", memory_of(t, e, buf));
	if ((e | item->limits) & PTE_G && t->regime->kind != REGIME_STAGE2)
		words_add(w, "global");
	if (!(e & PTE_A))
		words_add(w, "old");
	if (e & PTE_D)
		words_add(w, "dirty");
	else if (e & PTE_W)
		words_add(w, "clean");
	if (t->regime->thead) {
		if (e & THEAD_B)
			words_add(w, "bufferable");
		if (e & THEAD_SH)
			words_add(w, "shareable");
		if (e & THEAD_SEC)
			words_add(w, "secure");
	}
	if (e & PTE_SOFT_MASK)
		words_add(w, "soft=%llu", (unsigned long long)(e & PTE_SOFT_MASK) >> 8);
	if (!t->regime->thead && e >> 59 & 3)
		words_add(w, "bits60:59=%llu", (unsigned long long)(e >> 59 & 3));
}
