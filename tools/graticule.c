// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* graticule: plan and look at kernel address spaces, with the kernels' own code. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <graticule/version.h>
#include "tools/commands.h"
#include "tools/util.h"

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
};

static const struct command commands[] = {
	{ "plan", cmd_plan },
	{ "compare", cmd_compare },
	{ "simulate", cmd_simulate },
	{ "dump", cmd_dump },
};

static const char usage[] =
	"usage: graticule plan --arch riscv|arm64 (--memory BASE:SIZE[,...] | --dtb FILE) [option...]\n"
	"       graticule compare SPEC... [--svg FILE] [--html FILE] [option...]\n"
	"       graticule simulate --arch riscv|arm64 [option...] SCRIPT\n"
	"       graticule dump (--gdb HOST:PORT | --core FILE | --raw FILE@BASE[,...]) [option...]\n"
	"       graticule --help | --version\n"
	"\n"
	"plan: one layout, as a kernel would place it\n"
	"  --page-size 4k|16k|64k   default: the best that the memory suits\n"
	"  --va-bits N              riscv: 39, 48, 57 (or sv39 ...); arm64: 36 to 52, by page size\n"
	"\n"
	"compare: layouts side by side. SPEC is riscv:sv39, arm64:16k:47, riscv:sv48:text (policy), the\n"
	"console log of a kernel, or a file that --json has written; - is standard input\n"
	"  --svg FILE               a picture\n"
	"  --html FILE              a page with the picture and the tables\n"
	"\n"
	"simulate: a script of changes and raw steps, judged by the TLB rules; - is standard input. The\n"
	"tables begin empty, or with the linear map of --memory. docs/simulate.md explains the steps\n"
	"  --page-size, --va-bits   as for plan\n"
	"  --cpus N                 1 to 8; default 2\n"
	"  --bbm N[,N...]           arm64: FEAT_BBM level of all CPUs, or of each; default 3\n"
	"  --ext LIST|none          what the CPUs have, and nothing else.\n"
	"                           riscv: svnapot,svpbmt,svinval,svadu,svvptc,cip-1200 (fences with an\n"
	"                           address do nothing); arm64: tlbirange,cont,hafdbs,ntlbpa,\n"
	"                           repeat-tlbi (cores that need each TLBI twice)\n"
	"  --dead                   no CPU translates with the tables\n"
	"  --litmus DIR             arm64: litmus tests for herd7, Arm's formal model (docs/litmus.md)\n"
	"\n"
	"dump: the page tables of any kernel, in QEMU, a core or a memory image. docs/dump.md explains all\n"
	"  --gdb HOST:PORT|unix:PATH QEMU's gdbstub; a guest that ran runs again afterwards\n"
	"  --cpu N, --all           whose registers: CPU N's, or those of all\n"
	"  --timeout SECONDS        for each of the stub's answers; default 10\n"
	"  --keep-stopped           the guest stays stopped, even if it ran\n"
	"  --root PA:REGIME         a root, several times if need be, in place of what registers\n"
	"                           or a core's VMCOREINFO say.\n"
	"                           REGIME: riscv:sv48, riscv:sv39x4, arm64:el1:upper:4k:48,\n"
	"                           arm64:s2:4k:40 and so on\n"
	"  --arch riscv|arm64       where neither source nor REGIME says\n"
	"  --va START-LAST          these addresses only; or START:SIZE\n"
	"  --leaves                 a line for each leaf, not for each range\n"
	"  --raw-bits               entries' bits, too\n"
	"  --translate VA           each step of the way to one address\n"
	"  --find PA                each address that maps this memory\n"
	"  --json, --stats\n"
	"\n"
	"all but dump:\n"
	"  --memory BASE:SIZE[,...] RAM; compare's default: 1 GiB where QEMU's boards have it\n"
	"  --mem SIZE               use the lowest SIZE bytes of it, with room for the rest, as mem= does\n"
	"  --dtb FILE               RAM, reservations, seed and MMU type from a device tree blob\n"
	"  --seed N                 KASLR with this seed; without a seed there is none\n"
	"  --nokaslr                ignore the seed of the device tree\n"
	"  --image FILE             kernel image: ELF or Image; default: 256K of text, 256K of rodata,\n"
	"                           1.5M of data. Of another kernel's Image only the size is known\n"
	"  --image-base ADDRESS     where it is loaded\n"
	"  --policy default|text    where it goes; text: riscv, a region of its own\n"
	"  --truncate               cut off memory that does not fit\n"
	"  --rodata full|on|off     as on the kernel's command line\n"
	"  --nocont                 no contiguous groups, no NAPOT\n"
	"  --pa-bits N              physical address bits of the CPU\n"
	"  --json                   the layout, or a list of layouts, as JSON\n"
	"\n"
	"Addresses are hexadecimal, sizes take K, M, G, T. Exit status: 0 done, 1 a check failed, 2 bad\n"
	"usage or input.\n";

static int help(void)
{
	fputs(usage, stdout);
	return 0;
}

int main(int argc, char **argv)
{
	size_t i;

	if (argc < 2)
		die("usage",
		    "graticule plan|compare|simulate|dump [option...]; graticule --help says more");
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))
		return help();
	if (!strcmp(argv[1], "--version"))
		return puts("graticule " GRT_VERSION) < 0;
	opterr = 0;
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(argv[1], commands[i].name)) {
			int status;

			if (argc > 2 && !strcmp(argv[2], "--help"))
				return help();
			status = commands[i].run(argc - 1, argv + 1);
			if (fflush(stdout) || ferror(stdout))
				die("standard output", "could not be written");
			return status;
		}
	die(argv[1], "no such command: plan, compare, simulate and dump are there");
}
