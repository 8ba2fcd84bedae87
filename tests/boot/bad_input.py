# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Boots that must stop with one clear line and a status that is not success."""

from case import MIB, Case, need, passes, passes_or_stops, stops
from fdt import cells, cells64
from qemu import RAM, Machine

ARCHES = ("riscv", "arm64")


def ends(outcome):
    """No console is known: it must still end, and not as if all were well."""
    need(outcome.result.status is not None, "hangs in silence")
    need(outcome.result.status != 0 or outcome.stop_reason(), "ends as if all were well")


def stub_case(name, arch, expect, semihosting=None, **kw):
    return Case(name, Machine(arch, semihosting=semihosting), expect, load="stub", limit=30, **kw)


def blobs(arch):
    """What a boot loader may pass instead of a device tree."""
    # Without a tree there is no UART to write to; SBI is there all the same.
    blind = stops() if arch == "riscv" else ends
    yield "no device tree", lambda dtb: None, blind
    yield "zeros instead of a device tree", lambda dtb: bytes(4096), blind
    yield "a wrong magic", lambda dtb: b"\x00" + dtb[1:], blind
    yield "a version that is too new", lambda dtb: dtb[:20] + cells(99, 99) + dtb[28:], blind
    yield "a total size of 4 GiB", lambda dtb: dtb[:4] + b"\xff\xff\xff\xff" + dtb[8:], blind
    yield "a header that is cut off", lambda dtb: dtb[:4] + cells(16) + dtb[8:16], blind
    yield "a structure block outside the blob", lambda dtb: dtb[:8] + cells(0x00FFFFF0) + dtb[12:], blind
    yield "a structure block of nonsense", scramble, blind
    yield "a blob cut in the middle", cut, blind


def scramble(dtb):
    """Keeps the header; the tokens are overwritten."""
    start = int.from_bytes(dtb[8:12], "big")
    return dtb[:start] + bytes(range(1, 256)) * 4 + dtb[start + 1020:]


def cut(dtb):
    """Says of itself that it is half as long as it is."""
    half = len(dtb) // 2 & ~7
    return dtb[:4] + cells(half) + dtb[8:half]


def trees(arch):
    """Well-formed trees that describe no machine that can boot."""
    ram = RAM[arch]

    def no_memory(tree):
        tree.set_memory()

    def empty_memory(tree):
        tree.set_memory((ram, 0))

    def elsewhere(tree):
        tree.set_memory((ram + 0x100000000, 256 * MIB))

    def tiny(tree):
        tree.set_memory((ram + 32 * MIB, MIB // 4))

    def wraps(tree):
        tree.set_memory((0xFFFFFFFFFFF00000, 0x200000))

    def beyond(tree):
        tree.set_memory((ram, 256 * MIB), (1 << 60, 256 * MIB))

    def bad_cells(tree):
        tree.root.props["#address-cells"] = cells(7)

    def nomap_image(tree):
        tree.add_reserved("clash", ram + 32 * MIB, MIB, nomap=True)

    def nomap_dtb(tree):
        tree.add_reserved("clash", ram + 24 * MIB, MIB, nomap=True)

    def nomap_initrd(tree):
        tree.node("chosen").props["linux,initrd-start"] = cells64(ram + 60 * MIB)
        tree.node("chosen").props["linux,initrd-end"] = cells64(ram + 64 * MIB)
        tree.add_reserved("clash", ram + 62 * MIB, MIB, nomap=True)

    def initrd_page(tree):
        tree.node("chosen").props["linux,initrd-start"] = cells64(ram + 60 * MIB)
        tree.node("chosen").props["linux,initrd-end"] = cells64(ram + 61 * MIB + 0x100)
        tree.add_reserved("neighbour", ram + 61 * MIB + 0x100, 0x100, nomap=True)

    yield "no memory node", no_memory, "memory"
    yield "a memory node of size 0", empty_memory, "memory"
    yield "memory that does not hold the image", elsewhere, "memory|image|RAM"
    yield "memory of 256K", tiny, "memory|image|RAM"
    yield "memory that wraps at 2^64", wraps, "memory|wrap|range|RAM"
    yield "memory beyond every physical address", beyond, "memory|RAM|physical|fit"
    yield "seven address cells", bad_cells, "cells|memory"
    yield "a no-map range over the image", nomap_image, "map"
    yield "a no-map range over the device tree", nomap_dtb, "map"
    yield "a no-map range over the initrd", nomap_initrd, "map"
    yield "a no-map range in the initrd's last page", initrd_page, "initrd.*page"


def barely(room):
    """RAM for the image and so much more."""
    def edit(tree):
        base = next(iter(tree.memory_ranges()))[0]
        tree.set_memory((base + 32 * MIB, tree.image_size + room))
    return edit


def scattered(tree):
    """RAM in pieces that hold no long run."""
    base = next(iter(tree.memory_ranges()))[0]
    tree.set_memory((base + 32 * MIB, tree.image_size), (base + 24 * MIB, MIB),
                    *[(base + (64 + 4 * i) * MIB, MIB) for i in range(31)])


def bad_input():
    for arch in ARCHES:
        for room in (0, 0x10000, 0x40000, MIB, 2 * MIB):
            yield stub_case(f"{arch}: RAM for the image and {room >> 10}K more: all tests pass, or a clear stop",
                            arch, passes_or_stops("memory|room"), edit=barely(room))
        words = "pagesize=64k" if arch == "arm64" else "satp=sv57"
        yield stub_case(f"{arch}: {words}: RAM for the image and 2M more: all tests pass, or a clear stop",
                        arch, passes_or_stops("memory|room"), edit=barely(2 * MIB), words=words)
        yield stub_case(f"{arch}: {words}: RAM for the image and 32M in banks of 1M: all tests pass", arch,
                        passes, edit=scattered, words=words)
        for name, blob, expect in blobs(arch):
            # No tree names RISC-V's test device either: semihosting gives the status.
            yield stub_case(f"{arch}: {name}: ends and says why", arch, expect, semihosting=True,
                            blob=blob)
        for name, edit, pattern in trees(arch):
            yield stub_case(f"{arch}: {name}: one clear line, then a stop", arch, stops(pattern), edit=edit)
    for arch, words, memory in (("riscv", "satp=sv39", "300G"), ("arm64", "pagesize=16k vabits=36", "64G"),
                                ("arm64", "vabits=39", "600G")):
        yield Case(f"{arch} {words}: {memory} do not fit the linear map: one clear line, then a stop",
                   Machine(arch, memory=memory), stops("memory|RAM|linear|fit"), words, limit=30)
    yield Case("arm64 without semihosting stops too, with the line alone",
               Machine("arm64", semihosting=False), stops("memory", status=False), load="stub",
               edit=lambda tree: tree.set_memory(), limit=30)
