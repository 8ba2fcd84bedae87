# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The two architectures' CPUs as assembly.py runs them: system registers, exceptions, translation."""

import re

from arm64 import Arm64
from assembly import PROBE, VIRT, Run
from machine import MASK
from riscv import ABI, Riscv


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
            x0, x1 = (self.show(self.get(r)) for r in ("x0", "x1"))
            self.trace.append(f"hlt {operands[0]}, x0 {x0}, x1 {x1}")
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
        illegal = syndrome >> 26 in (0xE, 0x21)
        self.system[f"spsr_el{to}"] = 0x3C0 | self.el << 2 | self.spsel | illegal << 20
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
