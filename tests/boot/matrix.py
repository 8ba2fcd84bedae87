# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The boots that `make check` tries: layouts, CPUs, memory, ways in. bad_input.py has the others."""

import re
from dataclasses import dataclass
from typing import Callable

import agreement
from backtrace_cases import backtraces
from bad_input import bad_input
from case import MIB, Case, both, boots, need, passes, says
from console_cases import consoles
from fdt import Tree, cells64
from hotplug_cases import hotplug
from permission_cases import permissions
from qemu import RAM, Machine, device_tree, has_cpu
from range_cases import many_ranges
from report_cases import report_cases
from riscv_cases import riscv_cases
from smp_cases import smp_cases

GIB = 1 << 30
ARCHES = ("riscv", "arm64")

# Every layout: architecture, page shift, VA bits, levels, the words that ask for it.
LAYOUTS = [("riscv", 12, va, levels, f"satp=sv{va}") for va, levels in ((39, 3), (48, 4), (57, 5))] + [
    ("arm64", shift, va, levels, f"pagesize={(1 << shift) >> 10}k vabits={va}")
    for shift, va, levels in (
        (12, 39, 3), (12, 48, 4), (12, 52, 5),
        (14, 36, 2), (14, 47, 3), (14, 48, 4), (14, 52, 4),
        (16, 42, 2), (16, 48, 3), (16, 52, 3))]


@dataclass
class Compare:
    """Several boots that are looked at together once each has passed by itself."""

    name: str
    cases: list
    check: Callable


def layout_name(arch, shift, va):
    return f"riscv sv{va}" if arch == "riscv" else f"arm64 {(1 << shift) >> 10}K pages, {va}-bit VA"


def geometry(shift, va, levels):
    return boots(page_size=1 << shift, va_bits=va, levels=levels)


def layouts():
    """Every layout, booted as everybody does, and against the planner on the host."""
    for arch, shift, va, levels, words in LAYOUTS:
        name = layout_name(arch, shift, va)
        shape = geometry(shift, va, levels)
        yield Case(f"{name}: -kernel boots it on 4 CPUs, placed at random", Machine(arch, smp="4"),
                   both(shape, cpus(4)), words)
        yield Case(f"{name}: nokaslr: the kernel's report equals the host tool's plan",
                   Machine(arch), both(shape, agreement.equals_plan()), f"{words} nokaslr",
                   load="stub")
        yield Case(f"{name}: a seed: the kernel's report equals the host tool's plan",
                   Machine(arch, memory="1G"), both(shape, agreement.equals_plan()), words,
                   load="stub", edit=seed(0x0123456789ABCDEF ^ va << shift))


def cpus(count):
    """passes, with so many CPUs online."""
    def expect(outcome):
        passes(outcome)
        need(outcome.layout.get("cpus") == count,
             f"{outcome.layout.get('cpus')} CPUs online, expected {count}")
    return expect


def seed(value):
    """Sets /chosen/kaslr-seed."""
    def edit(tree):
        tree.node("chosen").props["kaslr-seed"] = cells64(value)
    return edit


# ---- CPUs ---------------------------------------------------------------------------------------


def cpu_models():
    """What each CPU of QEMU makes of the default layout and of the pages that it has."""
    for cpu in ("cortex-a35", "cortex-a53", "cortex-a55", "cortex-a57", "cortex-a57,neon=off,vfp=off",
                "cortex-a72", "cortex-a76", "cortex-a710", "a64fx", "neoverse-n1", "neoverse-v1",
                "neoverse-n2", "max"):
        if has_cpu("arm64", cpu):
            yield Case(f"arm64 {cpu}: the default layout boots on 2 CPUs",
                       Machine("arm64", cpu, smp="2"), both(geometry(12, 48, 4), cpus(2)))
            yield Case(f"arm64 {cpu}: 64K pages boot", Machine("arm64", cpu),
                       boots(page_size=65536, va_bits=48), "pagesize=64k")
    for cpu in ("rv64", "rv64,svnapot=on", "rv64,svpbmt=on", "rv64,svinval=on",
                "rv64,svnapot=on,svpbmt=on,svinval=on", "rv64,svadu=on", "sifive-u54", "thead-c906",
                "max"):
        if has_cpu("riscv", cpu):
            yield Case(f"riscv {cpu}: the default layout boots on 2 harts",
                       Machine("riscv", cpu, smp="2"), cpus(2))
    for satp in (39, 48, 57):
        yield Case(f"riscv Svnapot, Svpbmt and Svinval with sv{satp}",
                   Machine("riscv", "rv64,svnapot=on,svpbmt=on,svinval=on", smp="2"),
                   boots(va_bits=satp), f"satp=sv{satp}")


def fallbacks():
    """What the CPU lacks falls back to the nearest that it has, and one line says so."""
    said = says(r"(instead|fall|lack|not support|has no|can't|cannot)")
    for cpu, words, shift, va in (
            ("cortex-a53", "pagesize=16k", 12, 48), ("cortex-a53", "pagesize=16k vabits=47", 12, 48),
            ("cortex-a72", "vabits=52", 12, 48), ("cortex-a76", "pagesize=16k vabits=52", 14, 48),
            ("cortex-a72", "pagesize=64k vabits=52", 16, 48)):
        yield Case(f"arm64 {cpu} asked for {words} falls back and says so", Machine("arm64", cpu),
                   both(boots(page_size=1 << shift, va_bits=va), said), words)
    for cpu, want, va in (("rv64,sv57=off", 57, 48), ("rv64,sv57=off,sv48=off", 57, 39),
                          ("rv64,sv57=off,sv48=off", 48, 39)):
        if has_cpu("riscv", cpu):
            yield Case(f"riscv {cpu} asked for sv{want} falls back to sv{va} and says so",
                       Machine("riscv", cpu), both(boots(va_bits=va), said), f"satp=sv{want}")


def mmu_type():
    """RISC-V without satp=: the device tree's mmu-type is the upper limit; with it, it is not."""
    def limit(text):
        def edit(tree):
            for name, cpu in tree.node("cpus").children.items():
                if name.startswith("cpu@"):
                    cpu.set(mmu_type=f"riscv,{text}")
        return edit

    machine = Machine("riscv")
    tree = device_tree(machine)
    match = re.search(rb"riscv,sv(\d\d)\0", tree)
    if match:
        yield Case("riscv: without satp= QEMU's own mmu-type is what boots", machine,
                   boots(va_bits=int(match.group(1))))
    for va in (39, 48, 57):
        yield Case(f"riscv: mmu-type sv{va} limits the default to it", machine, boots(va_bits=va),
                   load="stub", edit=limit(f"sv{va}"))
    yield Case("riscv: satp=sv57 on the command line overrides mmu-type sv39", machine,
               boots(va_bits=57), "satp=sv57", load="stub", edit=limit("sv39"))


def cpu_counts():
    for arch in ARCHES:
        for count in (1, 2, 8):
            yield Case(f"{arch}: {count} CPU{'s' * (count > 1)} come up and park",
                       Machine(arch, smp=str(count)), cpus(count))
    yield Case("arm64: 4 CPUs of 2 clusters come up", Machine("arm64", smp="4,sockets=2,cores=2"), cpus(4))
    yield Case("riscv: 4 harts of 2 sockets come up", Machine("riscv", smp="4,sockets=2,cores=2"), cpus(4))
    def disable_last(tree):
        names = [n for n in tree.node("cpus").children if n.startswith("cpu@")]
        tree.node("cpus").child(names[-1]).set(status="disabled")
    for arch in ARCHES:
        yield Case(f"{arch}: a CPU with status disabled is left alone", Machine(arch, smp="4"), cpus(3),
                   load="stub", edit=disable_last)


# ---- memory -------------------------------------------------------------------------------------


def memory_sizes():
    for arch in ARCHES:
        for size in ("64M", "128M", "1G", "3G", "4G", "16G", "64G"):
            yield Case(f"{arch}: a guest of {size} boots", Machine(arch, memory=size), passes)
    for words, size in (("pagesize=64k", "64M"), ("pagesize=64k vabits=52", "64G"),
                        ("pagesize=16k", "64G"), ("pagesize=16k vabits=36", "8G"),
                        ("vabits=39", "64G"), ("rodata=full bbm=0", "2G"),
                        # Middle tables of the linear map that are full.
                        ("pagesize=16k nokaslr", "130G"), ("nokaslr", "1025G")):
        yield Case(f"arm64 {words}: a guest of {size} boots", Machine("arm64", memory=size), passes, words)
    for words, size in (("satp=sv39", "64G"), ("satp=sv57", "64G")):
        yield Case(f"riscv {words}: a guest of {size} boots", Machine("riscv", memory=size), passes, words)


def memory_shapes():
    """Holes, banks, RAM that starts elsewhere; each against the planner too."""
    for arch in ARCHES:
        ram = RAM[arch]

        def banks(*ranges, base=ram):
            return lambda tree: tree.set_memory(*[(base + s * MIB, n * MIB) for s, n in ranges])

        def odd(tree, base=ram):
            tree.set_memory((base, 64 * MIB + 0x5000), (base + 80 * MIB + 0x3000, 50 * MIB),
                            (base + 200 * MIB, 0x1000))

        def two_nodes(tree, base=ram):
            tree.set_memory((base, 128 * MIB))
            tree.node(f"memory@{base + 256 * MIB:x}").set(
                device_type="memory", reg=cells64(base + 256 * MIB, 64 * MIB))

        shapes = [
            ("RAM with holes of 32M, 2M and 64K", "512M", None,
             lambda tree, base=ram: tree.set_memory(
                 (base, 64 * MIB), (base + 96 * MIB, 30 * MIB), (base + 128 * MIB, 100 * MIB),
                 (base + 228 * MIB + 0x10000, 60 * MIB))),
            ("eight banks in one node", "1G", None, banks(*[(i * 128, 64 + 2 * i) for i in range(8)])),
            ("banks that are not aligned to pages", "512M", None, odd),
            ("two memory nodes", "512M", None, two_nodes),
            ("banks out of order", "512M", None, banks((256, 128), (0, 128))),
            ("banks that touch", "512M", None, banks((0, 128), (128, 128))),
            ("sixty small banks after a larger one", "512M", None,
             banks((0, 64), *[(67 + 5 * i, 3) for i in range(60)])),
            ("RAM that starts 1G later", "4G", ram + GIB + 32 * MIB, banks((1024, 512))),
            ("RAM that starts 2G+66M later, at no block's boundary", "4G", ram + 2 * GIB + 128 * MIB,
             banks((2114, 700))),
            ("a bank far away", "32G", None, banks((0, 256), (31 * 1024, 512))),
        ]
        for name, size, kernel_at, edit in shapes:
            yield Case(f"{arch}: {name}: boots, and the report equals the plan",
                       Machine(arch, memory=size), both(passes, agreement.equals_plan()), "nokaslr",
                       load="stub", kernel_at=kernel_at, dtb_at=kernel_at and kernel_at - 8 * MIB,
                       edit=edit)
        yield Case(f"{arch}: nocont in a guest of 640M: boots, and the report equals the plan",
                   Machine(arch, memory="640M"), both(passes, agreement.equals_plan()), "nokaslr nocont",
                   load="stub")
        numa = ("-numa", "node,memdev=a", "-numa", "node,memdev=b",
                "-object", "memory-backend-ram,id=a,size=256M", "-object", "memory-backend-ram,id=b,size=768M")
        yield Case(f"{arch}: two NUMA nodes of 256M and 768M boot",
                   Machine(arch, smp="2", memory="1G", extra=numa), passes)


def reservations():
    for arch in ARCHES:
        ram = RAM[arch]

        def edit(function, base=ram):
            return lambda tree: function(tree, base)

        def reserve(tree, base):
            tree.reserve.append((base + 100 * MIB, 3 * MIB))

        def reserved_memory(tree, base):
            tree.add_reserved("keep", base + 100 * MIB, 0x123000)

        def nomap(tree, base):
            tree.add_reserved("secure", base + 100 * MIB, 4 * MIB, nomap=True)

        def nomap_odd(tree, base):
            tree.add_reserved("secure", base + 100 * MIB + 0x1234, 0x2345, nomap=True)
            tree.add_reserved("other", base + 200 * MIB, 0x1000, nomap=True)

        def nomap_start(tree, base):
            tree.add_reserved("secure", base, 2 * MIB, nomap=True)

        def overlap(tree, base):
            tree.add_reserved("one", base + 100 * MIB, 4 * MIB)
            tree.add_reserved("two", base + 102 * MIB, 4 * MIB)
            tree.reserve.append((base + 103 * MIB, 8 * MIB))

        for name, function in (
                ("a /memreserve/ entry is left alone", reserve),
                ("a /reserved-memory child is left alone", reserved_memory),
                ("a no-map range is never mapped", nomap),
                ("no-map ranges that are not aligned to pages", nomap_odd),
                ("a no-map range at the start of RAM", nomap_start),
                ("plain reservations that overlap are merged", overlap)):
            yield Case(f"{arch}: {name}: boots, and the report equals the plan", Machine(arch),
                       both(passes, agreement.equals_plan()), "nokaslr", load="stub",
                       edit=edit(function))
        yield Case(f"{arch}: an initrd of 8M from -initrd is kept", Machine(arch), passes, initrd=8 * MIB)
        yield Case(f"{arch}: an initrd of 5M named by the device tree is kept", Machine(arch), passes,
                   load="stub", initrd=5 * MIB)


# ---- ways in ------------------------------------------------------------------------------------


def load_addresses():
    for arch in ARCHES:
        ram = RAM[arch]
        for at, size in ((4 * MIB, "256M"), (30 * MIB, "256M"), (198 * MIB, "256M"),
                         (GIB + 2 * MIB, "3G"), (17 * GIB + 46 * MIB, "20G")):
            yield Case(f"{arch}: boots from {at // MIB} MiB above the start of RAM",
                       Machine(arch, memory=size), passes, load="stub", kernel_at=ram + at,
                       dtb_at=ram + 24 * MIB)
        yield Case(f"{arch}: the device tree at the end of RAM", Machine(arch), passes, load="stub",
                   dtb_at=ram + 256 * MIB - 0x10000)
        yield Case(f"{arch}: the device tree right after the image's last 2M", Machine(arch), passes,
                   load="stub", dtb_at=ram + 48 * MIB + 8)
    for _, shift, va, _, words in LAYOUTS[3:]:
        yield Case(f"arm64 {(1 << shift) >> 10}K/{va}: boots from 66 MiB above the start of RAM",
                   Machine("arm64"), passes, words, load="stub", kernel_at=RAM["arm64"] + 66 * MIB)


def boot_loaders():
    for arch in ARCHES:
        yield Case(f"{arch}: U-Boot's booti boots it on 2 CPUs", Machine(arch, smp="2"), cpus(2),
                   load="u-boot", limit=90)
    yield Case("arm64: U-Boot's booti at EL2, 16K pages", Machine("arm64", options="virtualization=on"),
               boots(page_size=16384), "pagesize=16k", load="u-boot", limit=90)


def exception_levels():
    for options in ("virtualization=on", "virtualization=on,gic-version=3", "gic-version=2",
                    "gic-version=3"):
        yield Case(f"arm64 virt,{options}: boots on 4 CPUs", Machine("arm64", smp="4", options=options), cpus(4))
    for cpu in ("cortex-a53", "cortex-a76"):
        yield Case(f"arm64 {cpu} at EL2 boots on 2 CPUs",
                   Machine("arm64", cpu, smp="2", options="virtualization=on"), cpus(2))
    for cpu, has in (("cortex-a76", True), ("cortex-a53", False)):
        yield Case(f"arm64 {cpu}, which {'wants' if has else 'does not want'} each TLBI twice",
                   Machine("arm64", cpu, smp="2"),
                   says("erratum: each TLBI" if has else r"\A(?![\s\S]*erratum)"))
    for cpu, words in (("max", ""), ("max", "pagesize=16k"), ("max", "pagesize=64k"), ("cortex-a76", "")):
        yield Case(f"arm64 {cpu} {words}".rstrip() + ": a tree of EL2's changes while EL2 translates with it",
                   Machine("arm64", cpu, options="virtualization=on"),
                   says(r"^ok \d+ the hypervisor's level translates as a tree says that changes meanwhile$"), words)
    for pages in ("16k", "64k"):
        yield Case(f"arm64 at EL2 with {pages} pages boots", Machine("arm64", options="virtualization=on"),
                   passes, f"pagesize={pages}")
    yield Case("arm64 without semihosting boots and powers off",
               Machine("arm64", semihosting=False, smp="2"), cpus(2))
    yield Case("riscv with ACLINT and AIA boots on 4 harts",
               Machine("riscv", smp="4", options="aclint=on,aia=aplic"), cpus(4))


# ---- words and seeds ----------------------------------------------------------------------------


def words():
    for arch in ARCHES:
        for word in ("rodata=full", "rodata=on", "rodata=off", "nocont", "debug_pagealloc=on", "mem=128M",
                     "nokaslr"):
            yield Case(f"{arch}: {word} boots", Machine(arch), passes, word)
        other = "satp=sv39" if arch == "arm64" else "pagesize=64k"
        for word in ("frobnicate=1", other, "mem=lots", "rodata=perhaps", "=", "mem=", "nokaslr=x"):
            yield Case(f"{arch}: the word {word} changes nothing and is warned of", Machine(arch),
                       says(r"(ignor|unknown|malformed|invalid).*|" + re.escape(word)), word)
    for word in ("bbm=0", "bbm=2", "nobbml2"):
        yield Case(f"arm64: {word} boots on 2 CPUs", Machine("arm64", smp="2"), cpus(2), word)
    for word in ("pagesize=17k", "vabits=1000", "vabits=40", "bbm=9"):
        yield Case(f"arm64: the malformed {word} is ignored or falls back, with a line", Machine("arm64"),
                   says(re.escape(word) + r"|instead|ignor|malformed|fall"), word)
    for word in ("satp=sv40", "satp=57"):
        yield Case(f"riscv: the malformed {word} is ignored, with a line", Machine("riscv"),
                   says(re.escape(word) + r"|ignor|malformed"), word)


def configurations():
    """Images of other configurations and of the other compiler."""
    def laid_out(outcome):
        need(outcome.stop_reason() is None and outcome.result.status == 0, "it did not end well")
        need(outcome.layout, "no graticule-layout line")

    for arch in ARCHES:
        yield Case(f"{arch}: the image made by clang and lld boots on 4 CPUs", Machine(arch, smp="4"),
                   cpus(4), variant=f"{arch}-llvm")
        yield Case(f"{arch}: with every check and -Og", Machine(arch, smp="2"), cpus(2),
                   variant=f"{arch}-debug")
        yield Case(f"{arch}: without self-tests it still prints its layout", Machine(arch), laid_out,
                   variant=f"{arch}-small")
    for size, va in ((4, 48), (16, 48), (64, 48)):
        yield Case(f"arm64: the image for {size}K pages alone boots", Machine("arm64", smp="2"),
                   boots(page_size=size << 10, va_bits=va), variant=f"arm64-{size}k")
        other = 64 if size == 4 else 4
        yield Case(f"arm64: the image for {size}K pages asked for {other}K keeps its own and says so",
                   Machine("arm64"), both(boots(page_size=size << 10), says(rf"{other}k")),
                   f"pagesize={other}k", variant=f"arm64-{size}k")


def seeds():
    def boot(arch, value, words=""):
        return Case("", Machine(arch), passes, words, load="stub", edit=seed(value))

    def offsets(outcome):
        return outcome.layout["kernel_offset"], outcome.layout["linear_offset"]

    def differ(outcomes):
        kernel = {offsets(o)[0] for o in outcomes}
        linear = {offsets(o)[1] for o in outcomes}
        need(len(kernel) == len(outcomes), f"{len(kernel)} kernel offsets of {len(outcomes)} seeds")
        need(len(linear) > 1, "the linear map is at one place with every seed")

    def same(outcomes):
        need(outcomes[0].layout == outcomes[1].layout, "two boots with one seed differ")

    def bits(kernel):
        def expect(outcome):
            need((outcome.layout["entropy"]["kernel"] > 0) == kernel, "KASLR is on or off against the seed")
        return expect

    def chosen(**props):
        def edit(tree):
            tree.node("chosen").props.pop("rng-seed", None)
            tree.node("chosen").set(**props)
        return edit

    half = cells64(0x0123456789ABCDEF)
    short = "is shorter than 8 bytes"
    unusable = (("4 bytes", half[:4], short), ("7 bytes", half[:7], short), ("no byte", b"", short),
                ("8 zeros", bytes(8), "is all zero"), ("64 zeros", bytes(64), "is all zero"))
    for arch in ARCHES:
        for name, value, why in unusable:
            yield Case(f"{arch}: a seed of {name} is no seed, and a line says so", Machine(arch),
                       both(says(f"warning: /chosen/kaslr-seed {why}"), bits(False), agreement.equals_plan()),
                       load="stub", edit=chosen(kaslr_seed=value))
        for name, value in (("halves that are alike", half + half), ("9 bytes", half + b"\x01"),
                            ("32 bytes", half + bytes(range(24)))):
            yield Case(f"{arch}: a seed of {name} is mixed, as in the plan", Machine(arch),
                       both(passes, bits(True), agreement.equals_plan()), load="stub",
                       edit=chosen(kaslr_seed=value))
        yield Case(f"{arch}: rng-seed stands in for a kaslr-seed of zeros", Machine(arch),
                   both(says("warning: /chosen/kaslr-seed is all zero"), bits(True), agreement.equals_plan()),
                   load="stub", edit=chosen(kaslr_seed=bytes(8), rng_seed=half + half))
        yield Compare(f"{arch}: three seeds give three places",
                      [boot(arch, s) for s in (1, 2, 0xFEDCBA9876543210)], differ)
        yield Compare(f"{arch}: one seed gives one place", [boot(arch, 77), boot(arch, 77)], same)
        yield Compare(f"{arch}: nokaslr makes the seed mean nothing",
                      [boot(arch, 1, "nokaslr"), boot(arch, 2, "nokaslr")], same)


def all_cases():
    """Every entry of the matrix, in the order in which it is run."""
    for group in (layouts, cpu_models, fallbacks, mmu_type, cpu_counts, smp_cases, hotplug, memory_sizes, memory_shapes,
                  reservations, load_addresses, boot_loaders, exception_levels, consoles, words, permissions,
                  seeds, report_cases, backtraces, configurations, riscv_cases, bad_input, many_ranges):
        yield from group()
