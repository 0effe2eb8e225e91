# SPDX-License-Identifier: GPL-2.0
"""What was lost when listeners came and went: rows by kinds, as text and HTML."""

import html

import records
from table import NAMES

KINDS = {"half-open": "half", "queued": "queue", "syn-cookie": "cookie",
         "fastopen": "tfo", "defer-accept": "defer"}
ROWS = {
    "grow": "4 listeners, then 8",
    "shrink": "4 listeners, then 2",
    "one-by-one": "each of 4 replaced in turn",
    "overlap": "4 new ones, then the 4 old ones closed",
    "kill-one": "SIGKILL of 1 of 4",
    "kill-all": "SIGKILL of all 4 at once, 4 new ones",
    "gap-10ms": "restart, nobody listens for 10 ms",
    "gap-100ms": "restart, 100 ms",
    "gap-1s": "restart, 1 s",
    "gap-5s": "restart, 5 s",
    "twice": "two restarts of 100 ms, one after the other",
    "nginx-reload": "nginx -s reload",
    "nginx-fewer": "nginx reloaded, 2 workers in place of 4",
    "nginx-upgrade": "nginx, new binary (SIGUSR2)",
    "nginx-test": "nginx -t beside it",
    "haproxy-reload": "HAProxy reload (-sf)",
    "stop-start": "nginx stopped, then started",
}
NONE_LOST, ALL_LOST = (236, 245, 238), (192, 57, 43)


def total(cells):
    """(lost, tried) of some cells, or None."""
    if not cells:
        return None
    return sum(int(c["value"]) for c in cells), sum(c["n"] for c in cells)


def lost_of(cells):
    return [c for c in cells if c["metric"] == "lost"]


def refused(cells, row, variant):
    return total(records.select(cells, metric="refused", scenario=row,
                                variant=variant))


def kinds_of(cells):
    return [k for k in KINDS if records.select(cells, kind=k)]


def rows_of(cells):
    there = {c["scenario"] for c in cells}
    return [r for r in ROWS if r in there]


def shown(sums):
    """A number, with how many there were where it is neither none nor all."""
    if sums is None:
        return ""
    return "." if not sums[0] else "%d" % sums[0]


def text_row(cells, row, variants):
    line = "  %-15s" % row
    for v in variants:
        line += " |"
        for kind in kinds_of(cells):
            line += "%7s" % shown(total(records.select(
                cells, metric="lost", scenario=row, variant=v, kind=kind)))
        line += "%7s" % shown(refused(cells, row, v))
    return line


def text_kernel(cells):
    variants = records.variants(cells)
    kinds = kinds_of(cells)
    head = "".join("%7s" % KINDS[k] for k in kinds) + "%7s" % "new"
    first = cells[0]
    most = max(total(records.select(cells, metric="lost", scenario=r, variant=v,
                                    kind=k) or [{"value": 0, "n": 0}])[1]
               for r in rows_of(cells) for v in variants for k in kinds)
    lines = ["", "Lost of %d connections (those that were open), Linux %s%s" % (
        most, first["kernel"], ", emulated" if first["emulated"] else ""),
             "  %-15s" % "" + "".join(" |%-*s" % (len(head), "  " + NAMES[v])
                                      for v in variants),
             "  %-15s" % "" + (" |" + head) * len(variants)]
    lines += [text_row(cells, r, variants) for r in rows_of(cells)]
    return lines + ["  new: refused, of those who came while nobody listened;"
                    " a dot: none", ""]


def text(cells):
    some = [c for c in cells if c["metric"] in ("lost", "refused")]
    lines = []
    for kernel in records.ordered(some, "kernel"):
        lines += text_kernel(records.select(some, kernel=kernel))
    return "\n".join(lines) + "\n"


def colour(sums):
    """From none to all; a single one is seen already."""
    share = sums[0] / sums[1] if sums[1] else 0
    share = 0.15 + 0.85 * share if share else 0
    return "#%02x%02x%02x" % tuple(
        round(a + (b - a) * share) for a, b in zip(NONE_LOST, ALL_LOST))


def by_hand(cells):
    """Which families and owners lost how many, for who points at a cell."""
    return "; ".join("%s, %s: %d of %d" % (c["family"], c["uid"], c["value"], c["n"])
                     for c in cells)


def reasons(cells):
    return list(dict.fromkeys(c["reason"] for c in cells if "reason" in c))


def html_cell(some, notes):
    sums = total(some)
    if sums is None:
        return "<td></td>"
    mark = "".join("<sup>%d</sup>" % (notes.index(r) + 1) for r in reasons(some))
    dark = ' class="dark"' if sums[0] > 0.5 * sums[1] else ""
    return '<td%s style="background:%s" title="%s">%d%s</td>' % (
        dark, colour(sums), html.escape(by_hand(some)), sums[0], mark)


def html_row(cells, row, variants, notes):
    line = "<tr><td>%s</td>" % html.escape(ROWS[row])
    for v in variants:
        mine = records.select(cells, scenario=row, variant=v)
        line += '<td class="gap"></td>'
        for kind in kinds_of(cells):
            line += html_cell(records.select(mine, metric="lost", kind=kind), notes)
        line += html_cell(records.select(mine, metric="refused"), notes)
    return line + "</tr>\n"


def html_kernel(cells):
    variants = records.variants(cells)
    kinds = kinds_of(cells)
    notes = reasons(cells)
    first = cells[0]
    head = "<tr><th></th>" + "".join(
        '<td class="gap"></td><th colspan="%d">%s</th>' % (len(kinds) + 1, NAMES[v])
        for v in variants) + "</tr>\n<tr><th></th>" + "".join(
            '<td class="gap"></td>' + "".join(
                "<th>%s</th>" % KINDS[k] for k in kinds) + "<th>new</th>"
            for _ in variants) + "</tr>\n"
    body = "".join(html_row(cells, r, variants, notes) for r in rows_of(cells))
    below = "".join("<li>%s</li>" % html.escape(r) for r in notes)
    return ("<h3>Linux %s</h3>\n<table class=\"losses\">%s%s</table>\n%s" % (
        html.escape(first["kernel"]), head, body,
        "<p class=\"note\">Not claimed by homeport:</p><ol>%s</ol>\n" % below
        if below else ""))


def section(cells):
    some = [c for c in cells if c["metric"] in ("lost", "refused")]
    if not some:
        return ""
    n = max(c["n"] for c in some)
    return ("<h2>What is lost when listeners come and go</h2>\n"
            '<p class="note">Connections that were open when it happened and never '
            "got the server\u2019s bytes: half-open, queued for accept(), answered with a SYN "
            "cookie, by TCP Fast Open, with TCP_DEFER_ACCEPT. Each figure sums IPv4, "
            "IPv6 and IPv4 clients of a dual-stack listener, each for root and for another user, "
            "%d connections each; point at a figure for its parts. \u201cnew\u201d: who "
            "came while nobody listened, and was refused.</p>\n" % n +
            "".join(html_kernel(records.select(some, kernel=k))
                    for k in records.ordered(some, "kernel")))
