# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""As much of the GDB remote protocol as it takes to make a kernel fault at a chosen place."""

import socket
import time

# Numbers of registers in QEMU's descriptions.
REGISTERS = {"riscv": {"ra": 1, "sp": 2, "fp": 8, "a0": 10, "a1": 11, "pc": 32},
             "arm64": {"a0": 0, "a1": 1, "fp": 29, "ra": 30, "sp": 31, "pc": 32}}


class Stub:
    """QEMU's, of a machine that was started with -S."""

    def __init__(self, path, arch, limit):
        self.registers = REGISTERS[arch]
        self.socket = socket.socket(socket.AF_UNIX)
        self.buffer = b""
        end = time.monotonic() + limit
        while True:
            try:
                self.socket.connect(str(path))
                break
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)
        self.socket.settimeout(limit)
        # Only who has asked for their description can have registers one by one.
        self.ask("qXfer:features:read:target.xml:0,ffb")

    def _read(self):
        """One packet's contents."""
        while b"#" not in self.buffer or len(self.buffer) < self.buffer.index(b"#") + 3:
            data = self.socket.recv(4096)
            if not data:
                raise EOFError("QEMU is gone")
            self.buffer += data
        end = self.buffer.index(b"#")
        packet, self.buffer = self.buffer[:end].lstrip(b"+").lstrip(b"$"), self.buffer[end + 3:]
        self.socket.sendall(b"+")
        return packet.decode()

    def _send(self, text):
        data = text.encode()
        self.socket.sendall(b"$" + data + b"#" + f"{sum(data) % 256:02x}".encode())

    def ask(self, text):
        self._send(text)
        return self._read()

    def run_to(self, address):
        """Continue until the instruction at an address is next."""
        assert self.ask(f"Z1,{address:x},4") == "OK"
        assert self.ask("c").startswith(("S", "T")) and self.get("pc") == address
        assert self.ask(f"z1,{address:x},4") == "OK"

    def get(self, name):
        return int.from_bytes(bytes.fromhex(self.ask(f"p{self.registers[name]:x}")), "little")

    def set(self, name, value):
        data = (value % (1 << 64)).to_bytes(8, "little").hex()
        assert self.ask(f"P{self.registers[name]:x}={data}") == "OK"

    def write(self, address, data):
        assert self.ask(f"M{address:x},{len(data):x}:{data.hex()}") == "OK"

    def detach(self):
        """Let the machine run on by itself."""
        self._send("D")
        self.socket.close()
