#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What is written where a rule is kept matters: a change of it fails a test.

    test_source.py              what make check runs: so many of them, drawn by what is to be tested
    test_source.py --all [re]   all, or those in files that match, also of places that check leaves out
    test_source.py --list [re]  without running them

The draw is by a hash of the contents of the places and of the tests. So a commit draws what its author's
check drew before it, one that changes neither draws the same again, and one that does draws anew. It takes
one mutant of each file in turn, so that there are some of every file whose mutants check can afford.

PLACES has each file that docs/tlb-rules.md names, and its like, with the tests that a change there must fail.
A mutant that passes them needs one line in `source.reasons` that names it: the file, the function, what is
changed and the line, as printed here. Each reason has to name a mutant that exists. The tree is copied, with
what has been built, and only the copy is changed.

Where programs of the host are the tests, all mutants are built into them at once, without sanitizers
(schema.py), and whoever has noticed most of a file's, and is quick, is asked first. What passes that, or
can't be built so (tables, assembly), is tried alone, with what make check runs. JOBS=n at a time.
"""

import hashlib
import itertools
import os
import random
import re
import subprocess
import sys
import time
from collections import namedtuple
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
# pylint: disable=wrong-import-position
import schema  # noqa: E402
from mutations import mutants  # noqa: E402
from tap import Tap  # noqa: E402
from trying import BYTES, Many, Programs, Tree, commands, programs  # noqa: E402

TOP = Path(__file__).resolve().parent.parent.parent
OUT = TOP / os.environ.get("GRATICULE_OUT", "build")
TREE = OUT / "check" / "mutants"
REASONS = Path(__file__).with_name("source.reasons")
ALONE = 15
# Seconds of make check, as the costs say, for those that are tried together and for those that aren't.
BUDGET = {True: 120, False: 100}
ARCHES = ("riscv", "arm64")
ASSEMBLY = "tests/bytes/test_assembly.py"
VERDICTS = ("noticed", "hung", "not built", "excused", "passed")

# cost: seconds for a mutant; 0: not in make check. A file belongs to the first place that names it.
# Where the tests are Programs, a mutant that has to be tried alone costs ALONE times as much.
Place = namedtuple("Place", "files cost tests")


def by_bytes(arch):
    return [("python3", BYTES, "--first", f"{arch}.gcc")]


def boots(arch, cases):
    return [("make", "-s", f"ARCH={arch}", "O=build", f"kernel-{arch}"),
            ("python3", ASSEMBLY, "--first", arch), ("python3", "tests/host/test_twins.py"),
            ("python3", "tests/boot/run", "--out", "build", cases)]


# Quick ones first: who notices a mutant ends the search.
ENGINE = ("test_tlb_batch test_gate test_engine test_engine_groups test_engine_runs test_engine_hidden "
          "test_engine_limits test_embed test_engine_report test_engine_remap test_engine_memory "
          "test_engine_regime "
          "test_engine_root test_model_swap test_engine_readers test_engine_twice test_engine_hardware "
          "test_engine_random test_engine_copy test_engine_age test_swap test_engine_cost test_model_engine")
ENTRIES = "test_pte_bits test_pte_riscv test_pte_arm64 test_pte_edit test_pte_step test_stage2"
PLANNER = ("test_layout_check test_layout test_layout_arm64 test_layout_riscv test_layout_query "
           "test_layout_json test_layout_text test_geometry test_va_space")
CPUS = ("test_regime test_cpu_models_arm64 test_errata_riscv test_isa_riscv test_engine_regime "
        "test_engine_limits test_stage2 test_gate test_engine")
PLACES = [
    *(Place(f"arch/{a}/kernel/include/asm/(cache|window).h", 4, by_bytes(a)) for a in ARCHES),
    Place("arch/riscv/kernel/include/asm/(csr|sbi).h", 6,
          [*commands(programs("test_csr_riscv", ("riscv",))), *by_bytes("riscv")]),
    *(Place(f"arch/{a}/include/asm/(mmu_ops|vector).h", 0, by_bytes(a)) for a in ARCHES),
    *(Place(f"arch/{a}/tlb.c|arch/{a}/include/asm/(tlb|step|pte_state).h", 0,
            programs(f"test_tlb_{a} {ENTRIES} {ENGINE}", (a,))) for a in ARCHES),
    *(Place(f"arch/{a}/include/asm/pte.h", 0, programs(f"{ENTRIES} {ENGINE}", (a,))) for a in ARCHES),
    Place("arch/arm64/kernel/include/asm/mmu_regs.h|arch/arm64/include/asm/sysreg.h", 1,
          programs("test_mmu_regs_arm64", ("arm64",))),
    *(Place(f"arch/{a}/(layout|geometry|regime|errata|cpu_models).c", 0,
            programs(f"{PLANNER} {CPUS}", (a,))) for a in ARCHES),
    Place("generic/(layout\\w*|geometry_choose).[ch]", 0, programs(f"{PLANNER} test_engine")),
    Place("generic/(tlb|gate\\w*|cut|build|cursor|chain|target|leaf_rule|pgtable\\w*).[ch]", 0,
          programs(ENGINE)),
    Place("include/graticule/regime.h", 0, programs("test_engine_regime")),
    Place("arch/arm64/kernel/selftest_el2.c", 0, boots("arm64", "a tree of EL2")),
    Place("mm/vm.c", 0, programs("test_weak_vm test_vm test_set_memory test_vmalloc test_model_mm "
                                 "test_model_hotplug")),
    Place("mm/(set_memory|vm_space|vmalloc|hotplug|split_reserve|repaint|execmem).c", 0,
          programs("test_set_memory test_vmalloc test_vm test_hotplug test_model_mm test_model_hotplug")),
    *(Place(f"arch/{a}/kernel/(head|park|mode|entry|el).S|arch/{a}/kernel/(quiesce|smp|cpu).c", 0,
            boots(a, f"{a}.*(selftest|CPUs)")) for a in ARCHES),
    Place("kernel/(quiesce|work).c|mm/spinlock.h", 0, programs("test_weak_quiesce test_weak_bring_up")),
    Place("kernel/smp.c", 0, programs("test_weak_bring_up")),
    Place("kernel/selftest_fault.c", 0, [*boots("riscv", "riscv.*CPUs"),
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


def tested():
    """What the draw is by: path and contents of each file of a place, and of the tests."""
    paths = {path for path, _ in sources()} | {p for p in tracked() if p.startswith(("tests/", "model/"))}
    return {path: (TOP / path).read_bytes() for path in paths if (TOP / path).is_file()}


def draw_seed(contents):
    found = hashlib.sha256()
    for path, text in sorted(contents.items()):
        found.update(f"{path}\0{len(text)}\0".encode() + text)
    return found.hexdigest()


def together(mutant, place, text):
    """Is it to be one of many in the same programs?"""
    return isinstance(place.tests, Programs) and schema.may_have(text, mutant)


def drawn(every):
    """What make check runs of them, and in which order it would go on."""
    seed = draw_seed(tested())
    order, files, why = random.Random(seed), {}, reasons()
    for mutant, place in every:
        if place.cost and mutant.name not in why:
            files.setdefault(mutant.path, []).append((mutant, place))
    texts = {path: (TOP / path).read_text() for path in files}
    queues = list(files.values())
    for pairs in (queues, *queues):
        order.shuffle(pairs)
    turns = [pair for turn in itertools.zip_longest(*queues) for pair in turn if pair]
    some, rest, left = [], [], dict(BUDGET)
    for mutant, place in turns:
        joint = together(mutant, place, texts[mutant.path])
        cost = place.cost * (ALONE if isinstance(place.tests, Programs) and not joint else 1)
        left[joint] -= cost if left[joint] >= cost else left[joint]
        (some if left[joint] else rest).append((mutant, place))
    print(f"# {len(some)} of {len(every)} mutants, drawn by {seed[:12]} from {len(turns)} in "
          f"{len(files)} files; the rest by make mutants")
    return some, rest


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
        built = TOP / os.environ.get("GRATICULE_OUT", "build")
        self.tap, self.why, self.count = tap, reasons(), {}
        self.tree = Tree(TOP, TREE, built, set(tracked()))
        self.built = {}  # by place: has any mutant been built?
        self.passed = []

    def run(self, picks):
        """Those that can in the same programs, and what is left alone."""
        texts = {mutant.path: (TOP / mutant.path).read_text() for mutant, _ in picks}
        joint = [(m, p) for m, p in picks if together(m, p, texts[m.path])]
        alone = [(m, p) for m, p in picks if not together(m, p, texts[m.path])]
        many = Many(self.tree, joint)
        try:
            for mutant, place, verdict, who, seconds in many.try_all():
                self.judge(mutant, place, verdict, who, seconds)
        finally:
            many.done()
        for mutant, place in alone:
            start = time.monotonic()
            if isinstance(place.tests, Programs):
                verdict, who = many.try_alone(mutant, place)
            else:
                verdict, who = self.tree.try_one(mutant, place.tests), ""
            self.judge(mutant, place, verdict, who, time.monotonic() - start)
        for mutant, place in self.passed:  # the sanitizers may
            start = time.monotonic()
            self.note(mutant, place, self.tree.try_one(mutant, place.tests), time.monotonic() - start)
        self.passed = []

    def judge(self, mutant, place, verdict, who, seconds):
        if verdict == "passed" and mutant.name not in self.why and isinstance(place.tests, Programs):
            self.passed.append((mutant, place))
        else:
            self.note(mutant, place, verdict, seconds, who)

    def note(self, mutant, place, verdict, seconds, who=""):
        if verdict == "passed" and mutant.name in self.why:
            verdict = "excused"
        self.count.setdefault(mutant.path, dict.fromkeys(VERDICTS, 0))[verdict] += 1
        self.built[place.files] = self.built.get(place.files, False) or verdict != "not built"
        by = f" by {who}" if who else ""
        self.tap.result(verdict != "passed", f"{mutant.name.expandtabs(1)}: {verdict}{by}, {seconds:.1f} s",
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
    score.run(some)
    for mutant, place in rest:  # where none that was drawn could be built
        if score.built.get(place.files) is False:
            score.run([(mutant, place)])
    idle = [files for files, built in score.built.items() if not built]
    tap.result(not idle, "mutants of each place have been built", "\n".join(idle))
    score.show()
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
