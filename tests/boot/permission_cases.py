# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Boots in which permissions and sizes of mappings change: rodata=, bbm=, CPU counts, stress."""

from case import Case, need, passes
from qemu import Machine

ARCHES = ("riscv", "arm64")


def split_mode(mode, refills=False):
    """passes, with the linear map in this mode; what the mode costs is reported."""
    def expect(outcome):
        passes(outcome)
        split = outcome.layout.get("split", {})
        need(split.get("mode") == mode, f"mode {split.get('mode')}, expected {mode}")
        need(split["tables"] <= split["tables_by_pages"], "more tables than by pages")
        saved = split["tables_by_pages"] - split["tables"]
        need(outcome.layout["tables_saved"] == saved, f"tables_saved is not {saved}")
        need(mode == "live" or "cycles" in split, "no cost is reported")
        need(not refills or split["refills"] > 0, "the split reserve did not grow")
    return expect


def permissions():
    """Changes of permissions and sizes: what each kind of CPU makes of them, in every mode."""
    for word, mode in (("bbm=0", "reserve"), ("bbm=1", "reserve"), ("bbm=2", "live"), ("bbm=3", "live"),
                       ("bbm=3,3,0,3", "pages")):
        for rodata in ("full", "on", "off"):
            yield Case(f"arm64 {word} rodata={rodata}: permissions change on 4 CPUs, mode {mode}",
                       Machine("arm64", smp="4"), split_mode(mode, mode == "reserve" and rodata == "full"),
                       f"{word} rodata={rodata}")
    for pages in ("16k", "64k"):
        yield Case(f"arm64 bbm=0 pagesize={pages}: the split reserve grows",
                   Machine("arm64", smp="2"), split_mode("reserve", True), f"bbm=0 pagesize={pages}")
    for rodata in ("on", "off"):
        yield Case(f"riscv rodata={rodata}: permissions change on 4 harts", Machine("riscv", smp="4"),
                   split_mode("live"), f"rodata={rodata}")
    yield from stress(2, (1, 2, 4, 8))


def stress(seconds, counts):
    """All CPUs change and use the same memory for some time."""
    for arch in ARCHES:
        for count in counts:
            yield Case(f"{arch}: {seconds} s of splits, collapses and changes on {count} CPUs",
                       Machine(arch, smp=str(count)), split_mode("live"), f"stress={seconds}",
                       limit=90 + 2 * seconds)
    yield Case(f"arm64 bbm=0: {seconds} s of changes on {max(counts)} CPUs that can't split live",
               Machine("arm64", smp=str(max(counts))), split_mode("reserve"),
               f"stress={seconds} bbm=0", limit=90 + 2 * seconds)
