# SPDX-License-Identifier: GPL-2.0
"""report.html: one file, nothing fetched."""

import html

import losses
import plots
import records
import strains
from table import CHOICES, NAMES, picks

STYLE = """
body { font: 16px/1.5 sans-serif; max-width: 1340px; margin: 2em auto; padding: 0 1em; color: #1d2733; }
h1 { font-size: 1.7em; } h2 { font-size: 1.25em; margin-top: 2em; }
svg { max-width: 100%; height: auto; }
table { border-collapse: collapse; font-size: .92em; }
td, th { padding: .2em .8em; text-align: right; border-bottom: 1px solid #dde; }
td:first-child, th:first-child { text-align: left; }
.losses td, .losses th { text-align: center; padding: .2em .35em; min-width: 2.2em; border: 1px solid #fff; }
.losses td:first-child { text-align: left; white-space: nowrap; padding-right: 1em; }
.losses .gap { min-width: .3em; padding: 0; }
.losses .dark { color: #fff; }
.note { color: #556; font-size: .92em; max-width: 60em; }
"""

WHAT = {
    "accepted_on_flow_cpu": "Accepted on the CPU where their packets arrive",
    "accepted_by_nearest": "Accepted where no listener was nearer",
    "max_over_mean_within_cpu": "Busiest worker of a CPU, over the mean of its CPU",
}


def boot_name(c):
    return "%d CPUs, Linux %s" % (c["cpus"], c["kernel"])


def by_variant(cells):
    return {c["variant"]: c for c in cells}


def boots_of(cells):
    return list(dict.fromkeys((c["kernel"], c["cpus"]) for c in cells))


def matrix_section(cells):
    parts = []
    groups = dict.fromkeys((c["scenario"], c["kernel"], c["cpus"]) for c in cells)
    if not groups:
        return ""
    # a real server on many CPUs says most
    order = sorted(groups, key=lambda g: (g[0] != "nginx", g[0] != "haproxy", -g[2]))
    for i, (scenario, kernel, cpus) in enumerate(order):
        some = records.select(cells, scenario=scenario, kernel=kernel, cpus=cpus)
        picture = ("<h3>%s, %s</h3>\n%s\n" % (
            html.escape(scenario), html.escape(boot_name(some[0])),
            plots.matrices(some)))
        if i == 1:
            parts.append("<details><summary>%d more</summary>\n" % (len(order) - 1))
        parts.append(picture)
    if len(order) > 1:
        parts.append("</details>\n")
    return ("<h2>Where packets arrive, and where they are accepted</h2>\n"
            '<p class="note">A row per CPU on which connections arrived: where did '
            "accept() run? The darker, the larger the share of that CPU's "
            "connections. On the diagonal a connection stays on its CPU.</p>\n" +
            "".join(parts))


def rows_of(cells):
    """(label, {variant: cell}) for each scenario of each boot."""
    keys = dict.fromkeys((c["scenario"], c["kernel"], c["cpus"]) for c in cells)
    return [(s, k, n, by_variant(records.select(cells, scenario=s, kernel=k, cpus=n)))
            for s, k, n in keys]


def shown_value(c, unit):
    """Beside it the least and the most of the rounds, where they differ visibly."""
    text = "%.1f" % c["value"] if unit == "percent" else "%.2f" % c["value"]
    rounds = c.get("rounds", [])
    if rounds and max(rounds) - min(rounds) >= 5:
        text += " <small>%.0f\u2013%.0f</small>" % (min(rounds), max(rounds))
    return text


def table(rows, unit):
    shown = records.variants([c for r in rows for c in r[3].values()])
    head = "".join("<th>%s</th>" % NAMES[v] for v in shown)
    body = ""
    for scenario, kernel, cpus, some in rows:
        values = "".join("<td>%s</td>" % (
            shown_value(some[v], unit) if v in some else "") for v in shown)
        n = max(c["n"] for c in some.values())
        body += "<tr><td>%s</td><td>%s</td><td>%d</td>%s<td>%d</td></tr>\n" % (
            html.escape(scenario), html.escape(kernel), cpus, values, n)
    return ("<table><tr><th>scenario</th><th>kernel</th><th>CPUs</th>%s"
            "<th>connections each</th></tr>\n%s</table>\n" % (head, body))


def legend(cells):
    return "<p>%s</p>\n" % " &nbsp; ".join(
        '<span style="color:%s">\u25a0</span> %s' % (plots.COLOURS[v], NAMES[v])
        for v in records.variants(cells))


def bar_section(cells, metric, top):
    """A small picture per kernel and scenario, a cluster per boot."""
    some = records.select(cells, metric=metric)
    if not some:
        return ""
    rows = rows_of(some)
    unit = some[0]["unit"]
    parts = "<h2>%s</h2>\n%s" % (WHAT[metric], legend(some))
    for kernel in records.ordered(some, "kernel"):
        parts += "<h3>Linux %s</h3>\n" % html.escape(kernel)
        for scenario in records.ordered(some, "scenario"):
            here = [r for r in rows if r[0] == scenario and r[1] == kernel]
            if here:
                parts += plots.bars(scenario, ["%d CPUs" % r[2] for r in here],
                                    [r[3] for r in here], unit, top)
    return parts + table(rows, unit)


HOOKED = ("homeport, no rule for the port", "#7fb2e5")


def pick_series(some, scenario):
    """(name, colour, [(listeners, value)])"""
    own = records.select(some, scenario=scenario)
    series = [(NAMES[v], plots.COLOURS[v], records.select(own, variant=v))
              for v in records.variants(own)]
    series.append((*HOOKED, records.select(some, scenario=scenario + "-no-rule",
                                           variant="homeport")))
    return [(name, colour, [(c["listeners"], c["value"]) for c in points])
            for name, colour, points in series if points]


def pick_kernel(cells, kernel):
    some = records.select(cells, kernel=kernel)
    parts = "<h3>Linux %s</h3>\n" % html.escape(kernel)
    for scenario, what, title in CHOICES:
        series = pick_series(
            records.select(some, metric="instructions_per_" + what), scenario)
        if series:
            parts += plots.curves(series, "instructions of " + title)
    return parts + "<pre>%s</pre>\n" % html.escape(picks(some).strip("\n"))


def pick_section(cells):
    some = [c for c in cells if c["metric"].endswith(("s_per_pick", "s_per_choice"))]
    if not some:
        return ""
    return ("<h2>The cost of a pick</h2>\n"
            '<p class="note">Instructions of the guest, counted by QEMU, to choose a '
            "listener; those of an empty call are taken off, of a choice those of the "
            "lookup of a listener without SO_REUSEPORT. \u201cThe hook adds\u201d is "
            "homeport without a rule for the port, less stock: what entering it by "
            "ftrace costs. Nanoseconds of an emulated machine compare with each "
            "other at best.</p>\n" +
            "".join(pick_kernel(some, k) for k in records.ordered(some, "kernel")))


def page(boots, cells):
    parts = ["<p>%s%s.</p>\n" % (
        "; ".join(html.escape(boot_name(b)) for b in boots),
        ", in virtual machines" + (
            ", emulated" if any(b["emulated"] for b in boots) else ""))]
    parts.append(matrix_section(records.select(cells, metric="matrix")))
    fewer = {c["scenario"] for c in records.select(cells, metric="accepted_by_nearest")}
    everywhere = [c for c in cells if c["scenario"] not in fewer and
                  not strains.is_lump(c)]
    parts.append(bar_section(everywhere, "accepted_on_flow_cpu", 100))
    parts.append(bar_section(cells, "accepted_by_nearest", 100))
    parts.append(bar_section(cells, "max_over_mean_within_cpu", "*"))
    parts.append(strains.section(cells))
    parts.append(pick_section(cells))
    parts.append(losses.section(cells))
    parts.append('<p class="note">How each figure is obtained, and what it does not '
                 "say: Documentation/measuring.md. The figures: compare.json.</p>\n")
    return ("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
            "<title>homeport, measured</title><style>%s</style></head>"
            "<body>\n<h1>homeport, measured</h1>\n%s</body></html>\n"
            % (STYLE, "".join(parts)))
