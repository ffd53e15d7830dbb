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
    local imports=$1
    shift
    make_python
    "$python" -c "import $imports" 2>/dev/null || add_to_python "$@"
}

# Installs a package of Python that is a program of another name.
install_python_program() {
    local program=$1 package=$2
    make_python
    [[ -x ${python%/*}/$program ]] || add_to_python "$package"
    PATH="${python%/*}:$PATH"
}

make_python() {
    local venv="$target/foreign/python"
    python="$venv/bin/python"
    command -v python3 >/dev/null || skip "there is no python3"
    [[ -x $python ]] || python3 -m venv "$venv" >/dev/null 2>&1 || skip "python3 makes no virtual environment"
}

add_to_python() {
    "$python" -m pip install --quiet --disable-pip-version-check "$@" || skip "$* cannot be installed"
}

# Installs packages of npm, also as NAME@1.2.3, of which the last one is looked for, and sets `node` to their folder.
install_npm() {
    local last=${!#}
    node="$target/foreign/node-${script%.sh}"
    command -v npm >/dev/null || skip "there is no npm"
    if [[ ! -d "$node/node_modules/${last%@[0-9]*}" ]]; then
        mkdir -p "$node"
        (cd "$node" && npm install --silent --no-audit --no-fund "$@") || skip "$* cannot be installed"
    fi
}
