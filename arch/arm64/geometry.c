// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The shapes of arm64 translation: three granules, ten layouts (Arm ARM D8.2). */
#include <graticule/asm/caps.h>
#include <graticule/geometry.h>
#include <asm/pte.h>
#include "base/errno.h"

const struct grt_geometry_choice grt_geometry_choices[] = {
	{ 12, 39, "4k/39" },  { 12, 48, "4k/48" },  { 12, 52, "4k/52" },  { 14, 36, "16k/36" },
	{ 14, 47, "16k/47" }, { 14, 48, "16k/48" }, { 14, 52, "16k/52" }, { 16, 42, "64k/42" },
	{ 16, 48, "64k/48" }, { 16, 52, "64k/52" },
};
const unsigned int grt_geometry_nr_choices = ARRAY_SIZE(grt_geometry_choices);

/* All of what layouts depend on. */
static const struct grt_mmu_caps everything = {
	.pa_bits = 52,
	.granule_4k = true,
	.granule_16k = true,
	.granule_64k = true,
	.lpa2_4k = true,
	.lpa2_16k = true,
	.lva = true,
	.cont = true,
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
	for (unsigned int i = 0; i < grt_geometry_nr_choices; i++)
		if (grt_geometry_choices[i].page_shift == page_shift &&
		    grt_geometry_choices[i].va_bits == va_bits)
			return true;
	return false;
}

static bool supported(unsigned int page_shift, unsigned int va_bits,
		      const struct grt_mmu_caps *caps)
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

/*
 * One more level of blocks: 512G and 64G with TCR_EL1.DS, 4T where physical addresses have 52 bits
 * (Arm ARM D8.3.1, descriptor formats of each granule).
 */
static u8 leaf_levels(const struct grt_geometry *g, const struct granule *granule)
{
	unsigned int levels = granule->block_levels;

	if (g->format == GEOMETRY_FORMAT_LPA2 ||
	    (g->format == GEOMETRY_FORMAT_LPA && g->pa_bits == 52))
		levels |= levels << 1;
	return (u8)(levels & (BIT(g->levels) - 1));
}

static const struct grt_entry_codes codes_el2 = {
	.types = PTE_TYPES,
	.access = PTE_ACCESS_EL2,
	.limits = PTE_NS_TABLE | PTE_AP_TABLE_RO |
		  PTE_UXN_TABLE, /* PXNTable and APTable[0] are reserved */
	.global = 1,
};

static const struct grt_entry_codes codes_stage2 = {
	.types = PTE_TYPES_STAGE2,
	.access = PTE_ACCESS_STAGE2,
};

/* What the regime is, whatever its memory types. HPDn turns permissions of tables off (D8.4.2). */
static void regime_codes(struct grt_entry_codes *c, const struct grt_geometry *g,
			 const struct grt_regime *r)
{
	*c = r->kind == GRT_REGIME_EL2	    ? codes_el2
	     : r->kind == GRT_REGIME_STAGE2 ? codes_stage2
					    : CODES_OWN;
	c->memory = CODES_OWN.memory;
	if (g->stage2 == GEOMETRY_STAGE2_FWB)
		c->types = PTE_TYPES_FWB;
	if (r->hpd)
		c->limits &= PTE_NS_TABLE;
}

bool pte_codes(struct grt_entry_codes *c, const struct grt_geometry *g, const struct grt_regime *r)
{
	const struct grt_regime_memory *m = &r->memory;
	const struct memory_type {
		u8 index;
		grt_attr_t attr;
	} types[] = {
		{ m->normal, GRT_ATTR_NORMAL },
		{ m->noncached, GRT_ATTR_NONCACHED },
		{ m->device, GRT_ATTR_DEVICE },
		{ m->device_nGnRE, GRT_ATTR_DEVICE_nGnRE },
	};
	const u64 other = GRT_ATTR_OTHER >> GRT_ATTR_MEM_SHIFT;

	regime_codes(c, g, r);
	if (!m->set)
		return true;
	if (g->stage2)
		return false; /* it has no MAIR */
	c->memory = 0x11111111 * GRT_MEMORY_NO_CODE;
	c->types = 0x1111111111111111 * other;
	for (const struct memory_type *t = types; t < types + ARRAY_SIZE(types); t++) {
		u64 type = t->attr >> GRT_ATTR_MEM_SHIFT, at = t->index * 4U;

		if (t->index == GRT_REGIME_NO_INDEX)
			continue;
		if (t->index > 7 || (c->types >> at & 7) != other)
			return false;
		c->types ^= (other ^ type) << at | (other ^ type) << (at + 32);
		c->memory = (c->memory & ~(15U << type * 4)) | (u32)t->index << type * 4;
	}
	return true;
}

/* One page size only, where the image is built so. */
static bool built_for(unsigned int page_shift)
{
#ifdef GRT_PAGE_SHIFT
	return page_shift == GRT_PAGE_SHIFT;
#else
	(void)page_shift;
	return true;
#endif
}

/* T0SZ is at most 48, or 47 with pages of 64 KiB; addresses of more than 48 bits need DS, or these pages. */
static bool width_exists(const struct grt_geometry_shape *s)
{
	unsigned int max = s->ds || s->page_shift == 16 ? 52 : 48;

	return s->va_bits >= (s->page_shift == 16 ? 17 : 16) && s->va_bits <= max &&
	       !(s->ds && s->page_shift == 16) && !(s->fwb && !s->stage2) &&
	       (!s->pa_bits || s->pa_bits >= 32);
}

/* Bits that the root translates; 0: no such start level (Arm ARM D8.2, "The initial lookup level"). */
static unsigned int root_bits(const struct grt_geometry_shape *s, unsigned int levels)
{
	unsigned int index_bits = s->page_shift - 3U,
		     below = s->page_shift + (levels - 1) * index_bits;

	/* Level 0 with pages of 16 KiB is stage 1's, or needs DS. */
	if (below >= s->va_bits || (s->stage2 && s->page_shift == 14 && levels == 4 && !s->ds))
		return 0;
	return s->va_bits - below <= index_bits + (s->stage2 ? 4 : 0) ? s->va_bits - below : 0;
}

int grt_geometry_init_shape(struct grt_geometry *g, const struct grt_geometry_shape *shape)
{
	const struct granule *granule = find_granule(shape->page_shift);
	unsigned int levels = shape->levels ? shape->levels : 1;

	if (!granule || !width_exists(shape))
		return -EINVAL;
	while (!shape->levels && levels < GRT_GEOMETRY_MAX_LEVELS && !root_bits(shape, levels))
		levels++;
	if (levels > GRT_GEOMETRY_MAX_LEVELS || !root_bits(shape, levels))
		return -EINVAL;
	if (!built_for(shape->page_shift))
		return -EOPNOTSUPP;
	*g = (struct grt_geometry){
		.page_shift = shape->page_shift,
		.va_bits = shape->va_bits,
		.upper_bits = shape->va_bits, /* TTBR1_EL1's half is a tree of its own */
		.levels = (u8)levels,
		.format = shape->page_shift == 16 ? GEOMETRY_FORMAT_LPA
			  : shape->ds		  ? GEOMETRY_FORMAT_LPA2
						  : GEOMETRY_FORMAT_48,
		.stage2 = shape->stage2 ? shape->fwb ? GEOMETRY_STAGE2_FWB : GEOMETRY_STAGE2 : 0,
	};
	g->pa_bits = g->format == GEOMETRY_FORMAT_48 ? 48 : 52;
	if (shape->pa_bits)
		g->pa_bits = (u8)min_u64(shape->pa_bits, g->pa_bits);
	g->format_mask = pte_format_mask(g);
	g->root_bits = (u8)root_bits(shape, levels);
	g->root_shift = (u8)(g->va_bits - g->root_bits);
	g->leaf_levels = leaf_levels(g, granule);
	for (unsigned int i = 0; i < ARRAY_SIZE(granule->cont_bits); i++)
		g->cont_bits[i] = i < levels ? granule->cont_bits[i] : 0;
	return 0;
}

/* TCR_EL1.DS is set only for the 52-bit layouts: it takes the shareability out of the entries. */
int grt_geometry_init(struct grt_geometry *g, unsigned int page_shift, unsigned int va_bits,
		      const struct grt_mmu_caps *caps)
{
	const struct grt_geometry_shape shape = {
		.page_shift = (u8)page_shift,
		.va_bits = (u8)va_bits,
		.pa_bits = caps ? caps->pa_bits : 0,
		.ds = va_bits == 52 && page_shift != 16,
	};
	int err;

	if (!caps)
		caps = &everything;
	if (!known(page_shift, va_bits))
		return -EINVAL;
	if (!supported(page_shift, va_bits, caps))
		return -EOPNOTSUPP;
	err = grt_geometry_init_shape(g, &shape);
	for (unsigned int i = 0; !err && !caps->cont && i < GRT_GEOMETRY_MAX_LEVELS; i++)
		g->cont_bits[i] = 0;
	return err;
}
