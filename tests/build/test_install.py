# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""`make install`: what lies where, and that strangers' builds find it by pkg-config and by CMake."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tap import Tap

TOP = Path(__file__).resolve().parent.parent.parent
OUT = Path(os.environ.get("GRATICULE_OUT", "build")).resolve() / "check" / "build"
TARGET = {"riscv": "riscv64-linux-gnu", "arm64": "aarch64-linux-gnu"}
MACHINE = {"riscv": "RISC-V", "arm64": "AArch64"}
PREFIX = "/opt/some where"
VERSION = re.search(r'GRT_VERSION "(.*)"', (TOP / "include/graticule/version.h").read_text()).group(1)

CMAKE = """cmake_minimum_required(VERSION 3.13)
project(kernel C)
find_package(graticule {version} REQUIRED COMPONENTS {arch})
add_library(kernel STATIC "{top}/examples/embed.c")
target_include_directories(kernel PRIVATE "{top}")
target_link_libraries(kernel PUBLIC graticule::{arch})
add_executable(whole main.c)
target_include_directories(whole PRIVATE "{top}")
target_link_libraries(whole PRIVATE kernel)
"""
# A kernel's own flags, and what the library asks of it.
FLAGS = {"riscv": "-ffreestanding -fno-builtin -nostdlib -static -march=rv64imac -mabi=lp64",
         "arm64": "-ffreestanding -fno-builtin -nostdlib -static"}
MAIN = """#include <graticule/version.h>
#include <examples/embed.h>
void *memset(void *to, int c, size_t n) { for (char *t = to; n--;) *t++ = (char)c; return to; }
void *memcpy(void *to, const void *from, size_t n)
{
	const char *f = from;
	for (char *t = to; n--;)
		*t++ = *f++;
	return to;
}
void _start(void);
void _start(void) { embed_build(0, 0); }
"""


def run(*command, **more):
    done = subprocess.run([str(c) for c in command], check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, **more)
    assert done.returncode == 0, "\n".join(done.stdout.splitlines()[-25:])
    return done.stdout


def install(root, *arguments):
    run("make", f"O={OUT}", f"PREFIX={PREFIX}", f"DESTDIR={root}", *arguments, "install", cwd=TOP)
    return Path(f"{root}{PREFIX}")


def files(prefix):
    return {p.relative_to(prefix).as_posix() for p in prefix.rglob("*") if p.is_file()}


def has_all(prefix, arches, tool):
    """Exactly what belongs there: each installed header is one of the library's, and none is missing."""
    expected = {"lib/cmake/graticule/graticule-config.cmake", "lib/cmake/graticule/graticule-config-version.cmake"}
    expected |= {"bin/graticule", "share/man/man1/graticule.1"} if tool else set()
    for arch in arches:
        folder = OUT / arch / "lib" / "include"
        expected |= {f"include/graticule-{arch}/{p.relative_to(folder)}" for p in folder.rglob("*.h")}
        expected |= {f"lib/graticule-{arch}/libgraticule.a", f"lib/pkgconfig/graticule-{arch}.pc",
                     f"lib/cmake/graticule/graticule-targets-{arch}.cmake"}
    found = {name for name in files(prefix) if not name.startswith("share/doc/")}
    assert found == expected, sorted(found ^ expected)
    assert {"share/doc/graticule/LICENSE", "share/doc/graticule/examples/embed.c"} <= files(prefix)


def is_whole(arch, path):
    assert MACHINE[arch] in run("readelf", "-h", path), path
    assert " grt_layout_plan\n" in run("readelf", "-sW", path), "the library is not in it"


def by_pkg_config(arch, prefix, where):
    env = dict(os.environ, PKG_CONFIG_LIBDIR=str(prefix / "lib/pkgconfig"))
    name = f"graticule-{arch}"
    assert run("pkg-config", "--modversion", name, env=env).strip() == VERSION
    command = (f"set -e; cflags=$(pkg-config --cflags {name}); libs=$(pkg-config --libs {name}); "
               f"eval {TARGET[arch]}-gcc {FLAGS[arch]} -I. $cflags examples/embed.c "
               f"'\"{where}/main.c\"' $libs -o '\"{where}/kernel\"'")
    run("sh", "-c", command, cwd=TOP, env=env)
    is_whole(arch, where / "kernel")


def configure(arch, prefix, where, version):
    (where / "CMakeLists.txt").write_text(CMAKE.format(arch=arch, top=TOP, version=version))
    return subprocess.run(["cmake", "-S", where, "-B", where / "out", f"-DCMAKE_PREFIX_PATH={prefix}",
                           "-DCMAKE_SYSTEM_NAME=Generic", f"-DCMAKE_C_COMPILER={TARGET[arch]}-gcc",
                           f"-DCMAKE_C_FLAGS={FLAGS[arch]}"],
                          check=False, capture_output=True, text=True)


def by_cmake(arch, prefix, where):
    done = configure(arch, prefix, where, VERSION)
    assert done.returncode == 0, done.stderr
    run("cmake", "--build", where / "out")
    is_whole(arch, where / "out" / "whole")


def other_version(prefix, where):
    (where / "main.c").write_text(MAIN)
    major, minor, _ = VERSION.split(".")
    done = configure("riscv", prefix, where, f"{major}.{int(minor) + 1}")
    assert done.returncode and "compatible with requested version" in " ".join(done.stderr.split()), done.stderr


def other_arch(prefix, where):
    (where / "main.c").write_text(MAIN)
    done = configure("arm64", prefix, where, VERSION)
    assert done.returncode and "no library for arm64" in " ".join(done.stderr.split()), done.stderr


def manual(prefix):
    """It says all that --help says, and the formatter has no complaint."""
    page = (prefix / "share/man/man1/graticule.1").read_text()
    help_text = run(prefix / "bin/graticule", "--help")
    missing = [o for o in sorted(set(re.findall(r"--[a-z][a-z-]+", help_text)))
               if o.replace("-", "\\-") not in page]
    assert not missing and f"graticule {VERSION}" in page, missing
    assert not re.search(r"^'|^\.(?!\\\"|TH|SH|nf|fi)", page, re.MULTILINE), "a line is taken for a request"


def version(prefix):
    assert run(prefix / "bin/graticule", "--version") == f"graticule {VERSION}\n"
    numbers = re.findall(r"GRT_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)",
                         (prefix / "include/graticule-riscv/graticule/version.h").read_text())
    assert ".".join(numbers) == VERSION, numbers


def package():
    """What `make install` installs, under /usr, and nothing that Debian's policy calls an error."""
    if not shutil.which("dpkg-shlibdeps"):
        return
    path = run("make", "-s", f"O={OUT}", "deb", cwd=TOP).splitlines()[-1]
    listed = {line.split()[-1] for line in run("dpkg-deb", "-c", path).splitlines()}
    wanted = ("bin/graticule", "share/man/man1/graticule.1.gz", "lib/graticule-riscv/libgraticule.a",
              "lib/pkgconfig/graticule-arm64.pc", "lib/cmake/graticule/graticule-config.cmake",
              "include/graticule-arm64/graticule/pgtable.h", "share/doc/graticule/copyright")
    assert {f"./usr/{name}" for name in wanted} <= listed, sorted(listed)
    assert f" Version: {VERSION}\n" in run("dpkg-deb", "-I", path)
    if shutil.which("lintian"):
        said = subprocess.run(["lintian", path], check=False, capture_output=True, text=True).stdout
        assert not re.search(r"^E:", said, re.MULTILINE), said


def relative_prefix():
    done = subprocess.run(["make", f"O={OUT}", "PREFIX=here", "ARCH=riscv", "install"], check=False, cwd=TOP,
                          capture_output=True, text=True)
    assert done.returncode and "PREFIX=here: must begin with a slash" in done.stderr, done.stderr


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as root:
        prefix = install(root)
        tap.check("everything lies where it belongs, and nothing else does", has_all, prefix, TARGET, True)
        tap.check("the tool and the header say the version", version, prefix)
        tap.check("the manual page says what --help says", manual, prefix)
        for arch in TARGET:
            for name, build in (("pkg-config", by_pkg_config), ("CMake", by_cmake)):
                with tempfile.TemporaryDirectory(prefix="a b") as where:
                    Path(where, "main.c").write_text(MAIN)
                    tap.check(f"{arch}: a stranger's build finds it by {name}", build, arch, prefix, Path(where))
        with tempfile.TemporaryDirectory() as where:
            tap.check("CMake refuses another series", other_version, prefix, Path(where))
    with tempfile.TemporaryDirectory() as root, tempfile.TemporaryDirectory() as where:
        prefix = install(root, "ARCH=riscv")
        tap.check("one architecture alone is installed alone", has_all, prefix, ["riscv"], False)
        tap.check("CMake says that the other one isn't there", other_arch, prefix, Path(where))
    tap.check("a prefix that is no place is one line", relative_prefix)
    tap.check("the Debian package has all of it", package)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
