#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""When a program has hung, and its end then: the one rule that all tests share.

How long a program takes says little on a machine with other work, so no limit is one of wall time. A
program hangs if it prints nothing although it and all that it started
- were given the processor for QUIET seconds, counted as if it had all that it can use: eight threads
  that share two processors get on by one second when both have been theirs for one second;
- or slept for IDLE seconds: none of its threads ran, waited for a processor or a disk, or was stopped.
One that prints for ever is ended after TOTAL times QUIET.

    tests/progress.py [--quiet SECONDS] COMMAND...

runs a command with its output passed on; status 124, as timeout's, if it hung.
"""

import argparse
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

QUIET, IDLE, TOTAL = 60, 120, 20
PERIOD, GRACE = 1, 10
TICKS = os.sysconf("SC_CLK_TCK")
# States of a thread, proc(5), in which it asks for nothing.
ASLEEP = "SIZXP"


def processes():
    """The children of each process."""
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            fields = stat(f"/proc/{name}/stat")
            if fields:
                found.setdefault(int(fields[1]), []).append(int(name))
    return found


def stat(path):
    """The fields of a stat file from the state on; None if it is there no more."""
    try:
        return Path(path).read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None


def sample(pid):
    """Processor seconds that a process and all that it started have used, and how many threads want one."""
    children, waiting = processes(), [pid]
    ticks = wanting = 0
    while waiting:
        parent = waiting.pop()
        waiting += children.get(parent, [])
        fields = stat(f"/proc/{parent}/stat")
        if not fields:
            continue
        # utime, stime, and those of children that have ended.
        ticks += sum(map(int, fields[11:15]))
        try:
            threads = os.listdir(f"/proc/{parent}/task")
        except OSError:
            continue
        states = [stat(f"/proc/{parent}/task/{thread}/stat") for thread in threads]
        wanting += sum(1 for state in states if state and state[0] not in ASLEEP)
    return ticks / TICKS, wanting


class Account:
    """What a program was given since it last printed. It takes samples, so that a test can make them."""

    def __init__(self, quiet=QUIET, idle=IDLE, processors=None):
        self.quiet, self.idle = quiet, idle
        self.processors = processors or os.cpu_count() or 1
        self.given = self.slept = self.total = 0.0
        self.used = 0.0

    def add(self, seconds, used, wanting, printed=False):
        """`seconds` have gone by, `used` seconds have been used in all; why it has hung, or None."""
        gained = max(0.0, used - self.used)
        self.used = max(used, self.used)
        share = gained / min(self.processors, max(wanting, 1))
        self.total += share
        self.given += share
        if printed:
            self.given = self.slept = 0.0
        elif not wanting:
            self.slept += max(0.0, seconds - gained)
        if self.given > self.quiet:
            return f"nothing printed in {self.given:.0f} s of processor time"
        if self.slept > self.idle:
            return f"nothing printed in {self.slept:.0f} s without anything to do"
        if self.total > self.quiet * TOTAL:
            return f"no end after {self.total:.0f} s of processor time"
        return None


class Watch:
    """Ends a subprocess.Popen that has hung: `with Watch(process) as watch`, and printed() at each output.

    end: how, if not by SIGKILL to the process alone; one that outlives it is killed all the same.
    hung: why it was ended, None if it was not.
    """

    def __init__(self, process, quiet=QUIET, idle=IDLE, end=None):
        self.process = process
        self.account = Account(quiet, idle)
        self.end = end or process.kill
        self.hung = None
        self.output = False
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def printed(self):
        self.output = True

    def watch(self):
        before = time.monotonic()
        while not self.over.wait(PERIOD):
            used, wanting = sample(self.process.pid)
            now = time.monotonic()
            printed, self.output = self.output, False
            # The one that watches may have been without a processor itself, for longer than it asked for.
            why = self.account.add(min(now - before, 2 * PERIOD), used, wanting,
                                   printed)
            before = now
            if why and self.process.poll() is None:
                self.hung = self.hung or why
                self.end()
                self.account, self.end = Account(GRACE, GRACE), self.process.kill
                self.account.used = used


def run(command, sink, quiet=QUIET, end=None, **options):
    """Run a command, its output, as it comes, to sink(bytes): (status, why it was ended or None)."""
    with subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
                          **options) as process:
        with Watch(process, quiet, end=end and (lambda: end(process))) as watch:
            while data := os.read(process.stdout.fileno(), 1 << 16):
                watch.printed()
                sink(data)
            status = process.wait()
    return status, watch.hung


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quiet", type=float, default=QUIET)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    status, hung = run(options.command, lambda data: os.write(sys.stdout.fileno(), data), options.quiet)
    if hung:
        print(f"{options.command[0]}: ended: {hung}", file=sys.stderr)
        return 124
    return 128 - status if status < 0 else status


if __name__ == "__main__":
    sys.exit(main())
