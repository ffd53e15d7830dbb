//! `docs/measurement.md`: this program writes the text between its markers.

#[path = "../../../peers/src/markdown/table.rs"]
#[allow(dead_code, reason = "benches/peers needs more of it")]
mod table;

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

pub(crate) use self::table::Table;
use crate::client::Lab;
use crate::sys::{facts, first_line, output};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/measurement.md");

/// The lines above a section's tables: the time, the machine and the method of the measurement.
pub(crate) fn head(lab: &Lab) -> String {
    let said = |program: &str, args: &[&str]| first_line(&output(Path::new(program), args)).to_owned();
    let mut text = format!(
        "{date}, molotov at commit {commit}, {rustc}.  \n{machine}.  \n`{command}`\n",
        date = said("date", &["-u", "+%Y-%m-%d"]),
        commit =
            said("git", &["-C", env!("CARGO_MANIFEST_DIR"), "describe", "--always", "--dirty=, changed"]),
        rustc = said("rustc", &["--version"]),
        machine = facts(),
        command = lab.args.command(),
    );
    if lab.args.quick {
        text.push_str("\nA quick run, with shorter loads.\n");
    }
    if cfg!(debug_assertions) {
        text.push_str("\n**A debug build. Do not quote this.**\n");
    }
    text
}

/// Writes a section.
pub(crate) fn write(name: &str, text: &str) -> Result<()> {
    let old = fs::read_to_string(FILE).with_context(|| format!("{FILE} cannot be read"))?;
    fs::write(FILE, replace(&old, name, text)?).with_context(|| format!("{FILE} cannot be written"))?;
    eprintln!("lab: wrote the section `{name}` of docs/measurement.md");
    Ok(())
}

fn replace(document: &str, name: &str, text: &str) -> Result<String> {
    let begin = format!("<!-- benches/lab writes: {name} -->");
    let end = format!("<!-- end of {name} -->");
    let parts =
        document.split_once(&begin).and_then(|(before, rest)| Some((before, rest.split_once(&end)?.1)));
    ensure!(parts.is_some(), "docs/measurement.md lacks `{begin}` with `{end}` after it");
    let (before, after) = parts.unwrap_or_default();
    Ok(format!("{before}{begin}\n\n{}\n\n{end}{after}", text.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Section;
    use clap::ValueEnum as _;

    #[test]
    fn every_section_has_its_place_in_the_file_and_leaves_the_rest_alone() {
        let old = include_str!("../../../../docs/measurement.md");

        for section in Section::value_variants() {
            let new = replace(old, section.name(), "| a table |").unwrap();

            let around = |text: &str| {
                let before = text.split("<!-- benches/lab writes").next().map(str::to_owned);
                (before, text.rsplit("<!-- end of").next().map(str::to_owned))
            };
            assert!(new.contains(&format!("\n\n| a table |\n\n<!-- end of {} -->", section.name())));
            assert_eq!(around(&new), around(old));
            assert_eq!(replace(&new, section.name(), "| a table |").unwrap(), new);
        }
    }

    #[test]
    fn a_marker_that_is_missing_is_named() {
        let error = replace("text", "latency", "new").unwrap_err().to_string();

        assert!(error.contains("<!-- benches/lab writes: latency -->"), "{error}");
    }
}
