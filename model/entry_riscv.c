// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* RISC-V: entries, of which any may be cached together (R1). */
#include "model/model_internal.h"

/* ---- entries ---- */

#define V BIT(0)
#define R BIT(1)
#define W BIT(2)
#define X BIT(3)
#define U BIT(4)
#define G BIT(5)
#define A BIT(6)
#define D BIT(7)
#define PBMT_SHIFT 61
#define N BIT(63)
#define RESERVED (127ULL << 54)

static grt_phys_t ppn_address(u64 val)
{
	return (val >> 10 & (BIT(44) - 1)) << 12;
}

static struct model_entry malformed(enum model_rule rule)
{
	return (struct model_entry){ .kind = ENTRY_INVALID, .reserved = rule };
}

static struct model_entry decode_leaf(const struct model *m, unsigned int level, u64 val,
				      grt_virt_t va)
{
	struct model_entry e = { .kind = ENTRY_LEAF, .pa = ppn_address(val) };

	e.access = (val & R ? MODEL_READ : 0) | (val & W ? MODEL_WRITE : 0) |
		   (val & X ? MODEL_EXEC : 0);
	e.perm = val & 0x1e;
	e.state = val & (A | D);
	e.memory = val >> PBMT_SHIFT & 3;
	e.uncached = e.memory;
	e.global = val & G;
	e.user = val & U;
	e.idle = !(val & A);
	e.clean = !(val & D) && val & W;
	if (val & W && !(val & R))
		return malformed(MODEL_C1);
	if (val & N) {
		if (level || !m->g.cont_bits[0] || (val >> 10 & 15) != 8)
			return malformed(MODEL_R10);
		e.cont = true;
		e.pa = (e.pa & ~0xffffULL) | (va & 0xf000);
	}
	return is_aligned(e.pa, grt_geometry_level_size(&m->g, level)) ? e : malformed(MODEL_C1);
}

/* A table that is global says that of all below it (Priv, "Addressing and Memory Protection"). */
struct model_entry model_decode(const struct model *m, unsigned int level, u64 val, grt_virt_t va,
				u64 above)
{
	struct model_entry e = { .kind = ENTRY_TABLE, .pa = ppn_address(val) };

	if (!(val & V))
		return (struct model_entry){ .kind = ENTRY_INVALID };
	if (val & RESERVED || (val >> PBMT_SHIFT & 3) == 3)
		return malformed(MODEL_R13);
	if (val & (R | W | X))
		return decode_leaf(m, level, val | above, va);
	if (val >> PBMT_SHIFT & 3)
		return malformed(MODEL_R13);
	e.below = (val & G) | above;
	e.global = e.below;
	return level ? e : malformed(MODEL_C1);
}

/* ---- conflicts: none ---- */

enum model_rule model_arch_conflict(const struct model *m, unsigned int cpu,
				    const struct model_rec *rec, const struct model_entry *entry,
				    unsigned int level, grt_virt_t va)
{
	(void)m, (void)cpu, (void)rec, (void)entry, (void)level, (void)va;
	return MODEL_NONE;
}

enum model_rule model_arch_pointer_conflict(const struct model *m, unsigned int cpu,
					    const struct model_rec *rec,
					    const struct model_entry *entry, unsigned int level)
{
	(void)m, (void)cpu, (void)rec, (void)entry, (void)level;
	return MODEL_NONE;
}
