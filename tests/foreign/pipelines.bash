# Sourced after engines.bash: projects with the pipelines of deploy/, in which the load is small and cargo is a stand-in.

command -v git >/dev/null || skip "there is no git"
export PATH="$root/tests/foreign/bin:$PATH"

# Makes a repository in a folder of this name, with deploy/ in it, and goes there.
begin_project() {
    begin "$1"
    export LOAD_TEST_PROGRAM="$PWD/load-test" ARTIFACTS="$PWD/artifacts" HOME="$PWD"
    mkdir -p project "$ARTIFACTS"
    cd project
    git init --quiet
    git config user.name nobody
    git config user.email nobody@localhost
    cp -r "$root/deploy" .
    # So few requests have no p99.
    sed -i -e 's/+120 seconds/+10 seconds/' -e 's/p99 < 200ms, errors < 1%/errors < 50%/' -e "s|http://127.0.0.1:8080|$address|" \
        -e 's/--users 400 --duration 60s/--users 7 --max-runs 3/' deploy/github/load.yml deploy/gitlab/load.gitlab-ci.yml
}

# Commits all, runs a line of shell, and leaves the project.
run_pipeline() {
    git add --all
    git commit --quiet --message "A load"
    if ! bash -euo pipefail -c "$1" >../output 2>&1 </dev/null; then
        tail --lines 40 ../output
        exit 1
    fi
    cd ..
}
