// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Raw steps that both architectures have: memory, stores of entries, uses, claims. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <asm/pte.h>
#include "base/errno.h"
#include "tools/simulator/run.h"

void event_run(struct sim *sim, const struct step *s)
{
	sim->result = (int)machine_event(&sim->m, s->ev);
}

/* ---- named pages ---- */

static bool valid_name(const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)name[i]) && name[i] != '_')
			return false;
	return len && len < sizeof(((struct parser *)0)->name[0]) && isalpha((unsigned char)*name);
}

/* Return: the number of a page that has a name, or -1. */
static int find_name(const struct parser *p, const char *name, size_t len)
{
	for (unsigned int i = 0; i < p->nr_names; i++)
		if (strlen(p->name[i]) == len && !strncmp(p->name[i], name, len))
			return (int)i;
	return -1;
}

bool parser_page(struct parser *p, const char *word, unsigned int *page)
{
	int i = find_name(p, word, strlen(word));

	*page = i < 0 ? 0 : (unsigned int)i;
	return i >= 0;
}

static bool parse_name(struct parser *p, unsigned int *page)
{
	const char *word = parser_word(p);
	int i = word ? find_name(p, word, strlen(word)) : -1;

	if (!word)
		return parser_fail(p, "the name of a page from alloc");
	if (i < 0)
		return parser_fail_last(p, "the name of a page from alloc");
	*page = (unsigned int)i;
	return true;
}

static void run_alloc(struct sim *sim, const struct step *s)
{
	grt_phys_t page = machine_alloc(&sim->m);

	sim->result = page == GRT_PHYS_NONE ? -ENOMEM : 0;
	sim->page[s->a] = page;
}

static bool parse_alloc(struct parser *p, struct step *s)
{
	const char *word = parser_word(p);
	int i;

	s->run = run_alloc;
	if (!word)
		return parser_fail(p, "a name for the page");
	if (!valid_name(word, strlen(word)))
		return parser_fail_last(p, "a name of letters and digits");
	i = find_name(p, word, strlen(word));
	if (i < 0 && p->nr_names == SIM_MAX_PAGES)
		return parser_fail_last(p, "no more than 32 names");
	if (i < 0) {
		i = (int)p->nr_names++;
		snprintf(p->name[i], sizeof(p->name[i]), "%s", word);
	}
	s->a = (u64)i;
	return true;
}

static void run_free(struct sim *sim, const struct step *s)
{
	grt_phys_t page = sim->page[s->a];

	sim->result = page == GRT_PHYS_NONE ? -EINVAL : 0;
	if (page != GRT_PHYS_NONE)
		machine_free(&sim->m, page);
	sim->page[s->a] = GRT_PHYS_NONE;
}

static bool parse_free(struct parser *p, struct step *s)
{
	unsigned int page = 0;

	s->run = run_free;
	if (!parse_name(p, &page))
		return false;
	s->a = page;
	return true;
}

/* ---- what a store writes, and where ---- */

/* "word(A,B)" taken apart: @arg gets two strings, the second NULL if there is none. */
static bool call(char *word, const char *name, char *arg[2])
{
	size_t n = strlen(name), len = strlen(word);

	if (len < n + 2 || strncmp(word, name, n) || word[n] != '(' || word[len - 1] != ')')
		return false;
	word[len - 1] = '\0';
	arg[0] = word + n + 1;
	arg[1] = strchr(arg[0], ',');
	if (arg[1])
		*arg[1]++ = '\0';
	return true;
}

static bool hex(const char *s, u64 *out)
{
	char *end;

	if (!isxdigit((unsigned char)*s))
		return false;
	errno = 0;
	*out = strtoull(s, &end, 16);
	return !*end && !errno;
}

static bool level_of(const struct parser *p, const char *s, unsigned int *level)
{
	if (!s || !isdigit((unsigned char)s[0]) || s[1] || s[0] - '0' >= p->g.levels)
		return false;
	*level = (unsigned int)(s[0] - '0');
	return true;
}

/* NAME[INDEX] */
static bool page_target(struct parser *p, char *word, struct target *t)
{
	char *bracket = strchr(word, '['), *end;
	int page = bracket ? find_name(p, word, (size_t)(bracket - word)) : -1;

	if (page < 0 || !isdigit((unsigned char)bracket[1]))
		return false;
	t->at = strtoull(bracket + 1, &end, 10);
	t->kind = TARGET_PAGE;
	t->page = (unsigned int)page;
	return !strcmp(end, "]") && t->at < grt_geometry_page_size(&p->g) / 8;
}

static bool parse_target(struct parser *p, struct target *t)
{
	static const char expected[] =
		"an entry: entry(VA,LEVEL), PAGE[INDEX] or a physical address";
	char *word = (char *)parser_word(p), *arg[2];

	if (!word)
		return parser_fail(p, expected);
	if (call(word, "entry", arg)) {
		t->kind = TARGET_ENTRY;
		if (hex(arg[0], &t->at) && level_of(p, arg[1], &t->level))
			return true; /* of whichever half: the index is the same */
	} else if (strchr(word, '[') ? page_target(p, word, t)
				     : hex(word, &t->at) && is_aligned(t->at, 8) &&
					       t->at < BIT(p->g.pa_bits)) {
		return true;
	}
	return parser_fail_last(p, expected);
}

static bool leaf_value(struct parser *p, struct step *s, char *arg[2], unsigned int level,
		       bool cont)
{
	grt_attr_t attr, state = 0;
	unsigned int page;
	u64 pa = 0;
	size_t len;
	pte_t pte;

	if (arg[1] && parser_page(p, arg[0], &page)) {
		s->value.kind = TARGET_PAGE;
		s->value.page = page;
		s->value.level = level;
		s->make = MAKE_LEAF;
	} else if (!arg[1] || !hex(arg[0], &pa)) {
		return parser_fail_last(p, "leaf(PA,PERM) with a hexadecimal address or a page");
	}
	/* Behind the permissions: old, or clean. */
	for (len = strlen(arg[1]); len && strchr("oc", arg[1][len - 1]); len--)
		state |= arg[1][len - 1] == 'o' ? GRT_MAP_OLD : GRT_MAP_CLEAN;
	if (!parser_attr(p, arg[1], len, true, &attr))
		return false;
	attr |= state;
	pte = pte_leaf(&p->g, level, pa, attr);
	s->c = (cont ? pte_mkcont(pte) : pte).val;
	s->set = attr;
	s->d = cont && pte_group_identical() ? 0 : pte_leaf_step(&p->g, level);
	return true;
}

/* Which level a leaf is made for: the target's, or the one behind "level=". */
static bool parse_value(struct parser *p, struct step *s)
{
	static const char expected[] =
		"a value: invalid, leaf(PA,PERM), group(PA,PERM), table(PAGE) or a hexadecimal number";
	char *word = (char *)parser_word(p), *arg[2];
	unsigned int level = s->target.kind == TARGET_ENTRY ? s->target.level : 0;
	const char *option;
	int page;

	if (!word)
		return parser_fail(p, expected);
	option = parser_option(p, "level=");
	if (option && !level_of(p, option, &level))
		return parser_fail_last(p, "level= and a level, 0 for pages");
	s->value.kind = TARGET_PA;
	if (call(word, "leaf", arg))
		return leaf_value(p, s, arg, level, false);
	if (call(word, "group", arg))
		return leaf_value(p, s, arg, level, true);
	if (call(word, "table", arg)) {
		page = find_name(p, arg[0], strlen(arg[0]));
		s->value.kind = TARGET_PAGE;
		s->value.page = page < 0 ? 0 : (unsigned int)page;
		if (page < 0)
			return parser_fail_last(p, "table(PAGE) with a page from alloc");
		return !arg[1] || table_says(arg[1], &s->c) || parser_fail_last(p, table_words);
	}
	s->c = 0;
	s->d = 0;
	return !strcmp(word, "invalid") || hex(word, &s->c) || parser_fail_last(p, expected);
}

/* ---- roots ---- */

static void run_root(struct sim *sim, const struct step *s)
{
	struct model_event ev = s->ev;

	sim->result = -EINVAL;
	if (s->value.kind == TARGET_PAGE && sim->page[s->value.page] == GRT_PHYS_NONE)
		return;
	if (s->flag)
		ev.addr = sim->m.pt.root;
	else if (s->value.kind == TARGET_PAGE)
		ev.addr = sim->page[s->value.page];
	sim->result = 0;
	machine_event(&sim->m, ev);
}

bool parser_root(struct parser *p, struct step *s, const char *none)
{
	const char *word = parser_peek(p);

	s->run = run_root;
	s->ev.kind = MODEL_ROOT;
	s->ev.addr = GRT_PHYS_NONE;
	if (parser_accept(p, none))
		return true;
	s->flag = parser_accept(p, "kernel");
	if (s->flag)
		return true;
	if (!word || !parser_page(p, word, &s->value.page)) {
		static const char expected[] =
			"a root: a page from alloc, kernel, or the address of a page";

		return parser_hex(p, &s->ev.addr, expected) &&
		       ((is_aligned(s->ev.addr, grt_geometry_page_size(&p->g)) &&
			 s->ev.addr < BIT(p->g.pa_bits)) ||
			parser_fail_last(p, expected));
	}
	s->value.kind = TARGET_PAGE;
	p->next++;
	return true;
}

/* The address of the entry of @level that translates @va, or GRT_PHYS_NONE where no table has one. */
static grt_phys_t find_entry(const struct sim *sim, grt_virt_t va, unsigned int level)
{
	const struct grt_geometry *g = &sim->m.g;
	grt_phys_t table = sim->m.pt.root;

	for (unsigned int l = grt_geometry_root_level(g);; l--) {
		grt_phys_t at = table + 8ULL * grt_geometry_index(g, l, va);
		pte_t pte = pte_make(model_word(sim->m.model, at));

		if (l == level)
			return at;
		if (!pte_is_table(g, l, pte))
			return GRT_PHYS_NONE;
		table = pte_table_phys(g, pte);
	}
}

static grt_phys_t resolve(const struct sim *sim, const struct target *t)
{
	switch (t->kind) {
	case TARGET_PAGE:
		return sim->page[t->page] == GRT_PHYS_NONE ? GRT_PHYS_NONE
							   : sim->page[t->page] + 8 * t->at;
	case TARGET_ENTRY:
		return find_entry(sim, t->at, t->level);
	default:
		return t->at;
	}
}

static pte_t page_entry(const struct sim *sim, const struct step *s)
{
	grt_phys_t page = sim->page[s->value.page];

	if (s->make == MAKE_TABLE)
		return pte_make(pte_table(&sim->m.g, page).val | s->c);
	return pte_leaf(&sim->m.g, s->value.level, page, s->set);
}

static void run_store(struct sim *sim, const struct step *s)
{
	grt_phys_t at = resolve(sim, &s->target);
	struct model_event ev = s->ev;

	sim->result = -EINVAL;
	if (s->value.kind == TARGET_PAGE) {
		if (sim->page[s->value.page] == GRT_PHYS_NONE)
			return;
		ev.val = page_entry(sim, s).val;
		ev.step = 0;
	} else {
		ev.val = s->c;
		ev.step = s->d;
	}
	if (at == GRT_PHYS_NONE || (at & (grt_geometry_page_size(&sim->m.g) - 1)) + 8 * s->b >
					   grt_geometry_page_size(&sim->m.g))
		return;
	sim->result = 0;
	sim->raw = true;
	ev.addr = at;
	machine_event(&sim->m, ev);
}

static bool parse_store(struct parser *p, struct step *s)
{
	s->run = run_store;
	s->ev.kind = MODEL_STORE;
	s->b = 1;
	return parse_target(p, &s->target) && parse_value(p, s);
}

/* In one step with what hardware writes. */
static bool parse_swap(struct parser *p, struct step *s)
{
	s->ev.op = 1;
	return parse_store(p, s);
}

static bool parse_fill(struct parser *p, struct step *s)
{
	s->run = run_store;
	s->ev.kind = MODEL_FILL;
	if (!parse_target(p, &s->target) ||
	    !parser_number(p, &s->b, grt_geometry_page_size(&p->g) / 8, "a number of entries"))
		return false;
	s->ev.count = s->b;
	if (!s->b)
		return parser_fail_last(p, "a number of entries");
	return parse_value(p, s);
}

/* ---- what the rest of the kernel does ---- */

static bool parse_access(struct parser *p, unsigned int *access, bool several)
{
	const char *word = parser_word(p);

	*access = 0;
	for (; word && *word; word++) {
		*access |= *word == 'r'	  ? MODEL_READ
			   : *word == 'w' ? MODEL_WRITE
			   : *word == 'x' ? MODEL_EXEC
					  : 0x80U;
		if (!several && word[1])
			*access = 0x80;
	}
	if (!word)
		return parser_fail(p, "r, w or x");
	return !(*access & 0x80) || parser_fail_last(p, several ? "letters of r w x" : "r, w or x");
}

static bool parse_use(struct parser *p, struct step *s)
{
	s->run = event_run;
	s->ev.kind = MODEL_USE;
	return parser_address(p, &s->ev.val) && parse_access(p, &s->ev.op, false);
}

static bool parse_claim(struct parser *p, struct step *s)
{
	s->run = event_run;
	s->ev.kind = MODEL_CLAIM;
	return !parser_peek(p) || parser_range(p, &s->ev.val, &s->ev.count);
}

static void run_always(struct sim *sim, const struct step *s)
{
	model_always_live(sim->m.model, s->a, s->b, s->ev.op);
}

static bool parse_always(struct parser *p, struct step *s)
{
	s->run = run_always;
	return parser_range(p, &s->a, &s->b) && parse_access(p, &s->ev.op, true);
}

static bool parse_reset(struct parser *p, struct step *s)
{
	(void)p;
	s->run = event_run;
	s->ev.kind = MODEL_RESET;
	return true;
}

static bool parse_park(struct parser *p, struct step *s)
{
	(void)p;
	s->run = event_run;
	s->ev.kind = MODEL_PARK;
	return true;
}

static bool parse_resume(struct parser *p, struct step *s)
{
	(void)p;
	s->run = event_run;
	s->ev.kind = MODEL_RESUME;
	return true;
}

static void run_online(struct sim *sim, const struct step *s)
{
	unsigned int cpu = model_this_cpu(sim->m.model);

	if (s->ev.val)
		sim->m.domain.online[0] |= BIT(cpu);
	else
		sim->m.domain.online[0] &= ~BIT(cpu);
	event_run(sim, s);
}

static bool parse_online(struct parser *p, struct step *s)
{
	s->run = run_online;
	s->ev.kind = MODEL_ONLINE;
	s->ev.val = !strcmp(p->word[0], "online");
	return true;
}

const struct verb raw_verbs[] = {
	{ "copy", parse_copy },	     { "write-code", parse_write_code },
	{ "alloc", parse_alloc },    { "free", parse_free },
	{ "store", parse_store },    { "swap", parse_swap },
	{ "fill", parse_fill },	     { "use", parse_use },
	{ "claim", parse_claim },    { "always-live", parse_always },
	{ "reset", parse_reset },    { "park", parse_park },
	{ "resume", parse_resume },  { "online", parse_online },
	{ "offline", parse_online }, { NULL, NULL },
};
