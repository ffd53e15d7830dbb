# Sourced after setup.bash by the scripts that start shards: a service that writes down each order, a load test, and the commands of
# the pages in docs/scale-out.

orders=tests/foreign/orders.py

# Makes a folder for one run, with the load test, deploy/ and a service of its own, and goes there.
begin() {
    here="$out/$1"
    rm -rf "$here"
    mkdir -p "$here/service" "$here/parts"
    cp "$load_test" "$here/load-test"
    ln -s "$root/deploy" "$here/deploy"
    # The search for a file of options ends here.
    : >"$here/molotov.toml"
    cd "$here"
    python3 "$root/$orders" serve service &
    services+=($!)
    wait_until 100 test -s service/address
    address=$(cat service/address)
}

# Repeats a command each tenth of a second until it succeeds, this many times at most.
wait_until() {
    local times=$1
    shift
    for ((; times > 0; times--)); do
        if "$@"; then return 0; fi
        sleep 0.1
    done
    printf 'waited in vain for: %s\n' "$*" >&2
    return 1
}

# The numbered block of shell on a page, with this service and a load of 7 users who make 3 iterations each.
commands() {
    local page=$1 number=$2
    awk -v number="$number" '/^```sh$/ { at += 1; inside = at == number; next } /^```/ { inside = 0 } inside' \
        "$root/docs/scale-out/$page" |
        sed -e "s|http://127.0.0.1:8080|$address|" -e 's/ --duration [0-9]*s//' -e 's/--users 40/--users 7 --max-runs 3/'
}

# Each order came once.
check() {
    python3 "$root/$orders" check service 7 3
}

end_services() {
    for service in "${services[@]}"; do kill "$service" 2>/dev/null || true; done
}

root=$PWD
services=()
trap end_services EXIT
command -v python3 >/dev/null || skip "there is no python3"
cargo build --quiet --package molotov-tests --example foreign_program
load_test="$target/debug/examples/foreign_program"
mkdir -p "$out"
