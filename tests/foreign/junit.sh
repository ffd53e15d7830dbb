#!/usr/bin/env bash
# JUnit, CSV and the interval log of the main example, read by junitparser, pandas and hdrhistogram of Python.
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
out="$target/foreign/junit"

command -v python3 >/dev/null || skip "junit.sh: there is no python3"
if ! "$python" -c 'import junitparser, hdrh, pandas' 2>/dev/null; then
    python3 -m venv "$venv" >/dev/null 2>&1 || skip "junit.sh: python3 makes no virtual environment"
    "$python" -m pip install --quiet --disable-pip-version-check junitparser hdrhistogram pandas \
        || skip "junit.sh: junitparser, hdrhistogram and pandas cannot be installed"
fi

rm -rf "$out"
mkdir -p "$out"
reports=(out.json out.xml out.csv out.hlog csv-windows=windows.csv codequality=quality.json k6=k6.json)
# The second run fails: its thresholds cannot be kept.
cargo build --quiet --release --example loadtest
for run in kept broken; do
    thresholds=()
    [[ $run = broken ]] && thresholds=(--threshold 'p99 < 1us, errors{scenario=buy} < 0.000001%, requests > 1')
    mkdir "$out/$run"
    (
        cd "$out/$run"
        : >molotov.toml
        code=0
        "$target/release/examples/loadtest" --duration 2s --quiet "${thresholds[@]}" \
            $(printf -- '--report %s ' "${reports[@]}") 2>stderr || code=$?
        [[ $run = kept && $code = 0 || $run = broken && $code = 99 ]] || { cat stderr; exit 1; }
    )
    "$python" tests/foreign/junit.py "$out/$run"
done
