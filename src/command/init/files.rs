//! The files of a new project: either all of them are written, or none.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::command::failure::Failure;

/// The contents of the files, by path in the project.
pub(super) struct Files(Vec<(&'static str, String)>);

impl Files {
    pub(super) fn new(name: &str, dependency: &str) -> Self {
        Self(vec![
            ("Cargo.toml", filled(include_str!("template/manifest.toml"), name, dependency)),
            ("src/main.rs", include_str!("template/main.rs").into()),
            ("src/stand_in.rs", include_str!("template/stand_in.rs").into()),
            ("molotov.toml", include_str!("template/molotov.toml").into()),
            ("README.md", filled(include_str!("template/README.md"), name, dependency)),
            (".gitignore", include_str!("template/gitignore").into()),
        ])
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|(name, _)| *name)
    }

    /// Creates the folder and writes all files into it. Existing files are never overwritten.
    pub(super) fn write(&self, folder: &Path) -> Result<(), Failure> {
        let there: Vec<&str> =
            self.names().filter(|name| folder.join(name).symlink_metadata().is_ok()).collect();
        if !there.is_empty() {
            return Err(Failure::new(format!(
                "{} in {}, and nothing is overwritten; remove or rename what is there, or name another folder",
                listed(&there),
                folder.display()
            )));
        }
        let mut made = Made::default();
        for (name, text) in &self.0 {
            let file = folder.join(name);
            made.file(&file, text).map_err(|error| Failure::at(&file, "write", error))?;
        }
        made.keep();
        Ok(())
    }
}

fn filled(template: &str, name: &str, dependency: &str) -> String {
    template.replace("{name}", name).replace("{dependency}", dependency)
}

fn listed(names: &[&str]) -> String {
    match names {
        [one] => format!("{one} is there already"),
        several => format!("{} are there already", several.join(", ")),
    }
}

/// The files and folders created so far. Dropping it removes them, so that no half-written project is left.
#[derive(Default)]
struct Made(Vec<PathBuf>);

impl Made {
    fn file(&mut self, path: &Path, text: &str) -> io::Result<()> {
        if let Some(folder) = path.parent() {
            self.folder(folder)?;
        }
        // Another process may have created it since the check.
        let mut file = File::create_new(path)?;
        self.0.push(path.to_owned());
        file.write_all(text.as_bytes())
    }

    /// Creates a folder and its missing parents.
    fn folder(&mut self, path: &Path) -> io::Result<()> {
        if path.is_dir() {
            return Ok(());
        }
        if let Some(parent) = path.parent() {
            self.folder(parent)?;
        }
        fs::create_dir(path)?;
        self.0.push(path.to_owned());
        Ok(())
    }

    fn keep(mut self) {
        self.0.clear();
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        for path in self.0.iter().rev() {
            // Files of other processes stay, and so does their folder.
            let _: Result<(), io::Error> =
                if path.is_dir() { fs::remove_dir(path) } else { fs::remove_file(path) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unfinished_project_leaves_no_files() {
        let folder = std::env::temp_dir().join(format!("molotov-files-{}", std::process::id()));
        fs::create_dir(&folder).unwrap();
        // A file exists in place of the folder.
        fs::write(folder.join("src"), "mine").unwrap();

        let written = Files::new("shop", "molotov = \"1\"").write(&folder);

        let left: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        fs::remove_dir_all(&folder).unwrap();
        assert!(written.is_err());
        assert_eq!(left, ["src"]);
    }

    #[test]
    fn folders_that_were_made_for_it_are_removed_too() {
        let folder = std::env::temp_dir().join(format!("molotov-made-{}", std::process::id()));
        let mut made = Made::default();
        made.file(&folder.join("a/b/c"), "text").unwrap();

        drop(made);

        assert!(!folder.exists());
    }
}
