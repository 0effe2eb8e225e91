# SPDX-License-Identifier: GPL-2.0
"""What the plugin counted in a boot, with the names of the code."""

import bisect
import os

import records

# as tools/bench/guest/say.h numbers them
PHASES = {1: "syn", 2: "ack", 3: "data", 4: "serve", 5: "close", 6: "pick", 7: "time"}
# goes by the clock: not of a connection
TIME = "time"
KERNEL = 1 << 63
CODE = set("tTwW")
# what lies further behind a name is not of it
NEAR = 1 << 14


class Symbols:
    """Addresses to names; those of modules come from the turn itself."""

    def __init__(self, path, module_path):
        rows = [r for r in self.read(path) if not r[3]] + self.read(module_path)
        rows.sort(key=lambda r: r[0])
        self.rows = rows
        self.starts = [r[0] for r in rows]

    @staticmethod
    def read(path):
        """(address, kind, name, module or "")"""
        rows = []
        with open(path, encoding="ascii", errors="replace") as f:
            for line in f:
                word = line.split()
                module = word[3].strip("[]") if len(word) > 3 else ""
                rows.append((int(word[0], 16), word[1], word[2], module))
        return rows

    def find(self, address):
        """(name, module) of what begins at or before it."""
        if address < KERNEL:
            return "user space", ""
        i = bisect.bisect_right(self.starts, address) - 1
        if i < 0:
            return hex(address), ""
        return self.rows[i][2], self.rows[i][3]

    def place(self, address):
        """name+0xOFFSET; the address itself where no name is near."""
        i = bisect.bisect_right(self.starts, address) - 1
        offset = address - self.starts[i] if i >= 0 else NEAR
        return "%s+%#x" % (self.rows[i][2], offset) if offset < NEAR else hex(address)


class Turn:
    """One variant in one round."""

    def __init__(self, label, symbols):
        self.label = label
        self.symbols = symbols
        self.instructions = {}  # by phase; of the kernel alone
        self.calls = {}         # by name of function and phase
        self.transfers = {}     # by name, module and phase: [reads near, far, writes near, far]
        self.cost = {}          # instructions by name
        self.owned = []         # lines that homeport and several CPUs wrote:
                                # (address, bits of these CPUs, transfers)
        self.lines = []         # the same of all lines
        self.sites = {}         # transfers by address of the instruction and phase

    def add(self, word):
        kind, address = word[0], int(word[1], 16)
        if kind in ("owned", "line"):
            self.lines.append((address, int(word[2], 16), int(word[3])))
            if kind == "owned":
                self.owned.append(self.lines[-1])
            return
        name, module = self.symbols.find(address)
        phase = PHASES[int(word[2])]
        if address < KERNEL:
            return
        if kind == "instructions":
            self.instructions[phase] = self.instructions.get(phase, 0) + int(word[3])
            self.cost[name] = self.cost.get(name, 0) + int(word[3])
        elif kind == "calls":
            self.calls[name, phase] = self.calls.get((name, phase), 0) + int(word[3])
        elif kind == "transfers":
            where = (name, "stack of " + module if word[7] == "stack" else module, phase)
            have = self.transfers.setdefault(where, [0, 0, 0, 0])
            for i, n in enumerate(word[3:7]):
                have[i] += int(n)
                self.sites[address, phase] = self.sites.get((address, phase), 0) + int(n)

    def of_connections(self):
        return {key: t for key, t in self.transfers.items() if key[2] != TIME}

    def total(self, phase=None):
        if not phase:
            return sum(sum(t) for t in self.of_connections().values())
        return sum(sum(t) for key, t in self.transfers.items() if key[2] == phase)

    def far(self):
        return sum(t[1] + t[3] for t in self.of_connections().values())

    def kernel_instructions(self):
        return sum(n for phase, n in self.instructions.items() if phase != TIME)

    def by_symbol(self):
        """{name: transfers}"""
        sums = {}
        for (name, _, _), t in self.of_connections().items():
            sums[name] = sums.get(name, 0) + sum(t)
        return sums

    def picks_by(self, module):
        """{name: transfers of this module within picks}"""
        sums = {}
        for (name, where, phase), t in self.transfers.items():
            if where == module and phase == "pick":
                sums[name] = sums.get(name, 0) + sum(t)
        return sums

    def writes_by(self, module):
        """{name: transfers that a write of this module needed}"""
        sums = {}
        for (name, where, _), t in self.of_connections().items():
            if where == module and t[2] + t[3]:
                sums[name] = sums.get(name, 0) + t[2] + t[3]
        return sums


def load_turns(directory):
    """{label: Turn} of what one boot wrote; a piece without its end is left out."""
    turns, turn = {}, None
    with open(os.path.join(directory, "counts"), encoding="ascii") as f:
        for line in f:
            word = line.split()
            if word[0] == "turn":
                modules = "modules-" + word[1].removesuffix("-cold")
                turn = Turn(word[1], Symbols(os.path.join(directory, "symbols"),
                                             os.path.join(directory, modules)))
            elif word[0] == "end":
                turns[turn.label] = turn
            else:
                turn.add(word)
    return turns


def load(directory, lap="steady"):
    """(boot, [(what the guest recorded, Turn)])"""
    turns = load_turns(directory)
    boot, pairs = {}, []
    with open(os.path.join(directory, "records"), encoding="ascii") as f:
        for line in f:
            raw = records.fields(line)
            if "turn" not in raw:
                boot = {"kernel": raw["kernel"], "cpus": int(raw["cpus"])}
            elif raw["lap"] == lap and raw["turn"] in turns:
                pairs.append((raw, turns[raw["turn"]]))
    return boot, pairs
