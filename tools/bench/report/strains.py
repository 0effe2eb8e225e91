# SPDX-License-Identifier: GPL-2.0
"""What becomes of connections where the load is hard on one worker."""

import html

import plots
import records
from table import NAMES

WAITS = ("p50_ms", "p99_ms", "p99.9_ms", "max_ms")
TITLES = {
    "one-stopped": "One of the workers stops for a second",
    "nginx-mixed": "nginx, requests that need the CPU, a slow one in a hundred",
    "loopback-one-cpu": "All clients on one CPU of the same host",
    "lump-1": "1 CPU", "lump-2": "2 CPUs", "lump-3": "3 CPUs",
}

FLOODS = {
    "syn-flood-with-cookies": "A SYN flood on one CPU, SYN cookies on",
    "syn-flood-without-cookies": "A SYN flood on one CPU, SYN cookies off",
}


def boot_of(c):
    return "%d CPUs, Linux %s" % (c["cpus"], c["kernel"])


def values(cells, variant):
    """A metric's value by its name."""
    return {c["metric"]: c for c in records.select(cells, variant=variant)}


def rows(cells, columns):
    """A row per variant; columns are (title, metric, format)."""
    head = "".join("<th>%s</th>" % title for title, _, _ in columns)
    body = ""
    for v in records.variants(cells):
        some = values(cells, v)
        body += "<tr><td>%s</td>%s</tr>\n" % (NAMES[v], "".join(
            "<td>%s</td>" % (form(some[m]) if m in some else "")
            for _, m, form in columns))
    return "<table><tr><th></th>%s</tr>\n%s</table>\n" % (head, body)


def plain(digits):
    return lambda c: "%.*f" % (digits, c["value"])


def with_interval(digits):
    return lambda c: "%.*f <small>%.*f\u2013%.*f</small>" % (
        digits, c["value"], digits, c["low"], digits, c["high"])


def wait_columns(some=""):
    return [(m.replace("_ms", ", ms"), some + m, plain(1)) for m in WAITS]


def picture(cells, some=""):
    return plots.waits(records.select(cells, metric=some + "latency_curve"))


def stopped(cells):
    return picture(cells) + rows(cells, [
        ("waited more than 100 ms, %", "waited_over_100ms", plain(2))] + wait_columns())


def mixed(cells):
    ratios = records.select(cells, metric="p99_to_hash")
    return (picture(cells) + rows(cells, wait_columns()) +
            '<p class="note">Those that are not slow themselves:</p>\n' +
            picture(cells, "fast_") + rows(cells, wait_columns("fast_")) +
            '<p class="note">The ratio of each round by itself: the median of %d rounds, and '
            "the interval that holds it with 95 %% confidence or more.</p>\n"
            % len(ratios[0]["rounds"]) +
            rows(cells, [(m.replace("_", " "), m, with_interval(2)) for m in (
                "p99_to_hash", "p99.9_to_hash", "p99_to_single", "p99.9_to_single")]))


def loopback(cells):
    rate = records.select(cells, metric="requests_per_cpu_second")
    return (plots.rounds(rate, "requests per CPU-second") + picture(cells) +
            '<p class="note">The median of %d rounds, and the interval that holds it '
            "with 95 %% confidence or more.</p>\n" % len(rate[0]["rounds"]) +
            rows(cells, [
                ("requests per CPU-second", "requests_per_cpu_second", with_interval(0)),
                ("to hash", "requests_per_cpu_second_to_hash", with_interval(3)),
                ("p99 of a round, ms", "p99_of_a_round_ms", with_interval(1)),
                ("to hash", "p99_to_hash", with_interval(3))]))


def per_boot(some, title, note, text):
    """A part for each kernel: what it is of, with a note, and what text makes of it."""
    parts = ""
    for kernel in records.ordered(some, "kernel"):
        here = records.select(some, kernel=kernel)
        parts += "<h3>%s</h3>\n<p>%s%s</p>\n%s" % (
            html.escape(title), html.escape(boot_of(here[0])), note(here), text(here))
    return parts


def of_scenario(cells, scenario, text):
    return per_boot(records.select(cells, scenario=scenario), TITLES[scenario],
                    lambda here: "", text)


def lump_figures(here):
    names = records.ordered(here, "scenario")
    most = records.select(here, metric="max_over_mean")
    parts = plots.bars("", [TITLES[n] for n in names], [
        {c["variant"]: c for c in records.select(most, scenario=n)} for n in names],
        "max / mean", "*")
    for n in names:
        parts += "<p>On %s:</p>\n" % TITLES[n] + rows(records.select(here, scenario=n), [
            ("max / mean", "max_over_mean", plain(2)),
            ("on the flow CPU, %", "accepted_on_flow_cpu", plain(1))])
    return parts


def lumps(cells):
    return per_boot([c for c in cells if is_lump(c)], "Connections arrive on some CPUs only",
                    lambda here: ". The busiest worker's connections, over the mean:",
                    lump_figures)


def full(cells):
    return per_boot(
        records.select(cells, scenario="full-queues"),
        "As many connections as all queues hold, on one CPU",
        lambda here: ", %d connections. What the kernel dropped for a full queue:"
        % here[0]["n"],
        lambda here: rows(here, [("ListenOverflows", "listen_overflows", plain(0)),
                                 ("ListenDrops", "listen_drops", plain(0))]))


def floods(cells):
    parts = ""
    for name, title in FLOODS.items():
        parts += per_boot(
            records.select(cells, scenario=name), title,
            lambda here: ". Clients whose handshake completed and who were served, %:",
            lambda here: rows(here, [
                ("all", "handshakes_completed", plain(1)),
                ("on the flooded CPU", "completed_on_flooded_cpu", plain(1)),
                ("on the others", "completed_on_other_cpus", plain(1))]))
    return parts


def is_lump(c):
    return c["scenario"].startswith("lump-")


def section(cells):
    parts = (of_scenario(cells, "one-stopped", stopped) +
             of_scenario(cells, "nginx-mixed", mixed) +
             of_scenario(cells, "loopback-one-cpu", loopback) +
             lumps(cells) + full(cells) + floods(cells))
    if not parts:
        return ""
    return ("<h2>Where the load is hard on one worker</h2>\n"
            '<p class="note">Of an emulated machine compare the figures of one picture '
            "with each other, no more.</p>\n" + parts)
