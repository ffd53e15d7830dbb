//! Repositories with a stand-in for a load test: a program without dependencies, which prints its input.

use std::fs;
use std::path::{Path, PathBuf};

use crate::command::folder::{Folder, write};
use crate::support::command::{Ended, command, run};

/// It prints its arguments, its folder and the files there, and the relevant variables.
const TELLER: &str = r#"
use std::{env, fs, process, thread, time::Duration};

fn main() {
    let args: Vec<String> = env::args().skip(1).collect();
    println!("args {args:?}");
    let mut names: Vec<_> = fs::read_dir(".").unwrap().map(|it| it.unwrap().file_name()).collect();
    names.sort();
    println!("files {names:?}");
    println!("submodule {:?}", fs::read_dir("submodule").map(|it| it.count()).ok());
    println!("address written down {}", holds(".git".as_ref(), b"file://"));
    for (name, value) in env::vars().filter(|(name, _)| name.starts_with("TEST_") || name.starts_with("MOLOTOV_")) {
        println!("variable {name}={value}");
    }
    println!("package {:?}", env::var("CARGO_MANIFEST_DIR"));
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [.., "--exit", code] => process::exit(code.parse().unwrap()),
        [.., "--abort"] => process::abort(),
        [.., "--wait", file] => {
            fs::write(file, "started").unwrap();
            thread::sleep(Duration::from_secs(600));
        }
        _ => {}
    }
}

fn holds(path: &std::path::Path, word: &[u8]) -> bool {
    if path.is_dir() {
        return fs::read_dir(path).unwrap().any(|it| holds(&it.unwrap().path(), word));
    }
    fs::read(path).is_ok_and(|bytes| bytes.windows(word.len()).any(|it| it == word))
}
"#;

/// A git repository on this machine.
pub(crate) struct Repository {
    pub(crate) path: PathBuf,
}

impl Repository {
    /// An empty repository.
    pub(crate) fn new(path: PathBuf) -> Self {
        fs::create_dir_all(&path).unwrap();
        let repository = Self { path };
        repository.git(&["init", "--quiet", "--initial-branch", "main"]);
        repository
    }

    /// A repository with the stand-in, and one commit.
    pub(crate) fn telling(folder: &Folder) -> Self {
        let repository = Self::new(folder.join("repository"));
        write_teller(&repository.path);
        repository.commit("A load test");
        repository
    }

    pub(crate) fn commit(&self, subject: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", subject]);
    }

    pub(crate) fn url(&self) -> String {
        format!("file://{}", self.path.display())
    }

    #[track_caller]
    pub(crate) fn git(&self, args: &[&str]) -> String {
        let mut git = command("git", &self.path);
        git.args(["-c", "user.name=Ann Author", "-c", "user.email=ann@example.org"]);
        git.args(["-c", "protocol.file.allow=always"]).args(args);
        let Ended { code, stdout, stderr } = run(git);
        assert_eq!(code, Some(0), "git {args:?}: {stderr}");
        stdout.trim().to_owned()
    }
}

/// Writes the stand-in's package into a folder.
pub(crate) fn write_teller(folder: &Path) {
    let manifest = "[package]\nname = \"teller\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
                    [[bin]]\nname = \"loadtest\"\npath = \"src/main.rs\"\n";
    write(&folder.join("Cargo.toml"), manifest);
    write(&folder.join("Cargo.lock"), "version = 4\n\n[[package]]\nname = \"teller\"\nversion = \"0.1.0\"\n");
    write(&folder.join("src/main.rs"), TELLER);
}
