//! The command line itself.

use crate::command::folder::Folder;
use crate::support::command::{molotov, run};

#[test]
fn the_version_is_name_and_number() {
    let folder = Folder::new();
    for option in ["--version", "-V"] {
        let ended = run(molotov(&folder.here(), [option]));
        ended.assert(0, &[]);
        assert_eq!(ended.stdout, format!("molotov {}\n", env!("CARGO_PKG_VERSION")));
    }
}

#[test]
fn help_lists_the_commands_and_their_options() {
    let folder = Folder::new();
    let helps: [(&[&str], &[&str]); 3] = [
        (&["--help"], &["init", "run", "cargo run --release -- --help"]),
        (&["init", "--help"], &["[DIR]", "--name", "overwrites nothing"]),
        (
            &["run", "--help"],
            &["--git", "TEST_REPO", "TEST_NAME", "MOLOTOV_YES", "--example", "package.metadata"],
        ),
    ];
    for (args, words) in helps {
        let ended = run(molotov(&folder.here(), args));
        ended.assert(0, &[]);
        for word in words {
            assert!(ended.stdout.contains(word), "no {word} in {}", ended.stdout);
        }
    }
}

#[test]
fn completions_have_the_commands_and_their_options() {
    let folder = Folder::new();
    for shell in ["bash", "fish", "zsh"] {
        let ended = run(molotov(&folder.here(), ["completions", shell]));
        ended.assert(0, &[]);
        for word in ["init", "merge", "program"] {
            assert!(ended.stdout.contains(word), "no {word} for {shell}");
        }
    }
    run(molotov(&folder.here(), ["completions", "tcsh"])).assert(2, &["'tcsh'", "bash"]);
}

#[test]
fn manual_page_has_the_commands() {
    let folder = Folder::new();
    let ended = run(molotov(&folder.here(), ["man"]));
    ended.assert(0, &[]);
    for word in [".TH molotov 1", "molotov\\-init(1)", "molotov\\-report(1)"] {
        assert!(ended.stdout.contains(word), "no {word} in {}", ended.stdout);
    }
}

#[test]
fn unknown_command_is_a_mistake_with_the_nearest_one() {
    let folder = Folder::new();
    run(molotov(&folder.here(), ["initt"])).assert(2, &["'initt'", "'init'"]);
    run(molotov(&folder.here(), ["rum"])).assert(2, &["'rum'", "'run'"]);
    // It is of a later version, and not available in part.
    run(molotov(&folder.here(), ["compare"])).assert(2, &["unrecognized subcommand", "compare"]);
    for command in ["merge", "report"] {
        run(molotov(&folder.here(), [command])).assert(2, &["<FILE>", command]);
    }
    run(molotov(&folder.here(), ["run", "--gitt", "x"])).assert(2, &["--gitt", "--git"]);
    run(molotov(&folder.here(), [] as [&str; 0])).assert(2, &["init", "run"]);
}
