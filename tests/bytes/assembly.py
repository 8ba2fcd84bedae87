# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Runs the assembly of a built kernel, from one of its symbols on, and notes what it shows.

The image lies at PHYS, and where the MMU would show it at VIRT. What is noted, in order: writes of system
registers and reads that have effects, barriers, maintenance, waiting, calls of C and of firmware, exceptions,
and each access to memory, with values by name. Which registers are taken is not, nor how a value comes about.
"""

import re

from machine import BACK

PHYS = 0x12_3400_0000
VIRT = 0xFFFF_FFFF_9234_0000
PROBE = 0xFFFF_FFFE_5634_0000  # where the tree that probes shows RISC-V's code
LIMIT = 2_000_000


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
        end += ", no cpu" if self.regs.get("tp") == 0 else ""
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
        base = self.view(address)
        return {PHYS: "", VIRT: "v:"}.get(base, "p:") + self.image.name(address - base)

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
