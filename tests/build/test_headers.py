# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The installed headers: each alone and in any order, in C and C++, as other kernels' compilers see them."""

import os
import random
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tap import Tap

OUT = Path(os.environ.get("GRATICULE_OUT", "build")) / "check" / "build"
TARGET = {"riscv": "riscv64-linux-gnu", "arm64": "aarch64-linux-gnu"}
C = ("c99", "c11", "c17")
CXX = ("c++17", "c++20")
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
# What goes into a public header only by mistake: names that other kernels have, words of C++.
OTHERS = re.compile(r"\b(new|class|this|template|private|public|typename|namespace|operator|delete)\b|"
                    r"\b(u8|u16|u32|u64|s8|s16|s32|s64)\b|\b(BIT|PTE_\w+|ARRAY_SIZE|likely|align_up|pte_t)\b")
STANDARD_HEADERS = ["stdbool.h", "stddef.h", "stdint.h"]


def include_folder(arch):
    done = subprocess.run(["make", f"O={OUT}", f"ARCH={arch}", "lib"], check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, "\n".join(done.stdout.splitlines()[-25:])
    return OUT / arch / "lib" / "include"


def headers(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*.h"))


def compilers(arch):
    """Each compiler with each language that it has; all are freestanding."""
    for standard in C:
        yield [f"{TARGET[arch]}-gcc", "-x", "c", f"-std={standard}"]
        yield ["clang", f"--target={TARGET[arch]}", "-x", "c", f"-std={standard}"]
    for standard in CXX:
        yield ["g++", "-x", "c++", f"-std={standard}"]
        yield ["clang++", f"--target={TARGET[arch]}", "-x", "c++", f"-std={standard}"]


def compile_text(command, folder, text, output="/dev/null"):
    done = subprocess.run([*command, "-ffreestanding", *WARNINGS, f"-I{folder}", "-c", "-o", str(output),
                           "-"], input=text, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True)
    assert done.returncode == 0, f"{' '.join(command)}: {text}{done.stdout}"


def includes(names):
    return "".join(f"#include <{name}>\n" for name in names)


def several(jobs):
    """All of the jobs, as many at a time as there are processors; fails with the first that does."""
    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        for result in [pool.submit(compile_text, *job) for job in jobs]:
            result.result()


def alone(arch, folder):
    several([(command, folder, includes([name])) for command in compilers(arch) for name in headers(folder)])


def pairs(arch, folder, seed):
    """Each after each other one, in a language by chance; then all of them, in orders by chance."""
    chance = random.Random(seed)
    names, commands = headers(folder), list(compilers(arch))
    orders = [[a, b] for a in names for b in names if a != b]
    orders += [chance.sample(names, len(names)) for _ in commands]
    several([(commands[i % len(commands)], folder, includes(order)) for i, order in
             enumerate(chance.sample(orders, len(orders)))])


def twice(arch, folder):
    several([(command, folder, includes(headers(folder) * 2)) for command in compilers(arch)])


def tokens(text):
    """What is left of a header without comments and strings."""
    return re.sub(r'/\*.*?\*/|//[^\n]*|"[^"\n]*"', " ", text, flags=re.DOTALL)


def functions(folder):
    """Names of the functions that the headers declare and the library defines."""
    found = set()
    for name in headers(folder):
        text = re.sub(r"static\s+inline\b.*?\n}\n", "", tokens((folder / name).read_text(encoding="utf-8")),
                      flags=re.DOTALL)
        text = re.sub(r"\b(struct|enum|union)\s+\w+\s*\{.*?\n\}[^;]*;|^\s*#(?:[^\n]*\\\n)*[^\n]*$", "", text,
                      flags=re.DOTALL | re.MULTILINE)
        found |= {m for m in re.findall(r"^[^\n#]*?\b(\w+)\((?=[^*])[^;{]*\)\s*;", text, re.MULTILINE)
                  if m not in ("defined",)}
    return found


def linkage(folder):
    """A caller in C++ asks for the names that the library, which is C, has."""
    names = functions(folder)
    assert len(names) > 20, sorted(names)
    with tempfile.TemporaryDirectory() as where:
        output = Path(where) / "calls.o"
        text = includes(headers(folder)) + "".join(f"extern auto *const call_{n} = {n};\n" for n in names)
        for compiler in ("g++", "clang++"):
            compile_text([compiler, "-x", "c++", "-std=c++17"], folder, text, output)
            nm = subprocess.run(["nm", "-u", str(output)], check=True, capture_output=True, text=True).stdout
            wanted = set(re.findall(r"U (\w+)", nm))
            assert names <= wanted, f"{compiler}: {sorted(wanted - names)}, not {sorted(names - wanted)}"


def names_of_others(folder):
    """Nothing is defined but with the prefix, and no word that another kernel or C++ has is used."""
    wrong = []
    for name in headers(folder):
        for line in tokens((folder / name).read_text(encoding="utf-8")).split("\n"):
            wrong += [f"{name}: {m.group(0)}: {line.strip()}" for m in [OTHERS.search(line)] if m]
    before, after = macros(folder, STANDARD_HEADERS), macros(folder, headers(folder))
    wrong += sorted(f"macro {m}" for m in after - before if not m.startswith("GRT_"))
    with tempfile.TemporaryDirectory() as where:
        path = Path(where) / "all.c"
        path.write_text("".join((folder / name).read_text(encoding="utf-8") for name in headers(folder)))
        text = tokens(path.read_text())
    tags = re.findall(r"\b(?:struct|enum|union)\s+(\w+)", text)
    types = re.findall(r"^typedef\b[^;(]*?(\w+);|^typedef[^;]*?\(\*(\w+)\)", text, re.MULTILINE)
    for body in re.findall(r"\benum\s+\w+\s*\{(.*?)\}", text, re.DOTALL):
        tags += re.findall(r"(?:^|,)\s*(\w+)", body)
    found = set(tags) | {a or b for a, b in types} | functions(folder)
    wrong += sorted(n for n in found if n and not re.match(r"grt_|GRT_", n))
    assert len(found) > 100, sorted(found)
    assert not wrong, "\n".join(wrong)


def macros(folder, names):
    """The macros that a compiler has after these headers."""
    done = subprocess.run(["gcc", "-ffreestanding", "-x", "c", "-E", "-dM", f"-I{folder}", "-"], check=True,
                          input=includes(names), capture_output=True, text=True)
    return set(re.findall(r"^#define (\w+)", done.stdout, re.MULTILINE))


def planted(arch, folder):
    """What these tests are to find, they find."""
    with tempfile.TemporaryDirectory() as where:
        (Path(where) / "planted.h").write_text("int f(int new);\nstruct geometry_of_nobody g;\n")
        for command in compilers(arch):
            try:
                compile_text([*command, f"-I{where}"], folder, includes(["planted.h"]))
            except AssertionError:
                continue
            raise AssertionError(f"{' '.join(command)} finds nothing")
    assert OTHERS.search(tokens('int f(int new); /* a */ "b"'))
    assert not OTHERS.search(tokens("int x; /* new */"))


def main():
    os.chdir(Path(__file__).resolve().parent.parent.parent)
    tap = Tap()
    seed = int(os.environ.get("TEST_SEED", "0"), 0)
    tap.comment(f"TEST_SEED={seed} makes this run again")
    for arch in TARGET:
        folder = include_folder(arch)
        tap.check(f"{arch}: a header that is wrong does not compile", planted, arch, folder)
        tap.check(f"{arch}: each header compiles alone, in C and C++, without a warning", alone, arch,
                  folder)
        tap.check(f"{arch}: each after each other, and all in any order (TEST_SEED={seed})", pairs, arch,
                  folder, seed)
        tap.check(f"{arch}: all of them twice", twice, arch, folder)
        tap.check(f"{arch}: C++ calls what C defines", linkage, folder)
        tap.check(f"{arch}: all that is defined has the prefix", names_of_others, folder)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
