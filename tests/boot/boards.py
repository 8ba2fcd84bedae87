# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Boards of QEMU that it makes no device tree for: other UARTs, other ways to start a CPU, RAM at 0."""

from dataclasses import dataclass
from typing import Callable

from fdt import Tree, cells, cells64
from qemu import BINARY, machine_takes

CPUS = 4


def strings(*values):
    """A list of strings as a property has it."""
    return "\0".join(values)


def bus(node, address, size):
    """Says how wide the numbers of a node's children are."""
    node.props["#address-cells"] = cells(address)
    node.props["#size-cells"] = cells(size)
    return node


def add_cpus(tree, **props):
    """CPUS of them; a property that is a function gets the CPU's number."""
    parent = bus(tree.node("cpus"), 1, 0)
    for n in range(CPUS):
        values = {key: value(n) if callable(value) else value for key, value in props.items()}
        parent.child(f"cpu@{n}").set(device_type="cpu", compatible="arm,cortex-a53", reg=cells(n), **values)


def zcu102():
    """Xilinx ZynqMP: two UARTs of Cadence behind a bus, PSCI by SMC. QEMU says where the memory is."""
    tree = Tree()
    bus(tree.root, 2, 2)
    add_cpus(tree, enable_method="psci")
    tree.node("aliases").set(serial0="/axi/serial@ff000000")
    tree.node("chosen").set(stdout_path="serial0:115200n8")
    tree.node("timer").set(compatible="arm,armv8-timer")
    bus(tree.node("axi"), 2, 2).set(compatible="simple-bus", ranges=b"")
    for at in (0xFF000000, 0xFF010000):
        tree.node(f"axi/serial@{at:x}").set(
            compatible=strings("xlnx,zynqmp-uart", "cdns,uart-r1p12"), reg=cells64(at, 0x1000))
    return tree


def raspi3b():
    """Raspberry Pi 3: a mini-UART, CPUs that wait on words in the first page, nothing that powers off."""
    tree = Tree()
    bus(tree.root, 1, 1)
    tree.reserve.append((0, 0x1000))
    add_cpus(tree, enable_method="spin-table", cpu_release_addr=lambda n: cells64(0xD8 + 8 * n))
    tree.node("aliases").set(serial0="/soc/serial@7e201000", serial1="/soc/serial@7e215040")
    tree.node("chosen").set(stdout_path="serial1:115200n8")
    bus(tree.node("soc"), 1, 1).set(compatible="simple-bus", ranges=cells(0x7E000000, 0x3F000000, 0x1000000))
    tree.node("soc/serial@7e201000").set(compatible="arm,pl011", reg=cells(0x7E201000, 0x200))
    tree.node("soc/serial@7e215040").set(compatible="brcm,bcm2835-aux-uart", reg=cells(0x7E215040, 0x40))
    return tree


@dataclass
class Board:
    """A machine other than virt, as far as a Case wants to know."""

    name: str
    tree: Callable
    options: tuple
    arch: str = "arm64"
    cpu: str = ""

    def arguments(self):
        # Newer QEMUs want to know which sound a machine with a device for it has.
        silent = ",audiodev=none" if machine_takes(self.arch, self.name, "audiodev") else ""
        return [BINARY[self.arch], "-M", self.name + silent, "-display", "none", "-monitor", "none", "-no-reboot",
                "-audiodev", "none,id=none", "-semihosting-config", "enable=on,target=native", *self.options]


ZCU102 = Board("xlnx-zcu102", zcu102,
               ("-m", "1G", "-smp", str(CPUS), "-serial", "stdio"))
# The mini-UART is the second one.
RASPI3B = Board("raspi3b", raspi3b, ("-serial", "null", "-serial", "stdio"))
# And the first one, the PL011.
RASPI3B_PL011 = Board("raspi3b", raspi3b, ("-serial", "stdio"))
