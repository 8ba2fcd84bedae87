// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Device trees, read with libfdt: the kernel has a reader of its own, so the two check each other. */
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "kernel/seed.h"
#include "tools/dtb.h"
#include "tools/memory.h"
#include "tools/util.h"

struct reader {
	const char *path;
	const void *fdt;
	struct dtb *out;
};

/* "FILE: /reserved-memory/x@0", to say where. */
static const char *place(const struct reader *r, int node)
{
	char name[512];

	if (fdt_get_path(r->fdt, node, name, sizeof(name)))
		return r->path;
	return xprintf("%s: %s", r->path, name);
}

static bool available(const struct reader *r, int node)
{
	int len;
	const char *status = fdt_getprop(r->fdt, node, "status", &len);

	return !status || (len > 0 && (!strcmp(status, "okay") || !strcmp(status, "ok")));
}

static u64 cells(const fdt32_t *p, int n)
{
	u64 v = 0;

	while (n-- > 0)
		v = v << 32 | fdt32_to_cpu(*p++);
	return v;
}

static void add(const struct reader *r, int node,
		int (*to)(struct memblock *mb, grt_phys_t start, u64 size), u64 start, u64 size)
{
	int err = to(&r->out->memory, start, size);

	if (err)
		die(place(r, node),
		    "range 0x%llx, 0x%llx bytes, ends beyond all physical addresses",
		    (unsigned long long)start, (unsigned long long)size);
}

/* Each (address, size) of @node's reg; its cells are as @parent says. False where there is no reg. */
static bool add_reg(const struct reader *r, int node, int parent,
		    int (*to)(struct memblock *mb, grt_phys_t start, u64 size))
{
	int ac = fdt_address_cells(r->fdt, parent), sc = fdt_size_cells(r->fdt, parent);
	int len, i;
	const fdt32_t *reg = fdt_getprop(r->fdt, node, "reg", &len);

	if (!reg)
		return false;
	if (ac < 1 || ac > 2 || sc < 1 || sc > 2)
		die(place(r, parent), "#address-cells or #size-cells is not 1 or 2");
	if (len % (4 * (ac + sc)))
		die(place(r, node), "reg has %d bytes, not a multiple of %d", len, 4 * (ac + sc));
	for (i = 0; i < len / 4; i += ac + sc)
		add(r, node, to, cells(reg + i, ac), cells(reg + i + ac, sc));
	return true;
}

/* The node's name without its unit address. */
static bool name_is(const struct reader *r, int node, const char *name)
{
	int len;
	const char *s = fdt_get_name(r->fdt, node, &len);
	size_t n = strlen(name);

	return s && !strncmp(s, name, n) && (!s[n] || s[n] == '@');
}

static bool has_type(const struct reader *r, int node, const char *type)
{
	int len;
	const char *s = fdt_getprop(r->fdt, node, "device_type", &len);

	if (!s)
		return name_is(r, node, type);
	return len > 0 && !s[len - 1] && !strcmp(s, type);
}

static void read_memory(const struct reader *r)
{
	bool found = false;
	int node;

	fdt_for_each_subnode(node, r->fdt, 0)
	{
		if (!has_type(r, node, "memory") || !available(r, node))
			continue;
		found = true;
		if (!add_reg(r, node, 0, memblock_add))
			die(place(r, node), "a memory node without reg");
	}
	if (!found)
		r->out->no_memory = "no memory node";
	else if (!r->out->memory.memory.nr)
		r->out->no_memory = "the memory nodes describe no memory";
}

static void read_reservations(const struct reader *r)
{
	int parent = fdt_subnode_offset(r->fdt, 0, "reserved-memory");
	int i, node;

	for (i = 0; i < fdt_num_mem_rsv(r->fdt); i++) {
		uint64_t start, size;

		if (fdt_get_mem_rsv(r->fdt, i, &start, &size))
			die(r->path, "malformed /memreserve/ %d", i);
		add(r, 0, memblock_reserve, start, size);
	}
	if (parent < 0)
		return;
	fdt_for_each_subnode(node, r->fdt, parent)
	{
		bool nomap = fdt_getprop(r->fdt, node, "no-map", NULL);

		/* Without reg it is a wish for memory, which a driver would have to allocate. */
		if (available(r, node))
			add_reg(r, node, parent, nomap ? memblock_nomap : memblock_reserve);
	}
}

/* ---- RISC-V harts ---- */

static u8 mmu_type_bits(const struct reader *r, int node)
{
	int len;
	const char *s = fdt_getprop(r->fdt, node, "mmu-type", &len);

	if (!s || len < 1 || s[len - 1])
		return 0;
	if (!strcmp(s, "riscv,sv39"))
		return 39;
	if (!strcmp(s, "riscv,sv48"))
		return 48;
	return strcmp(s, "riscv,sv57") ? 0 : 57;
}

/*
 * Does an ISA string name an extension? After an underscore, or as the first one right after the single
 * letters; versions aside.
 */
static bool isa_names(const char *isa, const char *name)
{
	const char *s, *letters = isa + strcspn(isa, "_");
	size_t n = strlen(name);

	for (s = isa; (s = strcasestr(s, name)); s++)
		if ((!s[n] || s[n] == '_' || (s[n] >= '0' && s[n] <= '9')) &&
		    (s > isa && (s[-1] == '_' || s <= letters)))
			return true;
	return false;
}

/* Does a hart have an extension? From its list, else from its ISA string. */
static bool has_extension(const struct reader *r, int node, const char *name)
{
	int len;
	const char *s = fdt_getprop(r->fdt, node, "riscv,isa-extensions", &len);

	if (s)
		return fdt_stringlist_search(r->fdt, node, "riscv,isa-extensions", name) >= 0;
	s = fdt_getprop(r->fdt, node, "riscv,isa", &len);
	return s && len > 0 && !s[len - 1] && isa_names(s, name);
}

/* Harts that take no part don't count: the kernel leaves those without an MMU out. */
static bool is_hart(const struct reader *r, int node)
{
	int len;
	const char *s = fdt_getprop(r->fdt, node, "mmu-type", &len);

	return has_type(r, node, "cpu") && available(r, node) &&
	       !(s && len > 0 && !s[len - 1] && !strcmp(s, "riscv,none"));
}

static void read_harts(const struct reader *r)
{
	int cpus = fdt_subnode_offset(r->fdt, 0, "cpus");
	bool first = true;
	int node;

	if (cpus < 0)
		return;
	fdt_for_each_subnode(node, r->fdt, cpus)
	{
		u8 bits = mmu_type_bits(r, node);

		if (!is_hart(r, node))
			continue;
		if (bits && (!r->out->mmu_type || bits < r->out->mmu_type))
			r->out->mmu_type = bits;
		r->out->svnapot = (first || r->out->svnapot) && has_extension(r, node, "svnapot");
		first = false;
	}
}

static bool take_seed(const struct reader *r, int chosen, const char *name)
{
	const char *unusable;
	int len;
	const void *p = fdt_getprop(r->fdt, chosen, name, &len);

	if (!p)
		return false;
	unusable = seed_read(p, (u32)len, &r->out->seed);
	if (unusable)
		fprintf(stderr, "graticule: %s: /chosen/%s %s: not used\n", r->path, name,
			unusable);
	return !unusable;
}

/* As the kernel does. */
static void read_seed(const struct reader *r)
{
	int chosen = fdt_subnode_offset(r->fdt, 0, "chosen");

	r->out->has_seed = chosen >= 0 &&
			   (take_seed(r, chosen, "kaslr-seed") || take_seed(r, chosen, "rng-seed"));
}

void dtb_read(const char *path, struct dtb *dtb)
{
	struct reader r = { .path = path, .out = dtb };
	size_t size;
	int err;

	memset(dtb, 0, sizeof(*dtb));
	memory_init(&dtb->memory);
	r.fdt = read_file(path, &size);
	err = fdt_check_full(r.fdt, size);
	if (err)
		die(path, "not a device tree blob: %s", fdt_strerror(err));
	read_memory(&r);
	read_reservations(&r);
	read_harts(&r);
	read_seed(&r);
}
