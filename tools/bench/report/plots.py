# SPDX-License-Identifier: GPL-2.0
"""Pictures by gnuplot, as SVG."""

import subprocess

import records
from table import NAMES

COLOURS = {"hash": "#9aa5b1", "incoming_cpu": "#e0a030", "cbpf": "#6fae75",
           "migrate_req": "#b07aa1", "homeport": "#1f5fa8",
           "homeport-native": "#0b2e59", "single": "#c0504d"}
PANEL = 290


def gnuplot(size, commands):
    script = "set terminal svg noenhanced size %d,%d font 'sans-serif,13' background '#ffffff'\n" % size
    done = subprocess.run(["gnuplot"], input=script + commands, text=True,
                          stdout=subprocess.PIPE, check=True)
    return done.stdout[done.stdout.index("<svg"):]


def block(name, rows):
    lines = [" ".join(str(v) for v in row) for row in rows]
    return "$%s << EOD\n%s\nEOD\n" % (name, "\n".join(lines))


def share_rows(c):
    """x, y, percent of that flow CPU's connections."""
    rows = []
    for flow, row in enumerate(c["value"]):
        total = sum(row) or 1
        for cpu, n in enumerate(row):
            rows.append((cpu, flow, 100.0 * n / total))
    return rows


def matrices(cells):
    """Heat maps side by side, one colour scale for all."""
    n = len(cells)
    cpus = len(cells[0]["value"])
    step = max(1, cpus // 8)
    left, right, width = 60.0, 90.0, n * PANEL + 150.0
    script = "".join(block("m%d" % i, share_rows(c)) for i, c in enumerate(cells))
    script += ("set multiplot\nunset key\nset cbrange [0:100]\n"
               "set palette defined (0 '#f7f9fb', 12 '#cfe0f1', 50 '#4d8fcc', 100 '#0b3c7d')\n"
               "set xrange [-0.5:%g]\nset yrange [%g:-0.5]\n"
               "set tics scale 0 font ',11'\nset xtics 0,%d\nset ytics 0,%d\n"
               "set border lc rgb '#888888'\nset xlabel 'accepted on CPU' offset 0,0.5\n"
               "set style fill solid noborder\n"
               % (cpus - 0.5, cpus - 0.5, step, step))
    for i, c in enumerate(cells):
        at = (left + i * PANEL) / width
        script += ("set lmargin at screen %g\nset rmargin at screen %g\n"
                   "set bmargin at screen 0.16\nset tmargin at screen 0.88\n"
                   % (at, at + (PANEL - 30.0) / width))
        script += "set title '%s' font ',15'\n" % NAMES[c["variant"]]
        script += ("set ylabel 'packets arrive on CPU' offset 1,0\n" if not i
                   else "unset ylabel\nset format y ''\n")
        last = i == n - 1
        script += ("set colorbox user origin %g,0.16 size %g,0.72\n"
                   "set cblabel '%% of the CPU''s connections' offset 0.3,0\n"
                   % ((width - right) / width, 14.0 / width)
                   if last else "unset colorbox\n")
        script += ("plot $m%d using 1:2:($1-0.5):($1+0.5):($2-0.5):($2+0.5):3 "
                   "with boxxyerror lc palette\n" % i)
    return gnuplot((int(width), PANEL + 70), script + "unset multiplot\n")


def bars(title, labels, cells, ylabel, top):
    """A cluster per label, a bar per variant; the legend is the page's."""
    shown = records.variants([c for some in cells for c in some.values()])
    rows = [['"%s"' % label] +
            ["%g" % some[v]["value"] if v in some else "?" for v in shown]
            for label, some in zip(labels, cells)]
    script = block("d", rows)
    script += ("set style data histograms\nset style histogram clustered gap 1\n"
               "set style fill solid noborder\nset boxwidth 0.9\nunset key\n"
               "set datafile missing '?'\nset yrange [0:%s]\nset ylabel '%s'\n"
               "set grid y lc rgb '#dddddd'\nset border 3 lc rgb '#888888'\n"
               "set xtics nomirror scale 0 font ',11'\nset ytics nomirror\n"
               "set title '%s'\n" % (top, ylabel, title))
    plots = ["$d using %d:xtic(1) lc rgb '%s'" % (i + 2, COLOURS[v])
             for i, v in enumerate(shown)]
    return gnuplot((130 + 70 * max(2, len(labels)), 250),
                   script + "plot " + ", ".join(plots) + "\n")


def curves(series, ylabel):
    """Lines over the number of listeners; series is a list of (name, colour, points)."""
    script = "".join(block("s%d" % i, pts) for i, (_, _, pts) in enumerate(series))
    script += ("set logscale xy 2\nset xlabel 'listeners in the group'\n"
               "set ylabel '%s'\nset grid lc rgb '#dddddd'\n"
               "set border 3 lc rgb '#888888'\nset tics nomirror\n"
               "set xtics (2,16,128,1024)\nset key outside right\n" % ylabel)
    plots = ["$s%d using 1:2 with linespoints pt 7 lw 2 lc rgb '%s' title '%s'"
             % (i, colour, name) for i, (name, colour, _) in enumerate(series)]
    return gnuplot((900, 400), script + "plot " + ", ".join(plots) + "\n")


def waits(cells):
    """How long clients waited; the axis is stretched towards the last of them."""
    names = [NAMES[c["variant"]] for c in cells]
    script = ""
    for i, c in enumerate(cells):
        rows = [(100.0 / (100.0 - p) if p < 100 else c["n"], max(ms, 0.01))
                for p, ms in c["value"]]
        script += block("w%d" % i, rows)
    most = max(c["n"] for c in cells)
    tics = [(100.0 / (100 - p), p) for p in (0, 50, 90, 99, 99.9, 99.99)]
    script += ("set logscale xy\nset xlabel 'percent of the clients waited no longer'\n"
               "set ylabel 'milliseconds'\nset grid lc rgb '#dddddd'\n"
               "set border 3 lc rgb '#888888'\nset tics nomirror\n"
               "set xrange [1:%d]\nset xtics (%s)\nset key outside right\n"
               % (most, ", ".join("'%g' %g" % (p, x) for x, p in tics)))
    lines = ["$w%d using 1:2 with steps lw 2 lc rgb '%s' title '%s'"
             % (i, COLOURS[c["variant"]], names[i]) for i, c in enumerate(cells)]
    return gnuplot((900, 360), script + "plot " + ", ".join(lines) + "\n")


def rounds(cells, ylabel):
    """A dot for each round, and the interval that holds the median."""
    script = ""
    for i, c in enumerate(cells):
        n = len(c["rounds"])
        script += block("r%d" % i, [(i + 0.3 * (j / n - 0.5), v)
                                    for j, v in enumerate(c["rounds"])])
        script += block("m%d" % i, [(i + 0.25, c["value"], c["low"], c["high"])])
    tics = ", ".join("'%s' %d" % (NAMES[c["variant"]], i) for i, c in enumerate(cells))
    script += ("unset key\nset xrange [-0.5:%g]\nset yrange [0:*]\nset ylabel '%s'\n"
               "set xtics (%s) nomirror scale 0\nset ytics nomirror\n"
               "set grid y lc rgb '#dddddd'\nset border 3 lc rgb '#888888'\n"
               % (len(cells) - 0.5, ylabel, tics))
    drawn = []
    for i, c in enumerate(cells):
        colour = COLOURS[c["variant"]]
        drawn.append("$r%d using 1:2 with points pt 7 ps 0.5 lc rgb '%s'" % (i, colour))
        drawn.append("$m%d using 1:2:3:4 with yerrorbars pt 7 lw 2 lc rgb '%s'" % (i, colour))
    return gnuplot((150 + 150 * len(cells), 260),
                   script + "plot " + ", ".join(drawn) + "\n")
