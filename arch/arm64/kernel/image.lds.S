/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The image: linked at 0, position independent, in three parts with permissions of their own. Each
 * starts and ends at a multiple of SECTION_ALIGN, so that the parts never share a page of whatever
 * size.
 */
#include <asm/arch.h>
#include <asm/boot.h>

OUTPUT_FORMAT("elf64-littleaarch64")
OUTPUT_ARCH(aarch64)
ENTRY(_start)

PHDRS
{
	text PT_LOAD FLAGS(5);
	rodata PT_LOAD FLAGS(4);
	data PT_LOAD FLAGS(6);
}

SECTIONS
{
	. = 0;
	.text : AT(ELF_LOAD_ADDRESS) {
		__text_start = .;
		*(.head.header)
		*(.head.text)
		. = ALIGN(4096);
		__idmap_start = .;
		*(.idmap.text)
		__idmap_end = .;
		*(.text .text.*)
	} :text
	. = ALIGN(SECTION_ALIGN);
	__text_end = .;

	.rodata : {
		__rodata_start = .;
		*(.rodata .rodata.*)
		/* What relocations write, in lines of its own. */
		. = ALIGN(CACHE_WRITEBACK_GRANULE);
		__relro_start = .;
		*(.data.rel.ro .data.rel.ro.*)
	} :rodata
	.got : { *(.got) *(.got.plt) } :rodata
	.note : { *(.note.*) } :rodata
	.rela.dyn : ALIGN(8) {
		__rela_start = .;
		*(.rela .rela.*)
		__rela_end = .;
	} :rodata
	. = ALIGN(SECTION_ALIGN);
	__rodata_end = .;

	.data : {
		__data_start = .;
		*(.data .data.*)
	} :data
	/* The file ends here: what follows is not loaded. */
	.bss (NOLOAD) : ALIGN(256) {
		__bss_start = .;
		*(.bss)
		*(COMMON)
		. = ALIGN(256);
		__bss_end = .;
		__boot_stacks_start = .;
		*(.stack)
		__boot_stacks_end = .;
		*(.bss..not_cleared)
		. = ALIGN(SECTION_ALIGN);
		__boot_tables_start = .;
		. += BOOT_TABLES_SIZE;
		__boot_tables_end = .;
		. = ALIGN(SECTION_ALIGN);
	} :data
	__data_end = .;
	_end = .;

	.debug_info 0 : { *(.debug_info) }
	.debug_abbrev 0 : { *(.debug_abbrev) }
	.debug_aranges 0 : { *(.debug_aranges) }
	.debug_line 0 : { *(.debug_line) }
	.debug_line_str 0 : { *(.debug_line_str) }
	.debug_str 0 : { *(.debug_str) }
	.debug_str_offsets 0 : { *(.debug_str_offsets) }
	.debug_addr 0 : { *(.debug_addr) }
	.debug_loc 0 : { *(.debug_loc) }
	.debug_loclists 0 : { *(.debug_loclists) }
	.debug_ranges 0 : { *(.debug_ranges) }
	.debug_rnglists 0 : { *(.debug_rnglists) }
	.debug_frame 0 : { *(.debug_frame) }
	.comment 0 : { *(.comment) }
	.symtab 0 : { *(.symtab) }
	.strtab 0 : { *(.strtab) }
	.shstrtab 0 : { *(.shstrtab) }

	/* For a dynamic linker, which there is none of. */
	/DISCARD/ : {
		*(.interp .dynamic .dynsym .dynstr .hash .gnu.hash .gnu.version*)
		*(.eh_frame .eh_frame_hdr)
	}
}

ASSERT(_start == 0, "the header is not the image's first byte")
ASSERT(__idmap_end - __idmap_start <= 4096, "the identity map is more than a page")
ASSERT((_end & (SECTION_ALIGN - 1)) == 0, "the image's end is not aligned")
