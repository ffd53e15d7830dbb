//! What several of the tests have in common: programs that are started, and what they leave.

pub(crate) mod command;
pub(crate) mod process;
pub(crate) mod report;
pub(crate) mod run;

use std::path::Path;

/// The folder of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}
