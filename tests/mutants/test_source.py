#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What is written where a rule is kept matters: a change of it fails a test.

    test_source.py              what make check runs: so many of them, drawn by what is to be tested
    test_source.py --all [re]   all, or those in files that match, also of places that check leaves out
    test_source.py --list [re]  without running them

The draw is by a hash of the contents of the places and of the tests. So a commit draws what its author's
check drew before it, one that changes neither draws the same again, and one that does draws anew.

PLACES has each file that docs/tlb-rules.md names, and its like, with the tests that a change there must fail.
A mutant that passes them needs one line in `source.reasons` that names it: the file, the function, what is
changed and the line, as printed here. Each reason has to name a mutant that exists. The tree is copied, with
what has been built, and only the copy is changed.
"""

import hashlib
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
BYTES, BYTES_NOT_BUILT = "tests/bytes/test_bytes.py", 3
VERDICTS = ("noticed", "hung", "not built", "excused", "passed")

# cost: seconds for a mutant; 0: not in make check. A file belongs to the first place that names it.
Place = namedtuple("Place", "files cost tests")


def by_bytes(arch):
    return [("python3", BYTES, "--first", f"{arch}.gcc")]


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


ENGINE = ("test_gate test_engine test_engine_groups test_engine_runs test_engine_random test_engine_hidden "
          "test_engine_limits test_engine_hardware test_embed test_model_engine")
# With tests of their own, which come first: pgtable_NAME.
PARTS = {"swap": "test_swap test_model_swap", "copy": f"test_engine_copy {ENGINE}",
         "root": f"test_engine_root {ENGINE}", "remap": f"test_engine_remap {ENGINE}",
         "cost": f"test_engine_cost {ENGINE}"}
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
    *(Place(f"generic/pgtable_{part}.[ch]", 0, programs(tests)) for part, tests in PARTS.items()),
    Place("generic/(tlb|gate|cut|build|cursor|chain|target|pgtable\\w*).[ch]", 0, programs(ENGINE)),
    Place("include/graticule/regime.h", 0, programs("test_engine_regime")),
    Place("arch/arm64/kernel/selftest_el2.c", 0, boots("arm64", "a tree of EL2")),
    Place("mm/(set_memory|vm_space|vmalloc|hotplug|vm|split_reserve|repaint|execmem).c", 0,
          programs("test_set_memory test_vmalloc test_vm test_hotplug test_model_mm test_model_hotplug")),
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
                if status == "hung":
                    return status
                if status:
                    refused = command[0] == "make" or (BYTES in command and status == BYTES_NOT_BUILT)
                    return "not built" if refused else "noticed"
            return "passed"
        finally:
            path.write_text(text)


def tested():
    """What the draw is by: path and contents of each file of a place, and of the tests."""
    paths = {path for path, _ in sources()} | {p for p in tracked() if p.startswith(("tests/", "model/"))}
    return {path: (TOP / path).read_bytes() for path in paths if (TOP / path).is_file()}


def draw_seed(contents):
    found = hashlib.sha256()
    for path, text in sorted(contents.items()):
        found.update(f"{path}\0{len(text)}\0".encode() + text)
    return found.hexdigest()


def drawn(every):
    """What make check runs of them, and in which order it would go on."""
    seed = draw_seed(tested())
    picks, some, rest, left = [(m, p) for m, p in every if p.cost], [], [], BUDGET
    random.Random(seed).shuffle(picks)
    for mutant, place in picks:
        left -= place.cost
        (some if left >= 0 else rest).append((mutant, place))
    print(f"# {len(some)} of {len(every)} mutants, drawn by {seed[:12]} from {len(picks)} of "
          f"{', '.join(sorted({m.path for m, _ in picks}))}; the rest by make mutants")
    return sorted(some, key=lambda pair: (pair[0].path, pair[0].start)), rest


def check_draw():
    """Another one for each file that is tested or tests, and no other file."""
    contents = tested()
    seeds = {draw_seed(contents | {path: text + b"\n"}) for path, text in contents.items()}
    assert len(seeds | {draw_seed(contents)}) == len(contents) + 1
    assert not [path for path in contents if path.startswith("docs/")]
    assert "generic/gate.c" in contents and "tests/mutants/test_source.py" in contents


def check_places():
    """None is there for nothing: a place before it may have taken its files."""
    owners = {place.files for _, place in sources()}
    idle = [place.files for place in PLACES if place.files not in owners]
    assert not idle, f"places without a file: {', '.join(idle)}"


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


class Score:
    """Runs mutants and counts, by file, what becomes of them."""

    def __init__(self, tap):
        self.tap, self.tree, self.why, self.count = tap, Tree(), reasons(), {}
        self.built = {}  # by place: has any mutant been built?

    def run(self, mutant, place):
        start = time.monotonic()
        verdict = self.tree.try_one(mutant, place.tests, self.tree.passes(place.tests))
        if verdict == "passed" and mutant.name in self.why:
            verdict = "excused"
        self.count.setdefault(mutant.path, dict.fromkeys(VERDICTS, 0))[verdict] += 1
        self.built[place.files] = self.built.get(place.files, False) or verdict != "not built"
        seconds = f"{time.monotonic() - start:.0f} s"
        self.tap.result(verdict != "passed", f"{mutant.name.expandtabs(1)}: {verdict}, {seconds}",
                        f"line {mutant.line}; for {REASONS.name}, if it is right:\n{mutant.name} | ")

    def show(self):
        for path, count in sorted(self.count.items()):
            real = sum(count.values()) - count["not built"]
            print(f"# {path:44} {real:5} mutants, {count['noticed'] + count['hung']:5} noticed, "
                  f"{count['excused']:4} excused, {count['passed']:4} passed")


def main():
    options, rest = sys.argv[1:], []
    every = [(m, place) for path, place in sources() for m in mutants(path, (TOP / path).read_text())]
    if options:
        pattern = re.compile(options[1] if options[1:] else "")
        some = [(m, p) for m, p in every if pattern.search(m.path)]
    else:
        some, rest = drawn(every)
    if options and options[0] == "--list":
        for mutant, _ in some:
            print(f"{mutant.line}\t{mutant.name}")
        return 0
    tap = Tap()
    tap.check("each file that docs/tlb-rules.md names has a place", check_named)
    tap.check("each place has a file", check_places)
    tap.check("each reason names a mutant", check_reasons, every)
    tap.check("what is drawn depends on what is tested and on the tests", check_draw)
    score = Score(tap)
    for mutant, place in some:
        score.run(mutant, place)
    for mutant, place in rest:  # where none that was drawn could be built
        if score.built.get(place.files) is False:
            score.run(mutant, place)
    idle = [files for files, built in score.built.items() if not built]
    tap.result(not idle, "mutants of each place have been built", "\n".join(idle))
    score.show()
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
