# SPDX-License-Identifier: GPL-2.0
"""Who accepted what where, as text."""

import records

NAMES = {"hash": "hash (stock)", "incoming_cpu": "SO_INCOMING_CPU",
         "cbpf": "cBPF program", "migrate_req": "tcp_migrate_req",
         "homeport": "homeport", "homeport-native": "homeport (patched)",
         "single": "one shared queue"}


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


# Scenario, what its metrics are called by, and what that is.
CHOICES = [("pick-cost", "pick", "a pick, reuseport_select_sock() alone"),
           ("choice-ipv4", "choice", "a choice with the hash of the flow, IPv4"),
           ("choice-ipv6", "choice", "a choice with the hash of the flow, IPv6")]


def pick_rows(cells, scenario):
    """(name, {listeners: cell}); the cells of one metric"""
    own = records.select(cells, scenario=scenario)
    without = records.select(cells, scenario=scenario + "-no-rule")
    rows = [(NAMES[v], records.select(own, variant=v))
            for v in records.variants(own)]
    rows.append(("homeport, unchecked", records.select(
        cells, scenario=scenario + "-unchecked")))
    rows += [(NAMES[v] + ", no rule", records.select(without, variant=v))
             for v in records.variants(without)]
    return [(name, {c["listeners"]: c for c in row}) for name, row in rows]


def hook_adds(rows):
    """By number of listeners: entering the hook for nothing, less stock."""
    rows = dict(rows)
    stock, hooked = rows[NAMES["hash"]], rows["homeport, no rule"]
    return {n: hooked[n]["value"] - stock[n]["value"] for n in hooked if n in stock}


def pick_lines(cells, scenario, title):
    """The cells of one metric and one kernel."""
    rows = pick_rows(cells, scenario)
    sizes = sorted({n for _, row in rows for n in row})
    emulated = ", emulated" if cells[0]["emulated"] else ""
    lines = ["", "%s, Linux %s%s" % (title, cells[0]["kernel"], emulated),
             "  listeners                   " + "".join("%9d" % n for n in sizes)]
    for name, row in rows:
        lines.append("  %-28s" % name + "".join(
            "%9.1f" % row[n]["value"] if n in row else "%9s" % "" for n in sizes))
    adds = hook_adds(rows)
    lines.append("  %-28s" % "the hook adds" + "".join(
        "%9.1f" % adds[n] if n in adds else "%9s" % "" for n in sizes))
    return lines


def picks(cells):
    lines = []
    for unit in ("instructions", "ns"):
        for scenario, what, title in CHOICES:
            some = records.select(cells, metric="%s_per_%s" % (unit, what))
            if records.select(some, scenario=scenario, variant="hash"):
                lines += pick_lines(some, scenario, unit + " of " + title)
    return "\n".join(lines) + "\n"
