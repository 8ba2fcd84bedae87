// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Scripts: lines into words, words into steps. Nothing here ends the program: fuzzers run it. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tools/simulator/sim.h"

/* The whole of the next word as it was written, also where it has been taken apart. */
static const char *written(const struct parser *p)
{
	const char *word = parser_peek(p), *w;

	if (!word)
		return "end of line";
	w = p->words + (word - p->text);
	while (w > p->words && w[-1] && w[-1] != ' ' && w[-1] != '\t')
		w--;
	return w;
}

bool parser_fail(struct parser *p, const char *expected)
{
	p->error->line = p->line;
	snprintf(p->error->word, sizeof(p->error->word), "%s", written(p));
	snprintf(p->error->expected, sizeof(p->error->expected), "%s", expected);
	return false;
}

bool parser_fail_last(struct parser *p, const char *expected)
{
	p->next--;
	return parser_fail(p, expected);
}

const char *parser_peek(const struct parser *p)
{
	return p->next < p->nr ? p->word[p->next] : NULL;
}

const char *parser_word(struct parser *p)
{
	return p->next < p->nr ? p->word[p->next++] : NULL;
}

bool parser_accept(struct parser *p, const char *word)
{
	const char *next = parser_peek(p);

	if (!next || strcmp(next, word))
		return false;
	p->next++;
	return true;
}

const char *parser_option(struct parser *p, const char *key)
{
	const char *next = parser_peek(p);

	if (!next || strncmp(next, key, strlen(key)))
		return NULL;
	p->next++;
	return next + strlen(key);
}

/* ---- numbers ---- */

/* @base 0: decimal, or hexadecimal behind 0x. Blanks and signs, which strtoull() takes, are none. */
static bool number(const char *s, int base, u64 *out, const char **end)
{
	bool prefix = s[0] == '0' && (s[1] | 0x20) == 'x';
	char *e;

	if (!isxdigit((unsigned char)s[0]) || (prefix && !isxdigit((unsigned char)s[2])))
		return false;
	errno = 0;
	*out = strtoull(s, &e, base ? base : prefix ? 16 : 10);
	*end = e;
	return !errno && e != s;
}

bool parser_hex(struct parser *p, u64 *out, const char *expected)
{
	const char *word = parser_word(p), *end;

	if (!word)
		return parser_fail(p, expected);
	if (!number(word, 16, out, &end) || *end)
		return parser_fail_last(p, expected);
	return true;
}

bool parser_number(struct parser *p, u64 *out, u64 max, const char *expected)
{
	const char *word = parser_word(p), *end;

	if (!word)
		return parser_fail(p, expected);
	if (!number(word, 0, out, &end) || *end || *out > max)
		return parser_fail_last(p, expected);
	return true;
}

bool parser_size(struct parser *p, u64 *out)
{
	static const char expected[] = "a size (a number with K, M, G or T)";
	static const char units[] = "kmgt";
	const char *word = parser_word(p), *end, *unit;
	unsigned int shift = 0;

	if (!word)
		return parser_fail(p, expected);
	if (!number(word, 0, out, &end))
		return parser_fail_last(p, expected);
	if (*end) {
		unit = strchr(units, tolower((unsigned char)*end));
		if (!unit || end[1])
			return parser_fail_last(p, expected);
		shift = 10 * (unsigned int)(unit - units + 1);
	}
	if (*out > ~0ULL >> shift)
		return parser_fail_last(p, expected);
	*out <<= shift;
	return true;
}

bool parser_range(struct parser *p, u64 *va, u64 *size)
{
	if (!parser_address(p, va) || !parser_size(p, size))
		return false;
	return (*size && *size - 1 <= ~0ULL - *va) ||
	       parser_fail_last(p, "a size that is not 0 and ends within the address space");
}

static bool in_memory(const struct grt_memory_map *memory, grt_phys_t pa)
{
	for (unsigned int i = 0; i < memory->nr; i++)
		if (pa - memory->ranges[i].start < memory->ranges[i].size)
			return true;
	return false;
}

/* linear(PA) */
static bool linear(struct parser *p, const char *word, u64 *out)
{
	const char *end;

	if (!p->req->memory.nr)
		return parser_fail_last(p, "an address; linear() needs --memory");
	if (!number(word + strlen("linear("), 16, out, &end) || strcmp(end, ")"))
		return parser_fail_last(p, "linear(PA) with a hexadecimal address");
	if (!in_memory(&p->req->memory, *out))
		return parser_fail_last(p, "linear(PA) with PA in the memory of --memory");
	*out += p->req->linear_offset;
	return true;
}

/* One tree, one half: the other one's root is not there. */
static bool check_half(struct parser *p, u64 va)
{
	bool upper = va >= grt_geometry_upper_start(&p->g);

	if (!machine_halves(&p->g) || (!upper && va >> p->g.va_bits))
		return true; /* for the operation to refuse */
	if (p->half == (upper ? HALF_LOWER : HALF_UPPER))
		return parser_fail_last(p, "an address of the same half as those before");
	p->half = upper ? HALF_UPPER : HALF_LOWER;
	return true;
}

bool parser_address(struct parser *p, u64 *out)
{
	const char *word = parser_peek(p);

	if (word && !strncmp(word, "linear(", strlen("linear("))) {
		p->next++;
		return linear(p, word, out);
	}
	return parser_hex(p, out, "a hexadecimal address or linear(PA)") && check_half(p, *out);
}

bool parser_attr(struct parser *p, const char *letters, size_t len, bool memory, grt_attr_t *out)
{
	static const struct {
		char letter;
		grt_attr_t attr;
	} all[] = {
		{ 'r', GRT_ATTR_READ },	     { 'w', GRT_ATTR_WRITE },  { 'x', GRT_ATTR_EXEC },
		{ 'u', GRT_ATTR_USER },	     { 'g', GRT_ATTR_GLOBAL }, { 'd', GRT_ATTR_DEVICE },
		{ 'n', GRT_ATTR_NONCACHED },
	};
	size_t known = memory ? ARRAY_SIZE(all) : ARRAY_SIZE(all) - 2, j;

	*out = 0;
	for (size_t i = 0; i < len; i++) {
		for (j = 0; j < known && all[j].letter != letters[i]; j++)
			;
		if (j == known)
			return parser_fail_last(p, memory ? "letters of r w x u g d n"
							  : "letters of r w x u g");
		*out |= all[j].attr;
	}
	return true;
}

/* ---- lines ---- */

static const struct verb *find_verb(const char *word)
{
	const struct verb *const tables[] = { op_verbs, check_verbs, arch_verbs, raw_verbs };

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		for (const struct verb *v = tables[i]; v->word; v++)
			if (!strcmp(v->word, word))
				return v;
	return NULL;
}

static bool split_words(struct parser *p)
{
	char *save, *word;

	p->nr = 0;
	p->next = 0;
	for (word = strtok_r(p->text, " \t\r", &save); word;
	     word = strtok_r(NULL, " \t\r", &save)) {
		if (p->nr == SIM_MAX_WORDS) {
			p->next = p->nr - 1;
			memcpy(p->words, p->text, sizeof(p->text));
			return parser_fail(p, "fewer words");
		}
		p->word[p->nr++] = word;
	}
	memcpy(p->words, p->text, sizeof(p->text));
	return true;
}

static bool parse_words(struct parser *p, struct step *step)
{
	const struct verb *verb = find_verb(p->word[0]);

	if (!verb)
		return parser_fail(
			p, "a step: map, unmap, protect, split, collapse, assert, dump ...");
	p->next = 1;
	if (!verb->parse(p, step))
		return false;
	if (p->next < p->nr)
		return parser_fail(p, "the end of the line");
	return true;
}

/* One line of @len bytes. Return: false if it is malformed; @step->run stays NULL for an empty one. */
static bool parse_line(struct parser *p, const char *s, size_t len, struct step *step)
{
	const char *comment = memchr(s, '#', len);

	if (comment)
		len = (size_t)(comment - s);
	if (len >= sizeof(p->text)) {
		p->nr = 0;
		p->error->line = p->line;
		snprintf(p->error->word, sizeof(p->error->word), "%.16s...", s);
		snprintf(p->error->expected, sizeof(p->error->expected),
			 "a line of less than %d bytes", SIM_MAX_LINE);
		return false;
	}
	memcpy(p->text, s, len);
	p->text[len] = '\0';
	while (len && isspace((unsigned char)p->text[len - 1]))
		p->text[--len] = '\0';
	step->text = strdup(p->text + strspn(p->text, " \t"));
	if (!step->text)
		abort();
	for (char *c = step->text; *c;
	     c++) /* a step is shown as it is: each of its words is a known one */
		if (*c == '\t' || *c == '\r')
			*c = ' ';
	step->line = p->line;
	step->ev.site =
		(struct model_site){ .file = p->req->name, .func = "", .line = (int)p->line };
	return split_words(p) && (!p->nr || parse_words(p, step));
}

static struct step *grow(struct step *steps, size_t nr)
{
	if (nr & (nr - 1)) /* room for the next power of two */
		return steps;
	steps = realloc(steps, (nr ? 2 * nr : 1) * sizeof(*steps));
	if (!steps)
		abort();
	return steps;
}

struct step *script_parse(const struct sim_request *req, const struct grt_geometry *g, size_t *nr,
			  bool *lower, struct sim_error *error)
{
	struct parser p = {
		.req = req, .g = *g, .error = error, .half = req->memory.nr ? HALF_UPPER : HALF_ANY
	};
	struct step *steps = grow(NULL, 0);
	const char *s = req->script, *end;

	for (*nr = 0; *s; s = *end ? end + 1 : end) {
		struct step *step = &steps[*nr];

		end = s + strcspn(s, "\n");
		p.line++;
		memset(step, 0, sizeof(*step));
		if (p.line > SIM_MAX_LINES) {
			p.nr = 0;
			parser_fail(&p, "a script of at most 1048576 lines");
			script_free(steps, *nr);
			return NULL;
		}
		if (!parse_line(&p, s, (size_t)(end - s), step)) {
			free(step->text);
			script_free(steps, *nr);
			return NULL;
		}
		if (!step->run) {
			free(step->text);
			continue;
		}
		++*nr;
		steps = grow(steps, *nr);
	}
	*lower = p.half == HALF_LOWER;
	return steps;
}

void script_free(struct step *step, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		free(step[i].text);
	free(step);
}
