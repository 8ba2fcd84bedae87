# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Runs the assembly of a built kernel, from one of its symbols on, and notes what can be seen of it from outside.

The image lies at PHYS, and where the MMU would show it at VIRT. What is noted, in order: writes of system
registers and reads that have effects, barriers, maintenance, waiting, calls of C and of firmware, exceptions,
and each access to memory, with values by name. Which registers are taken, and how a value is computed, is not.
"""

import re
import struct
import subprocess
from pathlib import Path

from arm64 import Arm64
from machine import BACK, MASK, split
from riscv import ABI, Riscv, number

PHYS = 0x12_3400_0000
VIRT = 0xFFFF_FFFF_9234_0000
PROBE = 0xFFFF_FFFE_5634_0000  # where the tree that probes shows RISC-V's code
LIMIT = 2_000_000
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
                match = re.match(r"\s*([0-9a-f]+):\s+(\S+)\s*(.*)", re.sub(r"\s*(//|# [0-9a-f]|<).*", "", line))
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


class Fault(Exception):
    """Of an access."""


class Run:
    """What both architectures have; mixed into their machines."""

    calls = {}  # arguments that count, by function of C
    LINK = RESULT = FRAME = ""
    ARGUMENTS = CLOBBERED = ()

    def __init__(self, image):
        super().__init__({}, {})
        self.image = image
        self.poison()
        self.names[VIRT - PHYS] = "the offset"
        for register, value in self.regs.items():
            self.names[value] = f"({register})"
        self.views = {PHYS: image.size, VIRT: image.size}
        self.loaded_at = PHYS  # what was loaded; elsewhere only what was stored
        self.mapped = []  # memory outside of the image that is seen elsewhere too: from, to, and where it is
        self.jumps = {}  # addresses outside of the image that may be executed, and causes; 0: it returns
        self.misaligned = False  # accesses may be
        self.waits = []  # what happens at each wfi and wfe: a function or None; then the run is over
        self.bad = set()  # addresses that fault
        self.undefined = set()  # beginnings of instructions that do
        self.returns = {}  # of functions of C
        self.quiet, self.quiet_words = [], set()  # addresses whose accesses are looked at by result
        self.over_at = set()  # addresses
        self.on_at = {}  # what happens at addresses, once
        self.after_loads = {}  # and behind loads of words
        self.on_call = {}  # what happens in functions of C
        self.executed, self.over = set(), False

    # ---- addresses ----

    def view(self, address):
        return next((b for b, size in self.views.items() if b <= address < b + size), None)

    def at(self, symbol, base=PHYS):
        return base + self.image.symbols[symbol]

    def struct(self, name, size, fields=(), prefix="-"):
        """Memory with a name, full of values with names, but for these; offsets are of this prefix."""
        start = self.random.getrandbits(28) << 12 | 1 << 44
        self.name_fields(start, name, size, prefix)
        self.names[start] = name
        fields = {self.offset(prefix, key): value for key, value in dict(fields).items()}
        for offset in range(0, size, 8):
            value = fields.get(offset)
            if value is None:
                value = self.token(f"({self.names[start + offset]})")
            self.memory[start + offset] = value
        return start

    def name_fields(self, start, name, size, prefix):
        known = {value: key[len(prefix):].lower() for key, value in reversed(self.image.defined.items())
                 if key.startswith(prefix)}
        for offset in range(0, size + 1, 4):
            self.names[start + offset] = f"{name}.{known[offset]}" if offset in known else f"{name}+{offset}"

    def offset(self, prefix, field):
        return self.image.defined[prefix + field.upper()] if isinstance(field, str) else field

    def set_field(self, start, prefix, **fields):
        for field, value in fields.items():
            self.memory[start + self.offset(prefix, field)] = value

    def token(self, name):
        value = self.fresh()
        self.names[value] = name
        return value

    def show(self, value):
        if value not in self.names and self.view(value) is not None:
            base = self.view(value)
            return {PHYS: "", VIRT: "v:"}.get(base, "p:") + self.image.name(value - base)
        return super().show(value)

    def on_stack(self, address):
        return False

    def alias(self, address):
        for start, end, place in self.mapped:
            if start <= address < end:
                return address - start + place
        base = self.view(address)
        return address - base + PHYS if base in (VIRT, PROBE) else address

    def initial(self, word):
        start = word - self.loaded_at
        if not -8 < start < self.image.size:
            return self.fresh()
        known = self.image.bytes[max(start, 0):start + 8].ljust(8 if start >= 0 else 8 + start, b"\0")
        return int.from_bytes(known.rjust(8, b"\xA5"), "little")

    def load(self, address, size=8):
        if address in self.bad:
            raise Fault(address)
        assert address % size == 0 or self.misaligned, f"a load of {size} bytes at {address:#x}"
        address = self.alias(address)
        if (address & 7) + size > 8:
            return sum(self.load(address + n, 1) << 8 * n for n in range(size))
        word = address & ~7
        if word not in self.memory:
            self.memory[word] = self.initial(word)
        value = self.memory[word] >> 8 * (address & 7) & ((1 << 8 * size) - 1)
        if word in self.after_loads:
            self.after_loads[word]()
        return value

    def store(self, address, value, size=8):
        if address in self.bad:
            raise Fault(address)
        address = self.alias(address)
        if address % size and self.misaligned:
            for n in range(size):
                self.store(address + n, value >> 8 * n & 0xFF, 1)
            return
        if address & ~7 not in self.memory:
            self.memory[address & ~7] = self.initial(address & ~7)
        super().store(address, value, size)

    def plain(self, text, address, value):
        if not self.is_quiet(self.alias(address)):
            self.trace.append(text)

    def is_quiet(self, address):
        return address & ~7 in self.quiet_words or any(a <= address < b for a, b in self.quiet)

    # ---- running ----

    def arguments_are(self, *values):
        self.regs |= dict(zip(self.ARGUMENTS, values))

    def run(self, symbol, base=PHYS):
        self.go(base + self.image.symbols[symbol])
        return self

    def go(self, address):
        self.pc = address
        for _ in range(LIMIT):
            if self.pc == BACK or self.over:
                if self.pc == BACK:
                    self.trace.append(f"return {self.show(self.regs[self.RESULT])}")
                return
            if self.pc in self.over_at:
                self.trace.append(f"on at {self.show(self.pc)}")
                return
            if self.pc in self.on_at:
                self.on_at.pop(self.pc)(self)
            if self.pc in self.jumps:
                self.leap(self.jumps[self.pc])
                continue
            base = self.view(self.pc)
            if not self.fetchable(base):
                self.fetch_fault()
                continue
            link = self.pc - base
            if link not in self.image.code:
                self.called(link)
                continue
            self.executed.add(link)
            mnemonic, operands = self.rebased(base, *self.image.code[link])
            here, self.pc = self.pc, base + self.image.following.get(link, link)
            whole = f"{mnemonic} {', '.join(operands)}"
            try:
                if any(whole.startswith(u) for u in self.undefined):
                    self.trace.append(f"undefined: {mnemonic}")
                    self.illegal(here)
                elif self.execute(mnemonic, operands, here) is False:
                    raise AssertionError(f"not known: {whole}")
            except Fault as fault:
                self.access_fault(here, fault.args[0])
        raise AssertionError("it does not end")

    def fetchable(self, base):
        assert base is not None, f"a jump to {self.show(self.pc)}"
        return True

    def called(self, link):
        """C is not run: what it gets is noted, and what it may overwrite is overwritten."""
        name = self.image.names.get(link)
        assert name, f"a jump to {link:#x}, into C"
        stack = self.regs[self.stack_now()]
        assert stack % 16 == 0 or self.misaligned, f"{name}: the stack is at {stack:#x}"
        told = [self.show(self.regs[r]) for r in self.ARGUMENTS[:self.calls.get(name, 0)]]
        end = "" if self.regs[self.FRAME] else ", no caller"
        end += "" if self.regs[self.LINK] else ", no return"
        self.trace.append(f"call {self.where(self.pc)}({', '.join(told)}), sp {self.top(stack)}{end}")
        for register in self.CLOBBERED:
            self.regs[register] = self.lost()
        self.pc = self.regs[self.LINK]
        if name in self.on_call:
            self.on_call[name](self)
        if name in self.returns:
            self.regs[self.RESULT] = self.returns[name]
        elif self.view(self.pc) is not None and self.image.code.get(self.pc - self.view(self.pc)):
            self.regs[self.RESULT] = self.token(f"{name}()")
        if not self.pc or name in self.never:
            self.over = True

    never = ()

    def top(self, stack):
        """The end of something may be the start of something else."""
        base = self.view(stack)
        if stack in self.names or base is None or self.image.names.get(stack - base, "").endswith("_top"):
            return self.show(stack)
        below = max(a for a in self.image.order if a < stack - base)
        return f"{self.where(base + below)}+{stack - base - below:#x}"

    def where(self, address):
        return {PHYS: "", VIRT: "v:"}.get(self.view(address), "p:") + self.image.name(address - self.view(address))

    def wait(self):
        if not self.waits:
            self.over = True
            return
        action = self.waits.pop(0)
        if action:
            action(self)

    def lines(self):
        return self.trace


def merged(runs):
    """One for all, whose lines say which is which."""
    seen, lines = {}, []
    for n, run in enumerate(runs):
        runs[0].executed |= run.executed
        first = seen.setdefault("\n".join(run.lines()), n)
        lines += [f"-- {n}", *run.lines()] if first == n else [f"-- {n}: as {first}"]
    runs[0].trace = lines
    return runs[0]


class Arm64Run(Run, Arm64):
    """From exception level @el on."""

    LINK, RESULT, FRAME = "x30", "x0", "x29"
    ARGUMENTS = tuple(f"x{n}" for n in range(8))
    CLOBBERED = tuple(f"x{n}" for n in range(19))
    EFFECTS = ("par_el1", "icc_iar1_el1")

    def __init__(self, image, el=1):
        Run.__init__(self, image)
        self.el = el
        self.vectors = {n: [0, 0] for n in range(32)}
        self.stuck, self.exclusives_lost = {}, 0  # bits of registers that read as 1; how often STXR fails
        self.ranges = {}  # start of lines: (name, end), for whole ranges of the caches
        self.system |= {"ctr_el0": 0x8444_C004, "daif": 0x3C0}

    def stack_now(self):
        return "sp_el1" if self.spsel else "sp"

    def poison(self):
        super().poison()
        self.regs["sp_el1"] = self.random.getrandbits(60) & ~15
        self.regs["sp"] = self.random.getrandbits(60) & ~15

    def rebased(self, base, mnemonic, operands):
        """Link addresses among the operands, as they are where the image lies."""
        if re.match(r"b$|bl$|b\.|cbn?z$|tbn?z$|adrp?$", mnemonic) or \
                mnemonic == "ldr" and re.fullmatch(r"[0-9a-f]+", operands[-1]):
            operands = [*operands[:-1], hex(base + int(operands[-1], 16))]
        return mnemonic, operands

    def execute(self, mnemonic, operands, here):
        if mnemonic in ("bl", "blr"):
            self.regs["x30"], target = self.pc, operands[0]
            self.pc = int(target, 16) if mnemonic == "bl" else self.get(target)
        elif mnemonic == "adrp":
            self.set(operands[0], int(operands[1], 16))
        elif mnemonic == "ldr" and operands[1].startswith("0x"):
            self.set(operands[0], self.load(int(operands[1], 16)))
        elif mnemonic == "eret":
            self.leave()
        elif mnemonic == "hlt":
            self.trace.append(f"hlt {operands[0]}, x0 {self.show(self.get('x0'))}, x1 {self.show(self.get('x1'))}")
            self.set("x0", self.token("the debugger's answer"))
        elif mnemonic in ("ldxrb", "stxrb"):
            self.exclusive_byte(mnemonic, operands)
        elif mnemonic in ("wfi", "wfe"):
            self.trace.append(mnemonic)
            self.wait()
        else:
            return super().execute(mnemonic, operands, here)
        return True

    def atomic(self, mnemonic, operands):
        if mnemonic.startswith(("stx", "stlx")) and self.exclusives_lost:
            self.exclusives_lost -= 1
            self.exclusive = None
        return super().atomic(mnemonic, operands)

    def exclusive_byte(self, mnemonic, operands):
        address = self.address(operands[-1])
        if mnemonic == "ldxrb":
            self.set(operands[0], self.load(address, 1))
            self.exclusive = address
        else:
            failed = self.exclusive != address or self.exclusives_lost > 0
            self.exclusives_lost -= self.exclusives_lost > 0
            if not failed:
                self.store(address, self.get(operands[1]), 1)
            self.set(operands[0], int(failed))
            self.exclusive = None
        self.trace.append(f"{mnemonic} {self.place(address)}")

    def privileged(self, mnemonic, operands):
        operands = [self.image.registers.get(o, o) for o in operands]
        if mnemonic == "mrs":
            self.read(*operands)
        elif mnemonic == "dc":
            self.cache_line(operands[0], self.get(operands[1]))
        elif mnemonic == "msr":
            super().privileged(mnemonic, operands)
            self.written(*operands)
        else:
            return super().privileged(mnemonic, operands)
        return True

    def read(self, register, name):
        if name == "CurrentEL" or name == "currentel":
            value = self.el << 2
        elif name == "spsel":
            value = self.spsel
        elif name == "sp_el0":
            value = self.regs["sp"]
        else:
            if name not in self.system:
                self.system[name] = self.token(f"({name})")
            value = self.system[name]
            value = value.pop(0) if isinstance(value, list) else value
        if name in self.EFFECTS:
            self.trace.append(f"mrs {name}")
        self.set(register, value)

    def written(self, name, operand):
        value = int(operand[1:], 0) if operand.startswith("#") else self.get(operand)
        if name in ("daifset", "daifclr"):
            bits = value << 6
            daif = self.system["daif"]
            self.system["daif"] = daif | bits if name == "daifset" else daif & ~bits
        elif name != "spsel":
            self.system[name] = value | self.stuck.get(name, 0)

    def cache_line(self, operation, address):
        """Lines of the ranges that are known come as one, if they are all there and few behind them."""
        last = self.trace[-1] if self.trace else ""
        match = re.fullmatch(rf"dc {operation}, \[(\w+), (\w+)\)", last)
        if match and int(match.group(2), 16) == address:
            self.trace[-1] = f"dc {operation}, [{match.group(1)}, {address + 64:#x})"
        else:
            self.trace.append(f"dc {operation}, [{address:#x}, {address + 64:#x})")

    def lines(self):
        found = []
        for line in self.trace:
            match = re.fullmatch(r"dc (\w+), \[(\w+), (\w+)\)", line)
            if match:
                start, end = int(match.group(2), 16), int(match.group(3), 16)
                whole = [name for first, (name, last) in self.ranges.items()
                         if start == first & ~63 and last <= end < last + 32 * 64 + 64]
                line = f"dc {match.group(1)}, {whole[0] if whole else 'no range that is known: ' + line}"
            found.append(line)
        return found

    # ---- exceptions ----

    def leave(self):
        spsr, elr = self.system[f"spsr_el{self.el}"], self.system[f"elr_el{self.el}"]
        self.trace.append(f"eret to {self.show(elr)}, spsr {self.show(spsr)}")
        self.el, self.spsel, self.pc = spsr >> 2 & 3, spsr & 1, elr
        if spsr >> 20 & 1:
            self.exception(elr, self.fetch_kind << 26, self.el)

    fetch_kind = 0xE  # of what comes where PSTATE.IL is set

    def illegal(self, here, syndrome=0):
        self.exception(here, syndrome, self.el)

    def access_fault(self, here, address):
        self.system["far_el1"] = address
        self.exception(here, 0x25 << 26 | 0x7, self.el)

    def exception(self, here, syndrome, to):
        """At this instruction; the vector is the synchronous one."""
        self.system[f"spsr_el{to}"] = 0x3C0 | self.el << 2 | self.spsel | (syndrome >> 26 in (0xE, 0x21)) << 20
        self.system[f"elr_el{to}"], self.system[f"esr_el{to}"] = here, syndrome
        offset = 0x400 if to > self.el else 0x200 if self.spsel else 0
        self.el, self.spsel = to, 1
        self.pc = self.system[f"vbar_el{to}"] + offset


class RiscvRun(Run, Riscv):
    """A hart in S-mode, or M-mode; with translation or without."""

    LINK, RESULT, FRAME = "ra", "a0", "s0"
    ARGUMENTS = tuple(f"a{n}" for n in range(8))
    CLOBBERED = tuple(f"a{n}" for n in range(8)) + tuple(f"t{n}" for n in range(7))

    def __init__(self, image, satp=0, mode="S"):
        Run.__init__(self, image)
        self.views[PROBE] = image.size
        self.system["satp"] = satp
        self.mode = mode
        self.modes = True  # satp has the mode that is asked for
        self.supervisor = True  # there is S-mode

    def stack_now(self):
        return "sp"

    def rebased(self, base, mnemonic, operands):
        if re.match(r"b\w+$|j$|jal$", mnemonic):
            operands = [*operands[:-1], hex(base + int(operands[-1], 16))]
        return mnemonic, operands

    def place(self, text):
        return f"[{self.show(self.address(text))}]"

    def fetchable(self, base):
        physical = base not in (VIRT, PROBE, None)
        return physical if self.mode == "M" else base is not None and physical == (not self.system["satp"])

    def leap(self, cause):
        self.trace.append("a jump")
        if cause:
            self.trap(self.pc, cause)
        else:
            self.pc = self.regs["ra"]

    def fetch_fault(self):
        self.trap(self.pc, 12)

    def illegal(self, here):
        self.trap(here, 2)

    def access_fault(self, here, address):
        self.system["stval"] = address
        self.trap(here, 5)

    def trap(self, here, cause):
        who = "m" if self.mode == "M" else "s"
        self.system[f"{who}epc"], self.system[f"{who}cause"] = here, cause
        self.pc = self.system[f"{who}tvec"]
        assert self.pc % 4 == 0, f"{who}tvec asks for vectors"
        self.trace.append(f"trap to {self.show(self.pc)}")

    def execute(self, mnemonic, operands, here):
        if mnemonic in ("jal", "jalr"):
            *register, target = operands
            if mnemonic == "jal":
                address = int(target, 16)
            else:
                address = self.address(target) if "(" in target else self.get(target)
            self.regs[register[0] if register else "ra"] = self.pc
            self.pc = address
        elif mnemonic == "jr" and "(" in operands[0]:
            self.pc = self.address(operands[0])
        elif mnemonic in ("sret", "mret"):
            self.trace.append(f"{mnemonic} to {self.show(self.system[mnemonic[0] + 'epc'])}")
            self.pc = self.system[mnemonic[0] + "epc"]
        elif mnemonic == "ebreak":
            self.trace.append("ebreak")
            if "ebreak" not in self.returns:
                self.trap(here, 3)
        elif mnemonic == "wfi":
            self.trace.append("wfi")
            self.wait()
        elif mnemonic in ("slli", "srai", "slti") and operands[0] == "zero":
            self.trace.append(f"{mnemonic} x0, x0, {operands[2]}")
        else:
            return super().execute(mnemonic, operands, here)
        return True

    def privileged(self, mnemonic, operands):
        match = re.fullmatch(r"csr(r|rw|rs|rc|w|s|c)(i?)", mnemonic)
        if mnemonic == "ecall":
            self.trace.append("ecall " + ", ".join(f"{r} {self.operand(r)}" for r in ("a7", "a6")))
            self.set("a0", self.fresh())
            self.set("a1", self.fresh())
            return True
        if not match:
            return super().privileged(mnemonic, operands)
        action, register = match.group(1), operands[0]
        name = operands[1] if action in ("r", "rw", "rs", "rc") else operands[0]
        source = operands[-1] if action != "r" else None
        given = (self.get(source) if source in ABI else int(source, 0)) if source else None
        if name not in self.system:
            self.system[name] = self.token(f"({name})")
        old = self.system[name]
        if given is not None:
            self.written(name, action[-1], given, old)
        if action in ("r", "rw", "rs", "rc"):
            self.set(register, old)
        return True

    def written(self, name, action, given, old):
        self.trace.append(f"csr{action} {name}, {self.show(given)}")
        if name == "satp" and given and not self.modes:
            return
        self.system[name] = {"w": given, "s": old | given, "c": old & ~given}[action] & MASK
