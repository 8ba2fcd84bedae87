// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "tests/mutants/catalogue.h"

const struct simulator *const catalogue_simulator = &simulator_riscv;

#define PAGE "ffffffc000000000"
#define NEXT "ffffffc000001000"
#define BLOCK "ffffffc000200000"
/* A page, so that there are tables; then what is done beside it by hand. */
#define MAPPED "map " PAGE " 80000000 4K rwg\n"
#define CLEAR "store entry(" PAGE ",0) invalid\n"
#define TABLE "alloc T\nfill T[0] 512 invalid\n"
#define EVERYWHERE "sfence.vma\nfence rw,rw\nsbi remote_sfence_vma 6 all\n"
#define LINKED MAPPED TABLE "fence w,w\nstore entry(" BLOCK ",1) table(T)\n" EVERYWHERE

const struct mistake catalogue[] = {
	{ "hart mask off by one (Bao)", 12, 39, 0, 0, "R4 R14",
	  MAPPED CLEAR "sfence.vma " PAGE "\nfence rw,rw\n+sbi remote_sfence_vma c " PAGE " 4K\n"
		       "-sbi remote_sfence_vma 6 " PAGE " 4K\nclaim\n" },
	{ "one hart is left out", 12, 39, 0, 0, "R4",
	  MAPPED CLEAR "sfence.vma " PAGE "\nfence rw,rw\n+sbi remote_sfence_vma 2 " PAGE " 4K\n"
		       "-sbi remote_sfence_vma 6 " PAGE " 4K\nclaim\n" },
	{ "local fence only (Linux 4bd1d80)", 12, 39, 0, 0, "R4",
	  MAPPED CLEAR "sfence.vma " PAGE "\n-fence rw,rw\n-sbi remote_sfence_vma 6 " PAGE
		       " 4K\nclaim\n" },
	{ "remote fence not after the stores", 12, 39, 0, 0, "R4",
	  MAPPED CLEAR "sfence.vma " PAGE "\n-fence rw,rw\nsbi remote_sfence_vma 6 " PAGE
		       " 4K\nclaim\n" },
	{ "tables written, satp written, no fence (xv6)", 12, 39, 0, 0, "R6",
	  TABLE "-sfence.vma\ncsrw satp T asid=1\n-sfence.vma x0 1\nclaim\n" },
	{ "satp written with ASID 0 and no fence (Asterinas)", 12, 39, 0, 0, "R6",
	  TABLE "sfence.vma\ncsrw satp T\n-sfence.vma\nclaim\n" },
	{ "an ASID used again without a fence", 12, 39, 0, 0, "R8 R6",
	  TABLE "sfence.vma\ncsrw satp T asid=3\nsfence.vma\ncsrw satp kernel asid=3\n"
		"-sfence.vma x0 3\nclaim\n" },
	{ "map without fence, invalid entry cached (Bao, Linux bf587caae305)", 12, 39, 0, 0, "R5",
	  MAPPED "store entry(" NEXT ",0) leaf(80001000,rwg)\n-"
		 "sfence.vma " NEXT "\n-fence rw,rw\n"
		 "-sbi remote_sfence_vma 6 " NEXT " 4K\nuse " NEXT " r\n" },
	{ "a directory freed with a fence by address (Linux 97cf301fa42e)", 12, 39, 0, 0, "R2 R7",
	  LINKED "store entry(" BLOCK ",1) invalid\n+sfence.vma " BLOCK
		 "\n-sfence.vma\nfence rw,rw\n"
		 "+sbi remote_sfence_vma 6 " BLOCK " 2M\n-sbi remote_sfence_vma 6 all\nfree T\n" },
	{ "a root entry left over from the probe (Linux d5fdade9331f)", 12, 39, 0, 0, "C2",
	  "alloc T\n+fill T[1] 511 invalid\n-fill T[0] 512 invalid\nsfence.vma\n"
	  "csrw satp T asid=1\nsfence.vma x0 1\nclaim\n" },
	{ "a table linked before it is cleared", 12, 39, 0, 0, "C2",
	  MAPPED "alloc T\n-fill T[0] 512 invalid\nfence w,w\nstore entry(" BLOCK ",1) table(T)\n"
		 "+fill T[0] 512 invalid\n" EVERYWHERE "claim\n" },
	{ "a zeroed table linked with no barrier", 12, 39, 0, 0, "C2",
	  MAPPED TABLE "-fence w,w\nstore entry(" BLOCK ",1) table(T)\n" EVERYWHERE "claim\n" },
	{ "a page freed before the fence on all harts (litebox)", 12, 39, 0, 0, "R4 C3",
	  MAPPED "alloc D\nstore entry(" NEXT ",0) leaf(D,rwg)\n" EVERYWHERE "store entry(" NEXT
		 ",0) invalid\nsfence.vma " NEXT "\nfence rw,rw\n"
		 "-sbi remote_sfence_vma 6 " NEXT " 4K\nfree D\n+sbi remote_sfence_vma 6 " NEXT
		 " 4K\n" },
	{ "a fence by address on a core where it does nothing (SiFive CIP-1200)", 12, 39, 0, 0x27,
	  "R1",
	  MAPPED CLEAR "+sfence.vma " PAGE "\n-sfence.vma\nfence rw,rw\n"
		       "+sbi remote_sfence_vma 6 " PAGE
		       " 4K\n-sbi remote_sfence_vma 6 all\nclaim\n" },
	{ "an address that is not canonical", 12, 39, 0, 0, "R11",
	  MAPPED CLEAR "+sfence.vma ffff0000000000\n-sfence.vma " PAGE "\nfence rw,rw\n"
		       "sbi remote_sfence_vma 6 all\nclaim\n" },
	{ "SINVAL without its fences", 12, 39, 0, 0, "R9",
	  MAPPED CLEAR "-sfence.w.inval\nsinval.vma " PAGE "\n-sfence.inval.ir\nfence rw,rw\n"
		       "sbi remote_sfence_vma 6 all\nclaim\n" },
	{ "one entry of a NAPOT group is fenced", 12, 39, 0, 0, "R10",
	  "map " PAGE " 80000000 64K rwg\nfill entry(" PAGE ",0) 16 invalid\n+sfence.vma " PAGE "\n"
	  "-sfence.vma\nfence rw,rw\n+sbi remote_sfence_vma 6 " PAGE " 4K\n"
	  "-sbi remote_sfence_vma 6 all\nclaim\n" },
	{ "a global entry fenced by ASID", 12, 39, 0, 0, "R3",
	  MAPPED CLEAR "+sfence.vma " PAGE " 0\n-sfence.vma " PAGE "\nfence rw,rw\n"
		       "sbi remote_sfence_vma 6 " PAGE " 4K\nclaim\n" },
	{ "fences sent to a hart that is off are lost", 12, 39, 0, 0, "R14",
	  MAPPED "cpu 2\noffline\ncpu 0\n" CLEAR
		 "sfence.vma\nfence rw,rw\nsbi remote_sfence_vma 2 all\n"
		 "claim\ncpu 2\nonline\n-sfence.vma\nclaim\n" },
	{ "SFENCE.VMA in place of FENCE.I", 12, 39, 0, 0, "R16",
	  "map " PAGE " 80000000 4K rxg\nwrite-code\n+sfence.vma\n-fence.i\nuse " PAGE " x\n" },
	{ "PMP changed without a fence", 12, 39, 0, 0, "R15",
	  MAPPED "csrw pmp\n-sfence.vma\nuse " PAGE " r\n" },
	{ "an invalid large leaf taken for a mapping (CVE-2026-31600)", 12, 39, 0, 0, "C1",
	  MAPPED "store entry(" BLOCK ",1) 200800e6\nassert unmapped " BLOCK "\n"
		 "-store entry(" BLOCK ",1) leaf(80200000,rwg)\n" EVERYWHERE "use " BLOCK " r\n" },
	{ NULL, 0, 0, 0, 0, NULL, NULL },
};
