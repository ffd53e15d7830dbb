# Sourced by the scripts of this folder: goes to the root of the project, and knows where things are.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

script=$(basename "$0")
target="${CARGO_TARGET_DIR:-$PWD/target}"
out="$target/foreign/${script%.sh}"

# Ends the script, for this reason: a failure only where nothing may be skipped.
skip() {
    printf 'SKIPPED: %s: %s\n' "$script" "$1"
    [[ "${MOLOTOV_FOREIGN:-}" != require ]]
    exit
}

# Installs packages of Python, which are imported by these names, and sets `python` to one that has them.
install_python() {
    local imports=$1 venv="$target/foreign/python"
    shift
    python="$venv/bin/python"
    command -v python3 >/dev/null || skip "there is no python3"
    if ! "$python" -c "import $imports" 2>/dev/null; then
        python3 -m venv "$venv" >/dev/null 2>&1 || skip "python3 makes no virtual environment"
        "$python" -m pip install --quiet --disable-pip-version-check "$@" || skip "$* cannot be installed"
    fi
}

# Installs packages of npm, of which the last one is looked for, and sets `node` to their folder.
install_npm() {
    node="$target/foreign/node-${script%.sh}"
    command -v npm >/dev/null || skip "there is no npm"
    if [[ ! -d "$node/node_modules/${!#}" ]]; then
        mkdir -p "$node"
        (cd "$node" && npm install --silent --no-audit --no-fund "$@") || skip "$* cannot be installed"
    fi
}
