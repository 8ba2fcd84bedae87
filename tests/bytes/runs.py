# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Loops by result: what RUN() and RUN_GET() of the rows name, a function each."""

import functools
import itertools
import random
import re

TABLE = 0x4000_0000_0000
COUNTS = (1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 200, 255, 256, 511, 512)
CPACR_FPEN_EL1 = 1 << 20
MASK = (1 << 64) - 1
PROBE_ROOT = 0x8010_0000


def table(machine, words):
    """These words at TABLE, and strangers on both sides, which nothing may touch."""
    machine.memory = {TABLE - 8: machine.fresh(), TABLE + 8 * len(words): machine.fresh()}
    machine.memory |= {TABLE + 8 * n: word for n, word in enumerate(words)}
    machine.loads, machine.stores = [], []


def expect(machine, words, stored=True):
    """They are there, each stored once and whole, and nothing else has been looked at."""
    got = [machine.memory[TABLE + 8 * n] for n in range(len(words))]
    assert got == words, f"entry {next(n for n, w in enumerate(words) if w != got[n])} of {len(words)}"
    entries = [(TABLE + 8 * n, 8) for n in range(len(words))]
    assert sorted(machine.stores) == (entries if stored else []), "each entry is stored once, whole"
    assert set(machine.loads) <= set(entries), "no other is loaded"


def modes(make):
    """With vector registers and without."""
    for enabled in (0, CPACR_FPEN_EL1):
        machine = make()
        if enabled and not hasattr(machine, "vectors"):
            return
        machine.system["cpacr_el1"] = enabled
        yield machine, bool(enabled)


def filled(make, name, counts, steps=(0, 0x1000)):
    for machine, _ in modes(make):
        for n in counts:
            for step in steps:
                first = machine.fresh()
                table(machine, [machine.fresh() for _ in range(n)])
                machine.call(name, *[TABLE, first] + ([step] if len(steps) > 1 else []) + [n])
                expect(machine, [(first + i * step) & MASK for i in range(n)])


def mmu_fill_entries(make):
    filled(make, "run_mmu_fill_entries", (0, *COUNTS))


def mmu_pair_fill(make):
    filled(make, "run_mmu_pair_fill", (32, 64, 512))


EIGHTS = (8, 16, 64, 248, 256, 264, 512)


def mmu_vector_fill(make):
    filled(make, "run_mmu_vector_fill", EIGHTS)


def mmu_vector_repeat(make):
    filled(make, "run_mmu_vector_repeat", EIGHTS, (0,))


def flipped(make, name, counts):
    for machine, _ in modes(make):
        for n in counts:
            words, flip = [machine.fresh() for _ in range(n)], machine.fresh()
            table(machine, list(words))
            machine.call(name, TABLE, flip, n)
            expect(machine, [w ^ flip for w in words])


def mmu_flip_entries(make):
    flipped(make, "run_mmu_flip_entries", COUNTS)


def mmu_vector_flip(make):
    flipped(make, "run_mmu_vector_flip", EIGHTS)


def atomically(make, name, words, *arguments):
    """Called with and without FEAT_LSE, where there is a difference: the results, each after table(words)."""
    for lse in (0, 1):
        for machine, _ in modes(make):
            table(machine, list(words))
            machine.trace.clear()
            result = machine.call(name, TABLE, *arguments, lse)
            plain = [line for line in machine.trace if re.match(r"(sd|str) ", line)]
            assert not plain, f"{plain[0]} is no atomic access"
            yield machine, result


def mmu_replace_entry(make):
    """Stores where the entry holds what is expected, and nowhere else."""
    for old, seen in ((5, 5), (5, 7), (0, 0), (1 << 63 | 3, 3)):
        for machine, got in atomically(make, "run_mmu_replace_entry", [seen], old, 0x1234):
            assert (got[0] & 1) == (old == seen), "it says whether it stored"
            assert machine.memory[TABLE] == (0x1234 if old == seen else seen)


def mmu_swap_entry(make):
    for machine, got in atomically(make, "run_mmu_swap_entry", [0x77], 0x1234):
        assert got[0] == 0x77 and machine.memory[TABLE] == 0x1234


def mmu_flip_atomic(make):
    for n in (1, 2, 31, 512):
        words = [0x1_0003 * i for i in range(n)]
        for machine, _ in atomically(make, "run_mmu_flip_atomic", words, 0x8000_0000_0000_0005, n):
            expect(machine, [w ^ 0x8000_0000_0000_0005 for w in words])


TAKEN = TABLE + 0x10000


def mmu_take_entries(make):
    """Cleared atomically where all the bits are set, and nowhere else; which they were, and no bit more."""
    picks = random.Random(3)
    sorts = {"all": lambda i: True, "none": lambda i: False, "half": lambda i: i % 2,
             "most": lambda i: i % 64 != 40, "late": lambda i: i >= 70,
             "random": lambda i: picks.random() < 0.5}
    counts, look, clear = (1, 31, 32, 33, 63, 64, 65, 128, 200, 512), 0x443, 0x440
    for lse, n, (sort, has) in itertools.product((0, 1), counts, sorts.items()):
        for machine, _ in modes(make):
            takes = [bool(has(i)) for i in range(n)]
            words = [machine.fresh() | look for _ in range(n)]
            words = [w if t else w & ~(1 << picks.choice((0, 1, 6, 10))) for w, t in zip(words, takes)]
            table(machine, words)
            outside = {TAKEN - 8: 5, TAKEN + (n + 63) // 64 * 8: 7}
            machine.memory |= outside
            machine.trace.clear()
            got = machine.call("run_mmu_take_entries", TABLE, look, clear, n, TAKEN, lse)[0] & 1
            assert got == any(takes), f"{sort} of {n}: it says {got}"
            left = [w & ~clear if t else w for w, t in zip(words, takes)]
            assert [machine.memory[TABLE + 8 * i] for i in range(n)] == left, f"{sort} of {n}"
            bits = [machine.memory[TAKEN + 8 * i] for i in range((n + 63) // 64)]
            want = sum(t << i for i, t in enumerate(takes))
            assert bits == [want >> 64 * i & MASK for i in range((n + 63) // 64)], f"{sort} of {n}: {bits}"
            assert all(machine.memory[a] == v for a, v in outside.items())
            stores = sorted(s for s in machine.stores if s[0] >> 16 == TABLE >> 16)
            assert stores == [(TABLE + 8 * i, 8) for i, t in enumerate(takes) if t], "each once, whole"
            for wrong in (rf"(sd|str) .*\[{TABLE >> 16:#x}", *([] if lse else [r"(st|ld)(clr|set|eor)|cas|swp"])):
                found = [t for t in machine.trace if re.match(wrong, t)]
                assert not found, f"{found[0]}, with {'' if lse else 'no '}FEAT_LSE"


def mmu_same_entries(make):
    """All alike in the bits of the mask, or all in front of one; strangers behind are never looked at."""
    picks = random.Random(1)
    for machine, _ in modes(make):
        for n in COUNTS:
            for odd in {None, n - 1, picks.randrange(n), picks.randrange(n)} - {0}:
                mask = 1 << picks.randrange(64)
                words = [machine.fresh() & ~mask for _ in range(n)]
                if odd is not None:
                    words[odd] |= mask
                table(machine, words)
                got = machine.call("run_mmu_same_entries", TABLE, mask, n)[0]
                assert got == (n if odd is None else odd), f"{got} of {n}, {odd}"
                expect(machine, words, stored=False)


def mmu_skip_empty(make):
    """Not one too many; with vector registers all but the last few, since that is what it is for."""
    picks = random.Random(2)
    for machine, vectors in modes(make):
        for n in COUNTS:
            for first in {n, n - 1, picks.randrange(n), picks.randrange(n)}:
                words = [0] * first + [1 << picks.randrange(64)] * (n - first)
                table(machine, words)
                got = machine.call("run_mmu_skip_empty", TABLE, n)[0]
                assert got <= first, f"{got} of {first}"
                assert got or not vectors or first < min(n, 64) or n < 16, f"0 of {first}"
                assert vectors or not got
                expect(machine, words, stored=False)


def mmu_vectors(make):
    for machine, vectors in modes(make):
        assert machine.call("run_mmu_vectors")[0] & 0xFF == vectors
        assert machine.trace == [f"mrs {machine.show(machine.system['cpacr_el1'])}, cpacr_el1"]


def gathered(make, name, combine, *first):
    for machine, _ in modes(make):
        for n in EIGHTS:
            words = [machine.random.getrandbits(64) & machine.random.getrandbits(64) for _ in range(n)]
            want = functools.reduce(lambda bits, word: bits | combine(word), words, 0)
            table(machine, words)
            assert machine.call(name, TABLE, *first, n)[0] == want
            expect(machine, words, stored=False)
            for odd in (0, 1, 2, 3, 4, 5, 6, 7, n - 1):
                words = [first[0] if first else 0] * n
                words[odd] ^= 1 << 40 + odd % 8
                table(machine, words)
                assert machine.call(name, TABLE, *first, n)[0] == 1 << 40 + odd % 8, f"{odd} of {n}"


def mmu_vector_differ(make):
    first = 0x1234_5678_9ABC_DEF0
    gathered(make, "run_mmu_vector_differ", lambda word: word ^ first, first)


def mmu_vector_any(make):
    gathered(make, "run_mmu_vector_any", lambda word: word)


OTHER, EDITS = TABLE + 0x10000, TABLE + 0x20000
# Bits to set and to clear, of the copy and of what was copied.
EDIT_BITS = (((4, 0), (4, 0)), ((0, 4), (0, 4)), ((1 << 63, 2), (4, 0)), ((0, 0), (0, 0)), ((4, 0), (0, 0)))


def copied(make, name, counts, bits, looks=((1, 0), (1, 1 << 52), (0, 0))):
    """Entries up to the first that lacks bit 0, or to a group of 16 that has bit 52."""
    for machine, _ in modes(make):
        for n, ((to_set, to_clear), (set_, clear)), (need, none) in itertools.product(counts, bits, looks):
            for odd in {n, n // 2 & -16, n - 1}:
                words = [machine.fresh() & ~(1 << 52) | 7 for _ in range(n)]
                first = odd
                if need and odd < n and not none:
                    words[odd] &= ~1
                elif none and odd < n and not odd % 16:
                    words[odd:odd + 16] = [w | none for w in words[odd:odd + 16]]
                else:
                    first = n
                table(machine, words)
                machine.memory |= {OTHER + 8 * i: 0 for i in range(n)}
                machine.memory |= dict(zip(range(EDITS, EDITS + 48, 8),
                                           (need, none, to_clear, to_set, clear, set_)))
                got = machine.call(name, OTHER, TABLE, EDITS, n)[0] & 0xFFFF_FFFF
                assert got == first, f"{got} of {n}, {first}"
                for i, word in enumerate(words):
                    copy, left = machine.memory[OTHER + 8 * i], machine.memory[TABLE + 8 * i]
                    assert copy == (word & ~to_clear | to_set if i < got else 0), f"copy {i} of {n}"
                    assert left == (word & ~clear | set_ if i < got else word), f"entry {i} of {n}"
                assert all(size == 8 for _, size in machine.stores + machine.loads)


def mmu_copy_entries(make):
    copied(make, "run_mmu_copy_entries", (1, 16, 31, 33, 80), EDIT_BITS)


def mmu_vector_copy(make):
    """Where both edits set the same bits; a lot of 16 is done or not, and one entry decides."""
    for machine, _ in modes(make):
        counts = ((16, 1), (48, 3), (48, 1), (64, 0))
        for (n, lots), odd, place in itertools.product(counts, (1, 8), (0, 5, 15)):
            words = [machine.fresh() & ~12 | 1 for _ in range(n)]
            if 16 * lots < n:
                words[16 * lots + place] ^= odd
            table(machine, words)
            machine.memory |= dict(zip(range(EDITS, EDITS + 48, 8), (1, 8, 0, 4, 0, 4)))
            assert machine.call("run_mmu_vector_copy", OTHER, TABLE, EDITS, n)[0] & 0xFFFF_FFFF == 16 * lots
            done = [word | 4 for word in words[:16 * lots]]
            assert [machine.memory.get(OTHER + 8 * i) for i in range(16 * lots + 1)] == [*done, None]
            assert [machine.memory[TABLE + 8 * i] for i in range(n)] == done + words[16 * lots:]


# CTR_EL0: DminLine [19:16], IminLine [3:0], each log2 of a line's words.
CTRS = {0x8444_c004: (64, 64), 0x8403_0002: (32, 16), 0x8405_0003: (128, 32)}
RANGES = ((0x1000, 8), (0x1000, 64), (0x103c, 8), (0x1008, 256), (0x1fff, 1))


def by_line(start, size, line):
    return range(start & -line, start + size, line)


def icache_sync(make):
    """All of the data cache, DSB, all of the instruction cache, DSB, ISB (Arm ARM B2.4.4)."""
    for ctr, (data, instruction) in CTRS.items():
        for start, size in RANGES:
            machine = make()
            machine.system["ctr_el0"] = ctr
            machine.call("run_icache_sync", start, size)
            assert machine.trace[2:] == [
                *(f"dc cvau, {p:#x}" for p in by_line(start, size, data)), "dsb ish",
                *(f"ic ivau, {p:#x}" for p in by_line(start, size, instruction)), "dsb ish", "isb"], \
                machine.trace


def by_data_line(make, name, operation):
    for ctr, (data, _) in CTRS.items():
        for start, size in RANGES:
            machine = make()
            machine.system["ctr_el0"] = ctr
            machine.call(name, start, size)
            assert machine.trace[1:] == [*(f"dc {operation}, {p:#x}" for p in by_line(start, size, data)),
                                         "dsb sy"], machine.trace


def dcache_clean(make):
    by_data_line(make, "run_dcache_clean", "cvac")


def dcache_clean_invalidate(make):
    by_data_line(make, "run_dcache_clean_invalidate", "civac")


def probe_root(make):
    assert make().call("run_probe_root")[0] == PROBE_ROOT


def hart_pointer(make):
    machine = make()
    machine.kept = {"tp": 0x1234}
    assert machine.call("run_hart_pointer")[0] == 0x1234


def hart_set_pointer(make):
    machine = make()
    machine.saved = tuple(r for r in machine.saved if r != "tp")
    machine.call("run_hart_set_pointer", 0x1234)
    assert machine.regs["tp"] == 0x1234
