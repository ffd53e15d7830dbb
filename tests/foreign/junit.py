"""Compares what tools of others read in the files of one run with its JSON report."""

import json
import math
import os
import sys
from urllib.parse import unquote

import pandas
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader
from junitparser import Error, Failure, JUnitXml

folder = sys.argv[1]


def path(name):
    return os.path.join(folder, name)


def same(what, found, right):
    assert found == right, f"{what}: {found!r} is not {right!r}"


def junit(report):
    xml = JUnitXml.fromfile(path("out.xml"))
    same("suites", [suite.name for suite in xml], ["scenarios", "thresholds", "run"])
    for suite in xml:
        cases = list(suite)
        names = [case.name for case in cases]
        same("unique names", len(set(names)), len(names))
        same("tests", suite.tests, len(cases))
        failed = [case for case in cases if any(isinstance(result, Failure) for result in case.result)]
        broken = [case for case in cases if any(isinstance(result, Error) for result in case.result)]
        same("failures", suite.failures, len(failed))
        same("errors", suite.errors, len(broken))
        if suite.name == "scenarios":
            rows = {row["name"]: row for row in report["scenarios"]}
            same("scenarios", set(names), set(report["settings"]["scenarios"]))
            for case in cases:
                row = rows[case.name]
                same("file", case._elem.get("file"), row["declared"]["file"])
                same("line", case._elem.get("line"), str(row["declared"]["line"]))
                assert os.path.exists(row["declared"]["file"]), row["declared"]
                assert abs(case.time * 1e3 - row["ok"]["p50_ms"]) < 0.01, case.time
        if suite.name == "thresholds":
            same("thresholds", names, [result["threshold"] for result in report["thresholds"]])
            same("not kept", [case.name for case in failed],
                 [result["threshold"] for result in report["thresholds"] if not result["passed"]])


def csv(report):
    rows = pandas.read_csv(path("out.csv"))
    for kind in ["scenario", "route", "timer"]:
        right = {row["name"]: row for row in report[kind + "s"]}
        found = rows[rows.kind == kind].set_index("name")
        same(kind, list(found.index), list(right))
        for name, row in found.iterrows():
            same("count", row["count"], right[name]["count"])
            same("failed", row["failed"], right[name]["failed"]["count"])
            for column in ["min_ms", "p50_ms", "p99_ms", "p99_9_ms", "max_ms"]:
                known = right[name]["ok"][column]
                assert pandas.isna(row[column]) if known is None else abs(row[column] - known) < 0.001, (name, column)
    windows = pandas.read_csv(path("windows.csv"))
    same("windows", len(windows), len(report["windows"]))
    for column in ["iterations", "requests", "failed_requests", "users"]:
        same(column, list(windows[column]), [window[column] for window in report["windows"]])


def value_at(histogram, percent):
    """The least value that so many do not exceed. `get_value_at_percentile` rounds the rank instead of taking the next one."""
    rank = math.ceil(percent / 100 * histogram.get_total_count() - 1e-9)
    for item in histogram.get_recorded_iterator():
        if item.total_count_to_this_value >= rank:
            return histogram.get_highest_equivalent_value(item.value_iterated_to)


def interval_log(report):
    reader = HistogramLogReader(path("out.hlog"), HdrHistogram(1, 3_600_000_000, 3))
    found, seconds = {}, []
    while True:
        histogram = reader.get_next_interval_histogram()
        if histogram is None:
            break
        if histogram.get_tag() == "requests":
            seconds.append(histogram.get_total_count())
        else:
            found[histogram.get_tag()] = histogram
    same("requests of seconds", seconds, [window["requests"] for window in report["windows"] if window["requests"]])
    right = {None: report["latency"]}
    for kind in ["scenario", "route", "timer"]:
        for row in report[kind + "s"]:
            parts = {"ok": row["ok"], "failed": row["failed"]}
            if row["service"]:
                parts.update(ok_service=row["service"]["ok"], failed_service=row["service"]["failed"])
            for of, latencies in parts.items():
                if latencies["count"]:
                    right[f"{kind}:{row['name']}:{of}"] = latencies
    same("tags", {tag and unquote(tag) for tag in found}, set(right))
    for tag, histogram in found.items():
        latencies = right[tag and unquote(tag)]
        same(f"count of {tag}", histogram.get_total_count(), latencies["count"])
        for percent, column in [(50, "p50_ms"), (99, "p99_ms"), (99.9, "p99_9_ms")]:
            known = latencies[column]
            value = value_at(histogram, percent) / 1e3
            # The report never says more than the greatest one.
            assert known is None or abs(min(value, latencies["max_ms"]) - known) < 0.001, (tag, percent, value, known)


def gitlab(report):
    with open(path("k6.json")) as file:
        metrics = json.load(file)["metrics"]
    same("requests", metrics["http_reqs"]["count"],
         report["requests"]["attempted"] - report["requests"]["cancelled"])
    assert {"p(90)", "p(95)"} < set(metrics["http_req_waiting"]), metrics["http_req_waiting"]
    with open(path("quality.json")) as file:
        entries = json.load(file)
    assert (report["exit_code"] == 0) == (not entries), entries
    for entry in entries:
        assert {"description", "check_name", "fingerprint", "severity", "location"} == set(entry), entry
        assert entry["location"]["path"] and entry["location"]["lines"]["begin"] > 0, entry


with open(path("out.json")) as file:
    report = json.load(file)
junit(report)
csv(report)
interval_log(report)
gitlab(report)
print(f"junitparser, pandas and hdrhistogram read {folder} as the JSON report has it")
