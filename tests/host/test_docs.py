# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What the documentation says can be looked up: links, files, rules, command-line words."""

import re
import sys
from pathlib import Path

from tap import Tap

DOCS = [Path("README.md"), *sorted(Path("docs").glob("*.md"))]
RULE = re.compile(r"\[MODEL_\w+\] = \{\s*\"(\w+)\",\s*'\w',\s*\"([^\"]+)\"")
# `generic/tlb.c`, `asm/step.h`, `mm/vm.h`: names of files between backquotes.
NAMED = re.compile(r"`((?:\w[\w.-]*/)+[\w.-]+\.(?:c|h|S|py|md|mk))`")


def links():
    for doc in DOCS:
        for target in re.findall(r"\]\(([^)#:]+)\)", doc.read_text()):
            assert (doc.parent / target).exists(), f"{doc}: {target} is not there"


def named_files():
    for doc in DOCS:
        for name in NAMED.findall(doc.read_text()):
            places = [Path(name), *Path(".").glob(f"arch/*/{name}"), Path("include", name)]
            for include in ("include", "kernel/include"):
                places += Path(".").glob(f"arch/*/{include}/{name}")
            assert any(p.exists() for p in places), f"{doc}: {name} is not there"


def rules():
    told = dict(re.findall(r"^\| ([CAR]\d+) \| (.*?) \|", Path("docs/tlb-rules.md").read_text(), re.M))
    kept = dict(RULE.findall(Path("model/rules.c").read_text()))
    assert kept and told == kept, f"they differ in {sorted(set(told.items()) ^ set(kept.items()))}"


def words():
    """Every word that the kernel parses is in the README, and the other way round."""
    parsed = set(re.findall(r'"(\w+)"', Path("kernel/cmdline.c").read_text()))
    told = set()
    for row in re.findall(r"^\| (`.*?) \|", Path("README.md").read_text(), re.M):
        told |= {re.match(r"\w+", word).group(0) for word in re.findall(r"`([^`]+)`", row)}
    told = {word for word in told if word.islower() or word == "nobbml2"}
    assert told and told <= parsed, f"not parsed: {sorted(told - parsed)}"


def main():
    tap = Tap()
    tap.check("links lead to files", links)
    tap.check("files that are named exist", named_files)
    tap.check("the TLB rules are the model's", rules)
    tap.check("the command line's words are those that the kernel knows", words)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
