# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What an asm statement says that it writes is what its instructions write.

Each statement of the preprocessed source is assembled with a register of its own for each operand, run, and
watched: a register that is written without being an output or a clobber is one that a compiler believes
unchanged; an output that is written before the last input is read must be an early clobber.
"""

import ast
import re

POOL = {"arm64": [f"x{n}" for n in range(9, 18)] + [f"x{n}" for n in range(2, 9)],
        "riscv": [f"t{n}" for n in range(7)] + [f"s{n}" for n in range(2, 12)]}
READS = ("mrs", "csrr", "rdtime")  # no matter when; all else must stay where it is among memory's accesses
NOBODYS = ("sp_el1", "tp")  # no compiler takes them for anything
INPUT = 64  # good as a count, as an address, and as so many bytes of code


class Statement:
    """asm("template" : outputs : inputs : clobbers), taken apart."""

    def __init__(self, arch, text, hard, volatile):
        parts = [[]]
        for token in tokens(text):
            if token == ":":
                parts.append([])
            else:
                parts[-1].append(token)
        parts += [[]] * (4 - len(parts))
        self.template = "".join(strings(parts[0]))
        self.clobbers = set(strings(parts[3]))
        self.volatile = volatile or not parts[1]
        self.registers, self.names, self.outputs, self.constants = [], {}, [], set()
        self.reads_memory = False
        pool = iter(POOL[arch])
        for section in (1, 2):
            for name, constraint, expression in operands(parts[section]):
                number = len(self.registers)
                if name:
                    self.names[name] = number
                if section == 1:
                    self.outputs.append((number, constraint))
                if constraint in ("i", "n", "I"):
                    self.constants.add(number)
                self.reads_memory |= bool(set(constraint) & set("QAm"))
                self.registers.append((hard.get(expression) or next(pool), constraint))

    def text(self, arch):
        """The template with registers in it."""
        def place(match):
            number = self.names[match.group(2)] if match.group(2) else int(match.group(3))
            register, constraint = self.registers[number]
            if number in self.constants:
                return "1"
            if set(constraint) & set("Qm"):
                return f"[{register}]"
            if "A" in constraint:
                return f"({register})"
            return "w" + register[1:] if match.group(1) == "w" and arch == "arm64" else register
        return re.sub(r"%([a-zA-Z]?)(?:\[(\w+)\]|(\d+))", place, self.template).replace("%%", "%")

    def check(self, make, name):
        """Once with each of these in memory, and each input 0, so that loops are left early, late and not."""
        written = set()
        inputs = [r for n, (r, _) in enumerate(self.registers) if n not in dict(self.outputs)]
        runs = [(None, None), ((1 << 64) - 1, None), (0, None), (INPUT, None)]
        for fill, zero in runs + [(INPUT, r) for r in inputs]:
            machine = make()
            machine.fill = fill
            written |= self.run(machine, name, zero)
        outputs = {self.registers[n][0] for n, c in self.outputs if not set(c) & set("QAm")}
        said = outputs | self.clobbers - {"memory", machine.link}
        assert written == said, f"writes {sorted(written)}, says {sorted(said)}:\n{self.template}"
        assert self.volatile or "memory" not in self.clobbers, f"not volatile:\n{self.template}"

    def run(self, machine, name, zero):
        machine.poison()
        for register, _ in self.registers:
            machine.regs[register] = 0 if register == zero else INPUT
        machine.go(machine.symbols[name])
        uses = [(kind, r) for kind, r in machine.uses if r != machine.link]
        outputs = {self.registers[n][0] for n, c in self.outputs if not set(c) & set("QAm")}
        inputs = {r for r, c in self.registers if r not in outputs}
        last = max((n for n, (kind, r) in enumerate(uses) if kind == "read" and r in inputs), default=-1)
        for number, constraint in self.outputs:
            register = self.registers[number][0]
            first = next((n for n, use in enumerate(uses) if use == ("write", register)), len(uses))
            assert "&" in constraint or first > last or register not in outputs, \
                f"%{number} is written too early for {constraint}:\n{self.template}"
        if machine.loads or machine.stores or any(t.split()[0] not in READS for t in machine.trace):
            assert "memory" in self.clobbers or self.reads_memory, f"no memory clobber:\n{self.template}"
        return {register for kind, register in uses if kind == "write" and register not in NOBODYS}


def tokens(text):
    """Strings, brackets with what is in them, words."""
    found, depth, start = [], 0, 0
    for match in re.finditer(r'"(?:[^"\\]|\\.)*"|[()\[\]:,]|[^\s"()\[\]:,]+', text):
        token = match.group(0)
        if token in "([":
            start = match.start() if not depth else start
            depth += 1
        elif token in ")]":
            depth -= 1
            if not depth:
                found.append(text[start:match.end()])
        elif not depth:
            found.append(token)
    return found


def strings(items):
    return [ast.literal_eval(i) for i in items if i.startswith('"')]


def operands(items):
    """(name, constraint, expression) of each."""
    name = constraint = None
    for item in items:
        if item.startswith("["):
            name = item.strip("[]")
        elif item.startswith('"'):
            constraint = ast.literal_eval(item)
        elif item.startswith("("):
            yield name, constraint, item[1:-1].strip()
            name = None


def statements(arch, source):
    """All that are different in a preprocessed source, by the function that they are in."""
    found, function, hard = {}, "?", {}
    pattern = re.compile(r"^(?:static )?[\w ]*?[ *](\w+)\([^;]*?\)\s*\{|"
                         r"\bregister\s+\w+\s+(\w+)\s+asm\(\"(\w+)\"\)|"
                         r"\basm\s*(volatile\b)?\s*\(", re.M)
    for match in pattern.finditer(source):
        if match.group(1):
            function, hard = match.group(1), {}
        elif match.group(2):
            hard[match.group(2)] = match.group(3)
        else:
            text = bracket(source, match.end())
            found.setdefault(text, (function, Statement(arch, text, dict(hard), match.group(4))))
    return list(found.values())


def bracket(source, start):
    """What is between there and the bracket that closes it."""
    depth = 1
    for match in re.compile(r'"(?:[^"\\]|\\.)*"|[()]').finditer(source, start):
        depth += {"(": 1, ")": -1}.get(match.group(0), 0)
        if not depth:
            return source[start:match.start()]
    raise ValueError("a bracket stays open")
