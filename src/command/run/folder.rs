//! The folder for a repository of others: private to this user, and removed afterwards.

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use molotov_runner::Sink;

use crate::command::failure::{Failure, harmless};

/// A folder. Dropping it removes it with its contents.
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Creates a folder beside other temporary files (`TMPDIR`).
    pub(super) fn new() -> Result<Self, Failure> {
        let base = std::env::temp_dir();
        for _ in 0..100 {
            // The system seeds it differently each time.
            let path = base.join(format!("molotov-run-{:016x}", RandomState::new().hash_one(())));
            match private(&path) {
                Ok(()) => return Ok(Self { path }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Failure::at(&path, "make", error)),
            }
        }
        Err(Failure::new(format!("cannot make a new folder in {}", base.display())))
    }

    /// The path of an entry.
    pub(super) fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Removes the folder.
    pub(super) fn remove(self) {
        drop(self);
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = removed(&self.path) {
            let text = format!("warning: cannot remove {}: {error}", self.path.display());
            Sink::stderr().line(&harmless(&text));
        }
    }
}

/// A compiler may still write for a moment after its signal, so there are several attempts.
fn removed(path: &Path) -> io::Result<()> {
    for _ in 0..20 {
        match fs::remove_dir_all(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(_) => thread::sleep(Duration::from_millis(100)),
            Ok(()) => return Ok(()),
        }
    }
    fs::remove_dir_all(path)
}

fn private(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
