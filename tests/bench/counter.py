# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Is the counter right? Guests whose counts are known by hand: count_arm64.S, count_riscv.S."""

import subprocess
import tempfile
from pathlib import Path

from guest import count
from qemu import BINARY

HERE = Path(__file__).resolve().parent
GUESTS = {
    "arm64": (["aarch64-linux-gnu-gcc", "-Wl,-Ttext=0x40080000"], ["-cpu", "max"],
              {"instructions": 84, "loads": 10, "stores": 30, "dsb.ishst": 10, "isb": 10, "dsb.ish": 1,
               "dsb.sy": 1, "dmb.ish": 1, "tlbi.vmalle1": 1, "tlbi.vaae1is": 1, "tlbi.vaale1is": 1,
               "tlbi.vae1": 1}),
    "riscv": (["riscv64-linux-gnu-gcc", "-march=rv64gc", "-mno-relax", "-Wl,-Ttext=0x80000000"],
              ["-cpu", "rv64,svinval=on", "-bios", "none"],
              {"instructions": 73, "loads": 10, "stores": 20, "fence": 10, "sfence.all": 1,
               "sfence.va": 2, "fence.i": 1, "sfence.w.inval": 1, "sinval.va": 1,
               "sfence.inval.ir": 1}),
}


def check_counter(arch, plugin):
    """Raises AssertionError where a count is not what it has to be."""
    compiler, options, expected = GUESTS[arch]
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "count"
        subprocess.run([*compiler, "-nostdlib", "-static", "-no-pie", "-Wl,--build-id=none",
                        f"-I{HERE.parent.parent}", "-o", program, HERE / f"count_{arch}.S"],
                       check=True)
        _, windows, _ = count([BINARY[arch], "-M", "virt", *options, "-display", "none", "-monitor", "none",
                               "-serial", "none", "-nic", "none", "-no-reboot", "-kernel", str(program)],
                              plugin, 30)
    assert list(windows) == [9] and windows[9]["count"] == 1, f"windows {windows}"
    assert windows[9]["sum"] == expected, f"{windows[9]['sum']}, and not {expected}"
