#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""graticule dump: trees of every format, leaf by leaf, against a reader that shares nothing with the engine."""

import json
import os
import random
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

from dump_oracle import Arm, Image, Maker, Riscv, Walk

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tap import Tap  # noqa: E402  pylint: disable=wrong-import-position

TOOL = Path(os.environ.get("GRATICULE_OUT", "build")) / "host" / "graticule"
SEED = 20261128
BASE, SIZE = 0x40000000, 8 << 20


def run(*args):
    done = subprocess.run([str(a) for a in (TOOL, "dump", *args)], capture_output=True, check=False)
    assert done.returncode in (0, 1, 2), f"{args}: status {done.returncode}: {done.stderr[-300:]!r}"
    if done.returncode == 2:
        assert done.stderr.count(b"\n") == 1 and not done.stdout, done.stderr[-300:]
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def good(*args):
    status, out, err = run(*args)
    assert status == 0 and not err, f"{args}: status {status}: {err}"
    return out


def refused(*args, word):
    status, _, err = run(*args)
    assert status == 2 and word in err, f"{args}: status {status}: {err!r} lacks {word!r}"


def trees(*args):
    return json.loads(good(*args, "--json"))["trees"]


def root_of(maker):
    return f"{maker.root:x}:{maker.form.name}"


# ---- leaf by leaf ----------------------------------------------------------------------------------

def shown(item):
    """An element of the JSON, as the oracle has it."""
    va, last = int(item["va"], 16), int(item["last"], 16)
    if item["kind"] != "leaf":
        return (item["kind"], va, last, item.get("table"))
    (size,) = item["leaves"]
    assert size["count"] == 1 and size["size"] == last - va + 1, item
    return ("leaf", va, last, int(item["pa"], 16), item["kernel"], item["user"], item["memory"],
            frozenset(item["flags"]), size["contiguous"])


def wanted(leaf):
    last = leaf.va + leaf.size - 1
    if leaf.kind != "leaf":
        return (leaf.kind, leaf.va, last, None if leaf.kind == "fault" else hex(leaf.pa))
    return ("leaf", leaf.va, last, leaf.pa, leaf.kernel, leaf.user, leaf.memory, leaf.flags, leaf.group)


def each_fault(items, sizes):
    """Neighbours that fault for one reason are one range: take them apart again."""
    for item in items:
        if item[0] != "fault":
            yield item
            continue
        va = item[1]
        while va <= item[2]:
            yield ("fault", va, va + sizes[va] - 1, None)
            va += sizes[va]


def check_tree(maker, folder):
    file = maker.image.file(folder / "image")
    (tree,) = trees("--raw", file, "--root", root_of(maker), "--leaves")
    found = Walk(maker.form, maker.image, maker.root).found
    expect = sorted(map(wanted, found), key=lambda x: x[1])
    sizes = {leaf.va: leaf.size for leaf in found if leaf.kind == "fault"}
    got = list(each_fault(map(shown, tree["ranges"]), sizes))
    for one, other in zip(got, expect):
        assert one == other, f"{maker.form.name}: found {one}, expected {other}"
    assert len(got) == len(expect), f"{maker.form.name}: {len(got)} items, expected {len(expect)}"
    return found


def arm_forms():
    """Every granule, every T0SZ, with and without DS; kinds and words take turns."""
    kinds = [("el1", ("lower",)), ("el1", ("upper",)), ("el2", ()), ("el2h", ("upper", "hd")), ("el1", ("upper", "hpd")),
             ("el2h", ("lower", "wxn")), ("el2", ("hd", "hpd")), ("el1", ("lower", "hd", "wxn"))]
    turn = 0
    for shift in (12, 14, 16):
        for ds in (False, True)[:1 if shift == 16 else 2]:
            for va_bits in range(17 if shift == 16 else 16, 53 if ds or shift == 16 else 49):
                kind, words = kinds[turn % len(kinds)]
                turn += 1
                yield Arm(kind, shift, va_bits, ds, 0, words)


def stage2_forms():
    """Every granule, size and start level that the manual has (D8.2: at most 16 tables where a walk starts)."""
    for shift in (12, 14, 16):
        for ds in (False, True)[:1 if shift == 16 else 2]:
            for ipa in range(25 if shift == 16 else 20, 53 if ds or shift == 16 else 49, 3):
                for levels in range(1, 6):
                    root = ipa - shift - (levels - 1) * (shift - 3)
                    if 1 <= root <= shift - 3 + 4 and not (shift == 14 and levels == 4 and not ds):
                        yield Arm("s2", shift, ipa, ds, levels, (("fwb",), ("hd",), ())[ipa % 3])


def riscv_forms():
    for mode in (39, 48, 57):
        for guest in (False, True):
            for thead in (False, True):
                for _ in range(3):
                    yield Riscv(mode, guest, thead)


def formats(forms, least):
    chance = random.Random(SEED)
    kinds, seen = {}, 0
    with tempfile.TemporaryDirectory(prefix="graticule-dump.") as folder:
        for form in forms:
            found = check_tree(Maker(form, chance, BASE, SIZE if form.page_shift > 12 else 1 << 20), Path(folder))
            seen += 1
            for leaf in found:
                name = leaf.kind if leaf.kind != "leaf" else ("group" if leaf.group else "leaf")
                kinds[name] = kinds.get(name, 0) + 1
                kinds["torn"] = kinds.get("torn", 0) + ("group-disagrees" in leaf.flags)
    assert seen >= least, f"{seen} trees"
    for kind in ("leaf", "group", "torn", "fault", "loop", "again", "unread"):
        assert kinds.get(kind, 0) >= 5, f"too few of {kind}: {kinds}"


# ---- ranges, totals, questions ---------------------------------------------------------------------

def some_forms():
    return [Riscv(39), Riscv(57), Riscv(48, True), Arm("el1", 12, 48, False, 0, ("upper",)), Arm("el2", 14, 47),
            Arm("el1", 16, 52, False, 0, ("lower",)), Arm("s2", 12, 40, False, 3), Arm("el1", 12, 52, True, 0, ("lower",))]


def each_made(chance, folder):
    for form in some_forms():
        for _ in range(2):
            maker = Maker(form, chance, BASE, SIZE if form.page_shift > 12 else 1 << 20)
            yield maker, maker.image.file(folder / "image"), Walk(form, maker.image, maker.root).found


def with_images(check):
    chance = random.Random(SEED)
    with tempfile.TemporaryDirectory(prefix="graticule-dump.") as folder:
        for maker, file, found in each_made(chance, Path(folder)):
            check(chance, maker, ("--raw", file, "--root", root_of(maker)), found)


def ranges_hold_the_leaves(_chance, maker, args, found):
    """Merged ranges map what the leaves map, and are as few as can be."""
    (tree,) = trees(*args)
    leaves = sorted((x for x in found if x.kind == "leaf"), key=lambda x: x.va)
    merged = [r for r in tree["ranges"] if r["kind"] == "leaf"]
    at = 0
    for r in merged:
        va, pa, counts = int(r["va"], 16), int(r["pa"], 16), {}
        while va <= int(r["last"], 16):
            leaf = leaves[at]
            assert (leaf.va, leaf.pa) == (va, pa), f"{leaf} is not at {va:#x}"
            assert (leaf.kernel, leaf.user, leaf.memory) == (r["kernel"], r["user"], r["memory"])
            assert leaf.flags == set(r["flags"])
            counts[leaf.size, leaf.group] = counts.get((leaf.size, leaf.group), 0) + 1
            va, pa, at = va + leaf.size, pa + leaf.size, at + 1
        assert counts == {(c["size"], c["contiguous"]): c["count"] for c in r["leaves"]}
    assert at == len(leaves)
    totals = tree["totals"]
    assert sum(c["count"] for c in totals["leaves"]) == len(leaves)
    assert totals["mapped"] == sum(leaf.size for leaf in leaves)
    assert totals["large"] == sum(leaf.size for leaf in leaves if leaf.size > 1 << maker.form.page_shift)
    for kind in ("fault", "loop", "again", "unread"):
        assert totals[kind] == sum(x.kind == kind for x in found), kind
    assert totals["torn"] == sum("group-disagrees" in x.flags for x in leaves)
    assert totals["twice"] == twice(leaves)
    read = Walk(maker.form, maker.image, maker.root).read
    tables = sum(max(maker.form.table_bytes(level) >> maker.form.page_shift, 1) for _, level in read)
    assert totals["tables"] >= tables and totals["table_bytes"] == totals["tables"] << maker.form.page_shift


def twice(leaves):
    """Bytes that at least two leaves map, by sweeping over where they begin and end."""
    edges = sorted([(x.pa, 1) for x in leaves] + [(x.pa + x.size, -1) for x in leaves])
    depth = total = last = 0
    for at, step in edges:
        total += at - last if depth > 1 else 0
        depth, last = depth + step, at
    return total


def addresses_translate(chance, maker, args, found):
    """What --translate says of an address is what the leaf says that has it."""
    form = maker.form
    leaves = [x for x in found if x.kind == "leaf"]
    picks = [(x, x.va + chance.randrange(x.size)) for x in chance.sample(leaves, min(8, len(leaves)))]
    for leaf, va in picks:
        (tree,) = trees(*args, "--translate", f"{va:x}")
        steps = tree["steps"]
        assert [s["kind"] for s in steps] == ["table"] * (len(steps) - 1) + ["leaf"], steps
        last = steps[-1]
        assert int(last["pa"], 16) == leaf.pa + va - leaf.va, f"{form.name} {va:#x}: {last}"
        assert (last["kernel"], last["user"], last["memory"]) == (leaf.kernel, leaf.user, leaf.memory)
        assert maker.image.words[int(last["entry_at"], 16)] == int(last["entry"], 16)
        assert last["contiguous"] == leaf.group
    for item in chance.sample(found, min(8, len(found))):
        if item.kind in ("fault", "unread"):
            status, out, _ = run(*args, "--json", "--translate", f"{item.va:x}")
            assert status == 1 and json.loads(out)["trees"][0]["steps"][-1]["kind"] == item.kind, item
    # An address of no half, or beyond the range.
    if form.va_bits < 57:
        status, out, _ = run(*args, "--translate", f"{1 << 62:x}")
        assert status == 1 and "none of these addresses" in out, out


def memory_is_found(chance, maker, args, found):
    """--find has each leaf that maps an address, those below a table that comes again as well."""
    form = maker.form
    everything = list(expanded(maker, found))
    for leaf in chance.sample(everything, min(6, len(everything))):
        pa = leaf.pa + chance.randrange(leaf.size)
        expect = sorted(x.va + pa - x.pa for x in everything if x.pa <= pa < x.pa + x.size)
        (tree,) = trees(*args, "--find", f"{pa:x}")
        got = sorted(int(f["va"], 16) for f in tree["found"])
        assert got == expect, f"{form.name} {pa:#x}: {[hex(x) for x in got]}, expected {[hex(x) for x in expect]}"
    free = 12345 << 12
    if not any(x.pa <= free < x.pa + x.size for x in everything):
        assert run(*args, "--find", f"{free:x}")[0] == 1


def expanded(maker, found):
    """Leaves, with those below tables that come again."""
    class Again(Walk):
        """A walk that knows no table by sight."""
        def pointer(self, table, level, limits, va, path):
            self.done.clear()
            super().pointer(table, level, limits, va, path)
    assert found
    return (x for x in Again(maker.form, maker.image, maker.root).found if x.kind == "leaf")


def parts_are_shown(chance, maker, args, found):
    """--va shows what overlaps the range, whole."""
    for leaf in chance.sample(found, min(5, len(found))):
        start = leaf.va + chance.randrange(leaf.size)
        last = min(start + chance.choice([0, 4095, 1 << 21, 1 << 31]), (1 << 64) - 1)
        (tree,) = trees(*args, "--leaves", "--va", f"{start:x}-{last:x}")
        got = {int(r["va"], 16) for r in tree["ranges"] if r["kind"] == "leaf"}
        expect = {x.va for x in expanded(maker, found) if x.va <= last and x.va + x.size > start}
        again = [(int(r["va"], 16), int(r["last"], 16)) for r in tree["ranges"] if r["kind"] == "again"]
        expect = {va for va in expect if not any(a <= va <= b for a, b in again)}
        assert got == expect, f"{maker.form.name}: {start:#x}-{last:#x}"


def text_says_the_same(_chance, _maker, args, _found):
    """As many lines as there are ranges, and nothing that needs escaping."""
    (tree,) = trees(*args)
    lines = good(*args, "--raw-bits").splitlines()
    assert sum(line.startswith("0x") for line in lines) == len(tree["ranges"])
    assert lines[0].startswith(f"root {tree['root']} {tree['regime']}, from --root")
    assert sum("group-disagrees" in line for line in lines) == sum("group-disagrees" in r.get("flags", ())
                                                                   for r in tree["ranges"])


# ---- cores -----------------------------------------------------------------------------------------

def note(name, kind, data):
    pad = b"\0" * (-len(data) % 4)
    padded = name + b"\0" * (-len(name) % 4)
    return struct.pack("<3I", len(name), len(data), kind) + padded + data + pad


def core(segments, machine=243, notes=b"", phnum=None, kind=4, ident=b"\x7fELF\x02\x01\x01", filesz=None):
    """An ELF64 core. @segments: physical address, bytes, and size in memory."""
    count = len(segments) + 1
    at = 64 + 56 * count
    headers = struct.pack("<2I6Q", 4, 0, at, 0, 0, len(notes), len(notes), 4)
    body = notes
    for pa, data, memsz in segments:
        size = len(data) if filesz is None else filesz
        headers += struct.pack("<2I6Q", 1, 7, at + len(body), 0xFFFF000000000000, pa, size, memsz, 0)
        body += data
    head = ident.ljust(16, b"\0") + struct.pack("<2HI3QI6H", kind, machine, 1, 0, 64, 0, 0, 64, 56,
                                                count if phnum is None else phnum, 0, 0, 0)
    return head + headers + body


def small_tree():
    """Sv39: two pages and a table that is elsewhere."""
    image = Image(0x80000000, 0x4000)
    image.words = {0x80000000: 0x80001000 >> 2 | 1, 0x80001000: 0x80002000 >> 2 | 1, 0x80002000: 0x90000000 >> 2 | 0xC7,
                   0x80002008: 0x90001000 >> 2 | 0xC7, 0x80001008: 0x8F000000 >> 2 | 1}
    return image


def bytes_of(image, folder):
    path = image.file(folder / "raw").rsplit("@", 1)[0]
    return Path(path).read_bytes()


def cores_are_read():
    with tempfile.TemporaryDirectory(prefix="graticule-dump.") as name:
        folder = Path(name)
        data = bytes_of(small_tree(), folder)
        file = folder / "core"
        # In one piece; in several, out of order; the last page cut off; two that say the same.
        for segments in ([(0x80000000, data, len(data))],
                         [(0x80002000, data[0x2000:], 0x2000), (0x80000000, data[:0x2000], 0x2000)],
                         [(0x80000000, data, len(data) + 0x10000)],
                         [(0x80000000, data, len(data)), (0x80001000, data[0x1000:], 0x3000)],
                         [((1 << 64) - 1, b"x" * 64, 64), (0x80000000, data, len(data))]):
            file.write_bytes(core(segments, notes=note(b"CORE\0", 1, b"\0" * 336)))
            (tree,) = trees("--core", file, "--root", "80000000:sv39")
            kinds = [(r["kind"], r["va"]) for r in tree["ranges"]]
            assert kinds == [("leaf", "0x0"), ("unread", "0x200000")], kinds
        # What isn't in it is unread.
        file.write_bytes(core([(0x80000000, data[:0x1000], 0x1000), (0x80002000, data[0x2000:], 0x2000)]))
        (tree,) = trees("--core", file, "--root", "80000000:riscv:sv39")
        assert [r["kind"] for r in tree["ranges"]] == ["unread"]
        raw = folder / "part"
        raw.write_bytes(data[0x2000:])
        (folder / "raw").write_bytes(data[:0x2000])
        (tree,) = trees("--raw", f"{raw}@80002000,{folder / 'raw'}@80000000", "--root", "80000000:riscv:sv39")
        assert [r["kind"] for r in tree["ranges"]] == ["leaf", "unread"]


def many_segments():
    """More than e_phnum can say: the first section's header has the number."""
    with tempfile.TemporaryDirectory(prefix="graticule-dump.") as name:
        folder = Path(name)
        data = bytes_of(small_tree(), folder)
        pages = [(0x80000000 + at, data[at:at + 0x1000], 0x1000) for at in range(0, len(data), 0x1000)]
        image = bytearray(core(pages + [(0xA0000000 + 0x2000 * i, b"\0" * 8, 8) for i in range(66000)], phnum=0xFFFF))
        section = len(image)
        image += struct.pack("<2I4Q2I2Q", 0, 0, 0, 0, 0, 0, 0, len(pages) + 66001, 0, 0)
        struct.pack_into("<Q", image, 40, section)
        (folder / "core").write_bytes(image)
        (tree,) = trees("--core", folder / "core", "--root", "80000000:riscv:sv39")
        assert [r["kind"] for r in tree["ranges"]] == ["leaf", "unread"]


def linux_says_where():
    """The root from VMCOREINFO, of both architectures."""
    def info(**lines):
        text = "".join(f"{k.replace('__', '(') + ')' if '__' in k else k}={v}\n" for k, v in lines.items())
        return note(b"VMCOREINFO\0", 0, ("OSRELEASE=6.12\n" + text).encode())

    with tempfile.TemporaryDirectory(prefix="graticule-dump.") as name:
        folder = Path(name)
        file = folder / "core"
        data = bytes_of(small_tree(), folder)
        offset = 0xFFFFFFFF80000000 - 0x80000000
        fields = {"PAGESIZE": 4096, "SYMBOL__swapper_pg_dir": "ffffffff80000000", "NUMBER__VA_BITS": 39,
                  "NUMBER__va_kernel_pa_offset": hex(offset)}
        file.write_bytes(core([(0x80000000, data, len(data))], notes=info(**fields)))
        (tree,) = trees("--core", file)
        assert (tree["root"], tree["regime"], tree["from"]) == ("0x80000000", "riscv:sv39", "VMCOREINFO"), tree
        for missing in fields:
            if missing == "PAGESIZE":
                continue
            rest = {k: v for k, v in fields.items() if k != missing}
            file.write_bytes(core([(0x80000000, data, len(data))], notes=info(**rest)))
            refused("--core", file, word="--root")
        for page, bits, t1sz, regime in ((4096, 48, "0x10", "4k:48"), (65536, 52, "0xc", "64k:52"), (65536, 52, "0x10", "64k:48"),
                                         (4096, 52, "0xc", "4k:52:ds"), (16384, 47, "0x11", "16k:47")):
            root = 0x80000000
            fields = {"PAGESIZE": page, "SYMBOL__swapper_pg_dir": "ffff800081000000", "NUMBER__VA_BITS": bits,
                      "NUMBER__TCR_EL1_T1SZ": t1sz, "NUMBER__kimage_voffset": hex(0xFFFF800081000000 - root)}
            file.write_bytes(core([(root, b"\0" * 0x40000, 0x40000)], machine=183, notes=info(**fields)))
            (tree,) = trees("--core", file)
            assert (int(tree["root"], 16), tree["regime"]) == (root, f"arm64:el1:upper:{regime}"), tree


def bad_cores():
    with tempfile.TemporaryDirectory(prefix="graticule-dump.") as name:
        folder = Path(name)
        data = bytes_of(small_tree(), folder)
        segments = [(0x80000000, data, len(data))]
        whole = core(segments, notes=note(b"VMCOREINFO\0", 0, b"A=1\n"))
        file = folder / "core"
        for contents, word in ((b"", "truncated"), (b"\x7fELF", "too short"), (b"KDUMP   " + b"\0" * 100, "no ELF"),
                               (core(segments, ident=b"\x7fELF\x01\x01\x01"), "64-bit"),
                               (core(segments, ident=b"\x7fELF\x02\x02\x01"), "big-endian"),
                               (core(segments, machine=62), "machine 62"), (core(segments, kind=2), "no core"),
                               (core(segments, phnum=0), "no memory"), (core(segments, phnum=60000), "truncated"),
                               (core(segments, filesz=1 << 40), "truncated"), (core(segments, filesz=(1 << 64) - 1), "truncated"),
                               (core([(0, data, 9), (0, data, 9)]), "no physical"), (core([(0x80000000, b"", 0)]), "no memory"),
                               (core(segments, phnum=0xFFFF), "core: ")):
            file.write_bytes(contents)
            refused("--core", file, "--root", "80000000:riscv:sv39", word=word)
        # Cut off anywhere: a line and status 2, or the whole tree of what is there.
        for size in range(0, len(whole), 97):
            file.write_bytes(whole[:size])
            refused("--core", file, "--root", "80000000:riscv:sv39", word=str(file))
        file.write_bytes(whole)
        refused("--core", file, word="--root")
        refused("--core", file, "--root", "80000000:arm64:el1:4k:48", word="riscv")
        refused("--core", file, "--arch", "arm64", "--root", "80000000:sv39", word="riscv")
        refused("--core", folder / "none", "--root", "80000000:sv39", word="No such file")
        refused("--core", folder, "--root", "80000000:sv39", word="no file")


# ---- the command line ------------------------------------------------------------------------------

def bad_commands():
    with tempfile.TemporaryDirectory(prefix="graticule-dump.") as name:
        raw = ("--raw", small_tree().file(Path(name) / "raw"))
        root = ("--root", "80000000:riscv:sv39")
        for args, word in (
                ((), "source"), (raw, "--root"), ((*raw, "--root", "80000000"), "PA:REGIME"), (("--raw", "x", *root), "FILE@BASE"),
                (("--raw", "", *root), "FILE@BASE"), (("--raw", "@0", *root), "FILE@BASE"), ((f"--raw={name}/raw@zz", *root), "hexadecimal"),
                ((f"--raw={name}@0", *root), "known size"), ((f"--raw={name}/none@0", *root), "No such file"),
                ((f"--raw={name}/raw@0,{name}/raw@1000", *root), "overlaps"),
                ((f"--raw={name}/raw@ffffffffffffffff", *root), "last address"),
                ((*raw, *raw, *root), "one source"), ((*raw, *root, "x"), "options only"), ((*raw, *root, "--what"), "--what"),
                ((*raw, "--root", "x:sv39", "--arch", "riscv"), "hexadecimal"), ((*raw, "--root", "80000000:sv39"), "neither"),
                ((*raw, "--root", "80000000:riscv:sv40"), "sv40"), ((*raw, "--root", "80000000:riscv"), "expected"),
                ((*raw, "--root", "80000000:arm64:el1:4k"), "expected"), ((*raw, "--root", "80000000:arm64:4k:49"), "no such regime"),
                ((*raw, "--root", "80000000:arm64:4k:48:d128"), "D128"), ((*raw, "--root", "80000000:arm64:s2:upper:4k:40"), "upper"),
                ((*raw, "--root", "80000000:arm64:4k:48:levels=4"), "levels="), ((*raw, "--root", "80000000:arm64:s2:4k:40:levels=2"), "regime"),
                ((*raw, "--root", "80000000:arm64:64k:48:ds"), "no such regime"), ((*raw, "--root", "80000010:riscv:sv39"), "aligned"),
                ((*raw, "--root", "80001000:riscv:sv39x4"), "aligned"), ((*raw, "--root", "100000000000000:riscv:sv39"), "beyond"),
                ((*raw, "--root", "90000000:riscv:sv39"), "not in the source"), ((*raw, *root, "--va", "1000"), "START"),
                ((*raw, *root, "--va", "2000-1000"), "before"), ((*raw, *root, "--va", "1000:0"), "START"),
                ((*raw, *root, "--va", "ffffffffffffffff:2"), "beyond"), ((*raw, *root, "--translate", "x"), "hexadecimal"),
                ((*raw, *root, "--find", "1", "--translate", "2"), "one address"), ((*raw, *root, "--arch", "x86"), "riscv or arm64"),
                ((*raw, "--root", "80000000:riscv:bare\x1b[31m"), "\\x1b")):
            refused(*args, word=word)


def neighbours_merge():
    """One range, whatever the sizes of its leaves; another where one bit of an attribute or an address differs."""
    for form in (Riscv(48), Arm("el1", 12, 39, False, 0, ("upper",)), Arm("el1", 16, 48, False, 0, ("lower",))):
        shift, n, page = form.entry_shift(1), 1 << form.page_shift - 3, 1 << form.page_shift
        image = Image(BASE, 8 << form.page_shift)
        tables = [BASE + page * i for i in range(form.levels + 1)]
        for above, below in zip(tables, tables[1:form.levels - 1]):
            image.words[above] = form.make_table(below)
        last, pages, extra = tables[form.levels - 2], tables[form.levels - 1], 0xE6 if form.arch == "riscv" else 0x700
        image.words[last] = form.make_leaf(1, 1 << shift, extra)
        image.words[last + 8] = form.make_table(pages)
        for i in range(n):
            pa = (2 << shift) + i * page
            image.words[pages + 8 * i] = form.make_leaf(0, pa, extra)
        for i in range(form.group(0)):
            image.words[pages + 8 * (form.group(0) + i)] = form.mark_group(image.words[pages + 8 * (form.group(0) + i)])
        with tempfile.TemporaryDirectory(prefix="graticule-dump.") as name:
            args = ("--root", f"{BASE:x}:{form.name}")
            (tree,) = trees("--raw", image.file(Path(name) / "image"), *args)
            (one,) = tree["ranges"]
            assert int(one["last"], 16) - int(one["va"], 16) + 1 == 2 << shift, one
            assert [(c["size"], c["count"]) for c in one["leaves"]] == [
                (1 << shift, 1), (form.group(0) * page, 1), (page, n - form.group(0))], one
            for flip in (1 << 8, 1 << 7, 4 * page if form.arch == "arm64" else 4 << 10):
                image.words[pages] ^= flip
                (tree,) = trees("--raw", image.file(Path(name) / "image"), *args)
                image.words[pages] ^= flip
                assert len(tree["ranges"]) == 3, f"{form.name} {flip:#x}: {tree['ranges']}"


def several_roots():
    with tempfile.TemporaryDirectory(prefix="graticule-dump.") as name:
        raw = ("--raw", small_tree().file(Path(name) / "raw"))
        found = trees(*raw, "--root", "80000000:riscv:sv39", "--root", "80001000:riscv:sv39", "--root", "80000000:riscv:bare")
        assert [t["root"] for t in found] == ["0x80000000", "0x80001000", "0x80000000"]
        assert [len(t["ranges"]) for t in found] == [2, 3, 1], found
        assert found[1]["ranges"][0]["va"] == "0x0" and found[1]["ranges"][2]["kind"] == "unread"
        # The second is no root: nothing is printed of the first.
        refused(*raw, "--root", "80000000:riscv:sv39", "--root", "0:riscv:sv39", word="not in the source")
        assert good(*raw, "--root", "80000000:riscv:bare", "--translate", "1234").endswith("rwx rwx pma\n")


# ---- harm ------------------------------------------------------------------------------------------

def endless_tables():
    """Each entry of each table leads to every other: without end, if tables were walked each time."""
    for form, count in ((Riscv(57), 64), (Arm("el1", 12, 48, False, 0, ("upper",)), 256), (Arm("el1", 16, 52, False, 0, ("lower",)), 16)):
        size = 1 << form.page_shift
        image = Image(BASE, size * count)
        for table in range(BASE, BASE + size * count, size):
            for index in range(size // 8):
                image.words[table + 8 * index] = form.make_table(BASE + index % count * size, index << 59)
        with tempfile.TemporaryDirectory(prefix="graticule-dump.") as name:
            args = ("--raw", image.file(Path(name) / "image"), "--root", f"{BASE:x}:{form.name}")
            for more in ((), ("--find", "1000"), ("--translate", f"{form.halves()[-1][0]:x}")):
                done = subprocess.run([str(a) for a in (TOOL, "dump", *args, *more)], stdout=subprocess.DEVNULL,
                                      stderr=subprocess.PIPE, check=False, timeout=300)
                assert done.returncode in (0, 1), done.stderr


def main():
    tap = Tap()
    tap.comment(f"seed {SEED}")
    tap.check("arm64, stage 1: every granule and T0SZ, leaf by leaf", formats, arm_forms(), 170)
    tap.check("arm64, stage 2: every granule and start level, leaf by leaf", formats, stage2_forms(), 60)
    tap.check("riscv: every mode, the G-stage, T-Head's memory types, leaf by leaf", formats, riscv_forms(), 36)
    for check in (ranges_hold_the_leaves, addresses_translate, memory_is_found, parts_are_shown, text_says_the_same):
        tap.check((check.__doc__ or check.__name__).rstrip("."), with_images, check)
    tap.check("cores are read, and what they lack is unread", cores_are_read)
    tap.check("a core may have more segments than its header can say", many_segments)
    tap.check("VMCOREINFO says where the root is", linux_says_where)
    tap.check("what is no core is refused in one line", bad_cores)
    tap.check("wrong commands are refused in one line", bad_commands)
    tap.check("neighbours that say the same are one range", neighbours_merge)
    tap.check("several roots at once", several_roots)
    tap.check("tables that lead to one another without end", endless_tables)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
