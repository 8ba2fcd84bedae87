// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Any bytes as operations on the model, with allocations that fail: no rule is broken, no failure shows. */
/* with: model */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "model/machine.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

#define MAX_OPERATIONS 64
#define MAX_TABLES 200
#define BYTES 6 /* of an operation */

static struct machine m;
static struct grt_tlb_batch batch;

/* All leaves of the tree in one number. */
static int add_leaf(const struct grt_leaf *leaf, void *arg)
{
	u64 *sum = arg, words[] = { leaf->va, leaf->size, leaf->pa, leaf->attr, leaf->contiguous };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		*sum = (*sum ^ words[i]) * 0x100000001b3ULL + 1;
	return 0;
}

static u64 checksum(void)
{
	grt_virt_t start = grt_geometry_upper_start(&m.g);
	u64 sum = m.pt.tables;

	grt_walk(&m.pt, start, 0 - start, add_leaf, &sum);
	return sum;
}

/* On or beside a boundary of some level, in the topmost part of the half. */
static void range_of(const u8 *b, grt_virt_t *va, u64 *size)
{
	unsigned int shift = m.g.page_shift;
	u64 block = grt_geometry_level_size(&m.g, 1) >> shift, unit = b[0] & 1 ? block : 16;
	u64 end = BIT(64 - shift), start = end - 6 * block;

	start += (u64)(b[1] % 96) * unit % (6 * block) + (b[0] >> 1 & 3);
	*va = start << shift;
	*size = (1 + (u64)(b[2] & 31) * (b[0] & 8 ? block : b[0] & 16 ? 16 : 1)) << shift;
	if (*size >> shift > end - start)
		*size = (end - start) << shift;
}

static int run(const u8 *b)
{
	static const grt_attr_t attr[] = { GRT_ATTR_KERNEL_RW, GRT_ATTR_KERNEL_RO,
					   GRT_ATTR_KERNEL_RX, GRT_ATTR_READ | GRT_ATTR_USER };
	grt_virt_t va;
	u64 size;

	range_of(b + 1, &va, &size);
	switch (*b & 7) {
	case 0:
	case 1:
		return grt_map(&m.pt, va, (va & (BIT(36) - 1)) + (b[5] & 1 ? KIB(64) : 0), size,
			       attr[b[4] & 3] | (b[4] & 4 ? GRT_MAP_PAGES_ONLY : 0));
	case 2:
		return grt_unmap(&m.pt, va, size);
	case 3:
		return grt_protect(&m.pt, va, size, b[4] & GRT_ATTR_WRITE, ~b[4] & GRT_ATTR_WRITE);
	case 4:
		if (b[4] & 2) /* hide, or show again */
			return grt_protect(&m.pt, va, size, b[4] & GRT_ATTR_READ,
					   ~b[4] & GRT_ATTR_READ);
		return grt_protect(&m.pt, va, size, 0, GRT_ATTR_GLOBAL);
	case 5:
		return grt_split(&m.pt, va);
	case 6:
		return grt_collapse(&m.pt, va, size, GRT_EXTENT_INSIDE);
	default:
		if (!m.pt.batch) /* which is one CPU's */
			model_cpu(m.model, b[4] & 1);
		return 0;
	}
}

static void operation(const u8 *b)
{
	u64 before = checksum();
	bool collapse = (*b & 7) == 6; /* has kept what it did so far */

	if (*b & 8 && !m.pt.batch)
		grt_batch_begin(&m.pt, &batch);
	m.fail_at = *b >> 5;
	if (run(b) && !collapse && checksum() != before)
		abort();
	m.fail_at = 0;
	if (*b & 16 && m.pt.batch)
		grt_batch_commit(&m.pt);
	machine_claim(&m);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct machine_spec spec = { .nr_cpus = 2, .ext = 7 };
	const struct grt_geometry_choice *c;

	if (size < 1 + BYTES)
		return 0;
	c = &grt_geometry_choices[(*data & 15) % grt_geometry_nr_choices];
	spec.page_shift = c->page_shift;
	spec.va_bits = c->va_bits;
	spec.maps_tables = *data & 16;
	memset(spec.bbm, *data >> 6, sizeof(spec.bbm));
	if (machine_init(&m, &spec))
		abort();
	m.limit = MAX_TABLES;
	machine_boot(&m);
	for (size_t at = 1; at + BYTES <= size && at < MAX_OPERATIONS * BYTES; at += BYTES)
		operation(data + at);
	if (m.pt.batch)
		grt_batch_commit(&m.pt);
	machine_claim(&m);
	if (model_reports(m.model)) {
		model_print(stderr, m.model);
		abort();
	}
	machine_done(&m);
	return 0;
}
