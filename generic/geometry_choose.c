// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Which geometry to boot with. */
#include <graticule/geometry.h>
#include <graticule/layout.h>
#include <backend/layout_rules.h>
#include "base/errno.h"

/* How far a geometry is from what is wanted: lexicographic, smaller is better. */
struct fitness {
	unsigned int page;
	unsigned int va;
	bool too_small;
};

/* Distance in steps of two, so that of two equally near values the smaller wins. */
static unsigned int distance(unsigned int want, unsigned int have)
{
	if (!want || want == have)
		return 0;
	return have < want ? 2 * (want - have) - 1 : 2 * (have - want);
}

static bool better(const struct fitness *a, const struct fitness *b)
{
	if (a->page != b->page)
		return a->page < b->page;
	if (a->va != b->va)
		return a->va < b->va;
	return a->too_small < b->too_small;
}

/* Is the image built for this page size? */
static bool configured(unsigned int page_shift)
{
#ifdef GRT_PAGE_SHIFT
	return page_shift == GRT_PAGE_SHIFT;
#else
	(void)page_shift;
	return true;
#endif
}

static const char *explain(const struct fitness *f, unsigned int want_page_shift,
			   unsigned int want_va_bits)
{
	struct grt_geometry g;
	unsigned int i;

	if (f->page)
		return configured(want_page_shift) ? "the CPU lacks this page size"
						   : "this image is built for one page size";
	if (!f->va)
		return NULL;
	for (i = 0; i < arch_geometry_nr_preferences; i++) {
		const struct geometry_preference *p = &arch_geometry_preference[i];

		if (p->va_bits == want_va_bits &&
		    (!want_page_shift || p->page_shift == want_page_shift) &&
		    !grt_geometry_init(&g, p->page_shift, p->va_bits, NULL))
			return "the CPU lacks this width of virtual addresses";
	}
	return "there is no such width of virtual addresses with this page size";
}

int grt_geometry_choose(unsigned int want_page_shift, unsigned int want_va_bits,
			const struct grt_mmu_caps *caps, const struct grt_memory_map *memory,
			struct grt_geometry *g, const char **note)
{
	struct fitness best = { 0 };
	bool found = false;
	unsigned int i;

	*note = NULL;
	for (i = 0; i < arch_geometry_nr_preferences; i++) {
		const struct geometry_preference *p = &arch_geometry_preference[i];
		struct grt_geometry candidate;
		struct fitness f;

		if (!configured(p->page_shift) ||
		    grt_geometry_init(&candidate, p->page_shift, p->va_bits, caps))
			continue;
		f.page = distance(want_page_shift, p->page_shift);
		f.va = distance(want_va_bits, p->va_bits);
		f.too_small = memory && !grt_layout_memory_fits(&candidate, memory);
		if (found && !better(&f, &best))
			continue;
		found = true;
		best = f;
		*g = candidate;
		if (!f.page && !f.va && !f.too_small)
			break;
	}
	if (!found)
		return -EOPNOTSUPP;
	*note = explain(&best, want_page_shift, want_va_bits);
	return 0;
}
