#!/usr/bin/env bash
# The image of deploy/Containerfile, made and run by podman as docs/scale-out/containers.md says: it needs no C library, no rights,
# and writes nothing but its part.
source "$(dirname "$0")/../setup.bash"
source tests/foreign/engines.bash

if ! command -v podman >/dev/null || ! command -v runc >/dev/null; then
    apt-get install --yes --quiet=2 --no-install-recommends podman runc >/dev/null 2>&1 || skip "there is no podman"
fi

# Where Rust's musl is not installed, the C library of this system is linked statically.
triple=$(uname -m)-unknown-linux-musl
if ! rustup target list --installed 2>/dev/null | grep --quiet --line-regexp "$triple"; then
    triple=${triple%musl}gnu
    export RUSTFLAGS='-C target-feature=+crt-static'
fi
cargo build --quiet --package molotov-tests --example foreign_program --target "$triple"

begin image
mkdir -p "target/x86_64-unknown-linux-musl/release/examples"
cp "$target/$triple/debug/examples/foreign_program" target/x86_64-unknown-linux-musl/release/examples/loadtest
bash -euo pipefail -c "$(commands containers.md 2 | grep -v '^cargo build')" >built 2>&1 || { cat built; exit 1; }

# The limits of this machine may be below those that podman sets, and crun refuses some control groups.
limits="--ulimit nofile=1000:1000 --ulimit nproc=1000:1000"
podman --runtime runc run --rm $limits load-test --version >version 2>&1 || skip "podman runs no container here: $(tail --lines 1 version)"
bash -euo pipefail -c "$(commands containers.md 3 | sed "s/^podman run/podman --runtime runc run $limits/")" >output
podman rmi --force load-test >/dev/null
check
