# SPDX-License-Identifier: GPL-2.0
"""From counts to the cells of scale.json."""

import json
import statistics
import sys

import counts
import records

SCHEMA = "homeport.scale/1"
# what chooses a listener; where an owner does, the second one is called
CHOOSE = ("reuseport_select_sock", "__reuseport_owner_select")
# of a connection's transfers; less is not listed
FEW = 0.05
TOP = 15


def per_connection(raw, turn):
    """{metric: value} of one turn."""
    n = int(raw["n"])
    picks = sum(v for (name, phase), v in turn.calls.items()
                if name in CHOOSE and phase == "pick")
    values = {
        "transfers_per_connection": turn.total() / n,
        "far_transfers_per_connection": turn.far() / n,
        "instructions_per_connection": turn.kernel_instructions() / n,
        "transfers_by_time": turn.total(counts.TIME) / n,
        "instructions_by_time": turn.instructions.get(counts.TIME, 0) / n,
        "accepted_on_flow_cpu": 100.0 * int(raw["local"]) / n,
        "homeport_write_transfers": sum(turn.writes_by("homeport").values()),
    }
    for phase in ("syn", "ack", "data", "serve", "close"):
        if phase in turn.instructions:
            values["transfers_per_" + phase] = turn.total(phase) / n
            values["instructions_per_" + phase] = turn.instructions[phase] / n
    if picks:
        values["instructions_per_pick"] = turn.instructions["pick"] / picks
        values["transfers_per_pick"] = turn.total("pick") / picks
        values["instructions_per_syn"] += turn.instructions["pick"] / n
        values["transfers_per_syn"] += turn.total("pick") / n
    return values


def of_cold(raw, turn):
    """The same of the lap in which nothing was there yet."""
    n = int(raw["n"])
    return {"cold_transfers_per_connection": turn.total() / n,
            "cold_instructions_per_connection": turn.kernel_instructions() / n}


def groups(pairs):
    """The turns of each scenario and variant, in order."""
    found = {}
    for raw, turn in pairs:
        found.setdefault((raw["scenario"], raw["variant"]), []).append((raw, turn))
    return found


def cells_of(boot, pairs, metrics):
    cells = []
    for (scenario, variant), turns in groups(pairs).items():
        rounds = [metrics(raw, turn) for raw, turn in turns]
        for metric in rounds[0]:
            values = [r[metric] for r in rounds if metric in r]
            cells.append({
                **boot, "listeners": int(turns[0][0]["listeners"]),
                "scenario": scenario, "variant": variant, "metric": metric,
                "value": round(statistics.median(values), 2),
                "spread": round(max(values) - min(values), 2),
                "n": sum(int(raw["n"]) for raw, _ in turns),
                "rounds": [round(v, 2) for v in values]})
    return cells


def symbols_of(boot, pairs):
    """Transfers per connection by symbol, the most first, over all rounds."""
    rows = []
    for (scenario, variant), turns in groups(pairs).items():
        n = sum(int(raw["n"]) for raw, _ in turns)
        sums = {}
        for _, turn in turns:
            for name, t in turn.by_symbol().items():
                sums[name] = sums.get(name, 0) + t
        for name in sorted(sums, key=sums.get, reverse=True):
            if sums[name] / n < FEW:
                break
            rows.append({**boot, "scenario": scenario, "variant": variant,
                         "symbol": name,
                         "transfers_per_connection": round(sums[name] / n, 2)})
    return rows


def load(directories):
    cells, symbols = [], []
    for d in directories:
        boot, pairs = counts.load(d)
        cells += cells_of(boot, pairs, per_connection)
        cells += cells_of(*counts.load(d, "cold"), of_cold)
        symbols += symbols_of(boot, pairs)
    return cells, symbols


def write_json(path, cells, symbols):
    data = {"schema": SCHEMA, "kernel": cells[0]["kernel"], "cells": cells,
            "symbols": symbols}
    with open(path, "w", encoding="ascii") as f:
        json.dump(data, f, indent=1)
        f.write("\n")


def variants(cells):
    return records.variants(cells)


def line(c):
    return "%9.1f" % c["value"] + ("\u00b1%-5.1f" % (c["spread"] / 2) if c["spread"] else "      ")


def text_metric(cells, metric):
    some = records.select(cells, metric=metric)
    if not some:
        return ""
    shown = variants(some)
    out = "%s\n  CPUs  %s\n" % (metric, "".join("%-16s" % v for v in shown))
    for cpus in sorted({c["cpus"] for c in some}):
        row = records.select(some, cpus=cpus)
        out += "  %4d" % cpus
        for v in shown:
            one = records.select(row, variant=v)
            out += "  %-14s" % (line(one[0]).strip() if one else "")
        out += "\n"
    return out


def text_symbols(symbols):
    out = ""
    for cpus in sorted({s["cpus"] for s in symbols}):
        for v in variants(records.select(symbols, cpus=cpus)):
            out += "%d CPUs, %s: transfers per connection\n" % (cpus, v)
            for s in records.select(symbols, cpus=cpus, variant=v)[:TOP]:
                out += "  %8.2f  %s\n" % (s["transfers_per_connection"], s["symbol"])
    return out


def text(cells, symbols):
    out = ""
    for scenario in records.ordered(cells, "scenario"):
        some = records.select(cells, scenario=scenario)
        out += "scenario %s\n" % scenario
        out += "".join(text_metric(some, m) for m in records.ordered(some, "metric"))
        out += text_symbols(records.select(symbols, scenario=scenario))
    return out


def own_faults(what, directory):
    """What must not be: lines of homeport's that CPUs share, or picks do. Or nothing seen."""
    if what not in ("lines", "picks"):
        sys.exit("own: '%s' is neither lines nor picks" % what)
    faults = []
    boot, pairs = counts.load(directory)
    ours = [(raw, turn) for raw, turn in pairs if raw["variant"].startswith("homeport")]
    if not ours:
        faults.append("homeport had no turn")
    for raw, turn in pairs:
        if not turn.total():
            faults.append("%s: no transfer was seen at all" % turn.label)
        if int(raw["n"]) < 2 * boot["cpus"]:
            faults.append("%s: only %s connections" % (turn.label, raw["n"]))
    for _, turn in ours:
        faults += pick_faults_of(turn)
        if what == "lines":
            faults += line_faults_of(turn)
    return faults


def pick_faults_of(turn):
    faults = []
    if not any(name.startswith("hp_") for name in turn.cost):
        faults.append("%s: no code of homeport ran" % turn.label)
    for name, n in turn.picks_by("homeport").items():
        faults.append("%s: in picks, %s fetched a line from another CPU, %d times"
                      % (turn.label, name, n))
    return faults


def line_faults_of(turn):
    faults = []
    for name, n in turn.writes_by("homeport").items():
        faults.append("%s: %s wrote what another CPU had, %d times"
                      % (turn.label, name, n))
    for address, writers, n in turn.owned:
        faults.append("%s: the line of %x, which homeport writes, has writers %x (%d transfers)"
                      % (turn.label, address, writers, n))
    return faults
