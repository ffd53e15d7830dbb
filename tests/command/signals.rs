//! Signals: they reach the load test once, and nothing is left behind.

use nix::sys::signal::Signal;

use crate::command::folder::{Folder, write};
use crate::command::repository::Repository;
use crate::command::terminal::Terminal;
use crate::support::command::{COMPILED, Running, molotov, start};
use crate::support::process::wait_until;
use crate::support::run::executable;

fn start_it(folder: &Folder, repository: &Repository, more: &[&str]) -> Running {
    let mut command = molotov(&folder.here(), ["run", "--yes", "--git", &repository.url()]);
    command.args(more).env("TMPDIR", folder.temporary());
    start(command)
}

#[test]
fn a_signal_during_the_load_is_the_load_tests() {
    for (signal, code) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143), (Signal::SIGHUP, 129)] {
        let folder = Folder::new();
        let repository = Repository::telling(&folder);
        let started = folder.join("started");
        let running = start_it(&folder, &repository, &["--", "--wait", started.to_str().unwrap()]);
        wait_until("the load test has started", COMPILED, || started.exists());

        running.signal(signal);

        // It does not handle them, so they end it; `real` tests a real load test.
        running.wait().assert(code, &["killed by signal"]);
        folder.assert_tidy();
    }
}

#[test]
fn a_signal_during_the_build_ends_it_and_removes_everything() {
    let folder = Folder::new();
    let repository = Repository::telling(&folder);
    let started = folder.join("started");
    let script = format!(
        "fn main() {{ std::fs::write({:?}, \"\").unwrap(); std::thread::sleep(std::time::Duration::from_secs(600)); }}",
        started.to_str().unwrap()
    );
    write(&repository.path.join("build.rs"), &script);
    repository.commit("A build that takes long");
    let running = start_it(&folder, &repository, &[]);
    wait_until("the build has started", COMPILED, || started.exists());

    running.signal(Signal::SIGTERM);

    running.wait().assert(143, &[]);
    folder.assert_tidy();
}

/// The terminal sends Ctrl-C to both processes, so it is not forwarded.
#[test]
fn ctrl_c_at_a_terminal_ends_load_test_and_command() {
    let folder = Folder::new();
    let repository = Repository::telling(&folder);
    let started = folder.join("started");
    let url = repository.url();
    let args = ["run", "--yes", "--git", &url, "--", "--wait", started.to_str().unwrap()];
    let Some(terminal) = Terminal::open(&folder, &args) else { return };
    wait_until("the load test has started", COMPILED, || started.exists());

    let (code, said) = terminal.types("\u{3}").closes();

    assert_eq!(code, Some(130), "{said}");
    assert!(said.contains("killed by signal 2"), "{said}");
    folder.assert_tidy();
}

/// Started like with `nohup`.
#[test]
fn a_hang_up_that_is_ignored_stays_ignored_for_the_load_test_too() {
    let folder = Folder::new();
    let repository = Repository::telling(&folder);
    let started = folder.join("started");
    let mut shell = crate::support::command::command("sh", &folder.here());
    shell.args(["-c", r#"trap '' HUP && exec "$0" "$@""#]).arg(executable("molotov"));
    shell.args(["run", "--yes", "--git", &repository.url(), "--", "--wait", started.to_str().unwrap()]);
    let running = start({
        shell.env("TMPDIR", folder.temporary());
        shell
    });
    wait_until("the load test has started", COMPILED, || started.exists());

    running.signal(Signal::SIGHUP);
    std::thread::sleep(std::time::Duration::from_millis(300));
    running.signal(Signal::SIGTERM);

    running.wait().assert(143, &["killed by signal 15"]);
    folder.assert_tidy();
}
