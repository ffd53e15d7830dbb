#!/usr/bin/env bash
# The results file and the JSON report of the main example, checked by check-jsonschema, and the histograms of each series read
# by hdrhistogram of Python and hdr-histogram-js of Node.
set -euo pipefail
cd "$(dirname "$0")/../.."

skip() {
    printf 'SKIPPED: %s\n' "$1"
    [[ "${MOLOTOV_FOREIGN:-}" != require ]]
    exit
}

target="${CARGO_TARGET_DIR:-$PWD/target}"
venv="$target/foreign/python"
python="$venv/bin/python"
node="$target/foreign/node-hdr"
out="$target/foreign/results"

command -v python3 >/dev/null || skip "results.sh: there is no python3"
command -v npm >/dev/null || skip "results.sh: there is no npm"
if ! "$python" -c 'import hdrh, check_jsonschema' 2>/dev/null; then
    python3 -m venv "$venv" >/dev/null 2>&1 || skip "results.sh: python3 makes no virtual environment"
    "$python" -m pip install --quiet --disable-pip-version-check hdrhistogram check-jsonschema \
        || skip "results.sh: hdrhistogram and check-jsonschema cannot be installed"
fi
if [[ ! -d "$node/node_modules/hdr-histogram-js" ]]; then
    mkdir -p "$node"
    (cd "$node" && npm install --silent --no-audit --no-fund hdr-histogram-js) \
        || skip "results.sh: hdr-histogram-js cannot be installed"
fi

rm -rf "$out"
mkdir -p "$out/lines"
cargo build --quiet --release --example loadtest
(
    cd "$out"
    : >molotov.toml
    "$target/release/examples/loadtest" --duration 4s --quiet --results run.jsonl --report out.json
    split --lines 1 --suffix-length 5 --numeric-suffixes --additional-suffix .json run.jsonl lines/
)
"$venv/bin/check-jsonschema" --schemafile docs/results.schema.json "$out"/lines/*.json
"$venv/bin/check-jsonschema" --schemafile docs/report.schema.json "$out/out.json"
"$python" tests/foreign/results.py "$out"
cp tests/foreign/results.mjs "$node/results.mjs"
node "$node/results.mjs" "$out"
