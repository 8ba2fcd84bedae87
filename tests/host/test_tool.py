#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The host tool: plans and comparisons as text, JSON, SVG and HTML, and what it says of bad input."""

import itertools
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tap import Tap  # noqa: E402  pylint: disable=wrong-import-position

TOOL = Path(os.environ.get("GRATICULE_OUT", "build")) / "host" / "graticule"
LAYOUTS = [("riscv", None, 39), ("riscv", None, 48), ("riscv", None, 57),
           ("arm64", "4k", 39), ("arm64", "4k", 48), ("arm64", "4k", 52),
           ("arm64", "16k", 36), ("arm64", "16k", 47), ("arm64", "16k", 48), ("arm64", "16k", 52),
           ("arm64", "64k", 42), ("arm64", "64k", 48), ("arm64", "64k", 52)]
FIELDS = ["arch", "page_size", "va_bits", "levels", "kernel_offset", "linear_offset", "regions", "leaves"]
IMAGE = ("kernel", "text", "rodata", "data")
# What a region may say of itself, where it is not rw-.
PERMISSIONS = {"guard": ("---",), "text": ("r-x",), "rodata": ("r--", "rw-"), "kernel": ("rw- or r-x",),
               "modules": ("rw- or r-x",), "bpf": ("rw- or r-x",)}
UNITS = {"K": 10, "M": 20, "G": 30, "T": 40}
TOP = 1 << 64


def run(*args, data=None):
    done = subprocess.run([str(a) for a in (TOOL, *args)], input=data, capture_output=True, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def good(*args, data=None):
    status, out, err = run(*args, data=data)
    assert status == 0, f"{args}: status {status}: {err}"
    return out


def plan(arch, page, va, *args):
    page_size = ["--page-size", page] if page else []
    return json.loads(good("plan", "--arch", arch, *page_size, "--va-bits", va, "--json", *args))


def spec(arch, page, va):
    return f"{arch}:sv{va}" if arch == "riscv" else f"{arch}:{page}:{va}"


def hexadecimal(text):
    assert re.fullmatch(r"0x[0-9a-f]+", text), text
    return int(text, 16)


def size_of(text):
    return int(text[:-1]) << UNITS[text[-1]] if text[-1] in UNITS else int(text)


# ---- the rules, from the JSON alone -------------------------------------------------------------

def check_rules(layout, ranges):
    """Regions are ordered and disjoint, RAM is in the linear map, the windows are within reach."""
    regions = [(r["name"], hexadecimal(r["start"]), hexadecimal(r["end"])) for r in layout["regions"]]
    bits = layout["va_bits"] - (layout["arch"] == "riscv")
    last = TOP - (1 << bits)
    for region, (name, start, end) in zip(layout["regions"], regions):
        assert last <= start < end <= TOP, f"{name} is out of order"
        assert region["size"] == end - start
        assert start % layout["page_size"] == 0 and end % layout["page_size"] == 0
        assert region["perm"] in PERMISSIONS.get(name, ("rw-",)), f"{name} {region['perm']}"
        assert isinstance(region["note"], str)
        last = end
    assert regions[-1][0] == "guard" and regions[-1][2] == TOP
    offset = hexadecimal(layout["linear_offset"])
    (linear,) = [r for r in regions if r[0] == "linear"]
    for base, size in ranges:
        assert linear[1] <= (base + offset) % TOP and (base + size - 1 + offset) % TOP < linear[2]
    image = [r for r in regions if r[0] in IMAGE]
    assert [r[0] for r in image] in (["kernel"], ["text", "rodata", "data"])
    assert all(a[2] == b[1] for a, b in zip(image, image[1:]))
    for name, start, end in regions:
        if name in ("modules", "bpf"):
            assert max(end, image[-1][2]) - min(start, image[0][1]) <= 2 << 30
    for before, after in zip(regions, regions[1:]):
        if "linear" in (before[0], after[0]):
            assert "guard" in (before[0], after[0])


def leaf_bytes(layout, region):
    return sum(leaf["size"] * leaf["count"] for leaf in layout["leaves"] if leaf["region"] == region)


def image_bytes(layout):
    return sum(leaf_bytes(layout, name) for name in IMAGE)


def test_plans():
    memories = ["80000000:64M", "40000000:1G", "0:512M,100000000:2G", "80200000:3G,2000000000:8G",
                "0x1234000:77M", "880000000:20G"]
    for (arch, page, va), memory in itertools.product(LAYOUTS, memories):
        ranges = [(int(b, 16), size_of(s)) for b, s in (r.split(":") for r in memory.split(","))]
        # The second bank of the fourth memory lies beyond what 64 GiB of addresses span.
        if va == 36 and ranges[-1][0] + ranges[-1][1] - ranges[0][0] > 50 << 30:
            continue
        for seed in ([], ["--seed", "12345"], ["--seed", "0xffffffffffffffff"]):
            layout = plan(arch, page, va, "--memory", memory, *seed)
            assert list(layout)[:len(FIELDS)] == FIELDS
            assert layout["arch"] == arch and layout["va_bits"] == va
            check_rules(layout, ranges)
            page_size = layout["page_size"]
            whole = sum((b + s) // page_size * page_size - -(-b // page_size) * page_size
                        for b, s in ranges)
            assert leaf_bytes(layout, "linear") == whole, (arch, va, memory)
            assert image_bytes(layout) == 2 << 20
            moved = bool(seed)
            assert (layout["entropy"]["kernel"] > 0) == moved


def test_sizes():
    for (arch, page, va), shift in itertools.product(LAYOUTS, range(26, 47)):
        half = va - (arch == "riscv")
        memory = f"80000000:{1 << shift - 20}M"
        args = ["plan", "--arch", arch, "--va-bits", va, "--memory", memory]
        args += ["--page-size", page] if page else []
        status, _, err = run(*args)
        if shift < half and (2 << 30) + (1 << shift) <= 1 << (52 if va == 52 else 56 if half > va else 48):
            assert status == 0, f"{args}: {err}"
        else:
            assert status == 2 and "memory" in err, f"{args}: {status} {err}"


def test_determinism():
    for layout in LAYOUTS:
        one = plan(*layout, "--memory", "80000000:4G", "--seed", "77")
        assert one == plan(*layout, "--memory", "80000000:4G", "--seed", "77")
        other = plan(*layout, "--memory", "80000000:4G", "--seed", "78")
        assert one["kernel_offset"] != other["kernel_offset"]
        still = plan(*layout, "--memory", "80000000:4G")
        assert still["entropy"] == {"kernel": 0, "linear": 0}


def test_example():
    layout = plan("riscv", None, 39, "--memory", "80000000:1G")
    assert start_of(layout, "linear") == "0xffffffe000000000"
    assert start_of(layout, "text") == "0xffffffdf7fe00000"
    assert start_of(layout, "bpf") == "0xffffffdf80000000"
    assert start_of(layout, "modules") == "0xffffffdf88000000"


def test_choice():
    assert plan_default("riscv", "80000000:1G") == (4096, 57)
    assert plan_default("arm64", "40000000:1G") == (4096, 48)
    assert plan_default("arm64", "4000000000000:1G") == (4096, 52)
    assert plan_default("arm64", "40000000:1G", "--va-bits", "47") == (16384, 47)
    assert plan_default("arm64", "40000000:1G", "--page-size", "64k") == (65536, 48)


def plan_default(arch, memory, *args):
    layout = json.loads(good("plan", "--arch", arch, "--memory", memory, "--json", *args))
    return layout["page_size"], layout["va_bits"]


def test_truncate():
    args = ["plan", "--arch", "arm64", "--page-size", "16k", "--va-bits", "36", "--memory", "40000000:100G"]
    status, _, err = run(*args)
    assert status == 2 and "memory spans more" in err
    status, out, err = run(*args, "--truncate", "--json")
    assert status == 0 and "cut off" in err
    assert leaf_bytes(json.loads(out), "linear") < 64 << 30


def test_mem():
    """--mem maps the lowest part, and leaves room for the rest, or for as much of it as fits."""
    for (arch, page, va), seed in itertools.product(LAYOUTS, ([], ["--seed", "5"], ["--seed", "0x77777777"])):
        space = 1 << va - (arch == "riscv")
        size = min(space * 5 // 8, 32 << 40) >> 30
        layout = plan(arch, page, va, "--memory", f"80000000:{size}G", "--mem", "512M", *seed)
        check_rules(layout, [(2 << 30, size << 30)])
        assert leaf_bytes(layout, "linear") == 512 << 20
        if space > 1 << 46:
            continue
        args = ["plan", "--arch", arch, "--va-bits", va, "--json", "--memory", f"80000000:{space * 3 >> 31}G",
                "--mem", "512M", *seed] + (["--page-size", page] if page else [])
        status, out, err = run(*args)
        assert status == 0 and re.search(r"[0-9.]+[GT] of what --mem leaves out have no place", err), err
        layout = json.loads(out)
        (linear,) = [r for r in layout["regions"] if r["name"] == "linear"]
        check_rules(layout, [(2 << 30, 512 << 20)])
        assert linear["size"] > space // 2, "there could be more room"
    # The image stays, wherever it is.
    layout = plan("riscv", None, 39, "--memory", "80000000:100G", "--mem", "512M",
                  "--image-base", "1000000000")
    assert leaf_bytes(layout, "linear") == (512 << 20) + (2 << 20)


def test_nocont():
    for layout in LAYOUTS:
        groups = [leaf for leaf in plan(*layout, "--memory", "80000000:4G", "--nocont")["leaves"]
                  if leaf["contiguous"]]
        assert not groups
    assert [leaf for leaf in plan("arm64", "4k", 48, "--memory", "80000000:4G")["leaves"]
            if leaf["contiguous"]]


def test_rodata():
    full = plan("riscv", None, 39, "--memory", "80000000:1G", "--nocont")
    off = plan("riscv", None, 39, "--memory", "80000000:1G", "--nocont", "--rodata", "off")
    for layout in (full, off):
        assert leaf_bytes(layout, "linear") == 1 << 30
    assert perm_of(full, "rodata") == "r--" and perm_of(off, "rodata") == "rw-"
    assert perm_of(full, "text") == perm_of(off, "text") == "r-x"


def perm_of(layout, name):
    return next(r["perm"] for r in layout["regions"] if r["name"] == name)


def start_of(layout, name):
    return next(r["start"] for r in layout["regions"] if r["name"] == name)


# ---- device trees and images ---------------------------------------------------------------------

BOARD = """/dts-v1/;
/memreserve/ 0x80000000 0x1000;
/ {
	#address-cells = <2>;
	#size-cells = <2>;
	chosen { kaslr-seed = <0x12345678 0x9abcdef0>; };
	memory@80000000 {
		device_type = "memory";
		reg = <0x0 0x80000000 0x0 0x40000000>, <0x1 0x0 0x0 0x80000000>;
	};
	memory@300000000 { device_type = "memory"; status = "disabled"; reg = <3 0 1 0>; };
	reserved-memory {
		#address-cells = <2>;
		#size-cells = <2>;
		ranges;
		firmware@80000000 { no-map; reg = <0x0 0x80000000 0x0 0x200000>; };
		unaligned@90000800 { no-map; reg = <0x0 0x90000800 0x0 0x800>; };
		video@a0000000 { reg = <0x0 0xa0000000 0x0 0x1000000>; };
		pool { size = <0x0 0x1000000>; };
	};
	cpus {
		#address-cells = <1>;
		#size-cells = <0>;
		cpu@0 { device_type = "cpu"; reg = <0>; mmu-type = "riscv,sv48"; riscv,isa = "%s"; };
		cpu@1 { device_type = "cpu"; reg = <1>; mmu-type = "riscv,sv57";
			riscv,isa-extensions = "i", "svnapot"; };
	};
};
"""


def compile_tree(folder, text):
    dtb = folder / "board.dtb"
    subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", dtb, "-"], input=text.encode(), check=True)
    return dtb


def test_device_tree(folder):
    dtb = compile_tree(folder, BOARD % "rv64imafdc_svnapot_svpbmt1p0")
    args = ["plan", "--arch", "riscv", "--dtb", dtb, "--json"]
    layout = json.loads(good(*args))
    assert layout["va_bits"] == 48  # the narrowest mmu-type is the limit
    assert layout["entropy"]["kernel"] > 0
    check_rules(layout, [(0x80200000, 0x3fe00000), (0x100000000, 0x80000000)])
    # Without the firmware and the whole page that the small reservation lies in.
    assert leaf_bytes(layout, "linear") == 0x40000000 - 0x200000 - 0x1000 + 0x80000000
    seeded = good("plan", "--arch", "riscv", "--memory", "80000000:1G,100000000:2G", "--va-bits", "48",
                  "--seed", "0x123456789abcdef0", "--json")
    assert start_of(json.loads(seeded), "text") == start_of(layout, "text")
    assert any(leaf["contiguous"] for leaf in layout["leaves"])
    assert json.loads(good(*args, "--nokaslr"))["entropy"]["kernel"] == 0
    assert json.loads(good(*args, "--va-bits", "57"))["va_bits"] == 57
    plain = compile_tree(folder, BOARD % "rv64imafdc")
    assert not any(leaf["contiguous"] for leaf in json.loads(good(*args[:4], plain, "--json"))["leaves"])
    layout = json.loads(good("plan", "--arch", "arm64", "--dtb", plain, "--json"))
    assert (layout["page_size"], layout["va_bits"]) == (4096, 48)


def test_harts(folder):
    """Svnapot is planned with where the kernel would use it: all harts with an MMU name it."""
    def napot(hart, more=""):
        text = (BOARD % "rv64").replace('riscv,isa = "rv64";', hart).replace("cpu@1 {", more + "cpu@1 {")
        args = ["plan", "--arch", "riscv", "--dtb", compile_tree(folder, text), "--json"]
        return any(leaf["contiguous"] for leaf in json.loads(good(*args))["leaves"])

    for isa in ("rv64imac_svnapot", "rv64imac_SVNAPOT1p0_zba", "rv64imacsusvnapot1p0_zba", "rv64imacsvnapot"):
        assert napot(f'riscv,isa = "{isa}";'), isa
    for isa in ("rv64imac", "rv64imac_svnapotx", "rv64imac_xsvnapot"):
        assert not napot(f'riscv,isa = "{isa}";'), isa
    assert not napot("")
    other = 'cpu@2 { device_type = "cpu"; reg = <2>; riscv,isa = "rv64imac"; %s };'
    hart = 'riscv,isa = "rv64imac_svnapot";'
    assert not napot(hart, other % "")
    assert napot(hart, other % 'mmu-type = "riscv,none";')
    assert napot(hart, other % 'status = "disabled";')
    no_harts = BOARD % "rv64"
    no_harts = no_harts[:no_harts.index("\tcpus {")] + "};\n"
    args = ["plan", "--arch", "riscv", "--dtb", compile_tree(folder, no_harts), "--json"]
    assert not any(leaf["contiguous"] for leaf in json.loads(good(*args))["leaves"])


def test_bad_device_trees(folder):
    dtb = compile_tree(folder, BOARD % "rv64").read_bytes()
    bad = folder / "bad.dtb"
    cases = [b"", b"not a tree", dtb[:100], dtb[:-50], dtb[:8] + b"\xff\xff\xff\xff" + dtb[12:]]
    for data in cases:
        bad.write_bytes(data)
        refused("bad.dtb", "plan", "--arch", "riscv", "--dtb", bad)
    empty = '/dts-v1/;\n/ { #address-cells = <1>; #size-cells = <1>; %s };\n'
    for text, why in [("", "no memory node"),
                      ('memory { device_type = "memory"; };', "/memory"),
                      ('memory { device_type = "memory"; reg = <0 0>; };', "no memory"),
                      ('memory { device_type = "memory"; reg = <0 1 2>; };', "reg has 12 bytes"),
                      ('memory { device_type = "memory"; reg = <0 100>; };', "memory")]:
        refused(why, "plan", "--arch", "arm64", "--dtb", compile_tree(folder, empty % text))


def test_memory_that_a_boot_loader_fills_in(folder):
    tree = ('/dts-v1/;\n/ { #address-cells = <1>; #size-cells = <1>;\n'
            'memory@40000000 { device_type = "memory"; reg = <0x40000000 0>; };\n'
            'reserved-memory { #address-cells = <1>; #size-cells = <1>; ranges;\n'
            'secure@48000000 { reg = <0x48000000 0x200000>; no-map; }; }; };\n')
    args = ["plan", "--arch", "arm64", "--dtb", compile_tree(folder, tree), "--json"]
    refused("no memory", *args)
    layout = json.loads(good(*args, "--memory", "40000000:1G"))
    assert leaf_bytes(layout, "linear") == 0x40000000 - 0x200000


def elf(machine, segments):
    header = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack(
        "<HHIQQQIHHHHHH", 3, machine, 1, 0, 64, 0, 0, 64, 56, len(segments), 64, 0, 0)
    return header + b"".join(struct.pack("<IIQQQQQQ", 1, flags, 0, start, start, size, size, 0x10000)
                             for flags, start, size in segments)


def boot_image(arch, size, *ends):
    """The header of an Image, with the ends of text and rodata behind it if they are given."""
    magic = {"riscv": b"RSC\x05", "arm64": b"ARM\x64"}[arch]
    known = b"GRATICUL" + struct.pack("<2Q", *ends) if ends else b""
    return bytes(16) + struct.pack("<Q", size) + bytes(32) + magic + bytes(4) + known


def sections(layout):
    return [(r["name"], r["size"]) for r in layout["regions"] if r["name"] in IMAGE]


def test_built_images():
    """The Image tells what the ELF file does."""
    out = Path(os.environ.get("GRATICULE_OUT", "build"))
    for arch in ("riscv", "arm64"):
        elf_file, image = (out / arch / name for name in ("graticule.elf", "Image"))
        if not image.exists():
            continue
        args = ("plan", "--arch", arch, "--memory", "80000000:1G", "--json", "--image")
        assert good(*args, image) == good(*args, elf_file)
        assert len(sections(json.loads(good(*args, image)))) == 3


def test_images(folder):
    where = ["--memory", "80000000:1G", "--image-base", "80200000"]
    path = folder / "kernel"
    path.write_bytes(elf(243, [(5, 0, 0x30000), (4, 0x30000, 0x18000), (6, 0x50000, 0x31000)]))
    layout = plan("riscv", None, 39, "--image", path, "--nocont", *where)
    assert image_bytes(layout) == 0x90000
    # The read-only alias ends at 0x50000, in the middle of a 2M leaf.
    small = [leaf for leaf in layout["leaves"] if leaf["region"] == "linear" and leaf["size"] == 4096]
    assert small[0]["count"] == 512
    assert sections(layout) == [("text", 0x30000), ("rodata", 0x20000), ("data", 0x40000)]
    for arch, layout in (("riscv", ("riscv", None, 39)), ("arm64", ("arm64", "4k", 48))):
        # Another kernel's: nothing is known but the size.
        for more in (b"", bytes(64), b"GRATICUX" + struct.pack("<2Q", 0x50000, 0x60000), b"GRATICUL"):
            path.write_bytes(boot_image(arch, 0x120000) + more)
            found = plan(*layout, "--image", path, *where)
            assert sections(found) == [("kernel", 0x120000)] and image_bytes(found) == 0x120000
            assert perm_of(found, "kernel") == "rw- or r-x"
        for text, rodata, parts in ((0x50000, 0x60000, [0x50000, 0x10000, 0xc0000]),
                                    (0x50000, 0x50000, [0x50000, 0, 0xd0000]),
                                    (0x50000, 0x120000, [0x50000, 0xd0000, 0]),
                                    (0x120000, 0x120000, [0x120000, 0, 0])):
            path.write_bytes(boot_image(arch, 0x120000, text, rodata))
            found = plan(*layout, "--image", path, *where)
            assert sections(found) == [part for part in zip(IMAGE[1:], parts) if part[1]]
            assert [leaf_bytes(found, name) for name in IMAGE[1:]] == parts
    for data in (b"", b"\x7fELF", elf(62, []), elf(243, []), elf(243, [(5, 0, 0x30000)])[:80],
                 boot_image("riscv", 0), b"x" * 100, boot_image("riscv", 0x10000, 0x20000, 0x20000),
                 boot_image("riscv", 0x120000, 0x20000, 0x10000), boot_image("riscv", 0x120000, 0, 0)):
        path.write_bytes(data)
        refused(str(path), "plan", "--arch", "riscv", "--image", path, *where)


# ---- compare --------------------------------------------------------------------------------------

def test_compare_json():
    layouts = json.loads(good("compare", *[spec(*layout) for layout in LAYOUTS], "--json"))
    assert [(o["arch"], o["va_bits"]) for o in layouts] == [(a, v) for a, _, v in LAYOUTS]
    for layout in layouts:
        base = 0x80000000 if layout["arch"] == "riscv" else 0x40000000
        check_rules(layout, [(base, 1 << 30)])
    assert layouts[0] == plan("riscv", None, 39, "--memory", "80000000:1G")


def test_compare_text():
    out = good("compare", "riscv:sv39", "riscv:sv39:text", "arm64:16k:47")
    for text in ("riscv:sv39:text", "ffffffe000000000", "arm64 16K/47", "by role", "KASLR kernel"):
        assert text in out, f"no {text!r}"
    wide = max(len(line) for line in out.splitlines())
    assert wide <= 100
    os.environ["COLUMNS"] = "80"
    narrow = max(len(line) for line in good("compare", "riscv:sv39", "arm64:16k:47").splitlines()[1:])
    del os.environ["COLUMNS"]
    assert narrow <= 80 < wide


def lines_of(*args, data=None):
    return good(*args, data=data).splitlines()


def test_widths(folder):
    """No line of a table is longer than 100 columns, and every address is whole."""
    banks = ",".join(f"{0x80000000 + i * 0x4321000:x}:{0x1234 + i * 77:#x}000" for i in range(13))
    path = folder / "layout.json"
    for arch, page, va in LAYOUTS:
        for memory in ("80000000:1G", banks, "100000:3G,200000000:7G" if va != 36 else "80000000:64M"):
            for seed in ([], ["--seed", "0xfedcba9876543210"]):
                args = [arch, *(["--page-size", page] if page else []), "--va-bits", va,
                        "--memory", memory, *seed]
                table = lines_of("plan", "--arch", *args)
                assert max(map(len, table)) <= 100, max(table, key=len)
                layout = json.loads(good("plan", "--arch", *args, "--json"))
                for region in layout["regions"]:
                    last = f"{hexadecimal(region['end']) - 1:#018x}"
                    assert any(line.startswith(region["name"]) and f"{region['start']} - {last}" in line
                               for line in table), region
                path.write_text(json.dumps(layout))
                columns = lines_of("compare", path, path)
                assert max(map(len, columns)) <= 100, max(columns, key=len)
                assert all(line.count("|") == 1 for line in columns[3:20])
    # Leaves of every size there is.
    layout["leaves"] = [{"region": "linear", "level": level, "contiguous": group, "size": 1 << 12 + 9 * level,
                         "count": 10 ** 12 + level} for level in range(5) for group in (False, True)]
    path.write_text(json.dumps(layout))
    columns = lines_of("compare", path, path)
    assert max(map(len, columns)) <= 100 and sum(line.count("x 2M") for line in columns) == 4


def test_former_logs(folder):
    """The region "kernel", with rwx, of logs that are older than its parts."""
    (layout,) = json.loads(good("compare", "riscv:sv39", "--json"))
    text = next(r for r in layout["regions"] if r["name"] == "text")
    data = next(r for r in layout["regions"] if r["name"] == "data")
    former = {**text, "name": "kernel", "perm": "rwx", "end": data["end"], "size": 2 << 20}
    layout["regions"] = [former if r is text else r for r in layout["regions"]
                         if r["name"] not in ("rodata", "data")]
    layout["leaves"] = [{**leaf, "region": "kernel"} for leaf in layout["leaves"] if leaf["region"] == "text"]
    log, html = folder / "console.log", folder / "x.html"
    log.write_text("graticule-layout: " + json.dumps(layout) + "\r\n")
    out = good("compare", log, "riscv:sv39", "--html", html)
    assert re.search(r"^kernel  ffffffdf7fe00000-ffffffdf7fffffff     2M", out, re.M), out
    assert re.search(r"^ {8}rwx: 4 x 64K\+", out, re.M) and re.search(r"^kernel +2M +-$", out, re.M), out
    assert ">kernel<" in html.read_text()


def test_compare_logs(folder):
    line = good("compare", "riscv:sv48", "--json", "--seed", "5").strip()[1:-1]
    log = folder / "console.log"
    log.write_bytes(b"OpenSBI\r\n\x00[0.1] graticule-layout: " + line.encode() + b"\r\nmore\r\n")
    listing = folder / "layouts.json"
    listing.write_text(good("compare", "arm64:4k:39", "arm64:64k:42", "--json"))
    layouts = json.loads(good("compare", log, listing, "riscv:sv39", "--json"))
    assert [o["va_bits"] for o in layouts] == [48, 39, 42, 39]
    assert layouts[0] == json.loads(line)
    assert json.loads(good("compare", "-", "--json", data=line.encode()))[0]["va_bits"] == 48


def boxes_and_labels(svg):
    name = "{http://www.w3.org/2000/svg}"
    root = ElementTree.fromstring(svg)
    boxes = [{k: float(b.get(k)) for k in ("x", "y", "width", "height")}
             for b in root.iter(name + "rect") if b.get("class") == "box"]
    labels = [(t.get("class"), float(t.get("x")), float(t.get("y")), t.text)
              for t in root.iter(name + "text")]
    return float(root.get("width")), float(root.get("height")), boxes, labels


def span_of(kind, x, y, text):
    """Where a label begins and ends, with the font's usual width."""
    size = {"page": 20, "title": 13, "name": 12, "sub": 11, "size": 11, "leaf": 10.5, "address": 10}[kind]
    width = len(text) * size * (0.57 if kind not in ("page", "title", "name", "address") else 0.62)
    return (x - width, x, y, text) if kind == "size" else (x, x + width, y, text)


def test_svg(folder):
    """No two boxes overlap, every label is inside the picture, and lines of text keep apart."""
    path = folder / "x.svg"
    for nr, seed in itertools.product((1, 2, 4, 13), ([], ["--seed", "3"])):
        good("compare", *[spec(*layout) for layout in LAYOUTS[-nr:]], "--svg", path, *seed)
        width, height, boxes, labels = boxes_and_labels(path.read_text())
        assert len(boxes) > 10 * nr
        for box in boxes:
            assert box["height"] > 8 and box["x"] + box["width"] <= width
            assert box["y"] + box["height"] <= height
        for a, b in itertools.combinations(boxes, 2):
            apart = (a["x"] + a["width"] <= b["x"] + .2 or b["x"] + b["width"] <= a["x"] + .2 or
                     a["y"] + a["height"] <= b["y"] + .2 or b["y"] + b["height"] <= a["y"] + .2)
            assert apart, f"{a} and {b} overlap"
        for a, b in itertools.combinations([t for t in labels if t[0] != "size"], 2):
            assert a[1] != b[1] or abs(a[2] - b[2]) >= 11, f"{a} and {b} overlap"
        for _, x, y, _ in labels:
            assert 0 <= x <= width and 0 <= y <= height
        spans = [span_of(*label) for label in labels]
        for a, b in itertools.combinations(spans, 2):
            assert a[2] != b[2] or a[1] <= b[0] or b[1] <= a[0], f"{a} and {b} overlap"


def test_html(folder):
    path = folder / "x.html"
    name = folder / "a<b>&c.json"
    name.write_text(good("compare", "riscv:sv39", "--json"))
    good("compare", "riscv:sv39", "arm64:16k:47", name, "--html", path)
    html = path.read_text()
    assert html.startswith("<!DOCTYPE html>") and html.rstrip().endswith("</html>")
    assert "<svg" in html and html.count("<table>") == 4
    assert "a<b>" not in html and "a&lt;b&gt;&amp;c" in html
    assert not re.search(r"(src|href)=", html)


# ---- bad input ------------------------------------------------------------------------------------

def refused(why, *args):
    """Exit status 2, nothing on standard output, one line on standard error with `why` in it."""
    status, out, err = run(*args)
    assert status == 2, f"{args}: status {status}"
    assert out == "", f"{args}: output {out[:100]!r}"
    assert err.startswith("graticule: ") and err.count("\n") == 1 and err.endswith("\n"), f"{args}: {err!r}"
    assert why in err, f"{args}: {err!r} does not say {why!r}"


def test_bad_usage():
    memory = ["--memory", "80000000:1G"]
    refused("plan|compare")
    refused("frobnicate", "frobnicate")
    refused("--arch", "plan", *memory)
    refused("x86", "plan", "--arch", "x86", *memory)
    refused("--memory", "plan", "--arch", "riscv")
    refused("--bogus", "plan", "--arch", "riscv", "--bogus")
    refused("--seed", "plan", "--arch", "riscv", "--seed")
    refused("stray", "plan", "--arch", "riscv", *memory, "stray")
    for value in ("", "80000000", "80000000:", ":1G", "xyz:1G", "80000000:1Q", "80000000:0", "-1:1G",
                  "80000000:-1G", "80000000:1G,80000000:1G", "0:99999999999T",
                  "ffffffffffffffff:1G", "80000000:1GG", " 80000000:1G"):
        refused("--memory", "plan", "--arch", "riscv", "--memory", value)
    for option, value in [("--page-size", "8k"), ("--page-size", "0"), ("--va-bits", "x"),
                          ("--va-bits", "0"), ("--seed", "x"), ("--seed", "0x1ffffffffffffffff"),
                          ("--policy", "x"), ("--rodata", "x"), ("--pa-bits", "99"),
                          ("--pa-bits", "8"), ("--image-base", "xyz"),
                          ("--mem", "x"), ("--mem", "0"), ("--mem", "1GG")]:
        refused(option, "plan", "--arch", "riscv", *memory, option, value)
    refused("width of virtual addresses", "plan", "--arch", "arm64", "--page-size", "16k", "--va-bits", "39", *memory)
    refused("width of virtual addresses", "plan", "--arch", "riscv", "--va-bits", "47", *memory)
    refused("page size", "plan", "--arch", "riscv", "--page-size", "64k", *memory)
    refused("no such policy", "plan", "--arch", "arm64", "--policy", "text", *memory)
    refused("memory", "plan", "--arch", "riscv", "--va-bits", "39", "--memory", "80000000:1G,1000000000000:1G")
    refused("page", "plan", "--arch", "riscv", *memory, "--image-base", "80200001")


def test_bad_files(folder):
    refused("no-such-file", "plan", "--arch", "riscv", "--dtb", "no-such-file")
    refused("no-such-file", "compare", "no-such-file")
    refused("riscv:sv40", "compare", "riscv:sv40")
    refused("\"bogus\"", "compare", "riscv:bogus")
    refused("nothing to compare", "compare")
    refused("/no/such/folder", "compare", "riscv:sv39", "--svg", "/no/such/folder/x.svg")
    path = folder / "layout.json"
    text = good("compare", "riscv:sv39", "--json")
    whole = json.loads(text)[0]
    cases = ["{", "{}", "[]", "[1]", "[" * 5000, text[:-20], text + "x", "\"graticule\"", "", "graticule-layout: {",
             "graticule-layout: nothing\n", "\x00\x01\x02"]
    for field in FIELDS:
        cases.append(json.dumps({k: v for k, v in whole.items() if k != field}))
        cases.append(json.dumps({**whole, field: None}))
    first = whole["regions"][0]
    for change in ({"start": "zzz"}, {"end": first["start"]}, {"size": 5}, {"size": -1}, {"perm": 7},
                   {"start": "0x0", "end": "0x10000000000000000"}, {"end": "0x0"}):
        cases.append(json.dumps({**whole, "regions": [{**first, **change}]}))
    cases.append(json.dumps({**whole, "regions": whole["regions"][::-1]}))
    cases.append(json.dumps({**whole, "page_size": 0}))
    cases.append(json.dumps({**whole, "leaves": [{"region": "linear"}]}))
    for case in cases:
        path.write_text(case)
        refused("layout.json", "compare", path)


def test_help():
    assert "usage" in good("--help") and "usage" in good("plan", "--help")


def test_picture_in_docs(folder):
    """make tool, then graticule compare riscv:sv48 arm64:4k:48 --svg docs/address-spaces.svg"""
    path = folder / "address-spaces.svg"
    good("compare", "riscv:sv48", "arm64:4k:48", "--svg", path)
    assert path.read_text() == Path("docs/address-spaces.svg").read_text(), "draw it again"


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="graticule-tool.") as name:
        folder = Path(name)
        tap.check("every layout, memory and seed gives a plan that keeps the rules", test_plans)
        tap.check("memory from 64 MiB to 64 TiB is planned wherever it fits", test_sizes)
        tap.check("a seed decides the plan, and no seed means no KASLR", test_determinism)
        tap.check("sv39 with 1 GiB is placed where the documentation says", test_example)
        tap.check("without wishes the best page size and width are chosen", test_choice)
        tap.check("memory beyond the linear map is refused, or cut off on request", test_truncate)
        tap.check("--mem maps a part of memory and has room for the rest", test_mem)
        tap.check("--nocont leaves no contiguous group", test_nocont)
        tap.check("--rodata changes permissions, not what is mapped", test_rodata)
        tap.check("device trees give memory, reservations, seed and MMU type", test_device_tree, folder)
        tap.check("Svnapot is planned with where all harts have it", test_harts, folder)
        tap.check("broken device trees are refused with the node and the reason", test_bad_device_trees, folder)
        tap.check("--memory goes with a tree that leaves memory to the boot loader",
                  test_memory_that_a_boot_loader_fills_in, folder)
        tap.check("images are read as ELF and by their headers", test_images, folder)
        tap.check("what was built says the same as ELF and as Image", test_built_images)
        tap.check("compare --json lists the same layouts as plan", test_compare_json)
        tap.check("compare prints columns that fit the width", test_compare_text)
        tap.check("tables are no wider than 100 columns and have whole addresses", test_widths, folder)
        tap.check("compare reads layouts in which the kernel is one region", test_former_logs, folder)
        tap.check("compare reads console logs and JSON files", test_compare_logs, folder)
        tap.check("the picture has no overlapping boxes or labels", test_svg, folder)
        tap.check("the picture in docs/ is what the tool draws", test_picture_in_docs, folder)
        tap.check("the page is complete and self-contained", test_html, folder)
        tap.check("bad usage is one line and status 2", test_bad_usage)
        tap.check("bad files are one line that names the file, and status 2", test_bad_files, folder)
        tap.check("help is there", test_help)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
