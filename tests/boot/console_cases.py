# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Where messages come out: UARTs of boards, trees that name none or a wrong one, ways in that are wrong."""

from boards import RASPI3B, RASPI3B_PL011, ZCU102
from case import MIB, Case, boots, both, passes, says, stops
from fdt import cells64
from qemu import RAM, Machine

PL011 = "pl011@9000000"


def no_chosen(tree):
    del tree.root.children["chosen"]


def to_stdout(path):
    """The tree's stdout-path leads there."""
    return lambda tree: tree.node("chosen").set(stdout_path=path)


def no_uart(tree):
    del tree.root.children[PL011]


def missing_uarts(tree):
    """Two that the machine lacks: reading one takes an exception on virt, the other's bus reads as ones."""
    children = dict(tree.root.children)
    tree.root.children.clear()
    for name, compatible, at in (("lie@f000000", "arm,pl011", 0xF000000),
                                 ("lie@1c090000", "ns16550a", 0x1C090000)):
        tree.node(name).set(compatible=compatible, reg=cells64(at, 0x1000))
    tree.root.children.update(children)
    to_stdout("/lie@f000000")(tree)


def uart_elsewhere(compatible, at):
    """The tree's stdout-path leads to a UART where the machine has something else, or memory."""
    def edit(tree):
        tree.node(f"lie@{at:x}").set(compatible=compatible, reg=cells64(at, 0x1000))
        to_stdout(f"/lie@{at:x}")(tree)
    return edit


def guesses():
    """The first UART of the tree, or semihosting."""
    found = r"console is the arm,pl011 at 0x9000000"
    for name, edit, line in (
            ("no /chosen", no_chosen, "no stdout-path: " + found),
            ("a stdout-path to no node", to_stdout("/serial@9000000"),
             "stdout-path leads to no UART.*" + found),
            ("a stdout-path of an alias that is not there", to_stdout("serial7:9600"), found),
            ("UARTs that the machine lacks", missing_uarts, "stdout-path leads to no UART.*" + found)):
        yield Case(f"arm64: {name}: the console is the first UART that answers", Machine("arm64"), says(line),
                   load="stub", edit=edit)
    for compatible in ("arm,pl011", "ns16550a", "cdns,uart-r1p12", "brcm,bcm2835-aux-uart"):
        # Memory, flash, the interrupt controller, the clock.
        for at in (0x48000000, 0x2000000, 0x8000000, 0x9010000):
            yield Case(f"arm64: {compatible} at {at:#x}, where it is not: another is found",
                       Machine("arm64"), says("stdout-path leads to no UART.*" + found), load="stub",
                       edit=uart_elsewhere(compatible, at), limit=30)
        # Memory, the PLIC, virtio.
        for at in (0x88000000, 0xC000000, 0x10001000):
            yield Case(f"riscv: {compatible} at {at:#x}, where it is not: the console is the SBI's",
                       Machine("riscv"), passes, load="stub", edit=uart_elsewhere(compatible, at), limit=30)
    yield Case("riscv: UARTs that the machine lacks: the console is the SBI's", Machine("riscv"), passes,
               load="stub", edit=missing_uarts)
    yield Case("arm64: a tree without a UART: the console is semihosting", Machine("arm64"), passes,
               load="stub", edit=no_uart)


def boards():
    """Other machines of QEMU, from other UARTs to other ways to start a CPU."""
    four = boots(cpus=4)
    yield Case("arm64 zcu102: Cadence's UART, four CPUs by SMC", ZCU102, four, load="board")
    yield Case("arm64 raspi3b: the mini-UART, four CPUs by spin-table", RASPI3B, four, load="board",
               limit=120)
    yield Case("arm64 raspi3b: no stdout-path: the PL011 behind its bus", RASPI3B_PL011,
               both(four, says("no stdout-path: console is the arm,pl011 at 0x3f201000")), load="board",
               edit=no_chosen, limit=120)


def ways_in():
    """What boot loaders get wrong."""
    for offset in (0x4, 0x800, 0xFFC, 0x1000, 0x4000, 0x12000):
        yield Case(f"arm64: the image {offset:#x} beyond a multiple of 2M: one clear line, then a stop",
                   Machine("arm64"), stops(f"loaded at 0x{RAM['arm64'] + 32 * MIB + offset:x}.*64 KiB"),
                   load="stub", kernel_at=RAM["arm64"] + 32 * MIB + offset, limit=30)
    for at, pattern in ((0xF000000, "no memory"), (1 << 60, "no memory"), (3, "multiple of 8"),
                        (RAM["arm64"] + 24 * MIB + 4, "multiple of 8"),
                        (RAM["arm64"] + 256 * MIB - 0x100, "ends where there is no memory")):
        yield Case(f"arm64: a device tree at {at:#x}: one clear line, then a stop", Machine("arm64"),
                   stops(pattern), load="stub", dtb_at=at, limit=30)
    yield Case("arm64: entered at EL3: one clear line, then a stop", Machine("arm64", options="secure=on"),
               stops("EL3"), load="stub", limit=30)
    yield Case("arm64 cortex-a53: the image for 16K pages alone: one clear line, then a stop",
               Machine("arm64", "cortex-a53"), stops("no page size"), variant="arm64-16k", limit=30)
    for options in ("", "virtualization=on"):
        yield Case(f"arm64 virt{',' * bool(options)}{options}: -kernel graticule.elf boots",
                   Machine("arm64", options=options), says("no device tree: taken is the one at 0x40000000"),
                   "nokaslr", load="elf")


def consoles():
    for group in (guesses, boards, ways_in):
        yield from group()
