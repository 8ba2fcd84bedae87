#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
graticule simulate: scripts in every layout, what they print, and what is said of bad ones. With --docs the
outputs in docs/simulate.md are written anew instead: look at what changes in them.
"""

import difflib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tap import Tap  # noqa: E402  pylint: disable=wrong-import-position

TOP = Path(__file__).resolve().parent.parent.parent
TOOL = Path(os.environ.get("GRATICULE_OUT", "build")) / "host" / "graticule"
# Architecture, page size, VA bits, start of the kernel's half, page and group in bytes.
LAYOUTS = [("riscv", None, 39, 12), ("riscv", None, 48, 12), ("riscv", None, 57, 12),
           ("arm64", "4k", 39, 12), ("arm64", "4k", 48, 12), ("arm64", "4k", 52, 12),
           ("arm64", "16k", 36, 14), ("arm64", "16k", 47, 14), ("arm64", "16k", 48, 14),
           ("arm64", "16k", 52, 14),
           ("arm64", "64k", 42, 16), ("arm64", "64k", 48, 16), ("arm64", "64k", 52, 16)]
GROUP = {12: 16, 14: 128, 16: 32}
ARM = ["--arch", "arm64", "--page-size", "4k", "--va-bits", "48"]
RISCV = ["--arch", "riscv", "--va-bits", "39"]


def simulate(options, script):
    with tempfile.NamedTemporaryFile("w", suffix=".sim") as file:
        file.write(script)
        file.flush()
        done = subprocess.run([str(TOOL), "simulate", *map(str, options), file.name],
                              capture_output=True, text=True, check=False)
        return done.returncode, done.stdout.replace(file.name, "SCRIPT"), \
            done.stderr.replace(file.name, "SCRIPT")


def outcome(options, script, status=0):
    code, out, err = simulate([*options, "--json"], script)
    assert code == status, f"status {code}: {out}{err}"
    return json.loads(out)


def layout_options(arch, page, bits):
    return ["--arch", arch, *(["--page-size", page] if page else []), "--va-bits", bits]


def upper(arch, bits):
    return (1 << 64) - (1 << (bits - (arch == "riscv")))


def runs(dump):
    return [(r["size"], r["contiguous"], r["count"], r["perm"]) for r in dump["leaves"]]


# ---- sequences --------------------------------------------------------------------------------

def worked_example(options, start):
    """Splits at both ends of a range, and then a change of permissions that has nothing left to split."""
    script = f"""
        map {start:x} 80000000 8M rwg
        split {start + (2052 << 10):x}
        dump
        split {start + (6208 << 10):x}
        dump
        protect {start + (2052 << 10):x} {6208 - 2052}K -w
        dump
        assert result 0
    """
    out = outcome(options, script)
    m, k64, k4 = 2 << 20, 64 << 10, 4 << 10
    first, second, third = (runs(d) for d in out["dumps"])
    assert first == [(m, False, 1, "rwg"), (k4, False, 16, "rwg"), (k64, True, 31, "rwg"),
                     (m, False, 2, "rwg")], first
    assert second == [(m, False, 1, "rwg"), (k4, False, 16, "rwg"), (k64, True, 31, "rwg"),
                      (m, False, 1, "rwg"), (k64, True, 32, "rwg")], second
    assert third == [(m, False, 1, "rwg"), (k4, False, 1, "rwg"), (k4, False, 15, "rg"),
                     (k64, True, 31, "rg"), (m, False, 1, "rg"), (k64, True, 1, "rg"),
                     (k64, True, 31, "rwg")], third
    assert not out["violations"] and not out["failed"]


def everything(arch, page, bits, shift):
    """Map, cut, change, put together, take away: the tables are as before, and no rule is broken."""
    base, unit = upper(arch, bits), 1 << shift
    block = unit << (shift - 3)
    group = unit * GROUP[shift]
    at = base + 16 * block
    out = outcome(layout_options(arch, page, bits) + ["--cpus", 4], f"""
        map {at:x} {block * 32:x} {4 * block} rwg
        assert leaf {at:x} {block} pa={block * 32:x} perm=rwg
        split {at + block + unit:x}
        assert leaf {at + block:x} {unit}
        assert leaf {at + block + group:x} {group} contiguous pa={block * 33 + group:x}
        protect {at + block + unit:x} {block} -w
        assert leaf {at + 2 * block:x} {unit} perm=rg
        cpu 3
        protect {at + block + unit:x} {block} +w
        collapse {at:x} {4 * block}
        assert leaf {at + block:x} {block} perm=rwg
        map {at + block:x} 0 {unit} rwg
        assert result EEXIST
        protect {at:x} {unit} +x
        assert result EINVAL
        fail-alloc 1
        unmap {at + unit:x} {unit}
        assert result ENOMEM
        assert leaf {at:x} {block}
        split {at + 8 * block:x}
        assert result EINVAL
        unmap {at + unit:x} {unit}
        assert unmapped {at + unit:x}
        unmap {at:x} {4 * block}
        assert tables 1
        dump
    """)
    assert not out["failed"], out["failed"]
    assert out["dumps"][0]["leaves"] == []
    assert out["total"]["tables"] == 1 and out["total"]["stores"] > 100


def large_machine(arch, page, bits):
    started = time.monotonic()
    out = outcome(layout_options(arch, page, bits) + ["--memory", "80000000:16T"], """
        dump
        protect linear(80000000000) 64K -w
        unmap linear(90000000000) 64K
        collapse linear(80000000000) 1G
        dump
    """)
    mapped = sum(r["size"] * r["count"] for r in out["dumps"][0]["leaves"])
    assert mapped == 16 << 40, mapped
    assert sum(r["size"] * r["count"] for r in out["dumps"][1]["leaves"]) == mapped - (64 << 10)
    assert time.monotonic() - started < 10


def low_addresses():
    for options in (ARM, RISCV):
        out = outcome(options, "map 0 80000000 8M rw\nsplit 201000\ndump\n")
        assert len(out["dumps"][0]["leaves"]) == 4


def refused_without_bbm():
    script = f"map {upper('arm64', 48):x} 80000000 2M rwg\nsplit {upper('arm64', 48) + 4096:x}\n"
    outcome([*ARM, "--bbm", 0], script + "assert result EPERM\n")
    outcome([*ARM, "--bbm", "3,0"], script + "assert result EPERM\n")
    outcome([*ARM, "--bbm", "3,2"], script + "assert result 0\n")


def failed_assertion():
    code, out, _ = simulate(ARM, "assert tables 2\n")
    assert code == 1 and "SCRIPT:1: assert tables 2: FAILED: 1 table" in out, out


def counts():
    """The engine's own numbers: one page, one store, its barriers, one invalidation."""
    out = outcome(ARM, "map ffff000000000000 80000000 4K rwg\nprotect ffff000000000000 4K -w\n")
    op = out["operations"][1]
    assert (op["stores"], op["barriers"], op["invalidations"]) == (1, 3, 1), op
    dead = outcome([*ARM, "--dead"], "map ffff000000000000 80000000 4K rwg\n")
    assert dead["total"]["invalidations"] == 0


# ---- raw steps --------------------------------------------------------------------------------

def violation(options, script, rule):
    out = outcome(options, script, 1)
    assert out["violations"][0]["rule"] == rule, out["violations"]
    assert out["violations"][0]["trace"] and out["violations"][0]["manual"]


def raw_arm64():
    mapped = "map ffff000000000000 80000000 4K rwg\nstore entry(ffff000000000000,0) invalid\n"
    violation(ARM, mapped + "claim\n", "C4")
    violation(ARM, mapped + "dsb ishst\ntlbi vaae1is ffff000000000000\nclaim\n", "A6")
    violation(ARM, mapped + "tlbi vaae1is ffff000000000000\ndsb ish\nisb\nclaim\n", "A5")
    outcome(ARM, mapped + "dsb ishst\ntlbi vaae1is ffff000000000000\ndsb ish\nisb\nclaim\n")


def raw_riscv():
    mapped = "map ffffffc000000000 80000000 4K rwg\nstore entry(ffffffc000000000,0) invalid\n"
    violation(RISCV, mapped + "sfence.vma ffffffc000000000\nclaim\n", "R4")
    outcome(RISCV, mapped + "sfence.vma\nfence rw,rw\nsbi remote_sfence_vma 2 all\nclaim\n")


def errata():
    """The engine does what these cores need; a script that doesn't breaks the rule."""
    mapped = "map ffffffc000000000 80000000 4K rwg\n"
    broken = [*RISCV, "--ext", "cip-1200"]
    outcome(broken, mapped + "protect ffffffc000000000 4K -w\nuse ffffffc000000000 r\nunmap ffffffc000000000 4K\n")
    violation([*broken, "--cpus", "1"],
              mapped + "store entry(ffffffc000000000,0) invalid\nsfence.vma ffffffc000000000\nclaim\n", "R1")
    mapped = "map ffff000000000000 80000000 4K rwg\n"
    twice = [*ARM, "--ext", "repeat-tlbi"]
    outcome(twice, mapped + "protect ffff000000000000 4K -w\nunmap ffff000000000000 4K\n")
    violation(twice, mapped + "store entry(ffff000000000000,0) invalid\ndsb ishst\n"
              "tlbi vaae1is ffff000000000000\ndsb ish\nisb\nclaim\n", "A27")


def errata_of_svinval():
    """SINVAL.VMA has an address, too: on a core whose fences with one do nothing it does nothing."""
    script = ("map ffffffc000000000 80000000 4K rwg\nstore entry(ffffffc000000000,0) invalid\n"
              "sfence.w.inval\nsinval.vma ffffffc000000000\nsfence.inval.ir\nclaim\n")
    outcome([*RISCV, "--cpus", "1", "--ext", "svinval"], script)
    violation([*RISCV, "--cpus", "1", "--ext", "svinval,cip-1200"], script, "R1")


def isb_of_another_cpu():
    """Who runs new instructions has an ISB of its own: that of the CPU which wrote them is not enough."""
    code, start = "ffff000000000000 4K\n", "cpu 1\n"
    written = (f"map {code[:16]} 80000000 4K rxg\nwrite-code {code}dc cvau {code}dsb ish\nic ivau {code}"
               f"dsb ish\nisb\n{start}")
    violation(ARM, written + f"use {code[:16]} x\n", "A25")
    outcome(ARM, written + f"isb\nuse {code[:16]} x\n")
    violation(ARM, written.replace(f"ic ivau {code}", "") + f"isb\nuse {code[:16]} x\n", "A25")
    outcome([*ARM, "--ext", "dic"], written.replace(f"ic ivau {code}", "") + f"isb\nuse {code[:16]} x\n")


# ---- bad input --------------------------------------------------------------------------------

def refused(options, script, *words):
    code, out, err = simulate(options, script)
    assert code == 2, f"{script!r}: status {code}: {out}{err}"
    assert not out and err.count("\n") == 1 and err.startswith("graticule: "), err
    for word in words:
        assert word in err, f"{word!r} is not in {err!r}"


def bad_scripts():
    cases = {
        "mapp 0 0 4K r": "mapp", "map 0 0 4K": "end of line", "map x 0 4K r": "'x'",
        "map 0 0 4Q r": "4Q", "map 0 0 4K rz": "rz", "map 0 0 4K r more": "more",
        "unmap 0": "size", "protect 0 4K w": "'w'", "protect 0 4K +w-w": "+w-w",
        "protect 0 4K +d": "r w x u g", "split": "address", "split linear(0)": "--memory",
        "collapse 0 99999999999999999999": "size", "cpu 2": "--cpus", "cpu -1": "-1",
        "fail-alloc 0": "allocation", "assert": "result", "assert result EFOO": "EFOO",
        "assert leaf 0": "size", "assert leaf 0 4K pa": "pa=PA", "assert tables many": "many",
        "dump all": "all", "batch": "begin or commit", "dsb osh": "osh", "tlbi vae2": "vae2",
        "store 1 0": "entry", "use ffff000000000000 q": "'q'", "store entry(0,9) invalid": "entry(0,9)",
        "free T": "alloc", "alloc 1": "'1'", "map " + "0" * 300: "line", "#\n\n \nfoo": ":4:",
        "map ffff000000000000 0 4K r\nmap 0 0 4K r": "half",
    }
    for script, word in cases.items():
        refused(ARM, script + "\n", "SCRIPT:", word)


def bad_options():
    for options, word in (([], "--arch"), (["--arch", "mips"], "mips"), ([*ARM, "--cpus", 9], "9"),
                          ([*ARM, "--cpus", 0], "0"), ([*ARM, "--bbm", 4], "4"),
                          ([*ARM, "--bbm", "1,2,3"], "CPUs"), ([*RISCV, "--bbm", 3], "arm64"),
                          ([*ARM, "--ext", "svnapot"], "svnapot"), ([*ARM, "--va-bits", 40], "simulate"),
                          ([*ARM, "--memory", "x:1G"], "x"), ([*ARM, "--frob"], "--frob")):
        refused(options, "dump\n", word)
    done = subprocess.run([str(TOOL), "simulate", *ARM], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "SCRIPT" in done.stderr
    done = subprocess.run([str(TOOL), "simulate", *ARM, "/nonexistent"], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 2 and "/nonexistent" in done.stderr


# ---- the page that explains it ----------------------------------------------------------------

PAGE = TOP / "docs" / "simulate.md"
EXAMPLE = re.compile(r"(?<=```console\n\$ )(graticule simulate .*?)\n```\n+```script\n(.*?)```\n+"
                     r"```output\n(.*?)(?=```\n)", re.S)


def example_output(command, script):
    _, out, err = simulate(command.split()[2:-1], script)
    return (out + err).replace("SCRIPT", command.split()[-1])


def documented(command, script, expected):
    """To the letter, the numbers of lines in the engine's files as well: `make docs` writes them."""
    lines = difflib.unified_diff(expected.splitlines(), example_output(command, script).splitlines(),
                                 "docs/simulate.md", "now; make docs writes it", lineterm="")
    assert not (difference := "\n".join(lines)), difference


def write_docs():
    def again(match):
        command, script, output = match.groups()
        return match[0][:len(match[0]) - len(output)] + example_output(command, script)
    PAGE.write_text(EXAMPLE.sub(again, PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


def main():
    tap = Tap()
    tap.check("the worked example, arm64", worked_example, ARM, upper("arm64", 48))
    tap.check("the worked example, riscv", worked_example, RISCV, upper("riscv", 39))
    for arch, page, bits, shift in LAYOUTS:
        tap.check(f"{arch} {page or ''} {bits}: a life of a mapping", everything, arch, page, bits, shift)
    tap.check("riscv sv57: 16 TiB", large_machine, "riscv", None, 57)
    tap.check("arm64 4k 52: 16 TiB", large_machine, "arm64", "4k", 52)
    tap.check("arm64 16k 47: 16 TiB", large_machine, "arm64", "16k", 47)
    tap.check("arm64 64k 52: 16 TiB", large_machine, "arm64", "64k", 52)
    for test in (low_addresses, refused_without_bbm, failed_assertion, counts, raw_arm64, raw_riscv,
                 errata, errata_of_svinval, isb_of_another_cpu, bad_scripts, bad_options):
        tap.check(test.__name__.replace("_", " "), test)
    examples = EXAMPLE.findall(PAGE.read_text(encoding="utf-8"))
    tap.result(len(examples) >= 4, "docs/simulate.md has examples")
    for command, script, expected in examples:
        tap.check(f"docs/simulate.md: {command}", documented, command, script, expected)
    return tap.done()


if __name__ == "__main__":
    sys.exit(write_docs() if sys.argv[1:] == ["--docs"] else main())
