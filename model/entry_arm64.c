// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* arm64: entries, and which of them may not be cached at once (Arm ARM D8). */
#include "model/model_internal.h"

/* ---- entries (Arm ARM D8, "Translation table descriptor formats") ---- */

#define VALID BIT(0)
#define TYPE BIT(1)
#define AF BIT(10)
#define NG BIT(11)
#define DBM BIT(51)
#define CONT BIT(52)
#define AP_EL0 BIT(6)
#define AP_RO BIT(7)
#define GP BIT(50)
#define PXN BIT(53)
#define XN BIT(54)
#define PERMISSIONS (AP_EL0 | AP_RO | GP | DBM | PXN | XN)
/* Of a table, for all below it: PXNTable, XNTable, APTable (Arm ARM D8, "Hierarchical permissions"). */
#define PXN_TABLE BIT(59)
#define XN_TABLE BIT(60)
#define AP_TABLE_EL0 BIT(61)
#define AP_TABLE_RO BIT(62)
#define NORMAL_INDEX 0
#define INNER_SHAREABLE 3

/* TCR_EL1.DS is set in the 52-bit layouts of the granules below 64K. */
static bool has_ds(const struct model *m)
{
	return m->g.va_bits == 52 && m->g.page_shift < 16;
}

static grt_phys_t output_address(const struct model *m, u64 val)
{
	unsigned int shift = m->g.page_shift;

	if (has_ds(m))
		return (val & (BIT(50) - BIT(shift))) | (val >> 8 & 3) << 50;
	if (shift == 16)
		return (val & (BIT(48) - BIT(16))) | (val >> 12 & 15) << 48;
	return val & (BIT(48) - BIT(shift));
}

/* At EL2 there is neither nG nor PXN, and AP[1] is 1: what says otherwise was made for another regime. */
static bool of_el1(u64 val)
{
	return val & (NG | PXN) || !(val & AP_EL0);
}

/* What counts for the whole tree: at EL2 there is no other level that a table could speak of. */
static u64 table_attributes(const struct model *m, u64 val)
{
	return val & (XN_TABLE | AP_TABLE_RO | (m->config.el2 ? 0 : PXN_TABLE | AP_TABLE_EL0));
}

static u64 limited(u64 val, u64 above)
{
	val |= (above & (PXN_TABLE | XN_TABLE)) >> 6;
	if (above & AP_TABLE_RO)
		val = (val | AP_RO) & ~DBM;
	return above & AP_TABLE_EL0 ? val & ~AP_EL0 : val;
}

/* Write-back, and shared with the other CPUs as all else is; where DS is set there is no field for that. */
static bool normal(const struct model *m, u64 val)
{
	return (val >> 2 & 7) == NORMAL_INDEX && (has_ds(m) || (val >> 8 & 3) == INNER_SHAREABLE);
}

static struct model_entry decode_leaf(const struct model *m, unsigned int level, u64 val)
{
	struct model_entry e = { .kind = ENTRY_LEAF, .access = MODEL_READ };

	e.pa = align_down(output_address(m, val), grt_geometry_level_size(&m->g, level));
	/* Read-only with DBM is clean, and hardware may make it writable (FEAT_HAFDBS). */
	e.clean = val & DBM && val & AP_RO;
	e.access |= val & AP_RO && !e.clean ? 0 : MODEL_WRITE;
	/* Who may execute what, and at EL2 XN is for all. */
	e.access |= val & (m->config.el2 ? XN : PXN) ? 0 : MODEL_EXEC;
	e.idle = !(val & AF);
	e.state = (val & AF) | (val & DBM ? ~val & AP_RO : 0);
	e.perm = val & PERMISSIONS & ~(val & DBM ? AP_RO : 0);
	e.memory = val & ((7ULL << 2) | (has_ds(m) ? 0 : 3ULL << 8));
	e.uncached = !normal(m, val);
	e.cont = val & CONT && m->g.cont_bits[level];
	e.global = !(val & NG);
	e.user = val & AP_EL0 && !m->config.el2;
	return e;
}

struct model_entry model_decode(const struct model *m, unsigned int level, u64 val, grt_virt_t va,
				u64 above)
{
	bool leaf = level ? !(val & TYPE) : val & TYPE;
	struct model_entry e;

	(void)va;
	if (!(val & VALID))
		return (struct model_entry){ .kind = ENTRY_INVALID };
	if (!leaf && level)
		return (struct model_entry){ .kind = ENTRY_TABLE,
					     .pa = output_address(m, val),
					     .below = above | table_attributes(m, val) };
	if (!leaf || !grt_geometry_leaf_allowed(&m->g, level))
		return (struct model_entry){ .kind = ENTRY_INVALID, .reserved = MODEL_C1 };
	e = decode_leaf(m, level, limited(val, above));
	if (m->config.el2 && of_el1(val))
		e.reserved = MODEL_A28;
	return e;
}

/* ---- conflicts (rules A2 to A4, A18) ---- */

static bool live_here(const struct model *m, const struct model_rec *r)
{
	for (unsigned int i = 0; i < m->nr_live; i++)
		if (m->live[i].at <= r->last && m->live[i].at + m->live[i].size - 1 >= r->start)
			return true;
	return false;
}

static enum model_rule size_conflict(const struct model *m, unsigned int cpu,
				     const struct model_rec *r, bool only_size)
{
	unsigned int bbm = m->config.cpu[cpu].bbm;

	if (bbm < 2 || (bbm == 2 && !only_size))
		return MODEL_A4;
	return bbm == 2 && live_here(m, r) ? MODEL_C6 : MODEL_NONE;
}

/* Neither can be written, and both lead to the same (A2): either may be used. */
static bool same_contents(const struct model *m, const struct model_rec *r,
			  const struct model_entry *e, unsigned int level, grt_virt_t va)
{
	grt_virt_t at = max_u64(va, r->start),
		   last = min_u64(va + grt_geometry_level_size(&m->g, level) - 1, r->last);

	return !((r->entry.access | e->access) & MODEL_WRITE) && r->level == level &&
	       r->entry.memory == e->memory && r->entry.cont == e->cont &&
	       (r->entry.global || !e->global) &&
	       model_copied(m, r->pa + (at - r->start), e->pa + (at - va), last - at + 1);
}

enum model_rule model_arch_conflict(const struct model *m, unsigned int cpu,
				    const struct model_rec *r, const struct model_entry *e,
				    unsigned int level, grt_virt_t va)
{
	grt_virt_t at = max_u64(va, r->start);
	bool same_place = r->pa + (at - r->start) == e->pa + (at - va);
	bool same_size = r->level == level && r->entry.cont == e->cont;
	bool same_attr = r->entry.perm == e->perm && r->entry.global == e->global;

	if (!same_place && same_contents(m, r, e, level, va))
		return MODEL_NONE;
	if (!same_place || r->entry.memory != e->memory || (!r->entry.global && e->global))
		return MODEL_A2;
	if (!same_size)
		return size_conflict(m, cpu, r, same_attr);
	/* What a table says of a group changes for all its entries at once. */
	if (r->rule == MODEL_A22)
		return MODEL_NONE;
	return e->cont && !same_attr && m->config.cpu[cpu].bbm < 3 ? MODEL_A18 : MODEL_NONE;
}

enum model_rule model_arch_pointer_conflict(const struct model *m, unsigned int cpu,
					    const struct model_rec *r, const struct model_entry *e,
					    unsigned int level)
{
	if (r->level == level && e->kind == ENTRY_TABLE && r->pa == e->pa)
		return MODEL_NONE; /* what it says of all below changes in place */
	/* One table in place of another, at once; by way of a block it is two changes of size. */
	if (r->level == level && e->kind == ENTRY_TABLE && (r->broken || r->seq == m->seq))
		return MODEL_A2;
	if (r->level == level && !r->broken)
		return size_conflict(m, cpu, r, true);
	return r->broken && e->kind == ENTRY_LEAF ? MODEL_A3 : MODEL_NONE;
}
