//! Markdown: tables, and the files into which they are written.

mod document;
mod files;
mod table;

pub(crate) use self::files::Text;
pub(crate) use self::table::Table;
