# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Ways through the assembly of RISC-V: each function is one, and riscv.traces has what it shows."""

from assembly import PHYS, PROBE, VIRT, merged
from assembly_cpus import RiscvRun
from machine import MASK

RiscvRun.calls = {"boot_main": 2, "secondary_main": 1, "trap_handle": 1, "early_trap_handle": 3}
RiscvRun.never = ("kernel_main", "secondary_main", "trap_handle", "early_trap_handle", "power_off_silent")

BACK = 0x5A5A_5A5A_5A50
SATP = 0x8000_0000_0012_3456


def hart(image, satp=SATP):
    """With translation, and a struct cpu in tp and sscratch."""
    run = RiscvRun(image, satp)
    run.names[SATP] = "the kernel's satp"
    stack = run.struct("the trap stack", 1024) + 1024
    cpu = run.struct("cpu", 64, {"probe_resume": 0, "trap_stack": stack}, "CPU_")
    run.regs |= {"ra": BACK, "sp": run.struct("the stack", 1024) + 512, "tp": cpu}
    run.system |= {"sscratch": cpu, "stvec": run.at("trap_entry", VIRT)}
    return run


def back_as_it_was(run):
    assert run.regs["sp"] == run.before["sp"] and run.regs["tp"] == run.before["tp"], "sp or tp is another"
    assert run.system["satp"] == run.before["satp"], "satp is another"
    assert run.system["stvec"] == run.before["stvec"], "stvec is another"
    for register in run.saved:
        assert run.regs[register] == run.before[register], f"{register} is another"
    return run


def called(run, symbol, *arguments, base=VIRT):
    run.arguments_are(*arguments)
    run.before = dict(run.regs) | {"satp": run.system["satp"], "stvec": run.system["stvec"]}
    return back_as_it_was(run.run(symbol, base))


# ---- mode.S ----

def release(run):
    run.set_field(run.words, "QUIESCE_", released=run.number)


def outside(image, symbol, *waits):
    run = hart(image)
    run.waits = list(waits)
    run.words = run.struct("words", 24, {"parked": 5, "released": 6}, "QUIESCE_")
    run.number = run.token("number")
    online = run.struct("online", 8, {0: 0xF0})
    called(run, symbol, VIRT - PHYS, online, 0x10, run.words, run.number)
    assert run.memory[online] == 0xF0
    return run


def park(image):
    """Woken twice: once for nothing."""
    return outside(image, "park", None, release)


def sleep_outside(image):
    return outside(image, "sleep_outside", None)


def satp_probed(image, modes=True, test=True, bad=False, word=True):
    run = hart(image, 0)
    run.modes = modes
    place = run.struct("the test", 8)
    run.bad = {place} if bad else set()
    found = run.memory[place]
    satp = run.token("satp")
    return called(run, "satp_probe", satp, PROBE - PHYS, place if test else 0,
                  found if word else run.token("another word"), base=PHYS)


def satp_probe(image):
    """No such mode; the mode; a load that faults, one that finds something else, one that finds the word."""
    changes = ({"modes": False}, {"test": False}, {"bad": True}, {"word": False}, {})
    return merged([satp_probed(image, **change) for change in changes])


def a_mode_that_is_there(image):
    return satp_probed(image, test=False)


def svinval_probed(image, *undefined):
    run = hart(image, 0)
    run.undefined = set(undefined)
    return called(run, "svinval_probe", base=PHYS)


SVINVAL = (".word 0x18000073", ".word 0x16000073", ".word 0x18100073")


def svinval_probe(image):
    """There are all of them, or one of them is illegal."""
    return merged([svinval_probed(image), *(svinval_probed(image, *SVINVAL[n:]) for n in range(3))])


def arch_probe_register(image):
    runs = []
    for width in (1, 2, 4):
        for bad in (0, 1):
            run = hart(image, 0)
            place = run.struct("it", 8, {0: 0x8877_6655_C4B3_A291})
            run.bad = {place} if bad else set()
            runs.append(called(run, "arch_probe_register", place, width, base=PHYS))
    return merged(runs)


def untranslated_store(image):
    runs = []
    for bad in (0, 1):
        run = hart(image)
        place = run.struct("it", 8)
        run.bad = {place} if bad else set()
        runs.append(called(run, "untranslated_store", place, 0x1234_5678, VIRT - PHYS))
    return merged(runs)


def semihosting_call(image):
    """Somebody listens, or the breakpoint is a trap."""
    runs = []
    for listens in (0, 1):
        run = hart(image)
        run.returns = {"ebreak": 0} if listens else {}
        runs.append(called(run, "semihosting_call", run.token("operation"), run.token("argument")))
    return merged(runs)


# ---- entry.S ----

def trapped(image, probe):
    run = hart(image)
    cpu = run.regs["tp"]
    run.set_field(cpu, "CPU_", probe_resume=run.at("probe_failed", VIRT) if probe else 0)
    run.regs["tp"] = run.token("a wrong tp")
    run.over_at = {run.at("probe_failed", VIRT)}
    run.run("trap_entry", VIRT)
    assert run.system["sscratch"] == cpu, "sscratch is another"
    assert probe or run.regs["tp"] == cpu, "tp is another"
    return run


def trap(image):
    return trapped(image, False)


def a_probe_faults(image):
    return trapped(image, True)


def probed(image, symbol, bad):
    run = hart(image)
    place = run.struct("it", 8)
    run.bad = {place} if bad else set()
    return called(run, symbol, place + (0 if symbol == "probe_read" or bad else 3))


def probe_read(image):
    return merged([probed(image, "probe_read", bad) for bad in (0, 1)])


def probe_write(image):
    return merged([probed(image, "probe_write", bad) for bad in (0, 1)])


def probe_exec(image):
    """It returns; is no instruction; faults as it is fetched, in the tables or behind them."""
    runs = []
    for cause in (0, 2, 12, 1):
        run = hart(image)
        run.regs["ra"] = BACK
        target = run.struct("the target", 8)
        run.jumps = {target: cause}
        runs.append(called(run, "probe_exec", target))
    return merged(runs)


def early_trap(image):
    """A trap before there is a struct cpu; and one while it is told of."""
    run = RiscvRun(image)
    run.system["stvec"] = run.at("early_trap")
    first = run.run("early_trap")
    again = RiscvRun(image)
    again.go(first.system["stvec"])
    last = RiscvRun(image)
    last.go(again.system["stvec"])
    return merged([first, again, last])


def arch_run_on_stack(image):
    run = hart(image)
    run.arguments_are(run.struct("the new stack", 16), run.at("kernel_main", VIRT))
    return run.run("arch_run_on_stack", VIRT)


# ---- head.S ----

def relocated(run, base):
    for place, addend in run.image.relocations:
        assert run.load(PHYS + place) == (addend + base) & MASK, f"{run.show(PHYS + place)} is not relocated"


def booted(image, mode="S", prepare=lambda run: None, satp=0, base=PHYS):
    run = RiscvRun(image, satp, mode)
    handover = run.at("boot_handover")
    run.quiet = [(run.at("__bss_start"), run.at("__bss_end")), (run.at("__rela_start"), run.at("__rela_end"))]
    run.quiet_words = {PHYS + place for place, _ in image.relocations}
    run.name_fields(handover, "boot_handover", 32, "HANDOVER_")

    def started(run):
        relocated(run, run.view(run.pc) or base)
        for place in range(run.at("__bss_start"), run.at("__bss_end"), 8):
            assert run.memory.get(place) == 0, f"{run.show(place)} is not cleared"
        run.quiet[:1] = [(run.at("__bss_start"), handover), (handover + 16, run.at("__bss_end"))]
        run.names[SATP] = "the kernel's satp"
        run.set_field(handover, "HANDOVER_", satp=SATP, offset=VIRT - PHYS)
        run.system["scause"] = run.token("cause")
    run.on_call = {"boot_main": started}
    run.arguments_are(run.token("hart id"), run.token("device tree"), run.token("a2"))
    run.undefined = {"csrw mtvec", "csrci mstatus", "csrc mstatus"} if mode == "S" else set()
    prepare(run)
    run.go(base + image.symbols["_start"])
    strangers = [s for s, _ in run.stores if not run.is_quiet(s) and PHYS <= s < PHYS + image.size
                 and not run.show(s).startswith(("boot_handover", "machine_", "lottery"))]
    assert not strangers, f"a store to {run.show(strangers[0])}"
    return run


def boot(image):
    run = booted(image)
    relocated(run, VIRT)
    return run


def boot_in_m_mode(image):
    return booted(image, "M")


def boot_where_the_mode_is_gone(image):
    def prepare(run):
        run.modes = False
    return booted(image, prepare=prepare)


def boot_at_a_virtual_address(image):
    """Translation is on already: that is for boot_main() to say, so satp stays."""
    def prepare(run):
        run.on_call = {}
        run.never = ("boot_main",)
    return booted(image, prepare=prepare, satp=SATP, base=VIRT)


def the_second_hart(image):
    """One that is let in as well sleeps: by the firmware, or where there is none by itself."""
    runs = []
    for machine in (0, 1):
        def prepare(run, machine=machine):
            run.memory[run.at("lottery") & ~7] = 1 << 8 * (run.at("lottery") & 4)
            run.memory.setdefault(run.at("machine_mode") & ~7, 0)
            run.memory[run.at("machine_mode") & ~7] |= machine << 8 * (run.at("machine_mode") & 4)
            run.on_call = {}
            run.waits = [None]
        runs.append(booted(image, prepare=prepare))
    return merged(runs)


def boot_off(image, distance):
    start = PHYS + distance
    run = RiscvRun(image, 0, "S")
    run.undefined = {"csrw mtvec", "csrci mstatus", "csrc mstatus"}
    run.loaded_at, run.misaligned = start, True
    run.views = {start: image.size}
    run.never = ("boot_main",)
    run.quiet = [(start, start + image.size)]
    run.go(start + image.symbols["_start"])
    return run


def boot_off_eight_bytes(image):
    """An image at an odd multiple of two bytes gets to where that is said, without atomics; of four, with."""
    return merged([boot_off(image, 2), boot_off(image, 4)])


def from_reset(image):
    """QEMU's reset vector: all that it leaves behind, and each thing missing or another."""
    runs = []
    for change in ({}, {"t0": PHYS + 4}, {"a2": 0x1_1000}, {"a2": 0x1004}, {"a2": 0}, {"magic": 0x4942_5340},
                   {"before": PHYS + 4}):
        def prepare(run, change=change):
            a2 = change.get("a2", 0x1028)
            run.regs |= {"t0": change.get("t0", PHYS), "a2": a2}
            run.memory |= {0x1028: change.get("magic", 0xABCD_0000_4942_534F),
                           0x1018: change.get("before", PHYS)}
            run.never = ("boot_main",)
            run.on_call = {}
            run.undefined = {"csrw mtvec", "csrci mstatus", "csrc mstatus"}
            run.system["mtvec"] = run.at("early_trap")
            run.undefined = set()
            run.over_at = {run.at("boot_main")}
        runs.append(booted(image, "M", prepare))
    return merged(runs)


def machine_trap(image):
    """With S-mode it goes where S-mode's go; without, what can't be executed does nothing."""
    runs = []
    for cause, low, supervisor in ((5, 3, 1), (2, 3, 0), (5, 1, 0), (1, 3, 0)):
        run = RiscvRun(image, 0, "M")
        place = run.struct("the instruction", 8, {0: 0x1234_5678_9ABC_DE00 | low})
        run.names[place + 2] = "the instruction+2"
        run.system |= {"misa": (1 << 18) * supervisor | 0x1105, "mcause": cause, "mepc": place,
                       "mtval": run.token("mtval"), "stvec": run.at("arch_cpu_park"),
                       "mscratch": run.token("mscratch")}
        run.over_at = {place + 2, place + 4}
        t0, t1 = run.regs["t0"], run.regs["t1"]
        run.run("machine_trap")
        assert supervisor or cause == 1 or (run.regs["t0"], run.regs["t1"]) == (t0, t1), "t0 or t1 is another"
        runs.append(run)
    return merged(runs)


def secondary(image, svinval=1, test=(1, 1), missing=(), bad=(), word=True, modes=True, machine=0):
    run = RiscvRun(image)
    run.names[SATP] = "the kernel's satp"
    run.memory.setdefault(run.at("machine_mode") & ~7, 0)
    run.memory[run.at("machine_mode") & ~7] |= machine << 8 * (run.at("machine_mode") & 4)
    cpu = run.struct("cpu", 64, {"stack": run.struct("the stack", 16)}, "CPU_")
    handover = run.struct("handover", 32, {"satp": SATP, "offset": VIRT - PHYS, "cpu": cpu}, "HANDOVER_")
    found = run.token("the word")
    places = [run.struct(name, 8, {0: found if word else 1}) if there else 0
              for name, there in zip(("svnapot's test", "svpbmt's test"), test)]
    probe = run.at("hart_probe")
    run.name_fields(probe, "hart_probe", 48, "PROBE_")
    run.names |= {probe: "hart_probe.satp", PROBE - PHYS: "the probe's offset"}
    run.set_field(probe, "PROBE_", satp=run.token("the probe's satp"), offset=PROBE - PHYS, word=found,
                  run_svinval=svinval)
    run.set_field(probe + 0, "PROBE_", test=places[0])
    run.set_field(probe + 8, "PROBE_", test=places[1])
    run.undefined, run.bad, run.modes = set(missing), {places[n] for n in bad}, modes
    # The handover's page is mapped where it lies plus the offset, too.
    seen = handover + VIRT - PHYS & MASK
    run.mapped = [(seen, seen + 4096, handover)]
    run.names |= {seen + n: "v:" + run.names[handover + n] for n in range(0, 32, 4)}
    run.arguments_are(run.token("hart id"), handover)
    run.waits = []
    return run.run("secondary_entry")


def a_secondary(image):
    return secondary(image, 0, (0, 0))


def secondaries(image):
    """It has all; nothing is asked for; it lacks svinval, svnapot, svpbmt, the mode for both, the mode."""
    return merged([secondary(image), secondary(image, 0, (0, 0)), secondary(image, missing=SVINVAL),
                   secondary(image, bad=(0,)), secondary(image, bad=(1,)),
                   secondary(image, test=(0, 1), word=False),
                   secondary(image, modes=False), secondary(image, 0, (0, 0), modes=False),
                   secondary(image, 0, (0, 0), modes=False, machine=1)])
