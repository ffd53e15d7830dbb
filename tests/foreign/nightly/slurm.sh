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

# The second attempt has the same number; the merge adds both.
begin requeue
submit_load 30 --requeue
scontrol requeue "${job}_2"
wait_for_job "$last"
expect_states "$job" '4 COMPLETED 0:0'
expect_states "$last" '1 COMPLETED 0:0'
[[ $(ls parts/"$job"/0002-* | wc -l) = 2 ]]
python3 "$root/$orders" sum service report.json

# The cancelled task ends by the signal and writes its part.
begin cancel
submit_load 10
scancel "${job}_1"
wait_for_job "$last"
expect_states "$job" $'1 CANCELLED 143:0\n3 COMPLETED 0:0'
expect_states "$last" '1 COMPLETED 0:0'
python3 "$root/$orders" sum service report.json
