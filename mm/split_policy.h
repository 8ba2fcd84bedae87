/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How the linear map meets a request for another permission of a part of a block.
 *
 * Decided on the boot CPU before the linear map is made, and once more for each CPU that comes up:
 *
 *	boot CPU splits live, and so do all others	SPLIT_LIVE
 *	boot CPU splits live, a later CPU does not	SPLIT_PAGES, from the repaint on
 *	boot CPU does not				SPLIT_RESERVE
 *	debug_pagealloc=on				SPLIT_PAGES from the start
 */
#ifndef MM_SPLIT_POLICY_H
#define MM_SPLIT_POLICY_H

#include "base/types.h"

/**
 * enum split_mode - what the linear map is made of
 * @SPLIT_LIVE: the largest leaves; split while every CPU runs
 * @SPLIT_PAGES: single pages, no groups: nothing is ever split
 * @SPLIT_RESERVE: the largest leaves, never split live; a part of it in single pages, for memory whose
 *	permissions change, which grows by splits under quiesce (mm/quiesced.h)
 */
enum split_mode { SPLIT_LIVE, SPLIT_PAGES, SPLIT_RESERVE };

/** split_mode() - the mode now. SPLIT_LIVE can become one of the others while CPUs come up. */
enum split_mode split_mode(void);

/** split_mode_set() - decide: the boot CPU, before the linear map is made and while CPUs come up. */
void split_mode_set(enum split_mode mode);

/** split_mode_name() - "live", "pages", "reserve". */
const char *split_mode_name(enum split_mode mode);

#endif
