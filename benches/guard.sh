#!/usr/bin/env bash
# What one request costs, in numbers that do not depend on how fast or how busy the machine is: instructions (valgrind),
# system calls (strace) and allocations. Fails when one is above its bound in `guard.bounds`.
#
#   benches/guard.sh            compares
#   benches/guard.sh --record   writes new bounds; commit them together with the change that moved them, and its reason
#
# Each figure is that of a long run less that of a short one, divided by the iterations that the long one has more, so
# the start of the program is not in it. The load is one user on one thread, so that each run does the same.
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/.."

mode="${1:-compare}"
case "$mode" in compare | --record) ;; *) echo "usage: benches/guard.sh [--record]" >&2 && exit 2 ;; esac

bounds=benches/guard.bounds
source benches/setup.bash

# Runs a load under a tool: `under TOOL… -- ITERATIONS OPTIONS…`.
under() {
    local tool=()
    while [ "$1" != -- ]; do tool+=("$1") && shift; done
    local iterations="$2" && shift 2
    "${tool[@]}" "$load" --threads 1 --users 1 --seed 1 --quiet --max-runs "$iterations" --host "$url" "$@" \
        >"$folder/out" 2>"$folder/err" || { cat "$folder/out" "$folder/err" >&2 && return 1; }
}

instructions() {
    # Fair: otherwise the thread of the supervisor starves, and what it reads late costs more.
    under valgrind --fair-sched=try --tool=callgrind --callgrind-out-file=/dev/null -- "$@"
    awk '/Collected :/ { print $4 }' "$folder/err"
}

system_calls() {
    under strace --follow-forks --summary-only --output="$folder/calls" -- "$@"
    awk '$NF == "total" { print $4 }' "$folder/calls"
}

# One figure: `each COUNTER SHORT LONG OPTIONS…` prints what one iteration costs.
each() {
    local counter="$1" short="$2" long="$3" && shift 3
    local less more
    less="$("$counter" "$short" "$@")"
    more="$("$counter" "$long" "$@")"
    awk -v less="$less" -v more="$more" -v n="$((long - short))" 'BEGIN {
        if (less <= 0 || more <= less) { print "no figure: " less ", " more > "/dev/stderr"; exit 1 }
        printf "%.2f\n", (more - less) / n
    }'
}

has() {
    command -v "$1" >/dev/null && return
    printf 'SKIPPED: %s: %s is not installed\n' "$2" "$1"
    if [ "$mode" = --record ]; then exit 1; fi
    return 1
}

figures="$folder/figures"
: >"$figures"
measure() {
    local figure
    figure="$("${@:2}")"
    echo "$1 $figure" >>"$figures"
}

if has valgrind "instructions"; then
    measure iteration.instructions each instructions 20000 120000
    measure request.instructions each instructions 500 5500 --scenario get
fi
if has strace "system calls"; then
    measure request.system_calls each system_calls 500 5500 --scenario get
fi
cargo test --quiet --release -p molotov-benches --test allocations -- --nocapture |
    grep -E '^(request|recording)\.allocations ' >>"$figures"

if [ "$mode" = --record ]; then
    {
        echo "# What one request or iteration may cost at most; written by \`benches/guard.sh --record\`."
        echo "# Instructions: 5 % above what was measured, because compilers differ. Others: 0.1 above."
        awk '{ print $1, /instructions/ ? $2 * 1.05 : $2 == 0 ? 0 : $2 + 0.1 }' "$figures"
    } >"$bounds"
fi

awk '
    /^#/ { next }
    FNR == NR { bound[$1] = $2; next }
    !($1 in bound) { printf "FAILED: %s has no bound; record one\n", $1; failed = 1; next }
    {
        verdict = $2 > bound[$1] ? "FAILED" : "ok"
        if (verdict == "FAILED") failed = 1
        printf "%-6s %-24s %10.2f (at most %.2f)\n", verdict, $1, $2, bound[$1]
    }
    END { exit failed }
' "$bounds" "$figures"
