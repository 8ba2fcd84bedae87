// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the planner has placed, as regions without gaps. */
#include "generic/layout_place.h"

static const char *const region_names[GRT_REGION_NR] = {
	[GRT_REGION_GUARD] = "guard",	  [GRT_REGION_FIXMAP] = "fixmap",
	[GRT_REGION_VMEMMAP] = "vmemmap", [GRT_REGION_VMALLOC] = "vmalloc",
	[GRT_REGION_MODULES] = "modules", [GRT_REGION_BPF] = "bpf",
	[GRT_REGION_KERNEL] = "kernel",	  [GRT_REGION_TEXT] = "text",
	[GRT_REGION_RODATA] = "rodata",	  [GRT_REGION_DATA] = "data",
	[GRT_REGION_LINEAR] = "linear",
};

static u8 region_perm(unsigned int id)
{
	switch (id) {
	case GRT_REGION_GUARD:
		return GRT_REGION_PERM_NONE;
	case GRT_REGION_MODULES:
	case GRT_REGION_BPF:
	case GRT_REGION_KERNEL:
		return GRT_REGION_PERM_R | GRT_REGION_PERM_W | GRT_REGION_PERM_X;
	case GRT_REGION_TEXT:
		return GRT_REGION_PERM_R | GRT_REGION_PERM_X;
	case GRT_REGION_RODATA:
		return GRT_REGION_PERM_R;
	default:
		return GRT_REGION_PERM_R | GRT_REGION_PERM_W;
	}
}

/* Append [start, end). */
static void append(struct grt_layout *l, enum grt_region_id id, u64 start, u64 end,
		   const char *note)
{
	l->region[l->nr++] = (struct grt_region){
		.id = id,
		.name = region_names[id],
		.start = grt_geometry_upper_start(l->g) + start,
		.size = end - start,
		.perm = region_perm(id),
		.note = note,
	};
}

/* End of what has been emitted; @l->region ends at 2^64 when it is complete. */
static u64 emitted(const struct grt_layout *l)
{
	const struct grt_region *last;

	if (!l->nr)
		return 0;
	last = &l->region[l->nr - 1];
	return last->start + last->size - grt_geometry_upper_start(l->g);
}

/* Append a region and the guard that fills the gap before it. */
static void emit(struct grt_layout *l, enum grt_region_id id, const struct span *s,
		 const char *note)
{
	if (s->start > emitted(l))
		append(l, GRT_REGION_GUARD, emitted(l), s->start, "never mapped");
	append(l, id, s->start, s->end, note);
}

/* The image's last part takes what its alignment adds. */
static void emit_image(struct plan *p)
{
	struct grt_layout *l = p->out;
	struct span all = { p->kernel, p->kernel + p->image_size };
	struct span text = { all.start, all.start + p->in->text_end };
	struct span rodata = { text.end, all.start + p->in->rodata_end };
	struct span data = { rodata.end, all.end };

	if (!p->in->text_end) {
		emit(l, GRT_REGION_KERNEL, &all, "the kernel image");
		return;
	}
	emit(l, GRT_REGION_TEXT, &text, "the kernel's code");
	if (rodata.end > rodata.start)
		emit(l, GRT_REGION_RODATA, &rodata, "the kernel's constants");
	if (p->in->rodata_writable && l->region[l->nr - 1].id == GRT_REGION_RODATA)
		l->region[l->nr - 1].perm |= GRT_REGION_PERM_W;
	if (data.end > data.start)
		emit(l, GRT_REGION_DATA, &data, "the kernel's data");
}

static void emit_window(struct plan *p)
{
	struct layout_piece piece[LAYOUT_MAX_PIECES];
	struct span s = { p->kernel, p->kernel + p->image_size };
	unsigned int i, nr;

	emit_image(p);
	nr = arch_layout_window(p->image_size, p->window.end - s.end, piece);
	for (i = 0; i < nr; i++) {
		s = (struct span){ s.end, s.end + piece[i].size };
		emit(p->out, piece[i].id, &s, piece[i].note);
	}
}

static void emit_vmalloc_piece(struct plan *p, u64 start, u64 end)
{
	struct span s = { align_up(start, WINDOW_GUARD), align_down(end, WINDOW_GUARD) };

	if (s.start < s.end)
		emit(p->out, GRT_REGION_VMALLOC, &s, "general allocations and stacks");
}

/* General vmalloc is what lies before and after the image and its window, each behind a guard. */
static void emit_vmalloc(struct plan *p)
{
	bool inside = p->window.start < p->vmalloc.end && p->window.end > p->vmalloc.start;

	if (!inside) {
		emit_vmalloc_piece(p, p->vmalloc.start, p->vmalloc.end);
		return;
	}
	if (p->kernel >= p->vmalloc.start + WINDOW_GUARD)
		emit_vmalloc_piece(p, p->vmalloc.start, p->kernel - WINDOW_GUARD);
	emit_window(p);
	emit_vmalloc_piece(p, p->window.end + WINDOW_GUARD, p->vmalloc.end);
}

void layout_emit(struct plan *p)
{
	struct grt_layout *l = p->out;
	unsigned int i;

	for (i = 0; i < p->rules->nr; i++) {
		switch (p->rules->order[i]) {
		case GRT_REGION_LINEAR:
			emit(l, GRT_REGION_LINEAR, &p->linear, "all of RAM, and room for more");
			break;
		case GRT_REGION_VMALLOC:
			emit_vmalloc(p);
			break;
		case GRT_REGION_KERNEL:
			emit_window(p);
			break;
		case GRT_REGION_FIXMAP:
			emit(l, GRT_REGION_FIXMAP, &p->fixmap, "fixed slots");
			break;
		default:
			emit(l, GRT_REGION_VMEMMAP, &p->vmemmap, "struct page of each linear page");
		}
	}
	append(l, GRT_REGION_GUARD, emitted(l), p->half, "never mapped: error pointers");
}
