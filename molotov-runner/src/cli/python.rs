//! Options of Python Molotov that are accepted, and reported as ignored.

use std::ffi::OsStr;

use clap::{ArgMatches, Command};

use super::value_source::is_typed;
use super::values;

/// Options that are accepted everywhere, and the reasons why they change nothing.
const WITHOUT_MEANING: &[(&str, &str)] = &[
    ("debug", "there is no event loop to be debugged; --verbose shows failures whole"),
    ("force_shutdown", "what is in flight at the end may go on for --grace TIME, and is then cancelled"),
    ("use_extension", "listeners are compiled in: #[events]"),
    ("uvloop", "there is no event loop to be chosen"),
];

/// Further keys that a `molotov.json` may have.
const IN_JSON: &[(&str, &str)] = &[
    ("scenario", "scenarios are compiled in; `single_mode` chooses one by its name"),
    ("disable_dns_resolve", "an answer of DNS is used for `dns_ttl`"),
    ("version", "it is of the command line"),
    ("config", "it is of the command line"),
];

/// The variable with the path from which Taurus reads the results.
const TAURUS: &str = "MOLOTOV_TAURUS_REPORT";

/// The note for a run under Taurus.
pub(super) const JUDGED_BY_TAURUS: &str =
    "Taurus judges the failures, so the exit code does not tell of them; with --fail N it does";

/// The reason why an option of Python Molotov is ignored.
pub(super) fn without_meaning(key: &str) -> Option<&'static str> {
    let key = key.replace('-', "_");
    WITHOUT_MEANING.iter().find(|(name, _)| *name == key).map(|(_, why)| *why)
}

/// The same for a key of a `molotov.json`.
pub(super) fn without_meaning_in_json(key: &str) -> Option<&'static str> {
    let name = key.replace('-', "_");
    without_meaning(key).or_else(|| IN_JSON.iter().find(|(other, _)| *other == name).map(|(_, why)| *why))
}

/// Notes on ignored options, and on options with an unexpected meaning.
pub(super) fn notes(matches: &ArgMatches) -> Vec<String> {
    let ignored = WITHOUT_MEANING.iter().filter(|(id, _)| is_typed(matches, id));
    let mut notes: Vec<String> =
        ignored.map(|(id, why)| format!("--{} has no meaning here: {why}", id.replace('_', "-"))).collect();
    if let Some(processes) = matches.get_one::<std::num::NonZeroU32>("processes").filter(|n| n.get() > 1) {
        notes.push(format!(
            "--processes {processes}: this is one process, whose threads share everything; \
             it has {processes} times as many users instead"
        ));
    }
    notes
}

/// Returns `true` if Taurus started this program.
pub(super) fn by_taurus() -> bool {
    std::env::var_os(TAURUS).is_some_and(|file| file != OsStr::new(""))
}

/// The options in the form that Taurus passes: times are numbers of seconds.
pub(super) fn for_taurus(command: Command) -> Command {
    command
        .mut_arg("ramp_up", |arg| arg.value_parser(values::taurus_time))
        .mut_arg("delay", |arg| arg.value_parser(values::taurus_pause))
        .mut_arg("duration", |arg| arg.value_parser(values::taurus_duration))
}
