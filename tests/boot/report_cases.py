# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Boots that look at what the console says and how: no more than it should, in a form that can be read."""

import re

import agreement
from case import Case, Failure, both, need, passes
from fdt import Node, cells
from qemu import RAM, Machine

ARCHES = ("riscv", "arm64")
# Escape sequences that erase, rename and colour, a forged line, bytes that are no text.
ODD = b"\x1b[2J\x1b]0;x\x07 a\x08\x7f\x9b31m \xff\xfe back\\slash " + b"long" * 50 + b"\x1b"


def is_plain(outcome):
    """Printable ASCII and nothing else."""
    found = re.search(r"[^\n\t -~]", outcome.console)
    if found:
        raise Failure(f"the console got {outcome.console[found.start() - 30:found.end() + 30]!r}")


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
                   shows(r'"\x1b[2J\x1b]0;x\x07" ignored', r'"a\x08\x7f\x9b31m" ignored',
                         r'"\xff\xfe" ignored', r'"back\\slash" ignored', "long" * 16 + '"... ignored'),
                   load="stub", edit=command_line)
        yield Case(f"{arch}: odd names of nodes are printed escaped", Machine(arch),
                   shows(r"reserved memory odd\x1b[2J\x7f\x0bname", r"CPU node cpu@9odd\x1b[2J\x7f\x0bname"),
                   load="stub", edit=names)
    method = "psci\x1b[2J\n"
    yield Case("arm64: an odd enable-method is printed escaped", Machine("arm64"),
               both(shows(r'enable-method "psci\x1b[2J\x0a"')), load="stub",
               edit=lambda tree: tree.node("cpus/cpu@0").set(enable_method=method))


# ---- the report --------------------------------------------------------------------------------

TABLE_HEAD = "region   start "


def table(outcome):
    """The lines of the table and of what follows it, up to the JSON or the closing line."""
    lines = outcome.console.splitlines()
    need(any(line.startswith(TABLE_HEAD) for line in lines), "there is no table")
    start = next(i for i, line in enumerate(lines) if line.startswith(TABLE_HEAD)) - 1
    end = next(i for i in range(start, len(lines)) if re.match("graticule(-layout)?: ", lines[i]))
    return lines[start:end]


def narrow(outcome):
    """100 columns at most, each region with its whole addresses and its permissions."""
    lines = table(outcome)
    need(max(map(len, lines)) <= 100, f"{max(map(len, lines))} columns: {max(lines, key=len)}")
    for region in outcome.layout["regions"]:
        last = int(region["end"], 16) - 1
        row = f"{region['start']} - {last:#018x}"
        found = [line for line in lines if line.startswith(region["name"] + " ") and row in line]
        need(len(found) == 1, f"{len(found)} rows of {region['name']} have {row}")
        need(region["perm"] in found[0], f"{region['perm']} is not in: {found[0]}")


def permissions_are(**perms):
    def expect(outcome):
        for region in outcome.layout["regions"]:
            want = perms.get(region["name"], region["perm"])
            need(region["perm"] == want, f"{region['name']} is {region['perm']}, expected {want}")
    return expect


def ends_well(outcome):
    need(outcome.stop_reason() is None and outcome.result.status == 0, "it did not end well")


def only_table(outcome):
    ends_well(outcome)
    need(not outcome.layout, "there is JSON")
    need(table(outcome), "there is no table")


def only_json(outcome):
    passes(outcome)
    need(TABLE_HEAD not in outcome.console, "there is a table")


def reports():
    """How wide, what of it, and what it says of permissions."""
    def scattered(tree, ram):
        """Leaves of every size."""
        banks = [((256 << 20) + i * (37 << 20) + i * 0x3000, (33 << 20) + i * 0x5000) for i in range(20)]
        banks = [(0, 200 << 20), *banks, ((4 << 30) + 0x11000, 5 << 30)]
        tree.set_memory(*[(ram + start, size) for start, size in banks])

    for words, machine in (("satp=sv39", Machine("riscv", memory="10G")),
                           ("satp=sv57", Machine("riscv", "rv64,svnapot=on", memory="10G")),
                           ("vabits=52", Machine("arm64", memory="10G")),
                           ("pagesize=16k", Machine("arm64", memory="10G")),
                           ("pagesize=64k bbm=0", Machine("arm64", memory="10G"))):
        yield Case(f"{machine.arch} {words}: the table of scattered memory has 100 columns", machine,
                   both(passes, narrow), words, load="stub",
                   edit=lambda tree, ram=RAM[machine.arch]: scattered(tree, ram))
    for arch in ARCHES:
        machine = Machine(arch)
        for mode, perm in (("full", "r--"), ("on", "r--"), ("off", "rw-")):
            yield Case(f"{arch}: rodata={mode}: the report equals the plan, and rodata is {perm}", machine,
                       both(passes, narrow, agreement.equals_plan(), permissions_are(rodata=perm)),
                       f"nokaslr rodata={mode}", load="stub")
        yield Case(f"{arch}: report=table leaves the JSON out", machine, only_table, "report=table")
        yield Case(f"{arch}: report=json leaves the table out", machine, only_json, "report=json")
        yield Case(f"{arch}: report=both has both", machine, both(passes, narrow), "report=both")
        yield Case(f"{arch}: report=xml is warned of, and both come", machine,
                   both(shows('"report=xml" ignored: not json, table or both'), narrow), "report=xml")


def report_cases():
    yield from escapes()
    yield from reports()
