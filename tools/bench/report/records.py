# SPDX-License-Identifier: GPL-2.0
"""What guests recorded, as compare.json has it."""

import json

SCHEMA = "homeport.compare/1"
VARIANTS = ["hash", "incoming_cpu", "cbpf", "migrate_req", "homeport",
            "homeport-native", "single"]
NUMBERS = {"value": float, "n": int, "listeners": int, "low": float, "high": float}


def matrix(text):
    """"1,2;3,4": a row per flow CPU."""
    return [[int(n) for n in row.split(",")] for row in text.split(";")]


def curve(text):
    """"50:1.5,100:7": the longest wait of so many percent."""
    return [[float(n) for n in pair.split(":")] for pair in text.split(",")]


def fields(line):
    return dict(pair.split("=", 1) for pair in line.rstrip("\n").split("\t"))


def cell(raw, boot):
    """One line of a guest; the keys of its boot come last."""
    c = dict(raw)
    if c["metric"] == "matrix":
        c["value"] = matrix(c["value"])
    if c["metric"].endswith("latency_curve"):
        c["value"] = curve(c["value"])
    for key, kind in NUMBERS.items():
        if isinstance(c.get(key), str):
            c[key] = kind(c[key])
    if "rounds" in c:
        c["rounds"] = [float(v) for v in c["rounds"].split(",")]
    return {**c, **boot}


def load(paths):
    """The cells of all files. A line without a metric describes the boot."""
    cells, boots = [], []
    for path in paths:
        boot = {}
        with open(path, encoding="ascii") as f:
            for line in f:
                raw = fields(line)
                if "metric" in raw:
                    cells.append(cell(raw, boot))
                    continue
                boot = {"kernel": raw["kernel"], "cpus": int(raw["cpus"]),
                        "emulated": raw["emulated"] == "1"}
                if boot not in boots:
                    boots.append(boot)
    return boots, cells


def write_json(path, boots, cells):
    """The kernel and the CPUs of the first boot stand for the whole."""
    data = {"schema": SCHEMA, "kernel": boots[0]["kernel"],
            "cpus": boots[0]["cpus"], "boots": boots, "cells": cells}
    with open(path, "w", encoding="ascii") as f:
        json.dump(data, f, indent=1)
        f.write("\n")


def select(cells, **want):
    return [c for c in cells if all(c.get(k) == v for k, v in want.items())]


def variants(cells):
    there = {c["variant"] for c in cells}
    return [v for v in VARIANTS if v in there]


def ordered(cells, key):
    """The values of a key, in the order in which they were measured."""
    return list(dict.fromkeys(c[key] for c in cells if key in c))
