//! `docs/performance.md` and the README.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::document;
use crate::places::Places;

/// The texts of a section.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    /// Its part of `docs/performance.md`.
    pub(crate) name: &'static str,
    pub(crate) whole: String,
    /// Its lines in the README, if it has any.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_written_into_its_file_and_the_others_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("performance.md");
        let old = include_str!("../../../../docs/performance.md");
        fs::write(&file, old).unwrap();

        rewrite(&file, "users", "| a table |").unwrap();

        let new = fs::read_to_string(&file).unwrap();
        let outside =
            |text: &str| text.split("<!-- benches/peers writes: users -->").next().map(str::to_owned);
        assert!(new.contains("\n\n| a table |\n\n<!-- end of users -->"));
        assert_eq!(outside(&new), outside(old));
    }

    #[test]
    fn every_section_has_its_place_in_the_files() {
        let performance = include_str!("../../../../docs/performance.md");
        let readme = include_str!("../../../../README.md");

        for name in ["requests", "choices", "cores", "users", "growth", "compile"] {
            assert!(document::replace(performance, name, "new").is_ok(), "{name}");
        }
        assert!(document::replace(readme, "requests", "new").is_ok());
    }
}
