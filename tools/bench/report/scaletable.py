# SPDX-License-Identifier: GPL-2.0
"""The tables of Documentation/scale.md."""

import records

TABLES = (
    ("transfers_per_connection", "Transfers for each connection, steady", "%.1f"),
    ("cold_transfers_per_connection", "The same, cold", "%.1f"),
    ("instructions_per_connection", "Instructions of the kernel for each connection, steady", "%.0f"),
    ("instructions_per_pick", "Instructions of the choice of a listener", "%.0f"),
    ("transfers_by_time", "Transfers of what goes by the clock, for each connection; in none of the above", "%.1f"),
)
HEADS = {"hash": "hash", "incoming_cpu": "SO_INCOMING_CPU", "cbpf": "cBPF",
         "homeport": "homeport (ftrace)", "homeport-native": "homeport (native)"}


def value(c, form):
    text = form % c["value"]
    if c["spread"] / 2 >= 0.05:
        text += " \u00b1 " + form % (c["spread"] / 2)
    return text


def row(some, cpus, shown, form, share):
    cells = {c["variant"]: c for c in records.select(some, cpus=cpus)}
    words = [str(cpus)] + [value(cells[v], form) if v in cells else "" for v in shown]
    if share:
        both = "homeport" in cells and "hash" in cells
        words.append("%.1f %%" % (100 * cells["homeport"]["value"] / cells["hash"]["value"])
                     if both else "")
    return "| " + " | ".join(words) + " |\n"


def table(cells, metric, title, form):
    some = records.select(cells, metric=metric)
    shown = records.variants(some)
    share = "transfers_per_connection" in metric and {"hash", "homeport"} <= set(shown)
    heads = ["CPUs"] + [HEADS[v] for v in shown] + (["homeport of hash"] if share else [])
    out = "%s:\n\n| %s |\n|%s\n" % (title, " | ".join(heads), "---|" * len(heads))
    for cpus in sorted({c["cpus"] for c in some}):
        out += row(some, cpus, shown, form, share)
    return out + "\n"


def text(cells):
    """Median of the rounds, and half of the most less the least of them."""
    some = records.select(cells, scenario="processes")
    return "".join(table(some, *t) for t in TABLES)
