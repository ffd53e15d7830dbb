//! The dependency of a new project on molotov.

use std::path::Path;

use crate::command::failure::Failure;
use crate::command::run::url::RepositoryUrl;

/// The folder in which this command was built.
const BUILT_IN: &str = env!("CARGO_MANIFEST_DIR");

/// The hint for a project that builds on this machine only.
pub(super) const REPLACE_IT: &str = "before it is built elsewhere (CI, a container, another machine):
  Cargo.toml depends on the clone of molotov on this machine; replace that path by a release or a repository,
  molotov = { git = \"URL\" }, which `molotov init --git URL` writes
";

/// The same hint in the manifest.
const REPLACE_THIS: &str = "\
# This path leads to the clone of molotov on this machine. Before the project is built elsewhere (CI, a container, another
# machine), replace it by a release, molotov = \"VERSION\", or by a repository, molotov = { git = \"URL\" }.
";

/// The dependency of a new project.
pub(super) enum MolotovDependency {
    Release(&'static str),
    /// A clone on this machine, with its path in TOML.
    Clone(String),
    /// A repository, with its URL in TOML.
    Repository(String),
}

impl MolotovDependency {
    /// The repository at this URL.
    pub(super) fn on_repository(url: &str) -> Result<Self, Failure> {
        let parsed = RepositoryUrl::parse(url)?;
        if parsed.has_secret() {
            return Err(Failure::new(
                "--git: its user-info or query would stand in Cargo.toml for everybody; leave it out, and let git know it \
                 (git help credentials)",
            ));
        }
        // Cargo does not accept the short form of ssh.
        let whole = match parsed.whole().split_once(':') {
            Some((host, path)) if !path.starts_with("//") => format!("ssh://{host}/{path}"),
            _ => parsed.whole().to_owned(),
        };
        Ok(Self::Repository(basic_string(&whole)))
    }

    /// The clone from the command line or of the build of this command, otherwise the release.
    pub(super) fn on_clone_or_release(named: Option<&Path>) -> Result<Self, Failure> {
        clone(named)
    }

    /// Returns `true` if the project can be built on this machine only.
    pub(super) fn is_here(&self) -> bool {
        matches!(self, Self::Clone(_))
    }

    /// Returns the lines of `Cargo.toml`.
    pub(super) fn lines(&self) -> String {
        match self {
            Self::Release(version) => format!("molotov = \"{version}\""),
            Self::Clone(path) => format!("{REPLACE_THIS}molotov = {{ path = {path} }}"),
            Self::Repository(url) => format!("molotov = {{ git = {url} }}"),
        }
    }
}

/// The clone to depend on. A command that was built from a clone may be ahead of every release, and its projects must
/// compile.
fn clone(named: Option<&Path>) -> Result<MolotovDependency, Failure> {
    let clone = match named {
        Some(named) if is_clone(named) => {
            Some(named.canonicalize().map_err(|error| Failure::at(named, "find", error))?)
        }
        Some(named) => {
            return Err(Failure::new(format!(
                "--molotov {}: this is no clone of molotov; it has no molotov-core/Cargo.toml",
                named.display()
            )));
        }
        None => Some(Path::new(BUILT_IN).to_owned()).filter(|folder| is_clone(folder)),
    };
    match clone {
        None => Ok(MolotovDependency::Release(env!("CARGO_PKG_VERSION"))),
        Some(clone) => match clone.to_str() {
            Some(path) => Ok(MolotovDependency::Clone(basic_string(path))),
            None => Err(Failure::new(format!(
                "the path of molotov, {}, is not UTF-8, and Cargo.toml cannot name it; --molotov names another clone",
                clone.display()
            ))),
        },
    }
}

/// Returns `true` for a clone. A published package has no folders of the other crates.
fn is_clone(folder: &Path) -> bool {
    folder.join("molotov-core/Cargo.toml").is_file()
}

/// The notation of any text in TOML.
fn basic_string(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_path_is_a_string_of_toml() {
        assert_eq!(basic_string("/a b/é"), r#""/a b/é""#);
        assert_eq!(basic_string("C:\\x\"\n"), r#""C:\\x\"\u000A""#);
    }

    #[test]
    fn repository_is_written_without_secrets_in_cargos_form() {
        let lines = |url: &str| MolotovDependency::on_repository(url).map(|dependency| dependency.lines());
        for (url, line) in [
            ("https://example.org/molotov.git", "molotov = { git = \"https://example.org/molotov.git\" }"),
            ("ssh://git@example.org/molotov", "molotov = { git = \"ssh://git@example.org/molotov\" }"),
            ("git@example.org:a/molotov.git", "molotov = { git = \"ssh://git@example.org/a/molotov.git\" }"),
            ("file:///srv/molotov", "molotov = { git = \"file:///srv/molotov\" }"),
        ] {
            assert_eq!(lines(url).unwrap(), line);
        }
        for url in [
            "https://u:hunter2@h/p",
            "https://hunter2@h/p",
            "ssh://u:hunter2@h/p",
            "https://h/p?t=hunter2",
            "http://h/p",
        ] {
            let Err(Failure::Cannot(why)) = lines(url) else { panic!("{url} was taken") };
            assert!(why.starts_with("--git") && !why.contains("hunter2"), "{why}");
        }
    }

    #[test]
    fn path_has_a_note_that_it_is_to_be_replaced() {
        let clone = MolotovDependency::Clone("\"/a\"".into());

        assert!(clone.is_here() && clone.lines().ends_with("\nmolotov = { path = \"/a\" }"));
        assert!(
            clone.lines().starts_with("# This path leads to the clone of molotov on this machine. Before")
        );
        assert_eq!(MolotovDependency::Release("1.2.3").lines(), "molotov = \"1.2.3\"");
    }

    #[test]
    fn a_folder_that_is_no_clone_is_refused() {
        assert!(clone(Some(Path::new("/"))).is_err());
    }
}
