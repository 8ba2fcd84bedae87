# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""In a configuration with one page size, PAGE_SIZE and friends are constants in the instructions."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tap import Tap

OUT = Path(os.environ.get("GRATICULE_OUT", "build"))
TRIPLE = {"riscv": "riscv64-linux-gnu", "arm64": "aarch64-linux-gnu"}
PROBES = Path(__file__).resolve().parent / "page_size_probe.c"


def flags(arch, config):
    """What C files of the image are compiled with, from make itself."""
    text = subprocess.run(["make", "-s", "-f", "scripts/kernel.mk", f"ARCH={arch}",
                           f"OUT={OUT}/check/config/{config}", "print-flags"], check=True,
                          capture_output=True, text=True).stdout
    return text.splitlines()[-1].split()


def instructions(arch, command, *more):
    """Compile the probes; the disassembly without addresses and raw bytes."""
    objects = OUT / "check" / "config" / f"probe.{arch}.o"
    subprocess.run([*command, "-g0", *more, "-c", "-o", str(objects), str(PROBES)], check=True)
    text = subprocess.run([f"{TRIPLE[arch]}-objdump", "-dr", "--no-show-raw-insn", str(objects)],
                          check=True, capture_output=True, text=True).stdout
    return text.split("\n", 4)[4]


def functions(text):
    """Name to its instructions."""
    found = {}
    for part in re.split(r"\n\n", text):
        match = re.match(r"\s*[0-9a-f]+ <(\w+)>:\n(.*)", part, re.DOTALL)
        if match:
            found[match.group(1)] = match.group(2)
    return found


def same_as_by_hand(arch, config, shift):
    command = flags(arch, config)
    written = instructions(arch, command)
    by_hand = instructions(arch, command, f"-DBY_HAND={shift}")
    assert written == by_hand, f"with PAGE_SHIFT:\n{written}\nwith {shift} written:\n{by_hand}"


def no_load(arch, config):
    for name, body in functions(instructions(arch, flags(arch, config))).items():
        if name.startswith("constant_"):
            assert not re.search(r"\b(ldr|ld|lw|lwu|adrp|auipc)\b", body), f"{name} loads:\n{body}"


def run_time_loads(arch, config):
    body = functions(instructions(arch, flags(arch, config)))["constant_page_size"]
    assert re.search(r"\b(ldr|ld|lw|lwu)\b|boot_page_shift", body), body


def main():
    os.chdir(Path(__file__).resolve().parent.parent.parent)
    tap = Tap()
    for arch, config, goal, shift in (("riscv", "riscv", "defconfig", 12),
                                      ("arm64", "4k", "4k_defconfig", 12),
                                      ("arm64", "16k", "16k_defconfig", 14),
                                      ("arm64", "64k", "64k_defconfig", 16)):
        subprocess.run(["make", "-s", "-f", "scripts/kernel.mk", f"ARCH={arch}",
                        f"OUT={OUT}/check/config/{config}", goal], check=True, capture_output=True)
        name = f"{arch} {1 << shift >> 10}K alone"
        tap.check(f"{name}: PAGE_SIZE compiles to what the number written by hand does, instruction "
                  "for instruction", same_as_by_hand, arch, config, shift)
        tap.check(f"{name}: PAGE_SIZE, PAGE_MASK, THREAD_SIZE and PTRS_PER_TABLE are immediates",
                  no_load, arch, config)
    subprocess.run(["make", "-s", "-f", "scripts/kernel.mk", "ARCH=arm64",
                    f"OUT={OUT}/check/config/all", "defconfig"], check=True, capture_output=True)
    tap.check("arm64 with all sizes: PAGE_SIZE is read at run time", run_time_loads, "arm64", "all")
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
