//! The capabilities of a terminal, from the environment and the system.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{self, IsTerminal};

use anstream::{AutoStream, ColorChoice};

/// The minimum width for a block that is rewritten in place; in narrower terminals it would be cut to nothing, so lines
/// are printed.
const NARROWEST: usize = 20;

/// The known properties of standard error.
struct Known {
    is_terminal: bool,
    term: Option<OsString>,
    ci: Option<OsString>,
    /// `None` if the terminal does not report its width, or reports 0.
    columns: Option<usize>,
}

/// Returns `true` if a block can be rewritten in place on standard error.
pub(super) fn can_rewrite_stderr() -> bool {
    let size = terminal_size::terminal_size_of(io::stderr());
    let columns = size.map(|(columns, _)| usize::from(columns.0)).filter(|columns| *columns > 0);
    let (term, ci) = (env::var_os("TERM"), env::var_os("CI"));
    Known { is_terminal: io::stderr().is_terminal(), term, ci, columns }.can_rewrite()
}

impl Known {
    fn can_rewrite(&self) -> bool {
        self.is_terminal
            && !is_dumb(self.term.as_deref())
            && !is_in_ci(self.ci.as_deref())
            && self.columns.is_some_and(|columns| columns >= NARROWEST)
    }
}

/// Returns the choice of colours on a stream: none if a pipe, `NO_COLOR` or the kind of terminal forbids them.
pub(super) fn colors(stream: &(impl anstream::stream::RawStream + IsTerminal)) -> ColorChoice {
    let forced = env::var_os("CLICOLOR_FORCE").is_some_and(|forced| !forced.is_empty() && forced != "0");
    match AutoStream::choice(stream) {
        _ if !forced && is_dumb(env::var_os("TERM").as_deref()) => ColorChoice::Never,
        choice => choice,
    }
}

/// Returns `true` if a terminal cannot move its cursor, or does not report its kind. Windows has terminals without a
/// name.
fn is_dumb(term: Option<&OsStr>) -> bool {
    match term {
        None => !cfg!(windows),
        Some(term) => term.is_empty() || term == "dumb" || term == "unknown",
    }
}

/// CI systems store the output, even if they provide a terminal.
fn is_in_ci(ci: Option<&OsStr>) -> bool {
    ci.is_some_and(|ci| !matches!(ci.to_str(), Some("" | "0" | "false")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn can(term: Option<&str>, ci: Option<&str>, columns: Option<usize>) -> bool {
        let [term, ci] = [term, ci].map(|word| word.map(OsString::from));
        Known { is_terminal: true, term, ci, columns }.can_rewrite()
    }

    #[test]
    fn block_is_rewritten_only_in_a_capable_terminal() {
        for (term, ci, columns, right) in [
            (Some("xterm-256color"), None, Some(80), true),
            (Some("xterm"), Some(""), Some(80), true),
            (Some("xterm"), Some("false"), Some(80), true),
            (Some("xterm"), Some("0"), Some(20), true),
            (Some(""), None, Some(80), false),
            (Some("dumb"), None, Some(80), false),
            (Some("unknown"), None, Some(80), false),
            (Some("xterm"), Some("true"), Some(80), false),
            (Some("xterm"), Some("1"), Some(80), false),
            (Some("xterm"), Some("woodpecker"), Some(80), false),
            (Some("xterm"), None, None, false),
            (Some("xterm"), None, Some(1), false),
            (Some("xterm"), None, Some(19), false),
        ] {
            assert_eq!(can(term, ci, columns), right, "TERM {term:?}, CI {ci:?}, {columns:?} columns");
        }
        assert_eq!(can(None, None, Some(80)), cfg!(windows));
        let pipe = Known { is_terminal: false, term: Some("xterm".into()), ci: None, columns: Some(80) };
        assert!(!pipe.can_rewrite());
    }
}
