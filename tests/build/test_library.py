# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The archive is safe in any kernel: its names, what it asks for, which registers its instructions use."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tap import Tap

OUT = Path(os.environ.get("GRATICULE_OUT", "build")) / "check" / "library"
TARGET = {"riscv": "riscv64-linux-gnu", "arm64": "aarch64-linux-gnu"}
# What every name that it defines for others begins with.
PREFIX = re.compile(r"grt_")
# What a freestanding library may ask of the kernel that links it.
ALLOWED = {"memcpy", "memset", "memmove", "memcmp"}
# Registers that are the kernel's: arm64 x18, and what kernels don't save; RISC-V gp and tp, likewise.
RESERVED = {
    "arm64": re.compile(r"\b(?:[xw]18|[vqdshb](?:[12]?\d|3[01])(?:\.\w+)?|z\d+|p\d+(?:/[mz])|fp[cs]r)\b"),
    "riscv": re.compile(r"\b(?:gp|tp|f[ats]\d+|v\d+|fcsr|vl|vtype)\b"),
}
# An instruction of each kind that must not be there, to see that the test would notice.
PLANTED = {
    "arm64": ("str w18, [x0]", "mov x0, x18", "ldp q0, q1, [x0]", "fmov d3, x1", "movi v31.16b, #0"),
    "riscv": ("sd tp, 0(a0)", "mv a0, gp", "fsd fs0, 0(a0)", "fmv.d.x fa5, a0"),
}
VARIANTS = {
    "riscv": ((), ("ABI=lp64d",), ("EXTRA_CFLAGS=-Os",), ("LLVM=1",), ("LLVM=1", "ABI=lp64d")),
    "arm64": ((), ("EXTRA_CFLAGS=-Os",), ("LLVM=1",)),
}


def run(*command, **more):
    done = subprocess.run([str(c) for c in command], check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, **more)
    assert done.returncode == 0, "\n".join(done.stdout.splitlines()[-25:])
    return done.stdout


def tool(arch, name):
    return f"{TARGET[arch]}-{name}"


def build(arch, variant):
    """The folder that `make lib` with these arguments fills."""
    name = "-".join(re.sub(r"\W+", "", v) for v in variant) or "default"
    run("make", f"O={OUT / name}", f"ARCH={arch}", *variant, "lib")
    return OUT / name / arch / "lib"


def symbols(arch, folder):
    """Names that it defines for others, and those that it asks for."""
    text = run(tool(arch, "nm"), folder / "libgraticule.a")
    return (set(re.findall(r" [A-MO-TV-Z] (\S+)$", text, re.MULTILINE)),
            set(re.findall(r"^ +[Uw] (\S+)$", text, re.MULTILINE)))


def names(arch, folder):
    defined, asked = symbols(arch, folder)
    others = sorted(n for n in defined if not PREFIX.match(n))
    assert len(defined) > 20 and not others, f"it defines {others}"
    assert asked <= ALLOWED, f"it asks for {sorted(asked - ALLOWED)}"


def instructions(arch, path):
    """Lines of the disassembly, without the names and addresses that branches go to."""
    for line in run(tool(arch, "objdump"), "-d", "--no-show-raw-insn", path).splitlines():
        match = re.match(r"\s+[0-9a-f]+:\t(\S+)\s*(.*)", line)
        if match:
            operands = re.sub(r"\b[0-9a-f]+ <[^>]*>|<[^>]*>|(//|#) .*$", "", match.group(2))
            yield line.strip(), f"{match.group(1)} {operands}"


def reserved(arch, path):
    # Not the first word: instructions have names like those of registers (b.vs).
    return [line for line, text in instructions(arch, path) if RESERVED[arch].search(text.partition(" ")[2])]


def registers(arch, folder):
    found = reserved(arch, folder / "libgraticule.a")
    assert len(list(instructions(arch, folder / "libgraticule.a"))) > 3000, "that was no library"
    assert not found, "\n".join(found[:20])


def registers_planted(arch):
    with tempfile.TemporaryDirectory() as where:
        for line in PLANTED[arch]:
            path = Path(where) / "planted.o"
            extra = [] if arch == "arm64" else ["-march=rv64gc"]
            run(tool(arch, "gcc"), *extra, "-x", "assembler", "-c", "-o", path, "-",
                input=f"f: {line}\n ret\n")
            assert reserved(arch, path), f"{line}: not found"


def sections(arch, folder):
    """Nothing to write to, no table of addresses, one section for each function and object."""
    text = run(tool(arch, "readelf"), "-SW", folder / "libgraticule.a")
    table = re.findall(r"\[ *(\d+)\] (\S+)\s+(?:PROGBITS|NOBITS)\s+\S+ \S+ (\S+) \S+ +(\w*) ", text)
    # Constants with addresses in them are the linker's to write.
    writable = {number: name for number, name, _, flags in table
                if "W" in flags and not name.startswith(".data.rel.ro")}
    objects = re.findall(r" (?:OBJECT|TLS|COMMON) .* (\w+) +(\S+)$",
                         run(tool(arch, "readelf"), "-sW", folder / "libgraticule.a"), re.MULTILINE)
    assert len(objects) > 5, "that was no library"
    found = [f"{name} in {writable.get(section, section)}" for section, name in objects
             if section in writable or section == "COM"]
    assert not found, f"it writes to {found}"
    assert not [size for _, name, size, _ in table if name == ".text" and int(size, 16)], \
        "functions in one section"
    assert sum(name.startswith(".text.") for _, name, *_ in table) > 50, text
    assert "GOT" not in run(tool(arch, "readelf"), "-rW", folder / "libgraticule.a"), "a global offset table"


def text_size(arch, folder, wanted):
    """Bytes of code that stay when these functions are all that a kernel calls."""
    linked = folder / "linked.elf"
    emulation = ["-m", "elf64lriscv"] if arch == "riscv" else []
    memory = [f"--defsym={name}=0x10000" for name in sorted(ALLOWED)]
    run(tool(arch, "ld"), *emulation, "--gc-sections", "-static", "-e", wanted[0], "-Ttext=0x10000", *memory,
        *[f"-u{name}" for name in wanted], "-o", linked, folder / "libgraticule.a")
    return int(run(tool(arch, "size"), "-A", linked).partition(".text")[2].split()[0])


def sizes(arch, folder):
    """Who calls little links little."""
    calls = [["grt_translate"], ["grt_translate", "grt_map"],
             ["grt_translate", "grt_map", "grt_unmap"], sorted(symbols(arch, folder)[0])]
    found = [text_size(arch, folder, wanted) for wanted in calls]
    assert all(a < b for a, b in zip(found, found[1:])), found
    assert found[0] * 4 < found[-1], found


def flags(arch, folder):
    """ABI= is what the objects say that they have."""
    head = run(tool(arch, "readelf"), "-h", folder / "libgraticule.a")
    assert "double-float ABI" in head, head


def pkg_config(folder):
    """It names the folders, and forces no ABI on anyone."""
    env = dict(os.environ, PKG_CONFIG_PATH=str(folder.resolve()))
    words = run("pkg-config", "--cflags", "--libs", "graticule", env=env).split()
    assert f"-I{folder.resolve()}/include" in words and "-lgraticule" in words, words
    assert not [w for w in words if w.startswith("-m")], words


def one_line(*arguments):
    done = subprocess.run(["make", f"O={OUT / 'default'}", *arguments, "lib"], check=False,
                          capture_output=True, text=True)
    said = (done.stdout + done.stderr).strip().splitlines()
    assert done.returncode and len(said) == 1, said


def main():
    os.chdir(Path(__file__).resolve().parent.parent.parent)
    tap = Tap()
    for arch, variants in VARIANTS.items():
        tap.check(f"{arch}: the look at registers finds what it is to find", registers_planted, arch)
        for variant in variants:
            how = " ".join((arch, *variant))
            folder = build(arch, variant)
            tap.check(f"{how}: names have the prefix, and it asks for the memory functions alone", names,
                      arch, folder)
            tap.check(f"{how}: no instruction uses a register that is the kernel's", registers, arch,
                      folder)
            tap.check(f"{how}: nothing to write to, a section for each function", sections, arch, folder)
            tap.check(f"{how}: who calls little links little", sizes, arch, folder)
            if "ABI=lp64d" in variant:
                tap.check(f"{how}: the objects have that ABI", flags, arch, folder)
        tap.check(f"{arch}: pkg-config names folders and no ABI", pkg_config, build(arch, ()))
    tap.check("a flag that no compiler has is one line", one_line, "ARCH=riscv", "EXTRA_CFLAGS=-fnonsense")
    tap.check("an ABI that there isn't is one line", one_line, "ARCH=riscv", "ABI=ilp64")
    tap.check("an ABI of another architecture is one line", one_line, "ARCH=arm64", "ABI=lp64d")
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
