# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Tries mutants in a copy of the tree: one at a time, or many in the same programs."""

import os
import re
import select
import shutil
import subprocess
import threading
import time
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import schema

HUNG = 900  # seconds; where it is known how long a test takes, a few times that and some more
JOBS = int(os.environ.get("JOBS") or os.cpu_count() or 1)
# Mutants are not to be noticed by warnings.
QUIET = "".join(f'_Pragma("GCC diagnostic ignored \\"-W{w}\\"") ' for w in ("all", "extra", "parentheses"))
BYTES, BYTES_NOT_BUILT = "tests/bytes/test_bytes.py", 3
MANY = "many"  # directory of the programs that have many mutants each
FAILED = b"[  FAILED  ]"  # cmocka's word, before it goes on

# Tests that are programs of host.mk: name and architecture of each.
Programs = namedtuple("Programs", "names")


def programs(names, arches=("riscv", "arm64")):
    return Programs(tuple((name, arch) for arch in arches for name in names.split()
                          if name.rsplit("_", 1)[-1] not in ("riscv", "arm64") or name.endswith(f"_{arch}")))


def path_of(program, out):
    name, arch = program
    model = "model" in name or name in ("test_mutants", "test_catalogue")
    return f"{out}/check/{'weak' if 'weak' in name else 'model' if model else 'host'}/{name}.{arch}"


def commands(tests):
    """To build them as make check does, with sanitizers, and to run each."""
    if not isinstance(tests, Programs):
        return tests
    paths = [path_of(p, "build") for p in tests.names]
    return [("make", "-s", "-f", "scripts/host.mk", "O=build", *paths)] + [(p,) for p in paths]


class Tree:
    """The copy."""

    def __init__(self, top, where, built, paths):
        self.where, self.limit = where, {}
        fresh = not where.is_dir()
        for path in paths:
            if (top / path).is_file():
                self.sync(top / path, where / path)
        for old in [] if fresh else where.rglob("*"):
            path = old.relative_to(where)
            if path.parts[0] not in ("build", MANY) and old.is_file() and str(path) not in paths:
                old.unlink()
        for part in ("check/host", "check/model", "check/weak", "riscv", "arm64") if fresh else ():
            if (built / part).is_dir():
                shutil.copytree(built / part, where / "build" / part, symlinks=True)
        self.env = dict(os.environ, GRATICULE_OUT="build", PYTHONPATH="tests", PYTHONDONTWRITEBYTECODE="1")
        self.env.pop("MAKEFLAGS", None)

    @staticmethod
    def sync(source, target):
        """What is there already keeps its time, for make."""
        if not target.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
        elif target.read_bytes() != source.read_bytes():
            shutil.copyfile(source, target)

    def run(self, command, limit, **more):
        """0, the status, or "hung"."""
        with subprocess.Popen(command, cwd=self.where, env=self.env | more, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              start_new_session=True) as process:
            status = self.watch(process, time.monotonic() + limit)
            if process.poll() is None:
                os.killpg(process.pid, 9)
            return status

    @staticmethod
    def watch(process, end):
        """Until it ends, says that a test has failed, or is too late."""
        said = b""
        while select.select([process.stdout], [], [], max(0, end - time.monotonic()))[0]:
            some = os.read(process.stdout.fileno(), 65536)
            if not some:
                return process.wait()
            said = said[-len(FAILED):] + some
            if FAILED in said:
                return 1
        return "hung"

    def passes(self, tests):
        """Without a change; once for each set of tests."""
        key, start = tuple(tests), time.monotonic()
        if key not in self.limit:
            for command in tests:
                assert self.run(command, HUNG) == 0, f"fails as it is: {' '.join(command)}"
            self.limit[key] = 20 + 4 * (time.monotonic() - start)
        return self.limit[key]

    def try_one(self, mutant, tests):
        """noticed, not built, hung or passed."""
        path, tests = self.where / mutant.path, commands(tests)
        limit = self.passes(tests)
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


class Many:
    """Programs that have all of some mutants, built when they are wanted and without sanitizers."""

    def __init__(self, tree, picks):
        self.tree, self.lock = tree, threading.Lock()
        self.picks = dict(enumerate(picks, 1))
        self.seconds = {}  # of the programs that are there
        self.noticed = {}  # by path of the mutant: which programs did, how often
        self.unbuilt = set()
        self.original = {m.path: (tree.where / m.path).read_text() for m, _ in picks}

    def write(self):
        """Returns whose lines are whose."""
        lines = {}
        for path, text in self.original.items():
            mine = [(n, m) for n, (m, _) in self.picks.items() if m.path == path and n not in self.unbuilt]
            changed, lines[path] = schema.apply(text, mine)
            if (self.tree.where / path).read_text() != changed:
                (self.tree.where / path).write_text(changed)
        return lines

    def make(self, program):
        return subprocess.run(("make", "-s", "-k", f"-j{JOBS}", "-f", "scripts/host.mk", f"O={MANY}",
                               "SANITIZE=", "HOSTCC=gcc -w -g0", path_of(program, MANY)),
                              cwd=self.tree.where, env=self.tree.env, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False)

    def build(self, program):
        """Without those that the compiler refuses, and see that it passes without any."""
        while True:
            lines = self.write()
            done = self.make(program)
            if not done.returncode:
                break
            errors = re.findall(r"^(?:\./)?(\w+/\S+?):(\d+):.*\berror\b", done.stderr, re.M)
            found = {lines[path][int(n)] for path, n in errors if int(n) in lines.get(path, ())}
            assert found - self.unbuilt, f"can't be built with mutants:\n{done.stderr[-2000:]}"
            self.unbuilt |= found
        start = time.monotonic()
        status = self.run(program, HUNG)
        assert status == 0, f"fails as it is: {program}: {status}"
        self.seconds[program] = time.monotonic() - start

    def run(self, program, limit, number=0):
        return self.tree.run((path_of(program, MANY),), limit, **{schema.VARIABLE: str(number)})

    def order(self, place, noticed):
        """First who is likely to notice, and soon; who isn't there yet is asked last, as the place says."""
        def wait(pair):
            index, program = pair
            return (self.seconds.get(program, 100 + index) + 0.02) / (1 + noticed.get(program, 0))

        return [program for _, program in sorted(enumerate(place.tests.names), key=wait)]

    def try_one(self, number):
        """noticed, not built, hung or passed, and who noticed."""
        mutant, place = self.picks[number]
        noticed = self.noticed.setdefault(mutant.path, {})
        for program in self.order(place, noticed):
            with self.lock:
                if program not in self.seconds:
                    self.build(program)
            if number in self.unbuilt:
                return "not built", ""
            status = self.run(program, 5 + 8 * self.seconds[program], number)
            if status:
                with self.lock:
                    noticed[program] = noticed.get(program, 0) + 1
                return "hung" if status == "hung" else "noticed", ".".join(program)
        return "passed", ""

    def try_alone(self, mutant, place):
        """Likewise one that is not of a function, with none of the others."""
        noticed = self.noticed.setdefault(mutant.path, {})
        path = self.tree.where / mutant.path
        text = path.read_text()
        for program in self.order(place, noticed):
            if program not in self.seconds:
                self.build(program)
            path.write_text(text[:mutant.start] + mutant.new + text[mutant.end:])
            try:
                if self.make(program).returncode:
                    return "not built", ""
                status = self.run(program, 5 + 8 * self.seconds[program])
            finally:
                path.write_text(text)
            if status:
                noticed[program] = noticed.get(program, 0) + 1
                return "hung" if status == "hung" else "noticed", ".".join(program)
        return "passed", ""

    def try_all(self):
        """(mutant, place, verdict, who, seconds) of each, in any order."""
        def one(number):
            start = time.monotonic()
            verdict, who = self.try_one(number)
            return (*self.picks[number], verdict, who, time.monotonic() - start)

        with ThreadPoolExecutor(JOBS) as pool:
            yield from pool.map(one, self.picks)

    def done(self):
        """None of them is there any more."""
        self.picks = {}
        self.write()
