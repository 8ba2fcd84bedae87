// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* TLBI: operations and their operands, decoded as the CPU does (Arm ARM C5.5, rules A10 and A11). */
#include <stdlib.h>

#include <asm/tlb.h>
#include "model/arch_arm64.h"

/* What an operation covers. The local form is the even one of a pair, inner shareable the odd one. */
struct form {
	const char *name;
	bool all;
	bool range;
	bool last; /* last level only */
	bool any_asid;
	bool el2;
};

static const struct form forms[] = {
	[MODEL_VMALLE1 / 2] = { .name = "vmalle1", .all = true, .any_asid = true },
	[MODEL_ASIDE1 / 2] = { .name = "aside1", .all = true },
	[MODEL_VAE1 / 2] = { .name = "vae1" },
	[MODEL_VALE1 / 2] = { .name = "vale1", .last = true },
	[MODEL_VAAE1 / 2] = { .name = "vaae1", .any_asid = true },
	[MODEL_VAALE1 / 2] = { .name = "vaale1", .last = true, .any_asid = true },
	[MODEL_RVAE1 / 2] = { .name = "rvae1", .range = true },
	[MODEL_RVALE1 / 2] = { .name = "rvale1", .range = true, .last = true },
	[MODEL_RVAAE1 / 2] = { .name = "rvaae1", .range = true, .any_asid = true },
	[MODEL_RVAALE1 / 2] = { .name = "rvaale1", .range = true, .last = true, .any_asid = true },
	[MODEL_ALLE2 / 2] = { .name = "alle2", .all = true, .any_asid = true, .el2 = true },
	[MODEL_VAE2 / 2] = { .name = "vae2", .any_asid = true, .el2 = true },
	[MODEL_VALE2 / 2] = { .name = "vale2", .last = true, .any_asid = true, .el2 = true },
	[MODEL_RVAE2 / 2] = { .name = "rvae2", .range = true, .any_asid = true, .el2 = true },
	[MODEL_RVALE2 / 2] = { .name = "rvale2",
			       .range = true,
			       .last = true,
			       .any_asid = true,
			       .el2 = true },
};

static u64 sign_extend(u64 x, unsigned int bits)
{
	return (u64)((s64)(x << (64 - bits)) >> (64 - bits));
}

static u64 bits(u64 x, unsigned int high, unsigned int low)
{
	return x >> low & (BIT(high - low + 1) - 1);
}

/* TG of range operations and the granule half of TTL: 1 is 4K, 2 is 16K, 3 is 64K. */
static unsigned int granule_code(const struct model *m)
{
	return (m->g.page_shift - 10) / 2;
}

/* A level of Arm's (3 holds pages) as one of ours. */
static int our_level(u64 arm_level)
{
	return 3 - (int)arm_level;
}

/* Return: NULL, or what is wrong with the operand. */
static const char *decode_va(const struct model *m, u64 operand, struct model_inval *inv)
{
	u64 ttl = bits(operand, 47, 44), granule = granule_code(m);
	grt_virt_t va = sign_extend(bits(operand, 43, 0) << 12, 56);

	/* The lowest bits are ignored where the granule is larger than 4K. */
	va = align_down(va, grt_geometry_page_size(&m->g));
	inv->start = va;
	inv->last = va + grt_geometry_page_size(&m->g) - 1;
	if (va >= BIT(m->g.va_bits) && va < grt_geometry_upper_start(&m->g))
		return "the address is in neither half";
	if (ttl >> 2 && ttl >> 2 != granule)
		return "TTL names another granule";
	if (ttl >> 2)
		inv->level = our_level(ttl & 3);
	return NULL;
}

static const char *decode_range(const struct model *m, u64 operand, struct model_inval *inv)
{
	bool ds = m->g.va_bits == 52 && m->g.page_shift < 16;
	unsigned int shift = ds ? 16 : m->g.page_shift;
	u64 units = (bits(operand, 43, 39) + 1) << (5 * bits(operand, 45, 44) + 1);
	u64 bytes = units << m->g.page_shift, ttl = bits(operand, 38, 37);

	inv->start = sign_extend(bits(operand, 36, 0) << shift, 37 + shift);
	inv->last = inv->start + bytes - 1;
	if (ttl)
		inv->level = our_level(ttl);
	if (bits(operand, 47, 46) != granule_code(m))
		return "TG names another granule";
	if (inv->last < inv->start)
		return "the range wraps at the top of the address space";
	if (inv->start >= BIT(m->g.va_bits) && inv->start < grt_geometry_upper_start(&m->g))
		return "the range is in neither half";
	return NULL;
}

/* Return: NULL, or what is wrong with the operand. */
static const char *decode(const struct model *m, const struct model_event *ev, const struct form *f,
			  struct model_inval *inv)
{
	inv->asid = f->any_asid ? MODEL_ASID_ANY : (int)bits(ev->val, 63, 48);
	if (f->all)
		return NULL;
	if (f->any_asid && bits(ev->val, 63, 48))
		return "the field of the ASID, which is ignored, is not zero";
	if (f->range && !m->config.cpu[ev->cpu].tlb_range)
		return "the CPU has no range operations";
	return f->range ? decode_range(m, ev->val, inv) : decode_va(m, ev->val, inv);
}

const char *model_tlbi_inval(const struct model *m, const struct model_event *ev,
			     struct model_inval *inv)
{
	const struct form *f = &forms[ev->op / 2];
	bool is = ev->op % 2;

	*inv = (struct model_inval){
		.issuer = ev->cpu,
		.is = is,
		.other_regime = f->el2 != m->config.el2,
		.all = f->all,
		.leaf_only = f->last,
		.level = -1,
		.targets = (u8)(is ? BIT(m->config.nr_cpus) - 1 : BIT(ev->cpu)),
		.keep_global = ev->op / 2 == MODEL_ASIDE1 / 2,
		.unordered = MODEL_A5,
		.leaf_rule = MODEL_A9,
		.asid_rule = MODEL_A10,
		.scope_rule = MODEL_A10,
		.part_rule = MODEL_A10,
	};
	return decode(m, ev, f, inv);
}

void model_tlbi(struct model *m, const struct model_event *ev)
{
	struct model_inval inv;
	const char *wrong = model_tlbi_inval(m, ev, &inv);

	m->cpu[ev->cpu].broadcast |= inv.is;
	if (wrong)
		model_break(m, MODEL_A11, "tlbi %s%s, 0x%llx: %s", forms[ev->op / 2].name,
			    inv.is ? "is" : "", (unsigned long long)ev->val, wrong);
	else
		model_invalidate(m, &inv);
}

void model_tlbi_words(char *buf, size_t size, const struct model *m, const struct model_event *ev)
{
	const struct form *f = &forms[ev->op / 2];
	struct model_inval inv = { .level = -1 };
	int n = snprintf(buf, size, "tlbi %s%s", f->name, ev->op % 2 ? "is" : "");

	decode(m, ev, f, &inv);
	if (!f->all)
		n += snprintf(buf + n, size - (size_t)n, " 0x%llx", (unsigned long long)inv.start);
	if (f->range)
		n += snprintf(buf + n, size - (size_t)n, " to 0x%llx",
			      (unsigned long long)inv.last);
	if (!f->any_asid)
		snprintf(buf + n, size - (size_t)n, ", asid %d", inv.asid);
}

/* The operation that asm/mmu_ops.h issues for each enum grt_regime_kind and enum tlbi_op. */
void model_mmu_tlbi(struct model_site site, const struct grt_regime *r, unsigned int op,
		    u64 operand)
{
	static const enum model_tlbi ops[][TLBI_RANGE_LAST + 1] = {
		[GRT_REGIME_ANY_ASID] = { MODEL_VMALLE1IS, MODEL_VAAE1IS, MODEL_VAALE1IS,
					  MODEL_RVAAE1IS, MODEL_RVAALE1IS },
		[GRT_REGIME_ASID] = { MODEL_ASIDE1IS, MODEL_VAE1IS, MODEL_VALE1IS, MODEL_RVAE1IS,
				      MODEL_RVALE1IS },
		[GRT_REGIME_EL2] = { MODEL_ALLE2IS, MODEL_VAE2IS, MODEL_VALE2IS, MODEL_RVAE2IS,
				     MODEL_RVALE2IS },
	};

	if (r->kind >= ARRAY_SIZE(ops) || op >= ARRAY_SIZE(ops[0]))
		abort();
	model_do(model_current, (struct model_event){ .kind = MODEL_TLBI,
						      .cpu = model_current->this_cpu,
						      .op = ops[r->kind][op],
						      .val = operand | (u64)r->asid << 48,
						      .site = site });
}
