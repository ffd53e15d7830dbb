# Sourced by the scripts here, in the root of the repository: builds the load and its target, and starts the target. Sets
# `folder` (to be used and removed), `load` (the program) and `url`.

folder="$(mktemp -d)"
target_pid=""
finish() {
    if [ -n "$target_pid" ]; then kill "$target_pid" 2>/dev/null || true; fi
    rm -rf "$folder"
}
trap finish EXIT

target_dir="${CARGO_TARGET_DIR:-$PWD/target}"
cargo build --quiet --release -p molotov-benches --example users --example target
load="$target_dir/release/examples/users"

# A pipe that is held open: the target serves until it is closed, also when this script is killed.
mkfifo "$folder/stdin"
"$target_dir/release/examples/target" <"$folder/stdin" >"$folder/url" &
target_pid=$!
exec 3>"$folder/stdin"
until [ -s "$folder/url" ]; do
    kill -0 "$target_pid" || { echo "the target did not start" >&2 && exit 1; }
    sleep 0.05
done
url="$(cat "$folder/url")"
