#!/usr/bin/env bash
# The files of deploy/ for engines that cannot run here, started by stand-ins, which fill in variables by the rules of the engines'
# documentation. See stand_ins.py.
source "$(dirname "$0")/setup.bash"
source "$(dirname "$0")/engines.bash"

install_python 'hcl2, yaml' python-hcl2 pyyaml

rm -rf "$out"
mkdir -p "$out"
"$python" tests/foreign/stand_ins.py deploy docs/scale-out "$load_test" "$out"
