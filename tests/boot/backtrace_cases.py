# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Kernels that a debugger makes fault: what they say must lead back to the functions that were on the way."""

import re
import subprocess

from case import Case, both, need, stops
from qemu import Machine

ARCHES = ("riscv", "arm64")
ENTRY = re.compile(r"^  #(\d+) (image\+)?0x([0-9a-f]+)(,.*|( \?)?)$", re.MULTILINE)
RECORD = {"riscv": -16, "arm64": 0}  # from the frame pointer to the record


def functions(outcome, offsets):
    """The functions that each offset is in: what is inlined first, as addr2line has it."""
    done = subprocess.run(["addr2line", "-a", "-f", "-i", "-e", outcome.image.parent / "graticule.elf"],
                          input="\n".join(offsets), check=True, capture_output=True, text=True)
    names = []
    lines = iter(done.stdout.splitlines())
    for line in lines:
        if line.startswith("0x"):
            names.append([])
        else:
            names[-1].append(line)
            place = next(lines)
            # binutils doesn't find all lines that clang writes down.
            need(outcome.case.variant or re.search(r"\.[chS]:\d+", place),
                 f"addr2line knows no line of {line}")
    return names


def entries(outcome):
    """(functions or nothing outside of the image, is it a guess), innermost first."""
    found = ENTRY.findall(outcome.console)
    need([int(number) for number, *_ in found] == list(range(len(found))), "the entries are not numbered")
    names = iter(functions(outcome, [offset for _, image, offset, *_ in found if image]))
    return [(next(names) if image else [], bool(guess)) for _, image, _, _, guess in found]


def leads_back(*names, count=None):
    """stops, and the backtrace leads through these functions, in this order, in `count` entries."""
    def expect(outcome):
        stops("exception")(outcome)
        need("while reporting it" not in outcome.console, "a second exception")
        found = entries(outcome)
        need(found, "there is no backtrace")
        on_the_way = iter([name for functions_here, _ in found for name in functions_here])
        for name in names:
            need(name in on_the_way, f"{name} is missing, or not in this place: {found}")
        need(count in (None, len(found)), f"{len(found)} entries, expected {count}: {found}")
        need(sum(guess for _, guess in found) <= 1, "more than one guess")
    return expect


def says(pattern):
    def expect(outcome):
        need(re.search(pattern, outcome.console, re.MULTILINE), f"no line matches /{pattern}/")
    return expect


# ---- what the debugger does ---------------------------------------------------------------------


def at(name, **registers):
    """Stop where a function begins, and change registers; a number is a distance if it is a str."""
    def debug(stub, address):
        stub.run_to(address(name))
        for register, value in registers.items():
            stub.set(register, stub.get(register) + int(value, 0) if isinstance(value, str) else value)
        stub.detach()
    return debug


def in_boot_stage(name, **registers):
    def debug(stub, address):
        stub.run_to(address(name, physical=True))
        for register, value in registers.items():
            stub.set(register, value)
        stub.detach()
    return debug


def bad_record(arch, offset):
    """The record says that the next one is so far above itself; then a jump to NULL."""
    def debug(stub, address):
        stub.run_to(address("report_table"))
        fp = stub.get("fp")
        stub.write(fp + RECORD[arch], ((fp + offset) % (1 << 64)).to_bytes(8, "little"))
        stub.set("pc", 0)
        stub.detach()
    return debug


def case(name, arch, expect, debug, smp="1", variant=""):
    return Case(f"{variant or arch}: {name}", Machine(arch, smp=smp), expect, "nokaslr", load="stub",
                debug=debug, variant=variant)


def backtraces():
    behind_pointer = ("count_in_region", "grt_walk", "format_leaves", "report_table")
    top = ("run_kernel",)
    for arch in ARCHES:
        yield case("a jump to NULL leads back to where it came from", arch,
                   both(leads_back(*top), says(r"^  #0 0x0, not in the image$")), at("report_table", pc=0))
        yield case("a jump into data leads back", arch, leads_back(*top), jump_to("boot_info"))
        yield case("a fault in a leaf leads back through printk", arch,
                   leads_back("strlen", "vformat", "vprintk", "printk"), at("strlen", a0=8))
        yield case("a fault in a function that was called through a pointer leads back", arch,
                   leads_back(*behind_pointer, *top), at("count_in_region", a1=16))
        yield case("a fault of memcpy leads back", arch,
                   both(leads_back("memcpy"), says("write to 0x10,")), at("memcpy", a0=16))
        yield case("a stack that has overflown leads back", arch,
                   leads_back("report_table", *top), at("report_table", sp="-0x10000"))
        for what, value in (("is not aligned", "0x3"), ("is far above the stack", "0x10000000"),
                            ("is far below the stack", "-0x10000000")):
            yield case(f"a frame pointer that {what} ends the list", arch,
                       leads_back(*top, count=2), at("report_table", pc=0, fp=value))
        yield case("a frame pointer of NULL ends the list", arch,
                   leads_back(*top, count=2), at("report_table", pc=0, fp=0))
        yield case("a frame pointer at the end of the address space ends the list", arch,
                   leads_back(*top, count=2), at("report_table", pc=0, fp=-16))
        for offset in (0, -32, 8, 1 << 40):
            yield case(f"a record that points {offset} bytes above itself ends the list", arch,
                       leads_back(*top), bad_record(arch, offset))
        for variant in (f"{arch}-llvm", f"{arch}-debug"):
            yield case("a jump to NULL leads back", arch, leads_back(*top), at("report_table", pc=0),
                       variant=variant)
            yield case("a fault behind a pointer leads back", arch, leads_back(*behind_pointer, *top),
                       at("count_in_region", a1=16), variant=variant)
            yield case("a fault in a leaf leads back", arch, leads_back("strlen", "printk"),
                       at("strlen", a0=8), variant=variant)
        yield case("a second CPU's way back is its own", arch, leads_back("secondary_main"),
                   at("arch_secondary_init", pc=0), smp="2")
    yield case("the boot stage leads back", "arm64", leads_back("grt_layout_plan", "boot_main"),
               in_boot_stage("grt_layout_plan", a0=1 << 42))
    yield case("the boot stage tells the image offset", "riscv",
               both(stops("exception in the boot stage"), early("grt_layout_plan")),
               in_boot_stage("grt_layout_plan", a0=1 << 54))


def jump_to(name):
    def debug(stub, address):
        stub.run_to(address("report_table"))
        stub.set("pc", address(name))
        stub.detach()
    return debug


def early(name):
    def expect(outcome):
        found = re.search(r"pc 0x[0-9a-f]+, image\+0x([0-9a-f]+), address", outcome.console)
        need(found, "no image offset")
        need(name in functions(outcome, [found.group(1)])[0], f"the offset is not in {name}")
    return expect
