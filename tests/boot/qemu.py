# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Starts QEMU and keeps what the guest printed."""

import functools
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from progress import QUIET, Watch  # noqa: E402

BINARY = {"riscv": "qemu-system-riscv64", "arm64": "qemu-system-aarch64"}
UBOOT = {"riscv": "/usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin",
         "arm64": "/usr/lib/u-boot/qemu_arm64/u-boot.bin"}
DEFAULT_CPU = {"riscv": "rv64", "arm64": "max"}
RAM = {"riscv": 0x80000000, "arm64": 0x40000000}
UNITS = {"K": 10, "M": 20, "G": 30, "T": 40}
MAX_OUTPUT = 4 << 20


def size_of(text):
    """Bytes of "64M"."""
    return int(text[:-1]) << UNITS[text[-1]] if text[-1] in UNITS else int(text)


@dataclass
class Machine:
    """The hardware of a case."""

    arch: str
    cpu: str = ""
    smp: str = "1"
    memory: str = "256M"
    options: str = ""  # of -M virt
    semihosting: Optional[bool] = None  # None: on arm64 only, where it alone gives an exit status
    extra: tuple = ()

    def arguments(self):
        machine = "virt" + ("," + self.options if self.options else "")
        args = [BINARY[self.arch], "-cpu", self.cpu or DEFAULT_CPU[self.arch], "-smp", self.smp,
                "-display", "none", "-monitor", "none", "-serial", "stdio", "-nic", "none",
                "-no-reboot", *self.extra]
        if "-numa" not in self.extra and size_of(self.memory) > 1 << 30:
            # Address space only: the host need not have what the guest does not touch.
            machine += ",memory-backend=ram"
            args += ["-object", f"memory-backend-ram,id=ram,size={self.memory},reserve=off"]
        args += ["-M", machine, "-m", self.memory]
        if self.arch == "arm64" if self.semihosting is None else self.semihosting:
            args += ["-semihosting-config", "enable=on,target=native"]
        return args


@dataclass
class Result:
    """What a run left."""

    console: str
    status: Optional[int]  # of QEMU; None: it had to be killed
    seconds: float
    killed: Optional[str] = None  # why


@functools.lru_cache(maxsize=None)
def help_text(arch, what):
    """What `-what help` prints."""
    return subprocess.run([BINARY[arch], "-M", "virt", f"-{what}", "help"], check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout


@functools.cache
def machine_takes(arch, machine, option):
    """Has the machine this property in this QEMU?"""
    return f"{option}=" in subprocess.run([BINARY[arch], "-M", f"{machine},help"], check=False,
                                          capture_output=True, text=True).stdout


def has_cpu(arch, cpu):
    """Does this QEMU know the CPU, with its properties? It fails at once where it does not."""
    name = cpu.split(",")[0]
    if name not in help_text(arch, "cpu").replace("\n", " ").split():
        return False
    if "," not in cpu:
        return True
    with tempfile.NamedTemporaryFile() as file:
        return subprocess.run(
            [BINARY[arch], "-M", f"virt,dumpdtb={file.name}", "-cpu", cpu, "-nic", "none",
             "-display", "none"], check=False, capture_output=True).returncode == 0


def device_tree(machine):
    """The tree that QEMU makes for a machine."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dtb"
        args = machine.arguments()
        at = args.index("-M") + 1
        args[at] += f",dumpdtb={path}"
        subprocess.run(args, check=True, capture_output=True, stdin=subprocess.DEVNULL)
        return path.read_bytes()


def dialogue(process, output, steps):
    """Type each line once the text before it has come."""
    at = 0
    for wait_for, line in steps:
        while wait_for.encode() not in output[at:]:
            if process.poll() is not None:
                return
            time.sleep(0.02)
        at = output.index(wait_for.encode(), at) + len(wait_for)
        process.stdin.write(line.encode())
        process.stdin.flush()


def run(args, quiet=QUIET, steps=(), beside=None):
    """Run QEMU until it ends or has hung: `quiet` is that of tests/progress.py.

    `beside` is called once it has started.
    """
    start = time.monotonic()
    output = bytearray()
    too_much = None
    with subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as process, Watch(process, quiet) as watch:

        def read():
            nonlocal too_much
            while data := os.read(process.stdout.fileno(), 65536):
                watch.printed()
                output.extend(data)
                if len(output) > MAX_OUTPUT:
                    too_much = "no end of what it prints"
                    process.kill()
                    return

        reader = threading.Thread(target=read)
        reader.start()
        try:
            if beside:
                beside()
            dialogue(process, output, steps)
        except BrokenPipeError:
            pass
        status = process.wait()
        reader.join()
    killed = watch.hung or too_much
    text = output.decode(errors="replace").replace("\r", "")
    return Result(text, None if killed else status, time.monotonic() - start, killed)
