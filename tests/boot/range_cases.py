# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Boots with many ranges of memory, reservations and no-map holes: as the tree says, or a clear stop."""

import agreement
from case import MIB, Case, both, need, passes, says, stops
from fdt import cells64
from hotplug_cases import added
from qemu import Machine

ARCHES = ("riscv", "arm64")
FIRST = 128 * MIB  # holds image, tree and stub
STEP = 2 * MIB
LIMIT = 1280  # BOOT_MAX_RANGES of kernel/boot.h
KIB = 1 << 10


def banks(tree, count, size=MIB):
    """The first bank, and smaller ones behind it up to so many."""
    base = next(iter(tree.memory_ranges()))[0]
    return [(base, FIRST)] + [(base + 2 * FIRST + i * STEP, size) for i in range(count - 1)]


def in_one_node(count):
    return lambda tree: tree.set_memory(*banks(tree, count))


def node_by_node(count):
    def edit(tree):
        all_banks = banks(tree, count)
        tree.set_memory(all_banks[0])
        for start, size in all_banks[1:]:
            tree.node(f"memory@{start:x}").set(device_type="memory", reg=cells64(start, size))
    return edit


def reserved(count, nomap, at=300 * KIB, size=12 * KIB):
    """So many banks, each with a reservation that no page size divides evenly."""
    def edit(tree):
        all_banks = banks(tree, count + 1)
        tree.set_memory(*all_banks)
        for i, (start, _) in enumerate(all_banks[1:]):
            tree.add_reserved(f"part{i}", start + at, size, nomap=nomap)
    return edit


def both_kinds(tree):
    """Reservations, and no-map holes beside them."""
    reserved(1024, False)(tree)
    for i, (start, _) in enumerate(banks(tree, 1025)[1:]):
        tree.add_reserved(f"hole{i}", start + 600 * KIB, 20 * KIB, nomap=True)


def holes(count):
    """So many no-map holes in one bank, firmware's own among them."""
    def edit(tree):
        base = next(iter(tree.memory_ranges()))[0]
        there = len(tree.node("reserved-memory").children)
        tree.node("reserved-memory").set(ranges=b"")
        for i in range(count - there):
            tree.add_reserved(f"hole{i}", base + FIRST + i * 64 * KIB, 4 * KIB, nomap=True)
    return edit


def memreserve(count):
    def edit(tree):
        all_banks = banks(tree, 64)
        tree.set_memory(*all_banks)
        tree.reserve += [(all_banks[1][0] + i * 16 * KIB, KIB) for i in range(count)]
    return edit


def at_most(count):
    """So many ranges that can be mapped are in the report."""
    def expect(outcome):
        leaves = sum(leaf["count"] for leaf in outcome.layout["leaves"] if leaf["region"] == "linear")
        need(leaves >= count, f"{leaves} leaves for {count} ranges")
    return expect


def many_ranges():
    def case(name, arch, expect, edit, words="nokaslr", memory="3G", **kw):
        return Case(f"{arch}: {name}", Machine(arch, memory=memory, **kw), expect, words, load="stub",
                    edit=edit, limit=120)

    planned = both(passes, agreement.equals_plan())
    for arch in ARCHES:
        for count in (255, 256, 257, 1024, 1025, LIMIT):
            yield case(f"{count} ranges of memory in one node boot as planned", arch,
                       both(planned, at_most(count)), in_one_node(count))
        yield case("1024 memory nodes boot as planned", arch, planned, node_by_node(1024))
        yield case("1024 reservations in as many banks boot as planned", arch, planned, reserved(1024, False))
        yield case("1024 no-map holes in as many banks boot as planned", arch, planned, reserved(1024, True))
        yield case("1024 banks, reservations and holes each boot as planned", arch, planned, both_kinds)
        yield case("1024 entries of the reservation block boot as planned", arch, planned, memreserve(1024))
        # Image and tree are two more.
        yield case(f"{LIMIT - 2} entries of the reservation block boot as planned", arch, planned,
                   memreserve(LIMIT - 2))
        yield case(f"{LIMIT + 1} ranges of memory: one clear line, then a stop", arch,
                   stops(f"more than {LIMIT} ranges of memory"), in_one_node(LIMIT + 1))
        yield case("4000 memory nodes: one clear line, then a stop", arch,
                   stops(f"more than {LIMIT} ranges of memory"), node_by_node(4000), memory="16G")
        yield case(f"{LIMIT} reservations and what the loader adds: one clear line, then a stop", arch,
                   stops(f"more than {LIMIT} reserved ranges"), memreserve(LIMIT))
        yield case(f"{LIMIT} no-map holes in one bank boot as planned", arch, planned, holes(LIMIT))
        yield case(f"{LIMIT + 1} no-map holes: one clear line, then a stop", arch,
                   stops(f"more than {LIMIT} reserved ranges"), holes(LIMIT + 1))
        yield case("mem= leaves out 1023 of 1024 ranges: all are added and removed", arch,
                   both(added(16, 1 << 20), says("and 1007 MiB in more pieces")), in_one_node(1024),
                   "mem=128M")
        yield case("mem= cuts 1024 banks with reservations and holes in the middle", arch, passes, both_kinds,
                   "mem=700M")
    for words in ("pagesize=64k", "pagesize=16k bbm=0", "debug_pagealloc=on", "bbm=0"):
        yield case(f"{words}: 1024 banks, reservations and holes each", "arm64", passes, both_kinds, words,
                   smp="2")
    yield case("satp=sv57: 1024 banks, reservations and holes each", "riscv", passes, both_kinds, "satp=sv57",
               smp="2")
