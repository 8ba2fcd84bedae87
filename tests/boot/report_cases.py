# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Boots that look at what the console says and how: no more than it should, in a form that can be read."""

import re

from case import Case, both, need, passes
from fdt import Node, cells
from qemu import Machine

ARCHES = ("riscv", "arm64")
# Escape sequences that erase, rename and colour, a forged line, bytes that are no text.
ODD = b"\x1b[2J\x1b]0;x\x07 a\x08\x7f\x9b31m \xff\xfe back\\slash " + b"long" * 50 + b"\x1b"


def is_plain(outcome):
    """Printable ASCII and nothing else."""
    found = re.search(r"[^\n\t -~]", outcome.console)
    need(not found, f"the console got {outcome.console[found.start() - 30:found.end() + 30]!r}" if found else "")


def shows(*texts):
    """passes, in plain text, and each text is on the console."""
    def expect(outcome):
        is_plain(outcome)
        passes(outcome)
        for text in texts:
            need(text in outcome.console, f"no {text!r} on the console")
    return expect


def escapes():
    """Words of the command line and names of the device tree, echoed."""
    name = "odd\x1b[2J\x7f\x0bname"

    def command_line(tree):
        tree.node("chosen").props["bootargs"] = ODD + b"\nok 1 forged\0"

    def names(tree):
        tree.node("reserved-memory").props.update({"#address-cells": cells(2), "#size-cells": cells(2)})
        tree.node("reserved-memory").children["odd"] = Node(name)
        tree.node("cpus").children["odd"] = Node("cpu@9" + name).set(device_type="cpu")

    for arch in ARCHES:
        yield Case(f"{arch}: odd bytes of the command line are printed escaped", Machine(arch),
                   shows(r'"\x1b[2J\x1b]0;x\x07" ignored', r'"a\x08\x7f\x9b31m" ignored', r'"\xff\xfe" ignored',
                         r'"back\\slash" ignored', "long" * 16 + '"... ignored'),
                   load="stub", edit=command_line)
        yield Case(f"{arch}: odd names of nodes are printed escaped", Machine(arch),
                   shows(r"reserved memory odd\x1b[2J\x7f\x0bname", r"CPU node cpu@9odd\x1b[2J\x7f\x0bname"),
                   load="stub", edit=names)
    method = "psci\x1b[2J\n"
    yield Case("arm64: an odd enable-method is printed escaped", Machine("arm64"),
               both(shows(r'enable-method "psci\x1b[2J\x0a"')), load="stub",
               edit=lambda tree: tree.node("cpus/cpu@0").set(enable_method=method))


def report_cases():
    yield from escapes()
