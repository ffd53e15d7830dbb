//! A page of Markdown: its headings, its links, its blocks of code.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::root;

/// A page of Markdown.
pub(crate) struct MarkdownPage {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

impl MarkdownPage {
    /// Reads the page at a path below the root of the repository.
    pub(crate) fn read(path: impl AsRef<Path>) -> Self {
        let path = root().join(path);
        let text = fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
        Self { path, text }
    }

    /// Reads all pages of the book, those of its folders too, but for its summary.
    pub(crate) fn all_of_the_book() -> Vec<Self> {
        let mut paths = markdown_files(&root().join("docs"));
        paths.retain(|path| !path.ends_with("SUMMARY.md"));
        paths.into_iter().map(Self::read).collect()
    }

    /// The path below `docs`.
    pub(crate) fn path_in_the_book(&self) -> String {
        self.path.strip_prefix(root().join("docs")).unwrap().to_str().unwrap().to_owned()
    }

    /// The languages of its blocks of code, as they are written.
    pub(crate) fn languages(&self) -> Vec<&str> {
        let fences = self.text.lines().filter_map(|line| line.trim_start().strip_prefix("```"));
        fences.step_by(2).collect()
    }

    /// The contents of its blocks of code in a language.
    pub(crate) fn blocks(&self, language: &str) -> Vec<&str> {
        let blocks = self.text.split(&format!("```{language}\n")).skip(1).collect::<Vec<_>>();
        blocks.into_iter().filter_map(|rest| rest.split("```").next()).collect()
    }

    /// The targets of its links and images.
    pub(crate) fn links(&self) -> Vec<&str> {
        let outside_of_code = self.text.split("```").step_by(2);
        outside_of_code
            .flat_map(|text| text.split("](").skip(1))
            .filter_map(|rest| rest.split(')').next())
            .collect()
    }

    /// Whether a heading has this anchor, as GitHub and rustdoc make it.
    pub(crate) fn has_anchor(&self, anchor: &str) -> bool {
        let outside_of_code = self.text.split("\n```").step_by(2);
        outside_of_code.flat_map(str::lines).filter_map(anchor_of_heading).any(|it| it == anchor)
    }
}

fn markdown_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(markdown_files(&path));
        } else if path.extension().is_some_and(|ending| ending == "md") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn anchor_of_heading(line: &str) -> Option<String> {
    let heading = line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#'))?;
    let letters = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    Some(letters.collect::<String>().to_lowercase().replace(' ', "-"))
}
