# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A built kernel: the code of its assembly files, symbols, contents."""

import re
import struct
import subprocess
from pathlib import Path

from machine import split
from riscv import number

HEADERS = ("kernel/cpu.h", "kernel/quiesce.h", "arch/{arch}/kernel/include/asm/boot.h",
           "arch/{arch}/kernel/include/asm/trap.h", "arch/arm64/kernel/include/asm/spin_table.h")
DEFINE = re.compile(r"^#define (\w+) \(?(0x[0-9a-f]+|\d+)\b", re.M)
MAPPED = re.compile(r"^ (\.[\w.]+)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+) (\S+\.o)$", re.M)


class Image:
    """graticule.elf: code of the assembly files, symbols, contents."""

    def __init__(self, arch, folder, sources, tools):
        self.arch, self.folder = arch, folder
        elf = folder / "graticule.elf"
        self.bytes, self.size = self.contents(elf.read_bytes())
        self.symbols, self.names = {}, {}
        for line in self.run(tools["nm"], elf).splitlines():
            value, kind, name = line.split()
            if kind not in "aA" and not name.startswith(("$", ".L")):
                self.symbols[name] = int(value, 16)
        # At one address there may be several: labels of the assembly first, the linker's last.
        labels = {name for source in sources
                  for name in re.findall(r"^(?:SYM_\w+\s+)?(\w+)(?::|$)", Path(source).read_text(), re.M)}
        for name in sorted(self.symbols, key=lambda n: (n in labels, not n.startswith("__"), n)):
            self.names[self.symbols[name]] = name
        self.order = sorted(self.names)
        # What of which object lies where.
        objects = {str(s)[:-2] + ".o" for s in sources}
        self.ranges = []
        for section, start, size, name in MAPPED.findall((folder / "graticule.map").read_text()):
            if re.match(r"\.(text|head|idmap)", section) and int(size, 16) and \
                    any(name.endswith("/" + o) for o in objects):
                self.ranges.append((int(start, 16), int(start, 16) + int(size, 16)))
        self.relocations = [struct.unpack_from("<QQQ", self.bytes, at)[::2] for at in
                            range(self.symbols["__rela_start"], self.symbols["__rela_end"], 24)]
        self.defined = {}
        for header in HEADERS:
            for name, number in DEFINE.findall(Path(str(header).format(arch=arch)).read_text()):
                self.defined.setdefault(name, int(number, 0))
        # Registers that are written by number have a name too, which newer tools show.
        text = Path(f"arch/{arch}/include/asm/sysreg.h").read_text() if arch == "arm64" else ""
        self.registers = {number: name.lower() for name, number in
                          re.findall(r"^#define (?:SYS_)?(\w+) (s3_\w+)", text, re.M)}
        self.code = {}
        for start, end in self.ranges:
            text = self.run(tools["objdump"], "-d", "--no-show-raw-insn", f"--start-address={start}",
                            f"--stop-address={end}", elf)
            for line in text.splitlines():
                line = re.sub(r"\s*(//|# [0-9a-f]|<).*", "", line)
                match = re.match(r"\s*([0-9a-f]+):\s+(\S+)\s*(.*)", line)
                if match and match.group(2, 3) == (".word", "0x00010001"):  # two of C.NOP
                    self.code |= {int(match.group(1), 16) + n: ("nop", []) for n in (0, 2)}
                elif match and not self.is_data(match.group(2), match.group(3)):
                    self.code[int(match.group(1), 16)] = self.instruction(match.group(2), match.group(3))
        addresses = sorted(self.code)
        self.following = dict(zip(addresses, addresses[1:]))

    def is_data(self, mnemonic, operands):
        """What has no name because it is new, or written by number, is no data."""
        if self.arch == "riscv" and re.match(r"\.(word|4byte|insn|short|2byte)$", mnemonic):
            value = int(operands.split(",")[-1], 0)
            return value != 1 and number(value)[0].startswith("0x")
        return bool(re.match(r"\.|udf|unimp|0x|illegal", mnemonic))

    @staticmethod
    def instruction(mnemonic, operands):
        return ("nop", []) if mnemonic in (".short", ".2byte") else (mnemonic, split(operands))

    @staticmethod
    def run(*command):
        return subprocess.run([str(c) for c in command], check=True, capture_output=True, text=True).stdout

    @staticmethod
    def contents(data):
        """Of the segments that are loaded, and how much memory they take."""
        offset, = struct.unpack_from("<Q", data, 32)
        size, count = struct.unpack_from("<HH", data, 54)
        image, end = bytearray(), 0
        for n in range(count):
            kind, _, start, at, _, filled, taken, _ = struct.unpack_from("<IIQQQQQQ", data, offset + n * size)
            if kind == 1:
                image += bytes(at + filled - len(image))
                image[at:at + filled] = data[start:start + filled]
                end = max(end, at + taken)
        return bytes(image), end

    def name(self, address):
        """A symbol, in code the function that it lies in, in data that and the distance."""
        if address in self.names:
            return self.names[address]
        below = [a for a in self.order if a <= address]
        if not below:
            return hex(address)
        name = self.names[below[-1]]
        return f"in {name}" if address < self.symbols["__text_end"] else f"{name}+{address - below[-1]:#x}"
