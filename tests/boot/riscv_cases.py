# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""RISC-V: device trees that say of the harts what is not so, and machines that end by other means."""

from case import MIB, Case, both, need, passes, says, stops
from fdt import Tree, cells
from qemu import RAM, Machine, device_tree, has_cpu

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


def errata():
    """SiFive CIP-1200, of a hart that says that it is one of those, and of one that is repaired."""
    sifive = "rv64,mvendorid=0x489,marchid=0x8000000000000007,mimpid="
    for smp, impl, has in (("1", "0x20181004", True), ("4", "0x200630", True), ("2", "0x200631", False)):
        cpu = sifive + impl
        if has_cpu("riscv", cpu):
            yield Case(f"riscv: {smp} SiFive harts of release {impl} {'have' if has else 'lack'} CIP-1200",
                       Machine("riscv", cpu, smp=smp),
                       says("erratum CIP-1200" if has else r"\A(?![\s\S]*erratum)"))


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


class Firmware(Machine):
    """The firmware sees the edited tree too."""

    def tree(self):
        return Tree(device_tree(self))


def without(*paths):
    """Nodes that are taken out of the tree."""
    def edit(tree):
        for path in paths:
            parent, name = path.rsplit("/", 1)
            del (tree.node(parent) if parent else tree.root).children[name]
    return edit


def no_memory(tree):
    tree.set_memory()


TEST = "/soc/test@100000"


def ends():
    """A stop shows in the exit status, whatever the tree says of the device that sets it."""
    def edited(*functions):
        return lambda tree: [function(tree) for function in functions]

    machine = Machine("riscv", semihosting=False)
    yield Case("riscv: a stop on a machine whose tree lacks the test device", machine, stops("memory"),
               load="stub", edit=edited(no_memory, without(TEST)))
    # Whether SBI's reset tells QEMU of a failure is up to the firmware: OpenSBI 1.1 does, 1.6 doesn't.
    yield Case("riscv: a stop without a tree, and without semihosting", machine,
               stops("no device tree", status=False), load="stub", blob=lambda dtb: None)
    yield Case("riscv: power off where the firmware has no device for it", Firmware("riscv"), passes,
               load="board", edit=without(TEST, "/poweroff", "/reboot"))
    yield Case("riscv: power off by a syscon alone", Firmware("riscv"), passes, load="board",
               edit=lambda tree: tree.node(TEST).set(compatible="syscon"))


def machine_mode():
    """Entered straight from the reset vector: there is no SBI, but the tree is there."""
    bare = ("-bios", "none")
    for cpu, count in (("rv64", "1"), ("rv64", "4"), ("sifive-e51", "2"), ("rv64,mmu=false", "1")):
        if has_cpu("riscv", cpu):
            yield Case(f"riscv {cpu}: -bios none on {count} harts: one line, then a stop",
                       Machine("riscv", cpu, smp=count, extra=bare), stops("machine mode"))
    for name, blob, pattern in (("no tree", lambda dtb: None, "no device tree"),
                                ("a tree of zeros", lambda dtb: bytes(4096), "device tree at")):
        yield Case(f"riscv: -bios none and {name}: one line by semihosting, then a stop",
                   Machine("riscv", smp="2", semihosting=True, extra=bare), stops(pattern), load="stub",
                   blob=blob)
    yield Case("riscv rv64,mmu=false: one line, then a stop", Machine("riscv", "rv64,mmu=false"),
               stops("neither sv39"))


def places():
    """Where the image lies, and the file that QEMU places itself."""
    for offset in (2, 4, 0x800, 0x1802):
        yield Case(f"riscv: an image {offset:#x} above a multiple of 4K: one line, then a stop",
                   Machine("riscv"), stops("multiple of 4 KiB"), load="stub",
                   kernel_at=RAM["riscv"] + 32 * MIB + offset)
    yield Case("riscv: an image 4K above a multiple of 2M boots", Machine("riscv"), passes, load="stub",
               kernel_at=RAM["riscv"] + 32 * MIB + 0x1000)
    yield Case("riscv: the ELF file boots on 2 harts", Machine("riscv", smp="2"), passes, "satp=sv57",
               load="elf")


def riscv_cases():
    yield from errata()
    yield from lies()
    yield from ends()
    yield from machine_mode()
    yield from places()
