#!/usr/bin/env bash
# The results file and the JSON report of the main example, checked by check-jsonschema, and the histograms of each series read
# by hdrhistogram of Python and hdr-histogram-js of Node.
source "$(dirname "$0")/setup.bash"

install_python 'hdrh, check_jsonschema' hdrhistogram check-jsonschema
install_npm hdr-histogram-js

rm -rf "$out"
mkdir -p "$out/lines"
cargo build --quiet --release --example loadtest
(
    cd "$out"
    : >molotov.toml
    "$target/release/examples/loadtest" --duration 4s --quiet --results run.jsonl --report out.json
    split --lines 1 --suffix-length 5 --numeric-suffixes --additional-suffix .json run.jsonl lines/
)
"$python" -m check_jsonschema --schemafile docs/results.schema.json "$out"/lines/*.json
"$python" -m check_jsonschema --schemafile docs/report.schema.json "$out/out.json"
"$python" tests/foreign/results.py "$out"
cp tests/foreign/results.mjs "$node/results.mjs"
node "$node/results.mjs" "$out"
