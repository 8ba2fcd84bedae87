// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "tests/mutants/catalogue.h"

const struct simulator *const catalogue_simulator = &simulator_arm64;

#define PAGE "ffff000000000000"
#define NEXT "ffff000000001000"
#define BLOCK "ffff000000200000"
/* A page, so that there are tables; then what is done beside it by hand. */
#define MAPPED "map " PAGE " 80000000 4K rwg\n"
#define CLEAR "store entry(" PAGE ",0) invalid\n"
#define DONE "dsb ish\nisb\nclaim\n"
#define PUBLISH "dsb ishst\nisb\n"
#define TABLE "alloc T\nfill T[0] 512 invalid\n"
#define LINKED MAPPED TABLE "dsb ishst\nstore entry(" BLOCK ",1) table(T)\n" PUBLISH
#define USER                                                                    \
	"map 1000 80000000 4K rwu\ncpu 1\nmsr ttbr0_el1 reserved\nisb\ncpu 2\n" \
	"msr ttbr0_el1 reserved\nisb\ntlbi vmalle1is\ndsb ish\nisb\ncpu 0\n"

const struct mistake catalogue[] = {
	{ "no DSB after a map (LK)", 12, 48, 3, 0, "A8",
	  MAPPED "store entry(" NEXT ",0) leaf(80001000,rwg)\n-dsb ishst\nisb\nuse " NEXT " r\n" },
	{ "ISB after a map dropped (Linux 24fe1b0efad4)", 12, 48, 3, 0, "A8",
	  MAPPED "store entry(" NEXT ",0) leaf(80001000,rwg)\ndsb ishst\n-isb\nuse " NEXT " r\n" },
	{ "migration between TLBI and its DSB", 12, 48, 3, 0, "A6",
	  MAPPED CLEAR "dsb ishst\ntlbi vaae1is " PAGE "\n-dsb ish\n-isb\n"
		       "+cpu 1\n+dsb ish\n+isb\n+cpu 0\nclaim\n" },
	{ "TLBI without DSB at start-up (LK)", 12, 48, 3, 0, "A15 A6",
	  MAPPED "cpu 1\nreset\nmsr ttbr1_el1 kernel\nisb\ntlbi vmalle1\n-dsb nsh\nisb\n"
		 "msr sctlr_el1 on\nisb\nuse " PAGE " r\n" },
	{ "ASID not shifted", 12, 48, 3, 0, "A10 C4",
	  USER
	  "msr ttbr0_el1 reserved\nisb\ntlbi vmalle1is\ndsb ish\nisb\n"
	  "msr ttbr0_el1 kernel asid=5\nisb\nuse 1000 r\nstore entry(1000,0) invalid\ndsb ishst\n"
	  "+tlbi vae1is operand=5\n-tlbi vae1is 1000 asid=5\n" DONE },
	{ "the address's top bits land in TTL (Zephyr)", 12, 48, 3, 0, "A11",
	  MAPPED CLEAR "dsb ishst\n+tlbi vae1is operand=1ffff000000000\n-tlbi vaae1is " PAGE
		       "\n" DONE },
	{ "the address shifted by the granule", 16, 48, 3, 0, "A10 A11 C4",
	  "map ffff000012340000 80000000 64K rwg\nstore entry(ffff000012340000,0) invalid\ndsb ishst\n"
	  "+tlbi vaae1is operand=f0000001234\n-tlbi vaae1is ffff000012340000\n" DONE },
	{ "the address not shifted at all (unikraft)", 12, 48, 3, 0, "A10 A11 C4",
	  "map ffff000012345000 80000000 4K rwg\nstore entry(ffff000012345000,0) invalid\ndsb ishst\n"
	  "+tlbi vaae1is operand=12345000\n-tlbi vaae1is ffff000012345000\n" DONE },
	{ "tables written with the MMU off behind stale cache lines (LK)", 12, 48, 3, 0, "A17",
	  "cpu 1\nreset\n" TABLE "dsb sy\n-dc ivac T\n-dsb sy\nmsr ttbr1_el1 T\nisb\ntlbi vmalle1\n"
	  "dsb nsh\nisb\nmsr sctlr_el1 on\nisb\nclaim\n" },
	{ "pages, then a block over them: stale intermediate entry (Linux b6bdb7517c3d)", 12, 48, 0,
	  0, "A9 A3 A2",
	  LINKED "store entry(" BLOCK ",1) invalid\ndsb ishst\n+tlbi vaale1is " BLOCK "\n"
		 "-tlbi vaae1is " BLOCK "\ndsb ish\nstore entry(" BLOCK
		 ",1) leaf(80200000,rwg)\n" PUBLISH "claim\n" },
	{ "a leaf-only TLBI before a table is freed (Linux 285994a62c80)", 12, 48, 3, 0, "A9 C3",
	  LINKED "store entry(" BLOCK ",1) invalid\ndsb ishst\n+tlbi vaale1is " BLOCK "\n"
		 "-tlbi vaae1is " BLOCK "\ndsb ish\nisb\nfree T\n" },
	{ "valid to valid without break (Linux d4b9e0790aa7)", 12, 48, 3, 0, "A2",
	  MAPPED "-" CLEAR "-dsb ishst\n-tlbi vaae1is " PAGE "\n-dsb ish\n"
		 "store entry(" PAGE ",0) leaf(90000000,rwg)\ndsb ishst\ntlbi vaae1is " PAGE
		 "\n" DONE },
	{ "live tables re-grained at boot (Linux 068a17a5805d)", 12, 48, 0, 0, "A4",
	  "map " BLOCK " 80200000 2M rwg\nalloc T\nfill T[0] 512 leaf(80200000,rwg) level=0\n"
	  "dsb ishst\n-store entry(" BLOCK ",1) invalid\n-dsb ishst\n-tlbi vaae1is " BLOCK
	  "\n-dsb ish\n"
	  "store entry(" BLOCK ",1) table(T)\ndsb ishst\ntlbi vaae1is " BLOCK "\n" DONE },
	{ "a contiguous group edited in place (Linux d8bdcff28764)", 12, 48, 0, 0, "A18 A2",
	  "map " PAGE " 80000000 64K rwg\n"
	  "-fill entry(" PAGE ",0) 16 invalid\n-dsb ishst\n-tlbi rvaale1is " PAGE " 64K\n-dsb ish\n"
	  "-fill entry(" PAGE ",0) 16 group(80000000,rg)\n-dsb ishst\n-isb\n-claim\n"
	  "+store entry(" PAGE ",0) group(80000000,rg)\n+dsb ishst\n+tlbi vaale1is " PAGE "\n"
	  "+dsb ish\n+isb\n+claim\n" },
	{ "a zeroed table linked with no barrier (Linux 21ab99c289d3)", 12, 48, 3, 0, "A7",
	  MAPPED TABLE "-dsb ishst\nstore entry(" BLOCK ",1) table(T)\n" PUBLISH "claim\n" },
	{ "a table linked before it is cleared", 12, 48, 3, 0, "C2",
	  MAPPED "alloc T\n-fill T[0] 512 invalid\ndsb ishst\nstore entry(" BLOCK ",1) table(T)\n"
		 "+fill T[0] 512 invalid\n" PUBLISH "claim\n" },
	{ "a root swapped without reserved root and TLBI (Linux 0194e760f7d2)", 12, 48, 3, 0, "A13",
	  MAPPED TABLE "dsb ishst\n-msr ttbr1_el1 reserved\n-isb\n-tlbi vmalle1\n-dsb nsh\n-isb\n"
		       "msr ttbr1_el1 T\nisb\nclaim\n" },
	{ "TLBI before the write of the root (Zephyr)", 12, 48, 3, 0, "A13 A12",
	  MAPPED TABLE "dsb ishst\n+tlbi vmalle1\n+dsb nsh\n+isb\nmsr ttbr1_el1 reserved\nisb\n"
		       "-tlbi vmalle1\n-dsb nsh\n-isb\nmsr ttbr1_el1 T\nisb\nclaim\n" },
	{ "the MMU on again without TLBI (Linux 65fc7d54efb6)", 12, 48, 3, 0, "A15",
	  MAPPED "cpu 1\nreset\nmsr ttbr1_el1 kernel\nisb\n-tlbi vmalle1\n-dsb nsh\n-isb\n"
		 "msr sctlr_el1 on\nisb\nuse " PAGE " r\n" },
	{ "wrong TTL while a table is freed (Linux 52218fcd61cb)", 12, 48, 3, 0, "A11 A10 A9 C3",
	  LINKED "store entry(" BLOCK ",1) invalid\ndsb ishst\n+tlbi vaae1is " BLOCK " ttl=5\n"
		 "-tlbi vaae1is " BLOCK "\ndsb ish\nisb\nfree T\n" },
	{ "a range end wraps at the top (CVE-2026-89918)", 12, 48, 3, 0, "A11 C1",
	  "map fffffffffffff000 80000000 4K rwg\nstore entry(fffffffffffff000,0) invalid\ndsb ishst\n"
	  "+tlbi rvaale1is fffffffffffff000 16K\n-tlbi rvaale1is ffffffffffffe000 8K\n" DONE },
	{ "a local TLBI in place of a broadcast one (Zephyr)", 12, 48, 3, 0, "A10",
	  MAPPED CLEAR "dsb ishst\n+tlbi vaae1 " PAGE "\n-tlbi vaae1is " PAGE "\n" DONE },
	{ "an ASID used again (Zephyr)", 12, 48, 3, 0, "A12",
	  USER TABLE "dsb ishst\nmsr ttbr0_el1 reserved\nisb\n-tlbi aside1is\n-dsb ish\n-isb\n"
		     "msr ttbr0_el1 T\nisb\nclaim\n" },
	{ "an invalid large leaf taken for a mapping (CVE-2026-31600)", 12, 48, 3, 0, "C1",
	  MAPPED "store entry(" BLOCK ",1) 60000080200700\nassert unmapped " BLOCK "\n"
		 "-store entry(" BLOCK ",1) leaf(80200000,rwg)\n" PUBLISH "use " BLOCK " r\n" },
	{ "a page freed before the TLBI is complete (litebox)", 12, 48, 3, 0, "A6 C3",
	  MAPPED "alloc D\nstore entry(" NEXT ",0) leaf(D,rwg)\n" PUBLISH "store entry(" NEXT
		 ",0) invalid\ndsb ishst\ntlbi vaale1is " NEXT "\n"
		 "-dsb ish\n-isb\nfree D\n+dsb ish\n+isb\n" },
	{ NULL, 0, 0, 0, 0, NULL, NULL },
};
