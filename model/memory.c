// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Physical memory: only pages that hold tables exist. */
#include <stdlib.h>
#include <string.h>

#include "model/model_internal.h"
#include "model/mutate.h"

static unsigned int hash(const struct model *m, grt_phys_t pa)
{
	return (unsigned int)((pa >> m->g.page_shift) * 0x9e3779b97f4a7c15ULL >>
			      (64 - MODEL_HASH_BITS));
}

struct model_page *model_page(const struct model *m, grt_phys_t pa)
{
	struct model_page *p;

	pa = align_down(pa, grt_geometry_page_size(&m->g));
	for (p = m->hash[hash(m, pa)]; p && p->pa != pa; p = p->next)
		;
	return p;
}

struct model_page *model_page_make(struct model *m, grt_phys_t pa)
{
	struct model_page *p = model_page(m, pa), **head;
	size_t words = grt_geometry_page_size(&m->g) / 8;

	if (p)
		return p;
	p = calloc(1, sizeof(*p));
	p->words = calloc(words, 8);
	p->written = calloc(words / 64, 8);
	p->fresh = calloc(words, 8);
	p->pa = align_down(pa, grt_geometry_page_size(&m->g));
	head = &m->hash[hash(m, p->pa)];
	p->next = *head;
	*head = p;
	return p;
}

void model_memory_free(struct model *m)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(m->hash); i++)
		while (m->hash[i]) {
			struct model_page *p = m->hash[i];

			m->hash[i] = p->next;
			free(p->words);
			free(p->written);
			free(p->fresh);
			free(p->pos);
			free(p);
		}
}

void model_write_word(struct model *m, struct model_page *p, unsigned int i, u64 val)
{
	(void)m;
	p->words[i] = val;
	p->written[i / 64] |= BIT(i % 64);
}

u64 model_word(const struct model *m, grt_phys_t pa)
{
	const struct model_page *p = model_page(m, pa);

	return p ? p->words[model_word_index(m, pa)] : 0;
}

void model_poke(struct model *m, grt_phys_t pa, u64 val)
{
	struct model_page *p = model_page_make(m, pa);

	if (!p->used)
		memset(p->written, 0xff, grt_geometry_page_size(&m->g) / 64);
	p->used = true;
	model_write_word(m, p, model_word_index(m, pa), val);
}

bool model_page_used(const struct model *m, grt_phys_t pa)
{
	const struct model_page *p = model_page(m, pa);

	return p && p->used;
}

void model_alloc_page(struct model *m, grt_phys_t pa)
{
	struct model_page *p = model_page_make(m, pa);

	memset(p->written, 0, grt_geometry_page_size(&m->g) / 64);
	memset(p->stored, 0, sizeof(p->stored)); /* the allocator's lock orders what others wrote */
	p->used = true;
}

/* Does a translation that may be cached lead to [pa, pa + bytes)? */
static bool maps(const struct model_rec *r, grt_phys_t pa, u64 bytes)
{
	if (r->kind == REC_POINTER || r->kind == REC_ROOT)
		return r->pa - pa < bytes;
	return r->kind == REC_LEAF && r->pa < pa + bytes && r->pa + (r->last - r->start) >= pa;
}

/* Is it reachable from a root that a CPU walks? One that doesn't translate now may do so later (A24, R17). */
static bool still_walked(struct model *m, const struct model_page *p)
{
	u8 walkers = 0;

	for (unsigned int n = 0; n < p->nr_pos; n++) {
		const struct model_root *root = &m->root[p->pos[n].root];

		walkers |= root->walkers;
		for (unsigned int i = 0; i < m->nr_rec; i++)
			if (m->rec[i].kind == REC_ROOT && m->rec[i].pa == root->pa)
				m->rec[i].freed |= m->rec[i].holders & (u8)~model_awake(m);
	}
	return walkers & model_awake(m);
}

void model_free_memory(struct model *m, grt_phys_t pa, u64 bytes)
{
	struct model_page *p = model_page(m, pa);

	for (unsigned int i = 0; i < m->nr_rec; i++) {
		struct model_rec *r = &m->rec[i];
		enum model_rule rule = r->why;

		if (!r->holders || !maps(r, pa, bytes))
			continue;
		if (!(r->holders & model_awake(m))) {
			r->freed |= r->holders; /* nobody walks there before one translates again */
			continue;
		}
		/* What is always mapped may be cached, in whatever size. */
		if (r->kind == REC_LEAF && model_maps_alike(m, r, pa, bytes))
			continue;
		if (model_pending(r))
			rule = model_arch.pending_rule;
		if (!rule)
			rule = r->kind == REC_POINTER ? model_arch.free_rule : MODEL_C3;
		model_break(m, rule,
			    "0x%llx is freed, and a %s of [0x%llx, 0x%llx] may still be cached",
			    (unsigned long long)pa,
			    r->kind == REC_LEAF ? "translation" : "table pointer",
			    (unsigned long long)r->start, (unsigned long long)r->last);
		model_record_drop(m, i);
		break;
	}
	if (p && still_walked(m, p))
		model_break(m, MODEL_C3, "0x%llx is freed, and a table that CPUs walk links it",
			    (unsigned long long)pa);
	if (p)
		p->used = false;
}

/* ---- pointers ---- */

void model_window(struct model *m, u64 at, u64 size, grt_phys_t pa, grt_virt_t va)
{
	if (m->nr_windows == MODEL_WINDOWS)
		abort();
	m->window[m->nr_windows++] =
		(struct model_area){ .at = at, .size = size, .pa = pa, .va = va };
}

void model_window_close(struct model *m)
{
	m->nr_windows--;
}

static const struct model_area *window_of(const struct model *m, const u64 *entry)
{
	for (unsigned int i = m->nr_windows; i-- > 0;)
		if ((u64)entry - m->window[i].at < m->window[i].size)
			return &m->window[i];
	fprintf(stderr, "model: %p is not in any window\n", (const void *)entry);
	abort();
}

grt_phys_t model_phys(const struct model *m, const u64 *entry)
{
	const struct model_area *w = window_of(m, entry);

	return (u64)entry - w->at + w->pa;
}

/* An access of the code under test to a table, where that goes through the tables itself. */
static grt_phys_t access_entry(struct model *m, const u64 *entry, unsigned int access)
{
	const struct model_area *w = window_of(m, entry);

	if (w->va && m->cpu[m->this_cpu].mmu)
		model_use(m, m->this_cpu, (u64)entry - w->at + w->va, access);
	return (u64)entry - w->at + w->pa;
}

u64 model_mmu_load(const u64 *entry)
{
	grt_phys_t pa = access_entry(model_current, entry, MODEL_READ);

	return model_mutate_load(model_current, pa, model_word(model_current, pa));
}

unsigned int model_mmu_same(const u64 *entry, u64 mask, unsigned int n)
{
	u64 first = model_mmu_load(entry);
	unsigned int same = 1;

	while (same < n && !((model_mmu_load(&entry[same]) ^ first) & mask))
		same++;
	return same;
}

static void store(const struct model_site *site, u64 *entry, u64 val, bool atomic)
{
	struct model *m = model_current;

	model_do(m, (struct model_event){ .kind = MODEL_STORE,
					  .cpu = m->this_cpu,
					  .op = atomic,
					  .val = val,
					  .addr = access_entry(m, entry, MODEL_WRITE),
					  .site = *site });
}

void model_mmu_store(struct model_site site, u64 *entry, u64 val)
{
	site.caller = __builtin_return_address(0);
	store(&site, entry, val, false);
}

void model_mmu_flip(struct model_site site, u64 *entry, u64 flip, unsigned int n)
{
	site.caller = __builtin_return_address(0);
	for (; n; n--, entry++)
		store(&site, entry, model_mmu_load(entry) ^ flip, false);
}

u64 model_mmu_swap(struct model_site site, u64 *entry, u64 val)
{
	u64 old = model_mmu_load(entry);

	site.caller = __builtin_return_address(0);
	store(&site, entry, val, true);
	return old;
}

bool model_mmu_replace(struct model_site site, u64 *entry, u64 old, u64 val)
{
	if (model_mmu_load(entry) != old)
		return false;
	site.caller = __builtin_return_address(0);
	store(&site, entry, val, true);
	return true;
}

void model_mmu_flip_atomic(struct model_site site, u64 *entry, u64 flip, unsigned int n)
{
	site.caller = __builtin_return_address(0);
	for (; n; n--, entry++)
		store(&site, entry, model_mmu_load(entry) ^ flip, true);
}

bool model_mmu_take(struct model_site site, u64 *entry, u64 look, u64 clear, unsigned int n,
		    u64 *taken)
{
	bool any = false;

	site.caller = __builtin_return_address(0);
	for (unsigned int i = 0; i < n; i++) {
		u64 val = model_mmu_load(entry + i);
		bool takes = (val & look) == look;

		taken[i / 64] = (i % 64 ? taken[i / 64] : 0) | (u64)takes << i % 64;
		any |= takes;
		if (takes)
			store(&site, entry + i, val & ~clear, true);
	}
	return any;
}

unsigned int model_mmu_copy(struct model_site site, u64 *to, u64 *from, const struct entry_edits *e,
			    unsigned int n)
{
	unsigned int i = 0;

	site.caller = __builtin_return_address(0);
	for (; i < n && (model_mmu_load(from + i) & (e->need | e->none)) == e->need; i++) {
		u64 val = model_mmu_load(from + i), edited = entry_edit(val, &e->from);

		store(&site, to + i, entry_edit(val, &e->to), false);
		if (edited != val)
			store(&site, from + i, edited, false);
	}
	return i;
}

void model_mmu_fill(struct model_site site, u64 *entry, u64 first, u64 step, u64 n)
{
	struct model *m = model_current;

	site.caller = __builtin_return_address(0);
	if (n)
		model_do(m, (struct model_event){ .kind = MODEL_FILL,
						  .cpu = m->this_cpu,
						  .val = first,
						  .step = step,
						  .count = n,
						  .site = site,
						  .addr = access_entry(m, entry, MODEL_WRITE) });
}
