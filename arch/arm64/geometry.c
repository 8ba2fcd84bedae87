// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The shapes of arm64 translation: three granules, ten layouts (Arm ARM D8.2). */
#include <graticule/asm/caps.h>
#include <graticule/geometry.h>
#include <asm/pte.h>
#include "base/errno.h"

const struct geometry_choice geometry_choices[] = {
	{ 12, 39, "4k/39" },  { 12, 48, "4k/48" },  { 12, 52, "4k/52" },  { 14, 36, "16k/36" },
	{ 14, 47, "16k/47" }, { 14, 48, "16k/48" }, { 14, 52, "16k/52" }, { 16, 42, "64k/42" },
	{ 16, 48, "64k/48" }, { 16, 52, "64k/52" },
};
const unsigned int geometry_nr_choices = ARRAY_SIZE(geometry_choices);

static const struct mmu_caps everything = {
	.pa_bits = 52,
	.granule_4k = true,
	.granule_16k = true,
	.granule_64k = true,
	.lpa2_4k = true,
	.lpa2_16k = true,
	.lva = true,
	.cont = true,
	.bbm = 3,
	.tlb_range = true,
	.hafdbs = 2,
	.asid_16 = true,
};

/* Contiguous groups by level, log2 of the entries (Arm ARM D8.7.1). */
struct granule {
	u8 page_shift;
	u8 block_levels; /* levels that may hold a block whatever the address sizes */
	u8 cont_bits[3];
};

static const struct granule granules[] = {
	{ 12, BIT(0) | BIT(1) | BIT(2), { 4, 4, 4 } }, /* 64K, 32M, 16G */
	{ 14, BIT(0) | BIT(1), { 7, 5, 0 } },	       /* 2M, 1G */
	{ 16, BIT(0) | BIT(1), { 5, 5, 0 } },	       /* 2M, 16G */
};

static const struct granule *find_granule(unsigned int page_shift)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(granules); i++)
		if (granules[i].page_shift == page_shift)
			return &granules[i];
	return NULL;
}

static bool known(unsigned int page_shift, unsigned int va_bits)
{
	for (unsigned int i = 0; i < geometry_nr_choices; i++)
		if (geometry_choices[i].page_shift == page_shift &&
		    geometry_choices[i].va_bits == va_bits)
			return true;
	return false;
}

static bool supported(unsigned int page_shift, unsigned int va_bits, const struct mmu_caps *caps)
{
	bool large = va_bits == 52;

	switch (page_shift) {
	case 12:
		return caps->granule_4k && (!large || caps->lpa2_4k);
	case 14:
		return caps->granule_16k && (!large || caps->lpa2_16k);
	default:
		return caps->granule_64k && (!large || caps->lva);
	}
}

/* TCR_EL1.DS is set only for the 52-bit layouts: it takes the shareability out of the entries. */
static u8 entry_format(unsigned int page_shift, unsigned int va_bits)
{
	if (page_shift == 16)
		return GEOMETRY_FORMAT_LPA;
	return va_bits == 52 ? GEOMETRY_FORMAT_LPA2 : GEOMETRY_FORMAT_48;
}

/*
 * One more level of blocks: 512G and 64G with TCR_EL1.DS, 4T where physical addresses have 52 bits
 * (Arm ARM D8.3.1, descriptor formats of each granule).
 */
static u8 leaf_levels(const struct geometry *g, const struct granule *granule)
{
	unsigned int levels = granule->block_levels;

	if (g->format == GEOMETRY_FORMAT_LPA2 ||
	    (g->format == GEOMETRY_FORMAT_LPA && g->pa_bits == 52))
		levels |= levels << 1;
	return (u8)(levels & (BIT(g->levels) - 1));
}

bool pte_memory_codes(struct memory_codes *c, const struct regime_memory *m)
{
	const struct memory_type {
		u8 index;
		pgattr_t attr;
	} types[] = {
		{ m->normal, PGATTR_NORMAL },
		{ m->noncached, PGATTR_NONCACHED },
		{ m->device, PGATTR_DEVICE },
		{ m->device_nGnRE, PGATTR_DEVICE_nGnRE },
	};
	const u32 none = 0x11111111;

	*c = MEMORY_OWN;
	if (!m->set)
		return true;
	*c = (struct memory_codes){ none * MEMORY_NO_CODE,
				    none * (PGATTR_OTHER >> PGATTR_MEM_SHIFT) };
	for (const struct memory_type *t = types; t < types + ARRAY_SIZE(types); t++) {
		u32 type = (u32)(t->attr >> PGATTR_MEM_SHIFT), at = t->index * 4U;

		if (t->index == REGIME_NO_INDEX)
			continue;
		if (t->index > 7 || (c->types >> at & 7) != PGATTR_OTHER >> PGATTR_MEM_SHIFT)
			return false;
		c->types = (c->types & ~(15U << at)) | type << at;
		c->codes = (c->codes & ~(15U << type * 4)) | (u32)t->index << type * 4;
	}
	return true;
}

int geometry_init(struct geometry *g, unsigned int page_shift, unsigned int va_bits,
		  const struct mmu_caps *caps)
{
	const struct granule *granule = find_granule(page_shift);
	unsigned int index_bits = page_shift - 3, bits = va_bits - page_shift;

	if (!caps)
		caps = &everything;
	if (!granule || !known(page_shift, va_bits))
		return -EINVAL;
	if (!supported(page_shift, va_bits, caps))
		return -EOPNOTSUPP;
#ifdef CONFIG_PAGE_SHIFT
	if (page_shift != CONFIG_PAGE_SHIFT)
		return -EOPNOTSUPP;
#endif
	*g = (struct geometry){
		.page_shift = (u8)page_shift,
		.va_bits = (u8)va_bits,
		.upper_bits = (u8)va_bits, /* TTBR1_EL1's half is a tree of its own */
		.levels = (u8)((bits + index_bits - 1) / index_bits),
		.format = entry_format(page_shift, va_bits),
	};
	g->pa_bits = (u8)min_u64(caps->pa_bits, g->format == GEOMETRY_FORMAT_48 ? 48 : 52);
	g->format_mask = pte_format_mask(g);
	g->root_bits = (u8)(bits - (g->levels - 1U) * index_bits);
	g->root_shift = (u8)(va_bits - g->root_bits);
	g->leaf_levels = leaf_levels(g, granule);
	for (unsigned int i = 0; caps->cont && i < ARRAY_SIZE(granule->cont_bits); i++)
		g->cont_bits[i] = i < g->levels ? granule->cont_bits[i] : 0;
	return 0;
}
