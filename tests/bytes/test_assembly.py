#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""All assembly of the kernels does what its traces say, along every way through it.

assembly_arm64.py and assembly_riscv.py have the ways, arm64.traces and riscv.traces what each shows. Every
instruction of every assembly file lies on one of them.

    test_assembly.py [--first] [arm64 | riscv]     --first: until one fails
    test_assembly.py --write [arm64 | riscv]       write the traces as they are; then read what has changed
"""

import argparse
import inspect
import os
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import assembly_arm64  # noqa: E402  pylint: disable=wrong-import-position
import assembly_riscv  # noqa: E402  pylint: disable=wrong-import-position
from image import Image  # noqa: E402  pylint: disable=wrong-import-position
from tap import Tap  # noqa: E402  pylint: disable=wrong-import-position

HERE = Path(__file__).resolve().parent
OUT = Path(os.environ.get("GRATICULE_OUT", "build"))
WAYS = {"arm64": assembly_arm64, "riscv": assembly_riscv}
TRIPLE = {"riscv": "riscv64-linux-gnu", "arm64": "aarch64-linux-gnu"}


def image(arch):
    sources = sorted(map(str, Path(f"arch/{arch}/kernel").glob("*.S")))
    tools = {tool: shutil.which(f"{TRIPLE[arch]}-{tool}") or f"llvm-{tool}" for tool in ("nm", "objdump")}
    return Image(arch, OUT / arch, [s for s in sources if not s.endswith(".lds.S")], tools)


def ways(module):
    """Functions of the module itself that take the image alone, in order."""
    own = [f for f in vars(module).values() if inspect.isfunction(f) and f.__module__ == module.__name__]
    return [f for f in own if list(inspect.signature(f).parameters) == ["image"]]


def traces(arch):
    """Name of a way: its lines."""
    found, lines = {}, []
    for line in (HERE / f"{arch}.traces").read_text(encoding="utf-8").splitlines():
        if line.startswith("\t"):
            lines.append(line[1:])
        elif line.endswith(":"):
            lines = found[line[:-1]] = []
    return found


def compare(way, built, expected, executed):
    run = way(built)
    actual = run.lines()
    executed |= run.executed
    for n, (a, e) in enumerate(zip(actual + [None], (expected or []) + [None])):
        assert a == e, "\n".join([f"line {n + 1} is", str(a), "not", str(e), "after",
                                  *(actual[max(n - 3, 0):n] or ["nothing"])])


def covered(built, executed):
    missing = [a for a in sorted(built.code) if a not in executed and built.code[a][0] != "nop"]
    assert not missing, "\n".join(f"no way leads to {a:#x} {built.name(a)}: {built.code[a]}"
                                  for a in missing[:20])


def write(arch, module, built):
    lines = ["# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause",
             "# What the assembly shows along its ways: see test_assembly.py. v: is where it is mapped."]
    for way in ways(module):
        lines += ["", f"{way.__name__}:", *("\t" + line for line in way(built).lines())]
    (HERE / f"{arch}.traces").write_text("\n".join(lines) + "\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--first", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("arch", nargs="?", choices=list(WAYS))
    options, tap = parser.parse_args(), Tap()
    for arch in [options.arch] if options.arch else WAYS:
        module, built = WAYS[arch], image(arch)
        if options.write:
            write(arch, module, built)
            continue
        known, executed = traces(arch), set()
        for way in ways(module):
            expected = known.pop(way.__name__, None)
            tap.check(f"{arch}: {way.__name__.replace('_', ' ')}", compare, way, built, expected, executed)
            if options.first and tap.failed:
                return 1
        tap.check(f"{arch}: every instruction lies on a way", covered, built, executed)
        tap.result(not known, f"{arch}: each trace is of a way", ", ".join(known))
    return 0 if options.write else tap.done()


if __name__ == "__main__":
    sys.exit(main())
