//! The text above each table: the time, the machine and the method of the measurement.

use std::path::Path;

use crate::args::Args;
use crate::measure::{Quiet, Window};
use crate::peers::OURS;
use crate::places::Places;
use crate::sys::{facts, first_line, output};

/// The lines above a table. Each section has its own, because its date may differ from those of its neighbours.
pub(super) fn head(args: &Args, places: &Places) -> String {
    let rustc = output(Path::new("rustc"), &["--version"]);
    let mut text = format!(
        "{date}, molotov at commit {commit}, {rustc}.  \n{machine}.  \n`{command}`\n",
        date = date(),
        commit = places.commit,
        rustc = first_line(&rustc),
        machine = facts(),
        command = args.command(),
    );
    if args.quick {
        text.push_str("\nA quick run, with fewer and shorter rounds.\n");
    }
    text
}

/// A warning if the machine was busy, otherwise an empty text.
pub(super) fn warning<'w>(windows: impl IntoIterator<Item = &'w Window>) -> String {
    let most = windows.into_iter().map(|window| window.others).fold(0.0, f64::max);
    match most > crate::measure::OTHERS {
        true => format!(
            "\n**The machine was busy: others used up to {most:.0} % of a core. Do not quote this.**\n"
        ),
        false => String::new(),
    }
}

pub(super) fn quiet(args: &Args) -> Quiet {
    if args.allow_busy { Quiet::Wanted } else { Quiet::Required }
}

fn date() -> String {
    first_line(&output(Path::new("date"), &["-u", "+%Y-%m-%d"])).to_owned()
}

/// Our program is always available.
pub(super) fn emphasised(name: &str) -> String {
    if name == OURS { format!("**{name}**") } else { name.to_owned() }
}
