/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A layout as JSON, streamed: one schema for the kernel's console and the host tool's --json. */
#ifndef KERNEL_LAYOUT_JSON_H
#define KERNEL_LAYOUT_JSON_H

#include <graticule/layout.h>
#include "base/types.h"

/** struct layout_leaves - by region, level, and single entries [..][0] or whole groups [..][1]. */
struct layout_leaves {
	u64 count[GRT_REGION_NR][GRT_GEOMETRY_MAX_LEVELS][2];
};

/**
 * struct layout_split - how the linear map meets changes, and what that costs
 * @mode: split_mode_name()
 * @tables: table pages of the linear map
 * @tables_by_pages: what they would be with single pages everywhere
 * @cost: leaves are not split live: the fields that follow mean something
 * @reserve: bytes of the split reserve at boot; @reserve_now: now
 * @refills: blocks that joined it; @failures: refills that were not possible
 * @quiesces: how often all other CPUs had to leave, for whatever reason; @cycles: how long, together
 */
struct layout_split {
	const char *mode;
	u64 tables;
	u64 tables_by_pages;
	bool cost;
	u64 reserve;
	u64 reserve_now;
	u64 refills;
	u64 failures;
	u64 quiesces;
	u64 cycles;
};

/**
 * struct layout_facts - what the report says beside the layout
 * @arch: "riscv", "arm64"
 * @leaves: or NULL: an empty list
 * @tables: table pages; 0: not known, left out
 * @cpus: CPUs online; 0: not known, left out
 * @features: of the MMU, in the architecture's words; NULL: left out
 * @split: NULL: left out
 */
struct layout_facts {
	const char *arch;
	const struct layout_leaves *leaves;
	u64 tables;
	unsigned int cpus;
	const char *features;
	const struct layout_split *split;
};

typedef void (*layout_put_fn)(void *arg, const char *s, size_t len);

/** region_id_name() - "linear", "vmalloc" ...; static storage. */
const char *region_id_name(enum grt_region_id id);

/** perm_string() - "rw-" of GRT_REGION_PERM_* in @out. */
void perm_string(u8 perm, char out[4]);

/** region_perm_string() - what may be mapped in a region: "rw-", made in @buf, or "rw- or r-x". */
const char *region_perm_string(u8 perm, char buf[4]);

/**
 * layout_json() - write one JSON object, without a newline
 * @put: takes the text in pieces
 */
void layout_json(const struct grt_layout *l, const struct layout_facts *facts, layout_put_fn put,
		 void *arg);

#endif
