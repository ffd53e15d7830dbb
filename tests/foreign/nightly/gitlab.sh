#!/usr/bin/env bash
# The pipeline of deploy/gitlab on this machine, by gitlab-ci-local: four parallel jobs, and their merge. A stand-in replaces cargo.
source "$(dirname "$0")/../setup.bash"
source tests/foreign/engines.bash
source tests/foreign/pipelines.bash

if ! command -v rsync >/dev/null; then
    apt-get install --yes --quiet=2 --no-install-recommends rsync >/dev/null 2>&1 || skip "there is no rsync for gitlab-ci-local"
fi
# Later versions need a later Node.
install_npm gitlab-ci-local@4.60.1
PATH="$node/node_modules/.bin:$PATH"

begin_project gitlab
printf 'include: deploy/gitlab/load.gitlab-ci.yml\n' >.gitlab-ci.yml
run_pipeline "$(commands ci-matrix.md 3)"
[[ -s project/load.html ]]
check
