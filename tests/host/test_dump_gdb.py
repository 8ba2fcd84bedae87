#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""graticule dump through a gdbstub: QEMU's, whose own walk is the oracle, and one that answers nonsense."""

import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from dump_oracle import MAIR, Arm, Maker, Riscv, Walk

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "boot"))
import gdb  # noqa: E402  pylint: disable=wrong-import-position
from tap import Tap  # noqa: E402  pylint: disable=wrong-import-position

TOOL = Path(os.environ.get("GRATICULE_OUT", "build")) / "host" / "graticule"
SEED = 20261128
LIMIT = 300


def run(*args, limit=LIMIT):
    done = subprocess.run([str(a) for a in (TOOL, "dump", *args)], capture_output=True, check=False, timeout=limit)
    assert done.returncode in (0, 1, 2), f"{args}: status {done.returncode}: {done.stderr[-300:]!r}"
    if done.returncode == 2:
        assert done.stderr.count(b"\n") == 1, done.stderr[-300:]
    return done.returncode, done.stdout.decode(), done.stderr.decode()


# ---- QEMU -------------------------------------------------------------------------------------------

class Machine:
    """QEMU with an image in memory and a stub, stopped at its first instruction."""

    BINARY = {"riscv": ("qemu-system-riscv64", "-cpu", "rv64,svnapot=on,svpbmt=on", "-bios", "none"),
              "arm64": ("qemu-system-aarch64", "-cpu", "max")}

    def __init__(self, arch, folder, image=None, at=0, run_at_once=False):
        self.path, self.arch, self.folder = folder / "gdb", arch, folder
        args = [*self.BINARY[arch], "-M", "virt", "-m", "256M", "-display", "none", "-nic", "none", "-serial", "none",
                "-monitor", f"unix:{folder}/monitor,server=on,wait=off", "-gdb", f"unix:{self.path},server=on,wait=off"]
        args += [] if run_at_once else ["-S"]
        args += ["-device", f"loader,file={image},addr={at:#x},force-raw=on"] if image else []
        self.process = subprocess.Popen(args, stdin=subprocess.DEVNULL)  # pylint: disable=consider-using-with
        self.where = f"unix:{self.path}"

    def __enter__(self):
        end = time.monotonic() + LIMIT
        while not self.path.exists():
            assert self.process.poll() is None and time.monotonic() < end, "QEMU does not start"
            time.sleep(0.05)
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def stub(self):
        return Stub(self.path, self.arch, LIMIT)


class Stub(gdb.Stub):
    """With the monitor, and registers by name."""

    def monitor(self, command):
        self._send("qRcmd," + command.encode().hex())
        text = ""
        while (answer := self._read()) != "OK":
            if answer.startswith("O"):
                text += bytes.fromhex(answer[1:]).decode()
            else:
                assert answer.startswith("T"), answer
        return text

    def number(self, name):
        text, next_number = "", 0
        for part in re.findall(r'href="([^"]*)"', self.document("target.xml")):
            text = self.document(part)
            for tag in re.findall(r"<reg [^>]*>", text):
                number = re.search(r'regnum="(\d+)"', tag)
                next_number = int(number.group(1)) if number else next_number
                if f'name="{name}"' in tag:
                    return next_number
                next_number += 1
        raise KeyError(name)

    def document(self, name):
        text = ""
        while True:
            part = self.ask(f"qXfer:features:read:{name}:{len(text):x},7fe")
            text += part[1:]
            if part[0] == "l":
                return text

    def put(self, name, value):
        data = (value % (1 << 64)).to_bytes(8, "little").hex()
        assert self.ask(f"P{self.number(name):x}={data}") == "OK", name

    def close(self):
        self.socket.close()

    def translate(self, va):
        """QEMU's own walk; None: nothing."""
        match = re.search(r"gpa: 0x([0-9a-f]+)", self.monitor(f"gva2gpa {va:#x}"))
        return int(match.group(1), 16) if match else None


def enter(stub, form, root, code):
    """Have the CPU translate with the tree."""
    if form.arch == "riscv":
        # All of memory is S-mode's, too.
        stub.put("pmpaddr0", (1 << 54) - 1)
        stub.put("pmpcfg0", 0x1F)
        stub.put("priv", 1)
        stub.put("satp", {39: 8, 48: 9, 57: 10}[form.va_bits] << 60 | root >> 12)
        return
    granule = {12: (0, 2), 14: (2, 1), 16: (1, 3)}[form.page_shift]
    tsz = 64 - form.va_bits
    tcr = tsz | granule[0] << 14 | tsz << 16 | granule[1] << 30 | (6 if form.pa_bits == 52 else 5) << 32 | form.ds << 59
    tcr |= 1 << (7 if form.upper else 23)
    base = root | (root >> 48 & 15) << 2
    for number, value in enumerate([base, base, tcr, sum(b << 8 * i for i, b in enumerate(MAIR)), 0x30D0180D & ~4]):
        assert stub.ask(f"P{number:x}={(value % (1 << 64)).to_bytes(8, 'little').hex()}") == "OK"
    assert stub.ask(f"P20={code.to_bytes(8, 'little').hex()}") == "OK"
    # msr ttbr0_el1, x0; ttbr1_el1, x1; tcr_el1, x2; mair_el1, x3; sctlr_el1, x4
    words = (0xD5182000, 0xD5182021, 0xD5182042, 0xD518A203, 0xD5181004)
    stub.write(code, b"".join(w.to_bytes(4, "little") for w in words))
    for _ in words:
        assert stub.ask("s").startswith("T")


def qemu_agrees(form, chance):
    """What the registers lead to is the tree, and each address of it is where QEMU says."""
    base = 0x80000000 if form.arch == "riscv" else 0x40000000
    maker = Maker(form, chance, base + 0x1000000, 8 << 20)
    expect = Walk(form, maker.image, maker.root).found
    with tempfile.TemporaryDirectory(prefix="graticule-gdb.") as name:
        folder = Path(name)
        image = maker.image.file(folder / "image").rsplit("@", 1)[0]
        with Machine(form.arch, folder, image, maker.image.base) as machine:
            stub = machine.stub()
            enter(stub, form, maker.root, base + 0x100000)
            answers = {}
            leaves = [x for x in expect if x.kind == "leaf" and x.kernel[0] == "r" and "old" not in x.flags
                      and "group-disagrees" not in x.flags]
            for leaf in chance.sample(leaves, min(40, len(leaves))):
                va = leaf.va + chance.randrange(leaf.size)
                answers[va] = stub.translate(va)
            # QEMU 7.2 takes blocks where arm64 has none, and PBMT 3, which is reserved.
            faults = [x for x in expect if x.kind == "fault" and
                      (x.pa >> 61 & 3 != 3 if form.arch == "riscv" else x.size == 1 << form.page_shift)]
            for leaf in faults[:10]:
                assert stub.translate(leaf.va) is None, f"QEMU translates {leaf.va:#x}"
            stub.close()
            status, out, err = run("--gdb", machine.where, "--json", "--stats", "--leaves")
            assert status == 0, err
            tree = [t for t in json.loads(out)["trees"] if int(t["root"], 16) == maker.root][0]
            assert tree["from"] == "CPU 0", tree["from"]
            got = {int(r["va"], 16): r for r in tree["ranges"] if r["kind"] == "leaf"}
            assert set(got) == {x.va for x in expect if x.kind == "leaf"}, form.name
            for leaf in (x for x in expect if x.kind == "leaf"):
                r = got[leaf.va]
                assert (int(r["pa"], 16), r["kernel"], r["user"], r["memory"]) == \
                    (leaf.pa, leaf.kernel, leaf.user, leaf.memory), f"{form.name} {leaf}: {r}"
            for va, pa in answers.items():
                leaf = [x for x in leaves if x.va <= va < x.va + x.size][0]
                # QEMU 7.2 names the page, not the byte.
                assert pa is not None and pa >> 12 == leaf.pa + va - leaf.va >> 12, \
                    f"{form.name} {va:#x}: QEMU says {pa}, expected {leaf}"
            packets, tables = (int(re.search(rf"(\d+) {w}", err).group(1)) for w in ("packets", "tables"))
            assert packets <= (tables << form.page_shift) / 2048 * 1.05 + 80, f"{packets} packets for {tables} tables"
            assert not is_running(machine), "a guest that was stopped runs"
            again = machine.stub()
            assert again.ask("qqemu.PhyMemMode") == "0", "the mode was not put back"
            again.close()


def info_mem(mode):
    """RISC-V's own list of ranges, without groups, which it does not know."""
    form = Riscv(mode)
    form.group = lambda level: 1
    chance = random.Random(SEED + mode)
    maker = Maker(form, chance, 0x81000000, 1 << 20)
    # It goes on where hardware faults.
    bad = [x.va for x in Walk(Riscv(mode), maker.image, maker.root).found if x.kind == "fault"]
    with tempfile.TemporaryDirectory(prefix="graticule-gdb.") as name:
        folder = Path(name)
        image = maker.image.file(folder / "image").rsplit("@", 1)[0]
        with Machine("riscv", folder, image, maker.image.base) as machine:
            stub = machine.stub()
            enter(stub, form, maker.root, 0)
            lines = re.findall(r"^([0-9a-f]{16}) ([0-9a-f]{16}) ([0-9a-f]{16}) ([-a-z]{7})", stub.monitor("info mem"), re.M)
            stub.close()
            status, out, err = run("--gdb", machine.where, "--json", "--leaves")
            assert status == 0 and lines, err
            ranges = [(int(r["va"], 16), int(r["last"], 16), int(r["pa"], 16)) for r in json.loads(out)["trees"][0]["ranges"]
                      if r["kind"] == "leaf" and not int(r["entry"], 16) >> 63]
            spans = [(int(v, 16), int(v, 16) + int(s, 16) - 1, int(p, 16) % (1 << 56)) for v, p, s, _ in lines]
            spans = [(v | ((1 << 64) - (1 << mode) if v >> mode - 1 & 1 else 0), e | ((1 << 64) - (1 << mode) if e >> mode - 1 & 1
                                                                                   else 0), p) for v, e, p in spans]
            for va, last, pa in ranges:
                hit = [(v, e, p) for v, e, p in spans if v <= va and last <= e]
                assert hit and any(p + va - v == pa for v, e, p in hit), f"{va:#x}: info mem has {hit}"
            assert len(ranges) > 20 and bad


def state_is_kept():
    """A guest that ran runs again: after a dump, an error, and an interrupt; one that was stopped does not."""
    for arch in ("riscv", "arm64"):
        for args, status in ((("--root", "80000000:riscv:bare" if arch == "riscv" else "40000000:arm64:4k:39"), 0),
                             (("--root", "80000000:riscv:sv39" if arch == "arm64" else "0:arm64:4k:39"), 2),
                             (("--cpu", "5"), 2)):
            with tempfile.TemporaryDirectory(prefix="graticule-gdb.") as name, \
                    Machine(arch, Path(name), run_at_once=True) as machine:
                got, _, err = run("--gdb", machine.where, *args)
                assert got == status, err
                assert is_running(machine), f"{arch}: stopped after {args}"
                assert run("--gdb", machine.where, "--keep-stopped", *args)[0] == status
                assert not is_running(machine), f"{arch}: runs after --keep-stopped"


def is_running(machine):
    """As QEMU's monitor has it, to which a stub's client is nothing."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(machine.folder / "monitor"))
        connection.settimeout(LIMIT)
        connection.sendall(b"info status\n")
        data = b""
        while not (match := re.search(rb"VM status: (\w+)", data)):
            data += connection.recv(4096)
        return match.group(1) == b"running"


# ---- a stub that lies -------------------------------------------------------------------------------

TARGET = ('l<target><architecture>riscv:rv64</architecture><xi:include href="a.xml"/></target>')
PART = 'l<feature><reg name="x" bitsize="64"/><reg name="satp" bitsize="64" regnum="7"/></feature>'


class Fake:
    """Answers from a table, the first prefix that fits; keeps what it was asked."""

    def __init__(self, folder, answers=None, greeting=b"", memory=None):
        self.path = Path(folder) / f"fake{time.monotonic_ns()}"
        self.answers = {"qSupported": "PacketSize=1000", "qRcmd": "", "qXfer:features:read:target.xml:0,": TARGET,
                        "qXfer:features:read:a.xml:0,": PART, "qfThreadInfo": "m01", "qsThreadInfo": "l", "Hg": "OK",
                        "p7": (8 << 60 | 0x80000).to_bytes(8, "little").hex(), "qqemu.PhyMemMode": "0", "Qqemu.PhyMemMode": "OK",
                        "D": "OK", "m": lambda text: self.read(text), **(answers or {})}  # pylint: disable=unnecessary-lambda
        self.greeting, self.memory, self.asked = greeting, memory or {}, []
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(str(self.path))
        self.server.listen(1)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def read(self, text):
        at, size = (int(x, 16) for x in text[1:].split(","))
        return "".join(self.memory.get(a, 0).to_bytes(8, "little").hex() for a in range(at, at + size, 8))[:2 * size]

    def serve(self):
        connection, _ = self.server.accept()
        connection.sendall(self.greeting)
        data = b""
        while True:
            try:
                new = connection.recv(65536)
            except OSError:
                return
            if not new:
                return
            data += new
            while match := re.search(rb"\$([^#]*)#..", data):
                data = data[match.end():]
                text = match.group(1).decode()
                self.asked.append(text)
                answer = next((a for p, a in sorted(self.answers.items(), key=lambda x: -len(x[0])) if text.startswith(p)), "")
                answer = answer(text) if callable(answer) else answer
                if answer is None:
                    continue  # says nothing
                if isinstance(answer, bytes):
                    connection.sendall(answer)
                    if answer.endswith(b"BYE"):
                        connection.close()
                        return
                    continue
                body = answer.encode()
                connection.sendall(b"+$" + body + b"#" + f"{sum(body) % 256:02x}".encode())


MEMORY = {0x80000000: 0x80001000 >> 2 | 1, 0x80001000: 0x80002000 >> 2 | 1, 0x80002000: 0x90000000 >> 2 | 0xC7}
RAM = "O" + ('FlatView #0\n AS "memory", root: system\n 0000000080000000-000000008fffffff (prio 0, ram): ram\n'
             ' 00000000a0000000-00000000a0000fff (prio 0, i/o): uart\n').encode().hex()


def fake_is_asked_little():
    """Each table once, in the fewest packets; mode and guest as they were."""
    with tempfile.TemporaryDirectory(prefix="graticule-gdb.") as folder:
        for greeting, run_again in ((b"", False), (b"$T02thread:01;#0b", True)):
            total = sum(b"T02thread:01;") % 256
            fake = Fake(folder, memory=MEMORY, greeting=greeting.replace(b"#0b", b"#%02x" % total))
            status, out, err = run("--gdb", f"unix:{fake.path}")
            assert status == 0 and "1 x 4K" in out, out + err
            fake.thread.join(LIMIT)
            reads = [t for t in fake.asked if t.startswith("m")]
            assert sorted(reads) == [f"m{a:x},800" for a in range(0x80000000, 0x80003000, 0x800)], reads
            assert fake.asked.count("Qqemu.PhyMemMode:1") == 1 and fake.asked.count("Qqemu.PhyMemMode:0") == 1
            assert ("D" in fake.asked) == run_again
            assert not any(t[0] in "MPGXckZzsvC" for t in fake.asked), fake.asked
        # A larger packet is used where the stub takes one; a mode that was on stays on.
        fake = Fake(folder, {"qSupported": "PacketSize=20000", "qqemu.PhyMemMode": "1"}, memory=MEMORY)
        assert run("--gdb", f"unix:{fake.path}")[0] == 0
        fake.thread.join(LIMIT)
        assert "m80000000,1000" in fake.asked and not any(t.startswith("Q") for t in fake.asked), fake.asked


def devices_are_not_read():
    """What is not RAM is no table: reading it may change it."""
    with tempfile.TemporaryDirectory(prefix="graticule-gdb.") as folder:
        replies = iter([RAM])

        def monitor(text):
            return next(replies, "OK") if "6d74726565" in text else "OK"
        memory = {0x80000000: 0xA0000000 >> 2 | 1, 0x80000008: 0x90000000 >> 2 | 1}
        answers = {"qRcmd": lambda text: frame(monitor(text)) + (frame("OK") if "6d74726565" in text else b"")}
        fake = Fake(folder, answers, memory=memory)
        status, out, err = run("--gdb", f"unix:{fake.path}")
        assert status == 0 and out.count("unread") >= 2, out + err
        assert {t for t in fake.asked if t.startswith("m")} == {"m80000000,800", "m80000800,800"}, fake.asked


def frame(text):
    return b"$" + text.encode() + b"#" + f"{sum(text.encode()) % 256:02x}".encode()


def nonsense():
    """One line, status 2, soon; and what was set is put back."""
    with tempfile.TemporaryDirectory(prefix="graticule-gdb.") as folder:
        for answers, word in (
                ({"qSupported": ""}, "nonsense"), ({"qSupported": "PacketSize=zz"}, "nonsense"), ({"qSupported": None}, "time limit"),
                ({"qSupported": b"BYE"}, "nonsense"), ({"qSupported": b"+$abc#00"}, "wrong sum"), ({"qSupported": b"hello"}, "nonsense"),
                ({"qSupported": b"$" + b"x" * 300000}, "nonsense"), ({"qSupported": b"$x*\x01#00"}, "nonsense"),
                ({"qXfer:features:read:target.xml:0,": "E01"}, "registers"), ({"qXfer:features:read:target.xml:0,": ""}, "registers"),
                ({"qXfer:features:read:target.xml:": "m" + "y" * 2000, "qXfer:features:read:target.xml:0,": "mx"}, "without end"),
                ({"qXfer:features:read:target.xml:0,": "l<architecture>i386</architecture>"}, "neither"),
                ({"qXfer:features:read:a.xml:0,": "l" + "<reg />" * 20000}, "too many"), ({"qfThreadInfo": "l"}, "no CPUs"),
                ({"qfThreadInfo": "m" + "1," * 1000}, "CPUs"), ({"qfThreadInfo": "mxyz"}, "CPUs"), ({"Hg": "E22"}, "CPU"),
                ({"p7": "E01"}, "satp"), ({"p7": "zz" * 8}, "satp"), ({"p7": (5 << 60).to_bytes(8, "little").hex()}, "mode 5"),
                ({"qqemu.PhyMemMode": ""}, "physical"), ({"Qqemu.PhyMemMode:1": "E01"}, "refuses"), ({"m": "E14"}, "not in the source"),
                ({"m": "00"}, "another size"), ({"m": "zz" * 2048}, "hexadecimal"), ({"m": None}, "time limit"), ({"m": b"BYE"}, "nonsense"),
                ({"m": b"+$BYE"}, "closed")):
            fake = Fake(folder, answers, memory=MEMORY)
            begin = time.monotonic()
            status, out, err = run("--gdb", f"unix:{fake.path}", "--timeout", 2)
            assert status == 2 and word in err and not out, f"{answers}: {status} {err!r} lacks {word!r}"
            assert time.monotonic() - begin < 60, answers
            fake.thread.join(LIMIT)
            if "Qqemu.PhyMemMode:1" in fake.asked and "m" in answers and b"BYE" not in (answers["m"] or b"" if not isinstance(
                    answers["m"], str) else b""):
                assert "Qqemu.PhyMemMode:0" in fake.asked, f"{answers}: {fake.asked}"
        for where, word in ((f"unix:{folder}/none", "No such file"), ("unix:", "empty"), ("localhost", "HOST:PORT"),
                            ("localhost:1", "refused"), ("localhost:zz", "--gdb localhost:zz")):
            status, _, err = run("--gdb", where, "--timeout", 2)
            assert status == 2 and word in err, f"{where}: {err!r}"


def interrupts():
    """A signal in the middle: the guest goes on, and the mode is put back."""
    with tempfile.TemporaryDirectory(prefix="graticule-gdb.") as folder:
        for number in (signal.SIGINT, signal.SIGTERM):
            fake = Fake(folder, {"m": None}, greeting=frame("T02thread:01;"))
            with subprocess.Popen([str(TOOL), "dump", "--gdb", f"unix:{fake.path}", "--timeout", "300"],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE) as tool:
                end = time.monotonic() + LIMIT
                while not any(t.startswith("m") for t in fake.asked):
                    assert time.monotonic() < end and tool.poll() is None
                    time.sleep(0.02)
                tool.send_signal(number)
                _, err = tool.communicate(timeout=LIMIT)
                assert tool.returncode == 2 and b"interrupted" in err, err
            fake.thread.join(LIMIT)
            assert fake.asked[-2:] == ["Qqemu.PhyMemMode:0", "D"], fake.asked


def main():
    tap = Tap()
    tap.comment(f"seed {SEED}")
    for check in (fake_is_asked_little, devices_are_not_read, nonsense, interrupts, state_is_kept):
        tap.check((check.__doc__ or "").rstrip("."), check)
    for mode in (39, 48, 57):
        tap.check(f"QEMU's walk of sv{mode} agrees", qemu_agrees, Riscv(mode), random.Random(SEED))
    tap.check("QEMU's info mem agrees", info_mem, 39)
    for form in (Arm("el1", 12, 48, False, 0, ("upper",)), Arm("el1", 12, 33, False, 0, ("lower",)),
                 Arm("el1", 14, 47, False, 0, ("upper",)), Arm("el1", 16, 52, False, 0, ("lower",)),
                 Arm("el1", 12, 52, True, 0, ("upper",)), Arm("el1", 14, 52, True, 0, ("lower",))):
        tap.check(f"QEMU's walk of {form.name} agrees", qemu_agrees, form, random.Random(SEED))
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
