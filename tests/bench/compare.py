# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What counts are held against: the bars, the figures that people read, and another revision's counts."""

# More than this, in parts of a thousand, is another figure.
TOLERANCE = 10
# Does not depend on the compiler: the source says how many there are.
MAINTENANCE = ("dsb", "isb", "tlbi", "sfence")


SIZES = ("instructions", "bytes")


def differs(old, new):
    return abs(new - old) * 1000 > old * TOLERANCE


def limits(row, ours):
    """A row's bar, for an image with these relocations."""
    bar = dict(row.get("bar", {}))
    if "per_relocation" in row:
        bar["instructions"] += row["per_relocation"] * ours["relocations"]
    return bar


def over_bar(row, ours, same=True):
    """What is over the row's bar, as lines. Instructions have one for the compiler of the figures."""
    return [f"{row['what']}: {kind} {ours.get(kind, 0)}, and the bar is {most}"
            for kind, most in limits(row, ours).items()
            if ours.get(kind, 0) > most and (same or kind in MAINTENANCE)]


def maintenance(old, new):
    """Barriers and invalidations that are not the same; one that is gone is not taken for progress."""
    return [f"{kind} {old.get(kind, 0)} -> {new.get(kind, 0)}"
            for kind in MAINTENANCE if old.get(kind, 0) != new.get(kind, 0)]


def figures(name, have, figure, same):
    """How a case differs from the committed figures, as lines; `same`: it was made by the same tools.

    Firmware, and so QEMU, has a say in what memory there is, and the linear map depends on that.
    """
    mapped = {what: (figure[what], have[what]) for what in ("tables", "leaves")}
    other_map = any(old != new for old, new in mapped.values())
    if same:
        yield from (f"{name}: {what} {old} -> {new}" for what, (old, new) in mapped.items() if old != new)
    for operation, old in figure["operations"].items():
        if operation == "linear" and other_map and not same:
            continue
        new = have["operations"].get(operation)
        if new is None:
            yield f"{name}: {operation}: not counted any more"
            continue
        # What the tree says of a hart is tried on the way to the MMU, and other QEMUs' trees say more.
        if same or operation != "image":
            yield from (f"{name}: {operation}: {line}" for line in maintenance(old, new))
        if same:
            yield from (f"{name}: {operation}: {kind} {old[kind]} -> {new[kind]}"
                        for kind in SIZES if kind in old and differs(old[kind], new[kind]))


def revisions(name, have, parent):
    """How a case differs from another revision's, both built by the same compiler: (worse, better)."""
    worse, better = [], []
    for operation, old in parent["operations"].items():
        new = have["operations"].get(operation)
        what = f"{name}: {operation}"
        if new is None:
            worse.append(f"{what}: not counted any more")
            continue
        worse += [f"{what}: {line}" for line in maintenance(old, new)]
        for kind in SIZES:
            if kind in old and kind in new and differs(old[kind], new[kind]):
                percent = (new[kind] / old[kind] - 1) * 100
                line = f"{what}: {kind} {old[kind]} -> {new[kind]} ({percent:+.1f} %)"
                (worse if new[kind] > old[kind] else better).append(line)
    return worse, better
