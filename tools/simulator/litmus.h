/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A script as questions to Arm's formal model (herd7): what happens to one page, from one claim of completion
 * to the next, and what an access may then find. docs/litmus.md says what is asked and what can't be.
 */
#ifndef TOOLS_SIMULATOR_LITMUS_H
#define TOOLS_SIMULATOR_LITMUS_H

#include "model/model_internal.h"
#include "tools/simulator/run.h"

/** struct litmus_change - the entry that one page is translated by; 0: none is. */
struct litmus_change {
	grt_virt_t va;
	u64 was;
	u64 now;
};

/**
 * struct litmus_step - an event that pages are affected by
 * @first: its changes in struct litmus, @nr of them
 * @rule: the first rule that it broke, MODEL_NONE: none
 */
struct litmus_step {
	struct model_event ev;
	unsigned int line;
	size_t first;
	size_t nr;
	enum model_rule rule;
};

/**
 * struct litmus - a run as it is seen
 * @reports: of the model, that were told before the last step
 * @refused: why it can't be said, and which step; @rule: that is broken, if that is why
 */
struct litmus {
	struct litmus_step *step;
	size_t nr;
	struct litmus_change *change;
	size_t nr_changes;
	unsigned int reports;
	const char *refused;
	unsigned int refused_line;
	enum model_rule rule;
};

/** struct litmus_event - a step as one page sees it. A store: @val is the page's entry from then on. */
struct litmus_event {
	struct model_event ev;
	unsigned int line;
	u64 val;
};

/**
 * struct litmus_page - one page between two claims
 * @initial: its entry at the beginning
 * @judged: the event that broke @rule, or the last one
 * @stale: if that was a claim: CPUs that could still use something else than the entry
 * @hidden: likewise, and no read or write shows it
 */
struct litmus_page {
	const struct sim *sim;
	grt_virt_t va;
	u64 initial;
	struct litmus_event *event;
	size_t nr;
	size_t judged;
	enum model_rule rule;
	u8 stale;
	u8 hidden;
};

/** litmus_watch() - an event, before the model gets it. */
void litmus_watch(struct litmus *l, struct model *m, const struct model_event *ev,
		  unsigned int line);
/** litmus_watched() - the model has had the last event. */
void litmus_watched(struct litmus *l, const struct model *m);

/**
 * litmus_export() - all questions of a run
 * @req: what the pages are judged with, each alone: a machine like the one that ran
 *
 * Return: false if @l->refused.
 */
bool litmus_export(struct litmus *l, struct sim *sim, const struct sim_request *req);
void litmus_free(struct litmus *l);

/** litmus_refuse() - the script can't be said, for the breach of @rule or not. Return: false. */
bool litmus_refuse(struct litmus *l, unsigned int line, const char *why, enum model_rule rule);

/**
 * litmus_judge() - what the model says of a page alone: fills in @page->judged and @page->rule
 *
 * Return: false if the address is none of the tree's.
 */
bool litmus_judge(struct litmus_page *page, const struct sim_request *req);

/** litmus_add() - a question in words, unless another page has asked just that. */
void litmus_add(struct sim *sim, unsigned int line, const char *what, char *text);

/* ---- one of each architecture: litmus_arm64.c, litmus_riscv.c ---- */

/** litmus_arch_refuses() - why an event can't be said at all, or NULL. */
const char *litmus_arch_refuses(const struct model *m, const struct model_event *ev);
/** litmus_arch_concerns() - may an invalidation remove what is cached of a page's entries? */
bool litmus_arch_concerns(const struct model *m, const struct model_event *ev, grt_virt_t va,
			  const struct model_entry *entry);
/** litmus_arch_ask() - the questions about a page. Return: NULL, or why they can't be asked. */
const char *litmus_arch_ask(struct sim *sim, const struct litmus_page *page);

#endif
