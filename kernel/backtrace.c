// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Frame records are a list on the stack: each has the frame pointer of the caller, and where to return to.
 * What the list leaves out is a function that has made no record, or not yet, or has taken it down: its
 * caller is in the return-address register only.
 */
#include <asm/unwind.h>
#include "kernel/backtrace.h"

struct frame_record {
	grt_virt_t fp;
	grt_virt_t ra;
};

struct walk {
	const struct backtrace_from *from;
	struct address_span stack; /* where the records are, from here on */
	struct backtrace_entry *entry;
	unsigned int nr;
	unsigned int max;
};

static bool within(const struct address_span *s, grt_virt_t va, u64 size)
{
	return va >= s->start && va < s->end && size <= s->end - va;
}

static bool in_text(const struct walk *w, grt_virt_t va)
{
	return within(&w->from->text, va, 1);
}

static void add(struct walk *w, grt_virt_t address, bool guess)
{
	if (w->nr < w->max)
		w->entry[w->nr++] = (struct backtrace_entry){ address, guess };
}

static void add_call(struct walk *w, grt_virt_t ra, bool guess)
{
	if (in_text(w, ra - CALL_BACK))
		add(w, ra - CALL_BACK, guess);
}

/* The record of the frame that @fp points to, or NULL. What comes after it is higher. */
static const struct frame_record *record_at(struct walk *w, grt_virt_t fp)
{
	grt_virt_t at = fp + FRAME_RECORD;

	if (fp % FRAME_ALIGN || !within(&w->stack, at, sizeof(struct frame_record)))
		return NULL;
	w->stack.start = at + sizeof(struct frame_record);
	return (const struct frame_record *)(uintptr_t)at;
}

static const struct frame_record *first_record(struct walk *w)
{
	const struct frame_record *r = NULL;
	unsigned int i;

	for (i = 0; i < BACKTRACE_STACKS && !r; i++) {
		w->stack = w->from->stack[i];
		r = record_at(w, w->from->fp);
	}
	return r;
}

/*
 * May the innermost function be one without a record, so that @r is its caller's? Not if the register has
 * what the record has, or what the last call left that the function itself made. Whoever called the
 * function called its first instruction: of two calls, the one whose target is nearer before the pc.
 */
static bool may_lack_record(const struct walk *w, const struct frame_record *r)
{
	grt_virt_t text = w->from->text.start, pc = w->from->pc;
	grt_virt_t by_record, by_register;

	if (w->from->ra == r->ra || !in_text(w, w->from->ra - CALL_BACK))
		return false;
	by_record = call_target(r->ra, text);
	by_register = call_target(w->from->ra, text);
	if (by_register > pc)
		return false;
	return !by_record || !by_register || by_record > pc || by_record < by_register;
}

/* Between the pc and the first record. Returns the record that the list goes on with. */
static const struct frame_record *innermost(struct walk *w)
{
	const struct frame_record *r = first_record(w);
	struct address_span above = w->stack;

	if (!r || !in_text(w, w->from->pc)) { /* a wild jump left its origin in the register */
		add_call(w, w->from->ra, in_text(w, w->from->pc));
		return r;
	}
	if (!in_text(w, r->ra - CALL_BACK)) {
		/* gcc has leaves save the frame pointer alone, where others have the return address. */
		bool leaf =
			!(r->ra % FRAME_ALIGN) && within(&above, r->ra + FRAME_RECORD, sizeof(*r));

		add_call(w, w->from->ra, !leaf);
		return leaf ? record_at(w, r->ra) : NULL;
	}
	if (may_lack_record(w, r))
		add_call(w, w->from->ra, true);
	return r;
}

unsigned int backtrace_walk(const struct backtrace_from *from, struct backtrace_entry *entry,
			    unsigned int max)
{
	struct walk w = { .from = from, .entry = entry, .max = max };
	const struct frame_record *r;

	add(&w, from->pc, false);
	for (r = innermost(&w); r && w.nr < max; r = record_at(&w, r->fp)) {
		if (!in_text(&w, r->ra - CALL_BACK))
			break;
		add_call(&w, r->ra, false);
	}
	return w.nr;
}
