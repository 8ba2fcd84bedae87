# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The booted kernel's report against the host tool's plan for the same device tree and image."""

import json
import subprocess
import tempfile
from pathlib import Path

from case import Failure, need

FIELDS = ("arch", "page_size", "va_bits", "levels", "kernel_offset", "linear_offset")
REGION = ("name", "start", "end", "size", "perm")
PLANNED_LEAVES = ("linear", "text", "rodata", "data")


def plan(outcome):
    """The host tool's plan, as JSON."""
    layout = outcome.layout
    with tempfile.TemporaryDirectory(prefix="graticule-plan.") as folder:
        dtb = Path(folder) / "dtb"
        dtb.write_bytes(outcome.dtb)
        args = [outcome.out / "host" / "graticule", "plan", "--arch", layout["arch"],
                "--page-size", str(layout["page_size"]), "--va-bits", str(layout["va_bits"]),
                "--dtb", dtb, "--image", outcome.image, "--image-base", f"{outcome.kernel_at:#x}", "--json"]
        for word in outcome.case.words.split():
            if word in ("nokaslr", "nocont") or word.startswith("mem="):
                args.append(f"--{word}")
            elif word.startswith("rodata="):
                args += ["--rodata", word.split("=")[1]]
        done = subprocess.run([str(a) for a in args], check=False, capture_output=True, text=True)
    need(done.returncode == 0, f"the tool: status {done.returncode}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def leaves(layout):
    """The leaves of what the plan decides, comparable."""
    return sorted((leaf["region"], leaf["level"], bool(leaf["contiguous"]), str(leaf["size"]), leaf["count"])
                  for leaf in layout["leaves"] if leaf["region"] in PLANNED_LEAVES)


def differences(kernel, planned):
    """What differs, one line each."""
    for key in FIELDS:
        if kernel[key] != planned[key]:
            yield f"{key}: kernel {kernel[key]}, plan {planned[key]}"
    mine = [tuple(r[k] for k in REGION) for r in kernel["regions"]]
    theirs = [tuple(r[k] for k in REGION) for r in planned["regions"]]
    for region in mine:
        if region not in theirs:
            yield f"region only in the kernel: {region}"
    for region in theirs:
        if region not in mine:
            yield f"region only in the plan: {region}"
    if leaves(kernel) != leaves(planned):
        yield f"leaves: kernel {leaves(kernel)}"
        yield f"leaves: plan   {leaves(planned)}"


def equals_plan():
    """Regions, offsets and leaves are those of the plan."""
    def expect(outcome):
        found = list(differences(outcome.layout, plan(outcome)))
        if found:
            raise Failure("\n".join(found))
    return expect
