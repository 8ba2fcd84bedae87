# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Another revision's images, by the compiler at hand."""

import contextlib
import os
import subprocess
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent


class NotBuilt(Exception):
    """There is no such revision, or it does not build here."""


def command(where, *words):
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL")}
    done = subprocess.run(words, cwd=where, env=env, check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise NotBuilt("\n".join([" ".join(words), *done.stdout.splitlines()[-10:]]))
    return done.stdout


@contextlib.contextmanager
def images(revision, fixed):
    """The output directory of a build of `revision`; with `fixed` also of the image in its folder 4k."""
    commit = command(TOP, "git", "rev-parse", "--verify", f"{revision}^{{commit}}").strip()
    with tempfile.TemporaryDirectory(prefix="graticule-parent.") as folder:
        tree, out = Path(folder) / "tree", Path(folder) / "build"
        command(TOP, "git", "worktree", "add", "--detach", str(tree), commit)
        try:
            for arch in ("riscv", "arm64"):
                command(tree, "make", f"O={out}", f"ARCH={arch}", "all")
            if fixed:
                command(tree, "make", f"O={out}/4k", "ARCH=arm64", "4k_defconfig", "all")
            yield out
        finally:
            command(TOP, "git", "worktree", "remove", "--force", str(tree))
