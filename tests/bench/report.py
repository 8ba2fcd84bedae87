# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The tables that `make bench` prints."""

BARRIERS = ("dsb", "isb", "tlbi", "sfence")


def table(title, head, rows):
    if not rows:
        return
    widths = [max(len(str(row[i])) for row in [head, *rows]) for i in range(len(head))]
    print(f"\n{title}\n")
    for row in [head, *rows]:
        print("  ".join(str(cell).ljust(width) if i == 0 else str(cell).rjust(width)
                        for i, (cell, width) in enumerate(zip(row, widths))).rstrip())


def barriers(counts):
    """ "dsb 2, isb 1": those that there were. """
    return ", ".join(f"{kind} {counts[kind]}" for kind in BARRIERS if counts.get(kind)) or "-"


def leaves(counts):
    """ "16 x 1G + 510 x 2M" """
    def size(kib):
        for shift, unit in ((30, "T"), (20, "G"), (10, "M")):
            if kib >> shift and not kib & ((1 << shift) - 1):
                return f"{kib >> shift}{unit}"
        return f"{kib}K"

    return " + ".join(f"{n} x {size(int(kib))}" for kib, n in
                      sorted(counts.items(), key=lambda item: -int(item[0])))


def linear_rows(results, linux):
    for name, result in results.items():
        ours, theirs = result["operations"]["linear"], linux["linear"].get(name, {})
        entries = sum(result["leaves"].values())
        yield [name, f"{ours['instructions']:,}", f"{ours['instructions'] / max(entries, 1):.2f}",
               f"{ours['stores']:,}", barriers(ours), f"{result['tables']:,}", leaves(result["leaves"]),
               f"{theirs['instructions']:,}" if theirs else "", barriers(theirs) if theirs else ""]


def operation_rows(results):
    names = [name for name in results if " 16G " in name] or list(results)
    for name in names:
        for operation, counts in results[name]["operations"].items():
            if operation != "linear" and "instructions" in counts:
                yield [f"{name}: {operation}", f"{counts['instructions']:,}", f"{counts['stores']:,}",
                       barriers(counts)]


COMPILED_IN = ", 4K compiled in"


def side_by_side(results):
    """One page size at boot or at compile time: what each costs, and how much more the choice does."""
    for name, fixed in results.items():
        if not name.endswith(COMPILED_IN):
            continue
        chosen = results.get(name[:-len(COMPILED_IN)], {"operations": {}})["operations"]
        for operation, counts in fixed["operations"].items():
            for kind in ("instructions", "bytes"):
                a, b = chosen.get(operation, {}).get(kind), counts.get(kind)
                if a and b:
                    yield [operation, f"{a:,}", f"{b:,}", f"{(a - b) * 100 / b:+.1f} %"]


def print_tables(results, linux):
    table(f"Creation of the linear map; Linux {linux['version']} where it was counted",
          ["case", "instructions", "per leaf", "stores", "barriers", "tables", "leaves", "Linux", ""],
          list(linear_rows(results, linux)))
    table("Operations, with 16 GiB", ["", "instructions", "stores", "barriers"],
          list(operation_rows(results)))
    table("arm64, 4K pages: the page size chosen at boot or compiled in",
          ["", "at boot", "compiled in", "difference"], list(side_by_side(results)))
    print(f"\n{linux['about']}\n")
