"""Adds up the histograms of a results file by hdrhistogram, and compares them with those of the JSON report."""

import json
import math
import sys

from hdrh.histogram import HdrHistogram

folder = sys.argv[1]


def value_at(histogram, percent):
    """The least value that so many do not exceed. `get_value_at_percentile` rounds the rank instead of taking the next one."""
    rank = math.ceil(percent / 100 * histogram.get_total_count() - 1e-9)
    for item in histogram.get_recorded_iterator():
        if item.total_count_to_this_value >= rank:
            return histogram.get_highest_equivalent_value(item.value_iterated_to)


with open(f"{folder}/out.json") as file:
    report = json.load(file)
with open(f"{folder}/run.jsonl") as file:
    lines = [json.loads(line) for line in file]

names = {line["i"]: (line["kind"], line["name"]) for line in lines if line["t"] == "series"}
sums = {}
for line in lines:
    if line["t"] == "h":
        histogram = sums.setdefault((*names[line["i"]], line["of"]), HdrHistogram(1, 3_600_000_000, 3))
        histogram.decode_and_add(line["hist"])

right = {}
for kind in ["scenario", "route", "timer"]:
    for row in report[kind + "s"]:
        parts = {"ok": row["ok"], "failed": row["failed"]}
        for of, latencies in parts.items():
            if latencies["count"]:
                right[kind, row["name"], of] = latencies

assert right, "no series"
figures = {}
for key, latencies in right.items():
    histogram = sums[key]
    assert histogram.get_total_count() == latencies["count"], key
    for percent, column in [(50, "p50_ms"), (99, "p99_ms"), (99.9, "p99_9_ms")]:
        known, value = latencies[column], value_at(histogram, percent) / 1e3
        # The report never says more than the greatest one.
        assert known is None or abs(min(value, latencies["max_ms"]) - known) < 0.001, (key, percent, value, known)
    figures["|".join(key)] = latencies
with open(f"{folder}/right.json", "w") as file:
    json.dump(figures, file)
print(f"hdrhistogram adds up {len(right)} series of {folder} as the JSON report has them")
