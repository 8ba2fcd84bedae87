# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What can be seen without running: checkers, style, licence lines, and rules of the house."""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tap import Tap

ARCHES = ("riscv", "arm64")
TARGET = {"riscv": "riscv64-linux-gnu", "arm64": "aarch64-linux-gnu"}
LICENCE = "SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause"
# Files that have no place for a comment, or whose text is data of a test.
NO_LICENCE = re.compile(r"(^|/)(LICENSES?/|tests/fuzz/corpus/|tests/.*/data/|\.gitignore$)|"
                        r"\.(json|svg|png|dtb|bin|log)$|^LICENSE|^tools/packages\.txt$")
OUT = Path(os.environ.get("GRATICULE_OUT", "build"))


def files(*patterns):
    """The project's files, committed or not, that match a pattern."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "--", *patterns],
                            check=True, capture_output=True, text=True).stdout.split("\n")
    return sorted(f for f in set(listed) if f and os.path.isfile(f))


def run(*command):
    """Fails with the output unless the command succeeds and says nothing."""
    done = subprocess.run([str(c) for c in command], check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace")
    assert done.returncode == 0, "\n".join(done.stdout.splitlines()[:60])
    return done.stdout


def target_flags(arch):
    """How a file of the image is compiled, for checkers that are clangs or gccs of their own."""
    flags = ["-std=gnu11", "-ffreestanding", "-Iinclude", f"-Iarch/{arch}/include", "-I.",
             "-include", OUT / arch / "include/generated/autoconf.h"]
    return [str(f) for f in flags]


def sources(arch):
    return files("generic/*.c", "mm/*.c", "kernel/*.c", f"arch/{arch}/*.c")


def sparse(arch, path):
    """sparse runs on the host's machine model: what only the target knows is named here."""
    include = run(f"{TARGET[arch]}-gcc", "-print-file-name=include").strip()
    defines = ["-D__riscv", "-D__riscv_xlen=64"] if arch == "riscv" else ["-D__aarch64__"]
    text = run("sparse", "-Wsparse-error", "-Wno-decl", "-nostdinc", "-isystem", include, "-m64",
               *defines, *target_flags(arch), path)
    assert not text.strip(), text


def tidy(arch, path):
    march = ["-march=rv64imac", "-mabi=lp64", "-mcmodel=medany"] if arch == "riscv" else [
        "-mgeneral-regs-only"]
    run("clang-tidy", "--quiet", path, "--", f"--target={TARGET[arch]}", *march, *target_flags(arch))


def cppcheck(arch):
    text = run("cppcheck", "--quiet", "--std=c11", "--platform=unix64", "--inline-suppr",
               "--enable=warning,performance,portability", "--error-exitcode=1",
               "--suppress=missingIncludeSystem", "--suppress=preprocessorErrorDirective",
               # The linker script's symbols are the ends of one object each.
               "--suppress=comparePointers", "--max-configs=4", "-Iinclude",
               f"-Iarch/{arch}/include", "-I.", "-D__STDC_HOSTED__=0", *sources(arch))
    assert not text.strip(), text


def clang_format(paths):
    text = subprocess.run(["clang-format", "--dry-run", "-Werror", *paths], check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    wrong = sorted(set(re.findall(r"^(\S+?):\d+:\d+: error", text.stdout, re.MULTILINE)))
    assert text.returncode == 0, "make format would change:\n" + "\n".join(wrong)


def licences():
    missing = []
    for path in files("*"):
        if NO_LICENCE.search(path) or os.path.getsize(path) == 0:
            continue
        with open(path, "rb") as file:
            if LICENCE.encode() not in b"".join(file.readlines()[:5]):
                missing.append(path)
    assert not missing, "\n".join(missing)


def grep(pattern, paths, allowed=""):
    """Lines that match, as failures."""
    hits = []
    for path in paths:
        with open(path, encoding="utf-8", errors="replace") as file:
            for number, line in enumerate(file, 1):
                if re.search(pattern, line) and not (allowed and re.search(allowed, line)):
                    hits.append(f"{path}:{number}: {line.strip()}")
    assert not hits, "\n".join(hits)


def code(*folders):
    return files(*[f"{f}/*.[chS]" for f in folders])


def lengths():
    long = []
    for path in code("generic", "mm", "kernel", "arch", "include", "tools"):
        with open(path, encoding="utf-8") as file:
            lines = file.read().split("\n")
        if len(lines) > 500:
            long.append(f"{path}: {len(lines)} lines")
        long += [f"{path}:{n}: {len(line.expandtabs(8))} columns"
                 for n, line in enumerate(lines, 1) if len(line.expandtabs(8)) > 110]
    assert not long, "\n".join(long)


def shell(path):
    run("sh", "-n", path)


def jobs():
    """Every check: a name and a function with its arguments."""
    yield "every file names its licence in its first lines", licences
    yield "generic/ names no architecture", grep, r"(?i)\b(riscv|risc-v|arm64|aarch64|x86)\b", code("generic")
    yield ("no #ifdef of an architecture outside arch/", grep,
           r"#\s*(if|ifdef|elif).*(__riscv|__aarch64__|CONFIG_ARM64|CONFIG_RISCV)",
           code("generic", "mm", "kernel", "include"))
    yield "no privileged instruction outside arch/", grep, r"\b(asm|__asm__)\b.*\(", code("generic", "mm"), \
        r'asm (volatile)?\(""'
    yield "files have at most 500 lines, lines at most 110 columns", lengths
    for path in files("scripts/run", "scripts/packages", ".ci/run", "*.sh"):
        yield f"sh can read {path}", shell, path
    for path in files("tests/*.py", "tests/run", "tests/boot/run", "tests/fuzz/run"):
        yield f"python can read {path}", compile_python, path
    for arch in ARCHES:
        yield f"cppcheck finds nothing ({arch})", cppcheck, arch
        for path in sources(arch):
            yield f"sparse finds nothing in {path} ({arch})", sparse, arch, path
        for path in sources(arch):
            # The shared files differ little between the architectures: one of them is enough.
            if path.startswith("arch/") or arch == "arm64":
                yield f"clang-tidy finds nothing in {path} ({arch})", tidy, arch, path


def compile_python(path):
    with open(path, encoding="utf-8") as file:
        compile(file.read(), path, "exec")


def main():
    os.chdir(Path(__file__).resolve().parent.parent.parent)
    tap = Tap()
    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        for job in jobs():
            pool.submit(tap.check, *job)
    version = re.search(r"version (\d+)", run("clang-format", "--version")).group(1)
    if version == "14":
        # Versions disagree in small things; the tree is kept in the form of this one.
        tap.check("clang-format would change nothing", clang_format,
                  files("*.c", "*.h"))
    else:
        tap.comment(f"clang-format {version}: the tree's form is that of version 14, not compared")
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
