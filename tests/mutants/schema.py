# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Many mutants of C in one program: which of them it is an environment variable says.

A function that mutants are of becomes several: as it was, one for each of its mutants, and one with its
name that calls the one that is asked for. So all of a file's mutants, or of many files, are built once.
"""

import functools
import re

from mutations import TOKEN, KEYWORDS

VARIABLE = "GRT_MUTANT"
# In each unit: all see one number, 0 for none.
HEAD = '''#ifndef GRT_MUTANT_NOW
#define GRT_MUTANT_NOW
extern char *getenv(const char *name);
extern int atoi(const char *number);
__attribute__((weak)) int grt_mutant;
static __attribute__((constructor)) void grt_mutant_read(void)
{
	const char *number = getenv("GRT_MUTANT");

	grt_mutant = number ? atoi(number) : 0;
}
#endif
'''


class Function:
    """A definition: text[start:brace] and text[brace:end], as tokens have it."""

    def __init__(self, text, start, name, brace, end):
        self.start, self.name, self.brace, self.end = start, name, brace, end
        self.head, self.body = text[start:brace].strip(), text[brace:end]
        match = re.search(rf"\b{name}\s*\(", self.head)
        self.returns = self.head[:match.start()] if match else None
        self.parameters = self.head[match.end():-1] if match and self.head.endswith(")") else None

    def arguments(self):
        """Names of the parameters; None where they can't be told."""
        if self.parameters is None or "..." in self.parameters or "(" in self.parameters:
            return None
        if self.parameters.strip() == "void":
            return []
        names = [re.search(r"(\w+)\s*(\[\w*\])?\s*$", p) for p in self.parameters.split(",")]
        return [n.group(1) for n in names] if all(names) else None

    def is_void(self):
        return re.search(r"\bvoid\s*$", self.returns) is not None

    def copy(self, number, body):
        qualifiers = r"\b(static|inline|__force_inline|__noinline|__maybe_unused)\b"
        plain = re.sub(qualifiers, "", self.returns).strip()
        return (f"static __attribute__((noinline, unused)) {plain} {self.name}__{number}"
                f"({self.parameters})\n{body}\n")


@functools.lru_cache(maxsize=None)
def functions(text):
    """All that a file defines."""
    tokens = [(m.lastgroup, m.group(0), m.start() - 1) for m in TOKEN.finditer("\n" + text)]
    tokens = [t for t in tokens if t[0] != "space"]
    depth, first, brace, found = 0, None, None, []
    for i, (kind, word, at) in enumerate(tokens):
        if word == "{":
            if not depth:
                brace = i if tokens[i - 1][1] == ")" else None
            depth += 1
        elif word == "}":
            depth -= 1
            if not depth and brace is not None:
                found.append(Function(text, first, called(tokens, brace), tokens[brace][2], at + 1))
                first, brace = None, None
        elif not depth and (kind == "line" or word == ";"):
            first = None
        elif not depth and first is None:
            first = at
    return found


def called(tokens, brace):
    level = 0
    for i in range(brace - 1, -1, -1):
        level += {")": 1, "(": -1}.get(tokens[i][1], 0)
        if not level:
            return tokens[i - 1][1]
    return None


def owner(found, mutant):
    """The function that can have it among its copies."""
    for function in found:
        if function.brace <= mutant.start and mutant.end <= function.end:
            known = function.name not in KEYWORDS and function.arguments() is not None
            return function if known else None
    return None


def may_have(text, mutant):
    """Can it be one of many?"""
    return owner(functions(text), mutant) is not None


def apply(text, numbered):
    """A file with mutants, [(number, mutant)], each of which has an owner; and by line whose that is."""
    if not numbered:
        return text, {}
    parts, at, found = [HEAD], 0, functions(text)
    for function in found:
        mine = [(n, m) for n, m in numbered if owner([function], m)]
        if not mine:
            continue
        parts += [text[at:function.start], dispatcher_head(function), ";\n"]
        for number, mutant in [(0, None), *mine]:
            body = function.body
            if mutant:
                a, b = mutant.start - function.brace, mutant.end - function.brace
                body = body[:a] + mutant.new + body[b:]
            parts.append((number, function.copy(number, body)))
        parts.append(dispatcher(function, [n for n, _ in mine]))
        at = function.end
    parts.append(text[at:])
    lines, whole = {}, ""
    for part in parts:
        number, part = part if isinstance(part, tuple) else (0, part)
        line = whole.count("\n") + 1
        whole += part
        if number:
            lines.update(dict.fromkeys(range(line, line + part.count("\n") + 1), number))
    return whole, lines


def dispatcher_head(function):
    return function.head.replace("__force_inline", "inline").replace("__noinline", "")


def dispatcher(function, numbers):
    arguments = ", ".join(function.arguments())
    cases = "".join(f"\tcase {n}: {call(function, n, arguments)}\n" for n in numbers)
    return (f"{dispatcher_head(function)}\n{{\n\tswitch (grt_mutant) {{\n{cases}"
            f"\tdefault: {call(function, 0, arguments)}\n\t}}\n}}\n")


def call(function, number, arguments):
    said = f"{function.name}__{number}({arguments});"
    return f"{said} return;" if function.is_void() else f"return {said}"
