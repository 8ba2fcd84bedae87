# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""One boot: a machine, how the kernel gets into it, and what must come out."""

import json
import re
import struct
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Optional

import gdb
import qemu
import variants
from fdt import Tree, cells64

MIB = 1 << 20
PASSED = "graticule: all tests passed, power off"
STOP = re.compile(r"^graticule: stop: (\S.*)$", re.MULTILINE)
LAYOUT = re.compile(r"^graticule-layout: (\{.*\})$", re.MULTILINE)
# What a region may say of itself, where it is not rw-.
PERMISSIONS = {"guard": ("---",), "text": ("r-x",), "rodata": ("r--", "rw-"), "modules": ("rw- or r-x",),
               "bpf": ("rw- or r-x",)}
RESULT = re.compile(r"^\s*(ok|not ok) \d+ ?-? ?(.*)$", re.MULTILINE)
# RISC-V: where -bios OpenSBI lies, from the start of RAM, and what it keeps for itself.
FIRMWARE_SIZE = MIB


class Failure(Exception):
    """What a case found wrong."""


def need(condition, text):
    if not condition:
        raise Failure(text)


@dataclass
class Case:
    """One boot.

    load: "kernel": -kernel, as everybody does; "elf": likewise the ELF file. "board": with a tree of
    boards.py. "u-boot": U-Boot's booti. "stub": a few instructions enter the Image at `kernel_at` with
    the device tree at `dtb_at`, so that both can be anywhere and the tree can be anything.
    variant: of tests/variants.py; else the default image.
    edit: changes the tree (stub and board only); blob: changes the finished blob, None for no tree at all.
    debug: what a debugger does to it (stub only), as a function of gdb.Stub and of one from names to
    addresses.
    limit: processor seconds without output after which it has hung (tests/progress.py).
    expect: looks at an Outcome and raises Failure.
    """

    name: str
    machine: qemu.Machine
    expect: Callable
    words: str = ""
    load: str = "kernel"
    kernel_at: Optional[int] = None
    dtb_at: Optional[int] = None
    edit: Optional[Callable] = None
    blob: Optional[Callable] = None
    debug: Optional[Callable] = None
    initrd: int = 0
    limit: int = 60
    variant: str = ""


@dataclass
class Outcome:
    """A case and what its boot left."""

    case: Case
    result: qemu.Result
    out: Path
    image: Path
    dtb: Optional[bytes] = None
    kernel_at: Optional[int] = None
    layout: dict = field(default_factory=dict)
    tests: list = field(default_factory=list)

    def parse(self):
        text = self.result.console
        layouts = LAYOUT.findall(text)
        need(len(layouts) <= 1, "more than one graticule-layout line")
        if layouts:
            self.layout = json.loads(layouts[0])
        self.tests = RESULT.findall(text)
        return self

    @property
    def console(self):
        return self.result.console

    def stop_reason(self):
        match = STOP.search(self.console)
        return match.group(1) if match else None


def passes(outcome):
    """The kernel booted, its self-tests passed and it said so; QEMU ended well."""
    text = outcome.console
    reason = outcome.stop_reason()
    need(reason is None, f"the kernel stopped: {reason}")
    need(outcome.result.status is not None, f"it hung: {outcome.result.killed}")
    failed = [name for verdict, name in outcome.tests if verdict == "not ok"]
    need(not failed, f"self-tests failed: {', '.join(failed)}")
    need(outcome.tests, "no KTAP result on the console")
    need(text.rstrip().endswith(PASSED), "the last line is not the closing one")
    need(outcome.result.status == 0, f"QEMU's exit status is {outcome.result.status}")
    need(outcome.layout, "no graticule-layout line")
    check_layout(outcome.layout)


def check_layout(layout):
    """The rules that hold for every plan, on the JSON."""
    last = 0
    for region in layout["regions"]:
        name, start, end = region["name"], int(region["start"], 16), int(region["end"], 16)
        need(start >= 1 << 63, f"{name} is outside the kernel half")
        need(start >= last, f"{name} overlaps what is before it or is out of order")
        need(start < end <= 1 << 64, f"{name} is empty or wraps")
        need(end - start == region["size"], f"{name}: size is not end - start")
        need(region["perm"] in PERMISSIONS.get(name, ("rw-",)), f"{name} is {region['perm']}")
        last = end
    check_reach(layout)


def check_reach(layout):
    """Code in the module and BPF windows is within 2 GiB of all of the kernel."""
    spans = {}
    for region in layout["regions"]:
        start, end = int(region["start"], 16), int(region["end"], 16)
        low, high = spans.get(region["name"], (start, end))
        spans[region["name"]] = min(low, start), max(high, end)
    for name in ("text", "rodata", "data", "modules", "bpf", "linear", "vmalloc", "vmemmap", "fixmap"):
        need(name in spans, f"no region {name}")
    need(spans["text"][1] == spans["rodata"][0] and spans["rodata"][1] == spans["data"][0],
         "text, rodata and data do not follow each other")
    for name in ("modules", "bpf"):
        reach = max(spans[name][1], spans["data"][1]) - min(spans[name][0], spans["text"][0])
        need(reach <= 1 << 31, f"{name} and kernel span {reach:#x} bytes")


def boots(**fields):
    """passes, and the layout's JSON has these values."""
    def expect(outcome):
        passes(outcome)
        for key, value in fields.items():
            found = outcome.layout.get(key)
            need(found == value, f"{key} is {found}, expected {value}")
    return expect


def both(*functions):
    """All of several expectations."""
    def expect(outcome):
        for function in functions:
            function(outcome)
    return expect


def says(pattern):
    """passes, and a line of the console matches."""
    def expect(outcome):
        passes(outcome)
        need(re.search(pattern, outcome.console, re.IGNORECASE | re.MULTILINE),
             f"no line matches /{pattern}/")
    return expect


def stops(pattern=".", status=True):
    """One clear line says why the kernel stopped, and the caller can tell."""
    def expect(outcome):
        reasons = STOP.findall(outcome.console)
        need(outcome.result.status is not None, f"it hung: {outcome.result.killed}")
        need(len(reasons) == 1, f"{len(reasons)} lines say 'graticule: stop:', expected one")
        need(re.search(pattern, reasons[0], re.IGNORECASE), f"'{reasons[0]}' does not match /{pattern}/")
        need(PASSED not in outcome.console, "it also says that all tests passed")
        if status:
            need(outcome.result.status != 0, "QEMU's exit status is that of success")
    return expect


def passes_or_stops(pattern):
    """Where either is right; nothing between the two is."""
    def expect(outcome):
        (stops(pattern) if outcome.stop_reason() else passes)(outcome)
    return expect


# ---- getting the kernel into the machine --------------------------------------------------------


def stub(arch, kernel, dtb):
    """Instructions that enter `kernel` with `dtb` as the boot protocol wants."""
    if arch == "arm64":
        # ldr x0, 1f; ldr x4, 2f; br x4; nop; 1: .quad dtb; 2: .quad kernel
        return struct.pack("<4I2Q", 0x58000080, 0x580000A4, 0xD61F0080, 0xD503201F, dtb, kernel)
    # auipc t0, 0; ld a1, 16(t0); ld t1, 24(t0); jr t1; .quad dtb; .quad kernel
    return struct.pack("<4I2Q", 0x00000297, 0x0102B583, 0x0182B303, 0x00030067, dtb, kernel)


def uboot_arguments(case, image):
    """U-Boot from the distribution; the Image waits in RAM as if it had been loaded."""
    arch = case.machine.arch
    at = case.kernel_at or qemu.RAM[arch] + 0x8000000
    loader = ["-device", f"loader,file={image},addr={at:#x},force-raw=on"]
    firmware = ["-bios" if arch == "arm64" else "-kernel", qemu.UBOOT[arch]]
    # U-Boot 2025 keeps the memory of its own tree for itself: the kernel gets a copy.
    tree = qemu.RAM[arch] + 0x6000000
    steps = [("stop autoboot", "\n"), ("=> ", f"setenv bootargs {case.words}\n"),
             ("=> ", "fdt addr $fdtcontroladdr\n"), ("=> ", f"fdt move $fdtcontroladdr {tree:#x} {MIB:#x}\n"),
             ("=> ", f"booti {at:#x} - {tree:#x}\n")]
    return firmware + loader, steps


def edited_tree(case, image, initrd_at):
    """The tree that the stub hands over, with what firmware and boot loader put into it."""
    machine = case.machine
    tree = Tree(qemu.device_tree(machine))
    # Both Image headers have the size from _start to _end at byte 16.
    tree.image_size = struct.unpack_from("<Q", image.read_bytes()[:64], 16)[0]
    tree.node("chosen").set(bootargs=case.words)
    # The dump has the MMU's random seed; a case that wants one sets it.
    tree.node("chosen").props.pop("kaslr-seed", None)
    if machine.arch == "riscv":
        tree.add_reserved("mmode_resv0", qemu.RAM["riscv"], FIRMWARE_SIZE, nomap=True)
    if case.initrd:
        tree.node("chosen").props["linux,initrd-start"] = cells64(initrd_at)
        tree.node("chosen").props["linux,initrd-end"] = cells64(initrd_at + case.initrd)
    if case.edit:
        case.edit(tree)
    return tree.blob()


def stub_arguments(case, image, folder):
    """Image, tree, initrd and stub at addresses of the case's choice; (arguments, dtb, kernel_at)."""
    arch = case.machine.arch
    ram = qemu.RAM[arch]
    kernel_at = case.kernel_at or ram + 32 * MIB
    dtb_at = case.dtb_at or ram + 24 * MIB
    initrd_at = ram + 48 * MIB
    dtb = edited_tree(case, image, initrd_at)
    blob = case.blob(dtb) if case.blob else dtb
    args = ["-device", f"loader,file={image},addr={kernel_at:#x},force-raw=on"]
    if blob is None:
        dtb_at = 0
    else:
        (folder / "dtb").write_bytes(blob)
        args += ["-device", f"loader,file={folder}/dtb,addr={dtb_at:#x},force-raw=on"]
    if case.initrd:
        (folder / "initrd").write_bytes(bytes(range(256)) * (case.initrd // 256))
        args += ["-device", f"loader,file={folder}/initrd,addr={initrd_at:#x},force-raw=on"]
    (folder / "stub").write_bytes(stub(arch, kernel_at, dtb_at))
    if arch == "arm64":
        args += ["-device", f"loader,file={folder}/stub,addr={ram + 16 * MIB:#x},cpu-num=0,force-raw=on"]
    else:
        args += ["-kernel", str(folder / "stub")]
    return args, blob, kernel_at


def board_arguments(case, folder):
    """The tree, to which QEMU adds memory, command line and PSCI."""
    tree = case.machine.tree()
    if case.edit:
        case.edit(tree)
    (folder / "dtb").write_bytes(tree.blob())
    return ["-dtb", str(folder / "dtb")]


def addresses(case, out, image, dtb, kernel_at):
    """A function from the name of a symbol to its address, physical or where nokaslr puts it."""
    symbols = {}
    done = subprocess.run(["nm", image.parent / "graticule.elf"], check=True, capture_output=True, text=True)
    for line in done.stdout.splitlines():
        symbols.setdefault(line.split()[-1], int(line.split()[0], 16))
    args = ["plan", "--arch", case.machine.arch, "--nokaslr", "--dtb", "-", "--image", image, "--image-base",
            f"{kernel_at:#x}", "--json"]
    done = subprocess.run([out / "host" / "graticule", *args], input=dtb, check=True, capture_output=True)
    offset = int(json.loads(done.stdout)["kernel_offset"], 16)

    def address(name, physical=False):
        return (symbols[name] + kernel_at + (0 if physical else offset)) % (1 << 64)
    return address


def run_case(case, out):
    """Boot once; the Outcome, parsed."""
    where = variants.build(out, case.variant) if case.variant else out
    image = where / case.machine.arch / "Image"
    with tempfile.TemporaryDirectory(prefix="graticule-boot.") as temporary:
        folder = Path(temporary)
        args = case.machine.arguments()
        steps = ()
        dtb = kernel_at = None
        if case.load == "u-boot":
            more, steps = uboot_arguments(case, image)
        elif case.load == "stub":
            more, dtb, kernel_at = stub_arguments(case, image, folder)
        else:
            more = ["-kernel", str(image.parent / "graticule.elf" if case.load == "elf" else image)]
            if case.load == "board":
                more += board_arguments(case, folder)
            if case.words:
                more += ["-append", case.words]
            if case.initrd:
                (folder / "initrd").write_bytes(bytes(range(256)) * (case.initrd // 256))
                more += ["-initrd", str(folder / "initrd")]
        beside = None
        if case.debug:
            more += ["-S", "-gdb", f"unix:{folder}/gdb,server=on,wait=off"]

            def beside():
                case.debug(gdb.Stub(folder / "gdb", case.machine.arch, case.limit),
                           addresses(case, out, image, dtb, kernel_at))
        result = qemu.run(args + more, case.limit, steps, beside)
    return Outcome(case, result, out, image, dtb, kernel_at).parse()
