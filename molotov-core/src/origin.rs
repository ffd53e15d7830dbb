//! The place of a declaration.

use std::fmt;

/// The place of a declaration in the source. Messages show it as `FILE:LINE`.
///
/// ```
/// use molotov::registry::Origin;
///
/// let origin = Origin::new(env!("CARGO_PKG_NAME"), "src/main.rs", 12, module_path!(), "browse");
/// assert_eq!(origin.to_string(), "src/main.rs:12");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Origin {
    /// The package (`CARGO_PKG_NAME`).
    pub package: &'static str,
    /// The file, as in rustc's messages.
    pub file: &'static str,
    /// The line of the attribute, from 1.
    pub line: u32,
    /// The module path.
    pub module: &'static str,
    /// The name of the function.
    pub function: &'static str,
}

impl Origin {
    /// A place in the source, from `CARGO_PKG_NAME`, `file!()`, `line!()`, `module_path!()` and the name of
    /// the function.
    pub const fn new(
        package: &'static str,
        file: &'static str,
        line: u32,
        module: &'static str,
        function: &'static str,
    ) -> Self {
        Self { package, file, line, module, function }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}
