# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What can be seen without running: checkers, style, licence lines, and rules of the house."""

import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import layers
from tap import Tap

ARCHES = ("riscv", "arm64")
TARGET = {"riscv": "riscv64-linux-gnu", "arm64": "aarch64-linux-gnu"}
LICENCE = "SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause"
# Files that have no place for a comment, or whose text is data of a test.
NO_LICENCE = re.compile(r"(^|/)(LICENSES?/|tests/fuzz/corpus/|tests/.*/data/|\.gitignore$)|"
                        r"\.(json|svg|png|dtb|bin|log)$|^LICENSE|^tools/packages\.txt$")
# The version of clang-format whose form the tree has. Versions disagree in small things; what all of them
# and a reader can count on, layout() checks.
CLANG_FORMAT = "14"
# What cppcheck is to look for, by name: each version finds something else under the same heading.
CPPCHECK = set("""
    syntaxError internalAstError internalError unknownMacro cppcheckError arrayIndexOutOfBounds
    arrayIndexOutOfBoundsCond autoVariables bufferAccessOutOfBounds deallocret deallocuse doubleFree
    integerOverflow invalidFree invalidFunctionArg memleak memleakOnRealloc missingReturn negativeArraySize
    negativeIndex negativeMemoryAllocationSize nullPointer nullPointerArithmetic
    nullPointerArithmeticRedundantCheck nullPointerRedundantCheck objectIndex overlappingWriteFunction
    overlappingWriteUnion pointerArithBool resourceLeak returnDanglingLifetime danglingLifetime
    selfInitialization shiftNegative shiftNegativeLHS shiftTooManyBits shiftTooManyBitsSigned
    stringLiteralWrite uninitStructMember uninitdata uninitvar unknownEvaluationOrder useClosedFile
    va_end_missing va_list_usedBeforeStarted va_start_subsequentCalls va_start_wrongParameter
    wrongPrintfScanfArgNum zerodiv zerodivcond argumentSize assertWithSideEffect assignmentInAssert
    badBitmaskCheck charBitOp clarifyStatement compareBoolExpressionWithInt
    comparisonOfBoolWithInvalidComparator constStatement divideSizeof funcArgOrderDifferent
    identicalConditionAfterEarlyExit identicalInnerCondition ignoredReturnValue incorrectLogicOperator
    incorrectStringBooleanError incorrectStringCompare invalidPrintfArgType_n invalidPrintfArgType_p
    invalidPrintfArgType_s invalidPrintfArgType_sint invalidPrintfArgType_uint invalidTestForOverflow
    literalWithCharPtrCompare memsetValueOutOfRange memsetZeroBytes moduloAlwaysTrueFalse multiplySizeof
    oppositeInnerCondition overlappingStrcmp pointerAdditionResultNotNull pointerSize selfAssignment
    signConversion signedCharArrayIndex sizeofCalculation sizeofDivisionMemfunc sizeofFunctionCall
    sizeofsizeof staticStringCompare suspiciousCase suspiciousSemicolon uselessAssignmentPtrArg
    AssignmentAddressToInteger AssignmentIntegerToAddress CastAddressToIntegerAtReturn
    CastIntegerToAddressAtReturn invalidPointerCast pointerOutOfBounds sizeofDereferencedVoidPointer
    unknownSignCharArrayIndex varFuncNullUB passedByValue
    """.split())
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
    flags = ["-std=gnu11", "-ffreestanding", "-Iinclude", f"-Iarch/{arch}/include",
             f"-Iarch/{arch}/kernel/include", "-I.",
             "-include", OUT / arch / "include/generated/autoconf.h"]
    return [str(f) for f in flags]


def sources(arch):
    return files("generic/*.c", "mm/*.c", "kernel/*.c", f"arch/{arch}/*.c")


def sparse(arch, path):
    """sparse runs on the host's machine model: what only the target knows is named here."""
    include = run(f"{TARGET[arch]}-gcc", "-print-file-name=include").strip()
    defines = ["-D__riscv", "-D__riscv_xlen=64"] if arch == "riscv" else ["-D__aarch64__"]
    defines += ["-D__UINT64_C(c)=c##UL", "-D__INT64_C(c)=c##L"]  # of the compiler's stdint.h
    text = run("sparse", "-Wsparse-error", "-Wno-decl", "-nostdinc", "-isystem", include, "-m64",
               *defines, *target_flags(arch), path)
    assert not text.strip(), text


def tidy(arch, path):
    march = ["-march=rv64imac", "-mabi=lp64", "-mcmodel=medany"] if arch == "riscv" else [
        "-mgeneral-regs-only"]
    run("clang-tidy", "--quiet", path, "--", f"--target={TARGET[arch]}", *march, *target_flags(arch))


def cppcheck_findings(*arguments):
    """What cppcheck says of the names above, as lines."""
    text = run("cppcheck", "--quiet", "--std=c11", "--platform=unix64", "--inline-suppr",
               "--enable=warning,performance,portability", "--suppress=missingIncludeSystem",
               "--suppress=preprocessorErrorDirective", "--max-configs=4",
               "--template={id} {file}:{line}: {severity}: {message}", *arguments)
    return [line for line in text.splitlines() if line.split(" ")[0] in CPPCHECK]


def cppcheck(arch):
    # The registers that variables are in don't matter, and newer versions can't read them.
    found = cppcheck_findings("-Dasm(...)=", "-Iinclude", f"-Iarch/{arch}/include",
             f"-Iarch/{arch}/kernel/include", "-I.",
                              "-D__STDC_HOSTED__=0", *sources(arch))
    assert not found, "\n".join(found)


MISTAKES = """
/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
int planted(int *p);
int planted(int *p)
{
	int a[2] = { 0, 0 };

	if (p)
		a[0] = 1;
	return *p + a[2] + a[0];
}
void *integer(void);
void *integer(void)
{
	return 0;
}
"""


def planted():
    """Each checker finds a mistake that is one in every version: it does run, and its names are known."""
    config = f"--config-file={Path('.clang-tidy').resolve()}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "planted.c"
        path.write_text(MISTAKES, encoding="utf-8")
        found = " ".join(cppcheck_findings(path))
        assert "arrayIndexOutOfBounds" in found, f"cppcheck: {found}"
        for command, what in ((["sparse", "-Wno-decl", path], "integer as NULL"),
                              (["clang-tidy", "--quiet", config, path, "--", "-w"], "core.NullDereference")):
            done = subprocess.run([str(c) for c in command], check=False, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True)
            assert what in done.stdout, done.stdout


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
    for path in code("generic", "mm", "kernel", "arch", "include", "model", "tools"):
        with open(path, encoding="utf-8") as file:
            lines = file.read().split("\n")
        if len(lines) > 500:
            long.append(f"{path}: {len(lines)} lines")
        long += [f"{path}:{n}: {len(line.expandtabs(8))} columns"
                 for n, line in enumerate(lines, 1) if len(line.expandtabs(8)) > 110]
    assert not long, "\n".join(long)


def layout():
    """What clang-format of whatever version leaves: tabs, no blanks at a line's end, single empty lines."""
    wrong = []
    for path in files("*.c", "*.h"):
        with open(path, encoding="utf-8", newline="") as file:
            text = file.read()
        lines = text.split("\n")
        for number, line in enumerate(lines, 1):
            indent = line[:len(line) - len(line.lstrip())]
            if line != line.rstrip():
                wrong.append(f"{path}:{number}: blanks at the end")
            if " " * 8 in indent or " \t" in indent:
                wrong.append(f"{path}:{number}: indented with blanks")
        if not text.endswith("\n") or text.endswith("\n\n") or "\n\n\n" in text:
            wrong.append(f"{path}: empty lines: one between lines, none at the end")
    assert not wrong, "\n".join(wrong)


def seeded(paths):
    texts = {path: Path(path).read_text(encoding="utf-8") for path in paths}
    chance = {p: t for p, t in texts.items() if re.search(r"\brandom(_u64|_below|_range)?\(|fake_hardware_begin", t)}
    wrong = [p for p, text in chance.items() if not re.search(r"\brandom_(begin|state)\(", text)]
    assert len(chance) > 10 and not wrong, "\n".join(wrong)


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
    # Each has a row in tests/bytes there, which compares the bytes.
    yield ("asm statements are in functions of headers", grep, r"\basm\b.*\(",
           files("arch/*.c", "kernel/*.c"), r'asm (volatile)?\(""')
    # What no walk reaches is written by build.c and chain.c; pgtable_swap.c works under quiesce.
    yield ("nothing but the gate stores into a table that a CPU may walk", grep,
           r"\b(mmu_(store|flip|swap|replace|take)_entr(y|ies)|mmu_(fill|copy)_entries|mmu_flip_atomic|gate_exchange|table_set)\(",
           [f for f in code("generic") if not re.search(r"/(gate|gate_age|build|chain|pgtable_swap|pgtable_entry)\.[ch]$", f)])
    yield ("nothing but the gate touches a batch", grep,
           r"\btlb_batch_(change|add)\(|(->|\.)(nonleaf|linked|resized|edited)\b",
           [f for f in code("generic", "mm", "kernel") if not re.search(r"/(gate|gate_age|tlb|pgtable_swap)\.[ch]$", f)])
    # Who may: those that make tables and link them by way of the gate, or take them away by it.
    for what, pattern, users in (
            ("write tables out of reach", r"\bbuild_(leaves|link|empty|copy|table|split)\(",
             "build|gate|cut|target|pgtable(_map|_root|_swap)?"),
            ("chain table pages", r"\bpgtable_chain_push\(", "chain|pgtable_op"),
            ("commit a batch", r"\barch_tlb_commit\(", "tlb|pgtable_leaf")):
        yield (f"only {users} may {what}", grep, pattern,
               [f for f in code("generic", "mm", "kernel") if not re.search(rf"/({users})\.[ch]$", f)])
    yield ("only tests/host/random.h seeds", grep, r"\bsrand(om)?\(",
           [f for f in files("tests/*.c", "tests/*.h") if not f.endswith("/random.h")])
    yield "every random test says how it is made again (tests/host/random.h)", seeded, files("tests/*.c")
    yield "files have at most 500 lines, lines at most 110 columns", lengths
    yield "C is indented with tabs, without blanks at the end", layout
    yield "each checker finds a planted mistake", planted
    yield ("kernel -> mm -> generic -> arch headers, tools -> model -> generic, nothing -> tests", layers.check,
           files("*.c", "*.h", "*.S"), Path("."))
    yield "the check of those directions finds a planted include", layers.planted, Path(".")
    for path in files("scripts/run", "scripts/packages", ".ci/run", "*.sh"):
        yield f"sh can read {path}", shell, path
    for path in files("tests/*.py", "tests/run", "tests/boot/run", "tests/bench/run", "tests/fuzz/run", "tests/coverage"):
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
    if version == CLANG_FORMAT:
        tap.check("clang-format would change nothing", clang_format, files("*.c", "*.h"))
    else:
        tap.comment(f"clang-format {version}: the tree has the form of version {CLANG_FORMAT}, not compared")
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
