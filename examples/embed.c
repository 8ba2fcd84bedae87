// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* See docs/porting.md. Nothing here but the public headers and the library. */
#include "examples/embed.h"

/* ---- a provider of table pages: front to back out of one piece of memory ---- */

static phys_addr_t take_table(struct pgtable *pt)
{
	struct space *s = pt->ctx;
	const struct mem_range *tables = &s->machine->tables;
	phys_addr_t table = s->next_table;

	if (table - tables->start >= tables->size)
		return PHYS_NONE;
	s->next_table += geometry_page_size(pt->g);
	return table;
}

static void give_back_table(struct pgtable *pt, phys_addr_t table)
{
	struct space *s = pt->ctx;

	if (table + geometry_page_size(pt->g) == s->next_table)
		s->next_table = table;
}

static u64 *access_table(const struct pgtable *pt, phys_addr_t table)
{
	const struct space *s = pt->ctx;

	return (u64 *)(table + s->machine->offset);
}

static const struct pgtable_ops tables_in_one_piece = {
	.alloc = take_table,
	.free = give_back_table,
	.map = access_table,
};

/* ---- the address space ---- */

static int plan(struct space *s, const struct machine *m)
{
	struct layout_input in = {
		.g = &s->g,
		.memory = m->memory,
		.image_pa = m->image.start,
		.image_size = m->image.size,
		.text_end = m->text_size, /* the rest is data, constants included */
		.rodata_end = m->text_size,
		.image_align = KIB(64),
		.struct_page_size = 32,
	};

	return layout_plan(&in, &s->layout);
}

static int map_image(struct space *s, const struct mem_range *image, u64 text)
{
	virt_addr_t va = image->start + s->layout.kernel_offset;
	int err = pgtable_map(&s->pt, va, image->start, text, PGATTR_KERNEL_RX);

	if (err)
		return err;
	return pgtable_map(&s->pt, va + text, image->start + text, image->size - text,
			   PGATTR_KERNEL_RW);
}

/* [start, end) of one bank, in parts where the alias of the text begins and ends. */
static int map_bank(struct space *s, phys_addr_t start, phys_addr_t end,
		    const struct mem_range *text)
{
	phys_addr_t edge[4] = { start, text->start, text->start + text->size, end };

	for (unsigned int i = 0; i < 3; i++) {
		phys_addr_t from = min_u64(max_u64(edge[i], start), end);
		phys_addr_t to = min_u64(max_u64(edge[i + 1], start), end);
		pgattr_t attr = i == 1 ? PGATTR_KERNEL_RO : PGATTR_KERNEL_RW;
		int err = 0;

		if (from < to)
			err = pgtable_map(&s->pt, from + s->layout.linear_offset, from, to - from,
					  attr);
		if (err)
			return err;
	}
	return 0;
}

int embed_build(struct space *s, const struct machine *m)
{
	struct mem_range text = { m->image.start, m->text_size };
	const struct pgtable_config config = {
		.g = &s->g,
		.caps = m->caps,
		.regime = { .half = REGIME_UPPER },
		.ops = &tables_in_one_piece,
		.ctx = s,
	};
	int err = geometry_init(&s->g, m->page_shift, m->va_bits, m->caps);

	if (!err)
		err = plan(s, m);
	if (err)
		return err;
	s->machine = m;
	s->next_table = m->tables.start;
	err = pgtable_init(&s->pt, &config);
	if (!err)
		err = map_image(s, &m->image, m->text_size);
	for (unsigned int i = 0; i < m->memory.nr && !err; i++) {
		const struct mem_range *bank = &m->memory.ranges[i];

		err = map_bank(s, bank->start, bank->start + bank->size, &text);
	}
	return err;
}
