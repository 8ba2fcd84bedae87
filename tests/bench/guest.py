# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Runs a guest under the counting plugin: its windows, by kind of instruction."""

import json
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "boot"))
import case as boot_case  # noqa: E402
from qemu import BINARY, Machine, run  # noqa: E402

NOTE = re.compile(r"^bench: (\d+) (.*)$", re.MULTILINE)
LEAVES = re.compile(r"^leaves: (\d+) x (\d+)$", re.MULTILINE)


class Failed(Exception):
    """The guest did not do what it was started for."""


class Lacks(Exception):
    """The CPU that this QEMU makes does not have what the case needs."""


@dataclass
class Counts:
    """What a guest did."""

    operations: dict  # name: counts by kind
    tables: int  # of the linear map
    leaves: dict  # KiB: how many
    console: str
    profile: list  # [address, how often it was executed]


def totals(counts):
    """The figures that are compared, from the counts by kind."""
    def total(prefix):
        return sum(n for kind, n in counts.items() if kind.split(".")[0] in prefix)

    out = {key: counts[key] for key in ("instructions", "loads", "stores")}
    for name, prefix in (("dsb", ["dsb"]), ("dmb", ["dmb"]), ("isb", ["isb"]), ("tlbi", ["tlbi"]),
                         ("sfence", ["sfence", "sinval"]), ("fence", ["fence"]),
                         ("ecall", ["ecall", "call"])):
        if total(prefix):
            out[name] = total(prefix)
    return out


def run_counted(args, plugin, quiet):
    """Run QEMU with the plugin: (result, what the plugin wrote)."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "count.json"
        result = run([*args, "-plugin", f"{plugin},out={path}"], quiet)
        if not path.exists():
            raise Failed(f"no counts; QEMU says:\n{result.console[-500:]}")
        return result, json.loads(path.read_text())


def count(args, plugin, quiet):
    """Run QEMU with the plugin: (result, windows, hits by address if the plugin is to profile)."""
    result, found = run_counted(args, plugin, quiet)
    return result, {w["window"]: w for w in found["windows"]}, found["profile"]


def loaded(machine, image, words, edit, folder):
    """Arguments of QEMU that load an image, with the tree that QEMU makes, or with that after an edit."""
    if not edit:
        return ["-kernel", str(image), "-append", words]
    return boot_case.stub_arguments(boot_case.Case("", machine, None, words=words, load="stub", edit=edit),
                                    image, folder)[0]


def check_layout(console, layout):
    """The kernel falls back to what the CPU has: `layout` is (page size, VA bits) that it was to have."""
    found = boot_case.LAYOUT.search(console)
    if found:
        have = json.loads(found.group(1))
        if (have["page_size"], have["va_bits"]) != layout:
            raise Lacks(f"this CPU has {have['page_size'] >> 10}K pages and {have['va_bits']} bits instead")


def boot(arch, image, memory, words, plugin, layout, edit=None, quiet=600):
    """Boot an image and name what was counted by what the kernel says it did."""
    machine = Machine(arch, memory=memory)
    with tempfile.TemporaryDirectory() as folder:
        args = machine.arguments() + loaded(machine, image, f"nokaslr bench {words}", edit, Path(folder))
        result, windows, profile = count(args, plugin, quiet)
    stop = re.search(r"graticule: stop: (.*)", result.console)
    if stop:
        raise Failed(stop.group(1))
    check_layout(result.console, layout)
    seen, operations, tables = {}, {}, 0
    if 1 in windows:
        operations["image"] = totals(windows[1]["sum"])
    for number, name in NOTE.findall(result.console):
        number = int(number)
        occurrence = seen.setdefault(number, 0)
        seen[number] += 1
        if number == 0:
            tables = int(re.search(r"(\d+) tables", name).group(1))
            name = "linear"
        operations[name] = totals(windows[number]["each"][occurrence])
    for number, window in windows.items():
        if window["mistakes"] or (number != 1 and window["count"] != seen.get(number, 0)):
            raise Failed(f"window {number}: {window['count']} occurrences, {seen.get(number, 0)} named, "
                         f"{window['mistakes']} unbalanced")
    if "linear" not in operations or result.status:
        why = result.killed or f"status {result.status}"
        raise Failed(f"{why}; the console ends:\n{result.console[-400:]}")
    leaves = {int(kib): int(n) for kib, n in LEAVES.findall(result.console)}
    return Counts(operations, tables, leaves, result.console, profile)


def made_by(arch, elf):
    """What counts of instructions depend on beside the source: "GCC 12.2.0, QEMU 7.2"."""
    version = re.search(r"version (\d+\.\d+)", output_of(BINARY[arch], "--version")).group(1)
    return f"{compiler(elf)}, QEMU {version}"


def compiler(elf):
    """The compiler of an image, by what it says of itself in .comment: "GCC 12.2.0"."""
    found = re.search(rb"(GCC): \([^)]*\) ([0-9.]+)|(clang) version ([0-9.]+)", elf.read_bytes())
    return " ".join(part.decode() for part in found.groups() if part) if found else "unknown"


def output_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def sizes(elf):
    """Bytes of an image's functions and of its objects, without what is between them."""
    totals_of = {"code": 0, "data": 0}
    for _, size, kind, *_ in (line.split() for line in
                              output_of("nm", "-S", "--defined-only", elf).splitlines()
                              if len(line.split()) > 3):
        totals_of["code" if kind in "tTwW" else "data"] += int(size, 16)
    return totals_of


def relocations(elf):
    """How many the image applies to itself: entries of 24 bytes of .rela.dyn."""
    return int(re.search(r"^\.rela\.dyn\s+(\d+)", output_of("size", "-A", "-d", elf),
                         re.MULTILINE).group(1)) // 24
