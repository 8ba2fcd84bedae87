// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Raw steps that are about the contents of memory, and of the caches. */
#include <stdio.h>
#include "base/errno.h"
#include "tools/simulator/sim.h"

static void run_page(struct sim *sim, const struct step *s)
{
	struct model_event ev = s->ev;

	ev.addr = sim->page[s->value.page];
	ev.count = grt_geometry_page_size(&sim->m.g);
	sim->result = ev.addr == GRT_PHYS_NONE ? -EINVAL : 0;
	if (!sim->result)
		machine_event(&sim->m, ev);
}

#define MAX_SIZE MIB(16) /* it is looked at page by page */

static bool parse_part(struct parser *p, struct step *s)
{
	s->run = event_run;
	return parser_range(p, &s->ev.val, &s->ev.count) &&
	       (s->ev.count <= MAX_SIZE || parser_fail_last(p, "a size of at most 16M"));
}

bool parse_cached(struct parser *p, struct step *s, enum model_cache op)
{
	s->ev.kind = MODEL_CACHE;
	s->ev.op = op;
	if (parser_peek(p) && parser_page(p, parser_peek(p), &s->value.page)) {
		p->next++;
		s->run = run_page;
		return true;
	}
	s->ev.mask = 1;
	return parse_part(p, s);
}

bool parse_code(struct parser *p, struct step *s, enum model_kind kind)
{
	s->ev.kind = kind;
	return parse_part(p, s);
}

/* write-code [VA SIZE] */
bool parse_write_code(struct parser *p, struct step *s)
{
	s->run = event_run;
	s->ev.kind = MODEL_WRITE_CODE;
	return !parser_peek(p) || parse_code(p, s, MODEL_WRITE_CODE);
}

/* copy FROM TO SIZE */
bool parse_copy(struct parser *p, struct step *s)
{
	static const char expected[] = "a hexadecimal physical address";

	s->run = event_run;
	s->ev.kind = MODEL_COPY;
	return parser_hex(p, &s->ev.val, expected) && parser_hex(p, &s->ev.addr, expected) &&
	       parser_size(p, &s->ev.count);
}
