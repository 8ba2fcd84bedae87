// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The kernel command line: words, a table of the ones that are known, and a parser for each kind of
 * value. A parser says what is wrong with a value, or stores it.
 */
#include <graticule/geometry.h>
#include <asm/arch.h>
#include "base/string.h"
#include "kernel/cmdline.h"

/* A word without its quotes; no value that makes sense is longer. */
#define WORD_MAX 80
#define STRESS_MAX_SECONDS 86400

typedef const char *(*parse_fn)(const char *value, struct boot_options *opts);

static const char *parse_number(const char *s, u64 *out)
{
	unsigned int base = 10, digit;
	u64 x = 0;

	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
		base = 16;
		s += 2;
	}
	*out = 0;
	if (!*s)
		return NULL;
	for (;; s++) {
		if (*s >= '0' && *s <= '9')
			digit = (unsigned int)(*s - '0');
		else if (base == 16 && (*s | 0x20) >= 'a' && (*s | 0x20) <= 'f')
			digit = (unsigned int)((*s | 0x20) - 'a') + 10;
		else
			break;
		if (x > (~0ULL - digit) / base)
			return NULL;
		x = x * base + digit;
	}
	*out = x;
	return s;
}

/* "512M": a number and at most one of K, M, G, T. */
static bool parse_size(const char *s, u64 *out)
{
	const char *start = s, *suffix;
	unsigned int shift = 0;
	u64 x;

	s = parse_number(s, &x);
	if (!s || s == start)
		return false;
	if (*s) {
		for (suffix = "kmgt"; *suffix && *suffix != (*s | 0x20); suffix++)
			shift += 10;
		if (!*suffix || s[1])
			return false;
		shift += 10;
	}
	if (x > ~0ULL >> shift)
		return false;
	*out = x << shift;
	return true;
}

static const char *parse_pagesize(const char *value, struct boot_options *opts)
{
	unsigned int i;
	u64 size;

	if (!parse_size(value, &size))
		return "not a size";
	for (i = 0; i < grt_geometry_nr_choices; i++) {
		if (size == BIT(grt_geometry_choices[i].page_shift)) {
			opts->page_shift = grt_geometry_choices[i].page_shift;
			return NULL;
		}
	}
	return "no such page size";
}

static const char *parse_vabits(const char *value, struct boot_options *opts)
{
	const char *end;
	unsigned int i;
	u64 bits;

	end = parse_number(value, &bits);
	if (!end || end == value || *end)
		return "not a number";
	for (i = 0; i < grt_geometry_nr_choices; i++) {
		if (bits == grt_geometry_choices[i].va_bits) {
			opts->va_bits = grt_geometry_choices[i].va_bits;
			return NULL;
		}
	}
	return "no such width of virtual addresses";
}

static const char *parse_satp(const char *value, struct boot_options *opts)
{
	if (strncmp(value, "sv", 2))
		return "not sv39, sv48 or sv57";
	return parse_vabits(value + 2, opts) ? "not sv39, sv48 or sv57" : NULL;
}

static const char *parse_rodata(const char *value, struct boot_options *opts)
{
	if (!strcmp(value, "full"))
		opts->rodata = RODATA_FULL;
	else if (!strcmp(value, "on"))
		opts->rodata = RODATA_ON;
	else if (!strcmp(value, "off"))
		opts->rodata = RODATA_OFF;
	else
		return "not full, on or off";
	return NULL;
}

static const char *parse_report(const char *value, struct boot_options *opts)
{
	if (!strcmp(value, "json"))
		opts->report = REPORT_JSON;
	else if (!strcmp(value, "table"))
		opts->report = REPORT_TABLE;
	else if (!strcmp(value, "both"))
		opts->report = REPORT_BOTH;
	else
		return "not json, table or both";
	return NULL;
}

static const char *parse_bbm(const char *value, struct boot_options *opts)
{
	u8 level[OPTION_MAX_BBM];
	unsigned int nr = 0;

	for (;; value++) {
		if (*value < '0' || *value > '3')
			return "not levels from 0 to 3";
		if (nr == OPTION_MAX_BBM)
			return "too many levels";
		level[nr++] = (u8)(*value++ - '0');
		if (!*value)
			break;
		if (*value != ',')
			return "not levels from 0 to 3";
	}
	memcpy(opts->bbm, level, nr);
	opts->nr_bbm = (u8)nr;
	return NULL;
}

static const char *parse_mem(const char *value, struct boot_options *opts)
{
	u64 size;

	if (!parse_size(value, &size) || !size)
		return "not a size";
	opts->mem = size;
	return NULL;
}

static const char *parse_debug_pagealloc(const char *value, struct boot_options *opts)
{
	if (strcmp(value, "on") && strcmp(value, "off"))
		return "not on or off";
	opts->by_pages = !strcmp(value, "on");
	return NULL;
}

static const char *parse_stress(const char *value, struct boot_options *opts)
{
	u64 seconds;
	const char *end = parse_number(value, &seconds);

	if (!end || end == value || *end || seconds > STRESS_MAX_SECONDS)
		return "not a number of seconds";
	opts->stress = seconds;
	return NULL;
}

static const char *set_nokaslr(const char *value, struct boot_options *opts)
{
	(void)value;
	opts->nokaslr = true;
	return NULL;
}

static const char *set_nocont(const char *value, struct boot_options *opts)
{
	(void)value;
	opts->nocont = true;
	return NULL;
}

static const char *set_bench(const char *value, struct boot_options *opts)
{
	(void)value;
	opts->bench = true;
	return NULL;
}

static const char *set_nobbml2(const char *value, struct boot_options *opts)
{
	(void)value;
	return parse_bbm("0", opts);
}

static const struct option {
	const char *name;
	bool here;  /* on this architecture */
	bool value; /* name=value */
	parse_fn parse;
} options[] = {
	{ "pagesize", CMDLINE_PAGESIZE, true, parse_pagesize },
	{ "vabits", CMDLINE_VABITS, true, parse_vabits },
	{ "satp", CMDLINE_SATP, true, parse_satp },
	{ "rodata", true, true, parse_rodata },
	{ "nokaslr", true, false, set_nokaslr },
	{ "bbm", CMDLINE_BBM, true, parse_bbm },
	{ "nobbml2", CMDLINE_BBM, false, set_nobbml2 },
	{ "nocont", true, false, set_nocont },
	{ "mem", true, true, parse_mem },
	{ "report", true, true, parse_report },
	{ "stress", true, true, parse_stress },
	{ "bench", true, false, set_bench },
	{ "debug_pagealloc", true, true, parse_debug_pagealloc },
};

/* NULL, or what is wrong with a word of @len characters (WORD_MAX: too long) without its quotes. */
static const char *parse_word(const char *word, size_t len, struct boot_options *opts)
{
	const struct option *o;
	size_t name;

	for (name = 0; word[name] && word[name] != '='; name++)
		;
	for (o = options; o < options + ARRAY_SIZE(options); o++) {
		if (!o->here || strlen(o->name) != name || memcmp(o->name, word, name))
			continue;
		if (o->value != (word[name] == '='))
			return o->value ? "needs a value" : "takes no value";
		if (len == WORD_MAX)
			return "too long";
		return o->parse(word + name + o->value, opts);
	}
	return "unknown";
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

void cmdline_parse(const char *line, struct boot_options *opts,
		   void (*warn)(const char *word, size_t len, const char *why))
{
	const char *start, *why;
	char word[WORD_MAX];
	bool quoted;
	size_t len;

	for (;;) {
		while (is_space(*line))
			line++;
		if (!*line)
			return;
		len = 0;
		quoted = false;
		for (start = line; *line && (quoted || !is_space(*line)); line++) {
			if (*line == '"')
				quoted = !quoted;
			else if (len < WORD_MAX)
				word[len++] = *line;
		}
		word[len < WORD_MAX ? len : WORD_MAX - 1] = '\0';
		if (!strcmp(word, "--"))
			return; /* what follows is for the first program */
		why = parse_word(word, len, opts);
		if (why)
			warn(start, (size_t)(line - start), why);
	}
}
