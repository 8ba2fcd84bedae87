#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What is written where a rule is kept matters: a change of it fails a test.

    test_source.py              what make check runs: so many of them, chosen by the commit's hash
    test_source.py --all [re]   all, or those in files that match, also of places that check leaves out
    test_source.py --list [re]  without running them

PLACES has each file that docs/tlb-rules.md names, and its like, with the tests that a change there must fail.
A mutant that passes them needs one line in `source.reasons` that names it: the file, the function, what is
changed and the line, as printed here. Each reason has to name a mutant that exists. The tree is copied, with
what has been built, and only the copy is changed.
"""

import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections import namedtuple
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from mutations import mutants  # noqa: E402  pylint: disable=wrong-import-position
from tap import Tap  # noqa: E402  pylint: disable=wrong-import-position

TOP = Path(__file__).resolve().parent.parent.parent
OUT = TOP / os.environ.get("GRATICULE_OUT", "build")
TREE = OUT / "check" / "mutants"
REASONS = Path(__file__).with_name("source.reasons")
BUDGET = 60  # seconds of make check, as the places' costs say
HUNG = 600  # seconds; where it is known how long a test takes, four times that and some more
# Mutants are not to be noticed by warnings.
QUIET = '_Pragma("GCC diagnostic ignored \\"-Wall\\"") _Pragma("GCC diagnostic ignored \\"-Wextra\\"") '
ARCHES = ("riscv", "arm64")
VERDICTS = ("noticed", "hung", "not built", "excused", "passed")

# cost: seconds for a mutant; 0: not in make check.
Place = namedtuple("Place", "files cost tests")


def by_bytes(arch):
    return [("python3", "tests/bytes/test_bytes.py", "--first", f"{arch}.gcc")]


def programs(names, arches=ARCHES):
    """Of host.mk, in this order."""
    found = []
    for arch in arches:
        for name in names.split():
            if name.rsplit("_", 1)[-1] not in ARCHES or name.endswith(f"_{arch}"):
                found.append(f"build/check/{'model' if 'model' in name else 'host'}/{name}.{arch}")
    return [("make", "-s", "-f", "scripts/host.mk", "O=build", *found)] + [(f,) for f in found]


def boots(arch, cases):
    return [("make", "-s", f"ARCH={arch}", "O=build", f"kernel-{arch}"),
            ("python3", "tests/host/test_twins.py"), ("python3", "tests/boot/run", "--out", "build", cases)]


ENGINE = ("test_gate test_engine test_engine_groups test_engine_runs test_engine_random test_embed "
          "test_model_engine")
PLACES = [
    *(Place(f"arch/{a}/kernel/include/asm/(cache|window).h", 4, by_bytes(a)) for a in ARCHES),
    Place("arch/riscv/kernel/include/asm/(csr|sbi).h", 6,
          [*programs("test_csr_riscv", ("riscv",)), *by_bytes("riscv")]),
    *(Place(f"arch/{a}/include/asm/(mmu_ops|vector).h", 0, by_bytes(a)) for a in ARCHES),
    *(Place(f"arch/{a}/tlb.c|arch/{a}/include/asm/tlb.h", 0,
            programs(f"test_tlb_{a} test_gate test_engine test_model_engine", (a,))) for a in ARCHES),
    *(Place(f"arch/{a}/include/asm/(step|pte).h", 0, programs(f"test_pte_{a} test_pte_edit {ENGINE}", (a,)))
      for a in ARCHES),
    Place("arch/arm64/kernel/include/asm/mmu_regs.h|arch/arm64/include/asm/sysreg.h", 4,
          programs("test_mmu_regs_arm64", ("arm64",))),
    Place("generic/(tlb|gate|cut|build|cursor|chain|pgtable\\w*).[ch]", 0, programs(ENGINE)),
    Place("include/graticule/regime.h", 0, programs("test_engine_regime")),
    Place("arch/arm64/kernel/selftest_el2.c", 0, boots("arm64", "a tree of EL2")),
    Place("generic/pgtable_swap.c", 0, programs("test_swap test_model_swap")),
    Place("mm/(set_memory|vm_space|vmalloc|hotplug|vm|split_reserve|repaint|execmem).c", 0,
          programs("test_set_memory test_vmalloc test_vm test_hotplug")),
    *(Place(f"arch/{a}/kernel/(head|park|mode|entry|el).S|arch/{a}/kernel/(quiesce|smp|cpu).c", 0,
            boots(a, f"{a}.*(selftest|CPUs)")) for a in ARCHES),
    Place("kernel/(quiesce|smp|work|selftest_fault).c", 0, [*boots("riscv", "riscv.*CPUs"),
                                                            *boots("arm64", "arm64.*CPUs")]),
]


def tracked():
    return subprocess.run(("git", "ls-files", "-co", "--exclude-standard"), check=True, capture_output=True,
                          text=True, cwd=TOP).stdout.split()


def sources():
    """Each file of a place: (path, place); the first place that names it."""
    for path in tracked():
        for place in PLACES:
            if re.fullmatch(place.files, path):
                yield path, place
                break


def reasons():
    """Name of a mutant: why it passes."""
    found = {}
    for line in REASONS.read_text().splitlines():
        if line and not line.startswith("#"):
            name, _, why = line.rpartition(" | ")
            found[name] = why
    return found


class Tree:
    """The copy."""

    def __init__(self):
        shutil.rmtree(TREE, ignore_errors=True)
        for path in tracked():
            if (TOP / path).is_file():
                (TREE / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(TOP / path, TREE / path)
        for part in ("check/host", "check/model", *ARCHES):
            if (OUT / part).is_dir():
                shutil.copytree(OUT / part, TREE / "build" / part, symlinks=True)
        self.limit = {}  # by tests that pass as things are: seconds after which one has hung
        self.env = dict(os.environ, GRATICULE_OUT="build", PYTHONPATH="tests", PYTHONDONTWRITEBYTECODE="1")

    def run(self, command, limit):
        """0, the status, or "hung"."""
        none = subprocess.DEVNULL
        with subprocess.Popen(command, cwd=TREE, env=self.env, stdin=none, stdout=none, stderr=none,
                              start_new_session=True) as process:
            try:
                return process.wait(timeout=limit)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, 9)
                return "hung"

    def passes(self, tests):
        """Without a change; once for each set of tests."""
        key, start = tuple(tests), time.monotonic()
        if key not in self.limit:
            for command in tests:
                assert self.run(command, HUNG) == 0, f"fails as it is: {' '.join(command)}"
            self.limit[key] = 20 + 4 * (time.monotonic() - start)
        return self.limit[key]

    def try_one(self, mutant, tests, limit):
        """noticed, not built, hung or passed."""
        path = TREE / mutant.path
        text = path.read_text()
        changed = text[:mutant.start] + mutant.new + text[mutant.end:]
        path.write_text(changed if path.suffix == ".S" else QUIET + changed)
        try:
            for command in tests:
                status = self.run(command, limit)
                if status:
                    return "hung" if status == "hung" else "not built" if command[0] == "make" else "noticed"
            return "passed"
        finally:
            path.write_text(text)


def chosen(options):
    """The mutants to run, in order, and whether they are all of them."""
    pattern = re.compile(options[1] if options[1:] else "")
    every = [(m, place) for path, place in sources() for m in mutants(path, (TOP / path).read_text())]
    if options:
        return every, [(m, p) for m, p in every if pattern.search(m.path)]
    commit = subprocess.run(("git", "rev-parse", "HEAD"), check=False, capture_output=True, text=True,
                            cwd=TOP).stdout.strip()
    picks, some, left = [(m, p) for m, p in every if p.cost], [], BUDGET
    print(f"# chosen by {commit or 'no commit'}")
    random.Random(commit).shuffle(picks)
    for mutant, place in picks:
        left -= place.cost
        if left >= 0:
            some.append((mutant, place))
    return every, sorted(some, key=lambda pair: (pair[0].path, pair[0].start))


def check_named():
    """Each file of docs/tlb-rules.md has a place."""
    known = {path for path, _ in sources()}
    table = [line.split("|")[3] for line in (TOP / "docs/tlb-rules.md").read_text().splitlines()
             if re.match(r"\| [ACR]\d+ \|", line)]
    missing = [name for cell in table for name in re.findall(r"`([\w/<>]+\.[chS])", cell)
               if not name.startswith("tests/")
               and not any(path.endswith("/" + name.split(">/")[-1]) or path == name for path in known)]
    assert not missing, f"no place for {', '.join(missing)}"


def check_reasons(every):
    names = {m.name for m, _ in every}
    strangers = [name for name in reasons() if name not in names]
    assert not strangers, "reasons for what is not there:\n" + "\n".join(strangers)


def main():
    options = sys.argv[1:]
    every, some = chosen(options)
    if options and options[0] == "--list":
        for mutant, _ in some:
            print(f"{mutant.line}\t{mutant.name}")
        return 0
    tap, why, tree, score = Tap(), reasons(), Tree(), {}
    tap.check("each file that docs/tlb-rules.md names has a place", check_named)
    tap.check("each reason names a mutant", check_reasons, every)
    for mutant, place in some:
        start = time.monotonic()
        verdict = tree.try_one(mutant, place.tests, tree.passes(place.tests))
        count = score.setdefault(mutant.path, dict.fromkeys(VERDICTS, 0))
        if verdict == "passed" and mutant.name in why:
            verdict = "excused"
        count[verdict] += 1
        seconds = f"{time.monotonic() - start:.0f} s"
        tap.result(verdict != "passed", f"{mutant.name.expandtabs(1)}: {verdict}, {seconds}",
                   f"line {mutant.line}; for {REASONS.name}, if it is right:\n{mutant.name} | ")
    for path, count in sorted(score.items()):
        real = sum(count.values()) - count["not built"]
        print(f"# {path:44} {real:5} mutants, {count['noticed'] + count['hung']:5} noticed, "
              f"{count['excused']:4} excused, {count['passed']:4} passed")
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
