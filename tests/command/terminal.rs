//! A terminal by `script`, whose input is typed there.

use std::io::Write;
use std::process::{Child, ChildStdin, Command, Stdio};

use crate::command::folder::Folder;
use crate::support::command::command;
use crate::support::run::{executable, skipped};

/// A terminal in which `molotov` runs.
pub(crate) struct Terminal {
    script: Child,
    keys: ChildStdin,
}

impl Terminal {
    /// Starts `molotov` in a terminal; `None`, with a visible message, without a suitable `script`.
    pub(crate) fn open(folder: &Folder, args: &[&str]) -> Option<Self> {
        let version = Command::new("script").arg("--version").output();
        if !version.is_ok_and(|output| output.status.success()) {
            skipped("util-linux's script is not installed");
            return None;
        }
        let words = [executable("molotov").to_str().unwrap()].into_iter().chain(args.iter().copied());
        let typed = words.map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" ");
        let mut script = command("script", &folder.here());
        script
            .args(["--quiet", "--return", "--command", &typed, "/dev/null"])
            .env("TMPDIR", folder.temporary());
        let mut script = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let keys = script.stdin.take().unwrap();
        Some(Self { script, keys })
    }

    pub(crate) fn types(mut self, text: &str) -> Self {
        self.keys.write_all(text.as_bytes()).unwrap();
        self
    }

    /// Waits for its end: the exit code, and the screen.
    pub(crate) fn closes(self) -> (Option<i32>, String) {
        let output = self.script.wait_with_output().unwrap();
        drop(self.keys);
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    }
}
