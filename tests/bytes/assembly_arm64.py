# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Ways through the assembly of arm64: each function is one, and arm64.traces has what it shows."""

from assembly import PHYS, VIRT, merged
from assembly_cpus import Arm64Run
from machine import MASK

Arm64Run.calls = {"boot_device_tree": 1, "boot_main": 2, "secondary_main": 1, "trap_handle": 1,
                  "el2_test_run": 1}
Arm64Run.never = ("kernel_main", "secondary_main", "trap_handle")

def cpu(image, **system):
    """At EL1, on SP_EL0, with a struct cpu that all know."""
    run = Arm64Run(image)
    run.regs["x30"] = 0x5A5A_5A5A_5A50
    struct = run.struct("cpu", 64, {"probe_resume": 0, "conflicts": 6}, "CPU_")
    run.system |= {"tpidr_el1": struct, "vbar_el1": run.at("vectors", VIRT)} | system
    run.system["tpidrro_el0"] = 0
    return run


# ---- park.S ----

def release(run):
    run.set_field(run.words, "QUIESCE_", released=run.number)


def parked(image, can_wfi):
    run = cpu(image, daif=0x80)
    run.words = run.struct("words", 24, {"parked": 5, "released": 6}, "QUIESCE_")
    run.number = run.token("number")
    run.arguments_are(run.words, run.number, run.at("park_identity"),
                      *map(run.token, ("idmap", "tcr0", "tcr", "reserved")), can_wfi)
    return run


def park_by_interrupt(image):
    """GICv3 wakes it, once for nothing."""
    run = parked(image, 1)
    run.system["icc_iar1_el1"] = [5, 1020, 1023]
    run.waits = [None, release]
    return run.run("park", VIRT)


def park_by_event(image):
    """The first exclusive store fails; one event is for nothing."""
    run = parked(image, 0)
    run.exclusives_lost = 1
    run.waits = [None, release]
    return run.run("park", VIRT)


# ---- el.S ----

def id_register(**values):
    """Of an ID register, by f and the shift; all others are 1, so that none is taken for its neighbour."""
    known = {int(name[1:]): value for name, value in values.items()}
    rest = MASK & ~sum(0xF << shift for shift in known)
    return rest | sum(value << shift for shift, value in known.items())


OFF = {"sctlr_el1": 0, "sctlr_el2": 0, "sctlr_el3": 0, "id_aa64mmfr4_el1": id_register(f24=0)}
FULL = OFF | {"id_aa64dfr0_el1": id_register(f8=6), "pmcr_el0": MASK & ~(31 << 11) | 6 << 11,
              "icc_sre_el2": 0x10,
              "id_aa64mmfr1_el1": id_register(f40=1), "id_aa64mmfr0_el1": id_register(f56=2),
              "id_aa64pfr0_el1": id_register(f8=1, f20=0, f24=1, f44=1)}
NOTHING = OFF | {"id_aa64dfr0_el1": id_register(f8=0), "id_aa64mmfr1_el1": id_register(f40=0),
                 "id_aa64mmfr0_el1": id_register(f56=0),
                 "id_aa64pfr0_el1": id_register(f8=0, f20=15, f24=0, f44=0)}


def entered(image, el, **system):
    run = Arm64Run(image, el)
    run.spsel = 1
    run.regs["sp_el1"] = run.regs["sp"]
    run.system |= FULL | system
    run.system["tpidrro_el0"] = 0
    run.ranges = {run.at("_start"): ("the image", run.at("_end"))}
    run.regs["x30"] = 0x5A5A_5A5A_5A50
    run.regs["x9"] = 0
    return run


def el1(image):
    return entered(image, 1).run("enter_el1")


def el1_without_vectors(image):
    return entered(image, 1, **NOTHING).run("enter_el1")


def mapped(image, el, par):
    run = entered(image, el, **{f"sctlr_el{el}": 1})
    run.system["par_el1"] = par
    run.waits = []
    return run.run("enter_el1")


def el1_with_the_mmu_on(image):
    """The code is mapped as it lies; its attributes are no part of the address."""
    page = next(a for a, (m, _) in image.code.items() if m == "at" and a > image.symbols["enter_el1"])
    return mapped(image, 1, PHYS + page & ~0xFFF | 0xFF << 56 | 0xF80)


def el1_with_the_mmu_on_elsewhere(image):
    return mapped(image, 1, PHYS + 0x1000_0000)


def el1_with_the_mmu_on_and_no_way_out(image):
    return mapped(image, 1, 1)


def pages_of_at(image, el):
    places = sorted(a for a, (m, o) in image.code.items() if m == "at" and o[0] == f"s1e{el}r")
    return PHYS + places[0] & ~0xFFF


def el2_with_the_mmu_on(image):
    return mapped(image, 2, pages_of_at(image, 2))


def el3_with_the_mmu_on(image):
    return mapped(image, 3, pages_of_at(image, 3))


def el2_with_all(image):
    return entered(image, 2).run("enter_el1")


def el2_with_little(image):
    return entered(image, 2, **NOTHING).run("enter_el1")


def el2_reads_as_absent(image):
    """15 is a feature that is not there, or that no manual says how to use; FEAT_FGT alone; SRE stays 0."""
    run = entered(image, 2, id_aa64dfr0_el1=id_register(f8=15), id_aa64mmfr0_el1=id_register(f56=1),
                  id_aa64pfr0_el1=id_register(f8=1, f20=1, f24=1, f44=0))
    run.system["icc_sre_el2"] = [0x10, 0x18]
    return run.run("enter_el1")


def el2_without_e2h0(image):
    """E2H is RES1, and does not read as 1 before it is written so."""
    return entered(image, 2, id_aa64mmfr4_el1=id_register(f24=15)).run("enter_el1")


def el2_with_e2h_stuck(image):
    run = entered(image, 2)
    run.stuck["hcr_el2"] = 1 << 34
    return run.run("enter_el1")


def el2_lacks_what_it_says(image):
    run = entered(image, 2)
    run.undefined = {"mrs x1, s3_4_c12_c9_5", "mrs x1, icc_sre_el2"}
    return run.run("enter_el1")


def el3(image):
    return entered(image, 3).run("enter_el1")


def el3_without_el2(image):
    return entered(image, 3, **NOTHING).run("enter_el1")


def hypervisor(image, syndrome, spsr=0x3C5, el=2, hcr=1 << 31, vector=0x400):
    run = entered(image, el)
    run.system |= {f"esr_el{el}": syndrome, "esr_el2": syndrome, f"spsr_el{el}": spsr, "hcr_el2": hcr,
                   f"elr_el{el}": run.at("park", VIRT), "vbar_el1": run.at("vectors", VIRT),
                   "vbar_el12": run.at("vectors", VIRT)}
    run.arguments_are(run.token("test"), run.struct("the stack", 16))
    run.over_at = {VIRT + image.symbols["park"]} | set(range(VIRT + image.symbols["vectors"],
                                                            VIRT + image.symbols["vectors"] + 0x800, 0x80))
    return run.run("el2_vectors", PHYS + vector)


def hvc_0(image):
    return hypervisor(image, 0x16 << 26)


def hvc_1(image):
    return hypervisor(image, 0x16 << 26 | 1)


def hvc_257(image):
    return hypervisor(image, 0x16 << 26 | 0x101)


def what_comes_up(image):
    return hypervisor(image, 0x18 << 26)


def what_comes_up_from_sp_el0(image):
    return hypervisor(image, 0x18 << 26, 0x3C4)


def what_comes_up_with_e2h(image):
    return hypervisor(image, 0x18 << 26, 0x3C5, hcr=1 << 34 | 1 << 31)


def what_comes_up_at_el3(image):
    return hypervisor(image, 0x16 << 26, el=3)


def el2_vectors(image):
    """None of the others leads anywhere, neither at EL2 nor at EL3."""
    runs = [hypervisor(image, 0, el=el, vector=128 * n) for el in (2, 3) for n in range(16) if n != 8]
    return merged(runs)


# ---- entry.S ----

def vector(image, n, syndrome=0x18 << 26, probe=0, nested=0, never=Arm64Run.never, **system):
    run = cpu(image, **system)
    run.never = never
    run.spsel = 1
    run.regs["sp_el1"] = run.struct("the stack", 1024) + 1024
    stack = run.struct("the trap stack", 1024) + 1024
    struct = run.system["tpidr_el1"]
    resume = run.at("sleep_forever", VIRT) if probe else 0
    run.set_field(struct, "CPU_", probe_resume=resume, trap_stack=stack)
    run.system |= {"esr_el1": syndrome, "tpidrro_el0": nested, "spsr_el1": 0x3C4 | probe << 20,
                   "elr_el1": run.token("pc")}
    run.names[run.system["elr_el1"]] = "pc"
    run.over_at = {run.at("sleep_forever", VIRT), run.system["elr_el1"]}
    return run.run("vectors", VIRT + 128 * n)


def all_vectors(image):
    return merged([vector(image, n) for n in range(16)])


def a_probe_faults(image):
    return merged([vector(image, n, probe=1) for n in (0, 4, 8, 12)])


def two_exceptions_inside(image):
    return merged([vector(image, n, nested=1) for n in range(4, 8)])


def no_cpu(image):
    return merged([vector(image, n, tpidr_el1=0) for n in (0, 5)])


CONFLICT = 0x30


def a_conflict(image):
    """Of an instruction, of data, at either stack pointer."""
    return merged([vector(image, n, ec << 26 | 1 << 25 | 1 << 6 | CONFLICT)
                   for n in (0, 4) for ec in (0x21, 0x25)])


def a_conflict_of_data(image):
    return vector(image, 0, 0x25 << 26 | CONFLICT)


def no_conflict(image):
    """Another exception whose syndrome has the same low bits, and faults of other kinds."""
    others = (0x18 << 26 | CONFLICT, 0x20 << 26 | CONFLICT, 0x25 << 26 | 0x31, 0x25 << 26 | 0x10)
    return merged([vector(image, n, syndrome, probe=1) for n in (0, 4) for syndrome in others])


def a_conflict_without_cpu(image):
    return vector(image, 0, 0x25 << 26 | CONFLICT, tpidr_el1=0)


def fake_exception(image):
    run = cpu(image, daif=0x2C0)
    run.regs["x0"] = 0x25 << 26 | CONFLICT
    return run.run("fake_exception", VIRT)


def probed(image, symbol, *arguments, bad=(), **kw):
    run = cpu(image)
    run.byte = run.struct("it", 8, {0: 0x8877_6655_4433_2211})
    run.bad = {run.byte} if bad else set()
    run.arguments_are(run.byte, *arguments)
    for name, value in kw.items():
        setattr(run, name, value)
    return run.run(symbol, VIRT)


def probe_read(image):
    return merged([probed(image, "probe_read", bad=bad) for bad in (0, 1)])


def probe_register(image):
    return merged([probed(image, "probe_register", w, bad=bad) for w in (1, 2, 4) for bad in (0, 1)])


def probe_write(image):
    return merged([probed(image, "probe_write", bad=bad, exclusives_lost=lost)
                   for bad, lost in ((0, 0), (0, 1), (1, 0))])


def probe_exec(image):
    """PSTATE.IL is taken after a fetch that works; one that doesn't is a fault of another kind."""
    runs = []
    for kind in (0xE, 0x21):
        run = cpu(image)
        run.fetch_kind = kind
        run.arguments_are(run.at("sleep_forever", VIRT))
        runs.append(run.run("probe_exec", VIRT))
    return merged(runs)


def calls_of_firmware(image):
    """It answers, or there is none and the instruction is undefined."""
    runs = []
    for symbol, mnemonic in (("smccc_smc", "smc"), ("smccc_hvc", "hvc"), ("semihosting_call", "hlt")):
        for missing in (0, 1):
            run = cpu(image)
            run.arguments_are(run.token("function"), run.token("argument"))
            run.undefined = {mnemonic} if missing else set()
            runs.append(run.run(symbol, VIRT))
    return merged(runs)


def arch_run_on_stack(image):
    run = cpu(image)
    run.set_field(run.system["tpidr_el1"], "CPU_", trap_stack=run.struct("the trap stack", 16))
    run.arguments_are(run.struct("the new stack", 16), run.at("kernel_main", VIRT))
    return run.run("arch_run_on_stack", VIRT)


def arch_run_on_stack_returns(image):
    run = cpu(image)
    run.set_field(run.system["tpidr_el1"], "CPU_", trap_stack=run.struct("the trap stack", 16))
    run.arguments_are(run.struct("the new stack", 16), run.at("boot_main", VIRT))
    return run.run("arch_run_on_stack", VIRT)


def a_handler_returns(image):
    return vector(image, 0, never=())


# ---- head.S ----

def dead_ends(image):
    """Each way to end the machine exists, or brings the CPU back."""
    runs = []
    for missing in ({"hlt"}, {"hlt", "hvc"}, {"hlt", "hvc", "smc"}, set()):
        run = entered(image, 1, vbar_el1=PHYS + image.symbols["vectors"], tpidr_el1=0)
        run.undefined = missing
        runs.append(run.run("dead_end"))
    return merged(runs)


def sleeping(image):
    run = cpu(image)
    run.waits = [None, None, None]
    return run.run("sleep_forever")


def relocated(run, base):
    for place, addend in run.image.relocations:
        assert run.memory[PHYS + place] == addend + base, f"{run.show(PHYS + place)} is not relocated"


def cleared(run):
    for place in range(run.at("__bss_start"), run.at("__bss_end"), 8):
        assert run.memory.get(place) is not None, f"{run.show(place)} is not cleared"


def only(run, *names):
    """Nothing else of the image is written."""
    for place, _ in run.stores:
        assert run.is_quiet(place) or run.image.size <= place - PHYS or \
            run.show(place).startswith(names), f"a store to {run.show(place)}"


def booted(image, prepare=lambda run: None, start=PHYS, loaded=None):
    run = entered(image, 1)
    handover = run.at("mmu_handover")
    run.name_fields(handover, "mmu_handover", 208, "HANDOVER_")
    run.quiet = [(run.at("__bss_start"), run.at("__bss_end")), (run.at("__rela_start"), run.at("__rela_end"))]
    run.quiet_words = {PHYS + place for place, _ in image.relocations}
    names = [f"written {n}" for n in range(image.defined["HANDOVER_NR_WRITTEN"])]
    written = {run.struct(name, 256): name for name in names}

    def started(run):
        relocated(run, PHYS)
        cleared(run)

    def handed_over(run):
        run.set_field(handover, "HANDOVER_", mair=run.token("mair"), ttbr0=run.token("ttbr0"),
                      sctlr=run.token("sctlr"), offset=VIRT - PHYS)
        run.set_field(handover + 8, "HANDOVER_", mair=run.token("tcr"), ttbr0=run.token("ttbr1"))
        for n, area in enumerate(written):
            at = handover + image.defined["HANDOVER_WRITTEN"] + 16 * n
            run.memory |= {at: area, at + 8: area + 256}
    run.on_call = {"boot_device_tree": started, "boot_main": handed_over}
    run.ranges |= {run.at("__relro_start"): (".data.rel.ro", run.at("__rela_start")),
                   run.at("__data_start"): (".data and .bss", run.at("__bss_end")),
                   **{area: (name, area + 256) for area, name in written.items()}}
    run.system |= {"mpidr_el1": 0x1234_5678_9ABC_DEF0, "daif": 0}
    run.regs["x0"] = run.token("device tree")
    prepare(run)
    run.go(start + image.symbols["_start"])
    relocated(run, VIRT)
    only(run, "early_cpu", "boot_entry", "mmu_handover")
    return run


def boot(image):
    return booted(image)


def boot_at_el2(image):
    def prepare(run):
        run.el = 2
    return booted(image, prepare)


def boot_off_a_page(image):
    """The loader did not look at the alignment: the image moves, up to the next multiple of 4 KiB but one."""
    start, size = PHYS - 0x1804, 0x3000
    place = next(int(operands[1], 16) for address, (mnemonic, operands) in sorted(image.code.items())
                 if mnemonic == "adr" and address > image.symbols["move_image"])

    def prepare(run):
        run.loaded_at = start
        run.views = {start: PHYS - start, **run.views}
        run.misaligned = True
        # A short file, which takes less time.
        run.store(start + place, size - place, 4)
        run.stores.clear()
        run.quiet = [(start, PHYS + size), *run.quiet]
        run.ranges[PHYS] = ("what was moved", PHYS + size)

        def moved(run):
            for at in range(0, size, 8):
                known = int.from_bytes(image.bytes[at:at + 8], "little")
                assert place - 8 < at <= place or run.load(PHYS + at) == known, f"{at:#x} is not moved"
            run.quiet = run.quiet[1:]
            assert all(PHYS <= s < PHYS + size for s, _ in run.stores)
            run.stores.clear()
            run.loaded_at = PHYS
        run.on_at = {PHYS + image.symbols["enter_el1"]: moved}
    return booted(image, prepare, start)


def secondary(image, prepare=lambda run: None, symbol="secondary_entry"):
    run = entered(image, 1)
    run.memory |= {run.at("__rela_start"): 0}
    handover = run.at("mmu_handover")
    run.name_fields(handover, "mmu_handover", 208, "HANDOVER_")
    run.set_field(handover, "HANDOVER_", mair=run.token("mair"), ttbr0=run.token("ttbr0"),
                  sctlr=run.token("sctlr"), offset=VIRT - PHYS, tgran_shift=28, tgran_min=0,
                  parange_min=5, varange_min=1)
    run.set_field(handover + 8, "HANDOVER_", mair=run.token("tcr"), ttbr0=run.token("ttbr1"))
    stacks = {"trap_stack": run.struct("the trap stack", 16), "stack": run.struct("the stack", 16)}
    run.cpu = run.struct("cpu", 64, stacks, "CPU_")
    run.arguments_are(run.cpu)
    run.system |= {"daif": 0, "id_aa64mmfr0_el1": id_register(f28=0, f0=5),
                   "id_aa64mmfr2_el1": id_register(f16=1)}
    prepare(run)
    return run.run(symbol)


def a_secondary(image):
    return secondary(image)


def secondaries(image):
    """Those that can do just what is asked for, or more; and all that can't."""
    def able(parange=5, granule=0, varange=1, **fields):
        def prepare(run):
            run.system |= {"id_aa64mmfr0_el1": id_register(f28=granule & 15, f24=1, f0=parange),
                           "id_aa64mmfr2_el1": id_register(f16=varange)}
            run.set_field(run.at("mmu_handover"), "HANDOVER_", **fields)
        return prepare
    return merged([secondary(image, able(**kw)) for kw in (
        {}, {"parange": 6, "granule": 1, "varange": 2}, {"parange": 4}, {"granule": -1}, {"varange": 0},
        {"tgran_min": 1}, {"tgran_min": 1, "tgran_shift": 24})])


def spin_table(image):
    """Another CPU's number comes first; then its own, with another's behind it; then its own."""
    def prepare(run):
        other, own, at = 0x11_0000_2222, 0x12_0034_5678 & 0xFF00FFFFFF, run.at("spin_handover")
        run.system["mpidr_el1"] = own | 0x80 << 24
        run.names |= {own: "own number", other: "another number"}
        run.name_fields(at, "spin_handover", 16, "SPIN_")
        hwid, struct = at + image.defined["SPIN_HWID"], at + image.defined["SPIN_CPU"]
        run.memory |= {hwid: other, struct: run.token("another's cpu")}

        def own_then_other(run):
            run.memory |= {hwid: own}
            run.after_loads = {struct: lambda: run.memory.update({hwid: other})}

        def own_number(run):
            run.after_loads = {}
            run.memory |= {hwid: own, struct: run.cpu}
        run.waits = [None, own_then_other, own_number]
    return secondary(image, prepare, "spin_entry")


def main_returns(image):
    """Of the boot CPU and of another: there is nowhere to return to."""
    def prepare(run):
        run.never = ()
    return merged([booted(image, prepare), secondary(image, prepare)])
