/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The image: linked at 0, position independent, in three parts with permissions of their own. Each starts
 * and ends at a multiple of SECTION_ALIGN, so that the parts share neither a page nor a Svnapot group.
 */
#include <asm/arch.h>
#include <asm/boot.h>

OUTPUT_FORMAT("elf64-littleriscv")
OUTPUT_ARCH(riscv)
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
		*(.head.text)
		*(.text .text.*)
	} :text
	. = ALIGN(SECTION_ALIGN);
	__text_end = .;

	.rodata : {
		__rodata_start = .;
		*(.rodata .rodata.* .srodata .srodata.*)
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
		*(.data .data.* .sdata .sdata.*)
	} :data
	/* The file ends here: what follows is not loaded. */
	.bss (NOLOAD) : ALIGN(64) {
		__bss_start = .;
		*(.sbss .bss)
		*(COMMON)
		. = ALIGN(64);
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

	.riscv.attributes 0 : { *(.riscv.attributes) }
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
ASSERT((_end & (SECTION_ALIGN - 1)) == 0, "the image's end is not aligned")
ASSERT(satp_probe / 128 == (satp_probe_end - 1) / 128, "satp_probe() lies in two pieces")
