#!/usr/bin/env bash
# Four shards on this machine, started by xargs and by GNU parallel, as docs/scale-out/README.md and parallel.md say: each user,
# iteration and row comes to the service once, and together they are those of one process.
source "$(dirname "$0")/setup.bash"
source "$(dirname "$0")/engines.bash"

if ! command -v parallel >/dev/null; then
    apt-get install --yes --quiet=2 parallel >/dev/null 2>&1 || skip "there is no GNU parallel"
fi

begin one-process
./load-test --host "$address" --users 7 --max-runs 3 --seed 42 --quiet
check

begin xargs
bash -euo pipefail -c "$(commands README.md 1)" >output
check

begin script
bash -euo pipefail -c "$(commands parallel.md 1 | sed 's/$/ --seed 42/')" >output
check
python3 "$root/$orders" same service ../one-process/service

begin typed
bash -euo pipefail -c "$(commands parallel.md 2)" >output
check
