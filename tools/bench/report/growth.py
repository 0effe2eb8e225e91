# SPDX-License-Identifier: GPL-2.0
"""What grows with the CPUs, and in which function."""

import statistics

import counts
import records
import scale

# transfers a connection; what grows by less is not named
FEW = 0.1
TOP = 12


def load(directories, lap="steady"):
    """{(scenario, variant): {cpus: [(what was recorded, Turn)]}}"""
    found = {}
    for d in directories:
        boot, pairs = counts.load(d, lap)
        for key, turns in scale.groups(pairs).items():
            found.setdefault(key, {})[boot["cpus"]] = turns
    return found


def median(turns, count):
    return statistics.median(count(turn) / int(raw["n"]) for raw, turn in turns)


def spread(turns, count):
    values = [count(turn) / int(raw["n"]) for raw, turn in turns]
    return max(values) - min(values)


def symbols(turns):
    """{name: transfers a connection}, the mean of the rounds."""
    n = sum(int(raw["n"]) for raw, _ in turns)
    sums = {}
    for _, turn in turns:
        for name, t in turn.by_symbol().items():
            sums[name] = sums.get(name, 0) + t / n
    return sums


def text_row(name, few, many, count, form):
    a, b = median(few, count), median(many, count)
    return ("  %-13s " + form + " +-" + form + "  " + form + " +-" + form + "  %+6.1f %%\n") % (
        name, a, spread(few, count) / 2, b, spread(many, count) / 2, 100 * (b / a - 1))


def text_symbols(few, many):
    a, b = symbols(few), symbols(many)
    more = {name: b.get(name, 0) - a.get(name, 0) for name in a | b}
    out = ""
    for name in sorted(more, key=lambda n: abs(more[n]), reverse=True)[:TOP]:
        if abs(more[name]) >= FEW:
            out += "    %8.2f %8.2f  %+8.2f  %s\n" % (
                a.get(name, 0), b.get(name, 0), more[name], name)
    return out


def text(directories, few, most, lap="steady"):
    """From one number of CPUs to another; median, half of the spread."""
    out = ""
    found = load(directories, lap)
    for scenario in dict.fromkeys(s for s, _ in found):
        for variant in records.VARIANTS:
            turns = found.get((scenario, variant), {})
            if few not in turns or most not in turns:
                continue
            out += "%s, %s, %s: %d to %d CPUs\n" % (scenario, variant, lap, few, most)
            out += text_row("transfers", turns[few], turns[most],
                            lambda t: t.total(), "%7.2f")
            out += text_row("instructions", turns[few], turns[most],
                            lambda t: t.kernel_instructions(), "%7.0f")
            out += text_symbols(turns[few], turns[most])
    return out
