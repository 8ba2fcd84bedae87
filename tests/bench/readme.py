# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The README's table of what was counted, from the committed figures."""

import json
from pathlib import Path

from compare import limits, over_bar
from report import BARRIERS, COMPILED_IN, barriers, side_by_side

HERE = Path(__file__).resolve().parent
README = HERE.parent.parent / "README.md"
BEGIN = "<!-- measured: written by tests/bench/run --readme -->\n"
END = "<!-- end of measured -->\n"
# Of the operations that report.side_by_side() compares.
COMPARED = ("linear", "image", "vmalloc 4 KiB", "vfree 4 KiB", "set_memory_ro 4 KiB, already split",
            "translate, level 0", "64 virt_to_phys", "64 phys_to_virt", "64 page_to_pfn", "64 pfn_to_page",
            "64 page_to_phys", "64 phys_to_page", "code of the image, bytes", "data of the image, bytes")


KEPT = ("instructions", *BARRIERS, "bytes", "relocations")


def cell(counts):
    """ "7,132,546; dsb 4, isb 2" """
    if not counts:
        return ""
    rest = barriers(counts)
    return f"{counts['instructions']:,}" + ("" if rest == "-" else "; " + rest)


def bar_cell(bar):
    kinds = [f"{kind} {bar[kind]}" for kind in BARRIERS if kind in bar]
    return "; ".join([f"{bar['instructions']:,}", *([", ".join(kinds)] if kinds else [])]) if bar else ""


def rows(cases, linux):
    for row in json.loads((HERE / "bars.json").read_text()):
        ours = cases[row["case"]]["operations"][row["operation"]]
        theirs = linux["linear"].get(row["case"]) if row["operation"] == "linear" else linux[
            "operations"].get(f"{row['case'].split()[0]} {row['operation']}")
        bar = limits(row, ours)
        what = row["what"]
        if row.get("leaves"):
            case = cases[row["case"]]
            what += f" ({sum(case['leaves'].values()):,} leaves in {case['tables']} tables)"
        yield [what, cell(theirs), cell(ours), bar_cell(bar),
               ("no" if over_bar(row, ours) else "yes") if bar else ""]


def table(head, body):
    return "".join(f"| {' | '.join(line)} |\n" for line in
                   [head, ["---", *["---:"] * (len(head) - 1)], *body])


def figures(results, bars):
    """What of all that was counted the README shows, or needs to show it."""
    wanted = {}
    for row in bars:
        wanted.setdefault(row["case"], set()).add(row["operation"])
    for name in results:
        if name.endswith(COMPILED_IN):
            for side in (name, name[:-len(COMPILED_IN)]):
                wanted.setdefault(side, set()).update(COMPARED)
    return {name: {"tables": results[name]["tables"], "leaves": results[name]["leaves"],
                   "operations": {operation: {kind: counts[kind] for kind in KEPT if kind in counts}
                                  for operation, counts in results[name]["operations"].items()
                                  if operation in operations}}
            for name, operations in wanted.items() if name in results}


def section(figures_of, linux):
    """What belongs between BEGIN and END."""
    return (table(["", f"Linux {linux['version']}", "Graticule", "bar", "holds"],
                  rows(figures_of["cases"], linux)) + "\n" +
            table(["arm64, 4K pages", "chosen at boot", "compiled in", "difference"],
                  [row for row in side_by_side(figures_of["cases"]) if row[0] in COMPARED]))


def split():
    text = README.read_text()
    before, rest = text.split(BEGIN)
    old, after = rest.split(END)
    return before, old, after


def write(figures_of, linux):
    before, _, after = split()
    README.write_text(before + BEGIN + "\n" + section(figures_of, linux) + "\n" + END + after)


def check(figures_of, linux):
    """Raises AssertionError where the README says anything else than the committed figures."""
    _, old, _ = split()
    assert old == "\n" + section(figures_of, linux) + "\n", "README.md: tests/bench/run --readme"
