//! Folders and files.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::peers::commit;

/// The paths of the benchmark.
#[derive(Debug)]
pub(crate) struct Places {
    /// The repository.
    pub(crate) repository: PathBuf,
    /// `benches/peers`.
    pub(crate) here: PathBuf,
    /// The programs built by cargo.
    pub(crate) built: PathBuf,
    /// The downloads of `--install`, outside of the repository's files.
    pub(crate) installed: PathBuf,
    /// Outputs and configuration of the running programs.
    pub(crate) scratch: PathBuf,
    /// The commit at the start of this program; another one may be checked out when a table is done.
    pub(crate) commit: String,
}

impl Places {
    pub(crate) fn find() -> Result<Self> {
        let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let repository = here.ancestors().nth(2).context("benches/peers has no repository")?.to_owned();
        let built = std::env::current_exe()?.parent().context("a program without a folder")?.to_owned();
        let target = built.parent().context("a program outside of a target folder")?;
        let installed = target.join("peers");
        // By process, so that two of them do not write to each other's files.
        let scratch = installed.join(format!("scratch-{}", std::process::id()));
        std::fs::create_dir_all(&scratch)?;
        let commit = commit(&repository);
        Ok(Self { repository, here, built, installed, scratch, commit })
    }

    pub(crate) fn script(&self, name: &str) -> PathBuf {
        self.here.join("scripts").join(name)
    }

    pub(crate) fn body(&self) -> PathBuf {
        self.script("order.json")
    }
}

/// A program on the `PATH`.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    // Debian installs servers in folders that are only on root's PATH.
    std::env::split_paths(&path)
        .chain([Path::new("/usr/sbin").to_owned()])
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

impl Drop for Places {
    fn drop(&mut self) {
        // Leftover files are in the target folder, so a failure does not matter.
        let _ = std::fs::remove_dir_all(&self.scratch);
    }
}
