//! stub
use crate::report::{Report, Snapshot};
use std::path::Path;
pub(crate) enum Style {
    Live,
}
impl Style {
    pub(crate) fn choose(_q: bool, _c: bool) -> Self {
        Self::Live
    }
}
pub(crate) struct Display;
impl Display {
    pub(crate) fn new(_s: Style) -> Self {
        Self
    }
    pub(crate) fn update(&mut self, s: &Snapshot) {
        eprint(&format!("{s:?}\n"));
    }
}
pub(crate) struct Look;
impl Look {
    pub(crate) fn of_stdout(_v: bool) -> Self {
        Self
    }
}
pub(crate) fn text(r: &Report, _l: &Look) -> String {
    format!(
        "{:#?} {:?} {:?} {:?} {:?}\n{:?}\n",
        r.settings, r.iterations, r.requests, r.ended, r.failures, r.mix
    )
}
pub(crate) fn print(t: &str) {
    use std::io::Write;
    drop(write!(anstream::stdout(), "{t}"));
}
pub(crate) fn eprint(t: &str) {
    use std::io::Write;
    drop(write!(anstream::stderr(), "{t}"));
}
pub(crate) fn error(t: &str) {
    eprint(&format!("error: {t}\n"));
}
pub(crate) fn errors(_r: &Report) {}
pub(crate) fn write_json(_f: &Path, _r: &Report) -> std::io::Result<()> {
    Ok(())
}
