//! Folders and files of tests.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A folder that is removed with the test. It contains a folder for temporary files.
pub(crate) struct Folder {
    whole: TempDir,
}

impl Folder {
    pub(crate) fn new() -> Self {
        let folder = Self { whole: tempfile::tempdir().unwrap() };
        fs::create_dir(folder.temporary()).unwrap();
        fs::create_dir(folder.here()).unwrap();
        folder
    }

    /// The current folder of the user.
    pub(crate) fn here(&self) -> PathBuf {
        self.join("here")
    }

    /// For `TMPDIR`.
    pub(crate) fn temporary(&self) -> PathBuf {
        self.join("temporary")
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.whole.path().join(name)
    }

    /// Asserts that no temporary file was left.
    #[track_caller]
    pub(crate) fn assert_tidy(&self) {
        assert_eq!(files(&self.temporary()), Vec::<String>::new());
    }
}

/// Writes a file, and creates its folders.
pub(crate) fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A shell script as a program.
pub(crate) fn write_program(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    write(path, &format!("#!/bin/sh\n{text}\n"));
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// The names of the entries of a folder, sorted.
pub(crate) fn files(folder: &Path) -> Vec<String> {
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(name).collect();
    names.sort();
    names
}
