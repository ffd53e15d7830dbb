#!/usr/bin/env bash
# Slurm with two virtual nodes: the commands of docs/scale-out/slurm.md, a task that is requeued in mid-run, and one that is
# cancelled.
source "$(dirname "$0")/../setup.bash"
source tests/foreign/engines.bash
source tests/foreign/slurm.bash

start_slurm

begin array
submit slurm.md 1
wait_for_job "$last"
expect_states "$job" '4 COMPLETED 0:0'
expect_states "$last" '1 COMPLETED 0:0'
check

begin step
submit slurm.md 2
wait_for_job "$last"
expect_states "$last" '1 COMPLETED 0:0'
check

# The second attempt makes its part again; the merge names both parts, because together they would count twice.
begin requeue
submit_load 10 --requeue
scontrol requeue "${job}_2"
wait_for_job "$last"
expect_states "$job" '4 COMPLETED 0:0'
expect_states "$last" '1 FAILED 2:0'
[[ $(ls parts/"$job"/0002-a0-* parts/"$job"/0002-a1-* | wc -l) = 2 ]]
grep --quiet "parts/$job/0002-a1-.*: shard 2/4, as parts/$job/0002-a0-" "merge-$last.log"

# The cancelled task ends by the signal and writes its part; so the run was terminated.
begin cancel
submit_load 10
scancel "${job}_1"
wait_for_job "$last"
expect_states "$job" $'1 CANCELLED 143:0\n3 COMPLETED 0:0'
expect_states "$last" '1 FAILED 143:0'
grep --quiet '^TERMINATED: ' "merge-$last.log"
python3 "$root/$orders" sum service report.json
