// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "mm/split_policy.h"

static u32 mode; /* an enum split_mode */

enum split_mode split_mode(void)
{
	return (enum split_mode)__atomic_load_n(&mode, __ATOMIC_RELAXED);
}

void split_mode_set(enum split_mode to)
{
	__atomic_store_n(&mode, (u32)to, __ATOMIC_RELAXED);
}

const char *split_mode_name(enum split_mode m)
{
	static const char *const names[] = {
		[SPLIT_LIVE] = "live",
		[SPLIT_PAGES] = "pages",
		[SPLIT_RESERVE] = "reserve",
	};

	return names[m];
}
