#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What only assembly does has a twin in C that the model runs: both have the same MMU instructions."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tap import Tap  # noqa: E402  pylint: disable=wrong-import-position

OUT = Path(os.environ.get("GRATICULE_OUT", "build"))
OBJDUMP = {"riscv": "riscv64-linux-gnu-objdump", "arm64": "aarch64-linux-gnu-objdump"}
# What counts as an MMU instruction: the mnemonic and what is left of its operands.
MMU = {
    "riscv": re.compile(r"(csrw\s+satp|sfence\.vma|fence\.i|fence\s+rw,\s*rw)\b"),
    "arm64": re.compile(r"(msr\s+(?:mair|tcr|ttbr0|ttbr1|sctlr)_el1|isb|dsb\s+\w+|tlbi\s+\w+)\b"),
}


def run(*command):
    return subprocess.run([str(c) for c in command], check=True, capture_output=True, text=True).stdout


def twins(arch):
    """Name of a twin: (symbol it ends at or None, its instructions)."""
    found = {}
    for line in run(OUT / "check" / "model" / f"test_mutants.{arch}", "--twins").splitlines():
        if line.startswith("twin "):
            _, name, end = line.split()
            found[name] = (None if end == "-" else end, [])
            instructions = found[name][1]
        else:
            instructions.append(line)
    return found


def listing(arch):
    """Symbols of the image in order, and the MMU instructions of each."""
    tool = shutil.which(OBJDUMP[arch]) or "llvm-objdump"
    symbols = []
    for line in run(tool, "-d", "--no-show-raw-insn", OUT / arch / "graticule.elf").splitlines():
        match = re.match(r"[0-9a-f]+ <(\S+)>:", line)
        if match:
            symbols.append((match.group(1), []))
            continue
        match = MMU[arch].search(line.replace("\t", " "))
        if match and symbols:
            symbols[-1][1].append(re.sub(r",\s+", ",", re.sub(r" +", " ", match.group(1))))
    return symbols


def between(symbols, start, end):
    names = [name for name, _ in symbols]
    assert start in names, f"no symbol {start}"
    first = names.index(start)
    last = names.index(end, first) if end else first + 1
    return [i for _, instructions in symbols[first:last] for i in instructions]


def compare(symbols, name, end, expected):
    actual = between(symbols, name, end)
    assert actual == expected, "\n".join(["assembly:", *actual, "twin:", *expected])


def inlined(symbols, expected):
    """An inline function: its instructions in a row, somewhere."""
    n = len(expected)
    assert any(instructions[i:i + n] == expected for _, instructions in symbols
               for i in range(len(instructions))), "\n".join(["nowhere:", *expected])


def main():
    tap = Tap()
    for arch in OBJDUMP:
        symbols = listing(arch)
        names = {name for name, _ in symbols}
        for name, (end, expected) in twins(arch).items():
            if name in names:
                tap.check(f"{arch}: {name} has the instructions of its twin", compare, symbols, name,
                          end, expected)
            else:
                tap.check(f"{arch}: {name}, inline, has the instructions of its twin", inlined, symbols,
                          expected)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
