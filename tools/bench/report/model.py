# SPDX-License-Identifier: GPL-2.0
"""A throughput model on paper; Documentation/model.md says what it assumes."""

import records

# name, cores, cores with one last-level cache, GHz
MACHINES = (("24 cores, 2 sockets", 24, 12, 2.7), ("128 cores, 2 sockets", 128, 8, 2.5))
# cycles an instruction, share of a transfer that is waited for, ns near, ns far
CHEAP = (2.0, 0.5, 15, 80)  # transfers weigh least against instructions
DEAR = (1.0, 1.0, 20, 200)


def far_share(cores, llc):
    """Of the other cores, those with another last-level cache."""
    return (cores - llc) / (cores - 1)


def microseconds(instructions, transfers, machine, prices):
    _, cores, llc, ghz = machine
    cycles, waited, near, far = prices
    share = far_share(cores, llc)
    fetch = (1 - share) * near + share * far
    return (instructions * cycles / ghz + transfers * waited * fetch) / 1000


def rates(cells, machine, prices):
    """{variant: connections a second on all cores}, of the most CPUs measured."""
    some = [c for c in cells if c["scenario"] == "processes"]
    most = max(c["cpus"] for c in some)
    found = {}
    for v in records.variants(some):
        one = {c["metric"]: c["value"]
               for c in records.select(some, cpus=most, variant=v)}
        time = microseconds(one["instructions_per_connection"],
                            one["transfers_per_connection"], machine, prices)
        found[v] = machine[1] / time * 1e6
    return most, found


def text(cells):
    out = ""
    for machine in MACHINES:
        cheap, dear = (rates(cells, machine, p) for p in (CHEAP, DEAR))
        out += "%s; from %d emulated CPUs\n" % (machine[0], cheap[0])
        out += "  %-16s %22s   %s\n" % ("", "thousand connections/s", "to hash")
        for v in cheap[1]:
            out += "  %-16s %10.0f to %8.0f   %.2f to %.2f\n" % (
                v, cheap[1][v] / 1000, dear[1][v] / 1000,
                cheap[1][v] / cheap[1]["hash"], dear[1][v] / dear[1]["hash"])
    return out
