# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Boots with several CPUs: how the linear map is split, and how CPUs are woken."""

import re

from case import Case, both, need, passes, says
from fdt import Node, cells, cells64
from qemu import Machine, has_cpu

ARCHES = ("riscv", "arm64")
REPAINTED = r"^graticule: linear map repainted by pages for CPU {} \(BBM level {}\): [1-9]\d* tables, " \
    r"quiesced for [1-9]\d* cycles"


def mode(name):
    """passes, and this is how the linear map meets changes of a part of a block."""
    return says(rf"^# split mode: {name}$")


def repainted(cpu, level):
    """passes, and the linear map was repainted for this CPU: it has nothing but single pages."""
    def expect(outcome):
        says(REPAINTED.format(cpu, level))(outcome)
        linear = [leaf for leaf in outcome.layout["leaves"] if leaf["region"] == "linear"]
        need(linear and all(leaf["level"] == 0 and not leaf["contiguous"] for leaf in linear),
             f"the linear map still has larger leaves: {linear}")
    return both(mode("pages"), expect)


def not_repainted(outcome):
    passes(outcome)
    need("repainted" not in outcome.console, "the linear map was repainted")


def absent_cpus(count):
    """So many more CPUs in the tree than the machine has."""
    def edit(tree):
        cpus = tree.node("/cpus")
        for number in range(7, 7 + count):
            cpu = Node(f"cpu@{number:x}")
            cpu.props = {**cpus.child("cpu@0").props, "reg": cells(number)}
            cpu.props.pop("phandle", None)
            cpus.children[cpu.name] = cpu
    return edit


def levels():
    """bbm= as it is for all CPUs, and for some of them."""
    for words, name in (("bbm=0", "reserve"), ("bbm=1", "reserve"), ("nobbml2", "reserve"),
                        ("bbm=2", "live"), ("bbm=3", "live"), ("bbm=3,2", "live"), ("bbm=0,3", "reserve")):
        yield Case(f"arm64 {words}: 2 CPUs, split mode {name}", Machine("arm64", smp="2"),
                   both(mode(name), not_repainted), words)
    yield Case("arm64 cortex-a76, without FEAT_BBM: split mode reserve",
               Machine("arm64", "cortex-a76", smp="2"), mode("reserve"))
    for words, cpus, cpu, level in (("bbm=3,3,0,3", 4, 2, 0), ("bbm=2,1", 2, 1, 1),
                                    ("bbm=3,3,3,3,3,3,3,0", 8, 7, 0)):
        yield Case(f"arm64 {words}: {cpus} CPUs, the linear map is repainted for CPU {cpu}",
                   Machine("arm64", smp=str(cpus)), repainted(cpu, level), words)
    for layout in ("vabits=39", "vabits=52", "pagesize=16k vabits=36", "pagesize=16k vabits=52",
                   "pagesize=64k vabits=42", "pagesize=64k vabits=52"):
        yield Case(f"arm64 {layout}: repainted for CPU 2 of 4", Machine("arm64", smp="4", memory="1G"),
                   repainted(2, 0), f"bbm=3,3,0,3 {layout}")
    yield Case("arm64 rodata=off: repainted for CPU 1", Machine("arm64", smp="2"), repainted(1, 0),
               "bbm=3,0 rodata=off")
    yield Case("arm64 bbm=3,3,0: CPUs that are not there don't count", Machine("arm64", smp="2"),
               both(mode("live"), not_repainted), "bbm=3,3,0")
    yield Case("arm64 bbm=3: a CPU that the firmware doesn't have is left out, and nothing is repainted for it",
               Machine("arm64", smp="2"),
               both(says(r"^graticule: CPU 2 \(0x7\) is left out: error -19$"), mode("live"), not_repainted),
               "bbm=3", load="stub", edit=absent_cpus(1))
    for count in (2, 8):
        yield Case(f"riscv: {count} harts, split mode live", Machine("riscv", smp=str(count)), mode("live"))


def waking():
    """Each kind of interrupt controller that can wake a CPU, and none."""
    def no_gic(tree):
        names = [n for n in tree.root.children if re.match("intc", n)]
        need(names, "the machine has no interrupt controller")
        for name in names:
            del tree.root.children[name]

    def registers(*ranges):
        """Where the tree says that the interrupt controller has them."""
        def edit(tree):
            name = next(n for n in tree.root.children if re.match("intc", n))
            tree.node(name).props["reg"] = cells64(*ranges)
        return edit

    absent, there, memory = (0xF000000, 0x200000), (0x8000000, 0x10000), (0x48000000, 0x200000)
    for version in (2, 3):
        for name, ranges in (("nowhere", absent + absent), ("memory", memory + memory),
                             ("half nowhere", there + absent)):
            yield Case(f"arm64 GICv{version}: {name} by the tree: 4 CPUs work without it",
                       Machine("arm64", smp="4", options=f"gic-version={version}"),
                       says("^graticule: the interrupt controller can't be used"), load="stub",
                       edit=registers(*ranges))
        yield Case(f"arm64 GICv{version}: another interrupt than the timer's by the tree: 4 CPUs work",
                   Machine("arm64", smp="4", options=f"gic-version={version}"),
                   says("^graticule: the virtual timer doesn't bring interrupt 17"), load="stub",
                   edit=lambda tree: tree.node("timer").set(interrupts=cells(1, 1, 4) * 4))
    yield Case("arm64 GICv3: redistributors that go on where nothing is: 4 CPUs work",
               Machine("arm64", smp="4", options="gic-version=3"), passes, load="stub",
               edit=registers(*there, 0x8010000, 1 << 30))
    yield Case("arm64 GICv3: 4 CPUs work", Machine("arm64", smp="4", options="gic-version=3"), passes)
    yield Case("arm64 GICv3, entered at EL2: 4 CPUs work",
               Machine("arm64", smp="4", options="gic-version=3,virtualization=on"), passes)
    yield Case("arm64 GICv2, entered at EL2: 4 CPUs work",
               Machine("arm64", smp="4", options="gic-version=2,virtualization=on"), passes)
    if has_cpu("arm64", "a64fx"):
        yield Case("arm64 a64fx with a GICv2, entered at EL2: it lacks the registers that it names; 4 CPUs work",
                   Machine("arm64", "a64fx", smp="4", options="gic-version=2,virtualization=on"), passes)
    yield Case("arm64 without an interrupt controller in the tree: 4 CPUs work", Machine("arm64", smp="4"),
               passes, load="stub", edit=no_gic)
    for arch in ARCHES:
        yield Case(f"{arch}: 4 CPUs work", Machine(arch, smp="4"), passes)


def many():
    """Far more CPUs than the host has. What each costs is counted elsewhere (tests/bench/cpus.py)."""
    def left_out(line, online):
        def expect(outcome):
            says(line)(outcome)
            lines = re.findall("^graticule: .*(?:left out|not used|so are)", outcome.console, re.MULTILINE)
            need(len(lines) == 1, f"{len(lines)} lines about CPUs")
            need(outcome.layout["cpus"] == online, f"{outcome.layout['cpus']} CPUs online, expected {online}")
        return expect

    def all_of(count):
        def expect(outcome):
            passes(outcome)
            need(outcome.layout["cpus"] == count, f"{outcome.layout['cpus']} CPUs online, expected {count}")
        return expect

    for arch in ARCHES:
        for count in (32, 70):
            yield Case(f"{arch}: {count} CPUs come up and do all self-tests",
                       Machine(arch, smp=str(count), options="gic-version=3" if arch == "arm64" else ""),
                       all_of(count), limit=600)
    yield Case("arm64: 64 CPUs that can't split live do all self-tests",
               Machine("arm64", smp="64", options="gic-version=3"), both(mode("reserve"), all_of(64)), "bbm=0",
               limit=600)
    yield Case("arm64: of 257 CPUs, whose redistributors lie in two places, 256 come up",
               Machine("arm64", smp="257", options="gic-version=3"),
               left_out(r"^graticule: warning: 1 CPUs beyond the first 256 are not used$", 256), limit=900)
    yield Case("arm64: 64K pages: 70 CPUs in 24M, as many as there is memory for",
               Machine("arm64", smp="70", memory="24M", options="gic-version=3"),
               says(r"^graticule: memory for \d+ CPUs: \d+ are left out$"), "pagesize=64k", limit=600)
    yield Case("arm64: 20 CPUs that are not there have two lines", Machine("arm64", smp="2"),
               both(says(r"^graticule: so are the next 19$"), mode("live")), load="stub", edit=absent_cpus(20))


def smp_cases():
    yield from levels()
    yield from waking()
    yield from many()
