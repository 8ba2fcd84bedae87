#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Sequences of real kernels, right and wrong, and what graticule simulate says of them: tests/host/traces."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tap import Tap  # noqa: E402  pylint: disable=wrong-import-position

TOOL = Path(os.environ.get("GRATICULE_OUT", "build")) / "host" / "graticule"
MACHINE = {"arm64": ["--page-size", "4k", "--va-bits", "48"], "riscv": ["--va-bits", "39"]}
AT_LEAST = 60


def sequences(path):
    """(name, options, rules, lines) of each."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        word, _, rest = line.partition(" ")
        if word == "=":
            found.append((rest, [], [], []))
        elif word == "options":
            found[-1][1].extend(rest.split())
        elif word == "breaks":
            found[-1][2].extend(rest.split())
        elif line and word != "#":
            found[-1][3].append(line)
    return found


def violations(arch, options, lines):
    with tempfile.NamedTemporaryFile("w", suffix=".sim") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        done = subprocess.run([str(TOOL), "simulate", "--arch", arch, *MACHINE[arch], "--cpus", "3", "--json",
                               *options, file.name], capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    out = json.loads(done.stdout)
    assert not out["failed"], out["failed"]
    return [(v["rule"], v["line"], v["found"]) for v in out["violations"]]


def wrong(arch, options, rules, lines):
    found = violations(arch, options, [s.removeprefix("+") for s in lines if s[0] != "-"])
    assert found and found[0][0] in rules, f"{found} and not {rules}"


def right(arch, options, lines):
    found = violations(arch, options, [s.removeprefix("-") for s in lines if s[0] != "+"])
    assert not found, found


def main():
    tap = Tap()
    for arch in MACHINE:
        rows = sequences(Path(__file__).parent / "traces" / arch)
        tap.result(len(rows) >= AT_LEAST, f"{arch}: there are sequences")
        for name, options, rules, lines in rows:
            if rules:
                tap.check(f"{arch}: {name}: breaks {' or '.join(rules)}", wrong, arch, options, rules, lines)
            tap.check(f"{arch}: {name}", right, arch, options, lines)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
