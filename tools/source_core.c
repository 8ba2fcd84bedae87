// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ELF64 cores of machines: QEMU's dump-guest-memory, kdump's vmcore, /proc/kcore. Every number in them is a
 * stranger's. Read by hand as images are (tools/image.c): a header, two kinds of segments, one of notes.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tools/source.h"
#include "tools/util.h"

#define MAX_SEGMENTS (1U << 20)
#define MAX_NOTES MIB(64)

struct core {
	const char *path;
	int fd;
	u64 size;
	struct source *source;
};

/* Reads @len bytes at @offset, or dies. */
static void get(const struct core *c, u64 offset, void *buf, size_t len, const char *what)
{
	char *to = buf;

	if (offset > c->size || len > c->size - offset)
		die(c->path, "truncated: %s ends beyond the file", what);
	while (len) {
		ssize_t got = pread(c->fd, to, len, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			die(c->path, "%s: %s", what, got ? strerror(errno) : "truncated");
		to += got;
		len -= (size_t)got;
		offset += (u64)got;
	}
}

static const char *arch_of(const struct core *c, const Elf64_Ehdr *eh)
{
	if (memcmp(eh->e_ident, ELFMAG, SELFMAG) != 0)
		die(c->path, "is no ELF file (kdump's compressed format has to be converted)");
	if (eh->e_ident[EI_CLASS] != ELFCLASS64)
		die(c->path, "is no 64-bit ELF file");
	if (eh->e_ident[EI_DATA] != ELFDATA2LSB)
		die(c->path, "is big-endian, which is not supported");
	if (eh->e_type != ET_CORE)
		die(c->path, "is an ELF file, but no core");
	if (eh->e_machine == EM_RISCV)
		return "riscv";
	if (eh->e_machine == EM_AARCH64)
		return "arm64";
	die(c->path, "is of ELF machine %u, neither RISC-V nor arm64", eh->e_machine);
}

/* Where there are too many for the header the first section's says how many. */
static u32 count_segments(const struct core *c, const Elf64_Ehdr *eh)
{
	u32 n = eh->e_phnum;
	Elf64_Shdr sh;

	if (n && eh->e_phentsize != sizeof(Elf64_Phdr))
		die(c->path, "its segment table has entries of %u bytes", eh->e_phentsize);
	if (n == PN_XNUM) {
		get(c, eh->e_shoff, &sh, sizeof(sh), "the first section's header");
		n = sh.sh_info;
	}
	if (n > MAX_SEGMENTS)
		die(c->path, "has %u segments, more than any core", n);
	return n;
}

/* ---- notes ---- */

static void take_note(struct source *s, const Elf64_Nhdr *n, const char *name, const char *desc)
{
	if (n->n_type == NT_PRSTATUS && n->n_namesz == sizeof("CORE") && !memcmp(name, "CORE", 5))
		s->cpus++;
	if (n->n_namesz < sizeof("VMCOREINFO") || memcmp(name, "VMCOREINFO", 10) != 0 || name[10] ||
	    s->vmcoreinfo)
		return;
	s->vmcoreinfo = xalloc((size_t)n->n_descsz + 1, 1);
	memcpy(s->vmcoreinfo, desc, n->n_descsz);
}

/* Names and descriptions are padded to four bytes. */
static void take_notes(struct source *s, const char *notes, u64 size)
{
	u64 at = 0;

	while (size - at >= sizeof(Elf64_Nhdr)) {
		Elf64_Nhdr n;
		u64 name, desc;

		memcpy(&n, notes + at, sizeof(n));
		name = at + sizeof(n);
		desc = name + align_up(n.n_namesz, 4);
		at = desc + align_up(n.n_descsz, 4);
		if (desc + n.n_descsz > size)
			return; /* the last one may be cut off */
		take_note(s, &n, notes + name, notes + desc);
		if (at > size)
			return;
	}
}

static void read_notes(const struct core *c, const Elf64_Phdr *ph)
{
	char *notes;

	if (ph->p_filesz > MAX_NOTES)
		die(c->path, "its notes are too large");
	notes = xalloc((size_t)ph->p_filesz, 1);
	get(c, ph->p_offset, notes, (size_t)ph->p_filesz, "a note");
	take_notes(c->source, notes, ph->p_filesz);
	free(notes);
}

/* ---- memory ---- */

/* What is beyond p_filesz was not dumped: nobody says that it is zero. */
static void take_memory(const struct core *c, const Elf64_Phdr *ph, u32 i)
{
	const struct segment g = { ph->p_paddr, ph->p_filesz, ph->p_offset, c->fd };

	if (ph->p_paddr == ~0ULL) /* /proc/kcore: what has no one physical address */
		return;
	if (ph->p_offset > c->size || ph->p_filesz > c->size - ph->p_offset)
		die(c->path, "truncated: segment %u ends beyond the file", i);
	source_add(c->source, &g);
}

static void read_segments(const struct core *c, const Elf64_Ehdr *eh, u32 nr)
{
	bool placed = false;
	u32 loads = 0;

	if (eh->e_phoff > c->size || (u64)nr * sizeof(Elf64_Phdr) > c->size - eh->e_phoff)
		die(c->path, "truncated: the segment table ends beyond the file");
	for (u32 i = 0; i < nr; i++) {
		Elf64_Phdr ph;

		get(c, eh->e_phoff + (u64)i * sizeof(ph), &ph, sizeof(ph), "a segment's header");
		if (ph.p_type == PT_NOTE)
			read_notes(c, &ph);
		if (ph.p_type != PT_LOAD)
			continue;
		loads++;
		placed |= ph.p_paddr != 0;
		take_memory(c, &ph, i);
	}
	if (loads > 1 && !placed)
		die(c->path, "has no physical addresses: the core of a process");
	if (!source_sort(c->source))
		die(c->path, "holds no memory");
}

struct source *source_core(const char *path)
{
	struct core c = { .path = path, .source = xalloc(1, sizeof(struct source)) };
	Elf64_Ehdr eh;
	struct stat st;

	c.fd = open(path, O_RDONLY | O_CLOEXEC);
	if (c.fd < 0 || fstat(c.fd, &st))
		die(path, "%s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		die(path, "is no file");
	/* Files below /proc need not say how large they are. */
	c.size = st.st_size ? (u64)st.st_size : INT64_MAX;
	if (c.size < sizeof(eh))
		die(path, "is no ELF file: too short");
	get(&c, 0, &eh, sizeof(eh), "the ELF header");
	c.source->name = path;
	c.source->arch = arch_of(&c, &eh);
	read_segments(&c, &eh, count_segments(&c, &eh));
	return c.source;
}
