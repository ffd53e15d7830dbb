#!/usr/bin/env bash
# The page of the main example and of a service with a fault, in headless Chromium: no message, no request, no violation that axe
# finds, in the light and in the dark, wide and narrow, with the keyboard, on paper, without script and without style. And
# the checker of the HTML standard.
source "$(dirname "$0")/setup.bash"

if ! command -v chromium >/dev/null; then
    apt-get install -y -qq chromium fonts-dejavu-core >/dev/null 2>&1 || skip "there is no chromium"
fi
install_npm playwright-core @axe-core/playwright vnu-jar

rm -rf "$out"
mkdir -p "$out"
# Modules are found beside the script that asks for them.
page="$node/page.mjs"
cp tests/foreign/page.mjs "$page"
cargo build --quiet --release --bin molotov --example loadtest --example faults --example visitors
(
    cd "$out"
    : >molotov.toml
    code=0
    "$target/release/examples/loadtest" --duration 5s --quiet --report main.html,main.json --results main.jsonl \
        --threshold 'p99 < 1us, errors < 1%' 2>stderr || code=$?
    [[ $code = 99 ]] || { cat stderr; exit 1; }

    # The same run, with names that mean something in HTML.
    node "$page" rename main.jsonl hostile.jsonl
    "$target/release/molotov" report hostile.jsonl --report hostile.html >/dev/null

    "$target/release/examples/faults" errors-under-load 0 >address &
    trap 'kill $!' EXIT
    for _ in {1..100}; do
        [[ -s address ]] && break
        sleep 0.1
    done
    code=0
    "$target/release/examples/visitors" --host "$(cat address)" --users 40 --duration 5s --quiet \
        --report fault.html,fault.json 2>stderr || code=$?
    [[ $code = 1 ]] || { cat stderr; exit 1; }
)

node "$page" look "$out"
if command -v java >/dev/null; then
    # It does not know two properties of SVG 2 yet.
    java -jar "$node/node_modules/vnu-jar/build/dist/vnu.jar" --errors-only \
        --filterpattern '.*(paint-order|vector-effect).*' "$out"/*.html
else
    printf 'SKIPPED: page.sh: there is no java for the checker of HTML\n'
fi
