# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Reads, edits and writes flattened device trees (Devicetree Specification, chapter 5)."""

import struct

MAGIC = 0xD00DFEED
BEGIN_NODE, END_NODE, PROP, NOP, END = 1, 2, 3, 4, 9


def pad(data):
    return data + b"\0" * (-len(data) % 4)


def cells(*values):
    """Each value as one 32-bit cell."""
    return struct.pack(f">{len(values)}I", *values)


def cells64(*values):
    """Each value as two cells."""
    return struct.pack(f">{len(values)}Q", *values)


class Node:
    """A node: properties as bytes, children by name, both in order."""

    def __init__(self, name=""):
        self.name = name
        self.props = {}
        self.children = {}

    def child(self, name):
        """The child of that name, made if it is not there."""
        return self.children.setdefault(name, Node(name))

    def set(self, **props):
        """Properties; str values get their NUL. An underscore stands for a hyphen, two for a comma."""
        for key, value in props.items():
            if key != "device_type":
                key = key.replace("__", ",").replace("_", "-")
            self.props[key] = value.encode() + b"\0" if isinstance(value, str) else value
        return self


class Tree:
    """A device tree."""

    def __init__(self, blob=None):
        """From a blob, or empty."""
        self.boot_cpu, self.reserve, self.root = 0, [], Node()
        if blob:
            self._read(blob)

    def _read(self, blob):
        magic, _, structure, strings, reserve = struct.unpack_from(">5I", blob)
        if magic != MAGIC:
            raise ValueError("not a device tree")
        self.boot_cpu = struct.unpack_from(">I", blob, 28)[0]
        while True:
            entry = struct.unpack_from(">2Q", blob, reserve)
            if entry == (0, 0):
                break
            self.reserve.append(entry)
            reserve += 16
        self.root = self._parse(blob, structure, strings)

    @staticmethod
    def _text(blob, at):
        return blob[at:blob.index(b"\0", at)].decode()

    def _parse(self, blob, at, strings):
        top = Node()
        stack = [top]
        while True:
            token = struct.unpack_from(">I", blob, at)[0]
            at += 4
            if token == BEGIN_NODE:
                name = self._text(blob, at)
                at += (len(name) + 4) & ~3
                node = Node(name)
                stack[-1].children[name] = node
                stack.append(node)
            elif token == END_NODE:
                stack.pop()
            elif token == PROP:
                size, name = struct.unpack_from(">2I", blob, at)
                stack[-1].props[self._text(blob, strings + name)] = blob[at + 8:at + 8 + size]
                at += 8 + ((size + 3) & ~3)
            elif token == END:
                return top.children[""]

    def node(self, path):
        """The node of a path, made if it is not there."""
        node = self.root
        for name in path.strip("/").split("/"):
            node = node.child(name)
        return node

    def memory_names(self):
        return [n for n in self.root.children if n.split("@")[0] == "memory"]

    def memory_ranges(self):
        """(start, size) of every bank."""
        for name in self.memory_names():
            reg = self.root.children[name].props["reg"]
            numbers = struct.unpack(f">{len(reg) // 8}Q", reg)
            yield from zip(numbers[::2], numbers[1::2])

    def set_memory(self, *banks):
        """One memory node for all (start, size); none at all without banks."""
        for name in self.memory_names():
            del self.root.children[name]
        if banks:
            reg = b"".join(cells64(*bank) for bank in banks)
            self.node(f"memory@{banks[0][0]:x}").set(device_type="memory", reg=reg)

    def add_reserved(self, name, start, size, nomap=False):
        """A child of /reserved-memory."""
        parent = self.node("reserved-memory")
        parent.set(ranges=b"")
        parent.props["#address-cells"] = parent.props["#size-cells"] = cells(2)
        node = parent.child(f"{name}@{start:x}").set(reg=cells64(start, size))
        if nomap:
            node.props["no-map"] = b""

    def blob(self):
        """The tree as a blob."""
        strings = bytearray()
        offsets = {}
        out = bytearray()

        def emit(node):
            out.extend(cells(BEGIN_NODE) + pad(node.name.encode() + b"\0"))
            for key, value in node.props.items():
                if key not in offsets:
                    offsets[key] = len(strings)
                    strings.extend(key.encode() + b"\0")
                out.extend(cells(PROP, len(value), offsets[key]) + pad(value))
            for child in node.children.values():
                emit(child)
            out.extend(cells(END_NODE))

        emit(self.root)
        out.extend(cells(END))
        reserve = b"".join(cells64(*entry) for entry in self.reserve) + bytes(16)
        structure = 40 + len(reserve)
        total = structure + len(out) + len(strings)
        header = cells(MAGIC, total, structure, structure + len(out), 40, 17, 16, self.boot_cpu,
                       len(strings), len(out))
        return header + reserve + bytes(out) + bytes(strings)
