# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Finds what can be changed in a source: C, headers with asm statements, and assembly.

A statement is dropped, two of them are swapped, a condition is turned, a constant becomes another one;
likewise an instruction, a barrier's domain and a clobber of assembly.
"""

import re
from dataclasses import dataclass, replace

TOKEN = re.compile(r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/)|(?P<line>(?<=\n)\#(?:\\\n|[^\n])*)|
    (?P<string>"(?:\\.|[^"\\])*")|(?P<char>'(?:\\.|[^'\\])*')|(?P<number>\b\d\w*\b)|(?P<word>[A-Za-z_]\w*)|
    (?P<operator>\+\+|--|->|<<=|>>=|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|.)""", re.S | re.X)
TURNED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "&&": "||", "||": "&&",
          "+": "-", "-": "+", "<<": ">>", ">>": "<<", "+=": "-=", "-=": "+=", "|=": "&=", "&=": "|=",
          "&": "|", "|": "&", "^": "|", "*": "+", "/": "*", "%": "/"}
WORDS = {"true": "false", "false": "true",
         **{f"__ATOMIC_{order}": "__ATOMIC_RELAXED" for order in ("ACQUIRE", "RELEASE", "ACQ_REL", "SEQ_CST")}}
PURE = r"(?:grt_geometry_\w+|level_\w+|page_\w+|(?:min|max)_u64|align_\w+|BIT)\("
KEYWORDS = {"return", "break", "continue", "goto", "case", "default", "for", "while", "if", "do", "else",
            "switch", "sizeof", "static", "const", "struct", "enum", "union", "unsigned", "register", "void",
            "extern", "typedef", "_Static_assert", "inline"}
# In the strings of asm statements and in assembly: words that weaken, and what they become.
WEAKER = ((r"\bishst\b", "nshst"), (r"\bish\b", "ishst"), (r"\bnsh\b", "nshst"), (r"\bsy\b", "ish"),
          (r"\b(tlbi\s+\w+)is\b", r"\1"), (r"\bcvac\b", "cvau"), (r"\bcvau\b", "cvac"),
          (r"\bivac\b", "civac"),
          (r"\bic\s+ivau.*", "ic iallu"), (r"\bfence(\s+)rw,\s*rw\b", r"fence\1w, w"),
          (r"\bfence(\s+)w,\s*w\b", r"fence\1r, r"),
          (r"\bldaxr\b", "ldxr"), (r"\bstlxr\b", "stxr"), (r"\bldar\b", "ldr"), (r"\bstlr\b", "str"),
          (r"(\w+)\.aqrl\b", r"\1"), (r"\b(sfence\.vma\s+)x0,", r"\1a0,"), (r"\bfence\.i\b", "nop"))


@dataclass(frozen=True)
class Mutant:
    """Bytes [start, end) of a file become `new`."""

    path: str
    function: str
    kind: str
    start: int
    end: int
    new: str
    line: int
    source: str  # the line

    @property
    def name(self):
        return f"{self.path}\t{self.function}\t{self.kind}\t| {self.source}"


class Source:
    """A file in tokens: (kind, text, start)."""

    def __init__(self, path, text):
        self.path, self.text = path, text
        self.tokens = [(m.lastgroup, m.group(0), m.start()) for m in TOKEN.finditer("\n" + text)]
        self.tokens = [(k, t, s - 1) for k, t, s in self.tokens if k != "space"]
        self.found = []

    def mutant(self, function, kind, start, end, new):
        line = self.text.count("\n", 0, start) + 1
        source = " ".join(self.text.splitlines()[line - 1].split())
        self.found.append(Mutant(self.path, function, kind, start, end, new, line, source))

    # ---- C ----

    def c(self):
        depth, function, body = 0, "-", 0
        for i, (kind, text, start) in enumerate(self.tokens):
            if text == "{":
                if not depth and self.tokens[i - 1][1] == ")":
                    function, body = self.name_before(i), i
                depth += 1
            elif text == "}":
                depth -= 1
                if not depth and function != "-":
                    self.statements(function, body, i)
                    function = "-"
            elif kind == "line":
                self.define(text, start)
            elif function != "-" or kind == "number":
                self.token(function, i)
        return self.found

    def name_before(self, brace):
        level = 0
        for i in range(brace - 1, -1, -1):
            level += {")": 1, "(": -1}.get(self.tokens[i][1], 0)
            if not level:
                return self.tokens[i - 1][1]
        return "-"

    def define(self, text, start):
        match = re.match(r"#define\s+(\w+)\s+(\w*\d\w*)\b", text)
        if match and match.group(2)[0].isdigit():
            self.number(match.group(1), match.group(2), start + match.start(2))

    def number(self, function, text, start):
        match = re.fullmatch(r"(0[xX][0-9a-fA-F]+|\d+)([uUlL]*)", text)
        if match:
            new = int(match.group(1), 0) ^ 1
            digits = f"{new:#x}" if match.group(1)[:2] in ("0x", "0X") else str(new)
            self.mutant(function, f"{text} is {digits}", start, start + len(text), digits + match.group(2))

    def token(self, function, i):
        kind, text, start = self.tokens[i]
        end = start + len(text)
        if kind == "number":
            self.number(function, text, start)
        elif text in WORDS:
            self.mutant(function, f"{text} is {WORDS[text]}", start, end, WORDS[text])
        elif kind == "operator" and text in TURNED and self.binary(i):
            self.mutant(function, f"{text} is {TURNED[text]}", start, end, TURNED[text])
        elif text in ("if", "while") and self.tokens[i + 1][1] == "(":
            self.condition(function, i)
        elif kind == "word" and re.fullmatch(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+", text):
            self.constant(function, text, start)
        elif kind == "string" and self.in_asm(i):
            self.string(function, i)

    def condition(self, function, i):
        """Turned, or as if it never or always held."""
        first, last = self.tokens[i + 1][2] + 1, self.tokens[self.close(i + 1)][2]
        inner, word = self.text[first:last], self.tokens[i][1]
        self.mutant(function, f"{word} not", first, last, f"!({inner})")
        if word == "if":
            self.mutant(function, "if never", first, last, f"(({inner}), 0)")
            self.mutant(function, "if always", first, last, f"(({inner}), 1)")

    def binary(self, i):
        before, (_, text, start) = self.tokens[i - 1], self.tokens[i]
        if text in "*&" and not self.text[start + 1].isspace():
            return False  # of a pointer
        return before[0] in ("word", "number") and before[1] != "return" or before[1] in (")", "]")

    def constant(self, function, text, start):
        """Another one that begins alike and is used in this file."""
        prefix = text[:text.rindex("_") + 1]
        alike = sorted({t for k, t, _ in self.tokens if k == "word" and t.startswith(prefix) and t.isupper()})
        other = alike[(alike.index(text) + 1) % len(alike)]
        if other != text:
            self.mutant(function, f"{text} is {other}", start, start + len(text), other)

    def close(self, i):
        level = 0
        while True:
            level += {"(": 1, ")": -1}.get(self.tokens[i][1], 0)
            if not level:
                return i
            i += 1

    def statements(self, function, first, last):
        """Expressions that are statements of a block, and pairs of them that follow on each other."""
        previous, i = None, first
        while i < last:
            if self.tokens[i][1] == "for":
                i = self.close(i + 1)
            if self.tokens[i][1] not in ("{", "}", ";", "else") and not self.after_control(i):
                i += 1
                continue
            begin = i + 1
            end = self.end_of(begin, last)
            statement = (begin, end) if end and self.expression(begin, end) else None
            if statement:
                start, stop = self.tokens[begin][2], self.tokens[end][2] + 1
                self.mutant(function, "dropped", start, stop, "(void)0;")
                if previous and previous[1] == i:
                    first = self.tokens[previous[0]][2]
                    self.swap(function, first, self.tokens[previous[1]][2] + 1, start, stop)
            previous = statement
            i = end if statement else i + 1

    def after_control(self, i):
        """The bracket of an if, for or while."""
        if self.tokens[i][1] != ")":
            return False
        level = 0
        for j in range(i, -1, -1):
            level += {")": 1, "(": -1}.get(self.tokens[j][1], 0)
            if not level:
                return self.tokens[j - 1][1] in ("if", "for", "while")
        return False

    def end_of(self, begin, last):
        level = 0
        for j in range(begin, last):
            text = self.tokens[j][1]
            level += (text in "([") - (text in ")]")
            if text in "{}" and level == 0:
                return None
            if text == ";" and not level:
                return j
        return None

    def expression(self, begin, end):
        kind, text, _ = self.tokens[begin]
        if begin == end or text in KEYWORDS or kind not in ("word", "operator"):
            return False
        second = self.tokens[begin + 1]
        if [t[1] for t in self.tokens[begin:begin + 3]] == ["(", "void", ")"] and end - begin < 5:
            return False  # (void)x
        if kind == "word" and (second[0] == "word" and text != "asm" or second[1] == "*"):
            return False  # a declaration
        return any(t[1] in ("(", "=", "++", "--") or t[1].endswith("=") for t in self.tokens[begin:end])

    def swap(self, function, a, b, c, d):
        first, between, second = self.text[a:b], self.text[b:c], self.text[c:d]
        sums = [re.match(r"(\w+) (?:\|=|\+=) (?!.*\b\1\b)", s, re.S) for s in (first, second)]
        if all(sums) and sums[0].group(0) == sums[1].group(0):
            return  # a sum is the same in any order
        sets = [re.match(rf"([\w.]+(?:->[\w.]+)*) [-+|&]?= (?!.*\b(?!{PURE})\w+\()", s, re.S)
                for s in (first, second)]
        if all(sets) and not any(re.search(rf"\b{re.escape(a.group(1))}\b", b.string)
                                 for a, b in (sets, sets[::-1])):
            return  # neither uses the other
        self.mutant(function, "swapped with the next", a, d, second + between + first)

    # ---- assembly ----

    def in_asm(self, i):
        level = 0
        for j in range(i, max(i - 400, -1), -1):
            text = self.tokens[j][1]
            if text in ";{}":
                return False
            level += {")": 1, "(": -1}.get(text, 0)
            if level < 0:
                if self.tokens[j - 1][1] in ("asm", "volatile"):
                    return True
                level = 0
        return False

    def clobber(self, function, i, inside):
        """It goes, with the comma or the colon that leads to it."""
        start, end = self.tokens[i][2], self.tokens[i][2] + len(self.tokens[i][1])
        if self.tokens[i - 1][1] != "," and self.tokens[i + 1][1] == ",":
            end = self.tokens[i + 1][2] + 1
        else:
            start = self.tokens[i - 1][2]
        self.mutant(function, f"no {inside}", start, end, "")

    def string(self, function, i):
        _, text, start = self.tokens[i]
        inside = text[1:-1]
        if text in ('"memory"', '"cc"') or re.fullmatch(r'"v\d+"', text):
            self.clobber(function, i, inside)
            return
        if re.fullmatch(r"[=+&]*(r|rZ|rJ|i|Q|A|m)", inside):
            if "&" in inside:
                self.mutant(function, f"{inside} is {inside.replace('&', '')}", start, start + len(text),
                            text.replace("&", ""))
            return
        self.lines(function, inside, start + 1, r"\\n\\t|\\n")
        self.weaker(function, inside, start + 1)

    def weaker(self, function, text, start):
        for pattern, new in WEAKER:
            for match in re.finditer(pattern, text):
                self.mutant(function, f"{match.group(0)} is {match.expand(new)}", start + match.start(),
                            start + match.end(), match.expand(new))
        for match in re.finditer(r"(?<![\w%])#?(0x[0-9a-f]+|\d+)\b(?![fb]\b|:)", text):
            digits, at = match.group(1), start + match.start(1)
            new = int(digits, 0) ^ 1
            digits_new = f"{new:#x}" if digits.startswith("0x") else str(new)
            self.mutant(function, f"{digits} is {digits_new}", at, at + len(digits), digits_new)

    def lines(self, function, text, start, separator):
        """Instructions of a string or of a file: each dropped, neighbours swapped."""
        pieces, at = [], 0
        for match in re.finditer(f"(?:{separator})|$", text):
            pieces.append((at, match.start(), text[at:match.start()]))
            at = match.end()
        pieces = [p for p in pieces if re.match(r"\s*[a-z][\w.]*(\s|$)", p[2])]
        for n, (a, b, piece) in enumerate(pieces):
            words = " ".join(piece.split())
            self.mutant(function, f"dropped: {words}", start + a, start + b, "")
            if n + 1 < len(pieces) and not text[b:pieces[n + 1][0]].strip("\\nt \n\t"):
                c, d, other = pieces[n + 1]
                self.mutant(function, f"swapped: {words}", start + a, start + d, other + text[b:c] + piece)

    def assembly(self):
        text = re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m.group(0)), self.text, flags=re.S)
        function, at, block = "-", 0, []
        for line in text.splitlines(keepends=True):
            label = re.match(r"(?:SYM_START|SYM_LOCAL)\s+(\w+)|([A-Za-z_]\w*):|\.macro\s+(\w+)", line)
            if label:
                function = next(g for g in label.groups() if g)
            if re.match(r"(?:\d+:)?\s+[a-z][\w.]*(\s|$)", line) and not re.match(r"\s*(\d+:)?\s*\.", line):
                mark = re.match(r"\d*:?", line).end()
                block.append((at + mark, at + len(line.rstrip("\n")), function, not mark))
                self.weaker(function, line.rstrip("\n")[mark:], at + mark)
            elif line.strip():
                block = []
            if block and block[-1][0] >= at:
                a, b, _, _ = block[-1]
                words = " ".join(text[a:b].split())
                self.mutant(function, f"dropped: {words}", a, b, "")
                if len(block) > 1 and block[-1][3] and not independent(text[slice(*block[-2][:2])], words):
                    c, d, _, _ = block[-2]
                    self.mutant(function, f"swapped: {' '.join(text[c:d].split())}", c, b,
                                text[a:b] + text[d:a] + text[c:d])
            at += len(line)
        return self.found


# What only computes, from registers to a register, without flags.
PURE = re.compile(r"(adr|adr_l|lla|li|mv|mov|add|addi|sub|and|andi|orr|eor|bic|not|neg|lsl|lsr|slli|srli|ubfx|"
                  r"sbfx)\s|ldr\s+\w+,\s*=|mrs\s+\w+,\s*(mpidr|midr|id_aa64)\w+")
# What may go on elsewhere, or as somebody else.
LEAVES = re.compile(r"(b\w*\.?\w*|cbn?z|tbn?z|ret|eret|sret|mret|j|jr|jal|jalr|call|tail|hvc|smc|hlt|ecall|"
                    r"ebreak|csrr?w\s+(satp|mtvec|stvec),.*|msr\s+sctlr.*|wfi|wfe|\w*probe\w*|\w+_\w+)(\s|$)")


def independent(one, other):
    """In either order they do the same: one computes what the other neither uses nor overwrites."""
    pair = [" ".join(one.split()), " ".join(other.split())]
    if any("\\" in p or LEAVES.match(p) and not PURE.match(p) for p in pair):
        return False
    registers = [[r.replace("w", "x") for r in re.findall(r"\b(?:[xw]\d+|[ast]\d+|sp|tp|ra)\b", p)]
                 for p in pair]
    return any(PURE.match(p) and mine and mine[0] not in theirs and mine[0] != "sp"
               and not set(mine[1:]) & set(theirs[:1 if PURE.match(q) else None])
               for p, q, mine, theirs in ((*pair, *registers), (*pair[::-1], *registers[::-1])))


def mutants(path, text):
    """All of a file, in order; what has the same name gets a number."""
    source, seen, named = Source(path, text), {}, []
    for mutant in source.assembly() if path.endswith(".S") else source.c():
        seen[mutant.name] = seen.get(mutant.name, 0) + 1
        again = f", {seen[mutant.name]}" if seen[mutant.name] > 1 else ""
        named.append(replace(mutant, kind=mutant.kind + again))
    return named
