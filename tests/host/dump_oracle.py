# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
Trees of tables in every format, made and read with nothing but the manuals' numbers, for tests of
graticule dump. arm64: Arm ARM D8.2 to D8.6. RISC-V: privileged specification, "Supervisor-Level ISA".
"""

import struct
from dataclasses import dataclass, field

MAIR = [0xFF, 0x44, 0x00, 0x04, 0xBB, 0x0C, 0xF0, 0x4F]
MAIR_WORDS = ["write-back", "non-cacheable", "device-nGnRnE", "device-nGnRE", "write-through", "device-GRE",
              "write-back-tagged", "non-cacheable/write-back"]
DEVICES = ["device-nGnRnE", "device-nGnRE", "device-nGRE", "device-GRE"]
TOP = 1 << 64


def bits(value, high, low):
    return value >> low & (1 << (high - low + 1)) - 1


def rwx(read, write, execute):
    return ("r" if read else "-") + ("w" if write else "-") + ("x" if execute else "-")


@dataclass
class Leaf:
    """What a walk finds, of whatever kind."""

    kind: str
    va: int
    size: int
    pa: int = 0
    kernel: str = ""
    user: str = ""
    memory: str = ""
    flags: frozenset = frozenset()
    group: bool = False


@dataclass
class Image:
    """Physical memory: words by address."""

    base: int
    size: int
    words: dict = field(default_factory=dict)

    def file(self, path):
        data = bytearray(self.size)
        for address, value in self.words.items():
            struct.pack_into("<Q", data, address - self.base, value)
        path.write_bytes(data)
        return f"{path}@{self.base:x}"

    def has(self, address, size):
        return self.base <= address and address + size <= self.base + self.size


class Format:
    """What all regimes have: levels from the pages up, 0 being the last."""

    upper = False
    both = False
    limit_bits = 0

    def entry_shift(self, level):
        return self.page_shift + level * (self.page_shift - 3)

    def root_entries(self):
        return 1 << self.va_bits - self.entry_shift(self.levels - 1)

    def entries(self, level):
        return self.root_entries() if level == self.levels - 1 else 1 << self.page_shift - 3

    def table_bytes(self, level):
        return 8 * self.entries(level)

    def halves(self):
        """First addresses of what is translated, and how much."""
        if self.both:
            half = 1 << self.va_bits - 1
            return [(0, half), (TOP - half, half)]
        return [(TOP - (1 << self.va_bits) if self.upper else 0, 1 << self.va_bits)]

    def group(self, _level):
        return 1


class Arm(Format):
    """VMSAv8-64."""

    arch = "arm64"

    def __init__(self, kind, page_shift, va_bits, ds=False, levels=0, words=()):
        self.kind, self.page_shift, self.va_bits, self.ds, self.words = kind, page_shift, va_bits, ds, words
        self.upper = "upper" in words
        self.hpd, self.hd, self.wxn, self.fwb = ("hpd" in words, "hd" in words, "wxn" in words, "fwb" in words)
        self.levels = levels or -(-(va_bits - page_shift) // (page_shift - 3))
        self.pa_bits = 52 if ds or page_shift == 16 else 48
        self.stage2 = kind == "s2"
        # D8.4.2: PXNTable, UXNTable, APTable and NSTable.
        self.limit_bits = 0 if self.stage2 else 31 << 59
        if kind == "el2":
            self.limit_bits = 1 << 60 | 1 << 62 | 1 << 63
        if self.hpd:
            self.limit_bits &= 1 << 63
        parts = [kind, f"{1 << page_shift - 10}k", str(va_bits), *words]
        parts += [f"levels={levels}"] if levels else []
        parts += ["ds"] if ds else []
        parts += [] if self.stage2 else ["mair=" + "".join(f"{b:02x}" for b in reversed(MAIR))]
        self.name = "arm64:" + ":".join(parts)

    def put_address(self, pa):
        if self.page_shift == 16:
            return pa & 0xFFFFFFFF0000 | bits(pa, 51, 48) << 12
        if self.ds:
            return pa & (1 << 50) - 1 | bits(pa, 51, 50) << 8
        return pa

    def get_address(self, entry, low):
        if self.page_shift == 16:
            pa = bits(entry, 47, 16) << 16 | bits(entry, 15, 12) << 48
        elif self.ds:
            pa = bits(entry, 49, 12) << 12 | bits(entry, 9, 8) << 50
        else:
            pa = bits(entry, 47, 12) << 12
        return pa >> low << low

    def is_table(self, level, entry):
        return level > 0 and entry & 3 == 3

    def make_table(self, pa, extra=0):
        return self.put_address(pa) | 3 | extra & (31 << 59)

    def block_allowed(self, level):
        most = {12: 2, 14: 1, 16: 1}[self.page_shift]
        # 512G, 64G and 4T: with 52-bit addresses only.
        return level <= most + (1 if self.ds or self.page_shift == 16 else 0)

    def make_leaf(self, level, pa, extra):
        fixed = self.put_address(pa)
        free = (0xFFF & ~3 if not self.ds else 0xFFF & ~0x303) | 1 << 50 | 1 << 51 | 0xFFF << 53
        free |= 1 << 16 if level else 0
        return fixed | extra & free | (3 if level == 0 else 1)

    def mark_group(self, entry):
        return entry | 1 << 52

    def group(self, level):
        sizes = {12: [16, 16, 16], 14: [128, 32], 16: [32, 32]}[self.page_shift]
        return sizes[level] if level < len(sizes) else 1

    def in_group(self, level, entry):
        return bool(entry >> 52 & 1) and self.group(level) > 1

    def leaf_address(self, level, entry, _va):
        return self.get_address(entry, self.entry_shift(level))

    def table_address(self, entry):
        return self.get_address(entry, self.page_shift)

    def fault(self, level, entry):
        if self.is_table(level, entry):
            return False
        return entry & 3 == 1 if level == 0 else not self.block_allowed(level)

    def alike(self, _level, one, other):
        """But for addresses and what hardware writes: AF, and AP[2] where DBM is set."""
        address = (1 << 50) - (1 << 12) | 3 << 8 if self.ds else (1 << 48) - (1 << 12)
        dirty = 1 << 7 if one & other & 1 << 51 else 0
        return not (one ^ other) & ~(address | 1 << 10 | dirty)

    def memory(self, entry):
        if not self.stage2:
            return MAIR_WORDS[bits(entry, 4, 2)]
        attr = bits(entry, 5, 2)
        if self.fwb:
            if attr >= 8:
                return "reserved"
            return DEVICES[attr] if attr < 4 else ["reserved", "non-cacheable", "write-back", "as-stage1"][attr & 3]
        if attr < 4:
            return DEVICES[attr]
        names = ["reserved", "non-cacheable", "write-through", "write-back"]
        outer, inner = names[attr >> 2], names[attr & 3]
        return outer if outer == inner else f"{outer}/{inner}"

    def permissions(self, entry, limits):
        pxn, uxn = bits(entry, 53, 53) | bits(limits, 59, 59), bits(entry, 54, 54) | bits(limits, 60, 60)
        read_only = bits(entry, 7, 7)
        if self.hd and entry >> 51 & 1:
            read_only = 0
        if self.stage2:
            write = bits(entry, 7, 7) or (self.hd and entry >> 51 & 1)
            xn = bits(entry, 54, 53)
            read = bits(entry, 6, 6)
            return rwx(read, write, xn in (0, 3)), rwx(read, write, xn in (0, 1))
        write = not (read_only or bits(limits, 62, 62))
        if self.kind == "el2":
            return rwx(1, write, not uxn and not (self.wxn and write)), "---"
        el0 = bits(entry, 6, 6) and not bits(limits, 61, 61)
        kernel = rwx(1, write, not pxn and not (el0 and write) and not (self.wxn and write))
        return kernel, rwx(el0, el0 and write, not uxn and not (self.wxn and el0 and write))

    def flags(self, level, entry, limits):
        found = set()
        if self.kind == "el2" or not self.stage2 and not bits(entry, 11, 11):
            found.add("global")
        if not self.ds:
            found.add(["non-shareable", "sh-reserved", "outer-shareable", "inner-shareable"][bits(entry, 9, 8)])
        if not bits(entry, 10, 10):
            found.add("old")
        if bits(entry, 51, 51):
            found.add("dbm-clean" if bits(entry, 7, 7) != self.stage2 else "dbm-dirty")
        if not self.stage2 and (bits(entry, 5, 5) or bits(limits, 63, 63)):
            found.add("ns")
        if not self.stage2 and bits(entry, 50, 50):
            found.add("guarded")
        if level and bits(entry, 16, 16):
            found.add("nT")
        if bits(entry, 58, 55):
            found.add(f"soft={bits(entry, 58, 55)}")
        if entry >> 59:
            found.add(f"bits63:59={entry >> 59:#x}")
        return found

    def describe(self, level, entry, limits):
        return (*self.permissions(entry, limits), self.memory(entry), self.flags(level, entry, limits))


class Riscv(Format):
    """Sv39, Sv48, Sv57 and what the G-stage makes of them."""

    arch = "riscv"
    page_shift = 12
    pa_bits = 56

    def __init__(self, mode, guest=False, thead=False):
        self.guest, self.thead = guest, thead
        self.levels = (mode - 12) // 9
        self.va_bits = mode + 2 * guest
        self.both = not guest
        self.limit_bits = 0 if guest else 1 << 5
        self.name = f"riscv:sv{mode}{'x4' if guest else ''}{':thead' if thead else ''}"

    def make_table(self, pa, extra=0):
        return pa >> 12 << 10 | 1 | extra & self.limit_bits | extra & 3 << 8

    def is_table(self, level, entry):
        return level > 0 and entry & 15 == 1

    def make_leaf(self, _level, pa, extra):
        free = 0xFE | 3 << 8 | 3 << 59 | (31 << 59 if self.thead else 3 << 61)
        entry = pa >> 12 << 10 | 1 | extra & free
        if entry & 15 == 1:
            entry |= 2
        return entry

    def mark_group(self, entry):
        return entry & ~(15 << 10) | 8 << 10 | 1 << 63

    def group(self, level):
        return 16 if level == 0 and not self.thead else 1

    def in_group(self, level, entry):
        return not self.thead and level == 0 and bool(entry >> 63) and bits(entry, 13, 10) == 8

    def leaf_address(self, level, entry, va):
        pa = bits(entry, 53, 10) << 12
        if self.in_group(level, entry):
            pa = pa >> 16 << 16 | va & 0xF000
        return pa

    def table_address(self, entry):
        return bits(entry, 53, 10) << 12

    def fault(self, level, entry):
        if bits(entry, 2, 1) == 2 or bits(entry, 58, 54):
            return True
        if entry & 15 == 1:
            return level == 0 or bool(entry & 0xD0) or (not self.thead and bits(entry, 63, 61) != 0)
        if (bits(entry, 53, 10) << 12) % (1 << self.entry_shift(level)):
            return True
        if self.thead:
            return False
        return bits(entry, 62, 61) == 3 or (bool(entry >> 63) and not self.in_group(level, entry))

    def alike(self, _level, one, other):
        return not (one ^ other) & ~(3 << 6)

    def describe(self, _level, entry, limits):
        perms = rwx(entry & 2, entry & 4, entry & 8)
        user = bits(entry, 4, 4)
        kernel = perms if user == self.guest else "---"
        if self.guest and not user:
            kernel = "---"
        if self.thead:
            memory = ("strongly" if entry >> 63 else "weakly") + "-ordered" + (",cacheable" if entry >> 62 & 1 else "")
        else:
            memory = ["pma", "non-cacheable", "io", "reserved"][bits(entry, 62, 61)]
        flags = set()
        if not self.guest and (entry | limits) & 32:
            flags.add("global")
        if not entry & 64:
            flags.add("old")
        if entry & 128:
            flags.add("dirty")
        elif entry & 4:
            flags.add("clean")
        if self.thead:
            flags |= {n for b, n in ((61, "bufferable"), (60, "shareable"), (59, "secure")) if entry >> b & 1}
        elif bits(entry, 60, 59):
            flags.add(f"bits60:59={bits(entry, 60, 59)}")
        if bits(entry, 9, 8):
            flags.add(f"soft={bits(entry, 9, 8)}")
        return kernel, perms if user else "---", memory, flags


class Walk:
    """Everything that a tree maps, table by table."""

    def __init__(self, form, image, root):
        self.form, self.image, self.found, self.done, self.tables = form, image, [], {}, 0
        self.read = set()
        self.occupied = {}
        for address in image.words:
            self.occupied.setdefault(address >> form.page_shift, []).append(address)
        for start, size in form.halves():
            self.table(root, form.levels - 1, 0, start, start, start + size, [])

    def table(self, table, level, limits, va, low, high, path):
        """Entries of a table whose first one translates @va, those in [low, high)."""
        form, shift = self.form, self.form.entry_shift(level)
        self.read.add((table, level))
        # The root of both halves begins at 0 for the lower one, and has the upper one behind it.
        if path == [] and form.both and va:
            va = TOP - (1 << form.va_bits)
        size = max(form.table_bytes(level), 1)
        pages = range(table >> form.page_shift, (table + size - 1 >> form.page_shift) + 1)
        addresses = sorted(a for p in pages for a in self.occupied.get(p, ()) if table <= a < table + size)
        skip = -1
        for address in addresses:
            index = (address - table) // 8
            at, entry = va + (index << shift), self.image.words[address]
            if index <= skip or not low <= at < high or not entry & 1:
                continue
            if form.fault(level, entry):
                self.found.append(Leaf("fault", at, 1 << shift, entry))
            elif form.is_table(level, entry):
                self.pointer(form.table_address(entry), level - 1, limits | entry & form.limit_bits, at, path + [table])
            else:
                skip = self.leaf(table, level, index, limits, at)

    def pointer(self, table, level, limits, va, path):
        size = 1 << self.form.entry_shift(level + 1)
        if table in path:
            self.found.append(Leaf("loop", va, size, table))
        elif (table, level, limits) in self.done:
            self.found.append(Leaf("again", va, size, table))
        elif not self.image.has(table, 1 << self.form.page_shift):
            self.found.append(Leaf("unread", va, size, table))
        else:
            self.table(table, level, limits, va, va, va + size, path)
            self.done[table, level, limits] = va

    def leaf(self, table, level, index, limits, va):
        """One, or the whole group, of which the index of the last entry comes back."""
        form, size = self.form, 1 << self.form.entry_shift(level)
        entry = self.image.words[table + 8 * index]
        pa = form.leaf_address(level, entry, va)
        kernel, user, memory, flags = form.describe(level, entry, limits)
        n = form.group(level)
        if not form.in_group(level, entry):
            self.found.append(Leaf("leaf", va, size, pa, kernel, user, memory, frozenset(flags)))
            return index
        first = index // n * n
        whole = pa % (n * size) == (index - first) * size and first + n <= form.entries(level)
        for i in range(n):
            other = self.image.words.get(table + 8 * (first + i), 0)
            at = va + (first + i - index) * size
            whole = whole and other & 1 and not form.is_table(level, other) and not form.fault(level, other) and \
                form.in_group(level, other) and form.alike(level, entry, other) and \
                form.leaf_address(level, other, at) == pa + at - va
        if not whole:
            self.found.append(Leaf("leaf", va, size, pa, kernel, user, memory, frozenset(flags | {"group-disagrees"})))
            return index
        self.found.append(Leaf("leaf", va, n * size, pa, kernel, user, memory, frozenset(flags), True))
        return first + n - 1


class Maker:
    """A tree of all that entries can be, by chance."""

    def __init__(self, form, random, base, size):
        self.form, self.random, self.image = form, random, Image(base, size)
        self.next = base
        root_bytes = max(64, form.table_bytes(form.levels - 1))
        self.root = self.take(max(root_bytes, 1 << form.page_shift))
        self.known = []
        self.fill(self.root, form.levels - 1, [self.root])

    def take(self, size):
        at = -(-self.next // size) * size
        if at + size > self.image.base + self.image.size:
            return None
        self.next = at + size
        return at

    def fill(self, table, level, path):
        n = self.form.entries(level)
        picks = {0, n - 1, *(self.random.randrange(n) for _ in range(6))}
        for index in sorted(picks):
            if table + 8 * index not in self.image.words:
                self.entry(table, level, index, path)

    def address(self, size):
        return self.random.randrange(0, 1 << self.form.pa_bits, size)

    def put(self, table, index, value):
        self.image.words[table + 8 * index] = value % TOP

    def entry(self, table, level, index, path):
        form, random = self.form, self.random
        size = 1 << form.entry_shift(level)
        extra = random.getrandbits(64) & random.getrandbits(64)
        kind = random.choice(["table"] * 6 * (level > 0) + ["leaf"] * 4 + ["group"] * 3 + ["any", "missing", "loop",
                                                                                          "again", "torn", "invalid"])
        if kind == "table":
            below = self.take(1 << form.page_shift)
            if below is not None:
                self.put(table, index, form.make_table(below, extra))
                self.fill(below, level - 1, path + [below])
                self.known.append((below, level - 1))
        elif kind == "missing" and level:
            self.put(table, index, form.make_table(self.image.base - (1 << form.page_shift), extra))
        elif kind == "loop" and level and path[-1] % (1 << form.page_shift) == 0:
            self.put(table, index, form.make_table(random.choice(path[1:] or [table]), extra))
        elif kind == "again" and level and self.known:
            self.put(table, index, form.make_table(random.choice(self.known)[0], extra))
        elif kind in ("group", "torn") and form.group(level) > 1 and form.entries(level) >= form.group(level):
            self.group(table, level, index, extra, kind == "torn")
        elif kind == "any":
            self.put(table, index, random.getrandbits(64) | 1)
        elif kind == "invalid":
            self.put(table, index, random.getrandbits(64) & ~1)
        else:
            self.put(table, index, form.make_leaf(level, self.address(size), extra))

    def group(self, table, level, index, extra, torn):
        form = self.form
        n, size = form.group(level), 1 << form.entry_shift(level)
        first, pa = index // n * n, self.address(n * size)
        if any(table + 8 * (first + i) in self.image.words for i in range(n)) or first + n > form.entries(level):
            return
        for i in range(n):
            self.put(table, first + i, form.mark_group(form.make_leaf(level, pa + i * size, extra)))
        if torn:
            at = table + 8 * (first + self.random.randrange(n))
            self.image.words[at] ^= self.random.choice([1 << 55, 1 << 10, 1, 1 << 20, 1 << 63])
