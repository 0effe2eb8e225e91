# SPDX-License-Identifier: GPL-2.0
"""Which lines moved, and which instructions fetched them."""

import counts

# transfers a connection; less is not listed
FEW = 0.03


def rows(pairs, n):
    out = ""
    for value, words in sorted(pairs, reverse=True):
        if value / n >= FEW:
            out += "  %8.2f  %s\n" % (value / n, words)
    return out


def turn_text(raw, turn, cpus):
    n = int(raw["n"])
    place = turn.symbols.place
    lines = [(t, "%s, written by %d CPUs" % (place(address), bin(writers).count("1")))
             for address, writers, t in turn.lines]
    sites = [(t, "%s, %s" % (place(address), phase))
             for (address, phase), t in turn.sites.items() if phase != counts.TIME]
    return "%d CPUs, %s, round %s, a connection:\n lines\n%s instructions\n%s" % (
        cpus, raw["variant"], raw["round"], rows(lines, n), rows(sites, n))


def text(directories):
    out = ""
    for d in directories:
        boot, pairs = counts.load(d)
        out += "".join(turn_text(raw, turn, boot["cpus"]) for raw, turn in pairs)
    return out
