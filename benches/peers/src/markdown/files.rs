//! `docs/performance.md` and the README.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::document;
use crate::places::Places;

/// What a section wrote.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    /// Its part of `docs/performance.md`.
    pub(crate) name: &'static str,
    pub(crate) whole: String,
    /// Its lines in the README, where it has some.
    pub(crate) readme: Option<String>,
}

impl Text {
    pub(crate) fn write(&self, places: &Places) -> Result<()> {
        rewrite(&places.repository.join("docs/performance.md"), self.name, &self.whole)?;
        match &self.readme {
            Some(lines) => rewrite(&places.repository.join("README.md"), self.name, lines),
            None => Ok(()),
        }
    }
}

fn rewrite(file: &Path, name: &str, text: &str) -> Result<()> {
    let name_of_file = file.display();
    let old = fs::read_to_string(file).with_context(|| format!("{name_of_file} cannot be read"))?;
    let new = document::replace(&old, name, text).with_context(|| format!("in {name_of_file}"))?;
    fs::write(file, new).with_context(|| format!("{name_of_file} cannot be written"))?;
    eprintln!("peers: wrote the section `{name}` of {name_of_file}");
    Ok(())
}
