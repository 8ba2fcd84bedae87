# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What a further CPU costs: instructions of whole boots, self-tests included.

A CPU that waits busily executes as much as the host lets it, which is what this is to find; all others
sleep, and then the host has no say. Only the firmware of RISC-V waits busily, for harts that fence: there
-icount has QEMU execute one hart after the other, by a clock that counts instructions, and the count is
the same each time. PAUSE does not end the slice of a hart, so that a busy wait is seen there too. YIELD and
WFE do on arm64, which has no such firmware: it runs as always.
"""

import re

from guest import Failed, run_counted
from qemu import Machine

# One instruction takes 2^8 ns; time that nobody uses is skipped.
OPTIONS = {"riscv": {"extra": ("-icount", "shift=8,sleep=off")}, "arm64": {"options": "gic-version=3"}}
COUNTS = (1, 2, 8, 24)
LIMIT = 5_000_000
SECONDS = 1200


def whole(arch, cpus, out):
    """Instructions of all CPUs together; see plugin.c for where they begin."""
    machine = Machine(arch, smp=str(cpus), **OPTIONS[arch])
    args = machine.arguments() + ["-kernel", str(out / arch / "Image"), "-append", "nokaslr"]
    result, found = run_counted(args, f"{out / 'bench' / 'libcount.so'},whole=on", SECONDS)
    online = re.search(r'"cpus":(\d+)', result.console)
    if result.status or not online or int(online.group(1)) != cpus:
        raise Failed(f"{cpus} CPUs: status {result.status}; the console ends:\n{result.console[-400:]}")
    return sum(found["whole"])


def steps(counts):
    """(CPUs, instructions, instructions of each CPU more than in the entry before) of {CPUs: instructions}."""
    last = None
    for cpus, instructions in sorted(counts.items()):
        yield cpus, instructions, (instructions - counts[last]) // (cpus - last) if last else 0
        last = cpus


def check(arch, out):
    """Raises AssertionError where a further CPU costs more than LIMIT."""
    for cpus, instructions, more in steps({n: whole(arch, n, out) for n in COUNTS}):
        print(f"# {arch}, {cpus} CPUs: {instructions} instructions, {more} for each further CPU", flush=True)
        assert more <= LIMIT, f"{cpus} CPUs: {more} instructions for each further CPU, {LIMIT} at most"


def show(counts, out):
    """Lines of a table."""
    for arch in ("riscv", "arm64"):
        for cpus, instructions, more in steps({n: whole(arch, n, out) for n in counts}):
            yield f"{arch}: {cpus:4} CPUs {instructions:14,}   {more:12,} for each further CPU"
