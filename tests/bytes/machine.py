# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Runs the functions of an object file one instruction at a time, and says which of them matter.

What reaches an instruction is compared by value: each argument, and each word that comes from memory, a
system register or firmware, is a number of its own, with a name. So it is no matter which registers a
compiler takes, or how it gets an address. An instruction that is not known here fails the test.
"""

import random
import re
import subprocess

MASK = (1 << 64) - 1
STACK = 0x6FFF_F000_0000
BACK = 0x5A5A_5A5A_5A50  # where functions return to
LIMIT = 200000


def signed(value, bits=64):
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def extend(value, bits):
    """Sign-extended from so many bits to 64."""
    return signed(value, bits) & MASK


def split(operands):
    """At commas that are in no brackets."""
    return [o.strip() for o in re.split(r",(?![^\[{(]*[\]})])", operands)] if operands else []


def disassemble(objdump, elf):
    """Instructions by address, (mnemonic, operands); addresses by symbol."""
    text = subprocess.run([objdump, "-d", "--no-show-raw-insn", elf], check=True, capture_output=True,
                          text=True).stdout
    code, symbols = {}, {}
    for line in text.splitlines():
        match = re.match(r"([0-9a-f]+) <(\S+)>:", line)
        if match:
            symbols[match.group(2)] = int(match.group(1), 16)
            continue
        line = re.sub(r"\s*(//|# [0-9a-f]|<).*", "", line)
        match = re.match(r"\s*([0-9a-f]+):\s+(\S+)\s*(.*)", line)
        if match:
            code[int(match.group(1), 16)] = (match.group(2), split(match.group(3)))
    return code, symbols


class Unknown(Exception):
    """An instruction, or a form of one, that is not taught yet."""


class Machine:
    """Registers, memory and a trace; the architectures' are derived from it."""

    zero = ()  # registers that read 0
    arguments = result = ()
    saved = ()  # what a function gives back as it found it
    stack = link = ""

    def __init__(self, code, symbols, seed=1):
        self.code = code
        self.symbols = symbols
        self.order = sorted(code)
        self.following = dict(zip(self.order, self.order[1:]))
        self.random = random.Random(seed)
        self.regs, self.memory, self.names, self.system = {}, {}, {}, {}
        self.named = {}
        self.trace, self.loads, self.stores, self.uses = [], [], [], []
        self.pc = 0
        self.mark = None
        self.numbers = set()  # of statements that were executed
        self.kept = {}  # registers that hold something when a function is called
        self.fill = None  # what memory holds where nothing was stored; None: something else each time

    def again(self):
        """Another one for the same code."""
        other = type(self)(self.code, self.symbols)
        other.numbers = self.numbers
        return other

    # ---- values and their names ----

    def fresh(self, prefix="r"):
        """A number that nothing else has, named."""
        value = self.random.getrandbits(64) & ~7 | 1 << 62
        number = self.named.get(prefix, 0)
        self.names[value], self.named[prefix] = f"{prefix}{number}", number + 1
        return value

    def lost(self):
        """Anything, which nobody may rely on."""
        value = self.random.getrandbits(64)
        self.names[value] = "(lost)"
        return value

    def show(self, value):
        low = value & (1 << 48) - 1
        if low in self.names and value not in self.names:
            return f"{value >> 48:#x}<<48|{self.names[low]}"
        return self.names.get(value, hex(value))

    # ---- registers ----

    def canonical(self, name):
        raise NotImplementedError

    def get(self, name):
        if name in self.zero:
            return 0
        self.uses.append(("read", self.canonical(name)))
        return self.regs[self.canonical(name)]

    def set(self, name, value):
        if name in self.zero:
            self.numbers.add(value)
            return
        self.uses.append(("write", self.canonical(name)))
        self.regs[self.canonical(name)] = value & MASK

    def operand(self, name):
        """Of a register, how the trace says what is in it."""
        return name if name in self.zero else self.show(self.get(name))

    # ---- memory ----

    def on_stack(self, address):
        return STACK - 0x10000 <= address < STACK + 0x100

    def load(self, address, size=8):
        assert address % size == 0, f"a load of {size} bytes at {address:#x}"
        word = address & ~7
        if not self.on_stack(address):
            self.loads.append((address, size))
        value = self.memory.get(word, self.fill)
        if value is None:
            value = self.fresh()
            self.names[value & 0xFFFF_FFFF] = f"(u32){self.names[value]}"
        return value >> 8 * (address & 7) & ((1 << 8 * size) - 1)

    def store(self, address, value, size=8):
        assert address % size == 0, f"a store of {size} bytes at {address:#x}"
        word, shift = address & ~7, 8 * (address & 7)
        if not self.on_stack(address):
            self.stores.append((address, size))
        mask = (1 << 8 * size) - 1
        old = self.memory.get(word, 0)
        self.memory[word] = old & ~(mask << shift) & MASK | (value & mask) << shift

    def plain(self, text, address, value):
        """A load or store, for the trace; what is on the stack is the compiler's own."""
        if address == self.mark:
            self.trace.append(f"mark {value}")
        elif not self.on_stack(address):
            self.trace.append(text)

    # ---- running ----

    def call(self, symbol, *arguments, mark=None):
        """Run a function. Return: what is in the registers of results."""
        self.poison()
        self.regs |= self.kept | dict(zip(self.arguments, arguments))
        if mark is not None:
            self.regs[self.arguments[len(arguments)]] = self.mark = mark
        before = {name: self.regs[name] for name in (*self.saved, self.stack)}
        self.go(self.symbols[symbol])
        for name, value in before.items():
            assert self.regs[name] == value, f"{symbol} does not give {name} back"
        return [self.regs[name] for name in self.result]

    def poison(self):
        """Every register holds something, and a return leads back."""
        for name in self.regs_all():
            self.regs[name] = self.random.getrandbits(64)
        self.regs[self.stack], self.regs[self.link] = STACK, BACK

    def regs_all(self):
        raise NotImplementedError

    def go(self, address):
        """From there until it returns."""
        self.pc = address
        for _ in range(LIMIT):
            if self.pc == BACK:
                return
            assert self.pc in self.code, f"a jump to {self.pc:#x}"
            mnemonic, operands = self.code[self.pc]
            self.pc, here = self.following.get(self.pc), self.pc
            if self.execute(mnemonic, operands, here) is False:
                raise Unknown(f"not known: {mnemonic} {', '.join(operands)}")
        raise Unknown("it does not end")

    def execute(self, mnemonic, operands, here):
        raise NotImplementedError
