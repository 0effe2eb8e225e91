# SPDX-License-Identifier: GPL-2.0
"""The pictures of "make scale", and the page that shows them."""

import html

import plots
import records
from page import STYLE
from table import NAMES

ROWS = 12
STEPS = (("syn", "SYN"), ("ack", "ACK of the handshake"), ("serve", "the server's part"),
         ("close", "FIN of the client"))


def series(cells, metric, over="cpus"):
    """[(name, colour, [(over, value, least, most)])]"""
    some = records.select(cells, metric=metric)
    return [(NAMES[v], plots.COLOURS[v],
             sorted((c[over], c["value"], min(c["rounds"]), max(c["rounds"]))
                    for c in records.select(some, variant=v)))
            for v in records.variants(some)]


def curves(some, xlabel, ylabel, title, size=(640, 320)):
    """Lines with the least and the most of the rounds."""
    xs = sorted({p[0] for _, _, points in some for p in points})
    script = "".join(plots.block("s%d" % i, pts) for i, (_, _, pts) in enumerate(some))
    script += ("set logscale x 2\nset xrange [%g:%g]\nset yrange [0:*]\n"
               "set xlabel '%s'\nset ylabel '%s'\nset title '%s'\n"
               "set grid lc rgb '#dddddd'\nset border 3 lc rgb '#888888'\n"
               "set tics nomirror\nset xtics (%s)\nset key outside right vertical\n"
               % (xs[0] / 1.2, xs[-1] * 1.2, xlabel, ylabel, title.replace("'", "''"),
                  ",".join("%d" % x for x in xs)))
    lines = []
    for i, (name, colour, _) in enumerate(some):
        lines.append("$s%d using 1:2 with linespoints pt 7 lw 2 lc rgb '%s' title '%s'"
                     % (i, colour, name))
        lines.append("$s%d using 1:2:3:4 with yerrorbars pt 7 ps 0.6 lc rgb '%s' notitle"
                     % (i, colour))
    return plots.gnuplot(size, script + "plot " + ", ".join(lines) + "\n")


def symbol_rows(symbols, cpus, variant):
    """(symbol, {variant: transfers}), in the order of one variant."""
    some = records.select(symbols, cpus=cpus)
    names = [r["symbol"] for r in records.select(some, variant=variant)][:ROWS]
    return [(n, {r["variant"]: r["transfers_per_connection"]
                 for r in records.select(some, symbol=n)}) for n in names]


def symbol_picture(symbols, cpus, variant):
    """A panel per variant, side by side, a bar for each of one variant's symbols."""
    rows = symbol_rows(symbols, cpus, variant)
    shown = records.variants(records.select(symbols, cpus=cpus))
    top = max(max(values.values()) for _, values in rows) * 1.25
    left, panel = 230.0, 210.0
    width, height = left + panel * len(shown) + 20, 24 * len(rows) + 100
    data = [(i, '"%s"' % name, *(values.get(v, 0) for v in shown))
            for i, (name, values) in enumerate(rows)]
    script = plots.block("d", data)
    script += ("set multiplot\nunset key\nset style fill solid noborder\n"
               "set xrange [0:%g]\nset yrange [%g:-0.7]\nset border 1 lc rgb '#888888'\n"
               "set xtics nomirror scale 0 font ',10'\nset grid x lc rgb '#dddddd'\n"
               "set xlabel 'transfers a connection' font ',11'\n"
               "set bmargin at screen %g\nset tmargin at screen %g\n"
               % (top, len(rows) - 0.3, 56.0 / height, 1 - 36.0 / height))
    for i, v in enumerate(shown):
        start = (left + i * panel) / width
        script += ("set lmargin at screen %g\nset rmargin at screen %g\nset title '%s' font ',14'\n"
                   % (start, start + (panel - 24) / width, NAMES[v]))
        script += "set ytics scale 0 font ',11'\n" if not i else "set format y ''\n"
        script += ("plot $d using ($%d/2):1:($%d/2):(0.35)%s with boxxyerror lc rgb '%s', "
                   "$d using ($%d+%g):1:(sprintf('%%.1f',$%d)) with labels left font ',10'\n"
                   % (i + 3, i + 3, ":ytic(2)" if not i else "", plots.COLOURS[v],
                      i + 3, top * 0.02, i + 3))
    return plots.gnuplot((int(width), height), script + "unset multiplot\n")


def metric_table(cells, metric):
    some = records.select(cells, metric=metric)
    shown = records.variants(some)
    out = "<table><tr><th>CPUs</th>%s</tr>\n" % "".join(
        "<th>%s</th>" % NAMES[v] for v in shown)
    for cpus in sorted({c["cpus"] for c in some}):
        out += "<tr><td>%d</td>" % cpus
        for v in shown:
            one = records.select(some, cpus=cpus, variant=v)
            out += "<td>%s</td>" % ("%.1f <small>%.1f\u2013%.1f</small>" % (
                one[0]["value"], min(one[0]["rounds"]), max(one[0]["rounds"]))
                if one else "")
        out += "</tr>\n"
    return out + "</table>\n"


def of_first_kernel(cells):
    """Of other kernels only the variants that the first one does not have."""
    first = cells[0]["kernel"]
    has = {c["variant"] for c in records.select(cells, kernel=first)}
    return [c for c in cells if c["kernel"] == first or c["variant"] not in has]


def picture(cells):
    """For the README: servers of one's own, all CPUs."""
    some = of_first_kernel(records.select(cells, scenario="processes"))
    return curves(series(some, "transfers_per_connection"), "CPUs",
                  "transfers a connection", "cache lines that move between CPUs")


def picks_picture(cells):
    """What a choice costs, by how many there are to choose from."""
    some = records.select(cells, scenario="processes")
    return curves(series(some, "instructions_per_pick", "listeners"), "listeners",
                  "instructions", "instructions of the choice of a listener")


def transfers_section(cells):
    return ("<h2>Cache lines that move, for each connection</h2>\n" +
            curves(series(cells, "transfers_per_connection"), "CPUs",
                   "transfers a connection", "all") +
            curves(series(cells, "far_transfers_per_connection"), "CPUs",
                   "transfers a connection", "from another last-level cache") +
            metric_table(cells, "transfers_per_connection"))


def instructions_section(cells):
    parts = "<h2>Instructions of the kernel, and listeners</h2>\n"
    parts += curves(series(cells, "instructions_per_pick", "listeners"), "listeners",
                    "instructions", "the choice of a listener")
    for step, name in STEPS:
        parts += curves(series(cells, "instructions_per_" + step, "listeners"),
                        "listeners", "instructions", name, (640, 280))
    return parts


def steps_section(cells):
    parts = "<h2>Where in a connection's life lines move</h2>\n"
    for step, name in STEPS:
        parts += curves(series(cells, "transfers_per_" + step), "CPUs",
                        "transfers a connection", name, (640, 280))
    return parts


def symbols_section(symbols):
    parts = "<h2>Which function fetches them</h2>\n"
    for cpus in sorted({s["cpus"] for s in symbols}, reverse=True):
        for v in ("hash", "homeport"):
            if records.select(symbols, cpus=cpus, variant=v):
                parts += "<h3>%d CPUs: the functions with most transfers, %s</h3>\n%s\n" % (
                    cpus, NAMES[v], symbol_picture(symbols, cpus, v))
    return parts


def scenario_part(name, cells, symbols):
    return ("<h1>%s</h1>\n" % html.escape(name) + transfers_section(cells) +
            symbols_section(symbols) + steps_section(cells) +
            instructions_section(cells))


def page(cells, symbols):
    parts = "".join(scenario_part(s, records.select(cells, scenario=s),
                                  records.select(symbols, scenario=s))
                    for s in records.ordered(cells, "scenario"))
    return ("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
            "<title>homeport: what connections share</title><style>%s</style></head>"
            "<body>\n<p>Linux %s, emulated; counted, not timed. One connection after "
            "the other, each on another CPU. The model and what it leaves out: "
            "Documentation/scale.md. The figures: scale.json.</p>\n%s</body></html>\n"
            % (STYLE, html.escape(cells[0]["kernel"]), parts))
