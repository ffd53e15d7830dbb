#!/usr/bin/env bash
# Four shards that OpenMPI's mpirun starts together, as docs/scale-out/slurm.md says.
source "$(dirname "$0")/setup.bash"
source "$(dirname "$0")/engines.bash"

if ! command -v mpirun >/dev/null; then
    apt-get install --yes --quiet=2 --no-install-recommends openmpi-bin >/dev/null 2>&1 || skip "there is no mpirun"
fi

# As root, and more processes than processors.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1

begin mpi
bash -euo pipefail -c "$(commands slurm.md 3)" >output
check
