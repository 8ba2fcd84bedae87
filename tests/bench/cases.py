# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The machines that are counted on, and running many of them."""

import concurrent.futures
import os
import re
import sys
import threading
from pathlib import Path

from guest import Failed, Lacks, boot, made_by, relocations, sizes
from report import COMPILED_IN

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
LAYOUTS = [("riscv", f"sv{va}", 12, va, f"satp=sv{va}") for va in (39, 48, 57)] + [
    ("arm64", f"{k}k/{va}", shift, va, f"pagesize={k}k vabits={va}")
    for k, shift, widths in ((4, 12, (39, 48, 52)), (16, 14, (36, 47, 48, 52)), (64, 16, (42, 48, 52)))
    for va in widths]
SIZES = (1, 16, 64, 256, 512)
# Layouts whose machines get this much more memory once they run, and one that has an image of its own.
HOTPLUG, LATER = ("sv48", "4k/48"), 16
FIXED, FIXED_FOLDER = "4k/48", "4k"
# Layouts that are counted with banks and holes that no block fits, too.
ODD = ("sv48", "4k/48", "16k/47", "64k/48")
# The kernel itself, in bytes of host memory, beside its page tables and the vmemmap of small pages.
GUEST_OVERHEAD = 512 << 20


def odd_memory(tree):
    """A bank for each GiB, none of whose ends is aligned to a block, and a hole in each other."""
    (start, size), = tree.memory_ranges()
    tree.set_memory(*((start + i * GIB + i * 192 * KIB, GIB - 2 * i * 192 * KIB - (i == 0) * 320 * KIB)
                      for i in range(size // GIB)))
    for i in range(1, size // GIB, 2):
        tree.add_reserved(f"hole{i}", start + i * GIB + 300 * MIB + 12 * KIB, 20 * KIB, nomap=True)


def tree_below(_):
    """Only has the tree put into the first MiBs of memory: it must not lie in what comes and goes."""


class Case:
    """A machine to count on."""

    def __init__(self, layout, gib, pages=False, later=0, fixed=False, nocont=False, odd=False):
        self.arch, self.layout, self.shift, self.va_bits, self.words = layout
        self.gib = gib
        self.pages = pages
        self.later = later
        self.edit = odd_memory if odd else tree_below if later else None
        self.words += " nocont" if nocont else ""
        self.fixed = fixed
        self.folder = Path(FIXED_FOLDER if fixed else "") / self.arch
        self.name = (f"{self.arch} {self.layout} {gib}G {'pages' if pages else 'blocks'}" +
                     (f", {later}G later" if later else "") + (", no groups" if nocont else "") +
                     (", odd banks and holes" if odd else "") +
                     (COMPILED_IN if fixed else ""))

    def host_bytes(self):
        """Host memory that the guest will touch."""
        return GUEST_OVERHEAD + ((self.gib * GIB >> self.shift) * 8 if self.pages else 0)

    def elf(self, out):
        return out / self.folder / "graticule.elf"

    def count(self, out, plugin, how=""):
        """Counts of the image in `out`."""
        words = self.words + (" debug_pagealloc=on" if self.pages else "")
        words += f" mem={self.gib}G" if self.later else ""
        return boot(self.arch, out / self.folder / "Image", f"{self.gib + self.later}G", words,
                    f"{plugin}{how}", (1 << self.shift, self.va_bits), self.edit)

    def measure(self, out, plugin):
        """What is compared and written: counts, sizes, and what made them."""
        counts, elf = self.count(out, plugin), self.elf(out)
        counts.operations["image"]["relocations"] = relocations(elf)
        for what, size in sizes(elf).items():
            counts.operations[f"{what} of the image, bytes"] = {"bytes": size}
        return {"made_by": made_by(self.arch, elf), "operations": counts.operations, "tables": counts.tables,
                "leaves": {str(k): n for k, n in counts.leaves.items()}}


def all_cases():
    for pages in (False, True):
        for layout in LAYOUTS:
            for gib in SIZES:
                yield Case(layout, gib, pages)
    for layout in LAYOUTS:
        if layout[1] in HOTPLUG:
            yield Case(layout, 1, later=LATER)
        if layout[1] == FIXED:
            yield Case(layout, 16, nocont=True)
            yield Case(layout, 16, fixed=True)
        if layout[1] in ODD:
            yield Case(layout, 16, odd=True)


def matching(patterns):
    return [case for case in all_cases() if not patterns or any(re.search(p, case.name) for p in patterns)]


def available_bytes():
    with open("/proc/meminfo", encoding="ascii") as file:
        return int(re.search(r"MemAvailable:\s+(\d+)", file.read()).group(1)) << 10


class Host:
    """Who may run: a guest for each processor, as long as there is memory for all that run."""

    def __init__(self):
        self.room = self.left = available_bytes()
        self.changed = threading.Condition()

    def take(self, size):
        with self.changed:
            self.changed.wait_for(lambda: size <= self.left)
            self.left -= size

    def give(self, size):
        with self.changed:
            self.left += size
            self.changed.notify_all()


def measure_all(wanted, out, plugin):
    """By name, in the order of @wanted: what was measured, why others can't be here, and what failed."""
    host, results, skipped, failed = Host(), {}, {}, {}

    def one(case):
        if case.host_bytes() > host.room:
            skipped[case.name] = f"needs {case.host_bytes() >> 20} MiB of the host's memory"
            return
        host.take(case.host_bytes())
        try:
            results[case.name] = case.measure(out, plugin)
            print(f"counted: {case.name}", file=sys.stderr, flush=True)
        except Lacks as error:
            skipped[case.name] = str(error)
        except Failed as error:
            failed[case.name] = str(error)
        finally:
            host.give(case.host_bytes())

    # The longest first, so that none of them runs alone at the end.
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(one, sorted(wanted, key=Case.host_bytes, reverse=True)))
    return {case.name: results[case.name] for case in wanted if case.name in results}, skipped, failed
