#!/usr/bin/env bash
# The price of a results file: the processor time of the thread that writes it, and what the supervisor needs more for its
# snapshots, at 5,000 requests a second of twenty routes. Fails where the writer takes 1 % of a core or more.
#
#   benches/results.sh [SECONDS]      10 by default
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/.."

seconds="${1:-10}"
source benches/setup.bash

# Runs the load, and prints for each of its threads the name and the nanoseconds on a processor, as they were seen last.
threads() {
    "$load" --scenario routes --rate 5000/s --users 100 --duration "${seconds}s" --quiet \
        --host "$url" "$@" >"$folder/out" 2>&1 &
    local process=$!
    while kill -0 "$process" 2>/dev/null; do
        for task in /proc/"$process"/task/*; do
            { name="$(<"$task/comm")" && read -r time _ <"$task/schedstat"; } 2>/dev/null || continue
            # The supervisor is the thread that the program began with.
            [ "${task##*/}" = "$process" ] && name=supervisor
            echo "$name ${task##*/} $time"
        done
        sleep 0.2
    done >"$folder/seen"
    wait "$process" || { cat "$folder/out" >&2 && return 1; }
    # Times only grow, and the threads do not end at once.
    awk '{ last[$1 " " $2] = $3 } END { for (thread in last) print thread, last[thread] }' "$folder/seen"
}

threads --report "$folder/without.json" >"$folder/without"
threads --report "$folder/with.json" --results "$folder/run.jsonl" >"$folder/with"

time_of() { awk -v name="$1" '$1 == name { sum += $3 } END { printf "%.0f\n", sum }' "$2"; }
writer="$(time_of molotov-results "$folder/with")"
more=$(($(time_of supervisor "$folder/with") - $(time_of supervisor "$folder/without")))
requests="$(grep -c '"t":"w"' "$folder/run.jsonl") windows, $(wc -c <"$folder/run.jsonl") bytes"
awk -v writer="$writer" -v more="$more" -v seconds="$seconds" -v requests="$requests" 'BEGIN {
    share = writer / seconds / 1e7
    printf "writer %.2f %% of a core, supervisor %+.2f %%; %s\n", share, more / seconds / 1e7, requests
    exit share >= 1 || writer == 0
}'
