//! Fetching one commit with git, without starting other programs.
//!
//! We start no shell; no hook, template or submodule is used, and only protocols that start no program of the other
//! side's choice are allowed. The repository's address is not stored in a place where the code of the repository could
//! read it later.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::process::Command;

use super::child::{Child, ChildExit, Terminal};
use super::folder::Folder;
use super::signals::Signals;
use super::url::RepositoryUrl;
use crate::command::failure::Failure;

/// Settings of each call. `--git` accepts the same protocols only; a redirect or a rewrite could use others.
const SETTINGS: [&str; 12] = [
    "protocol.allow=never",
    "protocol.https.allow=always",
    "protocol.ssh.allow=always",
    "protocol.file.allow=always",
    "protocol.ext.allow=never",
    "core.fsmonitor=false",
    "submodule.recurse=false",
    "fetch.recurseSubmodules=false",
    // Background tasks would write to a folder that is removed.
    "gc.auto=0",
    "maintenance.auto=false",
    "init.defaultBranch=main",
    "advice.detachedHead=false",
];

/// Variables that set the place of the repository, if a hook of another repository calls this, and other variables that
/// would change the result.
const REPOSITORY_VARIABLES: [&str; 14] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_SHALLOW_FILE",
    "GIT_GRAFT_FILE",
    "GIT_REPLACE_REF_BASE",
    "GIT_TEMPLATE_DIR",
    "GIT_EXTERNAL_DIFF",
    "GIT_PROTOCOL_FROM_USER",
];

/// A repository of one commit, in a folder of ours.
pub(super) struct Git<'a> {
    url: &'a RepositoryUrl,
    checkout: PathBuf,
    /// An empty folder, in place of any hooks.
    hooks: PathBuf,
}

impl<'a> Git<'a> {
    pub(super) fn new(folder: &Folder, url: &'a RepositoryUrl) -> Result<Self, Failure> {
        let (checkout, hooks) = (folder.join("checkout"), folder.join("hooks"));
        for folder in [&checkout, &hooks] {
            fs::create_dir(folder).map_err(|error| Failure::at(folder, "make", error))?;
        }
        Ok(Self { url, checkout, hooks })
    }

    /// Fetches the commit without a checkout.
    pub(super) async fn fetch(&self, revision: &str, signals: &mut Signals) -> Result<(), Failure> {
        self.call(["init", "--quiet", "--template="], signals).await?;
        let options = ["fetch", "--quiet", "--depth", "1", "--no-tags", "--no-recurse-submodules", "--"];
        self.call(options.into_iter().chain([self.url.whole(), revision]), signals).await?;
        Ok(())
    }

    /// Checks out the fetched commit.
    pub(super) async fn check_out(&self, signals: &mut Signals) -> Result<PathBuf, Failure> {
        self.call(["checkout", "--quiet", "--detach", "--no-recurse-submodules", "FETCH_HEAD"], signals)
            .await?;
        // The only file with the address. It is fine if the file does not exist.
        let _: io::Result<()> = fs::remove_file(self.checkout.join(".git/FETCH_HEAD"));
        Ok(self.checkout.clone())
    }

    /// Calls git, and returns its standard output.
    pub(super) async fn call<A: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = A>,
        signals: &mut Signals,
    ) -> Result<Vec<u8>, Failure> {
        let mut command = self.command();
        command.args(args);
        let child = Child::start(command, Terminal::Captured).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Failure::new("git is not installed, or not in PATH; --git needs it"),
            _ => Failure::new(format!("cannot start git: {error}")),
        })?;
        let ChildExit { status, stdout, stderr } = child.wait_unless_signalled(signals).await?;
        if status.success() {
            return Ok(stdout);
        }
        let said = self.url.masked(&String::from_utf8_lossy(&stderr));
        Err(Failure::new(format!("cannot fetch {}:\n{said}", self.url.shown())))
    }

    fn command(&self) -> Command {
        let mut command = Command::new("git");
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        let mut hooks = std::ffi::OsString::from("core.hooksPath=");
        hooks.push(&self.hooks);
        command.arg("-c").arg(hooks).arg("--no-pager").current_dir(&self.checkout);
        for name in REPOSITORY_VARIABLES {
            command.env_remove(name);
        }
        // It overrides all settings of protocols.
        command.env("GIT_ALLOW_PROTOCOL", "https:ssh:file");
        if !io::stderr().is_terminal() {
            command.env("GIT_TERMINAL_PROMPT", "0");
        }
        command
    }
}

/// A revision for a fetch: a single name, without characters that are special in a refspec.
pub(super) fn revision(typed: Option<&str>) -> Result<String, Failure> {
    let Some(name) = typed else { return Ok("HEAD".into()) };
    let is_plain = name.chars().all(|c| c.is_alphanumeric() || "/._-@#=,".contains(c));
    if is_plain && !name.is_empty() && !name.starts_with(['-', '/']) && !name.contains("..") {
        return Ok(name.to_owned());
    }
    Err(Failure::new(format!("--rev {name}: name a branch, a tag, or the whole hash of a commit")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_is_one_name() {
        assert_eq!(revision(None).unwrap(), "HEAD");
        assert_eq!(revision(Some("release/1.0")).unwrap(), "release/1.0");
        for wrong in ["", "-x", "--upload-pack=x", "a:b", "+main", "a b", "a..b", "a*", "^a", "a~1", "a\n"] {
            assert!(revision(Some(wrong)).is_err(), "{wrong}");
        }
    }
}
