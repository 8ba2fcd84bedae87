#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What only assembly does has a twin in C that the model runs: both show the same.

That is the lines of a way's trace (tests/bytes/test_assembly.py) about tables, caches, barriers, waiting, and
about memory: what is stored, and what is loaded of the words that CPUs exchange. An inline function shows what
its row says (tests/bytes/*.rows).
"""

import os
import re
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "bytes")]
import test_assembly  # noqa: E402  pylint: disable=wrong-import-position
import test_bytes  # noqa: E402  pylint: disable=wrong-import-position
from tap import Tap  # noqa: E402  pylint: disable=wrong-import-position

OUT = Path(os.environ.get("GRATICULE_OUT", "build"))
SHOWN = {
    "riscv": re.compile(r"(csrw satp|csrc sip|sfence|fence|amo|lr|sc|wfi|s[bhwd] |l[bhwd] .*\[words)"),
    "arm64": re.compile(r"(msr (mair|tcr|ttbr0|ttbr1|sctlr)_el1|isb|d[sm]b|tlbi|ic|dc|wf[ei]|sev|eret|st|"
                        r"ldx|lda|ldr .*\[words)"),
}


def twins(arch):
    """What each twin shows, by the name of its way."""
    found = {}
    program = OUT / "check" / "model" / f"test_mutants.{arch}"
    printed = subprocess.run([program, "--twins"], check=True, capture_output=True, text=True).stdout
    for line in printed.splitlines():
        if line.startswith("twin "):
            lines = found[line.split()[1]] = []
        else:
            lines.append(line)
    return found


def compare(arch, way, row, built, expected):
    lines = way(built).lines() if way else row[0].bytes.split("; ")
    actual = [line for line in lines if SHOWN[arch].match(line)]
    if not way:  # its argument has no name there
        actual, expected = ([line.split(",")[0] for line in part] for part in (actual, expected))
    # Of an exception's return the place doesn't matter.
    actual = ["eret" if line.startswith("eret") else line for line in actual]
    assert actual == expected, "\n".join(["assembly:", *actual, "twin:", *expected])


def main():
    tap = Tap()
    for arch, module in test_assembly.WAYS.items():
        built = test_assembly.image(arch)
        ways = {way.__name__: way for way in test_assembly.ways(module)}
        for name, expected in twins(arch).items():
            rows = [row for row in test_bytes.rows(arch) if name in row.calls]
            tap.check(f"{arch}: {name.replace('_', ' ')} has the lines of its twin", compare, arch,
                      ways.get(name), rows, built, expected)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
