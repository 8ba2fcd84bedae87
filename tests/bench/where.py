# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Which functions a window's instructions are in."""

import collections
import subprocess

from guest import Failed

# Wherever the image runs, it is aligned to this, and its text is its first part, and less.
ALIGNMENT = 2 << 20


def frames(elf, addresses):
    """For each address of the image, which is linked at 0, the functions it is in, innermost first."""
    done = subprocess.run(["addr2line", "-a", "-f", "-i", "-e", elf], check=True, capture_output=True,
                          text=True, input="\n".join(map(hex, addresses)))
    found = {}
    for line in done.stdout.splitlines():
        if line.startswith("0x"):
            found[int(line, 16)] = names = []
            is_name = True
        else:
            if is_name:
                names.append(line)
            is_name = not is_name
    return found


def where(case, out, plugin, window):
    """Lines that say where the case's window spends its instructions: functions, what is inlined below."""
    profile = case.count(out, plugin, f",profile={window}").profile
    if not profile:
        raise Failed(f"nothing was counted in window {window}")
    outer, inner = collections.Counter(), collections.defaultdict(collections.Counter)
    names = frames(case.elf(out), [address % ALIGNMENT for address, _ in profile])
    for address, hits in profile:
        chain = names[address % ALIGNMENT]
        outer[chain[-1]] += hits
        inner[chain[-1]][chain[0]] += hits
    total = sum(outer.values())
    lines = [f"{case.name}, window {window}: {total} instructions"]
    for name, hits in outer.most_common():
        if hits * 1000 < total:
            break
        lines.append(f"{hits:12}  {hits * 100 / total:5.1f} %  {name}")
        lines += [f"{part:12}               {within}" for within, part in inner[name].most_common(8)
                  if within != name and part * 200 > total]
    return lines
