// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Kernel images: the Image headers that the boot protocols define, and ELF. Both little-endian. */
#include <elf.h>
#include <string.h>
#include "tools/image.h"
#include "tools/util.h"

struct file {
	const char *path;
	const char *data;
	size_t size;
};

static const void *at(const struct file *f, u64 offset, u64 size, const char *what)
{
	if (offset > f->size || size > f->size - offset)
		die(f->path, "truncated: %s ends beyond the file", what);
	return f->data + offset;
}

static u64 get64(const struct file *f, u64 offset, const char *what)
{
	u64 v;

	memcpy(&v, at(f, offset, sizeof(v), what), sizeof(v));
	return v;
}

/* ---- ELF ---- */

static Elf64_Shdr section(const struct file *f, const Elf64_Ehdr *eh, unsigned int i)
{
	Elf64_Shdr sh;

	memcpy(&sh, at(f, eh->e_shoff + (u64)i * sizeof(sh), sizeof(sh), "the section table"),
	       sizeof(sh));
	return sh;
}

/* The value of a symbol of the symbol table @sh. */
static bool find_symbol(const struct file *f, const Elf64_Ehdr *eh, const Elf64_Shdr *sh,
			const char *name, u64 *value)
{
	Elf64_Shdr strings = section(f, eh, sh->sh_link);
	u64 i;

	at(f, strings.sh_offset, strings.sh_size, "the string table");
	for (i = 0; i < sh->sh_size / sizeof(Elf64_Sym); i++) {
		Elf64_Sym sym;

		memcpy(&sym, at(f, sh->sh_offset + i * sizeof(sym), sizeof(sym), "a symbol"),
		       sizeof(sym));
		if (sym.st_name >= strings.sh_size ||
		    strings.sh_size - sym.st_name <= strlen(name) ||
		    strcmp(f->data + strings.sh_offset + sym.st_name, name))
			continue;
		*value = sym.st_value;
		return true;
	}
	return false;
}

/* What the linker script of a Graticule kernel names. */
static bool read_symbols(const struct file *f, const Elf64_Ehdr *eh, struct image *image)
{
	u64 start, end, text_end, rodata_end;
	unsigned int i;

	for (i = 0; i < eh->e_shnum; i++) {
		Elf64_Shdr sh = section(f, eh, i);

		if (sh.sh_type != SHT_SYMTAB) /* of which a file has one at most */
			continue;
		if (!find_symbol(f, eh, &sh, "_start", &start) ||
		    !find_symbol(f, eh, &sh, "_end", &end) ||
		    !find_symbol(f, eh, &sh, "__text_end", &text_end) ||
		    !find_symbol(f, eh, &sh, "__rodata_end", &rodata_end))
			return false;
		*image = (struct image){ end - start, text_end - start, rodata_end - start };
		return true;
	}
	return false;
}

/* Any other ELF file: the executable and the read-only segments before the first writable one. */
static void read_segments(const struct file *f, const Elf64_Ehdr *eh, struct image *image)
{
	u64 start = ~0ULL;
	unsigned int i;

	for (i = 0; i < eh->e_phnum; i++) {
		u64 end;
		Elf64_Phdr ph;

		memcpy(&ph,
		       at(f, eh->e_phoff + (u64)i * sizeof(ph), sizeof(ph), "the segment table"),
		       sizeof(ph));
		if (ph.p_type != PT_LOAD || !ph.p_memsz)
			continue;
		if (start == ~0ULL)
			start = ph.p_vaddr;
		if (ph.p_vaddr < start || ph.p_vaddr + ph.p_memsz < ph.p_vaddr)
			die(f->path, "segment %u: out of order", i);
		end = align_up(ph.p_vaddr + ph.p_memsz - start, KIB(64));
		image->size = end;
		if (ph.p_flags & PF_W)
			continue;
		image->rodata_end = end;
		if (ph.p_flags & PF_X)
			image->text_end = end;
	}
}

static struct image read_elf(const struct file *f)
{
	struct image image = { 0 };
	Elf64_Ehdr eh;

	memcpy(&eh, at(f, 0, sizeof(eh), "the ELF header"), sizeof(eh));
	if (eh.e_ident[EI_CLASS] != ELFCLASS64 || eh.e_ident[EI_DATA] != ELFDATA2LSB)
		die(f->path, "not a 64-bit little-endian ELF file");
	if (eh.e_machine != EM_RISCV && eh.e_machine != EM_AARCH64)
		die(f->path, "neither a RISC-V nor an arm64 ELF file");
	if (!read_symbols(f, &eh, &image))
		read_segments(f, &eh, &image);
	if (!image.size || image.text_end > image.rodata_end || image.rodata_end > image.size)
		die(f->path, "the sections are not text, read-only data, data");
	return image;
}

/*
 * ---- Image: image_size at 16, "ARM\x64" or "RSC\x05" at 56 ----
 *
 * The protocols' headers end at 64 and say nothing of text and data. Graticule's kernels say it there:
 * "GRATICUL", then the ends of text and of rodata.
 */

static bool is_image(const struct file *f)
{
	return f->size >= 64 &&
	       (!memcmp(f->data + 56, "ARM\x64", 4) || !memcmp(f->data + 56, "RSC\x05", 4));
}

static struct image read_image(const struct file *f)
{
	struct image image = { .size = get64(f, 16, "the Image header") };

	if (!image.size)
		die(f->path, "the Image header gives no size");
	if (f->size < 88 || memcmp(f->data + 64, "GRATICUL", 8))
		return image;
	image.text_end = get64(f, 72, "the end of text");
	image.rodata_end = get64(f, 80, "the end of rodata");
	if (!image.text_end || image.text_end > image.rodata_end || image.rodata_end > image.size)
		die(f->path, "the header's sections are not text, read-only data, data");
	return image;
}

struct image image_read(const char *path)
{
	struct file f = { .path = path };

	f.data = read_file(path, &f.size);
	if (f.size >= SELFMAG && !memcmp(f.data, ELFMAG, SELFMAG))
		return read_elf(&f);
	if (!is_image(&f))
		die(path, "neither an ELF file nor an Image");
	return read_image(&f);
}
