# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A64 as far as compilers and asm/*.h use it."""

import re

from machine import MASK, Machine, extend, signed

CONDITIONS = {
    "eq": lambda n, z, c, v: z, "ne": lambda n, z, c, v: not z, "cs": lambda n, z, c, v: c,
    "cc": lambda n, z, c, v: not c, "mi": lambda n, z, c, v: n, "pl": lambda n, z, c, v: not n,
    "vs": lambda n, z, c, v: v, "vc": lambda n, z, c, v: not v, "hi": lambda n, z, c, v: c and not z,
    "ls": lambda n, z, c, v: not c or z, "ge": lambda n, z, c, v: n == v, "lt": lambda n, z, c, v: n != v,
    "gt": lambda n, z, c, v: not z and n == v, "le": lambda n, z, c, v: z or n != v,
    "al": lambda n, z, c, v: True,
}
CONDITIONS |= {"hs": CONDITIONS["cs"], "lo": CONDITIONS["cc"]}

TWO = {
    "add": lambda a, b: a + b, "sub": lambda a, b: a - b, "and": lambda a, b: a & b,
    "orr": lambda a, b: a | b, "eor": lambda a, b: a ^ b, "bic": lambda a, b: a & ~b,
    "orn": lambda a, b: a | ~b, "eon": lambda a, b: a ^ ~b, "mul": lambda a, b: a * b,
    "udiv": lambda a, b: a // b if b else 0,
}
SHIFTS = {
    "lsl": lambda a, n, bits: a << n % bits, "lsr": lambda a, n, bits: a >> n % bits,
    "asr": lambda a, n, bits: signed(a, bits) >> n % bits,
    "ror": lambda a, n, bits: a >> n % bits | a << (bits - n % bits),
}
EXTENDS = {"uxtb": 8, "uxth": 16, "uxtw": 32, "uxtx": 64, "sxtb": 8, "sxth": 16, "sxtw": 32, "sxtx": 64}
# The second operand of what depends on the condition, where that is not true.
SELECTS = {"csel": lambda b: b, "csinc": lambda b: b + 1, "csinv": lambda b: ~b, "csneg": lambda b: -b}
SIZES = {"b": 1, "h": 2}
ATOMIC = {"add": lambda old, b: old + b, "clr": lambda old, b: old & ~b, "eor": lambda old, b: old ^ b,
          "set": lambda old, b: old | b}
ALONE = {"dsb", "dmb", "isb", "hint", "wfi", "wfe", "sev", "sevl", "yield", "hvc", "smc", "clrex"}


class Arm64(Machine):
    """A CPU; vector registers are lists of two words."""

    zero = ("xzr", "wzr")
    arguments = tuple(f"x{n}" for n in range(8))
    result = ("x0", "x1")
    saved = tuple(f"x{n}" for n in range(19, 30))
    stack, link = "sp", "x30"
    exclusive = None

    def regs_all(self):
        for n in range(32):
            self.vectors[n] = [self.random.getrandbits(64), self.random.getrandbits(64)]
        return [f"x{n}" for n in range(31)] + ["sp"]

    def __init__(self, *args, **kw):
        super().__init__(*args, **kw)
        self.vectors = {}
        self.nzcv = (False,) * 4
        self.spsel = 0

    # ---- operands ----

    def operand(self, name):
        """0 is the same from any register."""
        value = self.get(name)
        return self.show(value) if value else "xzr"

    def canonical(self, name):
        assert re.fullmatch(r"[xw]\d+|sp|wsp", name), f"no register: {name}"
        if name.endswith("sp"):
            return "sp_el1" if self.spsel else "sp"
        return name.replace("w", "x")

    def get(self, name):
        value = super().get(name)
        return value & 0xFFFF_FFFF if name.startswith("w") else value

    def set(self, name, value):
        super().set(name, value & 0xFFFF_FFFF if name.startswith("w") else value)

    def value(self, operand, *shift):
        """A number or a register, shifted or extended."""
        if operand.startswith("#"):
            value, bits = int(operand[1:], 0), 64
        else:
            value, bits = self.get(operand), 32 if operand.startswith("w") else 64
        if not shift:
            return value
        kind, *amount = shift[0].split()
        amount = int(amount[0][1:], 0) if amount else 0
        if kind in SHIFTS:
            return SHIFTS[kind](value, amount, bits)
        value &= (1 << EXTENDS[kind]) - 1
        return (extend(value, EXTENDS[kind]) if kind[0] == "s" else value) << amount

    def address(self, where, *after):
        """Of an access, with what it does to the base."""
        base, *offset = [o.strip() for o in where.strip("[]!").split(",")]
        start = self.get(base)
        moved = (start + (self.value(*offset) if offset else 0)) & MASK
        if where.endswith("!"):
            self.set(base, moved)
        elif after:
            self.set(base, start + self.value(*after))
        return moved

    def place(self, address):
        return f"[{self.show(address)}]"

    # ---- flags ----

    def flags_of(self, a, b, carry, bits):
        """Of a + b + carry."""
        mask = (1 << bits) - 1
        a, b = a & mask, b & mask
        total = a + b + carry
        result = total & mask
        overflow = signed(a, bits) + signed(b, bits) + carry != signed(result, bits)
        self.flags((result >> (bits - 1) & 1 == 1, result == 0, total > mask, overflow))
        return result

    def flags(self, nzcv):
        self.uses.append(("write", "cc"))
        self.nzcv = nzcv

    def holds(self, condition):
        self.uses.append(("read", "cc"))
        return CONDITIONS[condition](*self.nzcv)

    # ---- instructions ----

    def execute(self, mnemonic, operands, here):
        if any(re.match(r"\{?v\d", o) for o in operands):
            return self.vector(mnemonic, operands)
        for part in (self.branch, self.arithmetic, self.move, self.conditional, self.access, self.atomic,
                     self.privileged):
            if part(mnemonic, operands) is not None:
                return True
        if mnemonic == "adr":
            self.set(operands[0], int(operands[1], 16))
            return True
        return False

    def branch(self, mnemonic, operands):
        if mnemonic in ("b", "cbz", "cbnz", "tbz", "tbnz") or mnemonic.startswith("b."):
            *test, target = operands
            value = self.get(test[0]) if test else 0
            if mnemonic.startswith("tb"):
                value = value >> int(test[1][1:], 0) & 1
            taken = self.holds(mnemonic[2:]) if mnemonic.startswith("b.") else \
                mnemonic == "b" or (value == 0) == mnemonic.endswith("bz")
            if taken:
                self.pc = int(target, 16)
            return True
        if mnemonic in ("br", "ret"):
            self.pc = self.get(operands[0] if operands else "x30")
            return True
        return True if mnemonic == "nop" else None

    def arithmetic(self, mnemonic, operands):
        bits = 32 if operands and operands[0].startswith("w") else 64
        compare = {"cmp": "subs", "cmn": "adds", "tst": "ands"}.get(mnemonic)
        if compare:
            mnemonic, operands = compare, ["xzr" if bits == 64 else "wzr", *operands]
        if mnemonic in ("subs", "adds"):
            a, b = self.get(operands[1]), self.value(*operands[2:])
            self.set(operands[0], self.flags_of(a, ~b if mnemonic == "subs" else b, mnemonic == "subs",
                                                bits))
        elif mnemonic in ("ands", "bics"):
            value = TWO[mnemonic[:3]](self.get(operands[1]), self.value(*operands[2:]))
            value &= (1 << bits) - 1
            self.flags((value >> (bits - 1) & 1 == 1, value == 0, False, False))
            self.set(operands[0], value)
        elif mnemonic in TWO:
            self.set(operands[0], TWO[mnemonic](self.get(operands[1]), self.value(*operands[2:])))
        elif mnemonic in SHIFTS:
            self.set(operands[0], SHIFTS[mnemonic](self.get(operands[1]), self.value(operands[2]), bits))
        elif mnemonic in ("madd", "umaddl", "msub"):
            a, b, c = map(self.get, operands[1:])
            self.set(operands[0], c - a * b if mnemonic == "msub" else c + a * b)
        else:
            return None
        return True

    def move(self, mnemonic, operands):
        if not operands:
            return None
        to, *rest = operands
        bits = 32 if to.startswith("w") else 64
        if mnemonic in ("mov", "movz"):
            value = self.value(*rest)
        elif mnemonic in ("mvn", "movn"):
            value = ~self.value(*rest)
        elif mnemonic == "neg":
            value = -self.value(*rest)
        elif mnemonic == "movk":
            shift = int(rest[1].split("#")[1], 0) if rest[1:] else 0
            value = self.get(to) & ~(0xFFFF << shift) | int(rest[0][1:], 0) << shift
        elif mnemonic in EXTENDS:
            value = self.value(rest[0], mnemonic)
        elif mnemonic in ("ubfx", "sbfx", "ubfiz", "sbfiz", "bfi", "bfxil"):
            lsb, width = int(rest[1][1:], 0), int(rest[2][1:], 0)
            mask = (1 << width) - 1
            value = self.get(rest[0]) >> (lsb if mnemonic.endswith(("fx", "xil")) else 0) & mask
            value = signed(value, width) if mnemonic[0] == "s" else value
            if mnemonic.endswith("iz"):
                value <<= lsb
            elif mnemonic == "bfi":
                value = self.get(to) & ~(mask << lsb) | value << lsb
            elif mnemonic == "bfxil":
                value |= self.get(to) & ~mask
        else:
            return None
        self.set(to, value & ((1 << bits) - 1))
        if to == "sp" and self.spsel:
            self.trace.append(f"mov sp_el1, {self.show(value)}")
        return True

    def conditional(self, mnemonic, operands):
        if mnemonic in ("cset", "csetm"):
            yes = self.holds(operands[1])
            self.set(operands[0], yes if mnemonic == "cset" else -int(yes))
        elif mnemonic in ("cinc", "cinv", "cneg"):
            value = self.get(operands[1])
            other = SELECTS["cs" + mnemonic[1:]](value)
            self.set(operands[0], other if self.holds(operands[2]) else value)
        elif mnemonic in SELECTS:
            first, second = self.get(operands[1]), self.get(operands[2])
            self.set(operands[0], first if self.holds(operands[3]) else SELECTS[mnemonic](second))
        elif mnemonic in ("ccmp", "ccmn"):
            bits = 32 if operands[0].startswith("w") else 64
            a, b, other = self.get(operands[0]), self.value(operands[1]), int(operands[2][1:], 0)
            if self.holds(operands[3]):
                self.flags_of(a, ~b if mnemonic == "ccmp" else b, mnemonic == "ccmp", bits)
            else:
                self.flags(tuple(bool(other >> n & 1) for n in (3, 2, 1, 0)))
        else:
            return None
        return True

    def access(self, mnemonic, operands):
        match = re.fullmatch(r"(ld|st)(p|u?r)(s?)([bhw]?)", mnemonic)
        if not match:
            return None
        pair = 2 if match.group(2) == "p" else 1
        registers, where = operands[:pair], operands[pair:]
        wide = 4 if registers[0].startswith("w") or match.group(4) == "w" else 8
        size = SIZES.get(match.group(4), wide)
        values = [self.get(r) for r in registers] if match.group(1) == "st" else []
        names = [self.operand(r) for r in registers] if values else []
        address = self.address(*where)
        for n, register in enumerate(registers):
            at = (address + n * size) & MASK
            if values:
                self.plain(f"str{'' if size == 8 else 8 * size} {names[n]}, {self.place(at)}", at,
                           values[n])
                self.store(at, values[n], size)
                continue
            value = self.load(at, size)
            self.set(register, extend(value, 8 * size) if match.group(3) else value)
            self.plain(f"ldr{'' if size == 8 else 8 * size} {self.show(value)}, {self.place(at)}", at,
                       value)
        return True

    def atomic(self, mnemonic, operands):
        match = re.fullmatch(r"(ld|st)(add|clr|eor|set)(a?l?)|(swp|cas|ldx|ldax|stx|stlx|lda|stl)(a?l?r?)",
                             mnemonic)
        if not match or not operands[-1].startswith("["):
            return None
        *registers, where = operands
        kind, address = match.group(4), self.address(where)
        assert all(r.startswith("x") or n == 0 and kind in ("stx", "stlx")
                   for n, r in enumerate(registers)), "not 64 bits"
        names = [self.operand(r) for r in registers]
        if kind in ("stx", "stlx"):
            works = self.exclusive == address
            if works:
                self.store(address, self.get(registers[1]))
            self.exclusive = None
            self.set(registers[0], int(not works))
            names = names[1:]
        elif kind == "stl":
            self.store(address, self.get(registers[0]))
        else:
            old = self.load(address)
            if kind in ("ldx", "ldax", "lda"):
                self.exclusive = address if kind != "lda" else None
                self.set(registers[0], old)
                names = [self.show(old)]
            elif kind == "cas":
                if old == self.get(registers[0]):
                    self.store(address, self.get(registers[1]))
                self.set(registers[0], old)
            else:
                operation = ATOMIC.get(match.group(2), lambda old, b: b)
                self.store(address, operation(old, self.get(registers[0])))
                if registers[1:]:
                    self.set(registers[1], old)
                    names[1] = self.show(old)
        self.trace.append(f"{mnemonic} {', '.join([*names, self.place(address)])}")
        return True

    def privileged(self, mnemonic, operands):
        if mnemonic in ("hvc", "smc"):
            self.trace.append(f"{mnemonic} {operands[0]} x0={self.operand('x0')} x1={self.operand('x1')}")
            # What is there must save as much as a function does, and the link register (SMCCC).
            for n in range(19):
                self.set(f"x{n}", self.lost() if n else self.fresh())
            self.flags(tuple(self.random.random() < .5 for _ in range(4)))
        elif mnemonic in ALONE:
            self.trace.append(f"{mnemonic} {', '.join(operands)}".strip())
        elif mnemonic in ("tlbi", "dc", "ic", "at"):
            values = [self.operand(r) for r in operands[1:] if r != "xzr"]
            self.trace.append(f"{mnemonic} {', '.join([operands[0], *values])}")
        elif mnemonic == "msr":
            value = operands[1] if operands[1].startswith("#") else self.operand(operands[1])
            self.trace.append(f"msr {operands[0]}, {value}")
            if operands[0] == "spsel":
                self.spsel = int(value[1:], 0)
        elif mnemonic == "mrs":
            value = self.system[operands[1]] if operands[1] in self.system else self.fresh()
            self.set(operands[0], value)
            self.trace.append(f"mrs {self.show(value)}, {operands[1]}")
        else:
            return None
        return True

    # ---- vectors: what asm/vector.h uses ----

    def lanes(self, text):
        """The numbers of v0.2d or {v0.2d-v3.2d}."""
        first, *last = re.findall(r"v(\d+)", text)
        return list(range(int(first), int(last[0] if last else first) + 1))

    def vget(self, number):
        self.uses.append(("read", f"v{number}"))
        return self.vectors[number]

    def vset(self, number, value):
        self.uses.append(("write", f"v{number}"))
        self.vectors[number] = [v & MASK for v in value]

    def vector(self, mnemonic, operands):
        lane = [re.fullmatch(r"v(\d+)\.d\[(\d)\]", o) for o in operands]
        if mnemonic in ("mov", "umov", "ins") and lane[0]:
            number, half = int(lane[0].group(1)), int(lane[0].group(2))
            value = list(self.vget(number)) if half else [0, self.vectors[number][1]]
            value[half] = self.get(operands[1])
            self.vset(number, value)
        elif mnemonic in ("mov", "umov", "fmov") and lane[1]:
            self.set(operands[0], self.vget(int(lane[1].group(1)))[int(lane[1].group(2))])
        elif mnemonic in ("st1", "ld1"):
            address = self.address(*operands[1:])
            for n, number in enumerate(self.lanes(operands[0])):
                assert ".2d" in operands[0], "not elements of 64 bits"
                at = address + 16 * n
                if mnemonic == "st1":
                    self.store(at, self.vget(number)[0])
                    self.store(at + 8, self.vget(number)[1])
                else:
                    self.vset(number, [self.load(at), self.load(at + 8)])
        elif mnemonic == "dup":
            self.vset(*self.lanes(operands[0]), [self.get(operands[1])] * 2)
        elif mnemonic == "movi":
            assert operands[1] == "#0x0" or operands[1] == "#0"
            self.vset(*self.lanes(operands[0]), [0, 0])
        elif mnemonic in TWO and (".2d" in operands[0] or mnemonic in ("eor", "orr", "and", "bic")):
            a, b = (self.vget(*self.lanes(o)) for o in operands[1:])
            self.vset(*self.lanes(operands[0]), [TWO[mnemonic](x, y) for x, y in zip(a, b)])
        else:
            return False
        return True
