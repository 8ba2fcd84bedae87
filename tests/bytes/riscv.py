# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""RV64IMAC and the supervisor's instructions, as far as compilers and asm/*.h use them."""

import re

from machine import MASK, Machine, extend, signed

ABI = ["zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", *(f"a{n}" for n in range(8)),
       *(f"s{n}" for n in range(2, 12)), *(f"t{n}" for n in range(3, 7))]

ARITHMETIC = {
    "add": lambda a, b: a + b, "sub": lambda a, b: a - b, "and": lambda a, b: a & b,
    "or": lambda a, b: a | b, "xor": lambda a, b: a ^ b, "sll": lambda a, b: a << (b & 63),
    "srl": lambda a, b: a >> (b & 63), "sra": lambda a, b: signed(a) >> (b & 63),
    "slt": lambda a, b: signed(a) < signed(b), "sltu": lambda a, b: a < b, "mul": lambda a, b: a * b,
    "addw": lambda a, b: extend(a + b, 32), "subw": lambda a, b: extend(a - b, 32),
    "mulw": lambda a, b: extend(a * b, 32), "sllw": lambda a, b: extend(a << (b & 31), 32),
    "srlw": lambda a, b: extend((a & 0xFFFF_FFFF) >> (b & 31), 32),
    "sraw": lambda a, b: extend(signed(a, 32) >> (b & 31), 32),
    "divu": lambda a, b: a // b if b else MASK, "remu": lambda a, b: a % b if b else a,
}
IMMEDIATE = {"addi": "add", "andi": "and", "ori": "or", "xori": "xor", "slli": "sll", "srli": "srl",
             "srai": "sra", "slti": "slt", "sltiu": "sltu", "addiw": "addw", "slliw": "sllw",
             "srliw": "srlw", "sraiw": "sraw"}
ONE = {
    "mv": lambda a: a, "not": lambda a: ~a, "neg": lambda a: -a, "negw": lambda a: extend(-a, 32),
    "sext.w": lambda a: extend(a, 32), "zext.b": lambda a: a & 0xFF, "seqz": lambda a: a == 0,
    "snez": lambda a: a != 0, "sltz": lambda a: signed(a) < 0, "sgtz": lambda a: signed(a) > 0,
}
BRANCH = {
    "beq": lambda a, b: a == b, "bne": lambda a, b: a != b, "blt": lambda a, b: signed(a) < signed(b),
    "bge": lambda a, b: signed(a) >= signed(b), "bltu": lambda a, b: a < b, "bgeu": lambda a, b: a >= b,
    "bgt": lambda a, b: signed(a) > signed(b), "ble": lambda a, b: signed(a) <= signed(b),
    "bgtu": lambda a, b: a > b, "bleu": lambda a, b: a <= b,
}
LOADS = {"ld": (8, 64), "lw": (4, 32), "lwu": (4, 0), "lh": (2, 16), "lhu": (2, 0), "lb": (1, 8),
         "lbu": (1, 0)}
STORES = {"sd": 8, "sw": 4, "sh": 2, "sb": 1}
ATOMIC = {"amoswap": lambda old, b: b, "amoadd": lambda old, b: old + b, "amoxor": lambda old, b: old ^ b,
          "amoand": lambda old, b: old & b, "amoor": lambda old, b: old | b}
# Without operands that are registers.
ALONE = {"fence", "fence.i", "sfence.w.inval", "sfence.inval.ir", "wfi", "pause", "ebreak"}


def number(word):
    """What a disassembler that was not told of Svinval and Zihintpause shows as a number."""
    if word & 0xFE00_7FFF == 0x1600_0073:
        return "sinval.vma", [ABI[word >> 15 & 31], ABI[word >> 20 & 31]]
    return {0x1800_0073: "sfence.w.inval", 0x1810_0073: "sfence.inval.ir", 0x0100_000F: "pause"}.get(
        word, hex(word)), []


class Riscv(Machine):
    """A hart."""

    zero = ("zero",)
    arguments = tuple(f"a{n}" for n in range(8))
    result = ("a0", "a1")
    saved = tuple(f"s{n}" for n in range(12)) + ("gp", "tp")
    stack, link = "sp", "ra"
    reserved = None

    def regs_all(self):
        return ABI[1:]

    def canonical(self, name):
        assert name in ABI, f"no register: {name}"
        return name

    def value(self, operand):
        """Of a register or number: compressed forms are shown as add with one."""
        return self.get(operand) if operand in ABI else int(operand, 0) & MASK

    def operand(self, name):
        return "x0" if name == "zero" else super().operand(name)

    def address(self, text):
        match = re.fullmatch(r"(-?\d*)\((\w+)\)", text)
        return (self.get(match.group(2)) + int(match.group(1) or 0)) & MASK

    def place(self, text):
        """The address of an access, for the trace: what is in the register, and the distance."""
        match = re.fullmatch(r"(-?\d*)\((\w+)\)", text)
        address = self.address(text)
        return f"0({self.names[address]})" if address in self.names else \
            f"{match.group(1) or 0}({self.operand(match.group(2))})"

    def execute(self, mnemonic, operands, here):
        if mnemonic in (".word", ".4byte", ".insn"):
            mnemonic, operands = number(int(operands[-1], 0))
        if (mnemonic, operands) == ("fence", ["w", "unknown"]):
            mnemonic, operands = "pause", []
        if mnemonic in ALONE:
            self.trace.append(" ".join([mnemonic, *[",".join(operands)]]).strip())
        elif mnemonic in BRANCH or mnemonic.endswith("z") and mnemonic[:-1] in BRANCH:
            self.branch(mnemonic, operands)
        elif mnemonic in LOADS or mnemonic in STORES:
            self.access(mnemonic, *operands)
        elif mnemonic.split(".")[0] in ATOMIC or mnemonic.split(".")[0] in ("lr", "sc"):
            self.atomic(mnemonic, *operands)
        elif mnemonic in ("j", "jr", "ret", "nop"):
            self.jump(mnemonic, *operands)
        elif not self.arithmetic(mnemonic, operands, here):
            return self.privileged(mnemonic, operands)
        return True

    def branch(self, mnemonic, operands):
        *registers, target = operands
        values = [self.get(r) for r in registers]
        if len(values) == 1:
            mnemonic = mnemonic[:-1]
            values.append(0)
        if BRANCH[mnemonic](*values):
            self.pc = int(target, 16)

    def jump(self, mnemonic, target=None):
        if mnemonic == "ret":
            self.pc = self.get("ra")
        elif mnemonic == "jr":
            self.pc = self.get(target)
        elif mnemonic == "j":
            self.pc = int(target, 16)

    def arithmetic(self, mnemonic, operands, here):
        to, *rest = operands or [None]
        if mnemonic == "li":
            value = int(rest[0], 0)
        elif mnemonic == "lui":
            value = extend(int(rest[0], 0) << 12, 32)
        elif mnemonic == "auipc":
            value = here + extend(int(rest[0], 0) << 12, 32)
        elif mnemonic in ARITHMETIC:
            value = ARITHMETIC[mnemonic](*map(self.value, rest))
        elif mnemonic in IMMEDIATE and to != "zero":
            value = ARITHMETIC[IMMEDIATE[mnemonic]](self.get(rest[0]), int(rest[1], 0) & MASK)
        elif mnemonic in ONE:
            value = ONE[mnemonic](self.get(rest[0]))
        else:
            return False
        self.set(to, int(value))
        return True

    def access(self, mnemonic, register, where):
        address, place = self.address(where), self.place(where)
        if mnemonic in STORES:
            value, name = self.get(register), self.operand(register)
            self.plain(f"{mnemonic} {name}, {place}", address, value)
            self.store(address, value, STORES[mnemonic])
            return
        size, sign = LOADS[mnemonic]
        value = self.load(address, size)
        value = extend(value, sign) if sign else value
        self.set(register, value)
        self.plain(f"{mnemonic} {self.show(value)}, {place}", address, value)

    def atomic(self, mnemonic, register, *rest):
        *source, where = rest
        address, place = self.address(where), self.place(where)
        size = 8 if ".d" in mnemonic else 4
        names = [self.operand(r) for r in source]
        if mnemonic.startswith("sc"):
            works = self.reserved == address
            if works:
                self.store(address, self.get(source[0]), size)
            self.reserved = None
            self.set(register, int(not works))
            self.trace.append(f"{mnemonic} {', '.join([*names, place])}")
            return
        old = self.load(address, size)
        if mnemonic.startswith("lr"):
            self.reserved = address
        else:
            self.store(address, ATOMIC[mnemonic.split(".")[0]](old, self.get(source[0])), size)
        self.set(register, extend(old, 8 * size))
        brings = "x0" if register == "zero" else self.show(old)
        self.trace.append(f"{mnemonic} {', '.join([brings, *names, place])}")

    def privileged(self, mnemonic, operands):
        if mnemonic == "ecall":
            self.trace.append("ecall " + " ".join(
                f"{r}={self.operand(r)}" for r in ("a7", "a6", "a0", "a1", "a2", "a3", "a4", "a5")))
            self.set("a0", self.fresh())
            self.set("a1", self.fresh())
        elif mnemonic in ("csrr", "rdtime"):
            register = (operands + [mnemonic])[1]
            value = self.system[register] if register in self.system else self.fresh()
            self.set(operands[0], value)
            self.trace.append(f"{mnemonic} {', '.join([self.show(value), *operands[1:]])}")
        elif mnemonic in ("csrw", "csrs", "csrc"):
            self.trace.append(f"{mnemonic} {operands[0]}, {self.operand(operands[1])}")
        elif mnemonic in ("sfence.vma", "sinval.vma"):
            values = [self.operand(r) for r in (operands + ["zero", "zero"])[:2]]
            self.trace.append(f"{mnemonic} {', '.join(values)}")
        elif mnemonic == "slti" and operands[0] == "zero":
            self.trace.append(f"slti x0, {self.operand(operands[1])}, {operands[2]}")
        else:
            return False
        return True
