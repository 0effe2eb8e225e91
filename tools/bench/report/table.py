# SPDX-License-Identifier: GPL-2.0
"""Who accepted what where, as text."""

import records

NAMES = {"hash": "hash (stock)", "incoming_cpu": "SO_INCOMING_CPU",
         "cbpf": "cBPF program", "migrate_req": "tcp_migrate_req",
         "homeport": "homeport", "homeport-native": "homeport (patched)"}


def share_line(c):
    return "  %-18s %6.1f %%  of %5d connections" % (
        NAMES[c["variant"]], c["value"], c["n"])


def matrix_lines(c):
    """A row per flow CPU; a dot where nothing was accepted."""
    rows = c["value"]
    width = max(4, max(len(str(n)) for row in rows for n in row) + 1)
    lines = ["  %-18s" % NAMES[c["variant"]] + " accepted on CPU",
             "  flow CPU          " +
             "".join("%*d" % (width, j) for j in range(len(rows)))]
    for i, row in enumerate(rows):
        lines.append("  %8d          " % i +
                     "".join("%*s" % (width, n or ".") for n in row))
    return lines


def scenario_lines(name, cells):
    local = records.select(cells, metric="accepted_on_flow_cpu")
    first = local[0]
    lines = ["", "%s, %d CPUs, Linux %s: accepted on the CPU of its packets" % (
        name, first["cpus"], first["kernel"])]
    lines += [share_line(c) for c in local]
    for c in records.select(cells, metric="matrix"):
        lines += [""] + matrix_lines(c)
    return lines


def text(cells):
    lines = []
    for name in records.ordered(cells, "scenario"):
        some = records.select(cells, scenario=name)
        if records.select(some, metric="accepted_on_flow_cpu"):
            lines += scenario_lines(name, some)
    return "\n".join(lines) + "\n"
