// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the planner has placed, as regions without gaps. */
#include "generic/layout_place.h"

static const char *const region_names[REGION_NR] = {
	[REGION_GUARD] = "guard",     [REGION_FIXMAP] = "fixmap",   [REGION_VMEMMAP] = "vmemmap",
	[REGION_VMALLOC] = "vmalloc", [REGION_MODULES] = "modules", [REGION_BPF] = "bpf",
	[REGION_KERNEL] = "kernel",   [REGION_TEXT] = "text",	    [REGION_RODATA] = "rodata",
	[REGION_DATA] = "data",	      [REGION_LINEAR] = "linear",
};

static u8 region_perm(unsigned int id)
{
	switch (id) {
	case REGION_GUARD:
		return REGION_PERM_NONE;
	case REGION_MODULES:
	case REGION_BPF:
	case REGION_KERNEL:
		return REGION_PERM_R | REGION_PERM_W | REGION_PERM_X;
	case REGION_TEXT:
		return REGION_PERM_R | REGION_PERM_X;
	case REGION_RODATA:
		return REGION_PERM_R;
	default:
		return REGION_PERM_R | REGION_PERM_W;
	}
}

/* Append [start, end). */
static void append(struct layout *l, enum region_id id, u64 start, u64 end, const char *note)
{
	l->region[l->nr++] = (struct region){
		.id = id,
		.name = region_names[id],
		.start = geometry_upper_start(l->g) + start,
		.size = end - start,
		.perm = region_perm(id),
		.note = note,
	};
}

/* End of what has been emitted; @l->region ends at 2^64 when it is complete. */
static u64 emitted(const struct layout *l)
{
	const struct region *last;

	if (!l->nr)
		return 0;
	last = &l->region[l->nr - 1];
	return last->start + last->size - geometry_upper_start(l->g);
}

/* Append a region and the guard that fills the gap before it. */
static void emit(struct layout *l, enum region_id id, const struct span *s, const char *note)
{
	if (s->start > emitted(l))
		append(l, REGION_GUARD, emitted(l), s->start, "never mapped");
	append(l, id, s->start, s->end, note);
}

/* The image's last part takes what its alignment adds. */
static void emit_image(struct plan *p)
{
	struct layout *l = p->out;
	struct span all = { p->kernel, p->kernel + p->image_size };
	struct span text = { all.start, all.start + p->in->text_end };
	struct span rodata = { text.end, all.start + p->in->rodata_end };
	struct span data = { rodata.end, all.end };

	if (!p->in->text_end) {
		emit(l, REGION_KERNEL, &all, "the kernel image");
		return;
	}
	emit(l, REGION_TEXT, &text, "the kernel's code");
	if (rodata.end > rodata.start)
		emit(l, REGION_RODATA, &rodata, "the kernel's constants");
	if (p->in->rodata_writable && l->region[l->nr - 1].id == REGION_RODATA)
		l->region[l->nr - 1].perm |= REGION_PERM_W;
	if (data.end > data.start)
		emit(l, REGION_DATA, &data, "the kernel's data");
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
		emit(p->out, REGION_VMALLOC, &s, "general allocations and stacks");
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
	struct layout *l = p->out;
	unsigned int i;

	for (i = 0; i < p->rules->nr; i++) {
		switch (p->rules->order[i]) {
		case REGION_LINEAR:
			emit(l, REGION_LINEAR, &p->linear, "all of RAM, and room for more");
			break;
		case REGION_VMALLOC:
			emit_vmalloc(p);
			break;
		case REGION_KERNEL:
			emit_window(p);
			break;
		case REGION_FIXMAP:
			emit(l, REGION_FIXMAP, &p->fixmap, "fixed slots");
			break;
		default:
			emit(l, REGION_VMEMMAP, &p->vmemmap, "struct page of each linear page");
		}
	}
	append(l, REGION_GUARD, emitted(l), p->half, "never mapped: error pointers");
}
