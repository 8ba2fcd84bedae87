// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Regimes in words: ARCH:WORD[:WORD...], in any order after the architecture. */
#include <stdlib.h>
#include <string.h>
#include "tools/backend.h"
#include "tools/options.h"
#include "tools/tree.h"
#include "tools/util.h"

const struct tree_ops *regime_parse(struct regime *r, const char *arch, const char *text,
				    const char *place)
{
	const struct backend *b = find_backend(text, strcspn(text, ":"));
	char *words, *word, *save;
	const char *error;

	*r = (struct regime){ .kind = REGIME_EL1 };
	if (b && arch && strcmp(b->name, arch) != 0)
		die(place, "the source is of %s", arch);
	if (b)
		text += strcspn(text, ":");
	else if (arch)
		b = find_backend(arch, strlen(arch));
	if (!b)
		die(place, "begins with neither riscv nor arm64, and nothing else says which");
	words = xprintf("%s", text);
	for (word = strtok_r(words, ":", &save); word; word = strtok_r(NULL, ":", &save)) {
		if (!strcmp(word, "d128"))
			die(place, "128-bit entries (FEAT_D128) are not supported");
		if (!b->tree->word(r, word))
			die(place, "%s has no word \"%s\"", b->name, word);
	}
	free(words);
	error = b->tree->complete(r);
	if (error)
		die(place, "%s", error);
	return b->tree;
}
