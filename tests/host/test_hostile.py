#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
Input that means harm to the host tool: counts, sizes and links that have no end. Each run may take 30
seconds of processor time and 2 GiB, and ends with a status, one line on stderr, or a result.
"""

import copy
import json
import os
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tap import Tap  # noqa: E402  pylint: disable=wrong-import-position

TOOL = Path(os.environ.get("GRATICULE_OUT", "build")) / "host" / "graticule"
PROCESSOR_SECONDS = 30
ARM = ("--arch", "arm64", "--page-size", "4k", "--va-bits", "48")
RISCV = ("--arch", "riscv", "--va-bits", "48")
TOP_ARM, TOP_RISCV = "ffff000000000000", "ffff800000000000"


def limits():
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))


def run(*args):
    done = subprocess.run([TOOL, *args], capture_output=True, check=False, preexec_fn=limits)
    assert done.returncode in (0, 1, 2), f"{args[0]}: status {done.returncode}: {done.stderr[-300:]!r}"
    if done.returncode == 2:
        assert done.stderr.count(b"\n") == 1 and not done.stdout, done.stderr[-300:]
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class Folder:
    """Where the files lie that the tool is given."""

    def __init__(self):
        self.path = Path(tempfile.mkdtemp(prefix="graticule-hostile."))

    def file(self, data):
        path = self.path / "input"
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    def simulate(self, options, script):
        return run("simulate", *options, self.file(script))

    def refused(self, options, script, *words):
        status, _, err = self.simulate(options, script)
        assert status == 2, f"{script[:80]!r}: status {status}"
        for word in words:
            assert word in err, f"{word!r} is not in {err!r}"


# ---- scripts ----------------------------------------------------------------------------------------

def many_always_live(folder):
    """Each of them is kept: the last one is what the change breaks."""
    pages = "".join(f"always-live {0xffff000000000000 + 4096 * i:x} 4K rw\n" for i in range(100))
    script = f"map {TOP_ARM} 80000000 512K rwg\n{pages}protect ffff000000063000 4K -w\n"
    status, out, _ = folder.simulate(ARM, script)
    assert status == 1 and "violates C6: 0xffff000000063000" in out, out
    status, out, _ = folder.simulate(ARM, script.replace("63000 4K -w", "64000 4K -w"))
    assert status == 0, out


def large_always_live(folder):
    """As long as a whole half, page by page, of the largest mapping."""
    script = f"map {TOP_ARM} 0 64T rwg\nalways-live {TOP_ARM} 128T r\nprotect {TOP_ARM} 64T -w\n"
    status, out, _ = folder.simulate(ARM, script)
    assert status == 0, out
    status, out, _ = folder.simulate(ARM, script + f"unmap {TOP_ARM} 64T\n")
    assert status == 1 and "violates C6" in out, out


def many_roots(folder):
    """Every root that a CPU has had and not invalidated is walked still."""
    roots = "".join(f"alloc T{i % 30}\nfill T{i % 30}[0] 512 invalid\nfence rw,rw\ncsrw satp T{i % 30}\n"
                    for i in range(100))
    status, out, _ = folder.simulate(RISCV, roots + "claim\n")
    assert status == 1 and "violates R6" in out and "may still walk the root" in out, out
    fenced = roots.replace("csrw satp", "sfence.vma\ncsrw satp") + "sfence.vma\n"
    assert folder.simulate(RISCV, fenced + "csrw satp kernel\nsfence.vma\nclaim\n")[0] == 0


def links_without_end(folder):
    """A table below itself, or linked so often that no walk ends; on live tables and on others."""
    words = ("a tree", "below itself")
    for options, top, order in ((ARM, TOP_ARM, "dsb ishst\n"), (RISCV, TOP_RISCV, "fence rw,rw\n")):
        link = f"store entry({top},3) table(T)\n"
        once = f"alloc T\nfill T[0] 512 invalid\n{order}"
        everywhere = f"alloc T\nfill T[0] 512 table(T)\n{order}"
        chain = "".join(f"alloc {n}\n" for n in "UVW") + "fill W[0] 512 invalid\nfill V[0] 512 table(W)\n" \
            f"fill U[0] 512 table(V)\nalloc T\nfill T[0] 512 table(U)\n{order}"
        for case in (options, (*options, "--dead")):
            folder.refused(case, everywhere + link + "dump\n", ":4:", *words)
            folder.refused(case, once + link + "store T[5] table(T)\ndump\n", ":5:", *words)
            folder.refused(case, once + link + "fill T[0] 512 table(T)\ndump\n", ":5:", *words)
            folder.refused(case, chain + link + "dump\n", "a tree")
    # Where there is an end, it is reached: each of 512 entries leads to the same table.
    script = f"alloc T\nalloc U\nfill U[0] 512 invalid\nfill T[0] 512 table(U)\ndsb ishst\n" \
        f"store entry({TOP_ARM},3) table(T)\ndsb ishst\nisb\ndump\n"
    status, out, _ = folder.simulate(ARM, script)
    assert status == 0 and "nothing is mapped" in out, out
    folder.refused(RISCV, everywhere.replace("fence rw,rw", "") + "csrw satp T\n", *words)


def freed_twice(folder):
    """The engine frees what the script has linked, and then the script does; the page is there once."""
    script = f"alloc T\nfill T[0] 512 invalid\ndsb ishst\nstore entry({TOP_ARM},3) table(T)\n" \
        f"dsb ishst\nisb\nmap {TOP_ARM} 80000000 4K rwg\nunmap {TOP_ARM} 4K\nfree T\n"
    status, out, _ = folder.simulate(ARM, script)
    assert status == 1 and "is freed and belongs to nobody" in out, out
    script += f"alloc A\nalloc B\nfill A[0] 512 table(B)\nfill B[0] 512 invalid\ndsb ishst\n" \
        f"store entry({TOP_ARM},3) table(A)\ndump\n"
    status, out, _ = folder.simulate(ARM, script)
    assert status == 1 and "nothing is mapped" in out, out


def script_numbers(folder):
    over, top = "1" + "0" * 16, "ffffffffffff0000"
    for script, word in ((f"use {over} r", over), (f"store entry({over},0) invalid", over),
                         (f"store entry(0,0) {over}", over), (f"store {over} invalid", over),
                         (f"store 0 leaf({over},r)", over), ("unmap 0 18446744073709551616", "size"),
                         ("unmap 0 16777216T", "size"), (f"claim {top} 128K", "within the address space"),
                         ("claim 0 0", "not 0"), ("always-live 0 0 r", "not 0"),
                         (f"always-live {top} 65537 r", "within the address space"),
                         ("fail-alloc 18446744073709551616", "allocation"),
                         ("alloc T\nstore T[18446744073709551616] invalid", "entry"),
                         ("alloc T\nfill T[0] 18446744073709551615 invalid", "number of entries")):
        folder.refused(ARM, script + "\n", word)
    for script, word in ((f"sbi remote_sfence_vma {over} all", over), ("csrw satp 123", "a root"),
                         ("sbi remote_sfence_vma 6 base=18446744073709551614 all", "hart"),
                         (f"sbi remote_sfence_vma 1 {top} 128K", "within the address space"),
                         ("csrw satp ffffffffffffffff", "a root"), ("sfence.vma x0 65536", "ASID")):
        folder.refused(RISCV, script + "\n", word)
    # A page that has none of these any more.
    assert folder.simulate(RISCV, "alloc T\nfree T\ncsrw satp T\nassert result EINVAL\nuse 0 r\n")[0] == 1
    for step in ("msr ttbr0_el1 T", "dc civac T", "store T[0] invalid", "free T"):
        status, out, _ = folder.simulate(ARM, f"alloc T\nfree T\n{step}\nassert result EINVAL\n")
        assert status == 0, out


def script_sizes(folder):
    folder.refused(ARM, "dump\n" * (2 << 20), "1048576 lines")
    folder.refused(ARM, "x" * (32 << 20), "less than 256 bytes")
    folder.refused(ARM, "x " * 127, "'x'")
    folder.refused(ARM, "map " + "0 " * 120, "fewer words")
    folder.refused(ARM, b"dump\0dump\n", "is no text")
    folder.refused(ARM, b"dump \xff\xfe\x80\n", "\\xff")
    assert folder.simulate(ARM, b"# \xff\xc0\x80\n" * 1000 + b"dump")[0] == 0
    assert folder.simulate(ARM, "dump\r\n" * 100000)[0] == 0
    for file in ("/dev/zero", "/"):
        assert run("simulate", *ARM, file)[0] == 2
        assert run("compare", file)[0] == 2


# ---- layouts ----------------------------------------------------------------------------------------

def a_layout():
    return json.loads(run("compare", "riscv:sv48", "--json")[1])[0]


def regions(layout, n):
    return [dict(layout["regions"][0], start=hex(0x1000 * (i + 1)), end=hex(0x1000 * (i + 2)), size=4096)
            for i in range(n)]


def layout_counts(folder):
    """Rows that are compared with one another have a limit; what is below it is shown."""
    layout = a_layout()
    for name, rows, many, word in (("leaves", layout["leaves"][:1] * 4096, 300000, "rows of leaves"),
                                   ("regions", regions(layout, 256), 100000, "regions")):
        for n in (len(rows), many):
            changed = copy.deepcopy(layout)
            changed[name] = regions(layout, n) if name == "regions" else rows[:1] * n
            path = folder.file(json.dumps(changed))
            for args in ((), ("--json",), ("--svg", "-"), ("--html", "-")):
                status, out, err = run("compare", path, *args)
                assert status == (0 if n == len(rows) else 2) and (out or word in err), err[-200:]
    line = json.dumps(layout)
    for text in ("[" + ",".join([line] * 5000) + "]", f"graticule-layout: {line}\n" * 5000):
        status, _, err = run("compare", folder.file(text))
        assert status == 2 and "more than 256 layouts" in err, err[-200:]


def layout_strings(folder):
    layout = a_layout()
    for text in ("\x7f" * (4 << 20), "\x1b" * (4 << 20), "\U0010ffff" * (1 << 20), "'\"<&\\" * (1 << 20)):
        layout["arch"] = layout["regions"][0]["name"] = text
        path = folder.file(json.dumps(layout))
        assert run("compare", path)[0] == 0
        assert json.loads(run("compare", path, "--json")[1]) == [layout]


def layout_text(folder):
    """What is no JSON, or no layout: each is refused with one line."""
    line = json.dumps(a_layout())
    for text in ("[" * (1 << 20), '{"a":' * (1 << 20), line + "\0", line + line, line[:-1], "",
                 line.replace('"levels": 4', '"levels": 99999999999999999999'),
                 line.replace('"levels": 4', '"levels": 1e999'), line.replace('"levels": 4', '"levels": 6'),
                 line.replace('"levels": 4', '"levels": -1'), line.replace('"riscv"', '"\\ud800"'),
                 line.replace('"riscv"', '"\\u0000"'), line.encode().replace(b'"riscv"', b'"\xc0\x80"'),
                 line.replace('"regions"', '"regions": [], "regions"'), "x" * (32 << 20), b"\0" * (1 << 20),
                 "[]", "null", "graticule-layout: ", "graticule-layout: {"):
        status, _, err = run("compare", folder.file(text))
        assert status == 2 and err, text[:60]
    noise = b"\0\xff\x1b[2J graticule-layout: " + line.encode() + b"\0\xff\r\n" * 100
    assert run("compare", folder.file(noise))[0] == 0


# ---- machines ---------------------------------------------------------------------------------------

def memory_maps(_):
    for arch in ("riscv", "arm64"):
        for memory in ("ffffffffffffffff:1", "0:18446744073709551615", "0:16777215T", "0:16777216T",
                       "fffffffffffff000:4K", "10000000000000000:4K", "80000000:0", "80000000:-1", ":", ",",
                       "80000000:1G,bfffffff:1", "80000000", "80000000:1G:1G", "0x:1G", " 0:1G", "+0:1G"):
            status, _, err = run("plan", "--arch", arch, "--memory", memory)
            assert status == 2 and "--memory" in err, (memory, err)
        many = ",".join(f"{0x80000000 + (i << 22):x}:1M" for i in range(5000))
        assert run("plan", "--arch", arch, "--memory", many)[0] == 0
        for option, value in (("--seed", str(1 << 64)), ("--image-base", "f" * 17), ("--mem", "0"),
                              ("--pa-bits", "57"), ("--pa-bits", "4294967344"), ("--va-bits", "4294967344"),
                              ("--page-size", "4294967300K"), ("--mem", "18446744073709551616")):
            status, _, err = run("plan", "--arch", arch, "--memory", "80000000:1G", option, value)
            assert status == 2 and option in err, (option, err)


def tree(cells, ranges, cpu=""):
    reg = " ".join(f"{start >> 32} {start & 0xffffffff} {size >> 32} {size & 0xffffffff}"
                   for start, size in ranges)
    source = f"""/dts-v1/; / {{ #address-cells = <{cells}>; #size-cells = <{cells}>;
        memory {{ device_type = "memory"; reg = <{reg}>; }};
        cpus {{ #address-cells = <1>; #size-cells = <0>; cpu@0 {{ device_type = "cpu"; reg = <0>;
            mmu-type = "riscv,sv48"; {cpu} }}; }}; }};"""
    return subprocess.run(["dtc", "-q", "-f", "-I", "dts", "-O", "dtb"], input=source.encode(), check=True,
                          capture_output=True).stdout


def trees(folder):
    """Ranges and strings that are many, long or wrong; headers that lie about the rest."""
    good = tree(2, [(1 << 31, 1 << 30)])
    many = [(0x80000000 + (i << 21), 1 << 20) for i in range(20000)]
    isa = f'riscv,isa = "rv64{"xsvnapot9" * 500000}";'
    for data in (good, tree(2, many), tree(2, [(1 << 31, 1 << 30)], isa)):
        assert run("plan", "--arch", "riscv", "--dtb", folder.file(data))[0] == 0
    for data in (tree(2, [((1 << 64) - 4096, 8192)]), tree(3, [(1 << 31, 1 << 30)]), tree(0, []),
                 tree(2, [(0, (1 << 64) - 1)]), good[:-1], good[:40], good[:7], b"", bytes(1 << 20)):
        status, _, err = run("plan", "--arch", "riscv", "--dtb", folder.file(data))
        assert status == 2 and err, data[:20]
    for field in range(10):
        for value in (0, 1, 0x7fffffff, 0x80000000, 0xffffffff, len(good) + 4):
            data = bytearray(good)
            data[4 * field:4 * field + 4] = struct.pack(">I", value)
            run("plan", "--arch", "riscv", "--dtb", folder.file(bytes(data)))


def image(size, text_end, rodata_end, magic=b"RSC\x05"):
    data = bytearray(128)
    data[16:24], data[56:60] = struct.pack("<Q", size), magic
    data[64:88] = b"GRATICUL" + struct.pack("<QQ", text_end, rodata_end)
    return bytes(data)


def elf(sections, entry, extra=b""):
    header = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack(
        "<HHIQQQIHHHHHH", 2, 243, 1, 0, 0, 64, 0, 64, 56, 0, 64, sections, 0)
    return header + entry * sections + extra


def images(folder):
    kernel = ("plan", "--arch", "riscv", "--memory", "80000000:1G", "--image")
    top = (1 << 64) - 1
    for sizes in ((0, 0, 0), (1, 1, 1), (1 << 63, 1, 2), (top, top, top), (top - 65535, 65536, 131072),
                  (1 << 40, 65536, 131072), (1 << 20, 65536, 1 << 21), (1 << 20, 131072, 65536)):
        status, _, err = run(*kernel, folder.file(image(*sizes)))
        assert status == 2 and err, sizes
    assert run(*kernel, folder.file(image(1 << 20, 65536, 131072)))[0] == 0
    # 65,535 symbol tables, each of which is the whole file; and offsets that wrap.
    table = struct.pack("<IIQQQQIIQQ", 0, 2, 0, 0, 0, 4 << 20, 0, 0, 0, 24)
    wrap = struct.pack("<IIQQQQIIQQ", 0, 2, 0, 0, top - 23, top, 0, 0, 0, 24)
    for data in (elf(65535, table), elf(16, wrap), elf(65535, b""), image(1, 1, 1)[:60], b"\x7fELF"):
        status, _, err = run(*kernel, folder.file(data))
        assert status == 2 and err, data[:20]


def main():
    tap = Tap()
    folder = Folder()
    try:
        for test in (many_always_live, large_always_live, many_roots, links_without_end, freed_twice,
                     script_numbers, script_sizes, layout_counts, layout_strings, layout_text, memory_maps,
                     trees, images):
            tap.check(test.__name__.replace("_", " "), test, folder)
    finally:
        shutil.rmtree(folder.path)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
