# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The build: configurations, compilers, what is made again after a change."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tap import Tap
from variants import VARIANTS, build

OUT = Path(os.environ.get("GRATICULE_OUT", "build")) / "check" / "build"
ARCHES = ("riscv", "arm64")
MACHINE = {"riscv": "RISC-V", "arm64": "AArch64"}
COMPILER_LINE = re.compile(r"^  (CC|AS|LD|OBJCOPY)\b.*$", re.MULTILINE)


def make(out, *goals):
    """Run make, fail with its last lines, return what it printed."""
    done = subprocess.run(["make", f"O={out}", *goals], check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, "\n".join(done.stdout.splitlines()[-25:])
    return done.stdout


def read(path):
    return subprocess.run(["readelf", "-hlW", str(path)], check=True, capture_output=True, text=True).stdout


def image(out, arch):
    """The two files are there, and are what boot loaders expect."""
    folder = Path(out) / arch
    elf = read(folder / "graticule.elf")
    assert MACHINE[arch] in elf and "DYN" in elf, elf
    assert not re.search(r"LOAD.* RWE ", elf), f"a segment is writable and executable:\n{elf}"
    head = (folder / "Image").read_bytes()[:64]
    magic = head[56:60]
    assert magic == (b"RSC\x05" if arch == "riscv" else b"ARM\x64"), f"magic {magic}"


def builds(out, arch, *goals):
    make(out, f"ARCH={arch}", *goals)
    image(out, arch)


def variant(name, arch):
    image(build(OUT.parent.parent, name), arch)


def nothing_twice(out, arch):
    text = make(out, f"ARCH={arch}", "all")
    assert not COMPILER_LINE.search(text), text


def only_what_changed(out, arch):
    """Touching a source of the build makes one object and the links after it."""
    copy = next(iter(sorted(Path("kernel").glob("*.c"))))
    target = Path(out) / arch / copy.with_suffix(".o")
    os.utime(target, (0, 0))  # older than its source, as after an edit
    lines = [m.group(0).strip() for m in COMPILER_LINE.finditer(make(out, f"ARCH={arch}", "all"))]
    assert len([line for line in lines if line.startswith(("CC", "AS"))]) == 1, lines
    assert any(line.startswith("LD") for line in lines), lines


def configuration_changes(out):
    """Another page size makes everything again; the same one again makes nothing."""
    make(out, "ARCH=arm64", "64k_defconfig", "all")
    assert "CONFIG_PAGE_SHIFT 16" in (Path(out) / "arm64/include/generated/autoconf.h").read_text()
    text = make(out, "ARCH=arm64", "64k_defconfig", "all")
    assert not COMPILER_LINE.search(text), text
    text = make(out, "ARCH=arm64", "defconfig", "all")
    assert len(COMPILER_LINE.findall(text)) > 10, text
    assert "PAGE_SHIFT" not in (Path(out) / "arm64/include/generated/autoconf.h").read_text()


def verbose(out):
    text = make(out, "ARCH=riscv", "V=1", "clean", "all")
    assert "-ffreestanding" in text, text[-2000:]


def bad_output_paths():
    for path in ("", "two words"):
        done = subprocess.run(["make", f"O={path}", "help"], check=False, capture_output=True, text=True)
        assert done.returncode and "O=" in done.stderr, f"O={path!r}: {done.returncode}: {done.stderr}"


def main():
    os.chdir(Path(__file__).resolve().parent.parent.parent)
    tap = Tap()
    for arch in ARCHES:
        tap.check(f"{arch}: the default configuration builds, without a segment that is writable and "
                  "executable", builds, OUT, arch, "defconfig", "all")
        tap.check(f"{arch}: a second make compiles nothing", nothing_twice, OUT, arch)
        tap.check(f"{arch}: one older object is made again, alone", only_what_changed, OUT, arch)
    for name, (arch, first) in VARIANTS.items():
        tap.check(f"{arch}: {first} builds", variant, name, arch)
    tap.check("a change of the configuration makes again what it must", configuration_changes, OUT)
    tap.check("V=1 shows the commands", verbose, OUT)
    tap.check("O= with spaces or without a path is refused", bad_output_paths)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
