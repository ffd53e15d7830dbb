#!/usr/bin/env bash
# JUnit, CSV and the interval log of the main example, read by junitparser, pandas and hdrhistogram of Python.
source "$(dirname "$0")/setup.bash"

install_python 'junitparser, hdrh, pandas' junitparser hdrhistogram pandas

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
