# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Configurations and compilers other than the default ones, each in an output directory of its own."""

import os
import subprocess
import threading
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
# Name: architecture, what make gets before "all".
VARIANTS = {
    "riscv-llvm": ("riscv", "LLVM=1"),
    "arm64-llvm": ("arm64", "LLVM=1"),
    "riscv-debug": ("riscv", "debug_defconfig"),
    "arm64-debug": ("arm64", "debug_defconfig"),
    "riscv-small": ("riscv", "small_defconfig"),
    "arm64-small": ("arm64", "small_defconfig"),
    "arm64-4k": ("arm64", "4k_defconfig"),
    "arm64-16k": ("arm64", "16k_defconfig"),
    "arm64-64k": ("arm64", "64k_defconfig"),
}
lock = threading.Lock()


def folder(out, name):
    """Where `make O=` of a variant goes."""
    return Path(out) / "check" / "variant" / name


def build(out, name):
    """Make a variant; fails with the last lines that make printed. Returns its output directory."""
    arch, first = VARIANTS[name]
    where = folder(out, name)
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "LLVM")}
    with lock:
        done = subprocess.run(["make", f"O={where}", f"ARCH={arch}", first, "all"], cwd=TOP, env=env,
                              check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, "\n".join(done.stdout.splitlines()[-25:])
    return where
