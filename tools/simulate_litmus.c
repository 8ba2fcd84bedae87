// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A script's litmus tests, one file each. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "tools/simulate.h"
#include "tools/util.h"

#define MAX_BASE 48

/* The script's own name as herd7 takes one: letters, digits, _ and -, a letter first. */
static void base_name(const char *script, char base[MAX_BASE + 1])
{
	const char *s = strrchr(script, '/');
	size_t len, n = 0;

	s = !strcmp(script, "-") ? "stdin" : s ? s + 1 : script;
	len = strlen(s);
	if (len > 4 && !strcmp(s + len - 4, ".sim"))
		len -= 4;
	if (!len || !isalpha((unsigned char)*s))
		base[n++] = 's';
	for (size_t i = 0; i < len && n < MAX_BASE; i++)
		base[n++] = isalnum((unsigned char)s[i]) || s[i] == '-' ? s[i] : '_';
	base[n] = '\0';
}

/* How many tests before the n-th ask the same of the same line. */
static unsigned int same_before(const struct sim_outcome *out, size_t n)
{
	unsigned int same = 0;

	for (size_t i = 0; i < n; i++)
		same += out->litmus[i].line == out->litmus[n].line &&
			!strcmp(out->litmus[i].what, out->litmus[n].what);
	return same;
}

static char *test_name(const char *base, const struct sim_outcome *out, size_t n)
{
	const struct sim_litmus *l = &out->litmus[n];
	unsigned int same = same_before(out, n);

	if (same)
		return xprintf("%s-%u-%s-%u", base, l->line, l->what, same + 1);
	return xprintf("%s-%u-%s", base, l->line, l->what);
}

static void write_test(const char *path, const struct sim_litmus *l)
{
	FILE *f = fopen(path, "w");

	if (!f)
		die(path, "%s", strerror(errno));
	fprintf(f, "AArch64 %s\n", l->name);
	if (l->pages > 1)
		fprintf(f, "Pages=%u\n", l->pages);
	fputs(l->text, f);
	if (ferror(f) | fclose(f)) {
		remove(path);
		die(path, "can't be written");
	}
}

static bool is_dir(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

/* Each is written under another name first, so that none is there in part. */
void simulate_litmus(const char *dir, const char *script, struct sim_outcome *out)
{
	char base[MAX_BASE + 1];

	if (mkdir(dir, 0777) && (errno != EEXIST || !is_dir(dir)))
		die(xprintf("--litmus %s", dir), "%s", strerror(errno));
	base_name(script, base);
	for (size_t n = 0; n < out->nr_litmus; n++) {
		struct sim_litmus *l = &out->litmus[n];
		char *path, *new;

		l->name = test_name(base, out, n);
		path = xprintf("%s/%s.litmus", dir, l->name);
		new = xprintf("%s.new", path);
		write_test(new, l);
		if (rename(new, path)) {
			remove(new);
			die(path, "%s", strerror(errno));
		}
		free(new);
		free(path);
	}
}
