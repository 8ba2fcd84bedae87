#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
graticule simulate --litmus: what is exported, to the letter for a few scripts (tests/host/data/litmus) and by
its structure for each script of the catalogue; what is refused, for each reason in docs/litmus.md; what herd7
says of it all, where herd7 is on the PATH. With --golden the files are written anew instead: look at what
changes in them.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tap import Tap  # noqa: E402  pylint: disable=wrong-import-position

TOP = Path(__file__).resolve().parent.parent.parent
TOOL = Path(os.environ.get("GRATICULE_OUT", "build")) / "host" / "graticule"
GOLDEN = TOP / "tests" / "host" / "data" / "litmus"
PAGE = TOP / "docs" / "litmus.md"
ARM = ["--arch", "arm64", "--page-size", "4k", "--va-bits", "48"]
VA, NEXT, BLOCK = "ffff000000000000", "ffff000000001000", "ffff000000200000"
MAP = f"map {VA} 80000000 4K rwg\n"
ENTRY, NEXT_ENTRY = f"entry({VA},0)", f"entry({NEXT},0)"
HERD_TIME = 600
AF, RO, DBM, PAGE_BITS = 1 << 10, 1 << 7, 1 << 51, 0x80000703


class Export:
    """One run of the tool: its status, what it says, and its files by name."""
    def __init__(self, script, options=(), name="t.sim", target=None, groups=False):
        with tempfile.TemporaryDirectory() as top:
            path, self.dir = Path(top, name), Path(target or Path(top, "d"))
            path.write_text(script, encoding="utf-8")
            done = subprocess.run([str(TOOL), "simulate", *ARM, *([] if groups else ["--nocont"]),
                                   *map(str, options), "--litmus", str(self.dir), str(path)],
                                  capture_output=True, text=True, check=False)
            self.status, self.err = done.returncode, done.stderr.replace(str(path), name)
            self.out = done.stdout
            self.made = self.dir.is_dir()
            self.files = {f.name: f.read_text() for f in sorted(self.dir.iterdir())} if self.made else {}


# ---- a test's structure -----------------------------------------------------------------------

def columns(text):
    lines = text.split("}\n", 1)[1].splitlines()
    rows = [line.rstrip(";").split("|") for line in lines if line.endswith(";")]
    assert len({len(row) for row in rows}) == 1, "rows differ in length"
    return [[row[n].strip() for row in rows[1:]] for n in range(len(rows[0]))]


def structure(name, text):
    """What herd7 would trip over, or take for something else than was meant."""
    lines = text.splitlines()
    assert lines[0] == f"AArch64 {name.removesuffix('.litmus')}", lines[0]
    assert "Variant=vmsa,fatal" in lines[1:3]
    init = text.split("{\n", 1)[1].split("}\n", 1)[0]
    condition = lines[-1]
    allowed = "graticule: allowed, which breaks rule " in text
    assert condition.startswith("exists (" if allowed else "~exists ("), condition
    assert condition.count("(") == condition.count(")")
    threads, flags = columns(text), {}
    places = [(f"P{n}", line[:-1]) for n, thread in enumerate(threads)
              for line in thread if line.endswith(":")]
    assert len({label for _, label in places}) == len(places), "a label is there twice"
    for thread, label in re.findall(r"fault\((P\d+):(L\d+)", condition):
        assert (thread, label) in places, f"{thread}:{label} is nowhere"
    for n, thread in enumerate(threads):
        known = set(re.findall(rf"\b{n}:X(\d+)=", init))
        assert len(known) == len(re.findall(rf"\b{n}:X\d+=", init)), "a register begins with two values"
        address = dict(re.findall(rf"\b{n}:X(\d+)=(f\d+);", init))
        for line in (line for line in thread if line and not line.endswith(":")):
            word, *rest = re.split(r"[ ,]+", line, maxsplit=1)
            used = re.findall(r"[XW](\d+)", rest[0] if rest else "")
            if word in ("LDR", "MOV", "LSR", "EOR"):
                known.add(used.pop(0))
            if word == "SWP":
                known.add(used.pop(1))
            assert set(used) <= known, f"{line}: a register has no value"
            if word in ("STR", "LDR") and used and used[-1] in address:
                flags.setdefault(address[used[-1]], []).append(word)
    assert all(sorted(f) == ["LDR", "STR"] for f in flags.values()), flags
    assert set(flags) == set(re.findall(r"int (f\d+)=0;", init))
    assert set(re.findall(r"\bp\d+\b", text.split("{\n")[1])) <= set(re.findall(r"int (p\d+)=", init))


def check(export, violations=False):
    assert export.status == (1 if violations else 0), f"status {export.status}: {export.out}{export.err}"
    assert export.files, "nothing was exported"
    for name, text in export.files.items():
        structure(name, text)
    assert any("graticule: allowed" in t for t in export.files.values()) == violations


# ---- to the letter ----------------------------------------------------------------------------

def golden(path):
    options = path.read_text().splitlines()[0].removeprefix("#").split()
    export = Export(path.read_text(), options, path.name)
    check(export, export.status == 1)
    expected = {f.name: f.read_text() for f in GOLDEN.glob(f"{path.stem}-*.litmus")}
    assert set(export.files) == set(expected), f"{sorted(export.files)}, not {sorted(expected)}"
    for name, text in export.files.items():
        assert text == expected[name], f"{name} differs: tests/host/test_litmus.py --golden writes it\n{text}"


def documented():
    page = PAGE.read_text(encoding="utf-8")
    script = re.search(r"```script\n(.*?)```", page, re.S)[1]
    export = Export(script, name="driver.sim")
    check(export)
    assert export.files["driver-9-order.litmus"] == re.search(r"```litmus\n(.*?)```", page, re.S)[1]
    broken = Export("".join(script.splitlines(True)[:4] + script.splitlines(True)[5:]), name="driver.sim")
    check(broken, True)
    text = broken.files["driver-5-order.litmus"]
    assert "breaks rule A6" in text and "DSB ISH " not in text and "\nexists (" in text


def write_golden():
    page = PAGE.read_text(encoding="utf-8")
    export = Export(re.search(r"```script\n(.*?)```", page, re.S)[1], name="driver.sim")
    text = export.files["driver-9-order.litmus"]
    PAGE.write_text(re.sub(r"(?<=```litmus\n).*?(?=```)", lambda _: text, page, flags=re.S), encoding="utf-8")
    for old in GOLDEN.glob("*.litmus"):
        old.unlink()
    for path in GOLDEN.glob("*.sim"):
        options = path.read_text().splitlines()[0].removeprefix("#").split()
        for name, text in Export(path.read_text(), options, path.name).files.items():
            (GOLDEN / name).write_text(text)
    return 0


# ---- what is asked ----------------------------------------------------------------------------

def verdicts():
    """The verdict, and with it the condition, follows each barrier."""
    steps = [f"store {ENTRY} invalid", "dsb ishst", f"tlbi vaae1is {VA}", "dsb ish",
             f"store {ENTRY} leaf(80001000,rwg)", "dsb ishst", "isb", "claim"]
    rules = {1: "A5", 2: "A3", 3: "A6", 5: "A8", 6: "A8"}
    check(Export(MAP + "\n".join(steps)))
    for gone, rule in rules.items():
        export = Export(MAP + "\n".join(steps[:gone] + steps[gone + 1:]))
        check(export, True)
        text = "".join(export.files.values())
        assert f"breaks rule {rule}:" in text, f"without {steps[gone]}: {text}"


def alike():
    """Pages that ask the same share a test, and those that don't have their own."""
    export = Export(f"map {VA} 80000000 64K rwg\nprotect {NEXT} 12K -w\n")
    check(export)
    assert "Pages=16\n" in export.files["t-1-done.litmus"]
    assert "Pages=3\n" in export.files["t-2-done.litmus"]


def access_flag():
    """An entry whose access flag is clear is not cached: setting it needs no TLBI, clearing it does."""
    old, new = f"store {ENTRY} {PAGE_BITS & ~AF:x}\n", f"store {ENTRY} {PAGE_BITS:x}\n"
    check(Export(MAP + old + f"dsb ish\ntlbi vaae1is {VA}\ndsb ish\nisb\nclaim\n{new}dsb ish\nisb\nclaim\n"))
    check(Export(MAP + old + "dsb ish\nisb\nclaim\n"), True)


def cpus():
    """One test for who acts, one for who does not, one more for each CPU that takes part."""
    script = MAP + f"store {ENTRY} invalid\ndsb ish\ncpu 1\ntlbi vaae1is {VA}\ndsb ish\nisb\nclaim\n"
    assert [f for f in Export(script).files if "-8-" in f] == ["t-8-done-2.litmus", "t-8-done.litmus"]
    assert len([f for f in Export(script, ["--cpus", 8]).files if "-8-" in f]) == 3
    text = Export(script).files["t-8-done.litmus"]
    assert "CBZ W8" in text and text.count("DSB") == 2, "a barrier that the script does not have"


def json_names():
    export = Export(MAP, ["--json"])
    assert '"litmus": [\n  "t-1-done",\n  "t-1-done-2"\n ]' in export.out, export.out


# ---- what is refused --------------------------------------------------------------------------

REFUSED = [
    ("it changes a block,", f"map {BLOCK} 80200000 2M rwg"),
    ("it changes a contiguous group,", f"map {VA} 80000000 64K rwg", "groups"),
    ("its tables limit what it permits,",
     MAP + "alloc T\nfill T[0] 512 leaf(80200000,rwg) level=0\ndsb ishst\n"
     f"store entry({BLOCK},1) {1 << 59 | 0xc00000004003:x}"),
    ("it copies memory,", "copy 80000000 80001000 4K"),
    ("it changes too many pages", f"map {VA} 80001000 32M rwg"),
    ("it writes a system register,", "msr ttbr0_el1 reserved"),
    ("it writes a system register,", "msr mair_el1"),
    ("it is about code or caches,", "alloc T\ndc civac T"),
    ("it is not about a CPU that translates,", "cpu 1\nreset"),
    ("it fetches instructions,", MAP + f"use {VA} x"),
    ("a DSB of the non-shareable domain",
     MAP + f"store {ENTRY} invalid\ndsb nshst\ntlbi vaae1is {VA}\ndsb ish\nisb"),
    ("hardware may write its entry (hafdbs)",
     MAP + f"store {ENTRY} {PAGE_BITS | RO | DBM:x}", "--ext", "hafdbs"),
    ("its entry has a memory type", MAP + f"store {ENTRY} {PAGE_BITS | 5 << 2:x}"),
    ("several CPUs have changed the page",
     MAP + f"store {NEXT_ENTRY} leaf(80001000,rwg)\ndsb ish\nisb\ncpu 1\n"
     f"store {NEXT_ENTRY} leaf(80001000,rg)\ndsb ish\nisb\nuse {NEXT} r"),
    ("it uses a page whose access flag is or was clear,",
     MAP + f"store entry({NEXT},0) {PAGE_BITS & ~AF:x}\ndsb ish\nisb\nuse {NEXT} r"),
    ("a page sees more steps of it than",
     MAP + f"store {ENTRY} invalid\nstore {ENTRY} leaf(80000000,rwg)\n" * 10),
    ("it is not about what an access of one page finds",
     MAP + f"store {ENTRY} invalid\ndsb ishst\ntlbi vaae1is {VA} ttl=6\ndsb ish\nisb"),
    ("it is not about one page's entry,",
     MAP + f"alloc T\nfill T[0] 512 invalid\nstore entry({BLOCK},1) table(T)\ndsb ish\nisb"),
    ("no access shows a change of nothing but",
     f"map {VA} 80000000 4K rg\nstore {ENTRY} leaf(80000000,rxg)\ndsb ish\nisb"),
    ("what accesses find does not tell",
     MAP + f"store {ENTRY} leaf(80000000,rwgd)\ndsb ishst\ntlbi vaae1is {VA}\ndsb ish\nisb"),
]


def reasons():
    rows = PAGE.read_text().split("## What is refused")[1]
    return re.findall(r"^\| ((?:it|its|a|hardware|several|no|what) [^|]*?) \|", rows, re.M)


def refused(why, script, *options):
    export = Export(script + "\n", [o for o in options if o != "groups"], groups="groups" in options)
    assert export.status == 2 and not export.out, f"status {export.status}: {export.out}{export.err}"
    assert not export.made, "the directory is there"
    assert re.fullmatch(r"graticule: t\.sim:\d+: is not for a litmus test: .*\n", export.err), export.err
    assert why in export.err and sum(r in export.err for r in reasons()) == 1, export.err


def all_reasons():
    tried = {r for r in reasons() for why, *_ in REFUSED if why in r}
    rest = [r for r in reasons() if r not in tried]
    assert len(tried) >= 15 and rest == ["it is for RISC-V, and the format has page tables for AArch64 only",
                                         "it is about an address that is not in the tree"], rest


def riscv():
    with tempfile.TemporaryDirectory() as top:
        path = Path(top, "r.sim")
        path.write_text("map ffffffc000000000 80000000 4K rwg\n")
        done = subprocess.run([str(TOOL), "simulate", "--arch", "riscv", "--va-bits", "39", "--litmus",
                               f"{top}/d", str(path)], capture_output=True, text=True, check=False)
        assert done.returncode == 2 and "r.sim:1: " in done.stderr and "RISC-V" in done.stderr, done.stderr
        assert not Path(top, "d").exists()


def directories():
    with tempfile.TemporaryDirectory() as top:
        for _ in range(2):
            check(Export(MAP, target=top))
        assert len(list(Path(top).iterdir())) == 2
        Path(top, "file").write_text("mine")
        for bad in (f"{top}/file", f"{top}/none/below"):
            export = Export(MAP, target=bad)
            assert export.status == 2 and export.err.count("\n") == 1 and not export.out, export.err
        assert Path(top, "file").read_text() == "mine"
    names = Export(MAP, name="9 a;*|..(*)").files
    assert list(names) == ["s9_a________-1-done-2.litmus", "s9_a________-1-done.litmus"], list(names)
    check(Export(MAP, name="9 a;*|..(*)"))


# ---- the catalogue ----------------------------------------------------------------------------

TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|(\w+)|([{},])|/\*.*?\*/', re.S)


def literals(text, macros):
    """C string literals and names of macros, put together."""
    return "".join(macros.get(name, "") if name else string.replace("\\n", "\n")
                   for string, name, _ in TOKEN.findall(text))


def catalogue():
    """(name, page shift, VA bits, BBM level, extensions, script) of tests/mutants/catalogue_arm64.c."""
    source = (TOP / "tests" / "mutants" / "catalogue_arm64.c").read_text().replace("\\\n", " ")
    macros = {}
    for name, text in re.findall(r"#define (\w+) (.*)", source):
        macros[name] = literals(text, macros)
    rows = source[source.index("catalogue[] = {"):]
    row = re.compile(r'\{ ("(?:[^"\\]|\\.)*"(?:\s*"[^"]*")*),\s*(\d+),\s*(\d+),\s*(\d+),\s*(\w+),\s*'
                     r'"([^"]*)",\s*(.*?) \}', re.S)
    for name, shift, bits, bbm, ext, _, script in row.findall(rows):
        yield literals(name, {}), int(shift), int(bits), int(bbm), ext, literals(script, macros)


def variant(script, keep, drop):
    lines = (line for line in script.splitlines() if not line.startswith(drop))
    return "\n".join(line.removeprefix(keep) for line in lines) + "\n"


def from_catalogue():
    """Each script, with its mistake and without: exported soundly, or refused for a documented reason."""
    exports, scripts, no = {}, 0, 0
    for name, shift, bits, bbm, ext, script in catalogue():
        scripts += 1
        if ext != "0":
            continue
        options = ["--page-size", f"{1 << shift >> 10}k", "--va-bits", bits, "--bbm", bbm, "--cpus", 3]
        for which, text in (("bad", variant(script, "+", "-")), ("good", variant(script, "-", "+"))):
            export = Export(text, options, f"c{scripts}{which}.sim", groups=True)
            if export.status == 2:
                assert sum(r in export.err for r in reasons()) == 1, f"{name}: {export.err}"
                no += 1
                continue
            for file, content in export.files.items():
                structure(file, content)
            allowed = [f for f, c in export.files.items() if "graticule: allowed" in c]
            assert bool(allowed) == (which == "bad"), f"{name}: {which}: {sorted(export.files)}"
            exports.update(export.files)
    assert scripts >= 25 and no >= 20 and len(exports) >= 50, f"{scripts}, {no} refused, {len(exports)} tests"
    return exports


# ---- herd7 ------------------------------------------------------------------------------------

def herd(files):
    bad = []
    with tempfile.TemporaryDirectory() as top:
        for name, text in files.items():
            path = Path(top, name)
            path.write_text(text)
            done = subprocess.run(["herd7", str(path)], capture_output=True, text=True, check=False,
                                  timeout=HERD_TIME)
            if "\nOk\n" not in done.stdout:
                bad.append(f"{name}: {done.stdout[-200:]}{done.stderr[-200:]}")
            if "\n~exists" in text and "Warning-BBM-expected" in done.stdout:
                bad.append(f"{name}: herd7 expects break-before-make")
    assert not bad, "\n".join(bad)


def main():
    tap = Tap()
    files = {f.name: f.read_text() for f in sorted(GOLDEN.glob("*.litmus"))}
    tap.result(len(files) >= 8, "there are golden files")
    for path in sorted(GOLDEN.glob("*.sim")):
        tap.check(f"to the letter: {path.name}", golden, path)
    for test in (documented, verdicts, alike, access_flag, cpus, json_names, all_reasons, riscv, directories):
        tap.check(test.__name__.replace("_", " "), test)
    for why, script, *options in REFUSED:
        tap.check(f"refused: {why}", refused, why, script, *options)
    tap.check("the catalogue", lambda: files.update(from_catalogue()))
    if shutil.which("herd7"):
        tap.check(f"herd7 agrees on {len(files)} tests", herd, files)
    else:
        print("# herd7 is not on the PATH: what was exported was not run")
    return tap.done()


if __name__ == "__main__":
    sys.exit(write_golden() if sys.argv[1:] == ["--golden"] else main())
