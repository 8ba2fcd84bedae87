# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Boots in which memory is added and removed: what mem= left out, and some that is free."""

import re

import agreement
from case import Case, both, need, passes, says
from fdt import cells64
from qemu import RAM, Machine

# A self-test's line: "# 1536 MiB: 48 leaves, 3 tables, 12288 KiB of page structs".
ADDED = re.compile(r"^# (\d+) MiB: (-?\d+) leaves, (\d+) tables, (\d+) KiB of page structs$", re.MULTILINE)


def added(mib, leaves):
    """passes; at least so many MiB were added, with no more than so many leaves for each GiB of them."""
    def expect(outcome):
        passes(outcome)
        lines = [[int(n) for n in line] for line in ADDED.findall(outcome.console)]
        total = sum(line[0] for line in lines)
        need(total >= mib, f"{total} MiB were added, expected {mib}")
        limit = leaves * (total / 1024 + len(lines))
        need(sum(line[1] for line in lines) <= limit, f"more than {limit:.0f} leaves: {lines}")
    return expect


def hotplug():
    """Each kind of leaves that the linear map is made of; machines that are mostly added later."""
    for words, leaves in (("", 64), ("vabits=39 nokaslr", 64), ("vabits=52", 64), ("pagesize=16k vabits=47", 1200),
                          ("pagesize=16k vabits=36", 1200), ("pagesize=64k vabits=42", 4200),
                          ("bbm=2", 64), ("bbm=0", 64), ("nocont", 1100), ("rodata=off", 64)):
        yield Case(f"arm64 {words}: 1.5 GiB are added and removed", Machine("arm64", smp="4", memory="2G"),
                   added(1500, leaves), f"{words} mem=512M")
    yield Case("arm64 bbm=3,0: what is added to a repainted linear map has pages",
               Machine("arm64", smp="2", memory="1G"), added(500, 300000), "bbm=3,0 mem=512M")
    for words in ("satp=sv39", "satp=sv48", "satp=sv57"):
        yield Case(f"riscv {words}: 1.5 GiB are added and removed", Machine("riscv", smp="4", memory="2G"),
                   added(1400, 2100), f"{words} mem=512M")
    for arch in ("arm64", "riscv"):
        yield Case(f"{arch}: 16 GiB are added and removed", Machine(arch, smp="2", memory="17G"),
                   added(15 << 10, 600), "mem=1G", limit=30)
    yield from later()


def later():
    """mem= of a machine nearly as large as its layout: what is left out has its place, or most of it."""
    for arch, words, memory in (("riscv", "satp=sv39", "100G"), ("riscv", "satp=sv39 nokaslr", "180G"),
                                ("arm64", "vabits=39", "200G"), ("arm64", "pagesize=16k vabits=36", "22G"),
                                ("arm64", "pagesize=64k vabits=42", "2T"), ("riscv", "satp=sv57", "16T"),
                                ("arm64", "pagesize=16k vabits=47 nokaslr", "40T")):
        yield Case(f"{arch} {words} mem=1G of {memory}: the rest has its place", Machine(arch, memory=memory),
                   both(passes, not_said("have no place")), f"{words} mem=1G", limit=90)
    for arch, words, memory in (("riscv", "satp=sv39", "300G"), ("arm64", "vabits=39", "600G"),
                                ("arm64", "pagesize=16k vabits=36 nokaslr", "64G")):
        yield Case(f"{arch} {words} mem=4G of {memory}: a line says how much of it has no place",
                   Machine(arch, memory=memory), says("KiB of what was left out have no place in the linear map"),
                   f"{words} mem=4G", limit=90)
    for arch, words in (("riscv", "satp=sv39"), ("riscv", "satp=sv48"), ("arm64", "vabits=39"),
                        ("arm64", "pagesize=16k vabits=36"), ("arm64", "pagesize=64k vabits=48 nokaslr")):
        yield Case(f"{arch} {words} mem=512M: the kernel's report equals the host tool's plan",
                   Machine(arch, memory="20G"), both(passes, agreement.equals_plan()), f"{words} mem=512M",
                   load="stub", limit=90, edit=lambda tree: tree.node("chosen").props.update(
                       {"kaslr-seed": cells64(0x5EED5EED5EED5EED)}))
    for arch in ("arm64", "riscv"):
        yield Case(f"{arch} mem=512M: what is reserved of the rest doesn't keep it in the linear map",
                   Machine(arch, memory="3G"), both(passes, agreement.equals_plan()), "mem=512M nokaslr",
                   load="stub", edit=lambda tree, ram=RAM[arch]: [
                       tree.add_reserved("part", ram + start, 0x12345) for start in (1 << 30, 5 << 28)])
    yield Case("riscv satp=sv39 mem=1G: an image above it stays, as in the plan",
               Machine("riscv", memory="100G"), both(passes, agreement.equals_plan()), "satp=sv39 mem=1G nokaslr", load="stub", limit=90,
               kernel_at=0x80000000 + (40 << 30) + (6 << 20), dtb_at=0x80000000 + (24 << 20))


def not_said(text):
    """The console does not have it."""
    def expect(outcome):
        need(text not in outcome.console, f"the console says '{text}'")
    return expect
