#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The primitives of arch/*/include are what the rows say, in the bytes that GCC and Clang make of them.

arm64.rows and riscv.rows have a line for each:

    DO(order, call, "bytes", "why it is no step of the model's")
    GET(order, call, "bytes => result", "why")      what returns something
    STEP(order, call, "bytes", event), STEP_GET     a step of the model's: tests/model/test_primitives_*.c
    RUN(name, call), RUN_GET(name, call)            a loop, by result: a function of this name in runs.py

ORDERED stays where it is among accesses of memory, FREE only stays. In the bytes a0 to a5 are the
arguments, r0, r1 and so on what memory, registers and firmware answer. A primitive is a function or macro
of these headers that has an asm statement or a volatile access in it: each has a row, and each row one; of
an argument that is an enum, each value. Statements write what they say: see clobbers.py.

    test_bytes.py [--first] [arm64.gcc | riscv.clang | ...]     --first: until one fails

The status is 3 where the compiler refuses the primitives.
"""

import argparse
import itertools
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import clobbers  # noqa: E402  pylint: disable=wrong-import-position
import runs  # noqa: E402  pylint: disable=wrong-import-position
from arm64 import Arm64  # noqa: E402  pylint: disable=wrong-import-position
from machine import disassemble  # noqa: E402  pylint: disable=wrong-import-position
from riscv import Riscv  # noqa: E402  pylint: disable=wrong-import-position
from tap import Tap  # noqa: E402  pylint: disable=wrong-import-position

HERE = Path(__file__).resolve().parent
TOP = HERE.parent.parent
OUT = Path(os.environ.get("GRATICULE_OUT", "build"))
MACHINE = {"riscv": Riscv, "arm64": Arm64}
TRIPLE = {"riscv": "riscv64-linux-gnu", "arm64": "aarch64-linux-gnu"}
EMULATION = {"riscv": "elf64lriscv", "arm64": "aarch64linux"}
LLVM = {"gcc": "", "clang": "1"}
# Writes a number to the register that is always 0.
NUMBER = {"riscv": "li x0, N", "arm64": "movz xzr, N"}
NOT_BUILT = 3  # the status
MARK = 0x7_1234_5678
# Symbols of the kernel that primitives name.
DEFINED = {"riscv": [f"--defsym=probe_root_page={runs.PROBE_ROOT:#x}"], "arm64": []}
ROW = re.compile(r"^(DO|GET|STEP|STEP_GET)\((ORDERED|FREE), (.*?), \"(.*?)\",|^(RUN|RUN_GET)\((\w+), (.*)\)$")

FUNCTION = re.compile(r"^static inline[^({;]*?\b(\w+)\(([^{]*)\)\s*\{([^\n]*\}$|.*?^\}$)", re.M | re.S)


def run(*command, **kw):
    return subprocess.run([str(c) for c in command], check=True, stdout=subprocess.PIPE, text=True, cwd=TOP,
                          **kw).stdout


class Row:
    """One line."""

    def __init__(self, number, match):
        self.run = match.group(6)
        self.call = match.group(7) or match.group(3)
        self.symbol = f"run_{self.run}" if self.run else f"row_{number}"
        self.ordered = match.group(2) == "ORDERED"
        self.returns = (match.group(1) or match.group(5)).endswith("GET")
        self.bytes, _, self.result = (match.group(4) or "").partition(" => ")
        self.calls = set(re.findall(r"\b(\w+)\(", self.call))

    def expected(self):
        """The trace of two calls."""
        steps = self.bytes.split("; ")
        answers = re.findall(r"\br(\d+)\b", f"{self.bytes} {self.result}")
        count = 1 + max(map(int, answers), default=-1)
        if steps[0].startswith("ecall"):
            count = 2  # firmware answers in two registers
        again = [re.sub(r"\br(\d+)\b", lambda m: f"r{int(m.group(1)) + count}", s)
                 for s in (*steps, self.result)]
        trace = ["mark 0", *steps, "mark 1", *again[:-1], "mark 2"] if self.ordered else steps + again[:-1]
        return trace, [self.result, again[-1]]


def rows(arch):
    found = []
    for number, line in enumerate((HERE / f"{arch}.rows").read_text().splitlines(), 1):
        match = ROW.match(line)
        if match:
            found.append(Row(number, match))
        elif line and not re.match(r"/\*.*\*/$|#include ", line) and number > 2:
            raise ValueError(f"{arch}.rows:{number}: not a row")
    return found


class Object:
    """primitives.c, built as the kernel is."""

    def __init__(self, arch, compiler):
        self.arch = arch
        self.out = TOP / OUT / "check" / "bytes" / f"{arch}.{compiler}"
        self.out.mkdir(parents=True, exist_ok=True)
        self.command = run("make", "-s", "-f", "scripts/kernel.mk", f"ARCH={arch}", f"OUT={self.out}",
                           f"LLVM={LLVM[compiler]}", "print-flags").splitlines()[-1].split()
        self.define = [f'-DROWS="tests/bytes/{arch}.rows"', f'-DROWS_INCLUDES="tests/bytes/{arch}.h"']

    def compiler(self, *args):
        return run(*self.command, *self.define, "-Wno-unused-parameter", *args)

    def file(self, name):
        return self.out / name

    def link(self, name):
        elf = self.file(f"{name}.elf")
        linker = shutil.which(f"{TRIPLE[self.arch]}-ld") or "ld.lld"
        run(linker, "-m", EMULATION[self.arch], "-e", "0", "-Ttext=0x80000000", "-o", elf,
            self.file(f"{name}.o"), *DEFINED[self.arch], stderr=subprocess.DEVNULL)
        objdump = shutil.which(f"{TRIPLE[self.arch]}-objdump") or "llvm-objdump"
        return disassemble(objdump, elf)

    def build(self):
        self.compiler("-c", "-o", self.file("rows.o"), "tests/bytes/primitives.c")
        return self.link("rows")

    def build_numbered(self):
        """With an instruction in front of each asm statement of the headers that does nothing but count."""
        places, parts = [], []
        for part in re.split(r"(?m)^(?=# \d+ )", self.preprocess()):
            if re.match(rf'# \d+ "arch/{self.arch}/', part):
                def numbered(match):
                    places.append(f"{part.split()[2]}: {' '.join(part[match.end():].split())[:60]}")
                    return match.group(0) + f'"{NUMBER[self.arch]}\\n\\t" '.replace("N", str(len(places)))
                part = re.sub(r"\basm\s*(?:volatile)?\s*\((?!\"\w+\"\))", numbered, part)
            parts.append(part)
        source = self.file("numbered.c")
        source.write_text("".join(parts))
        self.compiler("-c", "-o", self.file("numbered.o"), source)
        return *self.link("numbered"), places

    def preprocess(self):
        return re.sub(r"__attribute__\(\((?:__)?always_inline(?:__)?\)\) ?", "",
                      self.compiler("-E", "tests/bytes/primitives.c"))

    def assemble(self, statements):
        lines = [".text"]
        for number, (_, statement) in enumerate(statements):
            lines += [f"statement_{number}:", statement.text(self.arch), "ret"]
        source = self.file("statements.S")
        source.write_text("\n".join(lines) + "\n")
        run(*[c for c in self.command if not c.startswith("-std")], "-D__ASSEMBLY__", "-c", "-o",
            self.file("statements.o"), source)
        return self.link("statements")


def check_row(arch, code, symbols, row):
    machine = MACHINE[arch](code, symbols)
    arguments = [machine.fresh("a") for _ in range(6)]
    for n, value in enumerate(arguments):
        machine.names |= {value & 0xFFFF_FFFF: f"(u32)a{n}", value & 0xFFFF: f"(u16)a{n}"}
    got = machine.call(row.symbol, *arguments, mark=MARK)
    trace, results = row.expected()
    actual = [t for t in machine.trace if row.ordered or not t.startswith("mark")]
    if "ecall" in row.bytes:
        told = re.findall(r"\b(a\d)=", row.bytes)
        actual = [" ".join(word for word in t.split() if "=" not in word or word[:2] in told) for t in actual]
    assert actual == trace, "\n".join(["bytes:", *actual, "row:", *trace])
    if row.returns:
        assert [machine.show(v) for v in got] == results, f"returns {[machine.show(v) for v in got]}"


def check_run(arch, code, symbols, row):
    getattr(runs, row.run)(lambda: MACHINE[arch](code, symbols))


class Function:
    """Of a header of the architecture."""

    def __init__(self, arguments, body):
        self.enums = re.findall(r"enum (\w+)", arguments)
        body = re.sub(r"register [^;]*;", "", body)
        self.primitive = bool(re.search(r"\basm\b|\bvolatile\b", body))
        self.calls = set(re.findall(r"\b(\w+)\(", body))


def functions(arch, source):
    """Those of its headers and of what all have, by name, macros with asm too; and the values of enums."""
    found, enums, files, name = {}, {}, {}, None
    for line in source.splitlines():
        marker = re.match(r'# \d+ "([^"]*)"', line)
        name = marker.group(1) if marker else name
        if not marker:
            files.setdefault(name, []).append(line)
    for name, lines in files.items():
        text = "\n".join(lines) + "\n"
        for match in re.finditer(r"enum (\w+) \{(.*?)\}", text, re.S):
            enums[match.group(1)] = re.findall(r"\b([A-Z]\w*)\b(?=\s*[,=]|\s*$)", match.group(2))
        if name.startswith((f"arch/{arch}/", "include/backend/")):
            found |= {f: Function(arguments, body) for f, arguments, body in FUNCTION.findall(text)}
    for header in headers_with_asm(arch):
        for match in re.finditer(r"^#define (\w+)\((?:[^\n]*\\\n)*[^\n]*", (TOP / header).read_text(), re.M):
            if "asm volatile" in match.group(0) and "static inline" not in match.group(0):
                found[match.group(1)] = Function("", match.group(0))
    return found, enums


def headers_with_asm(arch):
    headers = sorted(str(h.relative_to(TOP)) for h in (TOP / "arch" / arch).rglob("*.h"))
    return [header for header in headers
            if re.search(r"\basm (volatile)?\(|\basm\(", (TOP / header).read_text())]


def reached(found, names):
    """These functions and what they call."""
    done, todo = set(), set(names) & set(found)
    while todo:
        done |= todo
        todo = set().union(*(found[f].calls for f in todo)) & set(found) - done
    return done


def check_complete(arch, table, source):
    found, enums = functions(arch, source)
    wanted = {name for name, function in found.items() if function.primitive}
    missing = sorted(wanted - reached(found, {name for row in table for name in row.calls}))
    assert not missing, f"no row: {', '.join(missing)}"
    unseen = [header for header in headers_with_asm(arch) if f'"{header}"' not in source]
    assert not unseen, f"not among those of {arch}.h: {', '.join(unseen)}"
    strangers = [row.call for row in table if not reached(found, row.calls) & wanted and not row.run]
    assert not strangers, f"no primitive: {', '.join(strangers)}"
    for name, function in found.items():
        calls = [row.call for row in table if name in row.calls]
        for values in itertools.product(*(enums[e] for e in function.enums)) if calls else ():
            assert any(all(re.search(rf"\b{v}\b", call) for v in values) for call in calls), \
                f"no row: {name}() with {', '.join(values)}"


def check_covered(arch, table, built):
    """Each asm statement of the headers is executed by some row: it is made to say its number."""
    code, symbols, places = built.build_numbered()
    executed = set()
    for row in table:
        machine = MACHINE[arch](code, symbols)
        machine.numbers = executed
        if row.run:
            getattr(runs, row.run)(lambda: machine.again())
        else:
            machine.call(row.symbol, *[machine.fresh("a") for _ in range(6)], mark=MARK)
    missing = [place for number, place in enumerate(places, 1) if number not in executed]
    assert not missing, "no row executes:\n" + "\n".join(missing)


def check_statement(arch, code, symbols, number, statement):
    statement.check(lambda: MACHINE[arch](code, symbols), f"statement_{number}")


def tests(arch, compiler):
    """(name, function, arguments) of each, what takes long last."""
    table, built = rows(arch), Object(arch, compiler)
    source = built.preprocess()
    yield "each primitive has a row, each row a primitive", check_complete, arch, table, source
    made = built.build()
    for row in table:
        if not row.run:
            yield row.call, check_row, arch, *made, row
    statements = clobbers.statements(arch, source)
    assembled = built.assemble(statements)
    for number, (function, statement) in enumerate(statements):
        yield f"{function} writes what it says", check_statement, arch, *assembled, number, statement
    for row in table:
        if row.run:
            yield row.call, check_run, arch, *made, row
    yield "each statement is in a row", check_covered, arch, table, built


def main():
    objects = {f"{arch}.{compiler}": (arch, compiler) for arch, compiler in itertools.product(MACHINE, LLVM)}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--first", action="store_true", help="end with the first one that fails")
    parser.add_argument("which", nargs="*", default="all", choices=["all", *objects])
    options, tap = parser.parse_args(), Tap()
    for which, (arch, compiler) in objects.items():
        if which not in options.which and "all" not in options.which:
            continue
        try:
            for name, function, *arguments in tests(arch, compiler):
                tap.check(f"{arch}, {compiler}: {name}", function, *arguments)
                if options.first and tap.failed:
                    return 1
        except subprocess.CalledProcessError as error:
            tap.result(False, f"{arch}, {compiler}: it builds", error)
            return NOT_BUILT
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
