// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* See docs/porting.md. Nothing here but the public headers and the library. */
#include "examples/embed.h"

/* ---- a provider of table pages: front to back out of one piece of memory ---- */

static grt_phys_t take_table(struct grt_pgtable *pt)
{
	struct space *s = pt->ctx;
	const struct grt_mem_range *tables = &s->machine->tables;
	grt_phys_t table = s->next_table;

	if (table - tables->start >= tables->size)
		return GRT_PHYS_NONE;
	s->next_table += grt_geometry_page_size(pt->g);
	return table;
}

static void give_back_table(struct grt_pgtable *pt, grt_phys_t table)
{
	struct space *s = pt->ctx;

	if (table + grt_geometry_page_size(pt->g) == s->next_table)
		s->next_table = table;
}

static uint64_t *access_table(const struct grt_pgtable *pt, grt_phys_t table)
{
	const struct space *s = pt->ctx;

	return (uint64_t *)(table + s->machine->offset);
}

static const struct grt_pgtable_ops tables_in_one_piece = {
	.alloc = take_table,
	.free = give_back_table,
	.map = access_table,
};

/* ---- the address space ---- */

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t greatest(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static int plan(struct space *s, const struct machine *m)
{
	struct grt_layout_input in = {
		.g = &s->g,
		.memory = m->memory,
		.image_pa = m->image.start,
		.image_size = m->image.size,
		.text_end = m->text_size, /* the rest is data, constants included */
		.rodata_end = m->text_size,
		.image_align = 0x10000,
		.struct_page_size = 32,
	};

	return grt_layout_plan(&in, &s->layout);
}

static int map_image(struct space *s, const struct grt_mem_range *image, uint64_t text)
{
	grt_virt_t va = image->start + s->layout.kernel_offset;
	int err = grt_map(&s->pt, va, image->start, text, GRT_ATTR_KERNEL_RX);

	if (err)
		return err;
	return grt_map(&s->pt, va + text, image->start + text, image->size - text,
		       GRT_ATTR_KERNEL_RW);
}

/* [start, end) of one bank, in parts where the alias of the text begins and ends. */
static int map_bank(struct space *s, grt_phys_t start, grt_phys_t end,
		    const struct grt_mem_range *text)
{
	grt_phys_t edge[4] = { start, text->start, text->start + text->size, end };

	for (unsigned int i = 0; i < 3; i++) {
		grt_phys_t from = least(greatest(edge[i], start), end);
		grt_phys_t to = least(greatest(edge[i + 1], start), end);
		grt_attr_t attr = i == 1 ? GRT_ATTR_KERNEL_RO : GRT_ATTR_KERNEL_RW;
		int err = 0;

		if (from < to)
			err = grt_map(&s->pt, from + s->layout.linear_offset, from, to - from,
				      attr);
		if (err)
			return err;
	}
	return 0;
}

int embed_build(struct space *s, const struct machine *m)
{
	struct grt_mem_range text = { m->image.start, m->text_size };
	const struct grt_pgtable_config config = {
		.g = &s->g,
		.caps = m->caps,
		.regime = { .half = GRT_REGIME_UPPER },
		.ops = &tables_in_one_piece,
		.ctx = s,
	};
	int err = grt_geometry_init(&s->g, m->page_shift, m->va_bits, m->caps);

	if (!err)
		err = plan(s, m);
	if (err)
		return err;
	s->machine = m;
	s->next_table = m->tables.start;
	err = grt_pgtable_init(&s->pt, &config);
	if (!err)
		err = map_image(s, &m->image, m->text_size);
	for (unsigned int i = 0; i < m->memory.nr && !err; i++) {
		const struct grt_mem_range *bank = &m->memory.ranges[i];

		err = map_bank(s, bank->start, bank->start + bank->size, &text);
	}
	return err;
}
