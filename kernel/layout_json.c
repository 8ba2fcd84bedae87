// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A layout as JSON. Addresses are hexadecimal strings; the end of a region is exclusive, so the end
 * of the address space has 65 bits.
 */
#include "base/string.h"
#include "kernel/layout_json.h"
#include "kernel/printk.h"

struct json {
	layout_put_fn put;
	void *arg;
};

const char *region_id_name(enum grt_region_id id)
{
	switch (id) {
	case GRT_REGION_GUARD:
		return "guard";
	case GRT_REGION_FIXMAP:
		return "fixmap";
	case GRT_REGION_VMEMMAP:
		return "vmemmap";
	case GRT_REGION_VMALLOC:
		return "vmalloc";
	case GRT_REGION_MODULES:
		return "modules";
	case GRT_REGION_BPF:
		return "bpf";
	case GRT_REGION_KERNEL:
		return "kernel";
	case GRT_REGION_TEXT:
		return "text";
	case GRT_REGION_RODATA:
		return "rodata";
	case GRT_REGION_DATA:
		return "data";
	case GRT_REGION_LINEAR:
		return "linear";
	default:
		return "?";
	}
}

const char *region_perm_string(u8 perm, char buf[4])
{
	if (perm & GRT_REGION_PERM_W && perm & GRT_REGION_PERM_X)
		return "rw- or r-x";
	perm_string(perm, buf);
	return buf;
}

void perm_string(u8 perm, char out[4])
{
	out[0] = perm & GRT_REGION_PERM_R ? 'r' : '-';
	out[1] = perm & GRT_REGION_PERM_W ? 'w' : '-';
	out[2] = perm & GRT_REGION_PERM_X ? 'x' : '-';
	out[3] = '\0';
}

static void json_string(const struct json *j, const char *s)
{
	j->put(j->arg, "\"", 1);
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			j->put(j->arg, "\\", 1);
		if (*s >= ' ' && *s <= '~')
			j->put(j->arg, s, 1);
		else
			format(j->put, j->arg, "\\u%04x", (u8)*s);
	}
	j->put(j->arg, "\"", 1);
}

static void json_region(const struct json *j, const struct grt_region *r)
{
	grt_virt_t end = r->start + r->size;
	char perm[4];

	format(j->put, j->arg, "{\"name\":\"%s\",\"start\":\"0x%lx\",\"end\":\"0x%s%lx\",",
	       region_id_name(r->id), r->start, end ? "" : "1000000000000000", end);
	format(j->put, j->arg, "\"size\":%lu,\"perm\":\"%s\",\"note\":", r->size,
	       region_perm_string(r->perm, perm));
	json_string(j, r->note ? r->note : "");
	j->put(j->arg, "}", 1);
}

static void json_regions(const struct json *j, const struct grt_layout *l)
{
	unsigned int i;

	format(j->put, j->arg, "\"regions\":[");
	for (i = 0; i < l->nr; i++) {
		if (i)
			j->put(j->arg, ",", 1);
		json_region(j, &l->region[i]);
	}
	format(j->put, j->arg, "]");
}

static void json_leaf(const struct json *j, const struct grt_geometry *g, enum grt_region_id id,
		      unsigned int level, bool group, u64 count)
{
	u64 size = group ? grt_geometry_group_size(g, level) : grt_geometry_level_size(g, level);

	format(j->put, j->arg,
	       "{\"region\":\"%s\",\"level\":%u,\"contiguous\":%s,\"size\":%lu,\"count\":%lu}",
	       region_id_name(id), level, group ? "true" : "false", size, count);
}

static void json_leaves(const struct json *j, const struct grt_geometry *g,
			const struct layout_leaves *leaves)
{
	unsigned int id, level, group;
	bool first = true;
	u64 count;

	format(j->put, j->arg, "\"leaves\":[");
	for (id = 0; leaves && id < GRT_REGION_NR; id++) {
		for (level = g->levels; level-- > 0;) {
			for (group = 2; group-- > 0;) {
				count = leaves->count[id][level][group];
				if (!count)
					continue;
				if (!first)
					j->put(j->arg, ",", 1);
				first = false;
				json_leaf(j, g, id, level, group, count);
			}
		}
	}
	format(j->put, j->arg, "]");
}

static void json_split(const struct json *j, const struct layout_split *s)
{
	format(j->put, j->arg, ",\"tables_saved\":%lu,\"split\":{\"mode\":\"%s\",\"tables\":%lu,",
	       s->tables_by_pages - s->tables, s->mode, s->tables);
	format(j->put, j->arg, "\"tables_by_pages\":%lu", s->tables_by_pages);
	if (s->cost) { /* which differs from one boot to the next */
		format(j->put, j->arg, ",\"reserve\":%lu,\"reserve_now\":%lu,\"refills\":%lu,",
		       s->reserve, s->reserve_now, s->refills);
		format(j->put, j->arg, "\"failures\":%lu,\"quiesces\":%lu,\"cycles\":%lu",
		       s->failures, s->quiesces, s->cycles);
	}
	j->put(j->arg, "}", 1);
}

static void json_facts(const struct json *j, const struct grt_layout *l,
		       const struct layout_facts *facts)
{
	format(j->put, j->arg, ",\"entropy\":{\"kernel\":%u,\"linear\":%u}", l->kernel_bits,
	       l->linear_bits);
	if (facts->tables)
		format(j->put, j->arg, ",\"tables\":%lu", facts->tables);
	if (facts->cpus)
		format(j->put, j->arg, ",\"cpus\":%u", facts->cpus);
	if (facts->features) {
		format(j->put, j->arg, ",\"features\":");
		json_string(j, facts->features);
	}
	if (facts->split)
		json_split(j, facts->split);
}

void layout_json(const struct grt_layout *l, const struct layout_facts *facts, layout_put_fn put,
		 void *arg)
{
	struct json j = { put, arg };
	const struct grt_geometry *g = l->g;

	format(put, arg, "{\"arch\":\"%s\",\"page_size\":%lu,\"va_bits\":%u,\"levels\":%u,",
	       facts->arch, grt_geometry_page_size(g), g->va_bits, g->levels);
	format(put, arg, "\"kernel_offset\":\"0x%lx\",\"linear_offset\":\"0x%lx\",",
	       l->kernel_offset, l->linear_offset);
	json_regions(&j, l);
	put(arg, ",", 1);
	json_leaves(&j, g, facts->leaves);
	json_facts(&j, l, facts);
	put(arg, "}", 1);
}
