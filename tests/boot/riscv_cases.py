# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""RISC-V: device trees that say of the harts what is not so."""

from case import MIB, Case, both, need, passes, says
from fdt import cells
from qemu import RAM, Machine

# Some versions of QEMU have some of them on.
PLAIN = "rv64,svnapot=off,svpbmt=off,svinval=off"
RICH = "rv64,svnapot=on,svpbmt=on,svinval=on"


def hart_nodes(tree):
    return [node for name, node in tree.node("cpus").children.items() if name.startswith("cpu@")]


def claim(*extensions, harts=None):
    """Has the tree name these extensions too, for all harts or for some."""
    def edit(tree):
        for i, hart in enumerate(hart_nodes(tree)):
            if harts is None or i in harts:
                isa = hart.props["riscv,isa"].rstrip(b"\0").decode()
                hart.set(riscv__isa="_".join((isa, *extensions)))
                hart.props.pop("riscv,isa-extensions", None)
    return edit


def disbelieved(*extensions):
    """passes; what the hart lacks is not used, and one line says so of each."""
    def expect(outcome):
        passes(outcome)
        for name in extensions:
            lines = [line for line in outcome.console.splitlines() if f"names {name}," in line]
            need(len(lines) == 1, f"{len(lines)} lines say that {name} is not used")
            need(name not in outcome.layout["features"], f"{name} is used")
    return expect


def features(*extensions):
    """passes, and these are used."""
    def expect(outcome):
        passes(outcome)
        for name in extensions:
            need(name in outcome.layout["features"], f"{name} is not used")
    return expect


def timebase(hz):
    def edit(tree):
        tree.node("cpus").props["timebase-frequency"] = cells(hz)
    return edit


def lies():
    """What the tree names is tried before it is used."""
    everything = ("svnapot", "svpbmt", "svinval")
    for va, names in ((39, ["svnapot"]), (48, ["svpbmt"]), (57, ["svinval"]), (57, everything)):
        yield Case(f"riscv sv{va}: the tree names {', '.join(names)}, which the hart lacks",
                   Machine("riscv", PLAIN), disbelieved(*names), f"satp=sv{va}", load="stub",
                   edit=claim(*names))
    yield Case("riscv: the tree names all extensions, which 4 harts lack", Machine("riscv", PLAIN, smp="4"),
               disbelieved(*everything), load="stub", edit=claim(*everything, "svadu", "svvptc"))
    yield Case("riscv: the tree names svnapot for three harts of four", Machine("riscv", PLAIN, smp="4"),
               passes, load="stub", edit=claim("svnapot", harts=(0, 2, 3)))
    # The magic number that is read lies where N makes no difference to a hart that ignores it.
    yield Case("riscv: an image in the ninth page of a group: Svnapot is found out all the same",
               Machine("riscv", RICH), features(*everything), load="stub",
               kernel_at=RAM["riscv"] + 32 * MIB + 0x8000)
    # sv39 probes with leaves of 1 GiB.
    yield Case("riscv sv39: an image that lies across a multiple of 1 GiB",
               Machine("riscv", RICH, smp="2", memory="2G"), features(*everything), "satp=sv39",
               load="stub", kernel_at=RAM["riscv"] + 0x40000000 - 0x10000)
    for hz in (0, 1, 0xFFFFFFFF):
        yield Case(f"riscv: a timebase-frequency of {hz}: 2 harts come up", Machine("riscv", smp="2"),
                   both(passes, says(r"^ok \d+ every CPU of the device tree is online$")), load="stub",
                   edit=timebase(hz))


def riscv_cases():
    yield from lies()
