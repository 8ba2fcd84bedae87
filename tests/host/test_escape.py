#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Whatever the host tool reads, it writes nothing but printable ASCII and line feeds."""

import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tap import Tap  # noqa: E402  pylint: disable=wrong-import-position

TOOL = Path(os.environ.get("GRATICULE_OUT", "build")) / "host" / "graticule"
MEMORY = ("--memory", "80000000:1G")
# What a terminal must not get: escape sequences, forged lines, and bytes that are no text at all.
ODD = [b"\x1b[2J\x1b]0;x\x07", b"a\nb", b"a\r\ngraticule: all is well", b"\x7f", b"\x9b31m", b"\xc2\x9b1m",
       b"\xe2\x80\xae", b"\xff\xfe", b"\\x1b", b"<b>&\"'", b"%s%n%s", "gr\u00f6\u00dfe".encode(),
       b"x" * 10000 + b"\x1b", b"\t\v\f", bytes(range(1, 256))]
STEPS = [b"map 1000 80000000 4K rw", b"unmap 1000 4K", b"dump", b"assert unmapped 2000",
         b"protect 1000 4K +x"]


def is_plain(data):
    return all(byte == 10 or 32 <= byte <= 126 for byte in data)


def run(*args, data=None):
    """Run the tool; its status and output, which is plain in any case."""
    done = subprocess.run([TOOL, *args], input=data, capture_output=True, check=False, timeout=60)
    assert done.returncode in (0, 1, 2), f"{args}: status {done.returncode}: {done.stderr[-200:]!r}"
    for name, text in (("stdout", done.stdout), ("stderr", done.stderr)):
        bad = re.search(rb"[^\n -~]", text)
        assert not bad, f"{args}: {name} has {text[max(0, bad.start() - 20):bad.end() + 20]!r}"
    if done.returncode == 2:
        assert done.stderr.count(b"\n") == 1 and not done.stdout, f"{args}: {done.stderr!r}"
        assert len(done.stderr) < 40000
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_words():
    """Each place on the command line that takes a word."""
    options = ("--arch", "--memory", "--dtb", "--seed", "--image", "--image-base", "--policy", "--rodata",
               "--pa-bits", "--page-size", "--va-bits", "--cpus", "--bbm", "--ext")
    for odd in ODD:
        for command in ("plan", "compare", "simulate"):
            for option in options:
                status, _, err = run(command, "--arch", "riscv", option, odd, "x")
                assert status == 2 and err, (command, option)
            assert run(command, odd)[0] == 2
            assert run(command, b"--" + odd)[0] == 2
        assert run(odd)[0] == 2
        assert run("plan", "--arch", "riscv", "--memory", b"80000000:1G," + odd)[0] == 2
        assert run("compare", b"riscv:" + odd)[0] == 2
        assert run("compare", "riscv:sv39", "--svg", b"/none/" + odd)[0] == 2
        assert run("simulate", "--arch", "arm64", "--ext", b"cont," + odd, "x")[0] == 2


def test_escapes_are_told_apart():
    """A byte and what looks like its escape differ, and a long word keeps its reason."""
    assert "\\x1b[2J" in run("plan", "--arch", b"\x1b[2J")[2]
    assert "\\\\x1b" in run("plan", "--arch", b"\\x1b")[2]
    assert "a\\x0ab" in run("compare", b"a\nb")[2]
    err = run("plan", "--arch", b"\x9b" * 50000)[2]
    assert "..." in err and "must be riscv or arm64" in err


def odd_layout(layout, odd):
    """The layout with every string that is shown replaced."""
    text = odd.decode(errors="replace")
    layout = json.loads(json.dumps(layout))
    layout["arch"] = text
    layout["features"] = text
    for region in layout["regions"]:
        region.update(name=text, note=text, perm=text)
    for leaf in layout["leaves"]:
        leaf["region"] = text
    return layout


def test_layouts(folder):
    """Strings of a JSON file and of a console log, in every kind of output."""
    (layout,) = json.loads(run("compare", "riscv:sv48", "--json")[1])
    file, svg, html = (folder / name for name in ("layout.json", "x.svg", "x.html"))
    for odd in ODD:
        changed = odd_layout(layout, odd)
        for text in (json.dumps(changed), json.dumps(changed, ensure_ascii=False),
                     "\x1b[0mgraticule-layout: " + json.dumps(changed, ensure_ascii=False) + "\r\n"):
            file.write_text(text)
            status, out, _ = run("compare", file, "arm64:4k:48", "--svg", svg, "--html", html)
            assert status == 0
            assert max(map(len, out.splitlines())) <= 100, max(out.splitlines(), key=len)
            assert is_plain(svg.read_bytes()) and is_plain(html.read_bytes())
            ElementTree.parse(svg)
            assert b"<b>" not in html.read_bytes()
            for picture in ("--svg", "--html"):
                assert run("compare", file, picture, "-")[0] == 0
            assert json.loads(run("compare", file, "--json")[1]) == [changed]


def test_names_of_files(folder):
    (layout,) = json.loads(run("compare", "riscv:sv48", "--json")[1])
    for odd in ODD:
        name = odd.replace(b"/", b"").replace(b"\0", b"")[:200]
        path = os.path.join(os.fsencode(folder), name)
        Path(os.fsdecode(path)).write_text(json.dumps(layout))
        for args in ((), ("--json",), ("--svg", "-"), ("--html", "-")):
            assert run("compare", path, *args)[0] == 0
        for option in ("--dtb", "--image"):
            assert run("plan", "--arch", "riscv", *MEMORY, option, path)[0] == 2
        Path(os.fsdecode(path)).write_bytes(b"\n".join(STEPS) + b"\nstore kernel 0 = 5\n")
        run("simulate", "--arch", "riscv", path)
        Path(os.fsdecode(path)).write_bytes(b"\n".join(STEPS))
        for args in ((), ("--json",)):
            status, out, _ = run("simulate", "--arch", "riscv", *args, path)
            assert status == 0 and (not args or json.loads(out))
        os.unlink(path)


def test_scripts(folder):
    """Odd bytes in place of each word, between words and in comments."""
    script = folder / "script"
    for odd in ODD:
        odd = odd.replace(b"\n", b"")
        for step in STEPS:
            words = step.split()
            for i in range(len(words) + 1):
                script.write_bytes(b" ".join([*words[:i], odd, *words[i:]]))
                for arch in ("riscv", "arm64"):
                    run("simulate", "--arch", arch, script)
        script.write_bytes(b"\t" + b"\t ".join(STEPS[0].split()) + b"\r\n# " + odd + b"\ndump # " + odd)
        status, out, _ = run("simulate", "--arch", "riscv", script)
        assert status == 0 and "1 x 4K" in out
        assert run("simulate", "--arch", "riscv", "--json", script)[0] == 0


TREE = """/dts-v1/;
/ { #address-cells = <1>; #size-cells = <1>;
	memory { device_type = "memory"; reg = <0x80000000 0x40000000>; };
	reserved-memory { #address-cells = <1>; #size-cells = <1>; NAME { reg = <0x80000000 0>, <1>; }; }; };
"""


def test_trees(folder):
    """The name of a node, which a message repeats."""
    dtb = folder / "dtb"
    name = "N" * 30
    done = subprocess.run(["dtc", "-q", "-f", "-I", "dts", "-O", "dtb"], check=True, capture_output=True,
                          input=TREE.replace("NAME", name).encode())
    for odd in ODD:
        odd = odd.replace(b"/", b"").replace(b"\0", b"")[:30].ljust(30, b"x")
        dtb.write_bytes(done.stdout.replace(name.encode(), odd))
        assert run("plan", "--arch", "riscv", "--dtb", dtb)[0] == 2


def test_noise(folder):
    """Inputs with bytes changed at random, whatever comes of it."""
    seed = int(os.environ.get("TEST_SEED", "0"), 0)
    print(f"# TEST_SEED={seed} makes this run again", flush=True)
    rng = random.Random(9 + seed)
    line = run("compare", "arm64:16k:47", "--json")[1].strip()[1:-1].encode()
    seeds = {"layout": line, "log": b"[0] graticule-layout: " + line, "script": b"\n".join(STEPS)}
    for name, seed in seeds.items():
        path = folder / name
        for _ in range(150):
            data = bytearray(seed)
            for _ in range(rng.randrange(1, 6)):
                at = rng.randrange(len(data))
                data[at:at + rng.randrange(2)] = bytes(rng.choice((27, 155, 127, 0, 13, rng.randrange(256)))
                                                       for _ in range(rng.randrange(1, 4)))
            path.write_bytes(data)
            if name == "script":
                run("simulate", "--arch", rng.choice(("riscv", "arm64")), path)
            else:
                run("compare", path, *rng.choice(((), ("--json",), ("--svg", "-"), ("--html", "-"))))


def main():
    tap = Tap()
    folder = Path(tempfile.mkdtemp(prefix="graticule-escape."))
    try:
        tap.check("words of the command line are escaped", test_words)
        tap.check("an escape can't be mistaken", test_escapes_are_told_apart)
        tap.check("strings of layouts are escaped in text, SVG, HTML and JSON", test_layouts, folder)
        tap.check("names of files are escaped everywhere", test_names_of_files, folder)
        tap.check("scripts are escaped in messages", test_scripts, folder)
        tap.check("names of nodes are escaped", test_trees, folder)
        tap.check("no noise reaches the terminal", test_noise, folder)
    finally:
        shutil.rmtree(os.fsencode(folder))
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
