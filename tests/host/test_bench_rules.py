# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What the bench takes for worse: barriers both ways, instructions of the same tools only, bars always."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "bench"))
import compare  # noqa: E402
from tap import Tap  # noqa: E402


def case(**counts):
    return {"operations": {"map": counts}, "tables": 1, "leaves": {"4": 1}}


def lines(old, new, same):
    return list(compare.figures("case", new, old, same))


def barriers():
    old = case(instructions=1000, dsb=2, tlbi=1)
    assert not lines(old, case(instructions=1000, dsb=2, tlbi=1), True)
    for new in (case(instructions=1000, dsb=2), case(instructions=1000, dsb=2, tlbi=2),
                case(instructions=1000, dsb=1, tlbi=1), case(instructions=1000, dsb=2, tlbi=1, isb=1)):
        for same in (True, False):
            assert len(lines(old, new, same)) == 1, lines(old, new, same)
        assert len(compare.revisions("case", new, old)[0]) == 1


def instructions():
    old = case(instructions=1000)
    for count, differs in ((1010, False), (990, False), (1011, True), (989, True)):
        assert bool(lines(old, case(instructions=count), True)) == differs, count
        assert not lines(old, case(instructions=count), False), count
    worse, better = compare.revisions("case", case(instructions=1100), old)
    assert len(worse) == 1 and not better, (worse, better)
    worse, better = compare.revisions("case", case(instructions=900), old)
    assert not worse and len(better) == 1, (worse, better)


def gone():
    nothing = {**case(), "operations": {}}
    assert lines(case(instructions=1), nothing, False)
    assert compare.revisions("case", nothing, case(instructions=1))[0]


def other_memory():
    old, new = ({"operations": {"linear": {"instructions": 1, "sfence": n}}, "tables": n, "leaves": {}}
                for n in (2, 3))
    assert not lines(old, new, False)
    assert len(lines(old, new, True)) == 2, lines(old, new, True)


def bars():
    row = {"what": "it", "bar": {"instructions": 100, "tlbi": 0}, "per_relocation": 6}
    assert not compare.over_bar(row, {"instructions": 160, "relocations": 10})
    assert len(compare.over_bar(row, {"instructions": 161, "relocations": 10})) == 1
    assert len(compare.over_bar(row, {"instructions": 100, "relocations": 0, "tlbi": 1})) == 1
    assert not compare.over_bar({"what": "it"}, {"instructions": 1 << 40})


def main():
    tap = Tap()
    tap.check("a barrier or an invalidation more or less is another figure", barriers)
    tap.check("instructions are compared within 1 %, and only those of the same tools", instructions)
    tap.check("what is not counted any more is a failure", gone)
    tap.check("with other firmware the linear map may be another", other_memory)
    tap.check("a bar is one whoever compiled", bars)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
