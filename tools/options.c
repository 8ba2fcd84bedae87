// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tools/image.h"
#include "tools/memory.h"
#include "tools/options.h"
#include "tools/util.h"

/* Stands for an image where none is given: about what the reference kernels are. */
static const struct image default_image = { MIB(2), KIB(256), KIB(512) };

static const struct backend *const backends[] = { &backend_riscv, &backend_arm64 };

const struct backend *find_backend(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(backends); i++)
		if (strlen(backends[i]->name) == len && !strncmp(backends[i]->name, name, len))
			return backends[i];
	return NULL;
}

void options_init(struct options *o)
{
	memset(o, 0, sizeof(*o));
	memory_init(&o->memory);
	o->req.image = default_image;
	o->req.image_pa = GRT_PHYS_NONE;
}

bool parse_page_size(const char *s, u8 *shift)
{
	u64 size;

	if (!parse_size(s, &size) || (size != KIB(4) && size != KIB(16) && size != KIB(64)))
		return false;
	*shift = (u8)log2_floor(size);
	return true;
}

bool parse_va_bits(const char *s, u8 *bits)
{
	u64 n;

	if (!strncmp(s, "sv", 2))
		s += 2;
	if (!parse_number(s, &n) || !n || n > 64)
		return false;
	*bits = (u8)n;
	return true;
}

/* BASE:SIZE[,BASE:SIZE...] */
static void take_memory(struct options *o, const char *arg)
{
	char *list = xprintf("%s", arg), *item, *save;

	for (item = strtok_r(list, ",", &save); item; item = strtok_r(NULL, ",", &save)) {
		char *colon = strchr(item, ':');
		const char *place = xprintf("--memory %s", item);
		u64 base, size;

		if (!colon)
			die(place, "BASE:SIZE is expected");
		*colon = '\0';
		if (!parse_address(item, &base))
			die(place, "the base is no hexadecimal address");
		if (!parse_size(colon + 1, &size) || !size)
			die(place, "the size is no number with K, M, G or T");
		if (memblock_overlaps(&o->memory.memory, base, size))
			die(place, "overlaps memory that is given before it");
		if (memblock_add(&o->memory, base, size))
			die(place, "ends beyond all physical addresses");
	}
	if (!o->memory.memory.nr)
		die(xprintf("--memory %s", arg), "BASE:SIZE is expected");
	o->memory_given = true;
	free(list);
}

static void take_policy(struct options *o, const char *arg)
{
	if (!strcmp(arg, "default"))
		o->req.policy = GRT_LAYOUT_DEFAULT;
	else if (!strcmp(arg, "text"))
		o->req.policy = GRT_LAYOUT_TEXT_REGION;
	else
		die(xprintf("--policy %s", arg), "must be default or text");
}

static void take_rodata(struct options *o, const char *arg)
{
	if (!strcmp(arg, "full"))
		o->req.rodata = RODATA_FULL;
	else if (!strcmp(arg, "on"))
		o->req.rodata = RODATA_ON;
	else if (!strcmp(arg, "off"))
		o->req.rodata = RODATA_OFF;
	else
		die(xprintf("--rodata %s", arg), "must be full, on or off");
}

static void take_number(const char *option, const char *arg, bool (*parse)(const char *, u64 *),
			u64 max, u64 *out)
{
	if (!parse(arg, out) || *out > max)
		die(xprintf("--%s %s", option, arg), "not a number, or too large");
}

#define PA_BITS_MIN 32
#define PA_BITS_MAX 56

static void take_pa_bits(struct options *o, const char *arg)
{
	u64 bits;

	take_number("pa-bits", arg, parse_number, PA_BITS_MAX, &bits);
	if (bits < PA_BITS_MIN)
		die(xprintf("--pa-bits %s", arg), "less than %d", PA_BITS_MIN);
	o->req.pa_bits = (u8)bits;
}

bool options_take(struct options *o, int id, const char *arg)
{
	switch (id) {
	case OPT_MEMORY:
		take_memory(o, arg);
		return true;
	case OPT_MEM:
		if (!parse_size(arg, &o->mem) || !o->mem)
			die(xprintf("--mem %s", arg), "not a number with K, M, G or T");
		return true;
	case OPT_DTB:
		o->dtb_path = arg;
		dtb_read(arg, &o->dtb);
		return true;
	case OPT_SEED:
		take_number("seed", arg, parse_number, ~0ULL, &o->req.seed);
		o->seed_given = true;
		return true;
	case OPT_NOKASLR:
		o->nokaslr = true;
		return true;
	case OPT_IMAGE:
		o->req.image = image_read(arg);
		return true;
	case OPT_IMAGE_BASE:
		take_number("image-base", arg, parse_address, ~0ULL - 1, &o->req.image_pa);
		return true;
	case OPT_POLICY:
		take_policy(o, arg);
		return true;
	case OPT_TRUNCATE:
		o->req.truncate = true;
		return true;
	case OPT_RODATA:
		take_rodata(o, arg);
		return true;
	case OPT_NOCONT:
		o->req.nocont = true;
		return true;
	case OPT_PA_BITS:
		take_pa_bits(o, arg);
		return true;
	case OPT_JSON:
		o->json = true;
		return true;
	}
	return false;
}

void options_bad(char **argv)
{
	die(argv[optind - 1], "unknown option, or its argument is missing or too much");
}

/* ---- planning ---- */

static char *json_of(const struct backend *b, const struct plan_result *res)
{
	struct layout_facts facts = {
		.arch = b->name,
		.leaves = &res->leaves,
		.tables = res->tables,
	};
	size_t size;
	char *text;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		die("memory", "none left");
	layout_json(&res->layout, &facts, put_stream, f);
	if (fclose(f))
		die("memory", "none left");
	return text;
}

/* As mem= on the kernel's command line does. */
static void limit_memory(const struct options *o, struct memblock *memory,
			 struct memblock_list *left_out)
{
	struct grt_mem_range image = { o->req.image_pa, o->req.image.size };

	if (!memblock_contains(&memory->memory, image.start, image.size))
		image = (struct grt_mem_range){ 0 };
	if (memblock_limit(memory, o->mem, &image, left_out))
		die("--mem", "the memory does not fit the host's");
}

static void fill_request(const struct options *o, const struct backend *b, struct memblock *memory,
			 struct memblock_list *left_out, struct plan_request *req)
{
	*req = o->req;
	memory_copy(memory, o->dtb_path ? &o->dtb.memory : &o->memory);
	if (o->dtb_path && o->memory_given)
		memory_copy_list(&memory->memory,
				 &o->memory.memory); /* with the tree's reservations */
	else if (o->dtb.no_memory)
		die(o->dtb_path, "%s; say where it is with --memory", o->dtb.no_memory);
	if (!memory->memory.nr)
		memblock_add(memory, b->ram, GIB(1));
	if (o->mem)
		limit_memory(o, memory, left_out);
	req->memory = memory;
	req->left_out = left_out;
	req->mmu_type = o->dtb.mmu_type;
	req->has_harts = o->dtb_path != NULL;
	req->svnapot = o->dtb.svnapot;
	if (!o->seed_given)
		req->seed = o->dtb.seed;
	req->kaslr = !o->nokaslr && (o->seed_given || o->dtb.has_seed);
}

void plan_result(const struct options *o, const struct backend *b, u8 page_shift, u8 va_bits,
		 const char *place, struct memblock *memory, struct plan_result *res)
{
	struct memblock_list left_out = { .nr = 0 };
	struct plan_request req;
	const char *error;
	char size[16];

	memset(res, 0, sizeof(*res));
	fill_request(o, b, memory, &left_out, &req);
	req.page_shift = page_shift;
	req.va_bits = va_bits;
	error = b->plan(&req, res);
	/* A kernel makes do with what comes nearest; who asks for a plan has mistyped. */
	if (res->note)
		die(place, "%s", res->note);
	if (error && o->dtb_path)
		place = xprintf("%s: %s", place, o->dtb_path);
	if (error)
		die(place, "%s", error);
	if (res->layout.lost_bytes)
		warn(place, "%s of memory at 0x%llx and above is cut off",
		     size_string(res->layout.lost_bytes, size),
		     (unsigned long long)res->layout.memory_end);
	if (res->no_room)
		warn(place, "%s of what --mem leaves out have no place in the linear map",
		     size_string(res->no_room, size));
}

void plan_view(const struct options *o, const struct backend *b, u8 page_shift, u8 va_bits,
	       const char *place, struct view *v)
{
	struct memblock memory;
	struct plan_result res;

	plan_result(o, b, page_shift, va_bits, place, &memory, &res);
	view_parse(place, place, json_of(b, &res), v);
}
