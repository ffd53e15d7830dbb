// Adds up the histograms of a results file by hdr-histogram-js, and compares them with those of the JSON report.

import assert from "node:assert";
import { readFileSync } from "node:fs";
import hdr from "hdr-histogram-js";

const folder = process.argv[2];
const right = JSON.parse(readFileSync(`${folder}/right.json`, "utf8"));
const lines = readFileSync(`${folder}/run.jsonl`, "utf8").trim().split("\n").map((line) => JSON.parse(line));

const names = {};
const sums = {};
for (const line of lines) {
  if (line.t === "series") names[line.i] = `${line.kind}|${line.name}`;
  if (line.t !== "h") continue;
  const histogram = hdr.decodeFromCompressedBase64(line.hist);
  const key = `${names[line.i]}|${line.of}`;
  if (sums[key]) sums[key].add(histogram);
  else sums[key] = histogram;
}

for (const [key, latencies] of Object.entries(right)) {
  assert.equal(sums[key].totalCount, latencies.count, key);
  for (const [percent, column] of [[50, "p50_ms"], [99, "p99_ms"], [99.9, "p99_9_ms"]]) {
    const [known, value] = [latencies[column], sums[key].getValueAtPercentile(percent) / 1e3];
    const distance = Math.abs(Math.min(value, latencies.max_ms) - known);
    assert(known === null || distance < 0.001, `${key} ${column}: ${value} and ${known}`);
  }
}
console.log(`hdr-histogram-js adds up ${Object.keys(right).length} series as the JSON report has them`);
