# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Which part of the tree may include which: the directions of docs/architecture.md, from #include lines."""

import re
from pathlib import Path

# Each part and its files; the first pattern that fits counts.
PARTS = (
    ("public", r"include/graticule/|arch/\w+/include/graticule/"),
    ("backend", r"include/backend/"),
    ("base", r"base/"),
    ("arch", r"arch/\w+/include/asm/|arch/\w+/\w+\.[ch]$"),
    ("machine", r"arch/\w+/kernel/"),
    ("generic", r"generic/"),
    ("mm", r"mm/"),
    ("kernel", r"kernel/"),
    ("model", r"model/"),
    ("tools", r"tools/"),
    ("examples", r"examples/"),
    ("scripts", r"scripts/"),
    ("tests", r"tests/"),
)

# What the files of a part may include beside their own. The reference kernel and its machine's part are
# one: kernel/arch.h is what either asks of the other.
BELOW = {
    "public": set(),
    "base": {"public"},
    "backend": {"public", "base"},
    "arch": {"public", "backend", "base"},
    "generic": {"public", "backend", "base", "arch"},
    "mm": {"public", "base", "arch"},
    "kernel": {"public", "base", "arch", "mm", "machine"},
    "machine": {"public", "base", "arch", "mm", "kernel"},
    "model": {"public", "base", "arch"},
    "tools": {"public", "base", "arch", "model"},
    "examples": {"public"},
    "scripts": set(),
    "tests": {part for part, _ in PARTS},
}

# What the host tool shares with the reference kernel and the engine, file by file: all of it is pure.
SHARED = {
    "tools": {"generic/cursor.h", "kernel/layout_json.h", "kernel/layout_text.h", "kernel/printk.h", "kernel/seed.h",
              "mm/linear_map.h", "mm/memblock.h", "mm/page.h"},
}

# Modules (a header and its source) of which each may include those before it, and none after it.
ORDERS = (
    ("kernel/work_queue", "kernel/cpu", "kernel/quiesce", "kernel/work", "kernel/smp"),
    ("include/graticule/types", "include/graticule/geometry", "include/graticule/regime",
     "include/graticule/pgtable", "include/graticule/pgtable_swap"),
)

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include(?:_next)?[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)
# Headers of the C language that come with a compiler and need no library.
FREESTANDING = {"float.h", "iso646.h", "limits.h", "stdalign.h", "stdarg.h", "stdbool.h", "stddef.h",
                "stdint.h", "stdnoreturn.h"}
FOLDERS = ("include", "arch/riscv/include", "arch/arm64/include", "arch/riscv/kernel/include",
           "arch/arm64/kernel/include", "")
# Parts that are linked into kernels, which have no C library; base and one more take the host's on a host.
TARGET = {"public", "arch", "machine", "generic", "mm", "kernel"}
HOSTED = {("kernel/printk.h", "stdio.h")}


def part_of(path):
    for part, pattern in PARTS:
        if re.match(pattern, path):
            return part
    return None


def resolve(path, name, kind, root):
    """The file of the tree that an include names, or None where it is none of the tree's."""
    folders = FOLDERS if kind == "<" else (str(Path(path).parent), *FOLDERS)
    for folder in folders:
        candidate = Path(folder) / name
        if (root / candidate).is_file():
            return candidate.as_posix()
    return None


def wrong(path, text, root):
    """What @path, whose text is @text, includes against the directions: one line for each."""
    part = part_of(path)
    found = []
    for kind, name in INCLUDE.findall(text):
        target = resolve(path, name, kind, root)
        if target is None:
            if part in TARGET and name not in FREESTANDING and (path, name) not in HOSTED:
                found.append(f"{path}: {name} is not in the tree")
            continue
        below = part_of(target)
        if below != part and below not in BELOW[part] and target not in SHARED.get(part, ()):
            found.append(f"{path}: {part} includes {target}, of {below}")
        for order in ORDERS:
            modules = [str(Path(f).with_suffix("")) for f in (path, target)]
            if all(m in order for m in modules) and order.index(modules[0]) < order.index(modules[1]):
                found.append(f"{path}: {modules[0]} includes {target}, which comes after it")
    return found


def check(paths, root):
    """Nothing of the tree includes what it may not, and every file is part of something."""
    found = []
    for path in paths:
        if part_of(path) is None:
            found.append(f"{path}: of no part that tests/lint/layers.py knows")
        else:
            found += wrong(path, (root / path).read_text(encoding="utf-8"), root)
    assert not found, "\n".join(found)


# A file, a line in it, and whether the directions allow that.
PLANTED = (
    ("generic/tlb.c", "#include <graticule/tlb.h>", True),
    ("generic/tlb.c", "#include <asm/pte.h>", True),
    ("generic/tlb.c", '#include "mm/vm.h"', False),
    ("generic/tlb.c", "#include <asm/trap.h>", False),
    ("generic/tlb.c", "#include <stdint.h>", True),
    ("generic/tlb.c", "#include <stdio.h>", False),
    ("mm/vm.c", '#include "mm/vm.h"', True),
    ("mm/vm.c", '\t# include "generic/gate.h"', False),
    ("mm/vm.c", '#include "kernel/boot.h"', False),
    ("kernel/main.c", '#include "mm/vm.h"', True),
    ("kernel/main.c", '#include "generic/cursor.h"', False),
    ("kernel/main.c", '#include "tools/util.h"', False),
    ("arch/riscv/tlb.c", '#include "generic/gate.h"', False),
    ("arch/riscv/tlb.c", "#include <backend/tlb.h>", True),
    ("mm/vm.c", "#include <backend/tlb.h>", False),
    ("arch/arm64/include/asm/pte.h", '#include "kernel/cpu.h"', False),
    ("arch/arm64/include/asm/pte.h", "#include <asm/gic.h>", False),
    ("arch/arm64/kernel/boot.c", '#include "kernel/boot.h"', True),
    ("include/graticule/pgtable.h", "#include <graticule/geometry.h>", True),
    ("include/graticule/geometry.h", "#include <graticule/pgtable.h>", False),
    ("include/graticule/pgtable.h", "#include <asm/pte.h>", False),
    ("include/graticule/pgtable.h", '#include "base/string.h"', False),
    ("model/claim.c", '#include "tests/model/traces.h"', False),
    ("model/claim.c", '#include "tools/util.h"', False),
    ("model/claim.c", "#include <stdio.h>", True),
    ("tools/plan.c", '#include "tests/host/engine_arena.h"', False),
    ("tools/plan.c", '#include "kernel/boot.h"', False),
    ("tools/plan.c", '#include "kernel/seed.h"', True),
    ("tools/simulator/run.c", '#include "model/machine.h"', True),
    ("tools/simulator/run.c", '#include "generic/gate.h"', False),
    ("examples/embed.c", '#include "base/string.h"', False),
    ("kernel/work_queue.h", '#include "kernel/smp.h"', False),
    ("kernel/quiesce.c", '#include "kernel/smp.h"', False),
    ("kernel/work.c", '#include "kernel/quiesce.h"', True),
    ("tests/host/test_vm.c", '#include "mm/vm.h"', True),
)


def planted(root):
    """The check finds each planted include that is wrong, and nothing in those that are right."""
    for path, line, fine in PLANTED:
        found = wrong(path, f"/* a comment */\n{line}\n", root)
        assert fine == (not found), f"{path}: {line}: {found or 'not found'}"
        assert (root / path).is_file(), f"{path} is no more: plant it elsewhere"
