//! `molotov run --git` and code of others: none of it runs before the consent, and none besides the load test.

use std::fs;

use crate::command::folder::{Folder, write, write_program};
use crate::command::repository::Repository;
use crate::command::terminal::Terminal;
use crate::support::command::{molotov, run, start};

#[test]
fn without_a_terminal_and_a_yes_nothing_is_even_fetched() {
    let folder = Folder::new();
    write_program(&folder.join("bin/git"), "touch \"$MARK\"");
    let mut refused = molotov(&folder.here(), ["run", "--git", "file:///srv/shop"]);
    refused.env("PATH", folder.join("bin")).env("MARK", folder.join("mark"));

    run(refused).assert(2, &["without a terminal", "--yes", "MOLOTOV_YES=true"]);

    assert!(!folder.join("mark").exists());
}

#[test]
fn at_a_terminal_the_question_is_asked() {
    for (answer, runs) in [("n", false), ("", false), ("y", true)] {
        let folder = Folder::new();
        let repository = Repository::telling(&folder);
        let Some(terminal) = Terminal::open(&folder, &["run", "--git", &repository.url()]) else { return };

        let (code, said) = terminal.types(&format!("{answer}\n")).closes();

        assert!(said.contains("[y/N]") && said.contains("A load test"), "{said}");
        assert_eq!(said.contains("args []"), runs, "{answer}: {said}");
        assert_eq!(code, Some(if runs { 0 } else { 2 }), "{answer}: {said}");
        folder.assert_tidy();
    }
}

#[test]
fn hostile_addresses_are_refused_before_git_is_started() {
    let folder = Folder::new();
    write_program(&folder.join("bin/git"), "touch \"$MARK\"");
    let mark = folder.join("mark");
    let program = format!("touch {}", mark.display());
    for address in [
        format!("ext::sh -c {}", program.replace(' ', "% ")),
        format!("ext::{}", mark.display()),
        format!("--upload-pack={program}"),
        format!("-oProxyCommand={program}"),
        format!("ssh://-oProxyCommand={}/x", program.replace(' ', "${IFS}")),
        "http://example.org/shop".into(),
        "git://example.org/shop".into(),
        "fd::17".into(),
        "../repository".into(),
    ] {
        let mut command = molotov(&folder.here(), ["run", "--yes"]);
        command.arg(format!("--git={address}")).env("PATH", folder.join("bin")).env("MARK", &mark);

        run(command).assert(2, &["--git", "https://HOST/PATH", "ssh://", "file:///PATH"]);

        assert!(!mark.exists(), "{address}");
    }
}

/// The user's own settings could make all of them run, and so could those of another repository whose hook calls this
/// command.
#[test]
fn no_hook_no_template_and_no_submodule_is_used() {
    let folder = Folder::new();
    let (mark, hooks) = (folder.join("mark"), folder.join("template/hooks"));
    for hook in ["post-checkout", "reference-transaction", "post-index-change"] {
        write_program(&hooks.join(hook), &format!("touch '{}'", mark.display()));
    }
    let settings = format!(
        "[core]\nhooksPath = {0}\nfsmonitor = {0}/post-checkout\n[init]\ntemplateDir = {1}\n[submodule]\nrecurse = true\n\
         [protocol \"ext\"]\nallow = always\n",
        hooks.display(),
        folder.join("template").display(),
    );
    write(&folder.join("settings"), &settings);
    let other = Repository::telling(&folder);
    let repository = Repository::new(folder.join("outer"));
    crate::command::repository::write_teller(&repository.path);
    repository.git(&["submodule", "--quiet", "add", "--name", "submodule", &other.url(), "submodule"]);
    repository.commit("With a submodule");
    let mut fetched = molotov(&folder.here(), ["run", "--yes", "--git", &repository.url()]);
    fetched.env("GIT_CONFIG_GLOBAL", folder.join("settings")).env("TMPDIR", folder.temporary());
    fetched.env("GIT_DIR", other.path.join(".git")).env("GIT_TEMPLATE_DIR", folder.join("template"));

    let ended = run(fetched);

    ended.assert(0, &[]);
    assert!(ended.stdout.contains("submodule Some(0)"), "{}", ended.text());
    assert!(ended.stdout.contains("address written down false"), "{}", ended.text());
    assert!(!mark.exists());
    folder.assert_tidy();
}

/// A repository that cannot be reached: git repeats its address, and the output must not contain it.
#[test]
fn no_password_is_printed() {
    let folder = Folder::new();
    // No process listens on a port that was released a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let refused = ("http://ann:hunter2@x/y".to_owned(), "http://x/y");
    let closed = (format!("https://ann:hunter2@127.0.0.1:{port}/shop?token=hunter2"), "127.0.0.1");
    for (address, shown) in [refused, closed] {
        let mut command = molotov(&folder.here(), ["run", "--yes", "--git", &address]);
        command.env("TMPDIR", folder.temporary());

        let ended = run(command);

        ended.assert(2, &[shown]);
        assert!(!ended.text().contains("hunter2"), "{}", ended.text());
    }
    let mut help = molotov(&folder.here(), ["run", "--help"]);
    help.env("TEST_REPO", "https://ann:hunter2@x/y");
    assert!(!run(help).text().contains("hunter2"));
    folder.assert_tidy();
}

#[test]
fn commit_message_cannot_control_the_terminal() {
    let folder = Folder::new();
    let repository = Repository::telling(&folder);
    repository.git(&["commit", "--quiet", "--allow-empty", "--message", "\u{1b}[2Jall \u{202e}is well"]);

    let ended = run({
        let mut command = molotov(&folder.here(), ["run", "--yes", "--git", &repository.url()]);
        command.env("TMPDIR", folder.temporary());
        command
    });

    ended.assert(0, &[r"\u{1b}[2Jall \u{202e}is well"]);
    assert!(!ended.stderr.contains('\u{1b}'), "{:?}", ended.stderr);
}

#[test]
fn without_git_or_cargo_the_message_names_it() {
    let folder = Folder::new();
    fs::create_dir(folder.join("nothing")).unwrap();
    let mut no_git = molotov(&folder.here(), ["run", "--yes", "--git", "file:///srv/shop"]);
    no_git.env("PATH", folder.join("nothing")).env("TMPDIR", folder.temporary());
    let mut no_cargo = molotov(&folder.here(), ["run"]);
    no_cargo.env("PATH", folder.join("nothing"));

    start(no_git).wait().assert(2, &["git is not installed"]);
    start(no_cargo).wait().assert(2, &["cargo is not installed", "rustup.rs"]);

    folder.assert_tidy();
}
